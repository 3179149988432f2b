"""Deciding against what the criteria propose: one person proposes it with reasons, another approves it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from incubator.domain.choices import Choice
from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError, NotFound, StaleVersion
from incubator.domain.evaluation import ADVICE
from incubator.domain.events import EventKind
from incubator.domain.gate_rules import may_approve, may_decide
from incubator.domain.gates import GATES
from incubator.domain.roles import Actor
from incubator.domain.words import OUTCOMES
from incubator.flows import gates
from incubator.flows.decision_parts import check_seen, require, ties_of, written
from incubator.flows.mail import post
from incubator.flows.record import record
from incubator.flows.second import Second
from incubator.flows.stages import lock_proposal
from incubator.models.accounts import Person
from incubator.models.gates import ContraryDecision, Decision
from incubator.models.proposals import Proposal
from incubator.queries import accounts, gate_evidence, records
from incubator.queries import contrary as query
from incubator.queries.pilot_summary import summary_of


def propose(
    session: Session,
    actor: Actor,
    *,
    proposal_id: int,
    choice: Choice,
    against_advice: str,
    seen_version: int,
    now: datetime,
    base_url: str,
) -> ContraryDecision:
    """Propose a decision that goes against the criteria. Nothing is decided until somebody else approves it.

    It is held against the same rules as the decision itself; those who may approve it get one mail.
    """
    asked = gates.examine(
        session, actor, proposal_id=proposal_id, choice=choice, seen_version=seen_version, now=now
    )
    if not asked.contradicts or asked.advice is None:
        raise DomainError("This does not go against what the criteria propose. Decide it as it stands.")
    why = written(against_advice, "against_advice", "Write why you decide against the criteria.")
    if query.open_on(session, proposal_id) is not None:
        raise DomainError("A decision against the criteria waits already. It is approved or sent back first.")
    row = ContraryDecision(
        proposal_id=proposal_id,
        gate=choice.gate,
        outcome=choice.outcome,
        reason=asked.reason,
        advice=asked.advice,
        against_advice=why,
        details=query.details(asked.end_reason, asked.conditions, asked.stamp),
        seen_version=asked.proposal.version,
        proposed_at=now,
        proposed_by_id=actor.person_id,
    )
    session.add(row)
    session.flush()
    _record(session, actor, now, EventKind.CONTRARY_PROPOSED, asked.proposal, row, why)
    _ask(session, actor, asked.proposal, row, base_url, now)
    return row


def approve(session: Session, actor: Actor, *, contrary_id: int, now: datetime) -> Decision:
    """Approve what somebody else proposed: it is decided now, under their name and one's own.

    StaleVersion when the record changed since or the proposal is settled, DomainError when other verdicts
    stand by now: then it is proposed again.
    """
    row, proposal = _locked(session, contrary_id)
    ties = ties_of(session, actor, proposal.id)
    check_seen(session, proposal, row.seen_version)
    _check_open(row, proposal)
    require(may_approve(actor, GATES[row.gate], ties, proposed_by_id=row.proposed_by_id))
    proposer = accounts.load_actor(session, row.proposed_by_id)
    proposer_ties = records.record_facts(session, proposer, proposal.id) if proposer else None
    if not proposer or not proposer_ties or not may_decide(proposer, GATES[row.gate], proposer_ties):
        raise DomainError("Who proposed it may no longer decide here. Send it back and decide anew.")
    evidence = gate_evidence.gather(session, proposal.id, GATES[row.gate], now=now)
    kept = query.waiting(row, proposer.name)
    if gates.advised(row.gate, evidence.standing) != (row.advice, kept.stamp):
        raise DomainError(
            "Other verdicts stand than when this was proposed. Send it back, so that it is proposed again."
        )
    return gates.decide(
        session,
        proposer,
        proposal_id=proposal.id,
        choice=Choice(
            row.gate, row.outcome, row.reason, end_reason=kept.end_reason, conditions=kept.conditions
        ),
        seen_version=row.seen_version,
        now=now,
        second=Second(actor, row.against_advice, row.proposed_at),
    )


def withdraw(
    session: Session, actor: Actor, *, contrary_id: int, reason: str, now: datetime, base_url: str
) -> ContraryDecision:
    """Take it back as who proposed it, or send it back as somebody who decides at the gate."""
    row, proposal = _locked(session, contrary_id)
    ties = ties_of(session, actor, proposal.id)
    if actor.person_id != row.proposed_by_id:
        require(may_decide(actor, GATES[row.gate], ties))
    _check_open(row, proposal)
    reason = written(reason, "reason", "Write why it is not decided.")
    row.withdrawn_at, row.withdrawn_by_id = now, actor.person_id
    _record(session, actor, now, EventKind.CONTRARY_WITHDRAWN, proposal, row, reason)
    if actor.person_id != row.proposed_by_id:
        _tell_back(session, actor, proposal, row, reason, base_url, now)
    return row


def _locked(session: Session, contrary_id: int) -> tuple[ContraryDecision, Proposal]:
    row = session.get(ContraryDecision, contrary_id)
    if row is None:
        raise NotFound
    proposal = lock_proposal(session, row.proposal_id)
    session.refresh(row)
    return row, proposal


def _check_open(row: ContraryDecision, proposal: Proposal) -> None:
    if row.decision_id is not None or row.withdrawn_at is not None:
        raise StaleVersion({}, proposal.version)


def _record(
    session: Session,
    actor: Actor,
    now: datetime,
    kind: EventKind,
    proposal: Proposal,
    row: ContraryDecision,
    reason: str,
) -> None:
    record(
        session,
        actor,
        now,
        kind,
        proposal_id=proposal.id,
        agency_id=proposal.agency_id,
        gate=GATES[row.gate].name,
        outcome=OUTCOMES[row.outcome].staff,
        advice=ADVICE[row.advice].staff,
        reason=reason,
        contrary_id=row.id,
    )


def _ask(
    session: Session, actor: Actor, proposal: Proposal, row: ContraryDecision, base_url: str, now: datetime
) -> None:
    body = "\n\n".join(
        (
            f"{actor.name} proposes a decision on “{proposal.title}” ({proposal.number}) that goes against "
            "what its criteria propose. It is taken only when a second person approves it.",
            f"{summary_of(session, proposal.id, office_day(now)).in_english()}\n"
            f"The criteria propose: {ADVICE[row.advice].staff}.\nThe decision: {OUTCOMES[row.outcome].staff}.",
            f"Read the reasons and the evidence, then approve it or send it back:\n"
            f"{base_url}/pilots/{proposal.number}/contrary/{row.id}",
            "One signature is enough.",
        )
    )
    for person in query.approvers(session, proposal, row.gate, proposed_by_id=row.proposed_by_id):
        post(
            session,
            recipient_id=person.id,
            address=person.email,
            subject=f"A second signature is asked for: {proposal.number}",
            body=body + "\n",
            now=now,
        )


def _tell_back(
    session: Session,
    actor: Actor,
    proposal: Proposal,
    row: ContraryDecision,
    reason: str,
    base_url: str,
    now: datetime,
) -> None:
    proposer = session.get_one(Person, row.proposed_by_id)
    if proposer.disabled_at is not None:
        return
    post(
        session,
        recipient_id=proposer.id,
        address=proposer.email,
        subject=f"Sent back: your decision on {proposal.number}",
        body=f"{actor.name} did not approve what you proposed on “{proposal.title}” ({proposal.number}):\n\n"
        f"{reason}\n\n{base_url}/pilots/{proposal.number}/gates\n",
        now=now,
    )
