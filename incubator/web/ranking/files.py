"""The analysis and the very scores it was made from, as files: enough for anybody to work it out again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from flask import Response
from flask_babel import gettext as _

from incubator.analytics.panel_sheet import Sheet, SheetReview
from incubator.domain.access import Action
from incubator.domain.errors import NotFound
from incubator.exports import tables
from incubator.exports.tables import Cell, Table
from incubator.queries.ranking import Analysed
from incubator.queries.rounds import RoundHead
from incubator.queries.score_sheets import packed
from incubator.web.guards import on_call
from incubator.web.ranking import sentences
from incubator.web.ranking.blueprint import blueprint
from incubator.web.ranking.rows import rows_of
from incubator.web.ranking.show import found_analysis
from incubator.web.words import label


@blueprint.get("/calls/<slug>/ranking.<any(csv, xlsx, json):form>")
@on_call(Action.SEE_RANKING)
def export(call: RoundHead, form: str) -> Response:
    """The ranking, one row for each proposal; as JSON the whole analysis with the scores."""
    found = found_analysis(call)
    if form == "json":
        return _named(_json(call, found), tables.JSON_TYPE, f"{call.slug}-analysis.json")
    return _table(ranking_table(found), form, f"{call.slug}-ranking")


@blueprint.get("/calls/<slug>/ranking/scores-<any(long, wide):shape>.<any(csv, xlsx):form>")
@on_call(Action.SEE_RANKING)
def scores(call: RoundHead, shape: str, form: str) -> Response:
    """The scores as they were analyzed: one row for each score, or one for each review."""
    found = found_analysis(call)
    table = long_table(found) if shape == "long" else wide_table(found)
    return _table(table, form, f"{call.slug}-scores-{shape}")


@blueprint.get("/calls/<slug>/ranking/weights.<any(csv, xlsx):form>")
@on_call(Action.SEE_RANKING)
def weights(call: RoundHead, form: str) -> Response:
    """What each changed weight does."""
    found = found_analysis(call)
    if found.analysis.weights is None:
        raise NotFound
    header = [_("Criterion"), _("Weight"), _("Comes in"), _("Goes out")]
    rows: list[list[Cell]] = [
        [one.criterion, one.change, ", ".join(one.enters), ", ".join(one.leaves)]
        for one in sentences.weight_lines(found.analysis.weights, found.sheet)
    ]
    return _table(Table(_("Weights"), header, rows, notes=_notes(found)), form, f"{call.slug}-weights")


def _json(call: RoundHead, found: Analysed) -> bytes:
    content = {
        "call": call.title,
        "analysis": found.analysis.to_dict(),
        "scores": packed(found.sheet),
    }
    return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1).encode()


def _table(table: Table, form: str, name: str) -> Response:
    if form == "csv":
        return _named(b"".join(tables.to_csv(table)), tables.CSV_TYPE, f"{name}.csv")
    return _named(tables.to_xlsx(table), tables.XLSX_TYPE, f"{name}.xlsx")


def _named(content: bytes, media_type: str, name: str) -> Response:
    response = Response(content, content_type=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _notes(found: Analysed) -> list[str]:
    """With what the numbers were made, for the sheet of notes."""
    facts = [f"{name}: {value}" for name, value in sentences.method_facts(found.analysis)]
    return [sentences.trust(found.analysis), sentences.scale(found.sheet), *facts]


def ranking_table(found: Analysed) -> Table:
    header = [
        _("Place"),
        _("Proposal"),
        _("Title"),
        _("Group"),
        _("Reviews"),
        _("Mean"),
        _("Median"),
        _("Lowest"),
        _("Highest"),
        _("Split"),
        _("Place by mean"),
        _("Calibrated score"),
        _("Its standard deviation"),
        _("Expected rank"),
        _("Rank interval, low"),
        _("Rank interval, high"),
        _("Chance of a place"),
        _("Band"),
        _("Comparable group"),
    ]
    rows: list[list[Cell]] = [
        [
            row.place,
            row.key,
            row.title,
            row.group,
            len(row.totals),
            row.mean,
            row.median,
            row.totals[0] if row.totals else None,
            row.totals[-1] if row.totals else None,
            row.split,
            row.raw_place,
            row.calibrated,
            row.calibrated_sd,
            row.expected,
            row.low,
            row.high,
            row.in_top,
            label(row.band) if row.band else None,
            row.part,
        ]
        for row in rows_of(found)
    ]
    return Table(_("Ranking"), header, rows, notes=_notes(found))


def _who(sheet: Sheet, review: SheetReview, names: dict[str, dict[str, str]]) -> list[Cell]:
    return [
        review.item,
        names["items"][review.item],
        names["groups"][review.item],
        names["raters"][review.rater],
    ]


def _names(sheet: Sheet) -> dict[str, dict[str, str]]:
    return {
        "items": {item.key: item.label for item in sheet.items},
        "groups": {item.key: item.group for item in sheet.items},
        "raters": {rater.key: rater.label for rater in sheet.raters},
    }


def _whose() -> list[str]:
    return [_("Proposal"), _("Title"), _("Group"), _("Reviewer"), _("Total"), _("Total in round one")]


def long_table(found: Analysed) -> Table:
    """One row for each review and criterion; reviews without criteria have one row."""
    sheet, names = found.sheet, _names(found.sheet)
    header = [*_whose(), _("Criterion"), _("Weight"), _("Score"), _("Score in round one")]

    def rows() -> Iterator[list[Cell]]:
        for review in sheet.reviews:
            who = [*_who(sheet, review, names), review.total, _first_total(review)]
            if not review.scores:
                yield [*who, None, None, None, None]
            for criterion in sheet.criteria:
                if criterion.key in review.scores:
                    score = review.scores[criterion.key]
                    first = review.first_scores.get(criterion.key, score)
                    yield [*who, criterion.title, criterion.weight, score, first]

    return Table(_("Scores"), header, rows(), notes=_notes(found))


def wide_table(found: Analysed) -> Table:
    """One row for each review, with two columns for each criterion."""
    sheet, names = found.sheet, _names(found.sheet)
    header = _whose()
    for criterion in sheet.criteria:
        header += [criterion.title, _("Round one: %(criterion)s", criterion=criterion.title)]

    def rows() -> Iterator[list[Any]]:
        for review in sheet.reviews:
            row = [*_who(sheet, review, names), review.total, _first_total(review)]
            for criterion in sheet.criteria:
                score = review.scores.get(criterion.key)
                row += [score, review.first_scores.get(criterion.key, score)]
            yield row

    return Table(_("Reviews"), header, rows(), notes=_notes(found))


def _first_total(review: SheetReview) -> float | None:
    return review.total if review.first_total is None else review.first_total
