"""A pilot whose scale decision was taken against real readings, and the sealing of its dossier."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask

from incubator.domain.gates import GateKey
from incubator.domain.pilots import CriterionKind
from incubator.domain.reviews import ReviewState
from incubator.domain.stages import Outcome
from incubator.jobs.workshop import Workshop
from incubator.models.gates import Decision
from incubator.models.pilots import Risk
from tests import evaluated
from tests.flows.deciders import PLAN, confirm, decide
from tests.judged import Judged


class Scaled:
    """The infections' pilot with reviews, a locked plan, verdicts and a scale decision by the gatekeeper."""

    def __init__(
        self, world: Any, now: datetime, *, objectives: str = "", risk: str = "Soap runs out", **more: Any
    ) -> None:
        self.world, self.now = world, now
        self.case = Judged(world)
        self.proposal, self.pilot = self.case.proposal, self.case.pilot
        self.goal = self.case.infections()
        self.guardrail = self.case.share(
            "Rooms cleaned in time", (1140, 1200), (1152, 1200), 94.0, kind=CriterionKind.GUARDRAIL
        )
        for key, value in PLAN.items():
            setattr(self.pilot, key, value)
        self.pilot.objectives = objectives or PLAN["objectives"]
        self.pilot.lesson = "Clean the handles first."
        for place in range(3):
            world.review(
                self.proposal,
                world.person(f"Reviewer {place}"),
                state=ReviewState.SUBMITTED,
                total=3.5 + place / 4,
            )
        world.add(
            Risk(
                proposal_id=self.proposal.id,
                title=risk,
                likelihood=3,
                impact=4,
                response="Keep two weeks in stock.",
                owner_name="Wanda Ward",
            )
        )
        evaluated.lock(world, self.proposal)
        confirm(world, self.proposal, GateKey.G4)
        world.session.flush()
        self.decision: Decision = decide(
            world.session,
            world.actor(self.case.gail),
            self.proposal,
            GateKey.G4,
            Outcome.ADVANCE,
            now,
            **{"reason": "Infections fell and stayed down.", **more},
        )
        world.session.commit()
        number = self.proposal.number
        self.page = f"/pilots/{number}/decisions/{self.decision.id}/dossier"
        self.file = f"{self.page}.pdf"


def workshop(app: Flask, now: datetime) -> Workshop:
    return Workshop(app, lambda: now)
