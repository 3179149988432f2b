"""The dossier of a gate before its decision, as it stands now."""

from __future__ import annotations

from typing import Any

from flask import Response

from incubator.domain.access import Action
from incubator.domain.errors import NotFound
from incubator.domain.gates import GATES, Gate, GateKey, current_gates
from incubator.exports.documents import PDF_TYPE
from incubator.extensions import db
from incubator.queries import gate_evidence
from incubator.queries.records import RecordHead
from incubator.web.dossiers.blueprint import blueprint
from incubator.web.dossiers.document import file_name, file_of
from incubator.web.dossiers.page import require_all, show
from incubator.web.gates.asked import GATE_KEYS
from incubator.web.guards import on_record
from incubator.web.pilots.blueprint import attachment
from incubator.web.sessions import now


@blueprint.get(f"/pilots/<number>/gates/<{GATE_KEYS}:gate>/dossier")
@on_record(Action.SEE_INTERNAL)
def draft(record: RecordHead, gate: str) -> Any:
    at = _open(record, gate)
    evidence = gate_evidence.gather(db.session(), record.id, at, now=now()).content
    return show(record, evidence, None)


@blueprint.get(f"/pilots/<number>/gates/<{GATE_KEYS}:gate>/dossier.pdf")
@on_record(Action.SEE_INTERNAL)
def draft_pdf(record: RecordHead, gate: str) -> Response:
    require_all(record)
    at, moment = _open(record, gate), now()
    evidence = gate_evidence.gather(db.session(), record.id, at, now=moment).content
    return attachment(file_of(evidence, None, moment), PDF_TYPE, file_name(record.number, at.key, draft=True))


def _open(record: RecordHead, gate: str) -> Gate:
    """The gate, when the record stands before it; of another one there is nothing to meet about."""
    at = GATES[GateKey(gate)]
    if at not in current_gates(record.step):
        raise NotFound
    return at
