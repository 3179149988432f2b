"""Sealing the file made from a decision's evidence."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.errors import DomainError, NotFound
from incubator.domain.events import EventKind
from incubator.domain.gates import GATES
from incubator.domain.roles import SYSTEM
from incubator.flows.attachment_store import Stored
from incubator.flows.jobs import put_back, request_job
from incubator.flows.record import record
from incubator.models.dossiers import Dossier
from incubator.models.gates import Decision
from incubator.models.jobs import Job, JobState
from incubator.models.proposals import Proposal
from incubator.queries import gate_evidence

SEAL = "dossier_seal"
"""The work of making a decision's dossier."""


def ask(session: Session, decision_id: int, now: datetime) -> None:
    """Have the dossier made, in the transaction of the decision itself."""
    request_job(session, SYSTEM, SEAL, {"decision_id": decision_id}, now)


def ask_failed_again(session: Session) -> int:
    """Put the failed seals of decisions that still have no dossier back into the queue; how many."""
    failed = session.scalars(
        sa.select(Job)
        .outerjoin(Dossier, Dossier.decision_id == Job.payload["decision_id"].as_integer())
        .where(Job.kind == SEAL, Job.state == JobState.FAILED, Dossier.id.is_(None))
        .order_by(Job.id)
    ).all()
    for job in failed:
        put_back(job)
    session.flush()
    return len(failed)


def check_frozen(evidence: dict[str, object], evidence_sha256: str) -> None:
    """Raise DomainError where the evidence is no longer what was frozen."""
    if gate_evidence.digest(evidence) != evidence_sha256:
        raise DomainError(
            "The evidence is not what was frozen with the decision: it was changed in the database. "
            "It is not sealed."
        )


def seal(session: Session, *, decision_id: int, stored: Stored, now: datetime) -> bool:
    """Write down which file is the decision's dossier, once and for good. False where there is one already:
    then the file at hand is not needed.

    Raises NotFound where there is no such decision, DomainError where its evidence was changed.
    """
    decision = session.scalars(
        sa.select(Decision)
        .where(Decision.id == decision_id, Decision.amends_id.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if decision is None:
        raise NotFound
    there = session.scalar(sa.select(Dossier.id).where(Dossier.decision_id == decision_id))
    if there is not None:
        return False
    check_frozen(decision.evidence, decision.evidence_sha256)
    session.add(
        Dossier(
            decision_id=decision_id,
            evidence_sha256=decision.evidence_sha256,
            file_sha256=stored.sha256,
            size=stored.size,
            stored_as=stored.key,
            sealed_at=now,
        )
    )
    proposal = session.get_one(Proposal, decision.proposal_id)
    record(
        session,
        SYSTEM,
        now,
        EventKind.DOSSIER_SEALED,
        proposal_id=proposal.id,
        agency_id=proposal.agency_id,
        gate=GATES[decision.gate].name,
        decision_id=decision_id,
        file_sha256=stored.sha256,
        evidence_sha256=decision.evidence_sha256,
    )
    return True
