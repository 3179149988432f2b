from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.proposal_form import FieldKind, sections
from incubator.domain.roles import Role
from incubator.domain.stages import Stage, Step
from incubator.flows import drafts, proposals
from incubator.models.agencies import Agency
from incubator.models.proposals import Attachment, Author, Proposal, Revision, StageSpell
from incubator.models.screening import InformationRequest
from incubator.queries import proposals as query
from incubator.queries.similar import similar_proposals, words_of

IDEA = {
    "title": "Shorter waits",
    "summary": "Booking a time.",
    "affected": "Drivers",
    "sponsor": "A. Person",
    "uses_ai": False,
}


@pytest.fixture
def agency(world):
    return world.agency("DRIV", "Department of Driving")


@pytest.fixture
def author(world, agency):
    return world.actor(world.person("Ana", (Role.SUBMITTER, agency), agency=agency))


@pytest.fixture
def lead(world, agency):
    return world.actor(world.person("Lee", (Role.AGENCY_LEAD, agency), agency=agency))


def answer_everything(session, actor, now, proposal_id, uses_ai=False):
    values = {
        FieldKind.MONEY: 1_234_500,
        FieldKind.NUMBER: 6,
        FieldKind.DATE: "2027-03",
        FieldKind.YES_NO: False,
    }
    for spec in sections(1, uses_ai=uses_ai)[1:]:
        answers = {
            field.key: values.get(field.kind, field.choices[1][0] if field.choices else f"About {field.key}")
            for field in spec.fields
        }
        drafts.save_section(session, actor, now, proposal_id, spec.key, answers, seen=0, complete=True)


def begun(session, actor, now, agency, **place):
    return drafts.start_idea(session, actor, now, drafts.Place(agency.id, **place), IDEA)


def version_of(session, proposal):
    session.flush()
    return session.scalar(sa.select(Proposal.version).where(Proposal.id == proposal.id))


def test_numbers_count_up_by_agency_and_step_over_taken_ones(world, session, author, agency, now):
    world.proposal(agency=agency, number="DRIV-0002")
    seen = agency.version
    numbers = [begun(session, author, now, agency).number for _ in range(3)]
    assert numbers == ["DRIV-0001", "DRIV-0003", "DRIV-0004"]
    session.refresh(agency)
    assert (agency.next_number, agency.version) == (5, seen)


def test_lists_show_what_the_sections_say(session, author, agency, now):
    proposal = begun(session, author, now, agency)
    assert (proposal.title_key, proposal.step, proposal.stage) == ("shorter waits", Step.DRAFT, Stage.IDEA)
    assert session.scalars(
        sa.select(StageSpell.stage).where(StageSpell.proposal_id == proposal.id)
    ).all() == [Stage.IDEA]
    drafts.save_section(
        session,
        author,
        now + timedelta(hours=1),
        proposal.id,
        "idea",
        {**IDEA, "title": "STRASSE ist Straße", "uses_ai": True, "technology": "data"},
        seen=1,
    )
    assert (proposal.title_key, proposal.uses_ai, proposal.technology) == (
        "strasse ist strasse",
        True,
        "data",
    )
    assert proposal.changed_at == now + timedelta(hours=1)
    drafts.save_section(session, author, now, proposal.id, "cost", {"requested": 500_00}, seen=0)
    assert proposal.requested_cents == 500_00
    drafts.save_section(session, author, now, proposal.id, "cost", {}, seen=1)
    assert proposal.requested_cents is None


def test_unknown_answers_are_not_kept_and_long_ones_refused(session, author, agency, now):
    proposal = begun(session, author, now, agency)
    row = drafts.save_section(
        session, author, now, proposal.id, "problem", {"problem": "x", "stage": "scale", "score": 5}, seen=0
    )
    assert row.answers == {"problem": "x"}
    with pytest.raises(DomainError) as long:
        drafts.save_section(session, author, now, proposal.id, "problem", {"problem": "x" * 20_001}, seen=1)
    assert long.value.field == "problem"
    with pytest.raises(NotFound):
        drafts.save_section(session, author, now, proposal.id, "no_such_section", {}, seen=0)


def test_the_second_to_save_sees_the_first(session, author, lead, agency, now):
    proposal = begun(session, author, now, agency)
    drafts.save_section(session, lead, now, proposal.id, "problem", {"problem": "Theirs"}, seen=0)
    with pytest.raises(StaleVersion) as stale:
        drafts.save_section(session, author, now, proposal.id, "problem", {"problem": "Mine"}, seen=0)
    assert (stale.value.theirs, stale.value.version) == ({"problem": "Theirs"}, 1)


def test_what_is_frozen_can_be_checked_by_anybody(world, session, author, lead, agency, now):
    call = world.call("Spring")
    proposal = begun(session, author, now, agency, call_id=call.id)
    answer_everything(session, author, now, proposal.id)
    world.add(
        Attachment(
            proposal_id=proposal.id,
            name="letter.pdf",
            media_type="application/pdf",
            size=3,
            sha256="ab" * 32,
            storage_key="k",
            added_at=now,
        )
    )
    proposals.ask_for_sign_off(session, author, now, proposal.id, seen=version_of(session, proposal))
    assert proposal.step is Step.SIGN_OFF
    with pytest.raises(Forbidden):
        proposals.sign_off(session, author, now, proposal.id, seen=version_of(session, proposal))
    revision = proposals.sign_off(session, lead, now, proposal.id, seen=version_of(session, proposal))
    session.expire_all()
    stored = session.get(Revision, revision.id)
    canonical = json.dumps(stored.content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert stored.sha256 == hashlib.sha256(canonical.encode()).hexdigest()
    assert stored.content["call"] == "Spring"
    assert stored.content["attachments"][0]["sha256"] == "ab" * 32
    assert list(stored.content["answers"]) == [spec.key for spec in sections(1, uses_ai=False)]
    assert (proposal.step, proposal.submitted_at, proposal.due_on) == (
        Step.SCREENING,
        now,
        (now + timedelta(days=14)).date(),
    )


def test_ai_questions_are_required_only_when_it_uses_ai(session, lead, agency, now):
    proposal = begun(session, lead, now, agency)
    answer_everything(session, lead, now, proposal.id)
    drafts.save_section(session, lead, now, proposal.id, "idea", {**IDEA, "uses_ai": True}, seen=1)
    with pytest.raises(DomainError, match="3 in Artificial intelligence"):
        proposals.submit_at_once(session, lead, now, proposal.id, seen=version_of(session, proposal))
    drafts.save_section(
        session,
        lead,
        now,
        proposal.id,
        "ai",
        {"ai_purpose": "Sorts", "ai_kind": "vision", "ai_principal": True},
        seen=0,
    )
    with pytest.raises(DomainError, match="2 in Artificial intelligence"):
        proposals.submit_at_once(session, lead, now, proposal.id, seen=version_of(session, proposal))


def test_a_closed_or_unopened_call_takes_nothing(world, session, lead, agency, now):
    call = world.call("Spring")
    proposal = begun(session, lead, now, agency, call_id=call.id)
    answer_everything(session, lead, now, proposal.id)
    session.flush()
    for moment in (call.closes_at, call.closes_at + timedelta(days=1)):
        with pytest.raises(DomainError, match="has closed"):
            proposals.submit_at_once(session, lead, moment, proposal.id, seen=version_of(session, proposal))
    savepoint = session.begin_nested()
    with pytest.raises(DomainError, match="has not opened"):
        proposals.submit_at_once(
            session,
            lead,
            call.opens_at - timedelta(seconds=1),
            proposal.id,
            seen=version_of(session, proposal),
        )
    savepoint.rollback()
    just_in_time = call.closes_at - timedelta(seconds=1)
    revision = proposals.submit_at_once(
        session, lead, just_in_time, proposal.id, seen=version_of(session, proposal)
    )
    assert revision.number == 1


def test_a_new_revision_answers_the_open_question(world, session, lead, agency, now):
    proposal = begun(session, lead, now, agency)
    answer_everything(session, lead, now, proposal.id)
    proposals.submit_at_once(session, lead, now, proposal.id, seen=version_of(session, proposal))
    question = world.add(
        InformationRequest(proposal_id=proposal.id, question="Which counters?", asked_at=now)
    )
    proposal.step = Step.INFORMATION
    session.flush()
    drafts.save_section(
        session, lead, now, proposal.id, "users", {"users": "All", "evidence": "Two counters"}, seen=1
    )
    later = now + timedelta(days=3)
    revision = proposals.resubmit(
        session, lead, later, proposal.id, " Named the counters. ", seen=version_of(session, proposal)
    )
    session.refresh(question)
    assert (revision.number, revision.note) == (2, "Named the counters.")
    assert (question.answer, question.answered_at) == ("Named the counters.", later)
    assert (proposal.step, proposal.submitted_at) == (Step.SCREENING, now)
    numbers = session.scalars(sa.select(Revision.number).where(Revision.proposal_id == proposal.id)).all()
    assert sorted(numbers) == [1, 2]


def test_only_before_selection_and_only_after_handing_in_can_one_withdraw(
    world, session, author, lead, agency, now
):
    draft = begun(session, lead, now, agency)
    with pytest.raises(Forbidden):
        proposals.withdraw(session, lead, now, draft.id, "Because")
    selected = world.proposal(agency=agency, step=Step.DESIGN)
    with pytest.raises(Forbidden):
        proposals.withdraw(session, lead, now, selected.id, "Because")
    handed_in = world.proposal(agency=agency, step=Step.REVIEW)
    with pytest.raises(Forbidden):
        proposals.withdraw(session, author, now, handed_in.id, "Not mine")
    with pytest.raises(DomainError):
        proposals.withdraw(session, lead, now, handed_in.id, "  ")
    proposals.withdraw(session, lead, now, handed_in.id, "Because")
    assert handed_in.stage is Stage.CLOSED


def test_a_lead_of_another_agency_knows_nothing(world, session, author, agency, now):
    proposal = begun(session, author, now, agency)
    other = world.actor(world.person("Olga", (Role.AGENCY_LEAD, world.agency())))
    for act in (
        lambda: drafts.save_section(session, other, now, proposal.id, "problem", {}, seen=0),
        lambda: proposals.ask_for_sign_off(session, other, now, proposal.id, seen=1),
        lambda: proposals.sign_off(session, other, now, proposal.id, seen=1),
        lambda: proposals.withdraw(session, other, now, proposal.id, "x"),
        lambda: drafts.add_author(session, other, now, proposal.id, "Ana"),
    ):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(Forbidden):
        begun(session, other, now, agency)


def test_agencies_to_propose_for(world, session, author, agency):
    archived = world.agency("GONE", archived_at=world.now)
    other = world.agency("OTHR", "Another Department")
    everywhere = world.actor(world.person("", Role.COORDINATOR, (Role.SUBMITTER, other)))
    limited = world.actor(world.person("", (Role.COORDINATOR, agency)))
    shown = [
        [(choice.id, choice.on_behalf) for choice in query.agencies_to_propose_for(session, actor)]
        for actor in (author, everywhere, limited)
    ]
    assert shown == [
        [(agency.id, False)],
        [(other.id, False), (agency.id, True)],
        [(agency.id, True)],
    ]
    assert archived.id not in {identity for row in shown for identity, _ in row}


def test_words_worth_comparing():
    assert words_of("The new System for BOOKING a driver licence licence") == ("booking", "licence", "driver")
    assert words_of("a b c 12 the") == ()


def test_a_reviewer_who_also_submits_does_not_find_what_is_assigned_to_them(world, session, agency):
    person = world.person("Rae", Role.REVIEWER, (Role.SUBMITTER, agency))
    assigned = world.proposal("Licence booking elsewhere", agency=world.agency(), step=Step.REVIEW)
    world.review(assigned, person)
    world.proposal("Licence booking here", agency=agency, step=Step.REVIEW)
    found = similar_proposals(session, world.actor(person), "Licence booking")
    assert [row.title for row in found] == ["Licence booking here"]


def test_many_begin_at_once_and_no_number_is_given_twice(app, tmp_path):
    """Eight writers at once, each in a transaction of its own, in a database of their own."""
    import threading

    from incubator.database import Base
    from incubator.extensions import db
    from tests.conftest import NOW, fresh_database, make_app
    from tests.world import World

    kind = app.config["SQLALCHEMY_DATABASE_URI"].split(":")[0].split("+")[0]
    with fresh_database(kind, tmp_path) as url:
        own = make_app(url, tmp_path / "instance")
        with own.app_context():
            Base.metadata.create_all(db.engine)
            world = World(db.session(), NOW)
            agency = world.agency("DRIV")
            actor = world.actor(world.person("Ana", (Role.SUBMITTER, agency), agency=agency))
            agency_id = agency.id
            db.session.commit()
        faults = []

        def work():
            try:
                with own.app_context():
                    for _round in range(3):
                        drafts.start_idea(db.session(), actor, NOW, drafts.Place(agency_id), IDEA)
                        db.session.commit()
            except Exception as fault:
                faults.append(fault)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with own.app_context():
            numbers = sorted(db.session.scalars(sa.select(Proposal.number)))
            authors = db.session.scalar(sa.select(sa.func.count()).select_from(Author))
            following = db.session.scalar(sa.select(Agency.next_number))
            db.session.remove()
            db.engine.dispose()
    assert faults == []
    assert numbers == [f"DRIV-{count:04}" for count in range(1, 25)]
    assert (authors, following) == (24, 25)
