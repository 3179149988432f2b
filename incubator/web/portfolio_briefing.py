"""The portfolio briefing: what leadership reads on paper, as a page and as a document."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext

from incubator.domain.clock import office_day
from incubator.exports.documents import (
    Block,
    Chart,
    Document,
    Heading,
    KeyValues,
    Notice,
    Paragraph,
    TableBlock,
)
from incubator.extensions import db
from incubator.queries.pilot_summary import PilotSummary, summaries_of
from incubator.queries.portfolio import Filters
from incubator.queries.statistics import Overdue, StageSum, Statistics, overdue_records, pilots_due
from incubator.web import portfolio_charts as charts
from incubator.web.charts import standing_svg
from incubator.web.formats import day, money, number
from incubator.web.next_steps import waiting_in_list
from incubator.web.pilot_summary import passed_limits, result_words
from incubator.web.sessions import current_actor, now
from incubator.web.words import label

CHARTS = ("flow", "ageing", "money", "ends")
ROWS = 15
"""A briefing names the most pressing; the list in the portfolio holds the rest."""


def pilots(filters: Filters) -> tuple[Overdue, ...]:
    """Pilots under way in the order in which they must be decided on."""
    return pilots_due(db.session(), current_actor(), filters, office_day(now()), ROWS)


def overdue(filters: Filters) -> tuple[Overdue, ...]:
    return overdue_records(db.session(), current_actor(), filters, office_day(now()), ROWS)


def results_of(rows: Sequence[Overdue]) -> dict[int, PilotSummary]:
    """What each of these records comes to."""
    return summaries_of(db.session(), [row.id for row in rows], office_day(now()))


def document(figures: Statistics, filters: Filters, narrowed: Sequence[str]) -> Document:
    """The briefing as blocks; `narrowed` says in words what it was limited to."""
    blocks: list[Block] = []
    if current_app.config["SETTINGS"].demonstration:
        blocks.append(
            Notice(_("Demonstration data. Nothing here is a real decision of this office."), tone="warning")
        )
    if narrowed:
        blocks.append(Paragraph(_("Limited to: %(filters)s", filters="; ".join(narrowed))))
    blocks += [
        Heading(_("At a glance")),
        KeyValues(_glance(figures)),
        Heading(_("How work moves")),
        *(_drawn(figures, name) for name in ("flow", "ageing")),
        Heading(_("Pilots and their next decision")),
        _decisions(pilots(filters), _("No pilot is running.")),
        Heading(_("Decisions overdue")),
        _decisions(overdue(filters), _("No decision is overdue.")),
        Heading(_("Money")),
        _drawn(figures, "money"),
        _sums(figures.money, _("The office's own records")),
        *([Paragraph(unplanned)] if (unplanned := charts.unplanned_words(figures.money)) else []),
        *_elsewhere(figures.money_elsewhere),
        Heading(_("Why work ended")),
        _drawn(figures, "ends"),
    ]
    return Document(
        title=_("Portfolio briefing"),
        subtitle=current_app.config["OFFICE_NAME"],
        blocks=blocks,
        day=office_day(now()),
        page_words=(_("Page "), _(" of ")),
    )


def _glance(figures: Statistics) -> list[tuple[str, str]]:
    tiles = figures.tiles
    return [
        (_("In pilot"), number(tiles.in_pilot)),
        (_("Waiting for a decision (due in 30 days or overdue)"), number(tiles.waiting)),
        (
            _("Overdue"),
            _(
                "%(count)s, with %(money)s spent so far",
                count=number(tiles.overdue),
                money=_dollars(tiles.overdue_cents),
            )
            if tiles.overdue_cents
            else number(tiles.overdue),
        ),
        (_("Records with a guardrail past its limit"), number(tiles.past_guardrails)),
        (_("Scaled in %(year)s", year=office_day(now()).year), number(tiles.scaled_this_year)),
        (_("All records"), number(tiles.records)),
    ]


def _drawn(figures: Statistics, name: str) -> Chart:
    drawing = charts.chart(figures, name)
    return Chart(
        svg=standing_svg(drawing),
        alt=f"{drawing.title}. {drawing.description}",
        caption=f"{drawing.title}. {charts.subtitle(figures, name)}.",
    )


def _decisions(rows: Sequence[Overdue], none: str) -> Block:
    if not rows:
        return Paragraph(none)
    waiting = waiting_in_list(row.id for row in rows)
    results = results_of(rows)
    return TableBlock(
        header=(
            _("Number"),
            _("Title"),
            _("Agency"),
            _("Result"),
            _("Decision due"),
            _("Waiting on"),
            _("Spent"),
        ),
        rows=[
            (
                row.number,
                row.title,
                row.agency_name,
                "\n".join([result_words(results[row.id]), *passed_limits(results[row.id])]),
                f"{day(row.due_on)}{_late(row)}",
                waiting[row.id],
                _dollars(row.spent_cents),
            )
            for row in rows
        ],
        caption=_("The %(count)s most pressing", count=ROWS) if len(rows) == ROWS else "",
        numeric=(6,),
        shares=(1.4, 2.5, 2.0, 2.0, 2.2, 2.0, 1.2),
    )


def _dollars(cents: int) -> str:
    """Whole dollars; a dash where no amount is recorded."""
    return money(cents // 100 * 100) if cents else "–"


def _late(row: Overdue) -> str:
    days = (office_day(now()) - row.due_on).days
    return "" if days <= 0 else "\n" + ngettext("%(num)s day overdue", "%(num)s days overdue", days)


def _elsewhere(sums: Sequence[StageSum]) -> list[Block]:
    if not any(one.planned_cents or one.spent_cents for one in sums):
        return []
    return [
        _sums(sums, _("Published or imported records")),
        Paragraph(
            _(
                "Amounts of published or imported records, such as the most a source allowed, are not the office's"
                " money and are never added to it."
            )
        ),
    ]


def _sums(sums: Sequence[StageSum], caption: str) -> TableBlock:
    return TableBlock(
        caption=caption,
        header=(_("Stage"), _("Records"), _("Planned"), _("Spent")),
        rows=[
            (label(one.stage), number(one.records), _dollars(one.planned_cents), _dollars(one.spent_cents))
            for one in sums
        ]
        + [
            (
                _("Total"),
                number(sum(one.records for one in sums)),
                _dollars(sum(one.planned_cents for one in sums)),
                _dollars(sum(one.spent_cents for one in sums)),
            )
        ],
        numeric=(1, 2, 3),
    )
