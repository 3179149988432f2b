"""What a test needs to exist before it begins."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from incubator.domain.passwords import email_key
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Actor, Grant, Role
from incubator.domain.stages import STAGE_OF, EndReason, Outcome, Stage, Step
from incubator.models.accounts import Person, RoleGrant
from incubator.models.agencies import Agency
from incubator.models.calls import Call, Criterion, Rubric
from incubator.models.pilots import Pilot
from incubator.models.proposals import Author, Proposal, StageSpell
from incubator.models.reviews import Review

PASSWORD = "a quiet river in spring"


@cache
def quick_hash() -> str:
    """A real hash that costs little, so that every test can sign in through the real page."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


class World:
    """Arranges rows with sensible defaults; everything can be overruled by name."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session = session
        self.now = now
        self.count = 0

    def _next(self) -> int:
        self.count += 1
        return self.count

    def add(self, row: Any) -> Any:
        self.session.add(row)
        self.session.flush()
        return row

    def agency(self, code: str = "", name: str = "", **values: Any) -> Agency:
        code = code or f"AG{self._next()}"
        agency: Agency = self.add(Agency(code=code, name=name or f"Department {code}", **values))
        return agency

    def person(
        self,
        name: str = "",
        *roles: Role | tuple[Role, Agency] | tuple[Role, Agency | None, Call],
        agency: Agency | None = None,
        **values: Any,
    ) -> Person:
        """A person with roles: `Role.COORDINATOR`, `(Role.SUBMITTER, agency)` or `(Role.REVIEWER, None, call)`."""
        name = name or f"Person {self._next()}"
        email = values.pop("email", f"{name.lower().replace(' ', '.')}{self._next()}@example.gov")
        person: Person = self.add(
            Person(
                name=name,
                email=email,
                email_key=email_key(email),
                password_hash=quick_hash(),
                created_at=self.now,
                agency_id=agency.id if agency else None,
                **values,
            )
        )
        for given in roles:
            role, where, call = (*given, None, None)[:3] if isinstance(given, tuple) else (given, None, None)
            self.add(
                RoleGrant(
                    person_id=person.id,
                    role=role,
                    agency_id=where.id if where else None,
                    call_id=call.id if call else None,
                    granted_at=self.now,
                )
            )
        return person

    def actor(self, person: Person) -> Actor:
        grants = self.session.query(RoleGrant).filter_by(person_id=person.id).order_by(RoleGrant.id)
        return Actor(
            person_id=person.id,
            name=person.name,
            agency_id=person.agency_id,
            grants=tuple(Grant(g.role, g.agency_id, g.call_id) for g in grants),
        )

    def rubric(self, *weights: int) -> Rubric:
        number = self._next()
        rubric: Rubric = self.add(
            Rubric(name=f"Rubric {number}", number=1, created_at=self.now, published_at=self.now)
        )
        for position, weight in enumerate(weights or (40, 35, 25)):
            self.add(
                Criterion(
                    rubric_id=rubric.id,
                    key=f"criterion_{position + 1}",
                    title=f"Criterion {position + 1}",
                    weight=weight,
                    position=position,
                    anchors=["Poor", "Partial", "Satisfactory", "Good", "Strong"],
                )
            )
        return rubric

    def call(self, title: str = "", rubric: Rubric | None = None, **values: Any) -> Call:
        number = self._next()
        values = {
            "opens_at": self.now - timedelta(days=30),
            "closes_at": self.now + timedelta(days=30),
            "form_version": 1,
            "created_at": self.now,
            "slug": f"call-{number}",
            **values,
        }
        call: Call = self.add(
            Call(title=title or f"Call {number}", rubric_id=(rubric or self.rubric()).id, **values)
        )
        return call

    def proposal(
        self,
        title: str = "",
        *,
        agency: Agency | None = None,
        call: Call | None = None,
        step: Step = Step.SCREENING,
        authors: tuple[Person, ...] = (),
        **values: Any,
    ) -> Proposal:
        agency = agency or self.agency()
        number = self._next()
        title = title or f"Proposal {number}"
        stage = STAGE_OF[step]
        values = {
            "number": f"{agency.code}-{number:04}",
            "summary": f"What {title} is about.",
            "created_at": self.now - timedelta(days=60),
            "changed_at": self.now,
            "stage_entered_at": self.now - timedelta(days=10),
            "step_entered_at": self.now - timedelta(days=10),
            "submitted_at": None if step in (Step.DRAFT, Step.SIGN_OFF) else self.now - timedelta(days=20),
            "revision_number": 0 if step in (Step.DRAFT, Step.SIGN_OFF) else 1,
            **values,
        }
        if stage in (Stage.CLOSED, Stage.ON_HOLD):
            values.setdefault("resume_stage", Stage.IDEA)
        if stage is Stage.CLOSED:
            values = {
                "outcome": Outcome.STOP,
                "end_reason": EndReason.DEMAND,
                "closed_at": self.now,
                **values,
            }
        proposal: Proposal = self.add(
            Proposal(
                title=title,
                title_key=title.casefold(),
                agency_id=agency.id,
                call_id=call.id if call else None,
                stage=stage,
                step=step,
                **values,
            )
        )
        for author in authors:
            self.add(Author(proposal_id=proposal.id, person_id=author.id, added_at=self.now))
        self.add(StageSpell(proposal_id=proposal.id, stage=stage, entered_at=values["stage_entered_at"]))
        return proposal

    def review(self, proposal: Proposal, reviewer: Person, **values: Any) -> Review:
        if values.get("state") is ReviewState.SUBMITTED:
            values.setdefault("submitted_at", self.now)
        review: Review = self.add(
            Review(
                proposal_id=proposal.id,
                reviewer_id=reviewer.id,
                revision_number=proposal.revision_number,
                assigned_at=self.now,
                **values,
            )
        )
        return review

    def pilot(self, proposal: Proposal, **values: Any) -> Pilot:
        values = {
            "starts_on": date(2026, 6, 1),
            "ends_on": date(2027, 5, 31),
            **values,
        }
        pilot: Pilot = self.add(Pilot(proposal_id=proposal.id, **values))
        return pilot
