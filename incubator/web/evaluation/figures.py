"""The charts of a pilot's results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from incubator.analytics.criterion import Answer, Group, GroupName, Method
from incubator.charts import Chart, ForestRow, GroupComparison, InterruptedSeries, Side, VerdictForest
from incubator.charts import Reading as ChartReading
from incubator.domain.evaluation import Arm, Measure
from incubator.queries.evaluation import Criterion
from incubator.web.charts import chart_figure
from incubator.web.evaluation.judging import Judgement, judged_only, said
from incubator.web.languages import gettext as _
from incubator.web.languages import lazy_gettext as _l

SERIES = frozenset({Method.BEFORE_AFTER, Method.SERIES, Method.SERIES_COUNTS, Method.DIFFERENCE})


def forest_chart(found: Sequence[Judgement]) -> VerdictForest:
    """Every goal and guardrail; before its horizon a row without an interval."""
    rows = []
    for each in judged_only(found):
        criterion, answer = each.criterion, each.shown
        change = answer.change if answer is not None else None
        rows.append(
            ForestRow(
                label=criterion.name,
                kind=criterion.kind,
                verdict=each.judged.verdict,
                direction=criterion.direction,
                unit=criterion.unit,
                promised=each.promised,
                change=change.estimate if change else None,
                low=change.low if change else None,
                high=change.high if change else None,
                better=each.judged.better,
                harm=each.judged.harm,
                post_hoc=criterion.post_hoc,
            )
        )
    return VerdictForest(rows=tuple(rows))


def forest_figure(found: Sequence[Judgement], number: str) -> dict[str, Any]:
    return chart_figure(
        forest_chart(found),
        "verdicts",
        _(
            "The measured change of each criterion as a share of the promised one, with its 95% confidence interval"
        ),
        endpoint="evaluation.forest",
        number=number,
    )


def analysis_chart(criterion: Criterion, answer: Answer) -> Chart:
    """The picture that belongs to the method: lines through time, or two groups beside each other."""
    change = answer.change
    if answer.method in SERIES:
        return InterruptedSeries(
            metric=criterion.name,
            unit=criterion.unit,
            readings=_points(criterion, Arm.PILOT),
            comparison=_points(criterion, Arm.COMPARISON),
            launch=criterion.launched_on,
            fitted=answer.fitted,
            without=answer.without,
            change=change.estimate if change else None,
            low=change.low if change else None,
            high=change.high if change else None,
            caution=said(answer.read_with) if answer.read_with else "",
        )
    pilot, reference = _sides(criterion, answer)
    return GroupComparison(
        metric=criterion.name,
        unit=criterion.unit,
        direction=criterion.direction,
        pilot=pilot,
        reference=reference,
        change=change.estimate if change else None,
        low=change.low if change else None,
        high=change.high if change else None,
    )


def analysis_figure(criterion: Criterion, answer: Answer, number: str) -> dict[str, Any]:
    return chart_figure(
        analysis_chart(criterion, answer),
        "analysis",
        _("%(metric)s, in %(unit)s", metric=criterion.name, unit=criterion.unit)
        if criterion.unit
        else criterion.name,
        source=criterion.provenance,
        endpoint="evaluation.chart",
        number=number,
        metric_id=criterion.id,
    )


def _points(criterion: Criterion, arm: Arm) -> tuple[ChartReading, ...]:
    """One point a day: those of several sites together, as the analysis takes them."""
    # Brings scipy along, which only this page needs.
    from incubator.analytics.criterion_readings import by_day

    question = criterion.question
    own = [one for one in criterion.asked if one.arm is arm]
    if question is None or not own:
        return ()
    side = by_day(question, arm.value, own)
    return tuple(ChartReading(day, float(value)) for day, value in zip(side.days, side.values, strict=True))


PILOT = (GroupName.AFTER, GroupName.PILOT)
REFERENCE = (GroupName.BEFORE, GroupName.COMPARISON)
IN_A_SENTENCE = {
    GroupName.AFTER: _l("after the launch"),
    GroupName.BEFORE: _l("before the launch"),
    GroupName.PILOT: _l("with the pilot"),
    GroupName.COMPARISON: _l("in the comparison group"),
}


def _sides(criterion: Criterion, answer: Answer) -> tuple[Side, Side | None]:
    """The pilot's group and the one it is compared with, by their names; the planned baseline where there is none."""
    found = {group.name: group for group in answer.groups}
    pilot = next(found[name] for name in PILOT if name in found)
    reference = next((found[name] for name in REFERENCE if name in found), None)
    if reference is not None:
        return _side(criterion, pilot), _side(criterion, reference)
    if answer.reference is None:
        return _side(criterion, pilot), None
    return _side(criterion, pilot), Side(
        _("Planned baseline"), level=answer.reference, said=_("in the planned baseline")
    )


def _side(criterion: Criterion, group: Group) -> Side:
    """A group as the answer counts it; single values only where readings are values of cases."""
    values = _values(criterion, group.name) if criterion.measure is Measure.VALUE else ()
    return Side(
        name=_(group.name),
        values=values if len(values) == group.readings else (),
        level=group.level,
        cases=group.cases,
        said=str(IN_A_SENTENCE[group.name]),
    )


def _values(criterion: Criterion, name: GroupName) -> tuple[float, ...]:
    launched = criterion.launched_on
    assert launched is not None
    arm = Arm.COMPARISON if name is GroupName.COMPARISON else Arm.PILOT
    return tuple(
        one.value
        for one in criterion.asked
        if one.arm is arm and (one.day < launched) is (name is GroupName.BEFORE)
    )
