"""What `incubator check` finds although every size and count is right, on both databases."""

from __future__ import annotations

import hashlib

import pytest
import sqlalchemy as sa

from incubator.domain.canonical import digest
from incubator.domain.events import EventKind
from incubator.domain.gates import GateKey
from incubator.domain.roles import SYSTEM
from incubator.domain.stages import Outcome, Stage, Step
from incubator.flows.record import record
from incubator.jobs.digests import changed_records, is_unchanged
from incubator.jobs.soundness import triggers_finding
from incubator.models.dossiers import Dossier
from incubator.models.evaluation import EvaluationLock
from incubator.models.gates import Decision
from incubator.models.proposals import Revision
from incubator.queries.evaluation_plan import plan_content


@pytest.fixture
def frozen(world, session, now):
    """A record with a revision, a decision, its sealed dossier and a locked plan."""
    proposal = world.proposal("Faster permits", step=Step.RUNNING)
    number, who = proposal.number, world.person().id
    world.add(
        Revision(
            proposal_id=proposal.id,
            number=1,
            content={"title": "Faster permits"},
            sha256=digest({"title": "Faster permits"}),
            form_version=1,
            submitted_at=now,
        )
    )
    evidence = {"reviews": [3, 4]}
    decision = world.add(
        Decision(
            proposal_id=proposal.id,
            gate=GateKey.G2,
            outcome=Outcome.ADVANCE,
            from_stage=Stage.DESIGN,
            to_stage=Stage.PILOT,
            reason="Ready.",
            decided_at=now,
            evidence=evidence,
            evidence_sha256=digest(evidence),
        )
    )
    seal = {"file_sha256": "f" * 64, "evidence_sha256": digest(evidence)}
    world.add(Dossier(decision_id=decision.id, size=3, stored_as="a" * 48, sealed_at=now, **seal))
    record(
        session,
        SYSTEM,
        now,
        EventKind.DOSSIER_SEALED,
        proposal_id=proposal.id,
        gate="Launch",
        decision_id=decision.id,
        **seal,
    )
    pilot = world.pilot(proposal)
    plan = plan_content(session, proposal.id)
    world.add(
        EvaluationLock(
            pilot_id=pilot.id,
            content=plan,
            sha256=digest(plan),
            proposed_at=now,
            proposed_by_id=who,
            confirmed_at=now,
            confirmed_by_id=world.person().id,
        )
    )
    record(
        session, SYSTEM, now, EventKind.PLAN_LOCKED, proposal_id=proposal.id, proposer="", sha256=digest(plan)
    )
    session.commit()
    return number


CHANGES = (
    ('UPDATE revision SET content = \'{"title": "Slower permits"}\'', "Revision 1 of {} was changed."),
    ("UPDATE decision SET evidence = '{\"reviews\": [4, 4]}'", "The evidence of decision"),
    (f"UPDATE dossier SET file_sha256 = '{'e' * 64}'", "is not the one that was sealed"),
    ("DELETE FROM dossier", "The sealed dossier of decision"),
    ("UPDATE evaluation_lock SET content = '{}'", "The locked evaluation plan of {} is not the one"),
    (
        "UPDATE pilot SET comparison = 'Something else'",
        "The evaluation plan of {} was changed after its lock without an amendment.",
    ),
)


def test_what_is_frozen_is_found_changed(session, frozen):
    assert list(changed_records(session)) == []
    for statement, told in CHANGES:
        session.execute(sa.text(statement))
        found = list(changed_records(session))
        assert any(told.format(frozen) in sentence for sentence in found), statement
        session.rollback()


def test_a_dropped_or_disabled_trigger_is_found(session, connection):
    assert triggers_finding(session).sound
    sqlite = connection.dialect.name == "sqlite"
    for statement in (
        ("DROP TRIGGER event_refuses_update", "DROP TRIGGER event_refuses_delete")
        if sqlite
        else ("ALTER TABLE event DISABLE TRIGGER ALL", "DROP TRIGGER event_refuses_change ON event")
    ):
        session.execute(sa.text(statement))
        assert not triggers_finding(session).sound, statement
        session.rollback()


def test_a_file_of_the_same_size_is_found_changed(tmp_path):
    path, kept = tmp_path / "kept", b"to be kept"
    path.write_bytes(kept)
    sha256 = hashlib.sha256(kept).hexdigest()
    assert is_unchanged(path, len(kept), sha256)
    path.write_bytes(b"to be lost")
    assert not is_unchanged(path, len(kept), sha256)
    path.unlink()
    assert not is_unchanged(path, len(kept), sha256)
