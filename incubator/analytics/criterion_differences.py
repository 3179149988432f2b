"""Answers from a comparison: difference in differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from incubator.analytics import difference
from incubator.analytics.criterion import (
    Answer,
    Estimate,
    GroupName,
    Method,
    Observation,
    Question,
    Sentence,
    Trace,
)
from incubator.analytics.criterion_periods import in_month
from incubator.analytics.criterion_readings import (
    AS_THEY_STAND,
    NO_SPREAD,
    TOO_LARGE,
    Numbers,
    Refused,
    Side,
    after,
    arm,
    before,
    by_day,
    counted,
    enough_events,
    side,
)
from incubator.analytics.criterion_words import Voice, found
from incubator.analytics.interrupted_series import axis
from incubator.analytics.two_groups import quantile
from incubator.domain.evaluation import Arm, Measure

FEWEST = 8
"""Periods before and after the launch in which both have readings, where one unit stands against one."""
FEWEST_UNITS = 5
"""Units on both sides together."""
MANY_UNITS = 10

PILOT_SIDES = GroupName.PILOT_BEFORE, GroupName.PILOT_AFTER
COMPARISON_SIDES = GroupName.COMPARISON_BEFORE, GroupName.COMPARISON_AFTER

IN_PARALLEL = "It assumes that without the pilot both would have changed by the same amount."
FEW_UNITS = "Only %(units)s units were compared, so a single unusual one weighs heavily."
ONE_UNIT = "One unit is compared with one other, so whatever else happened to either since the launch counts as an effect of the pilot."
TOO_FEW_UNITS = (
    "Too few units, %(pilot)s with the pilot and %(comparison)s without: at least %(fewest)s together are needed to see "
    "how much units differ by themselves."
)
LEFT_OUT = "%(units)s unit(s) without readings both before and after the launch are left out."
DRIFTING = (
    "Before the launch the two already moved apart by %(slope)s a period, more than chance explains, so an effect "
    "cannot be told from that drift and no verdict is possible."
)
STEADY = "Before the launch their difference moved by %(slope)s a period, no more than chance explains."
DRIFT_OFF = "A steady drift between the two is taken off before the two sides of the launch are compared."
NO_PAST = "Too few readings before the launch to see whether the two moved in parallel."


@dataclass(frozen=True)
class _Periods:
    """Both arms in the periods that they share."""

    days: tuple[date, ...]
    pilot: Numbers
    comparison: Numbers
    after: np.ndarray

    @property
    def differences(self) -> Numbers:
        return self.pilot - self.comparison


def differences(question: Question, readings: list[Observation]) -> Answer:
    """The pilot's change since the launch less the comparison's: by unit where both sides have several, else
    by period."""
    pilot, other = arm(readings, Arm.PILOT), arm(readings, Arm.COMPARISON)
    counts = counted(question, readings)
    corners = [
        side(question, name, which, counts=counts)
        for name, which in (
            (GroupName.PILOT_BEFORE, before(question, pilot)),
            (GroupName.PILOT_AFTER, after(question, pilot)),
            (GroupName.COMPARISON_BEFORE, before(question, other)),
            (GroupName.COMPARISON_AFTER, after(question, other)),
        )
    ]
    for corner in corners:
        if not len(corner.values):
            raise Refused("There are no readings for “%(side)s”.", side=corner.name)
    if counts:
        for own, names in ((pilot, PILOT_SIDES), (other, COMPARISON_SIDES)):
            enough_events(question, names[0], before(question, own), names[1], after(question, own))
    periods = _periods(question, pilot, other)
    treated, treated_lost = _changes(question, pilot, counts=counts)
    untreated, untreated_lost = _changes(question, other, counts=counts)
    apart = _units(pilot) == _units(other) == 1
    limits = [Sentence(DRIFT_OFF if apart else IN_PARALLEL)]
    if question.measure is not Measure.VALUE and not counts:
        limits.append(Sentence(AS_THEY_STAND))
    figures: dict[str, float] = {"clusters": float(len(treated) + len(untreated))}
    caution = None
    if apart:
        change, level, steps = _by_period(question, periods, figures)
        caution = Sentence(ONE_UNIT)
    else:
        if lost := treated_lost + untreated_lost:
            limits.append(Sentence(LEFT_OUT, {"units": str(lost)}))
        _parallel(question, periods, limits, figures)
        change, level, steps = _by_unit(question, treated, untreated, figures)
        if figures["clusters"] < MANY_UNITS:
            caution = Sentence(FEW_UNITS, {"units": f"{figures['clusters']:.0f}"})
    if caution is not None:
        limits.append(caution)
    reference = level - change.estimate
    return Answer(
        Method.DIFFERENCE,
        Sentence(""),
        change=change,
        reference=reference,
        level=level,
        groups=tuple(corner.group for corner in corners),
        says=found(question, change, level, reference, before=corners[0].level),
        caution=caution,
        limits=tuple(limits),
        recipe=(*_corner_steps(question, corners), *steps),
        figures=figures,
        fitted=_fitted(question, by_day(question, GroupName.PILOT, pilot)),
        without=_without(
            question,
            corners,
            by_day(question, GroupName.COMPARISON, other),
            figures.get("drift", 0.0),
            reference,
        ),
    )


def _units(readings: Sequence[Observation]) -> int:
    return len({each.unit for each in readings})


def _changes(question: Question, readings: Sequence[Observation], *, counts: bool) -> tuple[Numbers, int]:
    """Level before and after of each unit that has both, as rows, and how many units have not."""
    units: dict[str, list[Observation]] = {}
    for each in readings:
        units.setdefault(each.unit, []).append(each)
    rows = []
    for unit in sorted(units):
        sides = [side(question, unit, part(question, units[unit]), counts=counts) for part in (before, after)]
        if all(len(each.values) and (each.counts is None or each.size > 0) for each in sides):
            rows.append([each.level for each in sides])
    return np.array(rows, dtype=float).reshape(-1, 2), len(units) - len(rows)


def _by_unit(
    question: Question, treated: Numbers, untreated: Numbers, figures: dict[str, float]
) -> tuple[Estimate, float, list[Sentence]]:
    voice = Voice(question)
    if len(treated) + len(untreated) < FEWEST_UNITS or not len(treated) or not len(untreated):
        raise Refused(
            TOO_FEW_UNITS,
            pilot=str(len(treated)),
            comparison=str(len(untreated)),
            fewest=str(FEWEST_UNITS),
        )
    try:
        two = difference.by_unit(
            treated[:, 1] - treated[:, 0], untreated[:, 1] - untreated[:, 0], question.confidence
        )
    except ValueError:
        raise Refused(NO_SPREAD) from None
    df = two.df or 0.0
    figures.update(df=df, t=two.statistic or 0.0, p=two.p or 0.0)
    steps = [
        Sentence(
            "For each unit take its level before the launch off its level after: %(pilot)s units with the pilot, %(comparison)s without.",
            {"pilot": str(len(treated)), "comparison": str(len(untreated))},
        ),
        Sentence(
            "Take the mean change of the units without the pilot off that of the units with it: %(change)s.",
            {"change": voice.signed(two.change.estimate)},
        ),
        Sentence(
            "Square the standard deviation of the changes on each side, divide by its number of units, add the two and take the root: %(error)s. "
            "The interval reaches %(reach)s times that (Student's t with %(df)s degrees of freedom)."
            if min(len(treated), len(untreated)) > 1
            else "One unit stands alone on its side, so the standard deviation of the other side's changes serves for it as well: times the root of 1 plus 1 divided by their number, it is %(error)s. "
            "The interval reaches %(reach)s times that (Student's t with %(df)s degrees of freedom).",
            {
                "error": voice.change(two.error),
                "reach": f"{quantile(question.confidence, df):.3f}",
                "df": f"{df:.1f}",
            },
        ),
    ]
    return two.change, float((treated[:, 1] / len(treated)).sum()), steps


def _by_period(
    question: Question, periods: _Periods, figures: dict[str, float]
) -> tuple[Estimate, float, list[Sentence]]:
    early, late = int((~periods.after).sum()), int(periods.after.sum())
    if min(early, late) < FEWEST:
        raise Refused(
            "With one unit on a side it takes %(fewest)s periods in which both have readings, before and after the launch; there are %(before)s and %(after)s.",
            fewest=str(FEWEST),
            before=str(early),
            after=str(late),
        )
    if not np.isfinite(periods.differences).all():
        raise Refused(TOO_LARGE)
    voice = Voice(question)
    try:
        two = difference.step(periods.days, periods.differences, periods.after * 1.0, question.confidence)
    except ValueError:
        raise Refused(NO_SPREAD) from None
    figures.update(df=two.df, correlation=two.correlation, drift=two.slope)
    steps = [
        Sentence("In each period take the comparison's level off the pilot's."),
        Sentence(
            "Beside each of these differences write three columns: 1; its number in time; 0 before the launch and 1 after."
        ),
        *difference.recipe(voice, two),
    ]
    late_values = periods.pilot[periods.after]
    return two.change, float((late_values / len(late_values)).sum()), steps


def _periods(question: Question, pilot: list[Observation], other: list[Observation]) -> _Periods:
    """Both arms day by day where they report on the same days, else month by month."""
    exact = _shared(question, pilot, other)
    if min((~exact.after).sum(), exact.after.sum()) >= FEWEST:
        return exact
    monthly = _shared(
        question, [in_month(question, each) for each in pilot], [in_month(question, each) for each in other]
    )
    return monthly if len(monthly.days) > len(exact.days) else exact


def _shared(question: Question, pilot: list[Observation], other: list[Observation]) -> _Periods:
    one, two = by_day(question, GroupName.PILOT, pilot), by_day(question, GroupName.COMPARISON, other)
    here = dict(zip(one.days, one.values, strict=True))
    there = dict(zip(two.days, two.values, strict=True))
    days = tuple(day for day in one.days if day in there)
    return _Periods(
        days,
        np.array([here[day] for day in days], dtype=float),
        np.array([there[day] for day in days], dtype=float),
        np.array([day >= question.launched_on for day in days], dtype=bool),
    )


def _parallel(
    question: Question, periods: _Periods, limits: list[Sentence], figures: dict[str, float]
) -> None:
    """Says whether the two moved in parallel before the launch; Refused where they did not."""
    early = ~periods.after
    days = [day for day, shown in zip(periods.days, early, strict=True) if shown]
    found_drift = difference.drift(days, periods.differences[early])
    if found_drift is None:
        limits.append(Sentence(NO_PAST))
        return
    figures.update(pretrend_slope=found_drift.slope, pretrend_p=found_drift.p)
    named = {"slope": Voice(question).signed(found_drift.slope)}
    if found_drift.p < difference.DRIFTED:
        raise Refused(DRIFTING, **named)
    limits.append(Sentence(STEADY, named))


def _corner_steps(question: Question, corners: list[Side]) -> list[Sentence]:
    voice = Voice(question)
    return [
        Sentence(
            "%(side)s: %(count)s readings, level %(level)s.",
            {
                "side": corner.name,
                "count": str(len(corner.values)),
                "level": voice.level(corner.level),
            },
        )
        for corner in corners
    ]


def _fitted(question: Question, pilot: Side) -> Trace:
    """The pilot's mean before and after."""
    late = np.array([day >= question.launched_on for day in pilot.days])
    means = [float((pilot.values[part] / part.sum()).sum()) for part in (~late, late)]
    return Trace(tuple(day.isoformat() for day in pilot.days), tuple(means[int(each)] for each in late))


def _without(
    question: Question, corners: list[Side], comparison: Side, drift: float, reference: float
) -> Trace:
    """The comparison's line laid on the pilot's: before the launch on its mean, since then on what the pilot would
    have come to by the analysis (`reference`), with the drift between the two for each period."""
    late = np.array([day >= question.launched_on for day in comparison.days])
    line = comparison.values + drift * axis(comparison.days).steps
    for part, level in ((~late, corners[0].level), (late, reference)):
        if part.any():
            line[part] += level - float((line[part] / part.sum()).sum())
    return Trace(
        tuple(day.isoformat() for day in comparison.days),
        tuple(float(each) for each in line),
    )
