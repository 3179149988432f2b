"""What is known of a record at a gate: readiness, decisions, conditions, extensions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.domain.ai_rules import AiState
from incubator.domain.clock import office_day
from incubator.domain.evaluation import Advice
from incubator.domain.gates import ADVANCES, CheckKind, Gate, GateKey, Readiness
from incubator.domain.reviews import REVIEWS_REQUIRED, ReviewState
from incubator.domain.stages import EndReason, Origin, Outcome, Precision, Stage, Step
from incubator.models.accounts import Person
from incubator.models.benefits import Benefit
from incubator.models.calls import Call
from incubator.models.conflicts import Conflict
from incubator.models.gates import Condition, Decision, Extension, GateCheck
from incubator.models.pilots import Pilot
from incubator.models.proposals import Author, Proposal
from incubator.models.reviews import Review
from incubator.queries.ai import ai_state
from incubator.queries.gate_facts import APPROVAL_REFUSED, FACTS
from incubator.queries.gate_metrics import MetricState, all_arriving, measurable, metric_states
from incubator.queries.visibility import of_newest_revision, stands

PLAN_TEXTS = ("objectives", "methodology", "scalability", "analysis", "communication")


@dataclass(frozen=True, slots=True)
class Check:
    """A must-meet as somebody answered it: met, not met, or (None) not applicable."""

    met: bool | None
    note: str
    by: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class GateState:
    """Everything the readiness list of one gate shows. `readiness` is what the rules ask for."""

    readiness: Readiness
    checks: dict[str, Check]
    metrics: tuple[MetricState, ...]
    reviews_in: int
    reviews_required: int


def readiness(session: Session, proposal_id: int, gate: Gate, *, now: datetime) -> Readiness:
    """The automatic facts and the confirmed must-meets of a record at a gate."""
    return gate_state(session, proposal_id, gate, now=now).readiness


def gate_state(session: Session, proposal_id: int, gate: Gate, *, now: datetime) -> GateState:
    """The same with who confirmed what."""
    return gate_states(session, {proposal_id: gate}, now=now)[proposal_id]


def gate_states(session: Session, wanted: Mapping[int, Gate], *, now: datetime) -> dict[int, GateState]:
    """Readiness of several records, each at its gate, in three statements however many there are, and two more where a gate
    asks for the use of AI."""
    if not wanted:
        return {}
    metrics = metric_states(session, wanted)
    checks = _checks(session, wanted)
    asked = sorted(key for key, gate in wanted.items() if any(need.key == "ai" for need in gate.must_meets))
    ai = ai_state(session, asked)
    return {
        row.id: _state(
            row,
            wanted[row.id],
            metrics.get(row.id, ()),
            checks.get(row.id, {}),
            ai.get(row.id),
            office_day(now),
        )
        for row in session.execute(_facts_of(wanted))
    }


def _state(
    row: Any,
    gate: Gate,
    metrics: tuple[MetricState, ...],
    checks: dict[str, Check],
    ai: AiState | None,
    today: date,
) -> GateState:
    required = REVIEWS_REQUIRED if row.reviews_required is None else row.reviews_required
    facts: dict[str, bool | None] = {
        "signed_off": row.submitted_at is not None,
        "screened": row.screened in ADVANCES or row.origin is Origin.INVENTORY,
        "reviews_in": row.reviews >= required,
        **{key: bool((getattr(row, key) or "").strip()) for key in PLAN_TEXTS},
        "baseline": measurable(metrics),
        "end_and_exit": row.ends_on is not None and bool((row.exit_plan or "").strip()),
        "pilot_lead": row.lead_id is not None,
        "product_owner": row.product_owner_id is not None,
        "conditions_closed": row.open_conditions == 0,
        "data_arriving": all_arriving(metrics, today),
        "lesson": bool((row.lesson or "").strip()),
        "benefit": row.benefits > 0,
        **{key: bool(getattr(row, key)) for key in FACTS},
    }
    if ai is not None:
        facts["ai"] = ai.ready if ai.relevant else None
    confirmed: dict[str, bool | None] = {key: check.met for key, check in checks.items()}
    refused = {
        *(["approvals"] if row.approval_refused else []),
        *(["ai"] if ai is not None and ai.refused else []),
    }
    needed = {need.key for need in gate.must_meets if need.kind is CheckKind.AUTOMATIC}
    return GateState(
        Readiness({key: facts[key] for key in needed}, confirmed, frozenset(refused & needed)),
        checks,
        metrics,
        row.reviews,
        required,
    )


def last_screening() -> sa.ScalarSelect[Outcome | None]:
    """The outcome of the record's latest decision at screening, correlated to Proposal."""
    return (
        sa.select(Decision.outcome)
        .where(Decision.proposal_id == Proposal.id, Decision.gate == GateKey.G0, Decision.amends_id.is_(None))
        .order_by(Decision.id.desc())
        .limit(1)
        .correlate(Proposal)
        .scalar_subquery()
    )


@cache
def _counted_reviews() -> sa.ScalarSelect[int]:
    """The reviews handed in by people without a conflict: neither declared nor by agency or authorship."""
    reviewer = aliased(Person)
    return (
        sa.select(sa.func.count())
        .select_from(Review)
        .join(reviewer, reviewer.id == Review.reviewer_id)
        .where(
            Review.proposal_id == Proposal.id,
            Review.state == ReviewState.SUBMITTED,
            of_newest_revision(),
            reviewer.agency_id.is_distinct_from(Proposal.agency_id),
            ~sa.exists().where(
                Conflict.proposal_id == Review.proposal_id, Conflict.person_id == Review.reviewer_id, stands()
            ),
            ~sa.exists().where(
                Author.proposal_id == Review.proposal_id, Author.person_id == Review.reviewer_id
            ),
        )
        .correlate(Proposal)
        .scalar_subquery()
    )


def _facts_of(ids: Iterable[int]) -> sa.Select[*tuple[Any, ...]]:
    open_conditions = (
        sa.select(sa.func.count())
        .where(Condition.proposal_id == Proposal.id, Condition.closed_at.is_(None))
        .correlate(Proposal)
        .scalar_subquery()
    )
    benefits = (
        sa.select(sa.func.count())
        .where(
            Benefit.proposal_id == Proposal.id,
            # A later check asks for what came since; the first takes what was recorded while scaling.
            sa.or_(Proposal.step != Step.IN_SERVICE, Benefit.recorded_at >= Proposal.step_entered_at),
        )
        .correlate(Proposal)
        .scalar_subquery()
    )
    return (
        sa.select(
            Proposal.id,
            Proposal.submitted_at,
            Proposal.origin,
            Proposal.uses_ai,
            Call.reviews_required,
            Pilot.lead_id,
            Pilot.product_owner_id,
            Pilot.ends_on,
            Pilot.exit_plan,
            Pilot.lesson,
            *(getattr(Pilot, key) for key in PLAN_TEXTS),
            last_screening().label("screened"),
            _counted_reviews().label("reviews"),
            open_conditions.label("open_conditions"),
            benefits.label("benefits"),
            *(condition.label(key) for key, condition in FACTS.items()),
            APPROVAL_REFUSED.label("approval_refused"),
        )
        .outerjoin(Call, Call.id == Proposal.call_id)
        .outerjoin(Pilot, Pilot.proposal_id == Proposal.id)
        .where(Proposal.id.in_(sorted(ids)))
    )


def _checks(session: Session, wanted: Mapping[int, Gate]) -> dict[int, dict[str, Check]]:
    rows = session.execute(
        sa.select(
            GateCheck.proposal_id,
            GateCheck.gate,
            GateCheck.key,
            GateCheck.met,
            GateCheck.note,
            Person.name,
            GateCheck.checked_at,
        )
        .outerjoin(Person, Person.id == GateCheck.checked_by_id)
        .where(GateCheck.proposal_id.in_(sorted(wanted)))
    )
    found: dict[int, dict[str, Check]] = {}
    for row in rows:
        if row.gate is wanted[row.proposal_id].key:
            check = Check(row.met, row.note, row.name, row.checked_at)
            found.setdefault(row.proposal_id, {})[row.key] = check
    return found


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision as the page shows it. `evidence` is empty where it is not loaded."""

    id: int
    gate: GateKey
    outcome: Outcome
    from_stage: Stage
    to_stage: Stage
    reason: str
    end_reason: EndReason | None
    hold_until: date | None
    transferred_to: str
    what_would_change: str
    by_id: int | None
    by: str | None
    at: datetime
    precision: Precision
    amends_id: int | None
    advice: Advice | None
    against_advice: str
    approved_by: str | None
    evidence_sha256: str


@cache
def _decisions_statement() -> sa.Select[*tuple[Any, ...]]:
    """Built once: putting a statement together costs more than running it."""
    approver = aliased(Person)
    return (
        sa.select(
            Decision.id,
            Decision.gate,
            Decision.outcome,
            Decision.from_stage,
            Decision.to_stage,
            Decision.reason,
            Decision.end_reason,
            Decision.hold_until,
            Decision.transferred_to,
            Decision.what_would_change,
            Decision.decided_by_id.label("by_id"),
            Person.name.label("by"),
            Decision.decided_at.label("at"),
            Decision.precision,
            Decision.amends_id,
            Decision.advice,
            Decision.against_advice,
            approver.name.label("approved_by"),
            Decision.evidence_sha256,
        )
        .outerjoin(Person, Person.id == Decision.decided_by_id)
        .outerjoin(approver, approver.id == Decision.approved_by_id)
        .where(Decision.proposal_id == sa.bindparam("proposal_id"))
        .order_by(Decision.decided_at.desc(), Decision.id.desc())
    )


def decisions(session: Session, proposal_id: int) -> tuple[DecisionRow, ...]:
    """The record's decisions and their amendments, newest first, without the evidence."""
    rows = session.execute(_decisions_statement(), {"proposal_id": proposal_id})
    return tuple(DecisionRow(**row._mapping) for row in rows)


@dataclass(frozen=True, slots=True)
class ConditionRow:
    id: int
    decision_id: int
    gate: GateKey
    text: str
    owner_id: int | None
    owner: str
    due_on: date
    closed_at: datetime | None
    closed_by: str | None
    closing_note: str | None


@cache
def _conditions_statement() -> sa.Select[*tuple[Any, ...]]:
    """Built once: putting a statement together costs more than running it."""
    owner, closer = aliased(Person), aliased(Person)
    return (
        sa.select(
            Condition.id,
            Condition.decision_id,
            Decision.gate,
            Condition.text,
            Condition.owner_id,
            sa.func.coalesce(owner.name, Condition.owner_name).label("owner"),
            Condition.due_on,
            Condition.closed_at,
            closer.name.label("closed_by"),
            Condition.closing_note,
        )
        .join(Decision, Decision.id == Condition.decision_id)
        .outerjoin(owner, owner.id == Condition.owner_id)
        .outerjoin(closer, closer.id == Condition.closed_by_id)
        .where(Condition.proposal_id == sa.bindparam("proposal_id"))
        .order_by(Condition.closed_at.is_not(None), Condition.due_on, Condition.id)
    )


def conditions(session: Session, proposal_id: int) -> tuple[ConditionRow, ...]:
    """The record's conditions: the open ones first, by their day."""
    rows = session.execute(_conditions_statement(), {"proposal_id": proposal_id})
    return tuple(ConditionRow(**row._mapping) for row in rows)


def extended_since(session: Session, proposal_id: int, since: datetime) -> int:
    """How many days more were given since then; 0 when none were."""
    given = session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(Extension.days), 0)).where(
            Extension.proposal_id == proposal_id, Extension.given_at >= since
        )
    )
    return int(given or 0)


def released_by(session: Session, call_id: int | None) -> str | None:
    """The address (slug) of the call when it releases its decisions on selection together, else None."""
    if call_id is None:
        return None
    return session.scalar(sa.select(Call.slug).where(Call.id == call_id, Call.decides_together))


@dataclass(frozen=True, slots=True)
class Selection:
    """The latest decision on selection, in the words the agency reads."""

    outcome: Outcome
    reason: str
    what_would_change: str
    at: datetime


def latest_selection(session: Session, proposal_id: int) -> Selection | None:
    """The record's latest decision on selection, or None before there is one."""
    row = session.execute(
        sa.select(
            Decision.outcome, Decision.reason, Decision.what_would_change, Decision.decided_at.label("at")
        )
        .where(
            Decision.proposal_id == proposal_id,
            Decision.gate == GateKey.G1,
            Decision.amends_id.is_(None),
        )
        .order_by(Decision.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Selection(**row._mapping)
