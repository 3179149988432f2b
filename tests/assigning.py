"""A call with reviewers and proposals in review, to give the ones to the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.models.accounts import Person
from incubator.models.assignment import Bid, CallReviewer, Expertise
from incubator.models.calls import Call
from incubator.models.proposals import Proposal
from tests.world import World


@dataclass
class Reviewed:
    """`call` asks for two reviews of each of three proposals on different subjects; four people review in it,
    each of whom knows one subject thoroughly."""

    call: Call
    coordinator: Person
    proposals: list[Proposal] = field(default_factory=list)
    reviewers: list[Person] = field(default_factory=list)


def reviewed_call(world: World, *, most: int = 3, **values: Any) -> Reviewed:
    call = world.call(
        "Spring round",
        slug="spring-round",
        **{"reviews_required": 2, "reviews_due_on": world.now.date() + timedelta(days=20), **values},
    )
    made = Reviewed(call, world.person("Cora Lead", Role.COORDINATOR))
    for title, subject in zip(("Bridge watch", "Permit helper", "Road sensors"), tags(), strict=True):
        made.proposals.append(
            world.proposal(title, call=call, step=Step.REVIEW, technology=subject, summary=f"About {title}.")
        )
    for name, subject in zip(("Ann Oak", "Ben Elm", "Cal Ash", "Dee Fir"), (*tags(), tags()[0]), strict=True):
        person = world.person(name, Role.REVIEWER)
        made.reviewers.append(person)
        add_to_call(world, call, person, most=most)
        knows(world, person, subject, 3)
    return made


def tags() -> tuple[str, str, str]:
    from incubator.domain.assignment import FIELDS

    first, second, third = list(FIELDS)[:3]
    return first, second, third


def add_to_call(world: World, call: Call, person: Person, most: int = 3) -> None:
    world.add(CallReviewer(call_id=call.id, person_id=person.id, most=most, added_at=world.now))


def knows(world: World, person: Person, tag: str, level: int) -> None:
    world.add(Expertise(person_id=person.id, tag=tag, level=level))


def bids(world: World, person: Person, proposal: Proposal, kind: Any) -> None:
    world.add(Bid(person_id=person.id, proposal_id=proposal.id, kind=kind, at=world.now))
