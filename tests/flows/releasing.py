"""What tests of a call's release arrange: a panel, agencies with their people, and proposals ready to decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from incubator.domain.gates import GateKey
from incubator.domain.releases import AgencySees
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import EndReason, Outcome, Stage, Step
from incubator.flows import prepared as flow
from incubator.flows import release as release_flow
from incubator.models.accounts import Person
from incubator.models.agencies import Agency
from incubator.models.calls import Call, Criterion
from incubator.models.gates import Decision
from incubator.models.proposals import Proposal
from incubator.models.releases import PreparedDecision, Release
from incubator.models.reviews import Score
from incubator.queries import releases as query
from tests.flows.deciders import confirm
from tests.world import World

BASE_URL = "https://incubator.example.gov"


@dataclass
class Panel:
    """A call that decides together, its people, and two agencies with an author and a lead each."""

    world: World
    call: Call
    coordinator: Person
    chair: Person
    second: Person
    agencies: tuple[Agency, Agency]
    authors: tuple[Person, Person]
    leads: tuple[Person, Person]

    def ready(self, title: str = "", place: int = 0, **values: Any) -> Proposal:
        """A proposal of that agency at which nothing is missing: screened, reviewed by three, no red flag."""
        world = self.world
        proposal = world.proposal(
            title,
            agency=self.agencies[place],
            call=self.call,
            step=Step.REVIEW,
            authors=(self.authors[place],),
            **{"requested_cents": 1_000_00, **values},
        )
        world.add(
            Decision(
                proposal_id=proposal.id,
                gate=GateKey.G0,
                outcome=Outcome.ADVANCE,
                from_stage=Stage.IDEA,
                to_stage=Stage.IDEA,
                reason="A real problem.",
                decided_at=world.now - timedelta(days=20),
                evidence={},
                evidence_sha256="0" * 64,
            )
        )
        confirm(world, proposal, GateKey.G1)
        for total in (3.0, 3.5, 4.0):
            self.review(proposal, total)
        proposal.score, proposal.reviews_in = 3.5, 3
        world.session.flush()
        return proposal

    def review(self, proposal: Proposal, total: float, **values: Any) -> Any:
        """A review that is in: each criterion's score is the total rounded down, its reason names both."""
        world = self.world
        values = {"submitted_at": world.now - timedelta(days=3), **values}
        review = world.review(
            proposal,
            world.person("", (Role.REVIEWER, None, self.call)),
            state=ReviewState.SUBMITTED,
            total=total,
            **values,
        )
        criteria = world.session.query(Criterion).filter_by(rubric_id=self.call.rubric_id)
        for criterion in criteria.order_by(Criterion.position):
            words = f"Because {total} at {criterion.position}."
            world.add(
                Score(review_id=review.id, criterion_id=criterion.id, value=int(total), justification=words)
            )
        return review

    def actor(self, person: Person) -> Any:
        return self.world.actor(person)

    def prepare(
        self, proposal: Proposal, outcome: Outcome = Outcome.ADVANCE, by: Person | None = None, **values: Any
    ) -> PreparedDecision:
        seen = values.pop("seen", flow.NO_VERSION)
        return flow.prepare(
            self.world.session,
            self.actor(by or self.coordinator),
            proposal_id=proposal.id,
            draft=draft(outcome, **values),
            seen=seen,
            now=self.world.now,
        )

    def sign(self, *proposals: Proposal, by: Person | None = None) -> list[PreparedDecision]:
        session = self.world.session
        seen = {}
        for proposal in proposals:
            one = flow.prepared_for(session, proposal.id)
            seen[proposal.id] = flow.Seen(one.version, proposal.version) if one else flow.Seen(1, 1)
        return flow.sign(
            session, self.actor(by or self.second), call_id=self.call.id, seen=seen, now=self.world.now
        )

    def signed(
        self, title: str = "", outcome: Outcome = Outcome.ADVANCE, place: int = 0, **values: Any
    ) -> Proposal:
        proposal = self.ready(title, place)
        self.prepare(proposal, outcome, **values)
        self.sign(proposal)
        return proposal

    def seen(self, by: Person | None = None) -> str:
        rows = query.waiting(self.world.session, self.actor(by or self.chair), self.call.id)
        return query.fingerprint(rows)

    def release(self, by: Person | None = None, **values: Any) -> Release:
        chosen = by or self.chair
        return release_flow.release(
            self.world.session,
            self.actor(chosen),
            call_id=self.call.id,
            **{
                "seen": self.seen(chosen),
                "without_unsigned": False,
                "base_url": BASE_URL,
                "now": self.world.now,
                **values,
            },
        )


def draft(outcome: Outcome = Outcome.ADVANCE, **values: Any) -> flow.Draft:
    """A whole draft for that outcome."""
    more: dict[str, Any] = {}
    if outcome is Outcome.STOP:
        more["end_reason"] = EndReason.DEMAND
    if outcome not in (Outcome.ADVANCE, Outcome.ADVANCE_WITH_CONDITIONS):
        more["what_would_change"] = "Ask five counties first."
    return flow.Draft(**{"outcome": outcome, "reason": "Clear need.", **more, **values})


def found_panel(world: World, **call: Any) -> Panel:
    agencies = (world.agency("CDOT", "Transportation"), world.agency("DNR", "Natural Resources"))
    chair = world.person("Chris Chair", Role.GATEKEEPER)
    values = {
        "decides_together": True,
        "agency_sees": AgencySees.COMMENTS,
        "chair_id": chair.id,
        **call,
    }
    return Panel(
        world,
        world.call("Spring", slug="spring", **values),
        world.person("Cory Coordinator", Role.COORDINATOR),
        chair,
        world.person("Gale Gatekeeper", Role.GATEKEEPER),
        agencies,
        tuple(world.person(f"Ari Author {a.code}", (Role.SUBMITTER, a), agency=a) for a in agencies),
        tuple(world.person(f"Lee Lead {a.code}", (Role.AGENCY_LEAD, a), agency=a) for a in agencies),
    )
