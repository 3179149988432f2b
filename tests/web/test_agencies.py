"""An agency's account in the browser: who sees it, what stands on it, and what can be done there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.events import EventKind
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.flows.commitments import CommitmentDetails, make_commitment
from incubator.flows.meetings import MeetingDetails, record_meeting
from incubator.flows.needs import NeedDetails, link_need, state_need
from incubator.models.agencies import Agency, Commitment, CommitmentState, Contact, Meeting, Need, Party, Unit
from incubator.models.history import Event

HOSTILE = '<script>alert(1)</script> {{7*7}} = \u202e 💥 "quoted"'


@pytest.fixture
def account(world):
    """An agency with its lead and submitter, a coordinator, and another agency with secrets."""

    class Account:
        agency = world.agency("CDLE", "Department of Labor")
        other = world.agency("CDOT", "Department of Transportation")
        lead = world.person("Priya Lead", (Role.AGENCY_LEAD, agency), agency=agency)
        submitter = world.person("Tom Submitter", (Role.SUBMITTER, agency), agency=agency)
        coordinator = world.person("Maya Coordinator", Role.COORDINATOR)
        administrator = world.person("Ada Administrator", Role.ADMINISTRATOR)
        stranger = world.person("Olaf Stranger", (Role.AGENCY_LEAD, other), agency=other)
        reviewer = world.person("Rita Reviewer", Role.REVIEWER)

    return Account


def state(world, person, agency, title, **values) -> Need:
    details = NeedDetails(title, values.pop("problem", f"About {title}"), **values)
    return state_need(world.session, world.actor(person), world.now, agency.id, details)


def test_an_unknown_agency_and_one_of_others_answer_alike(world, account, browser):
    state(world, account.lead, account.agency, "Secret need")
    visitor = browser(account.stranger)
    answers = [
        visitor.get(url, 404).text.replace("CDLE", "CODE").replace("NONE", "CODE")
        for url in ("/agencies/CDLE", "/agencies/NONE", "/agencies/%00", "/agencies/cdot")
    ]
    assert len(set(answers)) == 1
    assert "Secret need" not in answers[0]
    for path in ("needs/new", "needs/1", "commitments", "meetings", "history", "edit", "units", "surveys/1"):
        visitor.get(f"/agencies/CDLE/{path}", 404)
    token = visitor.token()
    for path in ("needs/1/move", "contacts/1/remove", "archive", "commitments/1/keep"):
        visitor.post(f"/agencies/CDLE/{path}", {"csrf_token": token}, status=404)


def test_the_list_shows_ones_own_to_agencies_and_all_to_staff(world, account, browser):
    assert "Department of Transportation" not in browser(account.lead).get("/agencies").text
    everything = browser(account.coordinator).get("/agencies").texts("th")
    assert {"Department of LaborCDLE", "Department of TransportationCDOT"} <= set(everything)
    assert "No agency to show" in browser(account.reviewer).get("/agencies").text


def test_the_list_counts_and_sorts(world, account, browser):
    for title in ("One", "Two"):
        state(world, account.lead, account.agency, title)
    state(world, account.stranger, account.other, "Other")
    today = world.now.date()
    for days in (-2, 3_005):
        make_commitment(
            world.session,
            world.actor(account.coordinator),
            world.now - timedelta(days=2),
            account.agency.id,
            CommitmentDetails(Party.AGENCY, f"Promise {days}", "", today + timedelta(days=days)),
        )
    world.proposal("Running", agency=account.agency, step=Step.RUNNING)
    world.proposal("Somebody's draft", agency=account.agency, step=Step.DRAFT)
    world.proposal("Done", agency=account.agency, step=Step.CLOSED)
    record_meeting(
        world.session,
        world.actor(account.coordinator),
        world.now,
        account.agency.id,
        MeetingDetails("Talk", date(2026, 10, 1)),
    )
    visitor = browser(account.coordinator)
    page = visitor.get("/agencies?sort=needs&order=desc")
    rows = [text for text in page.texts("tr") if text.startswith("Department")]
    assert [row.split("CD")[0].strip() for row in rows] == [
        "Department of Labor",
        "Department of Transportation",
    ]
    assert page.texts("td")[:4] == ["2", "1", "1", "October 1, 2026"]
    assert [row for row in visitor.get("/agencies?q=transport").texts("tr") if "Labor" in row] == []
    for query in ("sort=%27--&page=-1", "page=99999999999", "q=%00%25_", "show=archived", "order=x"):
        visitor.get(f"/agencies?{query}")


def fill(world, account, number: int) -> None:
    """One more of everything on the account and in the list."""
    need = state(world, account.lead, account.agency, f"Need {number}")
    proposal = world.proposal(f"Pilot {number}", agency=account.agency, step=Step.RUNNING)
    link_need(world.session, world.actor(account.lead), world.now, need.id, proposal.number)
    actor = world.actor(account.coordinator)
    for party in Party:
        make_commitment(
            world.session, actor, world.now, account.agency.id, CommitmentDetails(party, f"Promise {number}")
        )
    record_meeting(
        world.session, actor, world.now, account.agency.id, MeetingDetails(f"Talk {number}", date(2026, 9, 1))
    )
    world.add(Contact(agency_id=account.agency.id, name=f"Contact {number}"))
    world.add(Unit(agency_id=account.agency.id, name=f"Unit {number}"))
    world.agency()


@pytest.mark.parametrize(
    ("url", "most"),
    [
        ("/agencies", 3),
        ("/agencies/CDLE", 11),
        ("/agencies/CDLE/commitments", 3),
        ("/agencies/CDLE/meetings", 3),
        ("/agencies/CDLE/history", 3),
        ("/history", 3),
    ],
)
def test_pages_cost_the_same_at_one_row_and_at_three(world, account, browser, statements, url, most):
    fill(world, account, 1)
    visitor = browser(account.coordinator)
    with statements() as first:
        visitor.get(url)
    fill(world, account, 2)
    fill(world, account, 3)
    world.session.commit()
    with statements() as third:
        visitor.get(url)
    assert (len(first), len(third)) == (most, most)


def test_the_account_shows_needs_with_what_the_reader_may_see_of_their_answers(world, account, browser):
    need = state(world, account.lead, account.agency, HOSTILE, affected="Everybody", size="All")
    seen = world.proposal("An answer in the open", agency=account.agency, step=Step.RUNNING)
    draft = world.proposal("A draft of others", agency=account.agency, step=Step.DRAFT)
    for proposal in (seen, draft):
        link_need(world.session, world.actor(account.lead), world.now, need.id, proposal.number)
    page = browser(account.coordinator).get("/agencies/CDLE")
    assert HOSTILE in page.text
    assert "An answer in the open" in page.text
    assert "A draft of others" not in page.text
    assert draft.number not in page.text, "nor in the history"
    assert "A draft of others" in browser(account.lead).get("/agencies/CDLE").text


def test_what_rests_is_not_under_way(world, account, browser):
    for step in (Step.DESIGN, Step.RUNNING, Step.ON_HOLD, Step.IN_SERVICE, Step.CLOSED, Step.CLOSED):
        world.proposal(step=step, agency=account.agency)
    visitor = browser(account.coordinator)
    assert "Under way2of 6 proposals and pilots" in visitor.get("/agencies/CDLE").text
    (row,) = [text for text in visitor.get("/agencies").texts("tr") if "CDLE" in text]
    assert "002–" in row.replace(" ", "")


def test_a_need_is_stated_changed_and_a_second_press_counts_once(world, account, browser):
    visitor = browser(account.submitter)
    form = visitor.get("/agencies/CDLE/needs/new")
    values = {"title": "Faster permits", "problem": "They take months."}
    visitor.submit(form, values, holding="title")
    page = visitor.submit(form, values, holding="title")
    assert page.heading == "Department of Labor"
    needs = world.session.scalars(sa.select(Need)).all()
    assert [(need.title, need.rank, need.stated_by_id) for need in needs] == [
        ("Faster permits", 1, account.submitter.id)
    ]
    refused = visitor.submit(
        "/agencies/CDLE/needs/new", title=" ", problem="Kept text", holding="title", status=422
    )
    assert "Enter the need in a few words" in refused.text
    assert "Kept text" in refused.html


def test_two_people_changing_a_need_see_both_versions(world, account, browser):
    need = state(world, account.lead, account.agency, "Old words")
    first, second = browser(account.lead), browser(account.coordinator)
    url = f"/agencies/CDLE/needs/{need.id}/edit"
    theirs, mine = first.get(url), second.get(url)
    first.submit(theirs, title="Their words", holding="title")
    page = second.submit(mine, title="My words", holding="title", status=409)
    assert "Their words" in page.text
    assert "My words" in page.text
    second.submit(page, holding="Save my version instead")
    world.session.expire_all()
    assert need.title == "My words"


def test_needs_move_by_buttons_and_by_number_and_back(world, account, browser):
    for title in ("A", "B", "C"):
        need = state(world, account.lead, account.agency, title)
    visitor = browser(account.lead)
    page = visitor.submit("/agencies/CDLE", action=f"/needs/{need.id}/move")
    assert order(world) == ["A", "C", "B"]
    visitor.submit(page, holding="Undo")
    assert order(world) == ["A", "B", "C"]
    visitor.submit(f"/agencies/CDLE/needs/{need.id}", place="1", holding="place")
    assert order(world) == ["C", "A", "B"]
    for typed in ("0x1", "-1", "1.5", "", "٣"):
        refused = visitor.submit(f"/agencies/CDLE/needs/{need.id}", place=typed, holding="place", status=422)
        assert "There is a problem" in refused.text
    assert order(world) == ["C", "A", "B"]


def order(world) -> list[str]:
    world.session.expire_all()
    return list(world.session.scalars(sa.select(Need.title).order_by(Need.rank)))


def test_linking_by_number(world, account, browser):
    need = state(world, account.lead, account.agency, "Need")
    proposal = world.proposal("The answer", agency=account.agency, step=Step.RUNNING)
    hidden = world.proposal("Hidden", agency=account.other, step=Step.DRAFT)
    visitor = browser(account.lead)
    url = f"/agencies/CDLE/needs/{need.id}"
    page = visitor.submit(url, number=f" {proposal.number.lower()} ", action="/link")
    assert page.texts("h3")[0] == "The answer"
    for number in (hidden.number, "NONE-0001", "\x00", ""):
        refused = visitor.submit(url, number=number, action="/link", status=422)
        assert "There is no record with this number that you may see." in refused.text
    page = visitor.submit(url, action="/unlink")
    assert "Nothing answers this yet" in page.text
    assert "The answer" in visitor.submit(page, holding="Undo").text


def test_commitments_are_made_kept_reopened_and_dropped(world, account, browser):
    visitor = browser(account.coordinator)
    page = visitor.submit(
        "/agencies/CDLE/commitments/new?party=agency",
        promise="Give access",
        owner_name="Priya",
        due_on="12/1/2028",
        holding="promise",
    )
    assert "December 1, 2028 is more than two years away. Is that right?" in page.text
    row = world.session.scalars(sa.select(Commitment)).one()
    assert (row.party, row.due_on) == (Party.AGENCY, date(2028, 12, 1))
    kept = visitor.submit(page, action="/keep")
    assert "Kept" in kept.text
    page = visitor.submit(kept, holding="Undo")
    refused = visitor.submit(f"/agencies/CDLE/commitments/{row.id}/drop", note="", holding="note", status=422)
    assert "Say why the commitment is dropped" in refused.text
    visitor.submit(refused, note="Not needed", holding="note")
    world.session.expire_all()
    assert (row.state, row.note) == (CommitmentState.DROPPED, "Not needed")
    kinds = world.session.scalars(
        sa.select(Event.kind).where(Event.agency_id == account.agency.id).order_by(Event.id)
    ).all()
    assert kinds == [
        EventKind.COMMITMENT_MADE,
        EventKind.COMMITMENT_KEPT,
        EventKind.COMMITMENT_CHANGED,
        EventKind.COMMITMENT_DROPPED,
    ]


def test_an_overdue_commitment_is_marked(world, account, browser):
    for text, day in (("Late promise", date(2020, 1, 1)), ("Early promise", date(2199, 1, 1))):
        make_commitment(
            world.session,
            world.actor(account.coordinator),
            datetime(2019, 12, 1, tzinfo=UTC),
            account.agency.id,
            CommitmentDetails(Party.INCUBATOR, text, "", day),
        )
    page = browser(account.lead).get("/agencies/CDLE")
    marked = page.texts("li", "overdue")
    assert [text.split("Due")[0].strip() for text in marked] == ["Late promise"]
    assert "Early promise" in page.text


def test_meetings_are_recorded_and_changed_by_two(world, account, browser):
    first, second = browser(account.lead), browser(account.coordinator)
    page = first.submit(
        "/agencies/CDLE/meetings/new",
        title="First talk",
        held_on="10/5/2026",
        notes="Agreed.",
        holding="title",
    )
    assert "October 5, 2026" in page.text
    meeting = world.session.scalars(sa.select(Meeting)).one()
    url = f"/agencies/CDLE/meetings/{meeting.id}/edit"
    theirs, mine = first.get(url), second.get(url)
    first.submit(theirs, notes="Agreed on one thing.", holding="title")
    page = second.submit(mine, notes="Agreed on two things.", holding="title", status=409)
    assert "Agreed on one thing." in page.text
    refused = first.submit(url, held_on="February 30, 2026", holding="title", status=422)
    assert "has no day 30" in refused.text


def test_a_contact_is_added_removed_and_put_back(world, account, browser):
    visitor = browser(account.coordinator)
    page = visitor.submit(
        "/agencies/CDLE/contacts/new", name="Lena Fischer", email="lena@example.gov", holding="phone"
    )
    page = visitor.submit(page, action="/remove")
    assert "Lena Fischer is removed." in page.text
    assert "lena@example.gov" not in page.text
    assert "lena@example.gov" in visitor.submit(page, holding="Undo").text


@pytest.mark.parametrize("person", ["submitter", "administrator", "reviewer"])
def test_who_does_not_keep_the_account_is_refused(world, account, browser, person):
    need = state(world, account.lead, account.agency, "Need")
    visitor = browser(getattr(account, person))
    status = 404 if person == "reviewer" else 403
    for path in ("commitments/new", "meetings/new", "contacts/new", "surveys/new"):
        visitor.get(f"/agencies/CDLE/{path}", status)
    if person == "administrator":
        visitor.get(f"/agencies/CDLE/needs/{need.id}/edit", 403)
        assert "Record a meeting" not in visitor.get("/agencies/CDLE").text


def test_rows_of_another_agency_are_not_had_through_ones_own(world, account, browser):
    need = state(world, account.stranger, account.other, "Theirs")
    actor = world.actor(account.stranger)
    promise = make_commitment(
        world.session, actor, world.now, account.other.id, CommitmentDetails(Party.AGENCY, "Theirs")
    )
    meeting = record_meeting(
        world.session, actor, world.now, account.other.id, MeetingDetails("Theirs", date(2026, 1, 1))
    )
    world.session.flush()
    visitor = browser(account.lead)
    for path in (
        f"needs/{need.id}",
        f"needs/{need.id}/edit",
        f"commitments/{promise.id}/edit",
        f"meetings/{meeting.id}/edit",
        f"needs/{10**17}",
    ):
        visitor.get(f"/agencies/CDLE/{path}", 404)


def test_an_administrator_keeps_agencies_and_units(world, account, browser):
    visitor = browser(account.administrator)
    new = visitor.get("/agencies/new")
    similar = visitor.submit(new, code="dol", name="Dept of Labor", holding="code", status=422)
    assert "This may be the same as “Department of Labor”" in similar.text
    page = visitor.submit(similar, code="dol", name="Dept of Labor", distinct="y", holding="code")
    assert page.heading == "Dept of Labor"
    assert world.session.scalars(sa.select(Agency.code).where(Agency.name == "Dept of Labor")).one() == "DOL"
    for code, message in (
        ("CDLE", "Another agency has the code CDLE"),
        ("A", "Use 2 to 8 letters"),
        ("TOOLONGCODE", "Use 2 to 8 letters"),
        ("ÄÖÜ", "Use 2 to 8 letters"),
    ):
        refused = visitor.submit(
            new, code=code, name="Wholly different", holding="code", status=422, _key=code
        )
        assert message in refused.text
    refused = visitor.submit(
        new, code="XX", name="  department   OF labor ", distinct="y", holding="code", status=422, _key="x"
    )
    assert "There is an agency of that name already." in refused.text
    units = visitor.submit("/agencies/CDLE/units", name="Field office", holding="name")
    again = visitor.submit(units, name="field  OFFICE", holding="name", status=422)
    assert "There is a unit of that name already." in again.text
    gone = visitor.submit("/agencies/CDLE/units", holding="Archive Field office")
    assert "Field office is archived." in gone.text
    archived = visitor.submit("/agencies/CDLE", holding="Archive Department of Labor")
    assert "Department of Labor is archived." in archived.text
    assert "CDLE" not in "".join(visitor.get("/agencies").texts("th"))
    assert visitor.submit(archived, holding="Undo").heading == "Department of Labor"


def test_two_administrators_changing_an_agency(world, account, browser):
    other = world.person("Second Administrator", Role.ADMINISTRATOR)
    first, second = browser(account.administrator), browser(other)
    theirs, mine = (one.get("/agencies/CDLE/edit") for one in (first, second))
    first.submit(
        theirs,
        purpose="Their purpose",
        relationship_manager_id=str(account.coordinator.id),
        holding="purpose",
    )
    page = second.submit(mine, purpose="My purpose", holding="purpose", status=409)
    assert "Their purpose" in page.text
    assert "My purpose" in page.text
    world.session.expire_all()
    assert account.agency.relationship_manager_id == account.coordinator.id
    refused = second.submit(
        "/agencies/CDLE/edit", relationship_manager_id="999999", holding="purpose", status=422
    )
    assert "Choose a person from the list." in refused.text
    for person in (account.lead, account.coordinator):
        browser(person).get("/agencies/CDLE/edit", 403)


def test_a_second_reason_for_dropping_is_never_lost(world, browser, session):
    agency = world.agency("ROAD", "Roads")
    visitor = browser(world.person("Cora", Role.COORDINATOR))
    visitor.submit(
        f"/agencies/{agency.code}/needs/new", holding="title", title="Shorter waits", problem="They queue."
    )
    need = session.scalars(sa.select(Need)).one()
    form = visitor.get(f"/agencies/{agency.code}/needs/{need.id}/drop")
    visitor.submit(form, holding="reason", reason="Solved elsewhere.")
    again = visitor.submit(
        form, {"_key": "another page"}, holding="reason", reason="A law changed.", status=422
    )
    assert "already been dropped" in again.text
    assert "A law changed." in again.html


def test_one_forms_key_keeps_other_text_sent_with_it(world, browser, session):
    """Submit, stop, change a word, submit again: both are kept, and the same text twice is one."""
    agency = world.agency("ROAD", "Roads")
    visitor = browser(world.person("Cora", Role.COORDINATOR))
    form = visitor.get(f"/agencies/{agency.code}/needs/new")
    for title in ("Shorter waits", "Shorter waits", "Fewer forms"):
        visitor.submit(form, holding="title", title=title, problem="They queue.")
    assert sorted(session.scalars(sa.select(Need.title))) == ["Fewer forms", "Shorter waits"]
