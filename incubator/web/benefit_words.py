"""A benefit in words: its amounts in their unit, where its forecast stands, and what all of it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _

from incubator.analytics.benefits import Found, Realised, Stream, promised_worth, realised_years
from incubator.analytics.money import RATES, Amount, Worth, fared, worth
from incubator.domain.benefits import BenefitKind
from incubator.domain.clock import office_day
from incubator.queries.benefits import Costs, PromiseRow
from incubator.web.formats import money, number, percent, whole_dollars


def amount(value: int | None, kind: BenefitKind, unit: str = "") -> str:
    """Hundredths in words: $1,234, 340 hours, 12.5 visits."""
    if kind is BenefitKind.CASH:
        return money(value)
    if value is None:
        return number(None)
    return f"{number(Decimal(value) / 100)} {unit_words(kind, unit)}"


def unit_words(kind: BenefitKind, unit: str = "") -> str:
    return {BenefitKind.CASH: _("dollars"), BenefitKind.HOURS: _("hours")}.get(kind, unit)


def fixed_words(late: bool, fixed: bool) -> tuple[str, str]:
    """Where the forecast stands, and the tone."""
    if late:
        return _("Added after the decision"), "late"
    return (_("Forecast fixed"), "done") if fixed else (_("Not fixed yet"), "wait")


def fared_words(low: int, likely: int, high: int, realised: int) -> str:
    """A measurement beside its forecast: 62% of the likely forecast, below the lowest promised."""
    found = fared(Amount(low, likely, high), realised)
    places = {
        -1: _("below the lowest promised"),
        0: _("within what was promised"),
        1: _("above the highest promised"),
    }
    place = places[found.place]
    if found.share is None:
        return place
    return _("%(share)s of the likely forecast, %(place)s", share=percent(found.share), place=place)


@dataclass(frozen=True, slots=True)
class WorthRow:
    """One line of the table of what it is worth: low, likely and high in words."""

    label: str
    low: str
    likely: str
    high: str


@dataclass(frozen=True, slots=True)
class WorthWords:
    """What the cash of a record is worth: a sentence and a table, for what was promised or what came about."""

    sentences: tuple[str, ...]
    rows: tuple[WorthRow, ...]


def promised_words(promises: Sequence[PromiseRow], costs: Costs) -> WorthWords | None:
    """What the promised cash is worth against its cost; None where no cash is promised."""
    cash = [row for row in promises if row.kind is BenefitKind.CASH]
    if not cash:
        return None
    since = cash[0].scaled_at
    found = promised_worth(
        [Stream(Amount(row.low, row.likely, row.high), row.years, row.starts_on) for row in cash],
        spent=costs.spent_cents,
        recurring=costs.recurring_cents,
        scaled_on=office_day(since) if since else None,
    )
    return WorthWords((_present(found), _against(costs), _paid_back(found)), _rows(found))


def realised_words(promises: Sequence[PromiseRow], costs: Costs) -> WorthWords | None:
    """The same for the cash that came about so far; None before the first measurement of cash."""
    cash = [row for row in promises if row.kind is BenefitKind.CASH and row.measured]
    if not cash:
        return None
    so_far: Realised = realised_years(
        [
            [
                Found(
                    one.months,
                    None
                    if one.amount is None
                    else Amount(
                        one.amount if one.low is None else one.low,
                        one.amount,
                        one.amount if one.high is None else one.high,
                    ),
                )
                for one in row.measured
            ]
            for row in cash
        ],
        spent=costs.spent_cents,
        recurring=costs.recurring_cents,
    )
    if not so_far.months:
        return WorthWords(
            (_("Nothing is known yet of the cash that came about: unknown is not nothing."),), ()
        )
    found = worth(so_far.years)
    sentences = [
        _("%(months)s months are known so far.", months=so_far.months),
        _present(found),
        _paid_back(found, so_far=True),
    ]
    if so_far.unknown:
        sentences.append(
            _(
                "Unknown measurements: %(count)s. Their time is left out, not counted as nothing.",
                count=so_far.unknown,
            )
        )
    return WorthWords(tuple(sentences), _rows(found))


def _present(found: Worth) -> str:
    low_rate, high_rate = RATES
    return _(
        "After its cost it is worth %(first)s today at %(low)s a year (from %(least)s to %(most)s), "
        "and %(second)s at %(high)s.",
        first=whole_dollars(found.at(low_rate).likely),
        low=percent(low_rate),
        least=whole_dollars(found.at(low_rate).low),
        most=whole_dollars(found.at(low_rate).high),
        second=whole_dollars(found.at(high_rate).likely),
        high=percent(high_rate),
    )


def _against(costs: Costs) -> str:
    if costs.recurring_cents is None:
        return _(
            "Counted against it: %(spent)s spent once. What a year in service costs is not given yet, so it is missing here.",
            spent=whole_dollars(costs.spent_cents),
        )
    return _(
        "Counted against it: %(spent)s spent once, and %(recurring)s for each year in service.",
        spent=whole_dollars(costs.spent_cents),
        recurring=whole_dollars(costs.recurring_cents),
    )


def _paid_back(found: Worth, *, so_far: bool = False) -> str:
    if found.payback is None:
        return (
            _("It has not paid back so far.")
            if so_far
            else _("It does not pay back within the years promised.")
        )
    if found.payback == 0:
        return _("Nothing was spent that would have to be paid back.")
    years = number(found.payback, 1)
    if so_far:
        return _("It paid back within %(years)s years.", years=years)
    if found.rate is None:
        return _("On the likely figures it pays back after %(years)s years.", years=years)
    return _(
        "On the likely figures it pays back after %(years)s years and returns %(rate)s a year on what it costs.",
        years=years,
        rate=percent(found.rate),
    )


def _rows(found: Worth) -> tuple[WorthRow, ...]:
    def row(label: str, part: Amount) -> WorthRow:
        return WorthRow(label, *(whole_dollars(value) for value in (part.low, part.likely, part.high)))

    cost = whole_dollars(found.cost)
    return (
        row(_("Cash, added up"), found.cash),
        WorthRow(_("Cost, added up"), cost, cost, cost),
        *(row(_("Worth today at %(rate)s", rate=percent(rate)), part) for rate, part in found.values),
    )
