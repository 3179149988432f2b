"""The analysis of a call's scores as somebody may see it, and what the page shows beside it.

Whoever may not see the scores of some proposals of the call is shown the analysis made without them, so
that no rank, place or count betrays anything of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm import defer as unread

from incubator.analytics.panel_analysis import OtherMethod, PanelAnalysis
from incubator.analytics.panel_sheet import Sheet
from incubator.analytics.timeliness import Due
from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.domain.reviews import OPEN_STATES, ReviewState
from incubator.domain.roles import Actor, Grant, Role
from incubator.domain.rounds import CALL_ROLES
from incubator.domain.stages import Step
from incubator.models.accounts import Person, RoleGrant
from incubator.models.calls import Call
from incubator.models.jobs import Job, JobState
from incubator.models.proposals import Proposal
from incubator.models.ranking import AnalysisState, Draw, OutsideItem, ScoreAnalysis
from incubator.models.releases import Release
from incubator.models.reviews import Review
from incubator.queries.jobs import ANALYSE, UNDER_WAY
from incubator.queries.remembered import kept_under
from incubator.queries.reviews import may_not_judge, may_see_scores
from incubator.queries.score_sheets import Terms, fingerprint, in_the_ranking, terms_of, unpacked
from incubator.queries.visibility import is_revealed

LeftOut = tuple[int, ...]


def as_text(left_out: Iterable[int]) -> str:
    """A set of proposals as it is stored: ids, rising, joined by commas."""
    return ",".join(str(one) for one in sorted(left_out))


def left_out_for(session: Session, actor: Actor, call_id: int) -> LeftOut:
    """The call's proposals whose scores the actor may not see, and so does not count among."""
    return _ids(session, call_id, ~may_see_scores(actor))


def _ids(session: Session, call_id: int, limit: sa.ColumnElement[bool]) -> LeftOut:
    found = sa.select(Proposal.id).where(in_the_ranking(call_id), limit).order_by(Proposal.id)
    return tuple(session.scalars(found))


@dataclass(frozen=True, slots=True)
class Analysed:
    """A result as it was stored, with the very scores it was made from."""

    analysis: PanelAnalysis
    sheet: Sheet


@dataclass(frozen=True, slots=True)
class Standing:
    """How the analysis of a call stands for one reader.

    `found` is the last result, None when there is none that this version can read; `stale` tells that the
    data have changed since, `failed` that the last attempt did not succeed. `job_id` is work under way.
    """

    terms: Terms
    left_out: LeftOut
    found: Analysed | None
    computed_at: datetime | None
    stale: bool
    failed: bool
    job_id: int | None

    @property
    def whole(self) -> bool:
        """Whether nothing is left out for this reader."""
        return not self.left_out


def standing(session: Session, actor: Actor, call_id: int) -> Standing:
    """The analysis the actor may see, with all that says how fresh it is."""
    terms = terms_of(session, call_id)
    return standing_without(session, terms, () if terms.outside else left_out_for(session, actor, call_id))


def standing_without(session: Session, terms: Terms, left_out: LeftOut) -> Standing:
    """The same for a given set of proposals left out."""
    row = session.scalars(
        sa.select(ScoreAnalysis)
        .options(unread(ScoreAnalysis.result))
        .where(ScoreAnalysis.call_id == terms.call_id, ScoreAnalysis.left_out == as_text(left_out))
    ).one_or_none()
    found = _read(session, row) if row is not None and row.computed_at is not None else None
    current = row is not None and row.fingerprint == fingerprint(session, terms, left_out)
    return Standing(
        terms=terms,
        left_out=left_out,
        found=found,
        computed_at=row.computed_at if row is not None and found is not None else None,
        stale=found is None or not current,
        failed=row is not None and row.state is AnalysisState.FAILED,
        job_id=job_under_way(session, terms.call_id),
    )


def _read(session: Session, row: ScoreAnalysis) -> Analysed | None:
    """Results are long: each is read once by a process and kept as long as it is the last one."""

    def read() -> tuple[Analysed | None]:
        plain = session.scalar(sa.select(ScoreAnalysis.result).where(ScoreAnalysis.id == row.id)) or {}
        try:
            return (Analysed(PanelAnalysis.from_dict(plain["analysis"]), unpacked(plain["sheet"])),)
        except OtherMethod:
            return (None,)

    name = ("analysis", row.id, row.data_sha256, row.method, row.computed_at)
    return kept_under(session, name, read)[0]


@dataclass(frozen=True, slots=True)
class KeptState:
    """What the stored analysis was made from, without its result."""

    state: AnalysisState
    fingerprint: str
    data_sha256: str
    method: str
    computed_at: datetime | None


def kept_state(session: Session, call_id: int, left_out: LeftOut) -> KeptState | None:
    row = session.execute(
        sa.select(
            ScoreAnalysis.state,
            ScoreAnalysis.fingerprint,
            ScoreAnalysis.data_sha256,
            ScoreAnalysis.method,
            ScoreAnalysis.computed_at,
        ).where(ScoreAnalysis.call_id == call_id, ScoreAnalysis.left_out == as_text(left_out))
    ).one_or_none()
    return None if row is None else KeptState(*row)


def job_under_way(session: Session, call_id: int, *states: JobState) -> int | None:
    """The work on the call's analyses that waits or runs, the one asked for first."""
    return session.scalar(
        sa.select(Job.id)
        .where(
            Job.kind == ANALYSE,
            Job.state.in_(states or UNDER_WAY),
            Job.payload["call_id"].as_integer() == call_id,
        )
        .order_by(Job.id)
        .limit(1)
    )


def sets_wanted(session: Session, call_id: int) -> list[LeftOut]:
    """Every set of proposals to leave out that somebody needs: nothing first, then as people's ties have it.

    Asked for whoever may see the ranking, and for reviewers who may see how severe they are.
    """
    outside, released = session.execute(
        sa.select(Call.outside, sa.exists().where(Release.call_id == call_id)).where(Call.id == call_id)
    ).one()
    if outside:
        return [()]
    wanted: set[LeftOut] = {()}
    roles = CALL_ROLES[Action.SEE_RANKING] | ({Role.LEADERSHIP} if released else frozenset())
    for actor in _people(session, call_id, roles):
        wanted.add(left_out_for(session, actor, call_id))
    for actor in _people(session, call_id, frozenset()):
        if sees_own_severity(session, actor, call_id):
            wanted.add(_ids(session, call_id, may_not_judge(actor)))
    return sorted(wanted, key=lambda one: (len(one), one))


def _people(session: Session, call_id: int, roles: frozenset[Role]) -> list[Actor]:
    """Those who hold one of the roles for the call or, with none named, have handed in a review in it."""
    holds = (
        sa.exists()
        .where(
            RoleGrant.person_id == Person.id,
            RoleGrant.role.in_(roles),
            RoleGrant.agency_id.is_(None),
            sa.or_(RoleGrant.call_id.is_(None), RoleGrant.call_id == call_id),
        )
        .correlate(Person)
    )
    wrote = sa.exists().where(
        Review.reviewer_id == Person.id,
        Review.state == ReviewState.SUBMITTED,
        Review.proposal_id == Proposal.id,
        Proposal.call_id == call_id,
    )
    rows = session.execute(
        sa.select(
            Person.id, Person.name, Person.agency_id, RoleGrant.role, RoleGrant.agency_id, RoleGrant.call_id
        )
        .outerjoin(RoleGrant, RoleGrant.person_id == Person.id)
        .where(Person.disabled_at.is_(None), holds if roles else wrote)
        .order_by(Person.id, RoleGrant.id)
    )
    people: dict[int, tuple[str, int | None]] = {}
    grants: dict[int, list[Grant]] = defaultdict(list)
    for person_id, name, agency_id, role, of_agency, of_call in rows:
        people[person_id] = (name, agency_id)
        if role is not None:
            grants[person_id].append(Grant(role, of_agency, of_call))
    return [
        Actor(person_id=key, name=name, agency_id=agency_id, grants=tuple(grants[key]))
        for key, (name, agency_id) in people.items()
    ]


def sees_own_severity(session: Session, actor: Actor, call_id: int) -> bool:
    """Whether a reviewer may see how severe they are: their reviews in the call are all in and revealed, and
    the call shows reviewers each other's scores."""
    mine = sa.and_(Review.reviewer_id == actor.person_id, Proposal.call_id == call_id, ~may_not_judge(actor))
    handed_in = Review.state == ReviewState.SUBMITTED
    still_open = sa.and_(Review.state.in_(OPEN_STATES), Proposal.step == Step.REVIEW)
    counts = session.execute(
        sa.select(
            sa.func.count().filter(handed_in),
            sa.func.count().filter(sa.or_(sa.and_(handed_in, ~is_revealed()), still_open)),
        )
        .select_from(Review)
        .join(Proposal, Proposal.id == Review.proposal_id)
        .join(Call, Call.id == Proposal.call_id)
        .where(mine, Call.shares_scores)
    ).one()
    return bool(counts[0]) and not counts[1]


@dataclass(frozen=True, slots=True)
class OwnCall:
    """A call in which somebody has reviewed, and how its analysis stands for them."""

    title: str
    standing: Standing


def own_severities(session: Session, actor: Actor) -> list[OwnCall]:
    """The calls in which the actor may see how severe they are, the last one first."""
    calls = session.execute(
        sa.select(Call.id, Call.title)
        .where(
            sa.exists().where(
                Proposal.call_id == Call.id,
                Review.proposal_id == Proposal.id,
                Review.reviewer_id == actor.person_id,
                Review.state == ReviewState.SUBMITTED,
            )
        )
        .order_by(Call.closes_at.desc(), Call.id.desc())
    ).all()
    return [
        OwnCall(
            call.title,
            standing_without(
                session, terms_of(session, call.id), _ids(session, call.id, may_not_judge(actor))
            ),
        )
        for call in calls
        if sees_own_severity(session, actor, call.id)
    ]


def calls_with_scores(session: Session) -> list[int]:
    """The calls that have something to analyze: a review that is in, or a panel run elsewhere."""
    reviewed = sa.exists().where(
        Proposal.call_id == Call.id,
        Review.proposal_id == Proposal.id,
        Review.state == ReviewState.SUBMITTED,
    )
    outside = sa.exists().where(OutsideItem.call_id == Call.id)
    found = sa.select(Call.id).where(Call.archived_at.is_(None), sa.or_(reviewed, outside))
    return list(session.scalars(found.order_by(Call.id)))


def is_behind(session: Session, call_id: int) -> bool:
    """Whether some analysis of the call that somebody needs is missing or no longer says what the data say."""
    terms = terms_of(session, call_id)
    kept = dict(
        session.execute(
            sa.select(ScoreAnalysis.left_out, ScoreAnalysis.fingerprint).where(
                ScoreAnalysis.call_id == call_id
            )
        ).all()
    )
    return any(
        kept.get(as_text(left_out)) != fingerprint(session, terms, left_out)
        for left_out in sets_wanted(session, call_id)
    )


def reviews_due(session: Session, actor: Actor, call_id: int) -> list[Due]:
    """The reviews asked for with a day, of proposals whose scores the actor may see."""
    handed_in = Review.state == ReviewState.SUBMITTED
    rows: Iterable[Any] = session.execute(
        sa.select(Review.due_on, Review.submitted_at)
        .join(Proposal, Proposal.id == Review.proposal_id)
        .where(
            in_the_ranking(call_id),
            may_see_scores(actor),
            Review.due_on.is_not(None),
            sa.or_(handed_in, Review.state.in_(OPEN_STATES)),
        )
        .order_by(Review.id)
    )
    return [Due(row.due_on, _day(row.submitted_at)) for row in rows]


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else office_day(moment)


@dataclass(frozen=True, slots=True)
class DrawRow:
    """A draw as it was held: `pool` and `chosen` are proposals by key, the chosen in the order drawn."""

    seed: str
    reason: str
    places: int
    pool: tuple[str, ...]
    chosen: tuple[str, ...]
    drawn_at: datetime
    drawn_by: str | None


def draws_of(session: Session, call_id: int) -> list[DrawRow]:
    """The draws held in the call, the last first. For those from whom nothing of it is kept back."""
    rows = session.execute(
        sa.select(Draw, Person.name)
        .outerjoin(Person, Person.id == Draw.drawn_by_id)
        .where(Draw.call_id == call_id)
        .order_by(Draw.id.desc())
    )
    return [
        DrawRow(
            draw.seed, draw.reason, draw.places, tuple(draw.pool), tuple(draw.chosen), draw.drawn_at, name
        )
        for draw, name in rows
    ]
