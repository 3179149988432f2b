"""`visible` as a condition of a SELECT says the same as the rule, for everybody and every record."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest
import sqlalchemy as sa

from incubator.domain.access import Record, may_view
from incubator.domain.conflicts import ConflictKind
from incubator.domain.gate_rules import may_decide
from incubator.domain.gates import next_gate
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import AGENCY_ROLES, Role
from incubator.domain.stages import Step
from incubator.models.conflicts import Conflict
from incubator.models.proposals import Author, Proposal
from incubator.queries.gate_queue import waits_for
from incubator.queries.records import find_record
from incubator.queries.screening import in_reach
from incubator.queries.visibility import ASSIGNED_STATES, visible

STATES = tuple(ReviewState)


class Town:
    """Records in every step of two agencies and people with every role, tied together at random."""

    def __init__(self, world, seed: int) -> None:
        chance = random.Random(seed)
        self.world = world
        agencies = [world.agency() for _one in range(3)]
        calls = [world.call(), None]
        self.people = [world.person("Nobody"), world.person("At home", agency=agencies[0])]
        for role in Role:
            for agency in agencies[:2]:
                self.people.append(world.person("", (role, agency), agency=chance.choice([*agencies, None])))
            if role not in AGENCY_ROLES:
                self.people.append(world.person("", role, agency=chance.choice([*agencies, None])))
                self.people.append(world.person("", (role, None, calls[0])))
        for _one in range(4):
            pair = chance.sample([role for role in Role if role not in AGENCY_ROLES], 2)
            lead = (Role.AGENCY_LEAD, chance.choice(agencies))
            self.people.append(world.person("", lead, *((role, chance.choice(agencies)) for role in pair)))
        self.records = [
            world.proposal(agency=agency, call=chance.choice(calls), step=step)
            for step in Step
            for agency in agencies[:2]
            for _copy in range(2)
        ]
        self.ties: dict[tuple[int, int], dict[str, bool]] = defaultdict(dict)
        for record in self.records:
            self._tie(record, chance)

    def _tie(self, record, chance) -> None:
        author, *reviewers = chance.sample(self.people, 4)
        self.world.add(Author(proposal_id=record.id, person_id=author.id, added_at=self.world.now))
        self.ties[record.id, author.id]["is_author"] = True
        for reviewer in reviewers:
            state = chance.choice(STATES)
            self.world.review(record, reviewer, state=state, reason="Because.")
            self.ties[record.id, reviewer.id]["is_assigned"] = state in ASSIGNED_STATES
            self.ties[record.id, reviewer.id]["has_scored"] = state in (
                ReviewState.SUBMITTED,
                ReviewState.ABSTAINED,
            )
        for person in chance.sample(self.people, 5):
            self.world.add(
                Conflict(
                    person_id=person.id,
                    proposal_id=record.id,
                    kind=ConflictKind.OTHER,
                    declared_at=self.world.now,
                )
            )
            self.ties[record.id, person.id]["is_conflicted"] = True
        lead, owner = chance.sample(self.people, 2)
        self.world.pilot(record, lead_id=lead.id, product_owner_id=owner.id)
        self.ties[record.id, lead.id]["is_pilot_lead"] = True
        self.ties[record.id, owner.id]["is_product_owner"] = True

    def facts(self, record, person) -> Record:
        return Record(
            id=record.id,
            agency_id=record.agency_id,
            call_id=record.call_id,
            stage=record.stage,
            step=record.step,
            **self.ties[record.id, person.id],
        )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_select_and_rule_agree_about_everybody(session, world, seed):
    town = Town(world, seed)
    some = 0
    for person in town.people:
        actor = world.actor(person)
        by_select = set(session.scalars(sa.select(Proposal.id).where(visible(actor))))
        by_rule = {record.id for record in town.records if may_view(actor, town.facts(record, person))}
        assert by_select == by_rule, (person.name, actor.grants)
        some += 0 < len(by_rule) < len(town.records)
    assert some > len(town.people) / 2, "the town must tell people apart"


@pytest.mark.parametrize("seed", [1, 2])
def test_what_waits_for_a_person_is_what_they_may_decide(session, world, seed):
    town = Town(world, seed)
    today = world.now.date()
    found = 0
    for person in town.people:
        actor = world.actor(person)
        waiting = set(session.scalars(sa.select(Proposal.id).where(waits_for(actor, today))))
        seen = set(session.scalars(sa.select(Proposal.id).where(visible(actor))))
        assert waiting <= seen
        for record in town.records:
            gate = next_gate(record.step)
            if gate is None or record.step is Step.INFORMATION:
                assert record.id not in waiting
                continue
            facts = town.facts(record, person)
            assert (record.id in waiting) is bool(may_decide(actor, gate, facts)), (actor.grants, facts)
        found += bool(waiting)
    assert found > 5


@pytest.mark.parametrize("seed", [1, 2])
def test_whoever_screens_a_record_may_know_of_it(session, world, seed):
    town = Town(world, seed)
    found = 0
    for person in town.people:
        actor = world.actor(person)
        screened = set(session.scalars(sa.select(Proposal.id).where(in_reach(actor))))
        seen = set(session.scalars(sa.select(Proposal.id).where(visible(actor))))
        assert screened <= seen, actor.grants
        found += bool(screened)
    assert found > 2


def test_a_single_record_is_found_by_the_same_rule(session, world):
    town = Town(world, 4)
    for person in town.people[::4]:
        actor = world.actor(person)
        for record in town.records[::3]:
            head = find_record(session, actor, record.number)
            assert (head is not None) is may_view(actor, town.facts(record, person))
            if head is not None:
                ties = {**dict.fromkeys(("is_author", "is_conflicted", "is_pilot_lead"), False),
                        **town.ties[record.id, person.id]}  # fmt: skip
                assert {key: getattr(head.facts, key) for key in ties} == ties
