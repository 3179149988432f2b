"""How work moves through the stages: who entered, who went on, who stopped, and how long it took."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from incubator.analytics.intervals import Interval, wilson

LEVELS = (0.50, 0.85, 0.95)
ENOUGH_SPELLS = 10
"""With fewer finished spells than this a stage's own quantiles are noise: the policy limit serves."""


class Exit(StrEnum):
    """How a stay in a stage ended."""

    ADVANCED = "advanced"
    STOPPED = "stopped"
    RETURNED = "returned"


@dataclass(frozen=True)
class Spell:
    """One stay of one item in one stage, in days; `exit` is None while it lasts. A return is a new spell."""

    item: str
    stage: str
    days: float
    exit: Exit | None


@dataclass(frozen=True)
class StageCount:
    """Items (not spells) that ever entered a stage, are there now, went on, stopped there, ended with their goal met
    or in a way that is not recorded, or paused or went back. All but `entered` add up to it."""

    stage: str
    entered: int
    here_now: int
    advanced: int
    stopped: int
    goal_met: int = 0
    unknown: int = 0
    returned: int = 0

    @property
    def conversion(self) -> Interval | None:
        """Share that advanced among the items that advanced or stopped, with 95 % Wilson."""
        ended = self.advanced + self.stopped
        return wilson(self.advanced, ended) if ended else None


def count_stages(spells: Iterable[Spell], stages: Sequence[str]) -> tuple[StageCount, ...]:
    """One count per stage in the order given.

    An item that came back counts once; what happened last to it in a stage decides whether it is there,
    advanced or stopped, so spells of one item must come in time order. Stages nobody entered count zero.
    """
    last: dict[tuple[str, str], Exit | None] = {}
    for spell in spells:
        last[spell.stage, spell.item] = spell.exit
    counts = []
    for stage in stages:
        exits = [how for (where, _), how in last.items() if where == stage]
        counts.append(
            StageCount(
                stage=stage,
                entered=len(exits),
                here_now=exits.count(None),
                advanced=exits.count(Exit.ADVANCED),
                stopped=exits.count(Exit.STOPPED),
                returned=exits.count(Exit.RETURNED),
            )
        )
    return tuple(counts)


@dataclass(frozen=True)
class Survival:
    """Kaplan-Meier estimate: at each time a spell ended, how many were still at risk, how many ended,
    and the share that stays longer."""

    times: tuple[float, ...]
    at_risk: tuple[int, ...]
    ended: tuple[int, ...]
    share: tuple[float, ...]

    def quantile(self, level: float) -> float | None:
        """Shortest time by which at least `level` of the spells have ended; None when not yet reached."""
        for time, share in zip(self.times, self.share, strict=True):
            if share <= 1 - level + 1e-12:
                return time
        return None

    @property
    def median(self) -> float | None:
        """Time by which half have ended; None when not yet reached."""
        return self.quantile(0.5)


def kaplan_meier(durations: Sequence[float], ended: Sequence[bool]) -> Survival:
    """Time in stage with those still in counted as "at least this long" (right-censored).

    `durations` in any unit, `ended` False for a spell that lasts. A spell censored at a time when another
    ends counts as at risk there. Source: E. L. Kaplan, P. Meier, JASA 53 (1958). ValueError for lengths
    that differ, or durations negative or not finite.
    """
    time, event = _spells(durations, ended)
    times = np.unique(time[event])
    at_risk = [int(np.sum(time >= moment)) for moment in times]
    gone = [int(np.sum(event & (time == moment))) for moment in times]
    share = np.cumprod([1 - d / n for d, n in zip(gone, at_risk, strict=True)])
    return Survival(
        times=tuple(float(moment) for moment in times),
        at_risk=tuple(at_risk),
        ended=tuple(gone),
        share=tuple(float(part) for part in share),
    )


@dataclass(frozen=True)
class AgeLimits:
    """What counts as old in a stage, in days.

    `quantiles` are the 50, 85 and 95 % points of past spells (each None when not yet reached); the whole
    is None when only the policy limit is to be used. `past` is the number of finished spells.
    """

    past: int
    policy: float | None
    quantiles: tuple[float | None, float | None, float | None] | None

    @property
    def old(self) -> float | None:
        """Days from which an item is old: the 85 % point, else the policy limit, else None."""
        if self.quantiles is not None and self.quantiles[1] is not None:
            return self.quantiles[1]
        return self.policy


def age_limits(durations: Sequence[float], ended: Sequence[bool], policy: float | None = None) -> AgeLimits:
    """Age limits of one stage from its past spells; fewer than ten finished: the policy limit alone."""
    past = int(np.sum(np.asarray(ended, dtype=bool)))
    if past < ENOUGH_SPELLS:
        _spells(durations, ended)
        return AgeLimits(past=past, policy=policy, quantiles=None)
    curve = kaplan_meier(durations, ended)
    half, most, nearly_all = (curve.quantile(level) for level in LEVELS)
    return AgeLimits(past=past, policy=policy, quantiles=(half, most, nearly_all))


def _spells(
    durations: Sequence[float], ended: Sequence[bool]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    time = np.asarray(durations, dtype=np.float64)
    event = np.asarray(ended, dtype=bool)
    if time.shape != event.shape or time.ndim != 1:
        raise ValueError("each spell needs one duration and one 'ended'")
    if not np.all(np.isfinite(time)) or np.any(time < 0):
        raise ValueError("durations must be finite and not negative")
    return time, event
