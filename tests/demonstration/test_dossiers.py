"""The worker can seal the decisions of every kind of record the demonstration holds."""

from flask import g

from incubator.exports import documents
from incubator.extensions import db
from incubator.flows.dossiers import SEAL
from incubator.queries import dossiers as query
from incubator.web.dossiers.document import document_of
from tests.conftest import NOW


def test_what_is_sealed_can_be_written_without_a_reader(demonstration):
    """As the worker does it, outside a request; without setting each PDF, which takes a second."""
    with demonstration.app_context():
        g.reads_as_staff = True
        waiting = query.waiting_for_their_seal(
            db.session, demonstration.extensions["incubator.clock"](), SEAL
        )
        assert len(waiting) > 100
        faults = {}
        for decision_id in waiting:
            found = query.decided(db.session, decision_id)
            try:
                documents._data(document_of(found.evidence, found, NOW))
            except Exception as error:
                faults[found.number] = repr(error)
    assert faults == {}
