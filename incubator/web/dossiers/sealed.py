"""The dossier of a decision: its page from the frozen evidence, its file as it was sealed."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, redirect, request, url_for
from werkzeug.http import quote_etag

from incubator.domain.access import Action
from incubator.domain.errors import NotFound
from incubator.exports.documents import PDF_TYPE
from incubator.extensions import db
from incubator.queries import dossiers as query
from incubator.queries.dossiers import Decided
from incubator.queries.records import RecordHead
from incubator.web.charts import REVALIDATE
from incubator.web.dossiers.blueprint import blueprint
from incubator.web.dossiers.document import file_name
from incubator.web.dossiers.page import require_all, show
from incubator.web.downloads import handed_out
from incubator.web.guards import on_record


@blueprint.get("/pilots/<number>/decisions/<int:decision_id>/dossier")
@on_record(Action.SEE_INTERNAL)
def of_decision(record: RecordHead, decision_id: int) -> Any:
    found = _decided(record, decision_id)
    # What was laid down before decisions named their gate in the evidence has it in the decision.
    evidence = {"gate": found.gate.value, "number": record.number, "title": record.title, **found.evidence}
    return show(record, evidence, found, query.sealed(db.session(), decision_id))


@blueprint.get("/pilots/<number>/decisions/<int:decision_id>/dossier.pdf")
@on_record(Action.SEE_INTERNAL)
def of_decision_pdf(record: RecordHead, decision_id: int) -> Any:
    """The bytes that were sealed, never made anew; to the page while there are none."""
    require_all(record)
    found = _decided(record, decision_id)
    sealed = query.sealed(db.session(), decision_id)
    if sealed is None:
        return redirect(url_for("dossiers.of_decision", number=record.number, decision_id=decision_id), 303)
    if sealed.file_sha256 in request.if_none_match:
        return _kept(make_response("", 304), sealed.file_sha256)
    response = handed_out(sealed.stored_as, file_name(found.number, found.gate), PDF_TYPE, sealed.size)
    return _kept(response, sealed.file_sha256)


def _kept(response: Response, tag: str) -> Response:
    response.headers["ETag"] = quote_etag(tag)
    response.headers["Cache-Control"] = REVALIDATE
    return response


def _decided(record: RecordHead, decision_id: int) -> Decided:
    found = query.decided(db.session(), decision_id)
    if found is None or found.proposal_id != record.id:
        raise NotFound
    return found
