"""The program's benefits in figures: totals of cash and of hours, and how forecasts fared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from incubator.analytics.money import Optimism, optimism
from incubator.charts import BenefitPoint, ForecastRealised
from incubator.domain.benefits import BenefitKind, Certainty
from incubator.queries.benefit_register import RegisterRow
from incubator.web.formats import number, whole_dollars
from incubator.web.languages import gettext as translate

CHARTS = ("cash", "hours")


@dataclass(frozen=True, slots=True)
class Total:
    """One kind, a year, in words: promised, confirmed and estimated, with how many measurements say unknown and
    how many promises are not measured. Unknown is a count, never an amount."""

    kind: BenefitKind
    benefits: int
    promised: str
    confirmed: str
    estimated: str
    unknown: int
    not_measured: int


def totals(rows: Sequence[RegisterRow]) -> list[Total]:
    """Cash and hours, each for itself; what is counted otherwise has no common unit."""
    return [
        _total(kind, [row for row in rows if row.kind is kind])
        for kind in (BenefitKind.CASH, BenefitKind.HOURS)
    ]


def _total(kind: BenefitKind, rows: Sequence[RegisterRow]) -> Total:
    def amounts(certainty: Certainty) -> int:
        return sum(
            row.measured.amount
            for row in rows
            if row.measured and row.measured.certainty is certainty and row.measured.amount is not None
        )

    def words(hundredths: int) -> str:
        if kind is BenefitKind.CASH:
            return whole_dollars(hundredths)
        return _("%(hours)s hours", hours=number(round(hundredths / 100)))

    return Total(
        kind,
        len(rows),
        words(sum(row.likely for row in rows)),
        words(amounts(Certainty.CONFIRMED)),
        words(amounts(Certainty.ESTIMATED)),
        sum(row.measured is not None and row.measured.certainty is Certainty.UNKNOWN for row in rows),
        sum(row.measured is None for row in rows),
    )


def judged(rows: Sequence[RegisterRow], name: str) -> list[RegisterRow]:
    """The forecasts of that kind that were fixed before anything was measured."""
    return [row for row in rows if row.kind.value == name and row.counts]


def fared(rows: Sequence[RegisterRow], name: str) -> Optimism:
    """How the forecasts of that kind fared, pilot by pilot, over what is known."""
    pilots: dict[int, list[RegisterRow]] = defaultdict(list)
    for row in judged(rows, name):
        if row.amount is not None:
            pilots[row.proposal_id].append(row)
    return optimism(
        [
            (float(sum(row.likely for row in found)), float(sum(row.amount or 0 for row in found)))
            for found in pilots.values()
        ]
    )


def chart(rows: Sequence[RegisterRow], name: str) -> ForecastRealised:
    """Cents for cash, hours for hours; unknown measurements have no realized amount."""
    part = 1 if name == "cash" else 100
    found = fared(rows, name)

    def scaled(value: int | None) -> float | None:
        return None if value is None else value / part

    return ForecastRealised(
        kind="cash" if name == "cash" else "hours",
        benefits=tuple(
            BenefitPoint(
                f"{row.name} ({row.number})",
                scaled(row.likely),
                scaled(row.amount),
                scaled(row.measured.low) if row.measured else None,
                scaled(row.measured.high) if row.measured else None,
                row.measured is not None and row.measured.certainty is Certainty.CONFIRMED,
            )
            for row in judged(rows, name)
        ),
        low=found.low,
        high=found.high,
    )


def sentences(rows: Sequence[RegisterRow], name: str) -> str:
    """How the forecasts fared, with what is unknown and what does not count."""
    found, counted = fared(rows, name), judged(rows, name)
    told = found.says or found.refused
    parts = [translate(told.text, **told.params) if told else ""]
    unknown = sum(row.measured is not None and row.amount is None for row in counted)
    if unknown:
        parts.append(
            ngettext(
                "%(num)s measurement says unknown: it is in neither sum.",
                "%(num)s measurements say unknown: they are in neither sum.",
                unknown,
            )
        )
    late = sum(row.late for row in rows if row.kind.value == name)
    if late:
        parts.append(
            ngettext(
                "%(num)s benefit was added after the decision and is left out.",
                "%(num)s benefits were added after the decision and are left out.",
                late,
            )
        )
    return " ".join(filter(None, parts))
