"""Reviews as files: one row for each score, or one for each review."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from incubator.domain.access import OVERSIGHT, Action
from incubator.exports import tables
from incubator.extensions import db
from incubator.queries.records import RecordHead
from incubator.queries.review_export import ScoreLine, score_lines
from incubator.web.guards import on_record, signed_in
from incubator.web.reviews.blueprint import blueprint
from incubator.web.sessions import current_actor
from incubator.web.words import label

Lines = Iterator[ScoreLine]


@blueprint.get("/pilots/<number>/reviews/<any(long, wide):shape>.<any(csv, xlsx):form>")
@on_record(Action.SEE_SCORES)
def export_record(record: RecordHead, shape: str, form: str) -> Response:
    """The reviews of one record."""
    return _file(_lines(proposal_id=record.id), shape, form, f"{record.number}-reviews")


@blueprint.get("/reviews/<any(long, wide):shape>.<any(csv, xlsx):form>")
@signed_in
def export(shape: str, form: str) -> Response:
    """The reviews one may read, of one call or of all."""
    call = request.args.get("call", "").replace("\x00", "")[:200]
    return _file(_lines(call_slug=call or None), shape, form, f"{call}-reviews" if call else "reviews")


def _lines(**limits: Any) -> Lines:
    actor = current_actor()
    return score_lines(db.session(), actor, shows_names=actor.holds(*OVERSIGHT), **limits)


def _file(lines: Lines, shape: str, form: str, name: str) -> Response:
    table = long_table(lines) if shape == "long" else wide_table(list(lines))
    if form == "csv":
        response = Response(b"".join(tables.to_csv(table)), content_type=tables.CSV_TYPE)
    else:
        response = Response(tables.to_xlsx(table), content_type=tables.XLSX_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}-{shape}.{form}")
    return response


def _head() -> list[str]:
    return [
        _("Number"),
        _("Proposal"),
        _("Agency"),
        _("Call"),
        _("Reviewer"),
        _("Handed in"),
        _("Weighted total"),
        _("Would select"),
        _("Sure, 1 to 3"),
        _("Needs mentoring"),
        _("Comment"),
        _("Total in round one"),
        _("Why it was revised"),
    ]


def _who(line: ScoreLine) -> list[tables.Cell]:
    return [
        line.number,
        line.title,
        line.agency,
        line.call,
        line.reviewer,
        line.submitted_at,
        None if line.total is None else round(line.total, 4),
        label(line.recommendation) if line.recommendation else None,
        line.confidence,
        line.needs_mentoring,
        line.comment,
        None if line.first_total is None else round(line.first_total, 4),
        line.revision_reason or None,
    ]


def _score(line: ScoreLine) -> tables.Cell:
    return line.score if line.applies else _("not applicable")


def _first_score(line: ScoreLine) -> tables.Cell:
    if line.first_applies is None:
        return None
    return line.first_score if line.first_applies else _("not applicable")


def long_table(lines: Lines) -> tables.Table:
    """One row for each review and criterion."""
    header = [*_head(), _("Criterion"), _("Weight"), _("Score"), _("Justification"), _("Score in round one")]
    rows = (
        [*_who(line), line.criterion, line.weight, _score(line), line.justification, _first_score(line)]
        for line in lines
    )
    return tables.Table(_("Scores"), header, rows)


def wide_table(lines: Sequence[ScoreLine]) -> tables.Table:
    """One row for each review, with three columns for each criterion that occurs."""
    criteria = {line.criterion_id: line.criterion for line in lines}
    header = _head()
    for title in criteria.values():
        header += [
            title,
            _("Why: %(criterion)s", criterion=title),
            _("Round one: %(criterion)s", criterion=title),
        ]
    rows: list[list[tables.Cell]] = []
    for _review, group in groupby(lines, key=lambda line: line.review_id):
        own = {line.criterion_id: line for line in group}
        row = _who(next(iter(own.values())))
        for criterion_id in criteria:
            line = own.get(criterion_id)
            row += [None] * 3 if line is None else [_score(line), line.justification, _first_score(line)]
        rows.append(row)
    return tables.Table(_("Reviews"), header, rows)
