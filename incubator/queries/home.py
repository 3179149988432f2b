"""What waits for somebody: every kind of work in one statement, each with its first rows and its number.

A kind is a SELECT with the same six columns. Who has no part in a kind is not asked about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import folded
from incubator.domain.access import AGENCY_WATCH
from incubator.domain.clock import office_day
from incubator.domain.folding import fold
from incubator.domain.gates import GATES
from incubator.domain.pilots import ReportState
from incubator.domain.releases import RELEASED_AT
from incubator.domain.reviews import OPEN_STATES, ReviewState
from incubator.domain.roles import Actor, Role
from incubator.domain.stages import Stage, Step
from incubator.models.accounts import LinkPurpose, OneTimeLink, Person
from incubator.models.agencies import Agency, Commitment, CommitmentState, Party
from incubator.models.assignment import Bid, CallReviewer
from incubator.models.calls import Call
from incubator.models.gates import Condition, ContraryDecision
from incubator.models.jobs import Job, JobState, Message, MessageState
from incubator.models.pilots import Pilot, ProgressReport
from incubator.models.proposals import Author, Proposal
from incubator.models.releases import PreparedDecision
from incubator.models.reviews import Review
from incubator.queries.assignment import may_work_on
from incubator.queries.bids import may_bid_for
from incubator.queries.contrary import to_sign
from incubator.queries.gate_queue import Wanted, find_queue, waits_for
from incubator.queries.home_pilots import ai_checks_due, of_pilots, readings_due
from incubator.queries.home_rows import SHOWN, SOON, Group, Kind, Task, of_records, rows_of
from incubator.queries.open_answers import REVIEWS_NEEDED, unconfirmed
from incubator.queries.redaction import title_for_reviewers
from incubator.queries.releases import acts_on_release, is_signed
from incubator.queries.reviews import may_see_scores, still_owed
from incubator.queries.stays import due_within
from incubator.queries.visibility import covered, is_author, is_conflicted, visible


def work(session: Session, actor: Actor, now: datetime, *, shown: int = SHOWN) -> tuple[Group, ...]:
    """Everything that waits for the actor, kinds without work left out, each with its first `shown` tasks."""
    today = office_day(now)
    rows = session.execute(sa.union_all(*(_part(select, shown) for select in _kinds(actor, today)))).all()
    groups = _grouped(rows)
    for found in (
        readings_due(session, actor, today, shown),
        ai_checks_due(session, actor, today, shown),
        _decisions(session, actor, now, shown),
    ):
        if found.total:
            groups[found.kind] = found
    return tuple(groups[kind] for kind in Kind if kind in groups)


def _part(select: sa.Select[Any], shown: int) -> sa.Select[Any]:
    """A kind's first rows, as a part of the union; SQLite takes no LIMIT in a bare one."""
    limited = select.limit(shown).subquery()
    return sa.select(limited)


def _grouped(rows: Sequence[Any]) -> dict[Kind, Group]:
    found: dict[Kind, list[Task]] = {}
    totals: dict[Kind, int] = {}
    for name, ref, title, about, due_on, detail, total in rows:
        kind = Kind(name)
        found.setdefault(kind, []).append(Task(kind, ref, title, about, due_on, detail))
        totals[kind] = total
    for tasks in found.values():
        tasks.sort(key=lambda task: (task.due_on is None, task.due_on, task.title, task.ref))
    return {kind: Group(kind, tuple(tasks), totals[kind]) for kind, tasks in found.items()}


def _kinds(actor: Actor, today: date) -> Iterator[sa.Select[Any]]:
    yield from _of_authors(actor)
    yield from _of_agencies(actor, today)
    yield _conditions(actor)
    if actor.holds(Role.REVIEWER):
        yield _reviews(actor)
        yield _bids(actor)
    if actor.holds(Role.COORDINATOR):
        yield from _of_coordinators(actor, today)
    if actor.holds(*DECIDING):
        yield _to_sign(actor, today)
    if actor.holds(Role.COORDINATOR, Role.GATEKEEPER):
        yield _calls_to_release(actor)
    if actor.holds(Role.COORDINATOR, Role.LEADERSHIP):
        yield _overdue(actor, today)
    yield from of_pilots(actor, today)


def _of_authors(actor: Actor) -> Iterator[sa.Select[Any]]:
    led = sorted(actor.agencies(Role.AGENCY_LEAD))
    own = sorted(actor.agencies(*AGENCY_WATCH))
    writes = is_author(actor.person_id)
    answers = sa.or_(writes, Proposal.agency_id.in_(led)) if led else writes
    mine = sa.or_(writes, Proposal.agency_id.in_(own)) if own else writes
    written = (
        sa.exists()
        .where(Author.proposal_id == Proposal.id, Author.person_id == Person.id, Person.disabled_at.is_(None))
        .correlate(Proposal)
    )
    kept = sa.or_(writes, sa.and_(Proposal.agency_id.in_(led), ~written)) if led else writes
    yield of_records(Kind.DRAFT, actor).where(Proposal.step == Step.DRAFT, kept)
    yield of_records(Kind.ANSWER, actor).where(Proposal.step == Step.INFORMATION, answers)
    if led:
        yield of_records(Kind.SIGN_OFF, actor).where(
            Proposal.step == Step.SIGN_OFF, Proposal.agency_id.in_(led)
        )
    if actor.holds(*AGENCY_WATCH):
        yield (
            of_records(Kind.MINE, actor, about=Proposal.number, detail=Proposal.step)
            .where(mine, Proposal.step.not_in((Step.CLOSED, Step.DRAFT)))
            .order_by(None)
            .order_by(Proposal.changed_at.desc(), Proposal.id.desc())
        )


def _of_agencies(actor: Actor, today: date) -> Iterator[sa.Select[Any]]:
    """Open commitments: the agency's for its leads and whoever is named for it, the incubator's for coordinators."""
    own, led = sorted(actor.agencies(*AGENCY_WATCH)), sorted(actor.agencies(Role.AGENCY_LEAD))
    sides = []
    if own:
        theirs = sa.or_(Commitment.agency_id.in_(led), folded(Commitment.owner_name) == fold(actor.name))
        sides.append(sa.and_(Commitment.party == Party.AGENCY, Commitment.agency_id.in_(own), theirs))
    for grant in actor.grants:
        if grant.role is Role.COORDINATOR:
            limit = sa.true() if grant.agency_id is None else Commitment.agency_id == grant.agency_id
            sides.append(sa.and_(Commitment.party == Party.INCUBATOR, limit))
    if not sides:
        return
    yield (
        rows_of(
            Kind.COMMITMENT,
            Agency.code,
            Commitment.promise,
            Agency.name,
            Commitment.due_on,
            Commitment.owner_name,
        )
        .join_from(Commitment, Agency, Agency.id == Commitment.agency_id)
        .where(Commitment.state == CommitmentState.OPEN, Commitment.due_on <= today + SOON, sa.or_(*sides))
        .order_by(Commitment.due_on, Commitment.id)
    )


def _conditions(actor: Actor) -> sa.Select[Any]:
    """Open conditions the actor owns and, for coordinators, those whose owner has no account here."""
    kept = sa.exists().where(Person.id == Condition.owner_id, Person.disabled_at.is_(None))
    return (
        rows_of(Kind.CONDITION, Proposal.number, Condition.text, Proposal.title, Condition.due_on)
        .join_from(Condition, Proposal, Proposal.id == Condition.proposal_id)
        .where(
            visible(actor),
            sa.or_(
                Condition.owner_id == actor.person_id,
                sa.and_(covered(actor, Role.COORDINATOR), ~kept),
            ),
            Condition.closed_at.is_(None),
            Proposal.stage != Stage.CLOSED,
        )
        .order_by(Condition.due_on, Condition.id)
    )


def _reviews(actor: Actor) -> sa.Select[Any]:
    hidden = sa.func.coalesce(Call.names_hidden, sa.false())
    return (
        rows_of(
            Kind.REVIEW,
            Review.id,
            title_for_reviewers(),
            sa.case((hidden, ""), else_=Agency.name),
            Review.due_on,
        )
        .join_from(Review, Proposal, Proposal.id == Review.proposal_id)
        .join(Agency, Agency.id == Proposal.agency_id)
        .outerjoin(Call, Call.id == Proposal.call_id)
        .where(
            Review.reviewer_id == actor.person_id,
            still_owed(),
            ~is_conflicted(actor.person_id),
        )
        .order_by(Review.due_on.is_(None), Review.due_on, Review.id)
    )


def _bids(actor: Actor) -> sa.Select[Any]:
    """Calls in which the actor was asked what they would like to review and has not answered for all."""
    asked = sa.exists().where(
        CallReviewer.call_id == Call.id,
        CallReviewer.person_id == actor.person_id,
        CallReviewer.asked_at.is_not(None),
    )
    answered = sa.exists().where(Bid.proposal_id == Proposal.id, Bid.person_id == actor.person_id)
    number = sa.func.count().label("number")
    waiting = (
        sa.select(Proposal.call_id, number)
        .where(may_bid_for(actor), ~answered)
        .group_by(Proposal.call_id)
        .subquery()
    )
    return (
        rows_of(Kind.BID, Call.slug, Call.title, sa.literal("", sa.Text()), None, waiting.c.number)
        .join_from(waiting, Call, Call.id == waiting.c.call_id)
        .where(asked, Call.archived_at.is_(None))
        .order_by(Call.closes_at, Call.id)
    )


def _calls_to_assign(actor: Actor) -> sa.Select[Any]:
    """Calls with proposals in review that nobody was asked to review, for coordinators of the whole call."""
    whole = [grant for grant in actor.grants if grant.role is Role.COORDINATOR and grant.agency_id is None]
    here = (
        sa.true()
        if any(grant.call_id is None for grant in whole)
        else Call.id.in_(sorted(grant.call_id for grant in whole if grant.call_id is not None))
    )
    asked = sa.exists().where(
        Review.proposal_id == Proposal.id, Review.state.in_((*OPEN_STATES, ReviewState.SUBMITTED))
    )
    number = sa.func.count().label("number")
    waiting = (
        sa.select(Proposal.call_id, number)
        .where(Proposal.step == Step.REVIEW, may_work_on(actor), ~asked)
        .group_by(Proposal.call_id)
        .subquery()
    )
    return (
        rows_of(Kind.ASSIGN, Call.slug, Call.title, sa.literal("", sa.Text()), None, waiting.c.number)
        .join_from(waiting, Call, Call.id == waiting.c.call_id)
        .where(here, Call.archived_at.is_(None), ~Call.outside)
        .order_by(Call.closes_at, Call.id)
    )


def _of_coordinators(actor: Actor, today: date) -> Iterator[sa.Select[Any]]:
    mine = covered(actor, Role.COORDINATOR)
    yield of_records(Kind.SCREEN, actor).where(Proposal.step == Step.SCREENING, mine)
    yield _calls_to_assign(actor)
    lacking = REVIEWS_NEEDED - Proposal.reviews_in
    yield of_records(Kind.MISSING, actor, detail=lacking).where(
        Proposal.step == Step.REVIEW, lacking > 0, mine, may_see_scores(actor)
    )
    yield (
        rows_of(Kind.ACCEPT, Proposal.number, Proposal.title, ProgressReport.period, ProgressReport.due_on)
        .join_from(ProgressReport, Proposal, Proposal.id == ProgressReport.proposal_id)
        .outerjoin(Pilot, Pilot.proposal_id == Proposal.id)
        .where(
            ProgressReport.state == ReportState.SENT,
            visible(actor),
            mine,
            sa.func.coalesce(Pilot.lead_id, 0) != (actor.person_id or 0),
        )
        .order_by(ProgressReport.sent_at, ProgressReport.id)
    )


DECIDING = (Role.GATEKEEPER, Role.LEADERSHIP)
"""Roles whose decisions are listed; coordinators have the proposals to screen."""


def _decisions(session: Session, actor: Actor, now: datetime, shown: int) -> Group:
    """What the list of decisions has for the actor today: what can be decided and what is overdue."""
    if not actor.holds(*DECIDING):
        return Group(Kind.DECIDE, (), 0)
    found = find_queue(
        session,
        actor,
        Wanted(when="now"),
        now=now,
        sort="urgency",
        descending=False,
        limit=shown,
        offset=0,
    )
    tasks = tuple(
        Task(
            Kind.DECIDE,
            row.number,
            row.title,
            row.agency_name,
            row.next.due_on,
            "" if row.next.decides else str(row.id),
            row.next,
        )
        for row in found.rows
    )
    return Group(Kind.DECIDE, tasks, found.matching)


def _calls_to_release(actor: Actor) -> sa.Select[Any]:
    """Calls with decisions that the actor is to prepare, to sign or, as the chair, to release: the detail is the
    number of each, and the day the earliest on which one is due."""
    prepare = PreparedDecision.id.is_(None)
    steps = (prepare, ~prepare & ~is_signed(), is_signed())
    numbers = [sa.cast(sa.func.sum(sa.case((step, 1), else_=0)), sa.Text()) for step in steps]
    waiting = (
        sa.select(
            Proposal.call_id,
            (numbers[0] + "," + numbers[1] + "," + numbers[2]).label("numbers"),
            sa.func.min(Proposal.due_on).label("due_on"),
        )
        .join(Call, Call.id == Proposal.call_id)
        .outerjoin(PreparedDecision, PreparedDecision.proposal_id == Proposal.id)
        .where(_released_by(actor))
        .group_by(Proposal.call_id)
        .subquery()
    )
    return (
        rows_of(
            Kind.RELEASE,
            Call.slug,
            Call.title,
            sa.literal("", sa.Text()),
            waiting.c.due_on,
            waiting.c.numbers,
        )
        .join_from(waiting, Call, Call.id == waiting.c.call_id)
        .order_by(Call.closes_at, Call.id)
    )


def _released_by(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the decision waits for the actor's part in a release, and nothing is missing before it."""
    return sa.and_(
        acts_on_release(actor),
        Proposal.reviews_in >= REVIEWS_NEEDED,
        ~unconfirmed(GATES[RELEASED_AT], Role.COORDINATOR),
    )


def _to_sign(actor: Actor, today: date) -> sa.Select[Any]:
    """Decisions against the criteria that wait for the actor's signature; the address takes both numbers."""
    return (
        rows_of(
            Kind.SIGN,
            Proposal.number,
            Proposal.title,
            Person.name,
            None,
            sa.cast(ContraryDecision.id, sa.Text()),
        )
        .join_from(ContraryDecision, Proposal, Proposal.id == ContraryDecision.proposal_id)
        .join(Person, Person.id == ContraryDecision.proposed_by_id)
        .where(to_sign(actor, today))
        .order_by(ContraryDecision.proposed_at, ContraryDecision.id)
    )


def _overdue(actor: Actor, today: date) -> sa.Select[Any]:
    """What is overdue where others act: the actor's own lists hold the rest."""
    own = [waits_for(actor, today)] if actor.holds(*DECIDING) else []
    if actor.holds(Role.COORDINATOR):
        own.append(Proposal.step == Step.SCREENING)
        own.append(sa.and_(Proposal.step == Step.REVIEW, _released_by(actor)))
    return (
        of_records(Kind.OVERDUE, actor, detail=Proposal.id)
        .outerjoin(Call, Call.id == Proposal.call_id)
        .outerjoin(PreparedDecision, PreparedDecision.proposal_id == Proposal.id)
        .where(
            due_within(today, soon=False),
            covered(actor, Role.COORDINATOR, Role.LEADERSHIP),
            ~sa.func.coalesce(sa.or_(sa.false(), *own), sa.false()),
        )
    )


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What an administrator looks after: counts."""

    invitations: int
    failed_jobs: int
    waiting_mail: int
    failed_mail: int


def upkeep(session: Session, now: datetime) -> Upkeep:
    """Invitations not accepted yet, failed jobs of the last week, mail waiting or given up."""

    def count(model: Any, *conditions: Any) -> Any:
        return sa.select(sa.func.count()).select_from(model).where(*conditions).scalar_subquery()

    row: Any = session.execute(
        sa.select(
            count(
                OneTimeLink,
                OneTimeLink.purpose == LinkPurpose.INVITATION,
                OneTimeLink.used_at.is_(None),
                OneTimeLink.expires_at > now,
            ),
            count(Job, Job.state == JobState.FAILED, Job.created_at > now - timedelta(days=7)),
            count(Message, Message.state == MessageState.WAITING),
            count(Message, Message.state == MessageState.FAILED),
        )
    ).one()
    return Upkeep(*row)
