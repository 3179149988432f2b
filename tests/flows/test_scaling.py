"""Preparing to scale: who accepts and approves, what lapses, what two people at once do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.roles import Role
from incubator.domain.scaling import ApprovalArea, ApprovalState, ScaleState, fiscal_years
from incubator.domain.stages import Step
from incubator.flows import scaling
from incubator.models.history import Event
from incubator.queries import scaling as query

PREPARED = scaling.Preparation(
    recurring_cents=4_800_000_00,
    funding_line="Operating budget, line 4",
    fiscal_year=2028,
    procurement="State price agreement",
    support="The agency's service desk",
    typicality="Two busy offices and a quiet one",
)


@pytest.fixture
def scene(world):
    """A running pilot with lead, product owner, coordinator, evaluator and a stranger."""
    agency = world.agency()
    proposal = world.proposal("Permit helper", agency=agency, step=Step.RUNNING)
    people = {
        "lead": world.person("Lena", Role.PILOT_LEAD),
        "owner": world.person("Omar"),
        "cora": world.person("Cora", Role.COORDINATOR),
        "eva": world.person("Eva", Role.EVALUATOR),
        "stranger": world.person("Sam"),
    }
    pilot = world.pilot(proposal, lead_id=people["lead"].id, product_owner_id=people["owner"].id)
    return SimpleNamespace(
        id=proposal.id,
        proposal=proposal,
        pilot=pilot,
        people=people,
        **{name: world.actor(person) for name, person in people.items()},
    )


def events(session, proposal_id):
    rows = session.query(Event).filter_by(proposal_id=proposal_id).order_by(Event.id)
    return [row.kind for row in rows]


def state(session, proposal_id):
    return query.scale_state(session, [proposal_id])[proposal_id]


def test_a_record_nobody_prepared_stands_with_nothing(session, scene):
    assert state(session, scene.id) == ScaleState()
    assert query.scale_state(session, []) == {}


def test_everything_prepared_accepted_and_approved_stands(session, scene, now):
    row = scaling.prepare(session, scene.lead, scene.id, PREPARED, seen_version=0, now=now)
    scaling.accept_ownership(session, scene.owner, scene.id, "Gladly", seen_version=row.version, now=now)
    for area, given in zip(
        ApprovalArea, (ApprovalState.APPROVED, ApprovalState.NOT_NEEDED, ApprovalState.APPROVED), strict=True
    ):
        scaling.give_approval(session, scene.eva, scene.id, area, given, "Seen by them", seen=0, now=now)
    assert state(session, scene.id).ready
    assert events(session, scene.id) == [
        EventKind.SCALE_READINESS_CHANGED,
        EventKind.OWNERSHIP_ACCEPTED,
        *[EventKind.SCALE_APPROVAL_GIVEN] * 3,
    ]
    shown = query.readiness_of(session, scene.id)
    assert (shown.owner_name, shown.accepted_by_name, shown.owner_note) == ("Omar", "Omar", "Gladly")
    assert [row.given_by for row in query.approvals_of(session, scene.id)] == ["Eva"] * 3


def test_a_cost_of_nothing_is_a_cost_and_no_cost_is_not(session, scene, now):
    row = scaling.prepare(
        session, scene.lead, scene.id, replace(PREPARED, recurring_cents=0), seen_version=0, now=now
    )
    assert state(session, scene.id).funding
    scaling.prepare(
        session,
        scene.lead,
        scene.id,
        replace(PREPARED, recurring_cents=None),
        seen_version=row.version,
        now=now,
    )
    assert not state(session, scene.id).funding


def test_an_acceptance_lapses_with_another_product_owner_and_holds_again_with_the_first(session, scene, now):
    scaling.accept_ownership(session, scene.owner, scene.id, "", seen_version=0, now=now)
    assert state(session, scene.id).owner_accepted
    scene.pilot.product_owner_id = scene.people["stranger"].id
    session.flush()
    assert not state(session, scene.id).owner_accepted
    assert query.readiness_of(session, scene.id).acceptance_lapsed
    scene.pilot.product_owner_id = None
    session.flush()
    assert not state(session, scene.id).owner_accepted


def test_only_the_product_owner_accepts_and_only_once(session, scene, now):
    for actor in (scene.lead, scene.cora, scene.eva):
        with pytest.raises(Forbidden, match="in person"):
            scaling.accept_ownership(session, actor, scene.id, "", seen_version=0, now=now)
    with pytest.raises(NotFound):
        scaling.accept_ownership(session, scene.stranger, scene.id, "", seen_version=0, now=now)
    row = scaling.accept_ownership(session, scene.owner, scene.id, "", seen_version=0, now=now)
    with pytest.raises(DomainError, match="already"):
        scaling.accept_ownership(session, scene.owner, scene.id, "", seen_version=row.version, now=now)


@pytest.mark.parametrize("year", [0, 2026, 2038, 9999, 10**9])
def test_a_fiscal_year_out_of_range_is_refused_beside_its_field(session, scene, now, year):
    with pytest.raises(DomainError) as refused:
        scaling.prepare(
            session, scene.lead, scene.id, replace(PREPARED, fiscal_year=year), seen_version=0, now=now
        )
    assert refused.value.field == "fiscal_year"
    assert refused.value.message == "Enter a fiscal year from 2027 to 2037."


def test_a_year_that_has_passed_may_stay_but_not_be_chosen(session, scene, now):
    row = scaling.prepare(session, scene.lead, scene.id, PREPARED, seen_version=0, now=now)
    later = now + timedelta(days=1000)
    assert PREPARED.fiscal_year not in fiscal_years(later.date())
    changed = replace(PREPARED, support="A partner")
    row = scaling.prepare(session, scene.lead, scene.id, changed, seen_version=row.version, now=later)
    assert (row.support, row.fiscal_year) == ("A partner", 2028)


def test_a_stale_form_is_refused_with_what_stands_now(session, scene, now):
    scaling.prepare(session, scene.lead, scene.id, PREPARED, seen_version=0, now=now)
    with pytest.raises(StaleVersion) as stale:
        scaling.prepare(
            session, scene.cora, scene.id, replace(PREPARED, support="x"), seen_version=0, now=now
        )
    assert stale.value.theirs["support"] == "The agency's service desk"
    with pytest.raises(StaleVersion):
        scaling.accept_ownership(session, scene.owner, scene.id, "", seen_version=0, now=now)


def test_saving_the_same_again_or_nothing_at_all_records_nothing(session, scene, now):
    row = scaling.prepare(session, scene.lead, scene.id, PREPARED, seen_version=0, now=now)
    scaling.prepare(session, scene.lead, scene.id, PREPARED, seen_version=row.version, now=now)
    assert events(session, scene.id) == [EventKind.SCALE_READINESS_CHANGED]


def test_an_empty_first_form_is_refused(session, scene, now):
    with pytest.raises(DomainError, match="at least one"):
        scaling.prepare(session, scene.lead, scene.id, scaling.Preparation(), seen_version=0, now=now)
    assert query.readiness_of(session, scene.id).version == 0


@pytest.mark.parametrize("given", [ApprovalState.APPROVED, ApprovalState.NOT_NEEDED, ApprovalState.REFUSED])
def test_an_answer_needs_a_note(session, scene, now, given):
    with pytest.raises(DomainError) as refused:
        scaling.give_approval(session, scene.eva, scene.id, ApprovalArea.PRIVACY, given, "", seen=0, now=now)
    assert refused.value.field == "note"


def test_a_refusal_does_not_stand_and_may_be_answered_again(session, scene, now):
    area = ApprovalArea.SECURITY
    for other in (ApprovalArea.PRIVACY, ApprovalArea.ACCESSIBILITY):
        scaling.give_approval(
            session, scene.eva, scene.id, other, ApprovalState.APPROVED, "Fine", seen=0, now=now
        )
    scaling.give_approval(session, scene.eva, scene.id, area, ApprovalState.REFUSED, "No", seen=0, now=now)
    assert not state(session, scene.id).approvals
    seen = query.approvals_of(session, scene.id)[0].stamp
    later = now + timedelta(days=3)
    scaling.give_approval(
        session, scene.cora, scene.id, area, ApprovalState.APPROVED, "Mended", seen=seen, now=later
    )
    assert state(session, scene.id).approvals
    with pytest.raises(StaleVersion) as stale:
        scaling.give_approval(
            session, scene.eva, scene.id, area, ApprovalState.OPEN, "", seen=seen, now=later
        )
    assert stale.value.theirs == {"state": ApprovalState.APPROVED, "note": "Mended"}


def test_the_pilots_lead_does_not_approve(session, scene, now):
    for actor, who in ((scene.lead, "Somebody other"), (scene.owner, "Coordinators and evaluators")):
        with pytest.raises(Forbidden, match=who):
            scaling.give_approval(
                session, actor, scene.id, ApprovalArea.PRIVACY, ApprovalState.APPROVED, "x", seen=0, now=now
            )


def test_the_states_of_many_are_each_their_own(session, scene, world, now):
    other = world.proposal("Another", step=Step.RUNNING)
    scaling.prepare(session, scene.lead, scene.id, PREPARED, seen_version=0, now=now)
    found = query.scale_state(session, [scene.id, other.id])
    assert found == {
        scene.id: replace(ScaleState(), funding=True, procurement=True, support=True, typical_site=True),
        other.id: ScaleState(),
    }
