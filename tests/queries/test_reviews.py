from __future__ import annotations

from itertools import product

import pytest
import sqlalchemy as sa

from incubator.domain.access import Action, can_on_record
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.models.conflicts import Conflict
from incubator.models.proposals import Proposal
from incubator.queries import records
from incubator.queries import reviews as query


@pytest.mark.parametrize("step", [Step.REVIEW, Step.DESIGN, Step.CLOSED])
def test_the_condition_and_the_rule_say_the_same(world, session, now, step):
    agency, call = world.agency(), world.call()
    other_call = world.call()
    roles = [
        (Role.COORDINATOR,),
        (Role.GATEKEEPER,),
        (Role.LEADERSHIP,),
        (Role.EVALUATOR,),
        (Role.ADMINISTRATOR,),
        (Role.REVIEWER,),
        ((Role.COORDINATOR, None, call), Role.REVIEWER),
        ((Role.COORDINATOR, None, other_call), Role.REVIEWER),
        ((Role.AGENCY_LEAD, agency), Role.GATEKEEPER),
        ((Role.GATEKEEPER, agency),),
    ]
    ties = [None, *ReviewState, "conflict", "own agency"]
    compared = 0
    for given, tie in product(roles, ties):
        proposal = world.proposal(agency=agency, call=call, step=step)
        person = world.person("", *given, agency=agency if tie == "own agency" else None)
        if isinstance(tie, ReviewState):
            world.review(proposal, person, state=tie, reason="…")
        elif tie == "conflict":
            world.add(Conflict(person_id=person.id, proposal_id=proposal.id, kind="vendor", declared_at=now))
        actor = world.actor(person)
        facts = records.record_facts(session, actor, proposal.id)
        rule = facts is not None and bool(can_on_record(actor, Action.SEE_SCORES, facts))
        condition = session.scalar(
            sa.select(sa.func.count())
            .select_from(Proposal)
            .where(Proposal.id == proposal.id, query.visible(actor), query.may_see_scores(actor))
        )
        if (
            isinstance(tie, ReviewState)
            and Role.REVIEWER not in given
            and tie
            in (
                ReviewState.ASSIGNED,
                ReviewState.STARTED,
                ReviewState.SUBMITTED,
                ReviewState.ABSTAINED,
            )
        ):
            continue
        assert bool(condition) == rule, (given, tie)
        compared += 1
    assert compared > 60


def test_sums_are_hidden_where_the_reviews_are_sealed(world, session):
    reviewer = world.person("Rae Bell", Role.REVIEWER, Role.COORDINATOR)
    sealed = world.proposal(step=Step.REVIEW, reviews_in=2, score=4.5, value=4.0, effort=2.0)
    free = world.proposal(step=Step.REVIEW, reviews_in=1, score=1.5, value=3.0, effort=5.0)
    world.review(sealed, reviewer)
    actor = world.actor(reviewer)
    rows = session.execute(
        sa.select(
            Proposal.id,
            query.shown_score(actor),
            query.shown_value(actor),
            query.shown_effort(actor),
            query.shown_reviews_in(actor),
        ).order_by(query.shown_score(actor).desc().nulls_last(), Proposal.id)
    ).all()
    assert [tuple(row) for row in rows] == [
        (free.id, 1.5, 3.0, 5.0, 1),
        (sealed.id, None, None, None, None),
    ]


def test_review_facts_count_only_the_unconflicted(world, session, now):
    agency = world.agency()
    proposal = world.proposal(agency=agency, call=world.call(reviews_required=2), step=Step.REVIEW)
    people = [world.person("", Role.REVIEWER) for _ in range(4)]
    for person, total in zip(people[:2], (3.0, 2.0), strict=True):
        world.review(proposal, person, state=ReviewState.SUBMITTED, total=total, recommendation="maybe")
    own = world.person("", Role.REVIEWER, agency=agency)
    world.review(proposal, own, state=ReviewState.SUBMITTED, total=5.0, recommendation="yes")
    world.review(proposal, people[2], state=ReviewState.DECLINED, reason="Busy")
    world.review(proposal, people[3])
    facts = query.review_facts(session, proposal.id)
    assert (facts.required, facts.submitted, facts.open, facts.refused) == (2, 2, 1, 1)
    assert facts.totals == (2.0, 3.0)
    assert facts.recommendations == {"no": 0, "maybe": 2, "yes": 0}
    assert facts.enough
    world.add(Conflict(person_id=people[0].id, proposal_id=proposal.id, kind="vendor", declared_at=now))
    facts = query.review_facts(session, proposal.id)
    assert (facts.submitted, facts.enough, facts.lacking) == (1, False, 0)


def test_a_tie_to_one_proposal_takes_no_review_of_another_out(world, session, now):
    """What counts at the gate is asked for each review, not for its author as a whole."""
    from incubator.domain.gates import GATES, GateKey
    from incubator.models.proposals import Author
    from incubator.queries.gates import gate_state

    call = world.call(reviews_required=2)
    proposal, elsewhere = (world.proposal(call=call, step=Step.REVIEW) for _ in range(2))
    conflicted, author = (world.person("", Role.REVIEWER) for _ in range(2))
    world.add(Conflict(person_id=conflicted.id, proposal_id=elsewhere.id, kind="vendor", declared_at=now))
    world.add(Author(proposal_id=elsewhere.id, person_id=author.id, added_at=now))
    for person in (conflicted, author):
        for reviewed in (proposal, elsewhere):
            world.review(reviewed, person, state=ReviewState.SUBMITTED, total=3.0)
    at = GATES[GateKey.G1]
    assert gate_state(session, proposal.id, at, now=now).reviews_in == 2
    assert gate_state(session, elsewhere.id, at, now=now).reviews_in == 0
    assert query.review_facts(session, proposal.id).submitted == 2
    assert query.review_facts(session, elsewhere.id).submitted == 0
