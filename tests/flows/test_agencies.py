"""What can be done on an agency's account: ranks, promises, surveys, names, and who may."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import Base, configure_engine
from incubator.domain.agency_names import similar_names
from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.roles import Actor, Grant, Role
from incubator.domain.stages import Step
from incubator.domain.surveys import DEFAULT_QUESTIONS, may_show
from incubator.flows import agencies as agency_flow
from incubator.flows import commitments as commitment_flow
from incubator.flows import needs as flow
from incubator.flows import surveys as survey_flow
from incubator.models.agencies import Agency, CommitmentState, Need, NeedState, Party, SurveyResponse
from incubator.models.history import Event
from incubator.models.proposals import NeedLink
from incubator.queries.surveys import find_survey, results_of
from tests.conftest import NOW
from tests.databases import DATABASES, fresh_database


@pytest.fixture
def agency(world):
    return world.agency("CDLE", "Department of Labor")


@pytest.fixture
def lead(world, agency):
    return world.actor(world.person("Priya Lead", (Role.AGENCY_LEAD, agency), agency=agency))


@pytest.fixture
def stranger(world):
    other = world.agency("CDOT", "Department of Transportation")
    return world.actor(world.person("Olaf Stranger", (Role.AGENCY_LEAD, other), agency=other))


def state(session, actor, agency, *titles) -> list[Need]:
    return [
        flow.state_need(session, actor, NOW, agency.id, flow.NeedDetails(title, "Problem"))
        for title in titles
    ]


def order(session, agency_id) -> list[tuple[int, str]]:
    session.expire_all()
    rows = session.execute(
        sa.select(Need.rank, Need.title)
        .where(Need.agency_id == agency_id, Need.state != NeedState.DROPPED)
        .order_by(Need.rank)
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("place", "expected"), [(1, "CABD"), (2, "ACBD"), (3, "ABCD"), (4, "ABDC"), (-5, "CABD"), (99, "ABDC")]
)
def test_moving_keeps_the_ranks_from_one_to_n(session, agency, lead, place, expected):
    needs = state(session, lead, agency, *"ABCD")
    flow.move_need(session, lead, NOW, needs[2].id, place=place)
    assert order(session, agency.id) == list(enumerate(expected, start=1))


def test_moving_does_not_make_an_open_form_stale(session, agency, lead):
    first, second = state(session, lead, agency, "A", "B")
    seen = first.version
    flow.move_need(session, lead, NOW, second.id, place=1)
    flow.change_need(session, lead, NOW, first.id, flow.NeedDetails("A2", "Problem"), seen=seen)
    assert order(session, agency.id) == [(1, "B"), (2, "A2")]
    with pytest.raises(StaleVersion):
        flow.change_need(session, lead, NOW, first.id, flow.NeedDetails("A3", "Problem"), seen=seen)


def test_dropping_closes_the_gap_and_opening_again_goes_last(session, agency, lead):
    needs = state(session, lead, agency, *"ABC")
    with pytest.raises(DomainError, match="Say why"):
        flow.drop_need(session, lead, NOW, needs[0].id, "  ")
    flow.drop_need(session, lead, NOW, needs[0].id, "Solved elsewhere")
    assert order(session, agency.id) == [(1, "B"), (2, "C")]
    with pytest.raises(DomainError, match="dropped"):
        flow.move_need(session, lead, NOW, needs[0].id, place=1)
    flow.set_need_state(session, lead, NOW, needs[0].id, NeedState.OPEN)
    assert order(session, agency.id) == [(1, "B"), (2, "C"), (3, "A")]


@pytest.mark.parametrize("kind", DATABASES)
def test_eight_people_moving_needs_at_once_leave_ranks_from_one_to_n(kind, tmp_path):
    with fresh_database(kind, tmp_path) as url:
        engine = sa.create_engine(url, execution_options={"audit_key": b"k"}, pool_size=10)
        configure_engine(engine)
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            agency = Agency(code="A1", name="One")
            session.add(agency)
            session.flush()
            agency_id = agency.id
            actor = Actor(None, "Lead", agency_id, (Grant(Role.AGENCY_LEAD, agency_id),))
            ids = [need.id for need in state(session, actor, agency, *"ABCDEFGH")]
            session.commit()

        def move(number: int) -> None:
            for place in (8, 1, number + 1):
                with Session(engine) as session:
                    flow.move_need(session, actor, NOW, ids[number], place=place)
                    session.commit()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(move, range(8)))
        with Session(engine) as session:
            ranks = order(session, agency_id)
        engine.dispose()
    assert [rank for rank, _title in ranks] == list(range(1, 9))
    assert sorted(title for _rank, title in ranks) == list("ABCDEFGH")


def test_linking_is_for_records_one_may_see_and_happens_once(session, world, agency, lead, stranger):
    (need,) = state(session, lead, agency, "A")
    seen = world.proposal(agency=agency, step=Step.RUNNING)
    hidden = world.proposal(agency=world.agency(), step=Step.DRAFT)
    for _press in range(2):
        flow.link_need(session, lead, NOW, need.id, seen.number)
    with pytest.raises(DomainError, match="no record with this number"):
        flow.link_need(session, lead, NOW, need.id, hidden.number)
    with pytest.raises(NotFound):
        flow.link_need(session, stranger, NOW, need.id, seen.number)
    assert session.execute(sa.select(NeedLink.proposal_id, NeedLink.need_id)).all() == [(seen.id, need.id)]
    linked = session.scalars(sa.select(Event).where(Event.kind == EventKind.NEED_LINKED)).all()
    assert [(event.proposal_id, event.agency_id) for event in linked] == [(seen.id, agency.id)]


def test_a_kept_promise_stays_kept_when_pressed_twice(session, agency, lead):
    row = commitment_flow.make_commitment(
        session, lead, NOW, agency.id, commitment_flow.CommitmentDetails(Party.AGENCY, "Give access")
    )
    session.flush()
    commitment_flow.close_commitment(session, lead, NOW, row.id, CommitmentState.KEPT)
    commitment_flow.close_commitment(session, lead, NOW + timedelta(days=1), row.id, CommitmentState.KEPT)
    assert row.closed_at == NOW
    with pytest.raises(DomainError, match="Open it again first"):
        commitment_flow.close_commitment(session, lead, NOW, row.id, CommitmentState.DROPPED, "Because")


def test_a_no_op_writes_no_event(session, agency, lead):
    (need,) = state(session, lead, agency, "A")
    before = session.scalar(sa.select(sa.func.count()).select_from(Event))
    flow.change_need(session, lead, NOW, need.id, flow.details_of(need), seen=need.version)
    flow.move_need(session, lead, NOW, need.id, place=7)
    assert session.scalar(sa.select(sa.func.count()).select_from(Event)) == before


@pytest.mark.parametrize("role", [Role.SUBMITTER, Role.ADMINISTRATOR, Role.LEADERSHIP, Role.REVIEWER])
def test_who_does_not_keep_the_account_changes_nothing(session, world, agency, lead, role):
    scoped = (role, agency) if role is Role.SUBMITTER else role
    actor = world.actor(world.person("", scoped))
    refusal = NotFound if role is Role.REVIEWER else Forbidden
    details = commitment_flow.CommitmentDetails(Party.AGENCY, "Give access")
    with pytest.raises(refusal):
        commitment_flow.make_commitment(session, actor, NOW, agency.id, details)
    with pytest.raises(refusal):
        agency_flow.add_contact(session, actor, NOW, agency.id, agency_flow.ContactDetails("Somebody"))
    with pytest.raises(refusal):
        survey_flow.open_survey(session, actor, NOW, agency.id, title="T", questions=["Q"], invited=5)


def test_only_administrators_keep_agencies(session, agency, lead):
    with pytest.raises(Forbidden):
        agency_flow.create_agency(session, lead, NOW, "NEW", agency_flow.AgencyDetails("New"))
    with pytest.raises(Forbidden):
        agency_flow.archive_agency(session, lead, NOW, agency.id)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Colorado Dept Labor and Employment", "Department of Labor and Employment"),
        ("Colorado Dept Labor and Employment", "Colorado Department of Labor & Employment"),
        ("Dept. of Revenue", "Department of Revenue"),
        ("Department of Trasportation", "Department of Transportation"),
        ("Natural Resources, Department of", "Department of Natural Resources"),
    ],
)
def test_similar_names_are_noticed(name, other):
    assert similar_names(name, [other, "Lottery"]) == [other]


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Department of Revenue", "Department of Corrections"),
        ("Department of Public Health", "Department of Public Safety"),
        ("Division of Water", "Division of Gaming"),
    ],
)
def test_other_names_are_let_be(name, other):
    assert similar_names(name, [other]) == []


def people(agency, count: int) -> list[Actor]:
    return [Actor(1_000 + number, f"Person {number}", agency.id) for number in range(count)]


def opened(session, lead, agency, invited=20):
    survey = survey_flow.open_survey(
        session, lead, NOW, agency.id, title="Pulse", questions=[*DEFAULT_QUESTIONS, " "], invited=invited
    )
    session.flush()
    return survey


ALL_FOUR = {f"q{number}": 4 for number in range(1, 5)}


def test_an_answer_is_kept_once_and_without_a_name(session, agency, lead):
    survey = opened(session, lead, agency)
    (person,) = people(agency, 1)
    survey_flow.answer_survey(session, person, NOW, survey.id, ALL_FOUR, "A comment")
    with pytest.raises(DomainError, match="answered this survey already"):
        survey_flow.answer_survey(session, person, NOW, survey.id, ALL_FOUR)
    row = session.scalars(sa.select(SurveyResponse)).one()
    assert (row.answers, row.answered_at) == (ALL_FOUR, NOW.replace(hour=0, minute=0))
    event = session.scalars(sa.select(Event).where(Event.kind == EventKind.SURVEY_ANSWERED)).one()
    assert (event.actor_id, event.actor_name) == (None, "Incubator")
    assert str(person.person_id) not in f"{row.respondent_hash} {event.details}"


@pytest.mark.parametrize("answers", [{}, {"q1": 4}, {**ALL_FOUR, "q4": 6}, {**ALL_FOUR, "q4": None}])
def test_an_answer_is_whole(session, agency, lead, answers):
    survey = opened(session, lead, agency)
    with pytest.raises(DomainError, match="Choose an answer"):
        survey_flow.answer_survey(session, people(agency, 1)[0], NOW, survey.id, answers)


def test_only_the_agencys_people_answer(session, world, agency, lead, stranger):
    survey = opened(session, lead, agency)
    with pytest.raises(NotFound):
        survey_flow.answer_survey(session, stranger, NOW, survey.id, ALL_FOUR)
    with pytest.raises(Forbidden):
        survey_flow.answer_survey(
            session, world.actor(world.person("", Role.COORDINATOR)), NOW, survey.id, ALL_FOUR
        )


@pytest.mark.parametrize(("answered", "shown"), [(4, False), (5, True)])
def test_results_need_five_answers_and_the_end(session, agency, lead, answered, shown):
    survey = opened(session, lead, agency)
    for person in people(agency, answered):
        survey_flow.answer_survey(session, person, NOW, survey.id, {**ALL_FOUR, "q2": 1})
    assert results_of(session, find_survey(session, agency.id, survey.id)) is None
    survey_flow.close_survey(session, lead, NOW, survey.id)
    found = find_survey(session, agency.id, survey.id)
    results = results_of(session, found)
    assert (found.responses, found.rate) == (answered, answered / 20)
    assert (results is not None) is shown is may_show(answered, closed=True)
    if results:
        assert [tally.counts for tally in results.tallies] == [
            (0, 0, 0, 5, 0), (5, 0, 0, 0, 0), (0, 0, 0, 5, 0), (0, 0, 0, 5, 0),
        ]  # fmt: skip
    with pytest.raises(DomainError, match="closed"):
        survey_flow.answer_survey(session, Actor(9_999, "Late", agency.id), NOW, survey.id, ALL_FOUR)


def test_one_survey_at_a_time(session, agency, lead):
    opened(session, lead, agency)
    with pytest.raises(DomainError, match="still open"):
        opened(session, lead, agency)
