"""A large installation's rows, written in bulk: enough of everything that a slow plan would show."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from incubator.domain.events import EventKind
from incubator.domain.passwords import email_key
from incubator.domain.reviews import Recommendation, ReviewState
from incubator.domain.roles import SYSTEM, Role
from incubator.domain.stages import EndReason, Origin, Outcome, Precision, Provenance, Stage, Step
from incubator.flows.record import record
from incubator.models.accounts import Person, RoleGrant
from incubator.models.agencies import Agency
from incubator.models.calls import Call, Criterion, Rubric
from incubator.models.pilots import Cadence, CriterionKind, Direction, Metric, Pilot, Reading
from incubator.models.proposals import Author, Proposal, StageSpell
from incubator.models.reviews import Review, Score

PASSWORD = "a bench is a fine place"
AGENCIES, CALLS, REVIEWERS, CRITERIA = 60, 10, 300, 7
REVIEWS_EACH, METRICS_EACH, READINGS_EACH = 5, 2, 25
GATEKEEPER = REVIEWERS + 3
CHUNK = 5_000
NOW = datetime.now(UTC).replace(microsecond=0)

WORDS = [
    "permit",
    "license",
    "benefit",
    "intake",
    "claim",
    "routing",
    "forecast",
    "translation",
    "chatbot",
    "sensor",
    "bridge",
    "plow",
    "call",
    "center",
    "form",
    "renewal",
    "identity",
    "records",
    "search",
    "inspection",
    "grant",
    "payment",
    "appeal",
    "notice",
    "map",
    "parking",
    "trail",
    "hearing",
]

STEPS = (
    (Step.SCREENING, Stage.IDEA, 8),
    (Step.INFORMATION, Stage.IDEA, 2),
    (Step.REVIEW, Stage.IDEA, 20),
    (Step.DESIGN, Stage.DESIGN, 8),
    (Step.RUNNING, Stage.PILOT, 20),
    (Step.SCALING, Stage.SCALE, 6),
    (Step.IN_SERVICE, Stage.IN_SERVICE, 8),
    (Step.ON_HOLD, Stage.ON_HOLD, 4),
    (Step.CLOSED, Stage.CLOSED, 24),
)


@dataclass(frozen=True, slots=True)
class Seeded:
    """Who signs in, and which rows the pages are opened for."""

    leader: str
    coordinator: str
    gatekeeper: str
    reviewer: str
    number: str
    review_id: int


def seed(session: Session, proposals: int) -> Seeded:
    """`proposals` records with five reviews each and, for one in five, a pilot with 50 readings."""
    draw = random.Random(20_000)
    secret = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    _insert(
        session,
        Agency,
        (
            {
                "id": n,
                "code": f"A{n:03}",
                "name": f"Department {n:03}",
                "next_number": 1,
                "purpose": "",
                "website": "",
                "version": 1,
            }
            for n in range(1, AGENCIES + 1)
        ),
    )
    _insert(session, Person, (_person(n, secret) for n in range(1, GATEKEEPER + 1)))
    _insert(
        session,
        RoleGrant,
        (
            {"person_id": n, "role": role, "granted_at": NOW}
            for n, role in [
                (1, Role.LEADERSHIP),
                (2, Role.COORDINATOR),
                (GATEKEEPER, Role.GATEKEEPER),
                *((n, Role.REVIEWER) for n in range(3, REVIEWERS + 3)),
            ]
        ),
    )
    session.add(Rubric(id=1, name="Standard", number=1, created_at=NOW, published_at=NOW))
    session.flush()
    _insert(
        session,
        Criterion,
        (
            {
                "id": n,
                "rubric_id": 1,
                "key": f"c{n}",
                "title": f"Criterion {n}",
                "description": "",
                "weight": 10 + n,
                "position": n,
                "anchors": ["1", "2", "3", "4", "5"],
            }
            for n in range(1, CRITERIA + 1)
        ),
    )
    _insert(session, Call, (_call(n) for n in range(1, CALLS + 1)))
    rows = [_proposal(n, draw) for n in range(1, proposals + 1)]
    _insert(session, Proposal, rows)
    _insert(session, StageSpell, _spells(rows))
    _insert(
        session,
        Author,
        (
            {"proposal_id": n, "person_id": 3 + n % REVIEWERS, "added_at": NOW}
            for n in range(1, proposals + 1)
        ),
    )
    _insert(
        session,
        Review,
        (_review(n, place, draw) for n in range(1, proposals + 1) for place in range(REVIEWS_EACH)),
    )
    _insert(session, Score, _scores(proposals * REVIEWS_EACH, draw))
    piloting = [n for n in range(1, proposals + 1) if n % 5 == 0]
    _insert(session, Pilot, (_pilot(place, n) for place, n in enumerate(piloting, start=1)))
    _insert(
        session,
        Metric,
        (_metric(place, m) for place in range(1, len(piloting) + 1) for m in range(METRICS_EACH)),
    )
    readings = len(piloting) * METRICS_EACH
    _insert(
        session,
        Reading,
        (
            _reading(metric, month, draw)
            for metric in range(1, readings + 1)
            for month in range(READINGS_EACH)
        ),
    )
    if session.get_bind().dialect.name == "postgresql":
        _reset_sequences(session)
    record(session, SYSTEM, NOW, EventKind.DEMONSTRATION_LOADED)
    session.commit()
    review_id, reviewer = _open_review(session)
    running = next(row for row in rows if row["step"] is Step.RUNNING and row["id"] % 5 == 0)
    return Seeded(
        "person1@example.gov",
        "person2@example.gov",
        f"person{GATEKEEPER}@example.gov",
        f"person{reviewer}@example.gov",
        running["number"],
        review_id,
    )


def _insert(session: Session, model: Any, rows: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> None:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            session.execute(sa.insert(model), chunk)
            chunk = []
    if chunk:
        session.execute(sa.insert(model), chunk)


def _person(n: int, secret: str) -> dict[str, Any]:
    email = f"person{n}@example.gov"
    return {
        "id": n,
        "name": f"Person {n}",
        "email": email,
        "email_key": email_key(email),
        "job_title": "",
        "agency_id": None if n < 3 or n == GATEKEEPER else 1 + n % AGENCIES,
        "time_zone": "",
        "password_hash": secret,
        "password_epoch": 1,
        "created_at": NOW,
        "version": 1,
    }


def _call(n: int) -> dict[str, Any]:
    opens = NOW - timedelta(days=90 * (CALLS - n) + 40)
    return {
        "id": n,
        "slug": f"call-{n}",
        "title": f"Call {n}",
        "summary": "",
        "opens_at": opens,
        "closes_at": opens + timedelta(days=60),
        "form_version": 1,
        "rubric_id": 1,
        "reviews_required": 3,
        "names_hidden": False,
        "shares_scores": True,
        "gate_days": {},
        "budget_cents": 100_000_000,
        "teams": 5,
        "created_at": opens,
        "version": 1,
    }


def _proposal(n: int, draw: random.Random) -> dict[str, Any]:
    step, stage, _weight = draw.choices(STEPS, weights=[one[2] for one in STEPS])[0]
    agency = 1 + n % AGENCIES
    title = f"{' '.join(draw.sample(WORDS, 3)).capitalize()} {n}"
    entered = NOW - timedelta(days=draw.randint(1, 200))
    created = entered - timedelta(days=draw.randint(5, 300))
    closed = stage is Stage.CLOSED
    paused = stage in (Stage.CLOSED, Stage.ON_HOLD)
    outcome = draw.choice((Outcome.STOP, Outcome.STOP, Outcome.GOAL_MET)) if closed else None
    reasons = {Outcome.GOAL_MET: EndReason.GOALS_MET}
    end = (
        reasons.get(outcome, draw.choice((EndReason.DEMAND, EndReason.FEASIBILITY, EndReason.REDUNDANT)))
        if outcome
        else None
    )
    planned = draw.randint(2, 60) * 1_000_000 if stage is not Stage.IDEA else 0
    return {
        "id": n,
        "number": f"A{agency:03}-{n:05}",
        "title": title,
        "title_key": title.casefold(),
        "summary": f"I have observed that {title.lower()} takes too long; if we try it, people wait less. "
        * 3,
        "agency_id": agency,
        "call_id": 1 + n % CALLS,
        "technology": draw.choice(("artificial_intelligence", "data", "automation", "digital_service")),
        "sponsor": "",
        "uses_ai": n % 3 == 0,
        "origin": Origin.ENTERED,
        "source_note": "",
        "stage": stage,
        "step": step,
        "resume_stage": draw.choice((Stage.IDEA, Stage.DESIGN, Stage.PILOT)) if paused else None,
        "outcome": outcome,
        "end_reason": end,
        "hold_until": (NOW + timedelta(days=40)).date() if stage is Stage.ON_HOLD else None,
        "midpoint_passed": n % 2 == 0,
        "created_at": created,
        "changed_at": entered,
        "submitted_at": created + timedelta(days=3),
        "stage_entered_at": entered,
        "step_entered_at": entered,
        "closed_at": entered if closed else None,
        "due_on": None
        if closed or stage is Stage.IN_SERVICE
        else (entered + timedelta(days=draw.randint(14, 260))).date(),
        "requested_cents": draw.randint(2, 60) * 1_000_000,
        "planned_cents": planned,
        "spent_cents": int(planned * draw.random()),
        "reviews_in": 4,
        "score": round(draw.uniform(1.5, 4.8), 3),
        "effort": round(draw.uniform(1, 5), 2),
        "value": round(draw.uniform(1, 5), 2),
        "revision_number": 1,
        "version": 1,
    }


def _spells(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    path = (Stage.IDEA, Stage.DESIGN, Stage.PILOT, Stage.SCALE, Stage.IN_SERVICE)
    for row in rows:
        reached = row["resume_stage"] or row["stage"]
        places = path[: path.index(reached) + 1]
        paused = row["stage"] in (Stage.CLOSED, Stage.ON_HOLD)
        for place, stage in enumerate(places):
            begun = row["created_at"] + timedelta(days=place)
            ended = place < len(places) - 1 or paused
            following = places[place + 1] if place < len(places) - 1 else row["stage"]
            yield {
                "proposal_id": row["id"],
                "stage": stage,
                "entered_at": begun,
                "precision": Precision.DAY,
                "left_at": begun + timedelta(days=1) if ended else None,
                "exit": (
                    row["outcome"] or Outcome.HOLD
                    if following in (Stage.CLOSED, Stage.ON_HOLD)
                    else Outcome.ADVANCE
                )
                if ended
                else None,
                "next_stage": following if ended else None,
            }
        if paused:
            yield {
                "proposal_id": row["id"],
                "stage": row["stage"],
                "entered_at": row["stage_entered_at"],
                "precision": Precision.DAY,
                "left_at": None,
                "exit": None,
                "next_stage": None,
            }


def _review(n: int, place: int, draw: random.Random) -> dict[str, Any]:
    submitted = place < REVIEWS_EACH - 1
    return {
        "id": (n - 1) * REVIEWS_EACH + place + 1,
        "proposal_id": n,
        "revision_number": 1,
        "reviewer_id": 3 + (n * 7 + place * 31) % REVIEWERS,
        "state": ReviewState.SUBMITTED if submitted else ReviewState.ASSIGNED,
        "due_on": (NOW + timedelta(days=draw.randint(-10, 20))).date(),
        "assigned_at": NOW - timedelta(days=20),
        "submitted_at": NOW - timedelta(days=2) if submitted else None,
        "reason": "",
        "total": round(draw.uniform(1, 5), 2) if submitted else None,
        "confidence": 2 if submitted else None,
        "recommendation": Recommendation.MAYBE if submitted else None,
        "needs_mentoring": False,
        "comment": "",
        "version": 1,
    }


def _scores(reviews: int, draw: random.Random) -> Iterator[dict[str, Any]]:
    for review in range(1, reviews + 1):
        if review % REVIEWS_EACH:
            for criterion in range(1, CRITERIA + 1):
                yield {
                    "review_id": review,
                    "criterion_id": criterion,
                    "value": draw.randint(1, 5),
                    "applies": True,
                    "justification": "Shown by the numbers the agency gave.",
                }


def _pilot(place: int, proposal: int) -> dict[str, Any]:
    starts = NOW.date() - timedelta(days=300)
    return {
        "id": place,
        "proposal_id": proposal,
        "lead_id": 3 + proposal % REVIEWERS,
        "starts_on": starts,
        "ends_on": starts + timedelta(days=420),
        "objectives": "Shorter waits.",
        "methodology": "Before and after.",
        "scalability": "Two more sites ask for it.",
        "analysis": "Process charts.",
        "communication": "Monthly.",
        "exit_plan": "Switch it off.",
        "lesson": "",
        "version": 1,
    }


def _metric(pilot: int, place: int) -> dict[str, Any]:
    return {
        "id": (pilot - 1) * METRICS_EACH + place + 1,
        "pilot_id": pilot,
        "name": f"Measure {place + 1}",
        "unit": "minutes",
        "direction": Direction.DOWN,
        "kind": CriterionKind.GOAL,
        "baseline": 50.0,
        "baseline_note": "",
        "target": 30.0,
        "cadence": Cadence.MONTHLY,
        "owner_name": "",
        "source": "",
        "source_url": "",
        "provenance": Provenance.MEASURED,
        "position": place,
        "version": 1,
    }


def _reading(metric: int, month: int, draw: random.Random) -> dict[str, Any]:
    year, place = divmod(month, 12)
    return {
        "metric_id": metric,
        "taken_on": date(2024 + year, place + 1, 1),
        "value": round(50 - month * 0.7 + draw.gauss(0, 2), 2),
        "note": "",
        "recorded_at": NOW,
        "correction_reason": "",
    }


def _reset_sequences(session: Session) -> None:
    for model in (Agency, Person, Rubric, Criterion, Call, Proposal, Review, Pilot, Metric):
        table = model.__tablename__
        session.execute(
            sa.text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        )


def _open_review(session: Session) -> tuple[int, int]:
    """A review still to be written, and who writes it."""
    return tuple(
        session.execute(
            sa.select(Review.id, Review.reviewer_id)
            .join(Proposal, Proposal.id == Review.proposal_id)
            .join(Person, Person.id == Review.reviewer_id)
            .where(
                Review.state == ReviewState.ASSIGNED,
                Proposal.step == Step.REVIEW,
                Proposal.agency_id != Person.agency_id,
            )
            .order_by(Review.id)
            .limit(1)
        ).one()
    )
