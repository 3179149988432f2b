"""The benefits register of the program: a list, its totals, how forecasts fared, and its files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from incubator.domain.access import Action
from incubator.domain.benefits import BENEFIT_MONTHS, BenefitKind, Certainty
from incubator.domain.clock import office_day
from incubator.domain.errors import NotFound
from incubator.domain.stages import Provenance
from incubator.exports import tables
from incubator.exports.tables import clean
from incubator.extensions import db
from incubator.queries import benefit_register as query
from incubator.web import benefit_figures as figures
from incubator.web.benefit_words import amount, fared_words, fixed_words, unit_words
from incubator.web.charts import chart_figure, chart_file
from incubator.web.formats import day
from incubator.web.guards import allowed
from incubator.web.listing import read_listing
from incubator.web.portfolio_filters import Chip
from incubator.web.sessions import current_actor, now
from incubator.web.words import label

blueprint = Blueprint("benefits", __name__)

HEADER = (
    _l("Number"),
    _l("Title"),
    _l("Agency code"),
    _l("Agency"),
    _l("Benefit"),
    _l("Kind"),
    _l("Unit"),
    _l("Owner"),
    _l("Low a year"),
    _l("Likely a year"),
    _l("High a year"),
    _l("Years"),
    _l("Forecast fixed on"),
    _l("Scaled on"),
    _l("Added after the decision"),
    _l("Measured after months"),
    _l("How sure"),
    _l("Realized a year"),
    _l("Realized, low"),
    _l("Realized, high"),
    _l("What it rests on"),
    _l("Why unknown"),
)


@blueprint.get("/benefits")
@allowed(Action.SEE_STATISTICS)
def index() -> Any:
    session, actor = db.session(), current_actor()
    filters = _filters()
    agencies = query.register_agencies(session, actor)
    rows = query.register(session, actor, filters)
    listing = read_listing(query.SORTS, default="title", filters=filters.given())
    listing.total = len(rows)
    listing.page = min(listing.page, listing.pages)
    shown = query.ordered(rows, listing.sort, descending=listing.descending)
    chips = _chips(filters, agencies, listing.url)
    return render_template(
        "pages/benefits/index.html",
        rows=shown[listing.offset : listing.offset + listing.size],
        listing=listing,
        filters=filters,
        chips=chips,
        agencies=agencies,
        options=_options(),
        totals=figures.totals(rows),
        without_promise=query.scaled_without_promise(session, actor, filters.agency),
        drawn=[
            (name, figures.sentences(rows, name), _figure(rows, name, filters)) for name in figures.CHARTS
        ],
        downloads={
            form: url_for("benefits.export", form=form, **_asked(filters), **_order(listing))
            for form in ("csv", "xlsx")
        },
        amount=amount,
        fared_words=fared_words,
        fixed_words=fixed_words,
    )


@blueprint.get("/benefits.<any(csv, xlsx):form>")
@allowed(Action.SEE_STATISTICS)
def export(form: str) -> Any:
    """All rows of the list as filtered and ordered."""
    session, actor = db.session(), current_actor()
    filters = _filters()
    listing = read_listing(query.SORTS, default="title", filters=filters.given())
    rows = query.ordered(query.register(session, actor, filters), listing.sort, descending=listing.descending)
    today = office_day(now())
    notes = [
        _(
            "Benefits register of %(office)s, %(day)s",
            office=current_app.config["OFFICE_NAME"],
            day=day(today),
        ),
        *(
            f"{chip.label}: {chip.value}"
            for chip in _chips(filters, query.register_agencies(session, actor), lambda **_gone: request.path)
        ),
    ]
    table = tables.Table("Benefits", [str(title) for title in HEADER], _cells(rows), notes)
    if form == "csv":
        response = Response(b"".join(tables.to_csv(table)), content_type=tables.CSV_TYPE)
    else:
        response = Response(tables.to_xlsx(table), content_type=tables.XLSX_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename=f"benefits-{today.isoformat()}.{form}")
    return response


@blueprint.get("/benefits/charts/<name>.<form>")
@allowed(Action.SEE_STATISTICS)
def chart(name: str, form: str) -> Any:
    if name not in figures.CHARTS:
        raise NotFound
    rows = query.register(db.session(), current_actor(), _filters())
    return chart_file(figures.chart(rows, name), form, f"benefits-{name}")


def _figure(rows: Sequence[query.RegisterRow], name: str, filters: query.RegisterFilters) -> dict[str, Any]:
    subtitle = (
        _("Dollars a year: forecast at the decision to scale, and what came of it")
        if name == "cash"
        else _("Staff hours a year: forecast at the decision to scale, and what came of it")
    )
    return chart_figure(
        figures.chart(rows, name),
        f"fared-{name}",
        subtitle,
        source=Provenance.ILLUSTRATION if current_app.config["SETTINGS"].demonstration else "",
        endpoint="benefits.chart",
        name=name,
        **_asked(filters),
    )


def _filters() -> query.RegisterFilters:
    """What the address asks for; what makes no sense is left out."""
    kind, months = request.args.get("kind", ""), request.args.get("months", "")
    certainty = request.args.get("certainty", "")
    return query.RegisterFilters(
        agency=" ".join(clean(request.args.get("agency", "")[:200]).split()),
        kind=BenefitKind(kind) if kind in set(BenefitKind) else None,
        certainty=certainty if certainty in {*Certainty, query.NOT_MEASURED} else "",
        months=int(months) if months in map(str, BENEFIT_MONTHS) else None,
    )


def _asked(filters: query.RegisterFilters) -> dict[str, Any]:
    return dict(filters.given())


def _options() -> dict[str, list[tuple[str, str]]]:
    return {
        "kind": [(kind.value, label(kind)) for kind in BenefitKind],
        "certainty": [
            *((one.value, label(one)) for one in Certainty),
            (query.NOT_MEASURED, _("Not measured")),
        ],
        "months": [(str(months), _("After %(months)s months", months=months)) for months in BENEFIT_MONTHS],
    }


def _chips(filters: query.RegisterFilters, agencies: Sequence[tuple[str, str]], without: Any) -> list[Chip]:
    titles = {
        "agency": _("Agency"),
        "kind": _("Kind"),
        "certainty": _("How sure"),
        "months": _("Measured"),
    }
    words = {name: dict(pairs) for name, pairs in {**_options(), "agency": list(agencies)}.items()}
    return [
        Chip(titles[name], words[name].get(value, value), without(**{name: None}))
        for name, value in filters.given().items()
    ]


def _order(listing: Any) -> dict[str, Any]:
    return {"sort": listing.sort, "order": "desc" if listing.descending else "asc"}


def _cells(rows: Sequence[query.RegisterRow]) -> Iterator[list[tables.Cell]]:
    for row in rows:
        found = row.measured
        yield [
            row.number,
            row.title,
            row.agency_code,
            row.agency_name,
            row.name,
            label(row.kind),
            unit_words(row.kind, row.unit),
            row.owner_name,
            _cell(row.low, row.kind),
            _cell(row.likely, row.kind),
            _cell(row.high, row.kind),
            row.years,
            row.fixed_at,
            row.scaled_on,
            row.late,
            found.months if found else None,
            label(found.certainty) if found else _("Not measured"),
            _cell(found.amount if found else None, row.kind),
            _cell(found.low if found else None, row.kind),
            _cell(found.high if found else None, row.kind),
            found.realised if found else None,
            found.unknown_reason if found else None,
        ]


def _cell(value: int | None, kind: BenefitKind) -> tables.Cell:
    if value is None:
        return None
    return tables.Money(value) if kind is BenefitKind.CASH else float(Decimal(value) / 100)
