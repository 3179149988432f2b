"""The release: all signed decisions of a call become known at one moment, or none of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain import gates
from incubator.domain.access import Action
from incubator.domain.choices import Choice
from incubator.domain.errors import DomainError, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.gate_rules import may_decide
from incubator.domain.gates import GATES
from incubator.domain.releases import RELEASED_AT, AgencySees, Preparation, preparation
from incubator.domain.roles import Actor
from incubator.domain.rounds import can_on_call
from incubator.domain.stages import Step
from incubator.flows import gates as gate_flow
from incubator.flows.decision_mail import decision_mail
from incubator.flows.decision_parts import check_conditions, check_hold, require
from incubator.flows.mail import post
from incubator.flows.prepared import Draft, draft_of
from incubator.flows.record import record
from incubator.models.calls import Call
from incubator.models.proposals import Proposal
from incubator.models.releases import PreparedDecision, Release
from incubator.queries import gates as gate_query
from incubator.queries import records
from incubator.queries import releases as query
from incubator.queries.accounts import load_actor
from incubator.queries.rounds import round_of


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a decision cannot be released: a sentence with `%(…)s` places and what fills them. `unsigned` ones
    can be left for the next release."""

    proposal_id: int
    number: str
    title: str
    template: str
    params: tuple[tuple[str, str], ...] = ()
    unsigned: bool = False

    @property
    def sentence(self) -> str:
        return self.template % dict(self.params)


class ReleaseRefused(DomainError):
    """Nothing was released; `obstacles` says why, decision by decision. `hidden` more of them are on
    proposals of which the chair must not know."""

    def __init__(self, obstacles: Sequence[Obstacle], hidden: int) -> None:
        super().__init__("Nothing was released. Something stands in the way.")
        self.obstacles = tuple(obstacles)
        self.hidden = hidden


@dataclass(frozen=True, slots=True)
class _Ready:
    """A signed decision with everything it needs, or what stands in its way."""

    proposal: Proposal
    draft: Draft
    signer: Actor


def release(
    session: Session,
    actor: Actor,
    *,
    call_id: int,
    seen: str,
    without_unsigned: bool,
    base_url: str,
    now: datetime,
) -> Release:
    """Release the signed decisions of a call. Each is taken by its signer through the gate's own flow, with
    their right asked again at this moment; the agency's people get a mail each.

    `seen` is the fingerprint of the decisions as the chair saw them. Raises StaleVersion when one was
    changed since, ReleaseRefused naming each obstacle when one cannot be released, DomainError when
    nothing is signed.
    """
    call = session.scalars(
        sa.select(Call).where(Call.id == call_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    head = round_of(session, actor, call_id)
    if call is None or head is None:
        raise NotFound
    require(can_on_call(actor, Action.RELEASE_DECISIONS, head.facts))
    found = _locked(session, call_id)
    shown = query.waiting(session, actor, call_id)
    if query.fingerprint(shown) != seen:
        raise StaleVersion
    ready, obstacles = _sorted_out(session, found, now)
    if without_unsigned:
        obstacles = [one for one in obstacles if not one.unsigned]
    if obstacles:
        known = {row.id for row in shown}
        named = [one for one in obstacles if one.proposal_id in known]
        raise ReleaseRefused(named, len(obstacles) - len(named))
    if not ready:
        raise DomainError("No signed decision waits for its release.")
    made = Release(call_id=call_id, released_at=now, released_by_id=actor.person_id, decisions=len(ready))
    session.add(made)
    session.flush()
    for one in ready:
        _take(session, one, made, now)
    _tell(session, call, ready, base_url, now)
    record(session, actor, now, EventKind.DECISIONS_RELEASED, call=call.title, count=len(ready))
    return made


def obstacles_of(session: Session, call_id: int, now: datetime) -> list[Obstacle]:
    """What would stand in the way of a release now."""
    return _sorted_out(session, _read(session, call_id), now)[1]


def _locked(session: Session, call_id: int) -> list[tuple[Proposal, PreparedDecision | None]]:
    session.execute(
        sa.select(Proposal.id)
        .where(Proposal.call_id == call_id, Proposal.step == Step.REVIEW)
        .order_by(Proposal.id)
        .with_for_update()
    ).all()
    return _read(session, call_id)


def _read(session: Session, call_id: int) -> list[tuple[Proposal, PreparedDecision | None]]:
    rows = session.execute(
        sa.select(Proposal, PreparedDecision)
        .outerjoin(PreparedDecision, PreparedDecision.proposal_id == Proposal.id)
        .where(Proposal.call_id == call_id, Proposal.step == Step.REVIEW)
        .order_by(Proposal.id)
        .execution_options(populate_existing=True)
    )
    return [(row.Proposal, row.PreparedDecision) for row in rows]


def _sorted_out(
    session: Session, found: Sequence[tuple[Proposal, PreparedDecision | None]], now: datetime
) -> tuple[list[_Ready], list[Obstacle]]:
    ready: list[_Ready] = []
    obstacles: list[Obstacle] = []
    signers: dict[int, Actor | None] = {}
    states = gate_query.gate_states(
        session, {proposal.id: GATES[RELEASED_AT] for proposal, _one in found}, now=now
    )
    for proposal, one in found:
        state = preparation(
            prepared=one is not None,
            signed=one is not None and one.signed_at is not None,
            seen_version=one.seen_version if one is not None else None,
            version=proposal.version,
        )
        if one is None or state in (Preparation.NONE, Preparation.PREPARED):
            words = "It is not prepared." if one is None else "It is not signed."
            obstacles.append(_obstacle(proposal, words, unsigned=True))
            continue
        signer = _signer(session, one.signed_by_id, signers)
        why = (
            _obstacle(proposal, "The proposal changed since it was signed. Read it and sign again.")
            if state is Preparation.CHANGED
            else _why_not(session, proposal, draft_of(one), states[proposal.id].readiness, signer, now)
        )
        if why is not None:
            obstacles.append(why)
        elif signer is not None:
            ready.append(_Ready(proposal, draft_of(one), signer))
    return ready, obstacles


def _obstacle(
    proposal: Proposal, template: str, params: Mapping[str, object] | None = None, *, unsigned: bool = False
) -> Obstacle:
    filled = tuple((name, str(value)) for name, value in (params or {}).items())
    return Obstacle(proposal.id, proposal.number, proposal.title, template, filled, unsigned)


def _signer(session: Session, person_id: int | None, known: dict[int, Actor | None]) -> Actor | None:
    if person_id is None:
        return None
    if person_id not in known:
        known[person_id] = load_actor(session, person_id)
    return known[person_id]


def _why_not(
    session: Session,
    proposal: Proposal,
    draft: Draft,
    readiness: gates.Readiness,
    signer: Actor | None,
    now: datetime,
) -> Obstacle | None:
    if signer is None:
        return _obstacle(proposal, "Who signed it can no longer sign in. Another gatekeeper signs it.")
    ties = records.record_facts(session, signer, proposal.id)
    if ties is None or not may_decide(signer, GATES[RELEASED_AT], ties):
        return _obstacle(
            proposal,
            "%(signer)s, who signed it, may no longer decide on it. Another gatekeeper signs it.",
            {"signer": signer.name},
        )
    try:
        gate_flow.require_ready(GATES[RELEASED_AT], draft.outcome, readiness)
        check_hold(draft.outcome, draft.hold_until, now)
        check_conditions(draft.outcome, draft.conditions, now)
    except DomainError as error:
        return _obstacle(proposal, error.template, error.params)
    return None


def _take(session: Session, one: _Ready, made: Release, now: datetime) -> None:
    draft = one.draft
    gate_flow.decide(
        session,
        one.signer,
        proposal_id=one.proposal.id,
        choice=Choice(
            RELEASED_AT,
            draft.outcome,
            draft.reason,
            end_reason=draft.end_reason,
            hold_until=draft.hold_until,
            conditions=draft.conditions,
            what_would_change=draft.what_would_change,
        ),
        seen_version=one.proposal.version,
        now=now,
        release_id=made.id,
    )


def _tell(session: Session, call: Call, ready: Sequence[_Ready], base_url: str, now: datetime) -> None:
    people = query.recipients(session, [one.proposal.id for one in ready])
    for one in ready:
        mail = decision_mail(
            number=one.proposal.number,
            title=one.proposal.title,
            call=call.title,
            outcome=one.draft.outcome,
            reason=one.draft.reason,
            what_would_change=one.draft.what_would_change,
            hold_until=one.draft.hold_until,
            conditions=one.draft.conditions,
            with_scores=call.agency_sees is not AgencySees.NOTHING,
            base_url=base_url,
        )
        for person in people.get(one.proposal.id, ()):
            post(
                session,
                recipient_id=person.id,
                address=person.email,
                subject=mail.subject,
                body=mail.body,
                now=now,
            )
