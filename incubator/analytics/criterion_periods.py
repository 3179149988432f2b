"""A pilot's readings as one series of periods, each site keeping the same weight throughout."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from incubator.analytics.criterion import Group, GroupName, Observation, Question, Sentence
from incubator.analytics.criterion_readings import (
    Numbers,
    Refused,
    Side,
    after,
    before,
    by_day,
    counted,
    enough_events,
    scale_of,
    spread,
)
from incubator.analytics.criterion_words import Voice
from incubator.domain.evaluation import Measure

MOST = 96
"""Periods in a series; of more, neighbors are put together."""
DAILY = 1.5
WEEKS = 8
MIXED = 0.2
"""The part of the change that a changed mix of sites must make up to be pointed out."""

LEFT_OUT = "%(units)s site(s) without readings both before and after the launch are left out."
NO_COMMON = "No site has readings both before and after the launch, so a change cannot be told from a difference between sites."
SAME_WEIGHT = "Each site keeps the same weight before and after the launch, so a changed mix of sites is not taken for an effect."
MIX_CHANGED = (
    "The mix of sites changed: taken together the level moved by %(raw)s, of which %(mix)s comes from the mix. "
    "The result is the change within the sites."
)


@dataclass(frozen=True)
class Periods:
    """One reading a period. `chance` is the variance each would have by chance alone, up to a factor; `cases` are
    those behind each reading (1 where they are not known)."""

    days: tuple[date, ...]
    values: Numbers
    cases: Numbers
    chance: Numbers | None
    after: Numbers
    limits: tuple[Sentence, ...] = ()
    sites: int = 1
    apart: float = 0.0
    """The standard error that sites add to the mean change because they change differently, beyond their readings' noise."""

    @property
    def early(self) -> int:
        return int((self.after == 0).sum())

    @property
    def late(self) -> int:
        return int((self.after == 1).sum())

    def group(self, name: GroupName) -> Group:
        part = self.after == (1.0 if name is GroupName.AFTER else 0.0)
        values = self.values[part]
        return Group(name, len(values), float(self.cases[part].sum()), float(values.mean()), spread(values))


def periods(question: Question, readings: Sequence[Observation]) -> Periods:
    """The readings of one arm by period. Refused where too little was counted, or no site is on both sides."""
    counts = counted(question, readings)
    if counts:
        early, late = before(question, readings), after(question, readings)
        enough_events(question, GroupName.BEFORE, early, GroupName.AFTER, late)
    sites, limits = _sites(question, readings)
    if len(sites) > 1:
        sites = _on_common_days(question, sites)
    sides = [by_day(question, GroupName.PILOT, each) for each in sites]
    found = _joined(question, sides)
    if len(sides) > 1:
        limits += [Sentence(SAME_WEIGHT), *_mix(question, readings, found)]
    return replace(_together(found), limits=tuple(limits))


def _sites(
    question: Question, readings: Sequence[Observation]
) -> tuple[list[list[Observation]], list[Sentence]]:
    """The readings of each site with both sides; all together where no reading names a site that comes back."""
    units = Counter(each.unit for each in readings)
    if len(units) == 1 or max(units.values()) == 1:
        return [list(readings)], []
    sites = []
    for unit in sorted(units):
        own = [each for each in readings if each.unit == unit]
        if before(question, own) and after(question, own):
            sites.append(own)
    if not sites:
        raise Refused(NO_COMMON)
    lost = len(units) - len(sites)
    return sites, [Sentence(LEFT_OUT, {"units": str(lost)})] if lost else []


def _on_common_days(question: Question, sites: list[list[Observation]]) -> list[list[Observation]]:
    """Month by month where the sites do not report on the same days."""
    days = {each.day for site in sites for each in site}
    most = max(len({each.day for each in site}) for site in sites)
    if len(days) <= 1.25 * most:
        return sites
    return [[in_month(question, each) for each in site] for site in sites]


def in_month(question: Question, reading: Observation) -> Observation:
    """The reading on the first day of its month; the month of the launch is cut in two, so that no reading changes
    its side."""
    first = reading.day.replace(day=1)
    return replace(
        reading, day=max(first, question.launched_on) if reading.day >= question.launched_on else first
    )


def _joined(question: Question, sides: list[Side]) -> Periods:
    """The sites' series as one: in each period the sites that report, each around its own level."""
    launched = question.launched_on
    days = sorted({day for side in sides for day in side.days})
    late = np.array([day >= launched for day in days], dtype=float)
    values, weights, chances, cases = (np.zeros((len(sides), len(days))) for _ in range(4))
    place = {day: index for index, day in enumerate(days)}
    levels = np.zeros(len(sides))
    sizes = np.zeros((len(sides), 2))
    changes, noise = np.zeros(len(sides)), np.zeros(len(sides))
    scale = scale_of(*(side.values for side in sides))
    known = question.measure is not Measure.VALUE and sides[0].counts is not None
    for row, side in enumerate(sides):
        at = np.array([place[day] for day in side.days])
        own = side.cases if side.cases is not None else np.ones(len(at))
        parts = [late[at] == which for which in (0.0, 1.0)]
        means = [float((side.values[part] / part.sum()).sum()) if part.any() else 0.0 for part in parts]
        levels[row] = float(np.mean([mean for mean, part in zip(means, parts, strict=True) if part.any()]))
        changes[row] = (means[1] - means[0]) / scale
        noise[row] = sum(
            (spread(side.values[part] / scale) or 0.0) ** 2 / part.sum() for part in parts if part.any()
        )
        sizes[row] = [float(own[part].sum()) for part in parts]
        values[row, at], weights[row, at], cases[row, at] = side.values - levels[row], 1.0, own
        if known:
            chances[row, at] = _chance(question, side, parts) / own
    share = (sizes / np.maximum(sizes.sum(axis=0), 1e-300)).mean(axis=1)
    share = share / share.sum()
    present = weights * share[:, None]
    present = present / present.sum(axis=0)
    return Periods(
        tuple(days),
        (present * values).sum(axis=0) + float(share @ levels),
        cases.sum(axis=0),
        (present**2 * chances).sum(axis=0) if chances.any() else None,
        late,
        sites=len(sides),
        apart=scale
        * math.sqrt(float((share**2).sum()) * max(float(changes.var(ddof=1)) - float(noise.mean()), 0.0))
        if len(sides) > 1
        else 0.0,
    )


def _chance(question: Question, side: Side, parts: list[Numbers]) -> Numbers:
    """The variance by chance of one case at each reading, from the level of its side."""
    assert side.counts is not None
    assert side.cases is not None
    found = np.zeros(len(side.values))
    for part in parts:
        if part.any():
            level = (float(side.counts[part].sum()) + 0.5) / (float(side.cases[part].sum()) + 1.0)
            found[part] = level * (1 - level) if question.measure is Measure.SHARE else level
    return found


def _mix(question: Question, readings: Sequence[Observation], found: Periods) -> list[Sentence]:
    """Says how much of the change a changed mix of sites makes up, where that is no trifle."""
    early, late = (
        by_day(question, GroupName.PILOT, part(question, readings)).level for part in (before, after)
    )
    raw = late - early
    within = float(found.values[found.after == 1].mean() - found.values[found.after == 0].mean())
    noise = spread(found.values[found.after == 0]) or 0.0
    if abs(raw - within) <= max(MIXED * abs(raw), noise / 2):
        return []
    voice = Voice(question)
    return [Sentence(MIX_CHANGED, {"raw": voice.short_signed(raw), "mix": voice.short_signed(raw - within)})]


def _together(found: Periods) -> Periods:
    """Days as weeks where there are enough of these, and never more than MOST periods."""
    usual = float(np.median(np.diff([day.toordinal() for day in found.days]))) if len(found.days) > 1 else 0.0
    size = 7 if usual <= DAILY and min(found.early, found.late) >= 7 * WEEKS else 1
    size *= -(-len(found.days) // (size * MOST))
    if size == 1:
        return found
    blocks: list[Numbers] = []
    for which in (0.0, 1.0):
        at = np.flatnonzero(found.after == which)
        # What does not fill a block lies farthest from the launch on the early side, and at the end on the late one.
        at = at[len(at) % size :] if which == 0.0 else at[: len(at) - len(at) % size]
        blocks += np.split(at, len(at) // size)
    return Periods(
        tuple(found.days[int(block[0])] for block in blocks),
        np.array([found.values[block].mean() for block in blocks]),
        np.array([found.cases[block].sum() for block in blocks]),
        None if found.chance is None else np.array([found.chance[block].mean() for block in blocks]),
        np.array([found.after[int(block[0])] for block in blocks]),
        sites=found.sites,
        apart=found.apart,
    )
