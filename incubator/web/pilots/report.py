"""The pilot report on paper: a page that prints well, and the same as a PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Response
from flask_babel import gettext as _

from incubator.charts import Chart as ChartData
from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.domain.pilots import PRACTICES, with_unit
from incubator.exports.documents import (
    PDF_TYPE,
    Block,
    Chart,
    Document,
    Heading,
    KeyValues,
    Paragraph,
    TableBlock,
    TagLine,
    to_pdf,
)
from incubator.extensions import db
from incubator.queries import pilots as plan_query
from incubator.queries.metrics import MetricRow
from incubator.queries.overview import Overview
from incubator.queries.process_changes import days_for, limit_days
from incubator.queries.records import RecordHead
from incubator.web import pilot_summary
from incubator.web.charts import chart_cache, standing_svg
from incubator.web.formats import day, money, number
from incubator.web.guards import on_record
from incubator.web.next_steps import waiting_on_record
from incubator.web.pilots import figures
from incubator.web.pilots.blueprint import attachment, blueprint
from incubator.web.pilots.overview import drawn, load_overview
from incubator.web.record_pages import render_record
from incubator.web.sessions import now
from incubator.web.words import label


@blueprint.get("/pilots/<number>/report")
@on_record(Action.VIEW)
def report(record: RecordHead) -> Any:
    found = load_overview(record)
    return render_record(
        "pages/pilots/report.html",
        record,
        found=found,
        sites=plan_query.sites_of(db.session(), record.id),
        practices=PRACTICES,
        today=office_day(now()),
        waiting=waiting_on_record(record),
        **drawn(record, found, planned=True),
    )


@blueprint.get("/pilots/<number>/report.pdf")
@on_record(Action.VIEW)
def report_pdf(record: RecordHead) -> Response:
    found = load_overview(record)
    document = Document(
        title=record.title,
        subtitle=_("Pilot report · %(agency)s", agency=record.agency_name),
        blocks=blocks(record, found),
        number=record.number,
        day=office_day(now()),
        page_words=(_("Page "), _(" of ")),
    )
    return attachment(
        to_pdf(document, now(), fonts=chart_cache().cut_fonts()), PDF_TYPE, f"{record.number}-report.pdf"
    )


def blocks(record: RecordHead, found: Overview) -> list[Block]:
    """The report from top to bottom, as plain blocks."""
    made: list[Block] = [TagLine([label(record.step), *([label(record.outcome)] if record.outcome else [])])]
    main = figures.main_metric(found.metrics)
    made += pilot_summary.blocks(found.summary, waiting_on_record(record))
    if not found.summary.has_verdict:
        made.append(Paragraph(figures.latest_words(main)))
    kind = figures.what_figures_are(found.metrics)
    if kind is not None and kind.value != "measured":
        made.append(Paragraph(_("What the figures are: %(kind)s.", kind=figures.provenance_words(kind))))
    made += [Paragraph(record.summary), KeyValues(_facts(record, found))]
    limits = limit_days(db.session(), record.id) if main is not None else {}
    made += _results(found, main, days_for(limits, main.id) if main is not None else ())
    made += _money(record, found)
    made += _way(found)
    made += _plan(found)
    return [block for block in made if not isinstance(block, Paragraph) or block.text.strip()]


def _facts(record: RecordHead, found: Overview) -> list[tuple[str, str]]:
    plan = found.plan
    nobody = _("Not given") if record.facts.is_published else _("Nobody yet")
    runs = (
        _("%(start)s to %(end)s", start=day(plan.starts_on), end=day(plan.ends_on))
        if plan.starts_on or plan.ends_on
        else _("Not given")
    )
    facts = [
        (_("Agency"), record.agency_name),
        (_("Pilot lead"), plan.lead_name or nobody),
        (_("Product owner"), plan.owner_name or nobody),
        (_("Runs"), runs),
    ]
    return facts + [(_("Need it answers"), need.title) for need in found.needs]


def _results(found: Overview, main: MetricRow | None, changes: Sequence[date]) -> list[Block]:
    made: list[Block] = [Heading(_("Results"))]
    if not found.metrics:
        return [*made, Paragraph(_("No metric is defined, so there is no evidence yet."))]
    if main is not None and figures.is_drawn(main):
        made.append(_chart(figures.process_chart(main, found.plan, changes)))
    if found.summary.has_verdict:
        made.append(_chart(figures.verdict_chart(found.summary)))
    elif len(found.metrics) > 1:
        made.append(_chart(figures.progress_chart(found.metrics)))
    header = [
        _("Metric"),
        _("What for"),
        _("Baseline"),
        _("Target"),
        _("Latest"),
        _("Readings"),
        _("Verified"),
        _("State"),
    ]
    rows = [
        [
            metric.name,
            label(metric.kind),
            _amount(metric.baseline, metric.unit),
            _amount(metric.target, metric.unit),
            _amount(metric.latest.value if metric.latest else None, metric.unit),
            number(len(metric.points)),
            number(len(metric.points) - metric.unverified),
            label(metric.state),
        ]
        for metric in found.metrics
    ]
    made.append(TableBlock(header, rows, _("Metrics"), numeric=(2, 3, 4, 5, 6)))
    sources = [f"{metric.name}: {metric.source}" for metric in found.metrics if metric.source]
    return [*made, Paragraph("\n".join(sources))]


def _money(record: RecordHead, found: Overview) -> list[Block]:
    made: list[Block] = [Heading(_("Money"))]
    if not found.money.planned and not found.money.spent:
        return [*made, Paragraph(_("No budget and no expense is recorded."))]
    chart = figures.cost_chart(found.money, found.plan, office_day(now()))
    planned = money(found.money.budget) if found.money.planned else _("No budget is recorded")
    spent = money(found.money.total_spent) if found.money.spent else _("Nothing is recorded")
    return [
        *made,
        *([] if chart.is_empty else [_chart(chart)]),
        KeyValues([(_("Planned"), planned), (_("Spent"), spent)]),
    ]


def _way(found: Overview) -> list[Block]:
    made: list[Block] = []
    if found.milestones:
        rows = [[row.title, day(row.due_on), day(row.reached_on)] for row in found.milestones]
        made += [Heading(_("Milestones")), TableBlock([_("Milestone"), _("Due"), _("Reached")], rows)]
    risks = [row for row in found.risks if row.closed_at is None]
    if risks:
        header = [_("Open risk"), _("Weight"), _("What is done about it"), _("Who watches it")]
        lines = [
            [row.title, f"{_(row.severity.label)} ({row.severity.score})", row.response, row.owner_name]
            for row in risks
        ]
        made += [Heading(_("Risks")), TableBlock(header, lines, shares=(3, 1.4, 4, 2))]
    if found.report is not None and found.report.sent_at is not None:
        made += [
            Heading(_("Latest progress report: %(period)s", period=found.report.period)),
            Paragraph(found.report.done),
            Paragraph(found.report.next_steps),
            Paragraph(found.report.concerns),
        ]
    return made


def _plan(found: Overview) -> list[Block]:
    texts = [(_(name), getattr(found.plan, field)) for field, name in PRACTICES.items()]
    texts += [(_("Exit"), found.plan.exit_plan), (_("What was learned"), found.plan.lesson)]
    written = [(name, text) for name, text in texts if text.strip()]
    if not written:
        return []
    made: list[Block] = [Heading(_("Plan"))]
    for name, text in written:
        made += [Heading(name, 2), Paragraph(text)]
    return made


def _chart(chart: ChartData) -> Block:
    return Chart(standing_svg(chart), alt=f"{chart.title}. {chart.description}", caption=chart.title)


def _amount(value: float | None, unit: str) -> str:
    return "–" if value is None else with_unit(value, unit)
