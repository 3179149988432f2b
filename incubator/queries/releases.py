"""A call's proposals that wait for their decision, for those who prepare, sign and release it.

Every SELECT here goes through `may_work_on`: what a reader has a conflict with is in no row, count or sum.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.database import folded
from incubator.domain.access import Record
from incubator.domain.gates import ADVANCES, NewCondition
from incubator.domain.panels import Vote
from incubator.domain.releases import RELEASED_AT, Preparation, preparation
from incubator.domain.reviews import OPEN_STATES
from incubator.domain.roles import Actor, Role
from incubator.domain.stages import EndReason, Outcome, Stage, Step
from incubator.models.accounts import Person, RoleGrant
from incubator.models.agencies import Agency
from incubator.models.calls import Call
from incubator.models.gates import Decision
from incubator.models.panels import PanelMeeting, PanelSummary, PanelVote
from incubator.models.proposals import Author, Proposal
from incubator.models.releases import PreparedDecision, Release
from incubator.models.reviews import Review
from incubator.queries.gate_queue import tied_cents
from incubator.queries.panel_people import is_barred
from incubator.queries.reviews import may_not_judge, shown_score
from incubator.queries.visibility import covered, is_author, leads_pilot, visible


def may_work_on(actor: Actor) -> sa.ColumnElement[bool]:
    """The proposals whose decision the actor may read and prepare, as a condition of a SELECT over Proposal.

    Says the same as `domain.releases.may_prepare`; a test holds the two together.
    """
    return sa.and_(Proposal.step == Step.REVIEW, _unbiased(actor), ~_owes(actor.person_id))


def is_signed() -> sa.ColumnElement[bool]:
    """Whether a prepared decision is signed and the proposal has not changed since; false where there is none."""
    signed = sa.and_(
        PreparedDecision.signed_at.is_not(None), PreparedDecision.seen_version == Proposal.version
    )
    return sa.func.coalesce(signed, sa.false())


def acts_on_release(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the decision on a proposal, which its call releases with others, waits for the actor: to be prepared,
    to be signed by another gatekeeper than who prepared it, or to be released by the chair. For a SELECT of
    Proposal joined to Call and outer-joined to PreparedDecision."""
    return sa.and_(
        Call.decides_together,
        may_work_on(actor),
        sa.or_(
            PreparedDecision.id.is_(None),
            sa.and_(
                ~is_signed(),
                covered(actor, Role.GATEKEEPER),
                PreparedDecision.prepared_by_id != actor.person_id,
            ),
            sa.and_(is_signed(), Call.chair_id == actor.person_id),
        ),
    )


def _unbiased(actor: Actor) -> sa.ColumnElement[bool]:
    return sa.and_(
        covered(actor, Role.COORDINATOR, Role.GATEKEEPER),
        ~may_not_judge(actor),
        ~is_author(actor.person_id),
        ~leads_pilot(actor.person_id),
    )


def _owes(person_id: int | None) -> sa.ColumnElement[bool]:
    return (
        sa.exists()
        .where(
            Review.proposal_id == Proposal.id,
            Review.reviewer_id == person_id,
            Review.state.in_(OPEN_STATES),
        )
        .correlate(Proposal)
    )


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prepared decision as it stands."""

    outcome: Outcome
    reason: str
    what_would_change: str
    end_reason: EndReason | None
    hold_until: date | None
    conditions: tuple[NewCondition, ...]
    by_id: int | None
    by: str | None
    at: datetime
    signed_by_id: int | None
    signed_by: str | None
    signed_at: datetime | None
    seen_version: int | None
    version: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal that waits for its decision. `votes` counts yes, no and abstentions of those
    without a conflict once the panel's meeting is closed, else it is None; `cents` is the money it would take."""

    id: int
    number: str
    title: str
    call_id: int
    agency_id: int
    agency_code: str
    agency_name: str
    cents: int
    version: int
    score: float | None
    recommendation: Outcome | None
    votes: tuple[int, int, int] | None
    prepared: Prepared | None

    @property
    def state(self) -> Preparation:
        one = self.prepared
        return preparation(
            prepared=one is not None,
            signed=one is not None and one.signed_at is not None,
            seen_version=one.seen_version if one is not None else None,
            version=self.version,
        )

    @property
    def facts(self) -> Record:
        """The reader's ties for the rules: whoever has one that bars is not given the row."""
        return Record(self.id, self.agency_id, self.call_id, Stage.IDEA, Step.REVIEW)

    @property
    def selected(self) -> bool:
        return self.prepared is not None and self.prepared.outcome in ADVANCES


def waiting(
    session: Session, actor: Actor, call_id: int, *, numbers: Collection[str] | None = None
) -> tuple[Waiting, ...]:
    """The call's proposals that wait for their decision and that the actor may work on, all or those named,
    the highest mean first, in one statement."""
    preparer, signer = aliased(Person), aliased(Person)
    votes = (
        sa.select(
            PanelVote.proposal_id,
            *(sa.func.sum(sa.case((PanelVote.vote == vote, 1), else_=0)).label(vote.value) for vote in Vote),
        )
        .join(Proposal, Proposal.id == PanelVote.proposal_id)
        .join(Person, Person.id == PanelVote.person_id)
        .where(Proposal.call_id == call_id, ~is_barred())
        .group_by(PanelVote.proposal_id)
        .subquery()
    )
    closed = sa.exists().where(PanelMeeting.call_id == call_id, PanelMeeting.closed_at.is_not(None))
    score = shown_score(actor)
    limits = [] if numbers is None else [Proposal.number.in_(sorted(numbers))]
    rows = session.execute(
        sa.select(
            Proposal.id,
            Proposal.number,
            Proposal.title,
            Proposal.call_id,
            Proposal.agency_id,
            Agency.code.label("agency_code"),
            Agency.name.label("agency_name"),
            tied_cents().label("cents"),
            Proposal.version,
            score.label("score"),
            PanelSummary.recommendation,
            *(votes.c[vote.value] for vote in Vote),
            closed.label("closed"),
            PreparedDecision,
            preparer.name.label("prepared_by"),
            signer.name.label("signed_by"),
        )
        .join(Agency, Agency.id == Proposal.agency_id)
        .outerjoin(PreparedDecision, PreparedDecision.proposal_id == Proposal.id)
        .outerjoin(preparer, preparer.id == PreparedDecision.prepared_by_id)
        .outerjoin(signer, signer.id == PreparedDecision.signed_by_id)
        .outerjoin(PanelSummary, PanelSummary.proposal_id == Proposal.id)
        .outerjoin(votes, votes.c.proposal_id == Proposal.id)
        .where(Proposal.call_id == call_id, may_work_on(actor), *limits)
        .order_by(score.desc().nulls_last(), Proposal.number, Proposal.id)
        .execution_options(populate_existing=True)
    )
    return tuple(_waiting(row) for row in rows)


def _waiting(row: Any) -> Waiting:
    known = {
        name: getattr(row, name) for name in Waiting.__dataclass_fields__ if name not in ("votes", "prepared")
    }
    counted = tuple(int(getattr(row, vote.value) or 0) for vote in Vote)
    yes, no, abstained = counted
    return Waiting(
        **known,
        votes=(yes, no, abstained) if row.closed and any(counted) else None,
        prepared=None
        if row.PreparedDecision is None
        else _prepared(row.PreparedDecision, row.prepared_by, row.signed_by),
    )


def _prepared(one: PreparedDecision, by: str | None, signed_by: str | None) -> Prepared:
    return Prepared(
        outcome=one.outcome,
        reason=one.reason,
        what_would_change=one.what_would_change,
        end_reason=one.end_reason,
        hold_until=one.hold_until,
        conditions=planned_conditions(one.conditions),
        by_id=one.prepared_by_id,
        by=by,
        at=one.prepared_at,
        signed_by_id=one.signed_by_id,
        signed_by=signed_by,
        signed_at=one.signed_at,
        seen_version=one.seen_version,
        version=one.version,
    )


def planned_conditions(kept: Iterable[Mapping[str, Any]]) -> tuple[NewCondition, ...]:
    """Conditions out of the JSON in which a prepared decision keeps them."""
    return tuple(
        NewCondition(one["text"], date.fromisoformat(one["due_on"]), one["owner"], one["owner_id"])
        for one in kept
    )


def fingerprint(rows: Iterable[Waiting]) -> str:
    """A mark of the decisions as they were shown, which differs once one of them was changed."""
    marks = sorted((row.id, row.version, row.prepared.version) for row in rows if row.prepared)
    return hashlib.sha256(repr(marks).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class AgencyTally:
    """What one agency would learn: how many of its proposals are selected, wait, go back to it, or end."""

    code: str
    name: str
    selected: int
    later: int
    declined: int
    cents: int


@dataclass(frozen=True, slots=True)
class Tally:
    """The prepared decisions of some proposals in numbers. `cents` is the money of the selected ones."""

    agencies: tuple[AgencyTally, ...]

    @property
    def selected(self) -> int:
        return sum(one.selected for one in self.agencies)

    @property
    def later(self) -> int:
        return sum(one.later for one in self.agencies)

    @property
    def declined(self) -> int:
        return sum(one.declined for one in self.agencies)

    @property
    def cents(self) -> int:
        return sum(one.cents for one in self.agencies)


def tally(rows: Iterable[Waiting]) -> Tally:
    """The decisions that are prepared among these, added up by agency."""
    groups: dict[tuple[str, str], list[Waiting]] = {}
    for row in rows:
        if row.prepared is not None:
            groups.setdefault((row.agency_name, row.agency_code), []).append(row)
    return Tally(
        tuple(
            AgencyTally(
                code,
                name,
                selected=sum(row.selected for row in group),
                later=sum(_outcome(row) in (Outcome.HOLD, Outcome.REWORK) for row in group),
                declined=sum(_outcome(row) is Outcome.STOP for row in group),
                cents=sum(row.cents for row in group if row.selected),
            )
            for (name, code), group in sorted(groups.items())
        )
    )


def _outcome(row: Waiting) -> Outcome | None:
    return row.prepared.outcome if row.prepared is not None else None


def selected_before(session: Session, actor: Actor, call_id: int) -> tuple[int, int]:
    """How many of the call's proposals were selected earlier, as far as the actor may know, and their money in
    cents: they hold their places whatever became of them."""
    selected = sa.exists().where(
        Decision.proposal_id == Proposal.id,
        Decision.gate == RELEASED_AT,
        Decision.outcome.in_(ADVANCES),
    )
    count, cents = session.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(tied_cents()), 0)).where(
            Proposal.call_id == call_id,
            Proposal.step != Step.REVIEW,
            selected,
            visible(actor),
            _unbiased(actor),
        )
    ).one()
    return count, int(cents)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody of the agency who gets the decision by mail."""

    id: int
    name: str
    email: str


def recipients(session: Session, proposal_ids: Collection[int]) -> dict[int, tuple[Recipient, ...]]:
    """Who is told about each proposal: its authors and its agency's lead, each once, in one statement."""
    tied = sa.or_(
        sa.exists().where(Author.person_id == Person.id, Author.proposal_id == Proposal.id),
        sa.exists().where(
            RoleGrant.person_id == Person.id,
            RoleGrant.role == Role.AGENCY_LEAD,
            RoleGrant.agency_id == Proposal.agency_id,
        ),
    )
    rows = session.execute(
        sa.select(Proposal.id.label("proposal_id"), Person.id, Person.name, Person.email)
        .select_from(Proposal)
        .join(Person, tied)
        .where(Proposal.id.in_(sorted(proposal_ids)), Person.disabled_at.is_(None))
        .order_by(Proposal.id, folded(Person.name), Person.id)
    )
    found: dict[int, tuple[Recipient, ...]] = {}
    for row in rows:
        found[row.proposal_id] = (
            *found.get(row.proposal_id, ()),
            Recipient(row.id, row.name, row.email),
        )
    return found


@dataclass(frozen=True, slots=True)
class ReleasedRow:
    number: str
    title: str
    agency_name: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Released:
    """A release of the past with those of its decisions that the reader may know of."""

    at: datetime
    by: str | None
    rows: list[ReleasedRow]


def released(session: Session, actor: Actor, call_id: int) -> tuple[Released, ...]:
    """The call's releases, the latest first, in one statement."""
    rows = session.execute(
        sa.select(
            Release.id.label("release_id"),
            Release.released_at,
            Person.name.label("by"),
            Proposal.number,
            Proposal.title,
            Agency.name.label("agency_name"),
            Decision.outcome,
        )
        .join(Decision, Decision.release_id == Release.id)
        .join(Proposal, Proposal.id == Decision.proposal_id)
        .join(Agency, Agency.id == Proposal.agency_id)
        .outerjoin(Person, Person.id == Release.released_by_id)
        .where(Release.call_id == call_id, visible(actor), _unbiased(actor))
        .order_by(Release.id.desc(), Proposal.number, Proposal.id)
    )
    found: dict[int, Released] = {}
    for row in rows:
        known = found.setdefault(row.release_id, Released(row.released_at, row.by, []))
        known.rows.append(ReleasedRow(row.number, row.title, row.agency_name, row.outcome))
    return tuple(found.values())
