"""What each record waits for next: its gate, the due date, what is missing and the people who must act.

This is the one place that says so, whoever looks: the record's pages, the lists of decisions, the home page's
lists, statistics, the briefing, exports and reminders read it from here. What a reader may be told of the
people is `readable`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.clock import office_day
from incubator.domain.gates import Gate, GateKey, Missing, Readiness, missing
from incubator.domain.next_steps import CONDITIONS, LEADERSHIP_STAGES, OWNER, Waits, gate_of, overdue_days
from incubator.domain.next_steps import waits_for as roles_of
from incubator.domain.permission import AGENCY_WATCH
from incubator.domain.releases import RELEASED_AT, Preparation, preparation
from incubator.domain.roles import Actor, Role
from incubator.domain.stages import PRIVATE_STEPS, Step
from incubator.models.accounts import Person, RoleGrant
from incubator.models.calls import Call
from incubator.models.conflicts import Conflict
from incubator.models.gates import Condition
from incubator.models.pilots import Pilot
from incubator.models.proposals import Author, Proposal
from incubator.models.releases import PreparedDecision
from incubator.models.reviews import Review
from incubator.queries.gates import gate_states
from incubator.queries.reviews import may_see_scores, still_owed
from incubator.queries.stays import worked_on_here
from incubator.queries.visibility import stands

GRANTED = (Role.AGENCY_LEAD, Role.COORDINATOR, Role.EVALUATOR, Role.GATEKEEPER, Role.LEADERSHIP)


@dataclass(frozen=True, slots=True)
class Someone:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class NextStep:
    """What a record waits for. `roles` and `people` are those who must act now, empty when nothing is to be
    done before a day that is still far. `missing` is what its gate still asks and `meeting` the people who meet
    each of it, by its key. `decides` says that those who decide at the gate act, and `ready` that it can advance
    today, by a decision of its own. `release` is how far a decision has come that its call releases with others."""

    step: Step
    gate: GateKey | None
    due_on: date | None
    overdue_days: int
    missing: tuple[Missing, ...] = ()
    roles: tuple[Role, ...] = ()
    people: tuple[Someone, ...] = ()
    meeting: Mapping[str, tuple[Someone, ...]] = field(default_factory=dict)
    decides: bool = False
    ready: bool = False
    release: Preparation | None = None

    @property
    def is_open(self) -> bool:
        return bool(self.roles)

    @property
    def overdue(self) -> bool:
        return self.overdue_days > 0


def next_step(session: Session, proposal_id: int, *, now: datetime) -> NextStep:
    """What one record waits for."""
    return next_steps(session, [proposal_id], now=now)[proposal_id]


def next_steps(session: Session, ids: Iterable[int], *, now: datetime) -> dict[int, NextStep]:
    """What each of the records waits for, in at most seven statements however many there are."""
    ids, today = list(ids), office_day(now)
    if not ids:
        return {}
    rows = {row.id: row for row in session.execute(_records(ids))}
    gates = {key: gate_of(row.step, midpoint_passed=row.midpoint_passed) for key, row in rows.items()}
    states = gate_states(session, {key: gate for key, gate in gates.items() if gate}, now=now)
    lacking = {key: missing(gate, states[key].readiness) if gate else () for key, gate in gates.items()}
    around = _Around(session, rows) if rows else None
    return {
        key: _next_step(row, gates[key], lacking[key], around, today)
        for key, row in rows.items()
        if around is not None
    }


def _records(ids: Iterable[int]) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            Proposal.id,
            Proposal.agency_id,
            Proposal.call_id,
            sa.func.coalesce(Proposal.resume_stage, Proposal.stage).label("stage"),
            Proposal.step,
            Proposal.midpoint_passed,
            Proposal.due_on,
            Proposal.version,
            worked_on_here().label("here"),
            sa.func.coalesce(Call.decides_together, sa.false()).label("together"),
            Call.chair_id,
            PreparedDecision.id.label("prepared_id"),
            PreparedDecision.prepared_by_id,
            PreparedDecision.signed_at,
            PreparedDecision.seen_version,
        )
        .outerjoin(Call, Call.id == Proposal.call_id)
        .outerjoin(PreparedDecision, PreparedDecision.proposal_id == Proposal.id)
        .where(Proposal.id.in_(sorted(ids)))
    )


def _next_step(
    row: Any, gate: Gate | None, lacking: tuple[Missing, ...], around: _Around, today: date
) -> NextStep:
    waits = (
        roles_of(row.step, gate, lacking, stage=row.stage, due_on=row.due_on, today=today)
        if row.here
        else Waits(())
    )
    if row.step is Step.IN_SERVICE and gate is not None and waits.roles:
        # The due date is that of the first check that is not recorded, whatever was recorded before.
        lacking = missing(gate, Readiness())[:1]
    release = None
    if waits.decides and row.together and gate is not None and gate.key is RELEASED_AT:
        release = preparation(
            prepared=row.prepared_id is not None,
            signed=row.signed_at is not None,
            seen_version=row.seen_version,
            version=row.version,
        )
    roles, people = around.who(row, waits, release)
    return NextStep(
        step=row.step,
        gate=gate.key if gate else None,
        due_on=row.due_on,
        overdue_days=overdue_days(row.due_on, today) if row.step is not Step.CLOSED else 0,
        missing=lacking,
        roles=roles,
        people=people,
        meeting={need.key: tuple(dict.fromkeys(around.meeting(row, need))) for need in lacking},
        decides=waits.decides and release is None,
        ready=waits.decides and release is None and not lacking,
        release=release,
    )


@dataclass(slots=True)
class _Ties:
    """The people tied to one record, by what ties them; `barred` must not decide on it."""

    lead: list[Someone] = field(default_factory=list)
    owner: list[Someone] = field(default_factory=list)
    author: list[Someone] = field(default_factory=list)
    reviewer: list[Someone] = field(default_factory=list)
    condition: list[Someone] = field(default_factory=list)
    chair: list[Someone] = field(default_factory=list)
    barred: list[Someone] = field(default_factory=list)


class _Around:
    """The people who act on some records, read in one statement. Accounts that were closed are left out."""

    def __init__(self, session: Session, rows: dict[int, Any]) -> None:
        self._grants: dict[Role, list[Any]] = defaultdict(list)
        self._own: dict[int, set[int]] = defaultdict(set)
        self._ties: dict[int, _Ties] = defaultdict(_Ties)
        self._together = {key for key, row in rows.items() if row.together}
        for row in session.execute(_people(sorted(rows))):
            if row.tie == "grant":
                self._grants[row.role].append(row)
                if row.role in AGENCY_WATCH:
                    self._own[row.id].add(row.agency_id)
                if row.home_id is not None:
                    self._own[row.id].add(row.home_id)
            else:
                getattr(self._ties[row.proposal_id], row.tie).append(Someone(row.id, row.name))

    def who(
        self, row: Any, waits: Waits, release: Preparation | None
    ) -> tuple[tuple[Role, ...], tuple[Someone, ...]]:
        """The roles that act on the record and the people who hold them, each once, in the roles' order."""
        roles = waits.roles
        if release is not None:
            roles, found = self._releasing(row, release)
        elif waits.decides:
            found = [one for role in roles for one in self._deciding(row, role)]
        elif waits.needs:
            found = [one for need in waits.needs for one in self.meeting(row, need)]
        else:
            found = [one for role in roles for one in self._holding(row, role)]
        return roles, tuple(dict.fromkeys(found))

    def _covering(self, row: Any, role: Role) -> list[Someone]:
        return [
            Someone(grant.id, grant.name)
            for grant in self._grants[role]
            if grant.agency_id in (None, row.agency_id) and grant.call_id in (None, row.call_id)
        ]

    def _unbarred(self, row: Any, people: list[Someone]) -> list[Someone]:
        ties = self._ties[row.id]
        barred = {one.id for one in (*ties.barred, *ties.author, *ties.lead)}
        return [one for one in people if one.id not in barred and row.agency_id not in self._own[one.id]]

    def _deciding(self, row: Any, role: Role) -> list[Someone]:
        if role is Role.LEADERSHIP and row.stage not in LEADERSHIP_STAGES:
            return []
        return self._unbarred(row, self._covering(row, role))

    def meeting(self, row: Any, need: Missing) -> list[Someone]:
        """Who meets a must-meet: the owners of open conditions, who owns the product, or the need's role."""
        ties = self._ties[row.id]
        if need.key == CONDITIONS and ties.condition:
            return ties.condition
        if need.key == OWNER and ties.owner:
            return ties.owner
        return self._holding(row, need.mover)

    def _holding(self, row: Any, role: Role) -> list[Someone]:
        """Who holds the role here or, where nobody does, who keeps the record in their place."""
        ties = self._ties[row.id]
        match role:
            case Role.SUBMITTER:
                return ties.author or self._covering(row, Role.AGENCY_LEAD)
            case Role.AGENCY_LEAD:
                led = self._covering(row, role)
                if row.step in PRIVATE_STEPS or row.step is Step.INFORMATION:
                    return led or ties.author
                return [*ties.owner, *led] or self._covering(row, Role.COORDINATOR)
            case Role.PILOT_LEAD:
                return ties.lead or self._staff(row)
            case Role.REVIEWER:
                return ties.reviewer or self._covering(row, Role.COORDINATOR)
            case _:
                return self._free(row, role) or self._staff(row)

    def _free(self, row: Any, role: Role) -> list[Someone]:
        """Who covers the record in that role and has no conflict of interest."""
        barred = {one.id for one in self._ties[row.id].barred}
        return [one for one in self._covering(row, role) if one.id not in barred]

    def _staff(self, row: Any) -> list[Someone]:
        return self._free(row, Role.COORDINATOR) or self._free(row, Role.EVALUATOR)

    def _releasing(self, row: Any, release: Preparation) -> tuple[tuple[Role, ...], list[Someone]]:
        """Who prepares, signs or releases the decision: two people stand behind it, the chair releases it."""
        deciding = self._deciding(row, Role.GATEKEEPER)
        if release is Preparation.SIGNED:
            return (Role.GATEKEEPER,), self._ties[row.id].chair or deciding
        if release is Preparation.NONE:
            both = (Role.COORDINATOR, Role.GATEKEEPER)
            return both, [*self._unbarred(row, self._covering(row, Role.COORDINATOR)), *deciding]
        return (Role.GATEKEEPER,), [one for one in deciding if one.id != row.prepared_by_id]


def _people(ids: Collection[int]) -> sa.CompoundSelect[Any]:
    none, text = sa.cast(sa.null(), sa.Integer), sa.Text()

    def part(tie: str, proposal_id: Any, *, role: Any = None, agency: Any = none, call: Any = none) -> Any:
        return sa.select(
            sa.literal(tie, text).label("tie"),
            proposal_id.label("proposal_id"),
            (sa.cast(sa.null(), RoleGrant.role.type) if role is None else role).label("role"),
            agency.label("agency_id"),
            call.label("call_id"),
            Person.id.label("id"),
            Person.name.label("name"),
            Person.agency_id.label("home_id"),
        ).where(Person.disabled_at.is_(None))

    conflicted = sa.exists().where(
        Conflict.proposal_id == Review.proposal_id, Conflict.person_id == Review.reviewer_id, stands()
    )
    parts = (
        part("grant", none, role=RoleGrant.role, agency=RoleGrant.agency_id, call=RoleGrant.call_id)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(RoleGrant.role.in_(GRANTED)),
        part("lead", Pilot.proposal_id)
        .join(Pilot, Pilot.lead_id == Person.id)
        .where(Pilot.proposal_id.in_(ids)),
        part("owner", Pilot.proposal_id)
        .join(Pilot, Pilot.product_owner_id == Person.id)
        .where(Pilot.proposal_id.in_(ids)),
        part("author", Author.proposal_id)
        .join(Author, Author.person_id == Person.id)
        .where(Author.proposal_id.in_(ids)),
        part("reviewer", Review.proposal_id)
        .join(Review, Review.reviewer_id == Person.id)
        .join(Proposal, Proposal.id == Review.proposal_id)
        .where(Review.proposal_id.in_(ids), still_owed(), ~conflicted),
        part("condition", Condition.proposal_id)
        .join(Condition, Condition.owner_id == Person.id)
        .where(Condition.proposal_id.in_(ids), Condition.closed_at.is_(None)),
        part("chair", Proposal.id)
        .join(Call, Call.chair_id == Person.id)
        .join(Proposal, Proposal.call_id == Call.id)
        .where(Proposal.id.in_(ids)),
        part("barred", Conflict.proposal_id)
        .join(Conflict, Conflict.person_id == Person.id)
        .where(Conflict.proposal_id.in_(ids), stands()),
    )
    return sa.union_all(*parts).order_by("name", "id")


PANEL = (Role.COORDINATOR, Role.GATEKEEPER)
"""Who prepares, signs and releases the decisions on proposals in review."""


def readable(session: Session, actor: Actor, ids: Iterable[int]) -> frozenset[int]:
    """Those of the records of which the actor may be told who must act by name, and whether the reviews are
    in. To everybody else a record in review always waits for its reviewers and the panel."""
    in_review = may_see_scores(actor) if actor.holds(*PANEL) else sa.false()
    found = session.scalars(
        sa.select(Proposal.id).where(
            Proposal.id.in_(sorted(ids)), sa.or_(Proposal.step != Step.REVIEW, in_review)
        )
    )
    return frozenset(found)
