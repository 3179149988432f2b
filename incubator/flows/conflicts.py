"""Conflicts of interest: found by the rules, declared, and set aside by the panel's chair."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action, can_on_record
from incubator.domain.clock import office_day
from incubator.domain.conflicts import ConflictKind, conflicts, may_be_set_aside
from incubator.domain.errors import DomainError, Forbidden, NotFound
from incubator.domain.events import EventKind
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import SYSTEM, Actor
from incubator.domain.words import CONFLICT_KINDS
from incubator.flows.ranking import ask_again
from incubator.flows.reassigning import Left, reassign
from incubator.flows.record import Happening, record, record_many
from incubator.flows.reviews import name_of, refresh_scores, require, reveal_when_due
from incubator.flows.stages import lock_proposal
from incubator.models.calls import Call
from incubator.models.conflicts import Conflict
from incubator.models.proposals import Proposal
from incubator.models.reviews import Review
from incubator.queries import conflicts as query
from incubator.queries import records
from incubator.queries.visibility import stands


def apply_rules(
    session: Session,
    now: datetime,
    *,
    proposal_ids: Collection[int] | None = None,
    person_ids: Collection[int] | None = None,
    reassigns: bool = True,
) -> int:
    """Bring the conflicts that follow from rules into step with what is known; how many were found anew.

    Call it in the transaction that changes what the rules ask: a proposal handed in, an author, a
    manager, a tie to a vendor, a role. A rule that no longer holds lapses; what was set aside stays so.
    Without `reassigns` nobody is asked in place of those whose reviews end: a plan is about to say who.
    """
    session.flush()
    judges, judged = query.judges(session, person_ids), query.judged(session, proposal_ids)
    wanted = {
        (judge.person_id, one.proposal_id, kind)
        for one in judged
        for judge in judges
        for kind in conflicts(judge, one, office_day(now))
    }
    rows = {
        (row.person_id, row.proposal_id, row.kind): row
        for row in session.scalars(
            sa.select(Conflict).where(
                Conflict.proposal_id.in_([one.proposal_id for one in judged]),
                Conflict.person_id.in_([judge.person_id for judge in judges]),
            )
        )
    }
    changed: set[int] = set()
    for key, row in rows.items():
        # Who had a hand in a proposal stays its writer, though somebody else saved the section since.
        outlasts = row.kind is ConflictKind.AUTHOR
        if row.by_rule and row.lapsed_at is None and key not in wanted and not outlasts:
            row.lapsed_at = now
            changed.add(row.proposal_id)
    found = []
    for person_id, proposal_id, kind in sorted(wanted):
        known = rows.get((person_id, proposal_id, kind))
        if known is None:
            known = Conflict(
                person_id=person_id, proposal_id=proposal_id, kind=kind, by_rule=True, declared_at=now
            )
            session.add(known)
        elif known.lapsed_at is not None:
            known.lapsed_at = None
        else:
            continue
        found.append((person_id, proposal_id, kind))
        changed.add(proposal_id)
    if changed:
        ask_again(session, query.calls_of(session, changed), now)
    if not found:
        return 0
    session.flush()
    names = {person_id: name_of(session, person_id) for person_id, _, _ in found}
    record_many(
        session,
        SYSTEM,
        now,
        [
            Happening(
                EventKind.CONFLICT_FOUND,
                proposal_id,
                details={"person": names[person_id], "kind": CONFLICT_KINDS[kind].staff},
            )
            for person_id, proposal_id, kind in found
        ],
    )
    for person_id, proposal_id in sorted({(person, proposal) for person, proposal, _ in found}):
        end_review(session, lock_proposal(session, proposal_id), person_id, now, reassigns=reassigns)
    return len(found)


def declare_conflict(
    session: Session,
    actor: Actor,
    *,
    proposal_id: int,
    person_id: int,
    kind: ConflictKind,
    reason: str,
    now: datetime,
) -> None:
    """Declare a conflict of interest, one's own or (as coordinator) somebody's.

    An own review ends with it, one that is in no longer counts, and its author no longer sees the record.
    """
    facts = records.record_facts(session, actor, proposal_id)
    if facts is None:
        raise NotFound
    action = Action.DECLARE_CONFLICT if person_id == actor.person_id else Action.ASSIGN
    require(can_on_record(actor, action, facts))
    if kind is ConflictKind.OTHER and not reason.strip():
        raise DomainError("Say what the conflict is.", "reason")
    note_conflict(
        session,
        actor,
        lock_proposal(session, proposal_id),
        person_id=person_id,
        kind=kind,
        reason=reason,
        now=now,
    )


def note_conflict(
    session: Session,
    actor: Actor,
    proposal: Proposal,
    *,
    person_id: int,
    kind: ConflictKind,
    reason: str,
    now: datetime,
) -> None:
    """Write a declared conflict down. Whether the actor may is the caller's to have asked; the proposal must
    be locked."""
    proposal_id, name = proposal.id, name_of(session, person_id)
    known = session.scalars(
        sa.select(Conflict).where(
            Conflict.person_id == person_id, Conflict.proposal_id == proposal_id, Conflict.lapsed_at.is_(None)
        )
    ).all()
    if any(row.overridden_at is None for row in known):
        raise DomainError("This conflict of interest is already recorded.")
    row = session.scalars(
        sa.select(Conflict).where(
            Conflict.person_id == person_id, Conflict.proposal_id == proposal_id, Conflict.kind == kind
        )
    ).one_or_none()
    if row is None:
        row = Conflict(person_id=person_id, proposal_id=proposal_id, kind=kind)
        session.add(row)
    # Said again after it was set aside or had lapsed, it stands anew.
    row.by_rule, row.reason = False, reason.strip()
    row.declared_by_id, row.declared_at = actor.person_id, now
    row.lapsed_at, row.overridden_at, row.overridden_by_id, row.override_reason = None, None, None, ""
    session.flush()
    end_review(session, proposal, person_id, now)
    record(session, actor, now, EventKind.CONFLICT_DECLARED, proposal_id=proposal_id, person=name)
    ask_again(session, [proposal.call_id], now)


def set_aside(
    session: Session, actor: Actor, *, proposal_id: int, person_id: int, reason: str, now: datetime
) -> None:
    """The chair of the proposal's call lets somebody judge all the same, with a written reason.

    Every conflict of the pair that stands is set aside. Own agency never is.
    """
    facts = records.record_facts(session, actor, proposal_id)
    if facts is None:
        raise NotFound
    proposal = lock_proposal(session, proposal_id)
    chair_id = session.scalar(sa.select(Call.chair_id).where(Call.id == proposal.call_id))
    if chair_id is None:
        raise Forbidden("This call has no chair yet. A coordinator names one on the call's page.")
    if actor.person_id != chair_id:
        raise Forbidden("Only the chair of the call's panel sets a conflict aside.")
    if person_id == actor.person_id:
        raise Forbidden("Nobody sets their own conflict of interest aside.")
    if facts.is_conflicted:
        raise Forbidden("You have a conflict of interest with this proposal yourself.")
    if not reason.strip():
        raise DomainError("Write why this person may judge all the same.", "reason")
    rows = session.scalars(
        sa.select(Conflict).where(
            Conflict.proposal_id == proposal_id, Conflict.person_id == person_id, stands()
        )
    ).all()
    if not rows:
        raise DomainError("There is no conflict of interest to set aside.")
    if not may_be_set_aside(row.kind for row in rows):
        raise DomainError("Who belongs to the agency that proposed this never judges it.")
    for row in rows:
        row.overridden_at, row.overridden_by_id, row.override_reason = now, actor.person_id, reason.strip()
    record(
        session,
        actor,
        now,
        EventKind.CONFLICT_SET_ASIDE,
        proposal_id=proposal_id,
        person=name_of(session, person_id),
        reason=reason.strip(),
    )
    ask_again(session, [proposal.call_id], now)


def end_review(
    session: Session, proposal: Proposal, person_id: int, now: datetime, *, reassigns: bool = True
) -> None:
    """A conflict ends the person's review of the proposal, what was handed in no longer counts, and somebody
    else is asked."""
    review = session.scalars(
        sa.select(Review).where(Review.proposal_id == proposal.id, Review.reviewer_id == person_id)
    ).one_or_none()
    if review is None or review.state is ReviewState.WITHDRAWN:
        return
    counted = review.state is ReviewState.SUBMITTED
    review.state, review.submitted_at = ReviewState.WITHDRAWN, None
    if counted:
        refresh_scores(session, proposal, now)
    if reassigns:
        reassign(session, proposal, person_id, Left.CONFLICT, now)
    reveal_when_due(session, proposal, now)
