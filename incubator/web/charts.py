"""Charts on pages: inline from the cache, with their numbers as a table, and as files to download.

A page draws a chart in two steps. Its view makes the chart's plain data and asks for the figure:

    figure = chart_figure(chart, "wait", _("Minutes per call, monthly"),
                          endpoint="pilots.chart", number=record.number, name="wait")

and its template puts it in place with `{{ figure(**wait) }}` (the macro of components/charts.html).

The downloads belong to the area: it has one route that ends in `.<form>`, with the same guard as the page,
builds the same chart again and answers with `chart_file(chart, form, file_name)`.
"""

from __future__ import annotations

from datetime import date
from math import isfinite
from typing import Any

from flask import Response, current_app, make_response, request, url_for
from werkzeug.http import generate_etag, quote_etag

from incubator.charts import Cache, Chart, Kind, digest
from incubator.charts.chart import Cell, Dollars, Month, Table
from incubator.domain.errors import NotFound
from incubator.domain.numbers import rounded
from incubator.domain.stages import Provenance
from incubator.exports import tables
from incubator.web.formats import day, month
from incubator.web.languages import gettext as _

FILES: dict[str, tuple[Kind, str]] = {"svg": ("svg-file", "image/svg+xml"), "png": ("png", "image/png")}

IN_FILES = 8
"""Significant digits of computed numbers in a CSV."""

REVALIDATE = "private, no-cache"
"""A browser may keep a chart, but asks each time whether it is still the same and still allowed."""

SANDBOX = "default-src 'none'; sandbox"


def chart_figure(
    chart: Chart,
    figure_id: str,
    subtitle: Any,
    *,
    source: Provenance | str = "",
    note: Any = "",
    print_table: bool = False,
    with_table: bool = True,
    endpoint: str = "",
    **values: Any,
) -> dict[str, Any]:
    """What the `figure` macro takes, by name: `{{ figure(**this) }}`.

    `figure_id` is unique on its page. `subtitle` says what is measured and in which unit; the finding comes from
    the chart. `source` is the numbers' provenance, `note` where they come from. `endpoint` with `values`
    is the area's download route, to which `form` ("svg", "png" or "csv") is added; without one the figure
    has no downloads. `with_table` False leaves the table and the downloads to the page that the figure leads to,
    where many charts stand together. An empty chart is a calm note without a table.
    """
    table = chart.table() if with_table else Table((), [])
    empty = chart.is_empty or not with_table
    return {
        "id": figure_id,
        "title": chart.title,
        "subtitle": subtitle,
        "svg_wide": inline_svg(chart),
        "svg_narrow": inline_svg(chart, narrow=True),
        "header": [_(title) for title in table.header],
        "rows": [] if empty else [[_shown(cell) for cell in row] for row in table.rows],
        "csv_url": url_for(endpoint, form="csv", **values) if endpoint and not empty else "",
        "png_url": url_for(endpoint, form="png", **values) if endpoint and not empty else "",
        "svg_url": url_for(endpoint, form="svg", **values) if endpoint and not empty else "",
        "source": source_kind(source),
        "note": note,
        "print_table": print_table,
    }


def source_kind(source: Provenance | str) -> str:
    """The word the `source_label` macro knows; figures measured here carry no label."""
    kind = str(source)
    return kind if kind in (Provenance.PUBLISHED, Provenance.ILLUSTRATION) else ""


def inline_svg(chart: Chart, narrow: bool = False) -> str:
    """The drawing for a page, from the cache; matplotlib is loaded only when it is not there."""
    return chart_cache().get(chart, "svg", narrow).decode("utf-8")


def standing_svg(chart: Chart) -> bytes:
    """The drawing with colors of its own, for a document."""
    return chart_cache().get(chart, "svg-file")


def chart_cache() -> Cache:
    return Cache(current_app.config["SETTINGS"].chart_cache)


def chart_file(chart: Chart, form: str, name: str) -> Response:
    """The chart as a file called `name`, or 304 when the browser holds it; NotFound for an unknown form.

    To be returned by a view whose guard is that of the page the chart stands on.
    """
    if form == "csv":
        return _csv(chart, name)
    if form not in FILES:
        raise NotFound
    kind, media_type = FILES[form]
    tag = digest(chart, kind=kind)
    if tag in request.if_none_match:
        return _kept(make_response("", 304), tag)
    response = make_response(chart_cache().get(chart, kind))
    response.content_type = media_type
    response.headers["Content-Security-Policy"] = SANDBOX
    return _kept(_named(response, f"{name}.{form}"), tag)


def _csv(chart: Chart, name: str) -> Response:
    table = chart.table()
    lines = [[_exact(cell) for cell in row] for row in table.rows]
    content = b"".join(tables.to_csv(tables.Table(name, [_(title) for title in table.header], lines)))
    tag = generate_etag(content)
    if tag in request.if_none_match:
        return _kept(make_response("", 304), tag)
    response = make_response(content)
    response.content_type = tables.CSV_TYPE
    return _kept(_named(response, f"{name}.csv"), tag)


def _exact(cell: Cell) -> tables.Cell:
    """A recorded number as it is, a computed one without the digits that no drawing holds."""
    if isinstance(cell, Dollars) and isfinite(100 * cell):
        return tables.Money(round(100 * cell))
    if isinstance(cell, float) and isfinite(cell):
        return rounded(cell, IN_FILES)
    return cell


def _named(response: Response, file_name: str) -> Response:
    response.headers.set("Content-Disposition", "attachment", filename=file_name)
    return response


def _kept(response: Response, tag: str) -> Response:
    response.headers["ETag"] = quote_etag(tag)
    response.headers["Cache-Control"] = REVALIDATE
    return response


def _shown(cell: Any) -> Any:
    if isinstance(cell, Month):
        return month(cell)
    return day(cell) if isinstance(cell, date) else cell
