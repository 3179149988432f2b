"""A call whose panel meets: three proposals with reviews, a chair, members, a coordinator, and somebody kept out."""

from __future__ import annotations

from typing import Any

from incubator.domain.conflicts import ConflictKind
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.models.accounts import Person
from incubator.models.conflicts import Conflict
from incubator.models.panels import PanelMeeting
from incubator.models.proposals import Proposal
from tests.world import World


class PanelScene:
    """`kept_out` is a member with a conflict with `near`; everybody else may speak of all three.

    Means: `top` 4.50, `near` 3.40, `low` 1.60; with two places the line lies at `near`.
    """

    def __init__(self, world: World, **call: Any) -> None:
        self.world = world
        self.chair = world.person("Quinn Chair", Role.GATEKEEPER)
        self.call = world.call(
            "Spring round",
            slug="spring",
            chair_id=self.chair.id,
            **{"places": 2, "reviews_required": 2, **call},
        )
        self.member = world.person("Mo Member", (Role.GATEKEEPER, None, self.call))
        self.kept_out = world.person("Con Flict", Role.GATEKEEPER)
        self.coordinator = world.person("Cora Dean", Role.COORDINATOR)
        self.reviewers = [world.person(f"Rae Bell {place}", Role.REVIEWER) for place in (1, 2)]
        self.agency = world.agency("DOT", "Department of Transportation")
        self.top = self.proposal("Permit helper", 4.4, 4.6)
        self.near = self.proposal("Bridge counter", 2.9, 3.9)
        self.low = self.proposal("Snow radar", 1.5, 1.7)
        self.conflict(self.kept_out, self.near)

    def proposal(self, title: str, *totals: float) -> Proposal:
        proposal = self.world.proposal(title, agency=self.agency, call=self.call, step=Step.REVIEW)
        for reviewer, total in zip(self.reviewers, totals, strict=False):
            self.world.review(proposal, reviewer, state=ReviewState.SUBMITTED, total=total)
        proposal.reviews_in, proposal.score = len(totals), sum(totals) / len(totals) if totals else None
        proposal.reviews_revealed_at = self.world.now
        self.world.session.flush()
        return proposal

    def conflict(self, person: Person, proposal: Proposal, **values: Any) -> Conflict:
        row: Conflict = self.world.add(
            Conflict(
                person_id=person.id,
                proposal_id=proposal.id,
                kind=ConflictKind.OTHER,
                reason="Old friends",
                declared_at=self.world.now,
                **values,
            )
        )
        return row

    def meeting(self, *, opened: bool = True, closed: bool = False, **values: Any) -> PanelMeeting:
        row: PanelMeeting = self.world.add(
            PanelMeeting(
                call_id=self.call.id,
                opened_at=self.world.now if opened or closed else None,
                closed_at=self.world.now if closed else None,
                **values,
            )
        )
        return row

    def url(self, proposal: Proposal | None = None, more: str = "") -> str:
        item = f"/{proposal.number}" if proposal is not None else ""
        return f"/calls/{self.call.slug}/panel{item}{more}"
