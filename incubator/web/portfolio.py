"""The portfolio: list and exports, statistics, briefing, and the demonstration's published figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from incubator.analytics.intervals import Interval, wilson
from incubator.domain.access import Action, can
from incubator.domain.clock import current_office_zone, office_day
from incubator.domain.errors import NotFound
from incubator.domain.stages import EndReason, Origin, Stage, Step
from incubator.exports import documents, tables
from incubator.extensions import db
from incubator.queries import contrary
from incubator.queries import portfolio as query
from incubator.queries.next_steps import NextStep
from incubator.queries.pilot_summary import PilotSummary, summaries_of
from incubator.queries.remembered import Memory
from incubator.web import pilot_summary as summary_words
from incubator.web import portfolio_briefing as briefings
from incubator.web import portfolio_charts as charts
from incubator.web import portfolio_published as published
from incubator.web.charts import chart_cache, chart_file
from incubator.web.formats import day
from incubator.web.guards import allowed, signed_in
from incubator.web.listing import Listing, read_listing
from incubator.web.next_steps import waiting_in_list, waiting_on
from incubator.web.portfolio_filters import (
    chips,
    read_filters,
    read_statistics_filters,
    rows_url,
    source_words,
)
from incubator.web.sessions import current_actor, now
from incubator.web.words import label, reads_as_staff, technology_name

blueprint = Blueprint("portfolio", __name__)

EXPORT_HEADER = (
    _l("Number"),
    _l("Title"),
    _l("Agency code"),
    _l("Agency"),
    _l("Call"),
    _l("Theme"),
    _l("Technology"),
    _l("Stage"),
    _l("Status"),
    _l("Result"),
    _l("Guardrails past their limit"),
    _l("Open conditions"),
    _l("Waiting on"),
    _l("Decision due"),
    _l("Overdue"),
    _l("Reviews in"),
    _l("Score"),
    _l("Requested"),
    _l("Planned"),
    _l("Spent"),
    _l("Handed in"),
    _l("In this stage since"),
    _l("Closed"),
    _l("Outcome"),
    _l("End reason"),
    _l("Origin"),
    _l("Uses AI"),
    _l("Last changed"),
)

DAYS_OF_MOMENTS = tuple(EXPORT_HEADER[place] for place in (20, 21, 22, 27))
"""Columns whose days depend on a zone, which their headers name."""


@blueprint.get("/portfolio")
@signed_in
def index() -> Any:
    session, actor, today = db.session(), current_actor(), office_day(now())
    filters = read_filters()
    listing = read_listing(query.SORTS, default="changed", descending=True, filters=filters.given())
    known = charts.my_memory()
    listing.total = known.of(("count", filters), lambda: query.count_records(session, actor, filters, today))
    listing.page = min(listing.page, listing.pages)
    rows = (
        query.list_records(
            session,
            actor,
            filters,
            today,
            sort=listing.sort,
            descending=listing.descending,
            limit=listing.size,
            offset=listing.offset,
        )
        if listing.total
        else []
    )
    choices = filter_choices(known)
    return render_template(
        "pages/portfolio/index.html",
        rows=rows,
        summaries=known.of(
            ("summaries", filters, listing.sort, listing.descending, listing.size, listing.page),
            lambda: summaries_of(session, [row.id for row in rows], today),
        ),
        listing=listing,
        filters=filters,
        choices=choices,
        chips=chips(filters, choices, listing.url),
        options=options(),
        downloads=_downloads(listing),
        today=today,
        may_propose=bool(can(actor, Action.PROPOSE)),
        plain_words=not reads_as_staff(),
    )


def filter_choices(known: Memory) -> query.Choices:
    session, actor = db.session(), current_actor()
    return known.of("choices", lambda: query.filter_choices(session, actor))


def options() -> dict[str, list[tuple[str, str]]]:
    """The domain's words to choose from; steps that read alike to this reader are offered once."""
    return {
        "stage": [(stage.value, label(stage)) for stage in Stage],
        "step": [(step.value, label(step)) for step in Step],
        "origin": [(origin.value, label(origin)) for origin in Origin],
        "due": [("overdue", _("Overdue")), ("soon", _("Due in 30 days or overdue"))],
        "source": [(source.value, source_words(source)) for source in query.Source],
        "guardrail": [("past", _("Past the limit"))],
        "reason": [(reason.value, label(reason)) for reason in EndReason],
    }


def _downloads(listing: Listing) -> dict[str, str]:
    values: dict[str, Any] = {
        **listing.filters,
        "sort": listing.sort,
        "order": "desc" if listing.descending else "asc",
    }
    return {form: url_for("portfolio.export", form=form, **values) for form in ("csv", "xlsx")}


@blueprint.get("/portfolio.<any(csv, xlsx):form>")
@allowed(Action.SEE_PORTFOLIO)
def export(form: str) -> Any:
    """All rows of the list as filtered and ordered."""
    session, actor, moment = db.session(), current_actor(), now()
    today, filters = office_day(moment), read_filters()
    listing = read_listing(query.SORTS, default="changed", descending=True, filters=filters.given())
    found = query.export_records(
        session, actor, filters, moment, sort=listing.sort, descending=listing.descending
    )
    notes = [
        _("Portfolio of %(office)s, %(day)s", office=current_app.config["OFFICE_NAME"], day=day(today)),
        *(f"{chip.label}: {chip.value}" for chip in _named_filters(filters)),
    ]
    zone = current_office_zone()
    header = [f"{title} ({zone})" if title in DAYS_OF_MOMENTS else str(title) for title in EXPORT_HEADER]
    table = tables.Table("Portfolio", header, _cells(found, today), notes)
    if form == "csv":
        response = Response(b"".join(tables.to_csv(table)), content_type=tables.CSV_TYPE)
    else:
        response = Response(tables.to_xlsx(table), content_type=tables.XLSX_TYPE)
    response.headers.set(
        "Content-Disposition", "attachment", filename=f"portfolio-{today.isoformat()}.{form}"
    )
    return response


def _named_filters(filters: query.Filters) -> list[Any]:
    if not filters.given():
        return []
    choices = filter_choices(charts.my_memory())
    return list(chips(filters, choices, lambda **_gone: request.path))


def _cells(
    rows: Iterator[tuple[query.ExportRow, PilotSummary, NextStep | None, bool]], today: Any
) -> Iterator[list[tables.Cell]]:
    for row, summary, step, told in rows:
        yield [
            row.number,
            row.title,
            row.agency_code,
            row.agency_name,
            row.call_title,
            row.theme,
            technology_name(row.technology or ""),
            label(row.stage),
            label(row.step),
            summary_words.result_words(summary) if summary.is_pilot else None,
            summary_words.breach_words(summary) or None,
            len(summary.conditions),
            waiting_on(step, named=told) if step else None,
            row.due_on,
            row.due_on is not None and row.due_on < today and row.stage is not Stage.CLOSED,
            row.reviews_in,
            None if row.score is None else round(row.score, 3),
            _money(row.requested_cents),
            _money(row.planned_cents or None),
            _money(row.spent_cents or None),
            *(_day_of(moment) for moment in (row.submitted_at, row.stage_entered_at, row.closed_at)),
            label(row.outcome) if row.outcome else None,
            label(row.end_reason) if row.end_reason else None,
            label(row.origin),
            row.uses_ai,
            _day_of(row.changed_at),
        ]


def _day_of(moment: datetime | None) -> date | None:
    """The day that the record's pages show."""
    return None if moment is None else office_day(moment)


def _money(cents: int | None) -> tables.Money | None:
    return None if cents is None else tables.Money(cents)


@blueprint.get("/portfolio/statistics")
@allowed(Action.SEE_STATISTICS)
def statistics() -> Any:
    known, filters = charts.my_memory(), read_statistics_filters()
    choices = filter_choices(known)
    listing = read_listing((), default="", filters=filters.given())
    # The figures and their tables are the same until something changes, so the page keeps them as written.
    body = known.of(("statistics page", filters), lambda: _statistics_body(known, filters))
    return render_template(
        "pages/portfolio/statistics.html",
        body=body,
        filters=filters,
        choices=choices,
        chips=chips(filters, choices, listing.url),
        options=options(),
        briefing_url=url_for("portfolio.briefing", **filters.given()),
        demonstration=current_app.config["SETTINGS"].demonstration,
    )


def _statistics_body(known: Memory, filters: query.Filters) -> Markup:
    figures = charts.statistics(known, filters)
    return Markup(  # noqa: S704 - rendered by a template, so already escaped
        render_template(
            "pages/portfolio/figures.html",
            figures=figures,
            drawn={name: charts.figure(known, filters, name) for name in charts.CHARTS},
            year=office_day(now()).year,
            rows_url=partial(rows_url, filters),
            advised=_advised(filters),
            waiting=waiting_in_list(row.id for row in figures.overdue),
            results=briefings.results_of(figures.overdue),
            **FIGURE_WORDS,
        )
    )


@dataclass(frozen=True, slots=True)
class Advised:
    """The scale decisions that had verdicts to follow. `share` is that of those taken against them, None
    without any."""

    decisions: tuple[contrary.ScaleDecision, ...]
    against: int
    share: Interval | None


def _advised(filters: query.Filters) -> Advised:
    actor, moment = current_actor(), now()
    found = contrary.scale_decisions(db.session(), query.conditions(actor, filters, office_day(moment)))
    against = sum(one.against for one in found)
    return Advised(found, against, wilson(against, len(found)) if found else None)


FIGURE_WORDS = {
    "stages": {stage.value: stage for stage in Stage},
    "conversion_words": charts.conversion_words,
    "days_words": charts.days_words,
    "unplanned_words": charts.unplanned_words,
}


@blueprint.get("/portfolio/charts/<name>.<form>")
@allowed(Action.SEE_PORTFOLIO)
def chart(name: str, form: str) -> Any:
    """A chart as a file. It is drawn from the records this person may know of, whatever their role."""
    if name not in charts.CHARTS:
        raise NotFound
    known = charts.my_memory()
    figures = charts.statistics(known, read_statistics_filters())
    return chart_file(charts.chart(figures, name), form, f"portfolio-{name}")


@blueprint.get("/portfolio/briefing")
@allowed(Action.SEE_STATISTICS)
def briefing() -> Any:
    known, filters = charts.my_memory(), read_statistics_filters()
    choices = filter_choices(known)
    pilots, late = briefings.pilots(filters), briefings.overdue(filters)
    return render_template(
        "pages/portfolio/briefing.html",
        figures=charts.statistics(known, filters),
        drawn={
            name: charts.figure(known, filters, name, prefix="briefing-", print_table=False)
            for name in briefings.CHARTS
        },
        filters=filters,
        chips=chips(filters, choices, lambda **_gone: request.path),
        pilots=pilots,
        late=late,
        waiting=waiting_in_list(row.id for row in (*pilots, *late)),
        results=briefings.results_of((*pilots, *late)),
        pdf_url=url_for("portfolio.briefing_pdf", **filters.given()),
        year=office_day(now()).year,
        today=office_day(now()),
        rows_url=partial(rows_url, filters),
        **FIGURE_WORDS,
    )


@blueprint.get("/portfolio/briefing.pdf")
@allowed(Action.SEE_STATISTICS)
def briefing_pdf() -> Any:
    known, filters = charts.my_memory(), read_statistics_filters()
    document = briefings.document(
        charts.statistics(known, filters),
        filters,
        [f"{chip.label}: {chip.value}" for chip in _named_filters(filters)],
    )
    response = Response(
        documents.to_pdf(document, created=now(), fonts=chart_cache().cut_fonts()),
        content_type=documents.PDF_TYPE,
    )
    response.headers.set(
        "Content-Disposition", "inline", filename=f"portfolio-briefing-{office_day(now()).isoformat()}.pdf"
    )
    return response


@blueprint.get("/portfolio/programme")
@allowed(Action.SEE_STATISTICS)
def programme() -> Any:
    """The published figures of the real program behind the demonstration; nowhere else."""
    if not current_app.config["SETTINGS"].demonstration:
        raise NotFound
    return render_template("pages/portfolio/programme.html", **published.context())


@blueprint.get("/portfolio/programme/<name>.<form>")
@allowed(Action.SEE_STATISTICS)
def programme_chart(name: str, form: str) -> Any:
    if not current_app.config["SETTINGS"].demonstration:
        raise NotFound
    return chart_file(published.chart(name), form, f"programme-{name}")
