"""The charts of a call's scores, on the page around the line and in files whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from incubator.analytics.panel_sheet import Sheet
from incubator.analytics.ranking import Band, Severity
from incubator.analytics.raw_scores import SPLIT_SHARE
from incubator.analytics.rubric import agreement
from incubator.analytics.timeliness import Timeliness
from incubator.charts import (
    Chart,
    FunnelLimit,
    FunnelPoint,
    HeatCell,
    HeatRow,
    ProposalScores,
    RankIntervals,
    RankRow,
    ReviewerSeverity,
    ReviewTimeliness,
    ScoreDots,
    ScoreHeatMap,
    ScoreShifts,
    SelectionFunnel,
    SeverityRow,
    ShiftRow,
)
from incubator.charts.rank_intervals import Band as ChartBand
from incubator.domain.folding import fold
from incubator.queries.ranking import Analysed
from incubator.web.charts import chart_figure
from incubator.web.languages import gettext as _
from incubator.web.ranking.rows import ScoreRow, around_the_line, criterion_scores

BANDS: dict[Band, ChartBand] = {
    Band.ACCEPT: "accept",
    Band.TOO_CLOSE: "too_close",
    Band.DECLINE: "decline",
}
NAMES = ("ranks", "dots", "criteria", "shifts", "agencies", "timeliness")


def named(row: ScoreRow) -> str:
    """A proposal on a chart: its title, and its number where that is not the title."""
    return row.title if row.title == row.key else f"{row.key} {row.title}"


def ranks(found: Analysed, rows: Sequence[ScoreRow]) -> Chart:
    return RankIntervals(
        rows=tuple(
            RankRow(named(row), row.expected, row.low, row.high, BANDS[row.band] if row.band else None)
            for row in rows
            if row.expected is not None
        ),
        line=found.analysis.ranking.drawn_line,
        places=found.analysis.places,
    )


def dots(found: Analysed, rows: Sequence[ScoreRow]) -> Chart:
    sheet = found.sheet
    return ScoreDots(
        proposals=tuple(ProposalScores(named(row), row.totals, row.calibrated) for row in rows),
        lowest=sheet.scale_min,
        highest=sheet.scale_max,
        lower_is_better=sheet.lower_is_better,
    )


def criteria(found: Analysed, rows: Sequence[ScoreRow]) -> Chart:
    sheet, scores = found.sheet, criterion_scores(found.sheet)
    low, high = _criterion_ends(sheet)
    keys = [criterion.key for criterion in sheet.criteria]
    return ScoreHeatMap(
        rows=tuple(
            HeatRow(
                named(row), tuple(_cell(scores[row.key][key], (high - low) * SPLIT_SHARE) for key in keys)
            )
            for row in rows
        ),
        columns=tuple(criterion.title for criterion in sheet.criteria),
        lowest=low,
        highest=high,
        lower_is_better=sheet.lower_is_better,
    )


def _criterion_ends(sheet: Sheet) -> tuple[float, float]:
    """The scale of the criteria: the sheet's, or wider where the total has a shorter one of its own."""
    given = [value for review in sheet.reviews for value in review.scores.values() if value is not None]
    return min([sheet.scale_min, *given]), max([sheet.scale_max, *given])


def _cell(values: Sequence[float], split_at: float) -> HeatCell:
    said = agreement(values, split_at)
    if said is None:
        return HeatCell(None)
    return HeatCell(said.mean, said.spread if said.n > 1 else None, said.split)


def shifts(found: Analysed, _rows: Sequence[ScoreRow]) -> Chart:
    sheet = found.sheet
    titles = {item.key: item.label for item in sheet.items}
    names = {rater.key: rater.label for rater in sheet.raters}
    return ScoreShifts(
        rows=tuple(
            ShiftRow(
                f"{titles[review.item]}, {names[review.rater]}",
                review.total if review.first_total is None else review.first_total,
                review.total,
            )
            for review in sheet.reviews
        ),
        lowest=sheet.scale_min,
        highest=sheet.scale_max,
        lower_is_better=sheet.lower_is_better,
    )


def agencies(found: Analysed, _rows: Sequence[ScoreRow]) -> Chart:
    selection = found.analysis.selection
    return SelectionFunnel(
        points=tuple(
            FunnelPoint(one.group or _("not given"), one.n, one.selected, one.rate.low, one.rate.high)
            for one in selection.groups
        ),
        overall=selection.overall.estimate if selection.overall else 0.0,
        limits=tuple(
            FunnelLimit(float(one.n), one.low, one.high, one.far_low, one.far_high)
            for one in selection.funnel
        ),
    )


def timeliness(known: Timeliness) -> Chart:
    return ReviewTimeliness(
        steps=tuple(zip(known.days, known.share, strict=True)),
        at_due=known.on_time,
        n=known.handed_in + known.still_open,
        open_reviews=known.still_open,
    )


def severity(found: Analysed, people: Sequence[Severity], *, own: str = "") -> Chart:
    """Reviewers by name, for this is no league table; `own` is the key of the one who looks."""
    names = {rater.key: rater.label for rater in found.sheet.raters}
    known = sorted(people, key=lambda one: (_by_name(names[one.key]), one.key))
    return ReviewerSeverity(
        rows=tuple(SeverityRow(names[one.key], one.points, one.low, one.high, one.n) for one in known),
        own=names.get(own, ""),
        lower_is_better=found.sheet.lower_is_better,
    )


def _by_name(name: str) -> list[tuple[int, str]]:
    """Names as people sort them: reviewer 9 before reviewer 12."""
    parts = re.findall(r"\d+|\D+", fold(name))
    return [(int(part), "") if part.isascii() and part.isdigit() else (0, part) for part in parts]


BUILDERS = {"ranks": ranks, "dots": dots, "criteria": criteria, "shifts": shifts, "agencies": agencies}


def is_shown(found: Analysed, name: str) -> bool:
    """Whether there is anything for the chart of that name to show."""
    analysis, sheet = found.analysis, found.sheet
    return {
        "ranks": bool(analysis.ranking.items),
        "dots": analysis.reviews > 0,
        "criteria": any(value is not None for review in sheet.reviews for value in review.scores.values()),
        "shifts": any(review.first_total is not None for review in sheet.reviews),
        "agencies": analysis.selection.overall is not None,
    }[name]


def page_charts(found: Analysed, rows: Sequence[ScoreRow]) -> dict[str, Chart]:
    """The charts of the page by name, those of proposals cut to what lies around the line."""
    near = around_the_line(rows, found.analysis.places)
    cut = len(near) < sum(row.place is not None for row in rows)
    charts: dict[str, Chart] = {}
    for name, build in BUILDERS.items():
        if not is_shown(found, name):
            continue
        chart = build(found, near)
        if cut and name in ("ranks", "dots", "criteria"):
            chart = _with_caption(chart, build(found, rows).title)
        charts[name] = chart
    return charts


def _with_caption(chart: Chart, caption: str) -> Chart:
    """The finding of all proposals over a drawing of some."""
    return replace(chart, caption=caption)


def figures(found: Analysed, rows: Sequence[ScoreRow], slug: str) -> dict[str, dict[str, Any]]:
    """The page's charts as the `figure` macro takes them."""
    placed = sum(row.place is not None for row in rows)
    near = len(around_the_line(rows, found.analysis.places))
    cut = (
        " "
        + _(
            "The %(near)s proposals around the line are drawn; the files hold all %(all)s.",
            near=near,
            all=placed,
        )
        if near < placed
        else ""
    )
    subtitles = {
        "ranks": _(
            "Expected rank of each proposal with the interval that holds its rank with a chance of 90%."
        )
        + cut,
        "dots": _("Every reviewer's total, with mean, median and the calibrated score beside them.") + cut,
        "criteria": _(
            "Mean score of each criterion; a marked corner tells that reviewers lie half the scale apart."
        )
        + cut,
        "shifts": _("Totals before and after reviewers saw each other's reviews."),
        "agencies": _(
            "Share of proposals selected, by how many each agency had; the lines are the limits of chance."
        ),
    }
    return {
        name: chart_figure(chart, name, subtitles[name], endpoint="ranking.chart", slug=slug, figure=name)
        for name, chart in page_charts(found, rows).items()
    }
