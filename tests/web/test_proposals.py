from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.events import EventKind
from incubator.domain.proposal_form import FieldKind, sections
from incubator.domain.roles import Role
from incubator.domain.stages import EndReason, Origin, Outcome, Step
from incubator.models.agencies import Need, Unit
from incubator.models.history import Event
from incubator.models.proposals import NeedLink, Proposal, Revision, Section

IDEA = {
    "title": "Shorter waits at the counter",
    "summary": "I have observed long waits; if we let people book a time it will result in shorter waits for drivers.",
}
TYPED = {
    FieldKind.LINE: "A line",
    FieldKind.TEXT: "Some text",
    FieldKind.MONEY: "$12,500.50",
    FieldKind.NUMBER: "12",
    FieldKind.COUNT: "12",
    FieldKind.DATE: "March 2027",
    FieldKind.YES_NO: "no",
}


@pytest.fixture
def agency(world):
    return world.agency("DRIV", "Department of Driving")


@pytest.fixture
def author(world, agency):
    return world.person("Ana Author", (Role.SUBMITTER, agency), agency=agency, email="ana@example.gov")


@pytest.fixture
def lead(world, agency):
    return world.person("Lee Lead", (Role.AGENCY_LEAD, agency), agency=agency)


def typed_answers(spec):
    answers = {}
    for field in spec.fields:
        if field.kind is FieldKind.CHOICE:
            answers[field.key] = field.choices[1][0]
        else:
            answers[field.key] = TYPED[field.kind]
    return answers


def fill_in(visitor, number):
    """Answer every section as a person would, one page after the other."""
    page = visitor.get(f"/pilots/{number}/proposal/idea")
    for spec in sections(1, uses_ai=False):
        answers = {**typed_answers(spec), **(IDEA if spec.key == "idea" else {})}
        page = visitor.submit(page, {**answers, "go": "next"}, holding="Save and continue")
    return page


def one(session, number):
    session.expire_all()
    return session.scalars(sa.select(Proposal).where(Proposal.number == number)).one()


def kinds(session, proposal):
    return list(
        session.scalars(sa.select(Event.kind).where(Event.proposal_id == proposal.id).order_by(Event.id))
    )


def test_an_idea_goes_from_a_few_words_to_a_frozen_revision(world, browser, session, author, lead):
    call = world.call("Spring")
    visitor = browser(author)
    page = visitor.submit("/proposals/new", {**IDEA, "call_id": str(call.id)})
    assert page.heading == "Write the proposal"
    number = page.url.split("/")[2]
    assert number == "DRIV-0001"
    assert "0 of 12 sections completed" in page.text

    page = fill_in(visitor, number)
    assert "12 of 12 sections completed" in page.text
    check = visitor.get(f"/pilots/{number}/proposal/check")
    assert "$12,500.50" in check.text
    assert "March 2027" in check.text
    asked = visitor.submit(check, holding="Ask for sign-off")
    assert "Waiting for your agency's sign-off" in asked.text
    visitor.get(f"/pilots/{number}/proposal/problem", 403)

    signing = browser(lead)
    record = signing.submit(f"/pilots/{number}/proposal/check", holding="Sign off and hand in")
    assert record.heading == "Proposal"
    proposal = one(session, number)
    revision = session.scalars(sa.select(Revision).where(Revision.proposal_id == proposal.id)).one()
    assert revision.sha256 in record.text
    assert "by Lee Lead" in record.text
    assert (proposal.step, proposal.revision_number, proposal.requested_cents) == (
        Step.SCREENING,
        1,
        1_250_050,
    )
    assert revision.content["answers"]["pilot"]["start"] == "2027-03"
    assert revision.content["agency"] == {"code": "DRIV", "name": "Department of Driving"}
    assert kinds(session, proposal)[-2:] == [EventKind.SIGN_OFF_ASKED, EventKind.PROPOSAL_SUBMITTED]

    pdf = signing.get(f"/pilots/{number}/proposal.pdf").response
    assert pdf.data.startswith(b"%PDF-")
    assert pdf.headers["Content-Disposition"] == 'attachment; filename="DRIV-0001-revision-1.pdf"'
    browser(world.person("Cora", Role.COORDINATOR)).get(f"/pilots/{number}/proposal")


def test_a_double_click_makes_one_proposal(browser, session, author):
    visitor = browser(author)
    page = visitor.get("/proposals/new")
    for _time in range(2):
        assert visitor.submit(page, IDEA).heading == "Write the proposal"
    assert session.scalar(sa.select(sa.func.count()).select_from(Proposal)) == 1


def test_a_need_is_preselected_and_linked(world, browser, session, agency, author, now):
    need = world.add(
        Need(agency_id=agency.id, title="Long waits", problem="People wait", rank=1, stated_at=now)
    )
    visitor = browser(author)
    page = visitor.get(f"/proposals/new?need={need.id}")
    visitor.submit(page, IDEA)
    assert session.scalars(sa.select(NeedLink.need_id)).all() == [need.id]
    event = session.scalars(sa.select(Event).where(Event.kind == EventKind.NEED_LINKED)).one()
    assert (event.agency_id, event.details) == (agency.id, {"number": "DRIV-0001", "need": "Long waits"})
    visitor.submit("/pilots/DRIV-0001/proposal/needs", {"needs": None})
    assert session.scalars(sa.select(NeedLink.need_id)).all() == []
    assert EventKind.NEED_UNLINKED in kinds(session, one(session, "DRIV-0001"))


def test_one_cannot_propose_for_another_agency(world, browser, session, author, agency):
    other, now = world.agency("OTHR"), world.now
    visitor = browser(author)
    page = visitor.submit("/proposals/new", {**IDEA, "agency_id": str(other.id)}, status=422)
    assert "Not a valid choice" in page.text
    need = world.add(Need(agency_id=other.id, title="Theirs", problem="x", rank=1, stated_at=now))
    page = visitor.submit("/proposals/new", {**IDEA, "need_id": str(need.id)}, status=422)
    unit = world.add(Unit(agency_id=other.id, name="Unit"))
    visitor.submit("/proposals/new", {**IDEA, "unit_id": str(unit.id)}, status=422)
    assert session.scalar(sa.select(sa.func.count()).select_from(Proposal)) == 0
    browser(world.person("Rae", Role.REVIEWER)).get("/proposals/new", 403)


def test_a_coordinator_writes_on_behalf_of_somebody(world, browser, session, author, agency):
    coordinator = world.person("Cora", Role.COORDINATOR)
    world.agency("OTHR")
    visitor = browser(coordinator)
    page = visitor.submit("/proposals/new", {**IDEA, "agency_id": str(agency.id)}, status=422)
    assert page.texts("p", "error-message") == ["Error: Enter an e-mail address or a name."]
    visitor.submit(page, {"on_behalf": "ana AUTHOR"})
    event = session.scalars(sa.select(Event).where(Event.kind == EventKind.PROPOSAL_STARTED)).one()
    assert (event.actor_id, event.on_behalf_of_id) == (coordinator.id, author.id)
    visitor.submit(
        "/pilots/DRIV-0001/proposal/problem", {"problem": "Waiting", "go": "draft"}, holding="Save as draft"
    )
    saved = session.scalars(sa.select(Event).where(Event.kind == EventKind.SECTION_SAVED)).one()
    assert saved.on_behalf_of_id == author.id
    browser(author).get("/pilots/DRIV-0001/proposal/tasks")


def test_only_the_authors_and_the_lead_know_of_a_draft(world, browser, agency, author, lead):
    visitor = browser(author)
    visitor.submit("/proposals/new", IDEA)
    pages = ("tasks", "idea", "problem", "check", "authors", "needs", "")
    colleague = world.person("Col", (Role.SUBMITTER, agency))
    stranger = world.person("Sid", (Role.SUBMITTER, world.agency()))
    for person in (
        colleague,
        stranger,
        world.person("Cora", Role.COORDINATOR),
        world.person("Rae", Role.REVIEWER),
    ):
        other = browser(person)
        for page in pages:
            other.get(f"/pilots/DRIV-0001/proposal/{page}".rstrip("/"), 404)
        other.get("/pilots/DRIV-0001/documents", 404)
        other.get("/pilots/DRIV-9999/proposal/tasks", 404)
        token = other.token()
        for action in ("ask", "sign-off", "send-back", "take-back", "resubmit", "problem/autosave"):
            other.post(f"/pilots/DRIV-0001/proposal/{action}", {"csrf_token": token}, status=404)
    for page in pages:
        browser(lead).get(f"/pilots/DRIV-0001/proposal/{page}".rstrip("/"), 200 if page else 303)


def test_drafts_may_be_incomplete_but_not_handed_in(browser, session, author):
    visitor = browser(author)
    visitor.submit("/proposals/new", IDEA)
    page = visitor.submit(
        "/pilots/DRIV-0001/proposal/problem", {"problem": "Waiting", "go": "draft"}, holding="Save as draft"
    )
    assert page.heading == "Write the proposal"
    refused = visitor.submit(
        "/pilots/DRIV-0001/proposal/problem", {"problem": "Waiting!", "go": "next"}, status=422, holding="go"
    )
    assert refused.texts("p", "error-message") == [
        "Error: Answer “How large is it today”",
        "Error: Answer “What has been tried, and what does the market offer”",
    ]
    assert "Waiting!" in refused.text
    check = visitor.submit("/pilots/DRIV-0001/proposal/check", holding="Ask for sign-off", status=422)
    assert "Required answers are missing" in check.text
    assert "/pilots/DRIV-0001/proposal/problem#baseline" in check.links()
    assert one(session, "DRIV-0001").step is Step.DRAFT


@pytest.mark.parametrize(
    ("section", "field", "typed", "message"),
    [
        ("cost", "requested", "-500", "not negative"),
        ("cost", "requested", "Infinity", "Enter an amount in dollars"),
        ("cost", "requested", "1e400", "Enter an amount in dollars"),
        ("cost", "requested", "9" * 30, "more than 20 digits"),
        ("cost", "staff_hours", "nan", "Enter a number like"),
        ("cost", "staff_hours", "٣٤", "Use the digits 0 to 9"),
        ("pilot", "participants", "2.5", "Enter a whole number."),
        ("pilot", "months", "0", "Enter a whole number of at least 1"),
        ("pilot", "months", "-3", "not negative"),
        ("pilot", "start", "30 February 2027", "has no day 30"),
        ("pilot", "start", "1/1/0001", "Enter a year from 1900"),
        ("pilot", "start", "1/1/9999", "Enter a year from 1900"),
        ("outcomes", "metric", "x" * 201, "1 characters too long"),
    ],
)
def test_what_is_not_understood_is_kept_as_typed(browser, session, author, section, field, typed, message):
    visitor = browser(author)
    visitor.submit("/proposals/new", IDEA)
    address = f"/pilots/DRIV-0001/proposal/{section}"
    for go in ("draft", "next"):
        page = visitor.submit(address, {field: typed, "go": go}, holding="go", status=422)
        assert any(message in text for text in page.texts("p", "error-message"))
        assert typed in page.html
    assert session.scalars(sa.select(Section.key)).all() == ["idea"]


def test_a_pilot_does_not_make_a_technology_less_ready(browser, author):
    visitor = browser(author)
    visitor.submit("/proposals/new", IDEA)
    address, answers = "/pilots/DRIV-0001/proposal/readiness", {"trl_now": "6", "go": "draft"}
    page = visitor.submit(address, {**answers, "trl_after": "5"}, holding="go", status=422)
    assert page.texts("p", "error-message") == [
        "Error: Readiness after the pilot must be at least that of today. Example: 6."
    ]
    assert (
        visitor.submit(address, {**answers, "trl_after": "6"}, holding="go").heading == "Write the proposal"
    )


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("October 2026", "October 2026 is over. Is that right?"),
        ("11/19/2026", "November 19, 2026 is over. Is that right?"),
        ("11/20/2026", ""),
        ("November 2026", ""),
        ("March 2027", ""),
    ],
)
def test_a_start_that_is_over_is_asked_about(browser, author, typed, asked):
    visitor = browser(author)
    visitor.submit("/proposals/new", IDEA)
    page = visitor.submit("/pilots/DRIV-0001/proposal/pilot", {"start": typed, "go": "draft"}, holding="go")
    assert ("is over. Is that right?" in page.text) is bool(asked)
    assert asked in page.text


@pytest.mark.parametrize(
    "text", ["🚦 emoji 👩‍👩‍👧", "שלום עולם", "a\u202eb", "Z̷̡͉a" * 200, "{{7*7}} <script>alert(1)</script>"]
)
def test_any_script_is_kept_and_shown_as_text(browser, session, author, text):
    visitor = browser(author)
    visitor.submit("/proposals/new", {**IDEA, "title": text[:200]})
    visitor.submit("/pilots/DRIV-0001/proposal/problem", {"problem": text, "go": "draft"}, holding="go")
    row = session.scalars(sa.select(Section).where(Section.key == "problem")).one()
    assert row.answers == {"problem": text}
    page = visitor.get("/pilots/DRIV-0001/proposal/check")
    assert "<script>alert" not in page.html
    assert " ".join(text.split()) in page.text


def test_a_megabyte_of_text_is_kept_in_the_page(browser, session, author):
    visitor = browser(author)
    visitor.submit("/proposals/new", IDEA)
    response = visitor.client.post(
        "/pilots/DRIV-0001/proposal/problem",
        data={"csrf_token": visitor.token(), "version": "0", "go": "draft", "problem": "word " * 200_000},
    )
    assert response.status_code == 422
    assert "979,999 characters too long" in response.text
    assert response.text.count("word ") > 199_990
    assert session.scalars(sa.select(Section.key)).all() == ["idea"]


def test_a_nul_is_taken_out_with_a_message(browser, session, author):
    visitor = browser(author)
    visitor.submit("/proposals/new", IDEA)
    page = visitor.submit(
        "/pilots/DRIV-0001/proposal/problem", {"problem": "a\x00b", "go": "draft"}, holding="go", status=422
    )
    assert "cannot be kept" in page.text
    assert visitor.submit(page, {"go": "draft"}, holding="go").heading == "Write the proposal"
    row = session.scalars(sa.select(Section).where(Section.key == "problem")).one()
    assert row.answers == {"problem": "ab"}


def test_two_authors_in_one_section(browser, session, author, lead):
    visitor, other = browser(author), browser(lead)
    visitor.submit("/proposals/new", IDEA)
    address = "/pilots/DRIV-0001/proposal/problem"
    page = visitor.get(address)
    other.submit(address, {"problem": "The lead's words", "go": "draft"}, holding="go")
    conflict = visitor.submit(page, {"problem": "Ana's words", "go": "draft"}, holding="go", status=409)
    assert "The lead's words" in conflict.text
    assert "Ana's words" in conflict.text
    visitor.submit(conflict, holding="version")
    row = session.scalars(sa.select(Section).where(Section.key == "problem")).one()
    assert (row.answers, row.version) == ({"problem": "Ana's words"}, 2)


def autosave(visitor, section, number="DRIV-0001", **fields):
    page = visitor.get(f"/pilots/{number}/proposal/{section}")
    values = {"csrf_token": visitor.token(), "version": "0", **fields}
    return visitor.client.post(f"{page.url}/autosave", data=values, headers={"Accept": "application/json"})


def test_autosave_saves_and_tells_of_the_other_author(browser, session, author):
    visitor = browser(author)
    visitor.submit("/proposals/new", IDEA)
    first = autosave(visitor, "problem", problem="Wai")
    assert (first.status_code, first.json["version"]) == (200, 1)
    assert first.json["message"].startswith("Saved ")
    second = autosave(visitor, "problem", problem="Waiting", version="1")
    assert second.json["version"] == 2
    assert autosave(visitor, "problem", problem="Waiting", version="2").json["version"] == 2
    stale = autosave(visitor, "problem", problem="Other", version="1")
    assert stale.status_code == 409
    assert (stale.json["theirs"], stale.json["yours"]["problem"]) == ({"problem": "Waiting"}, "Other")
    proposal = one(session, "DRIV-0001")
    assert kinds(session, proposal).count(EventKind.SECTION_SAVED) == 1


def test_autosave_says_what_is_wrong_and_saves_nothing(browser, session, author):
    visitor = browser(author)
    visitor.submit("/proposals/new", IDEA)
    answer = autosave(visitor, "cost", requested="many")
    assert (answer.status_code, "Enter an amount" in answer.json["message"]) == (422, True)
    for version in ("-1", "x", "9" * 30, ""):
        assert autosave(visitor, "cost", breakdown="One", version=version).status_code == 409
    assert session.scalars(sa.select(Section.key)).all() == ["idea"]


def test_a_bad_field_is_marked_and_the_others_are_saved(browser, session, author):
    visitor = browser(author)
    visitor.submit("/proposals/new", IDEA)
    answer = autosave(visitor, "cost", requested="about 300", breakdown="Mostly staff")
    assert answer.json["version"] == 1
    assert answer.json["problems"].keys() == {"requested"}
    assert "except what is marked: " in answer.json["message"]
    address = "/pilots/DRIV-0001/proposal/cost"
    typed = {"requested": "about 300", "breakdown": "Mostly people", "go": "draft"}
    page = visitor.submit(address, typed, holding="go", status=422)
    assert "Everything else is saved. What is marked below is not." in page.text
    assert 'value="about 300"' in page.html
    row = session.scalars(sa.select(Section).where(Section.key == "cost")).one()
    assert row.answers == {"breakdown": "Mostly people"}
    visitor.submit(page, {"requested": "300", "go": "draft"}, holding="go")
    session.refresh(row)
    assert row.answers == {"breakdown": "Mostly people", "requested": 30_000}


def test_autosave_after_signing_out_answers_401(app, browser, author):
    visitor = browser(author)
    visitor.submit("/proposals/new", IDEA)
    token = visitor.token()
    visitor.post("/sign-out", {"csrf_token": token})
    page = visitor.get("/sign-in")
    fresh = page.form().find(".//*[@name='csrf_token']").get("value")
    answer = visitor.client.post(
        "/pilots/DRIV-0001/proposal/problem/autosave", data={"csrf_token": fresh, "problem": "x"}
    )
    assert answer.status_code == 401


def test_a_late_autosave_is_kept_and_a_late_submission_is_not(world, browser, session, author, lead):
    call = world.call("Spring")
    visitor = browser(author)
    visitor.submit("/proposals/new", {**IDEA, "call_id": str(call.id)})
    fill_in(visitor, "DRIV-0001")
    call.closes_at = call.opens_at + timedelta(minutes=1)
    session.commit()
    version = session.scalar(sa.select(Section.version).where(Section.key == "problem"))
    answer = autosave(
        visitor, "problem", version=str(version), problem="A minute late", baseline="b", tried="c"
    )
    assert answer.status_code == 200
    page = visitor.submit("/pilots/DRIV-0001/proposal/check", holding="Ask for sign-off", status=422)
    assert "has closed" in page.text
    assert "A minute late" in page.text


def test_the_lead_sends_it_back_with_a_reason(browser, session, author, lead):
    visitor = browser(author)
    visitor.submit("/proposals/new", IDEA)
    fill_in(visitor, "DRIV-0001")
    session.scalars(sa.select(Section).where(Section.key == "problem")).one().complete = False
    session.commit()
    visitor.submit("/pilots/DRIV-0001/proposal/check", holding="Ask for sign-off")
    assert not session.scalar(sa.select(sa.exists().where(Section.complete.is_(False)))), (
        "handing it in says so"
    )
    signing = browser(lead)
    check = signing.get("/pilots/DRIV-0001/proposal/check")
    signing.submit(check, {"reason": " "}, holding="reason", status=422)
    signing.submit(check, {"reason": "Name the vendor."}, holding="reason")
    assert one(session, "DRIV-0001").step is Step.DRAFT
    visitor.submit("/pilots/DRIV-0001/proposal/check", holding="Ask for sign-off")
    visitor.submit("/pilots/DRIV-0001/proposal/check", holding="Take it back to change something")
    assert one(session, "DRIV-0001").step is Step.DRAFT


def submitted(browser, lead):
    visitor = browser(lead)
    visitor.submit("/proposals/new", IDEA)
    fill_in(visitor, "DRIV-0001")
    visitor.submit("/pilots/DRIV-0001/proposal/check", holding="Sign off and hand in")
    return visitor


def test_a_lead_who_writes_signs_in_one_go(browser, session, lead):
    submitted(browser, lead)
    proposal = one(session, "DRIV-0001")
    assert kinds(session, proposal)[-2:] == [EventKind.SIGN_OFF_ASKED, EventKind.PROPOSAL_SUBMITTED]
    assert proposal.step is Step.SCREENING


def test_a_new_revision_shows_what_changed(browser, session, lead):
    visitor = submitted(browser, lead)
    proposal = one(session, "DRIV-0001")
    proposal.step = Step.INFORMATION
    session.commit()
    unchanged = visitor.submit(
        "/pilots/DRIV-0001/proposal/check", {"note": "Nothing really"}, holding="note", status=422
    )
    assert "Nothing has changed" in unchanged.text
    visitor.submit(
        "/pilots/DRIV-0001/proposal/problem", {"problem": "Some better text", "go": "next"}, holding="go"
    )
    visitor.submit("/pilots/DRIV-0001/proposal/check", {"note": "Said it better."}, holding="note")
    proposal = one(session, "DRIV-0001")
    assert (proposal.step, proposal.revision_number) == (Step.SCREENING, 2)
    page = visitor.get("/pilots/DRIV-0001/proposal/changes")
    assert page.texts("ins") == ["better"]
    assert "Said it better." in page.text
    assert "Some text" in visitor.get("/pilots/DRIV-0001/proposal/revisions/1").text
    visitor.get("/pilots/DRIV-0001/proposal/revisions/3", 404)
    visitor.get("/pilots/DRIV-0001/proposal/changes?from=1&to=99999999999999999999", 404)
    visitor.get("/pilots/DRIV-0001/proposal.pdf?revision=0", 404)


def test_withdrawing_needs_a_reason_and_ends_the_record(browser, session, lead):
    visitor = submitted(browser, lead)
    visitor.submit("/pilots/DRIV-0001/withdraw", {"reason": ""}, holding="reason", status=422)
    visitor.submit("/pilots/DRIV-0001/withdraw", {"reason": "The money came elsewhere."}, holding="reason")
    proposal = one(session, "DRIV-0001")
    assert (proposal.step, proposal.outcome, proposal.end_reason) == (
        Step.CLOSED,
        Outcome.WITHDRAW,
        EndReason.WITHDRAWN,
    )
    assert kinds(session, proposal)[-1] is EventKind.PROPOSAL_WITHDRAWN
    visitor.get("/pilots/DRIV-0001/withdraw", 403)


def test_a_draft_is_deleted_and_restored(browser, session, world, author):
    visitor = browser(author)
    visitor.submit("/proposals/new", IDEA)
    address, lists = "/pilots/DRIV-0001/proposal", ("/", "/portfolio")
    assert all("DRIV-0001" in visitor.get(page).html for page in lists)
    for where in ("the notice after it", "the draft's own address"):
        deleted = visitor.submit(f"{address}/tasks", action="/proposal/delete")
        assert "is deleted." in deleted.text
        assert not any("DRIV-0001" in visitor.get(page).html for page in lists)
        visitor.get(f"{address}/problem", 403)
        new = visitor.get("/proposals/new")
        assert "Drafts you deleted" in new.text
        assert f"{address}/tasks" in new.links()
        page = deleted if where == "the notice after it" else visitor.get(f"{address}/tasks")
        restored = visitor.submit(page, action="/proposal/restore")
        assert "The draft is restored." in restored.text
        assert all("DRIV-0001" in visitor.get(page).html for page in lists)
        assert "Drafts you deleted" not in visitor.get("/proposals/new").text
    assert "Delete draft" in restored.text
    other = browser(world.person("Olga Office", Role.COORDINATOR, Role.ADMINISTRATOR))
    for act in ("delete", "restore"):
        other.post(f"{address}/{act}", {"csrf_token": other.token()}, status=404)
    assert one(session, "DRIV-0001").deleted_at is None


def test_a_stale_sign_off_is_shown_the_newest_text(browser, session, author, lead):
    visitor = browser(author)
    visitor.submit("/proposals/new", IDEA)
    fill_in(visitor, "DRIV-0001")
    check = visitor.get("/pilots/DRIV-0001/proposal/check")
    browser(lead).submit(
        "/pilots/DRIV-0001/proposal/problem", {"problem": "Newer", "go": "next"}, holding="go"
    )
    stale = visitor.submit(check, holding="Ask for sign-off", status=409)
    assert "Newer" in stale.text
    assert one(session, "DRIV-0001").step is Step.DRAFT


def test_authors_come_and_go_and_the_last_one_stays(world, browser, session, agency, author):
    colleague = world.person("Col League", agency=agency)
    world.person("Out Sider", email="out@example.gov")
    visitor = browser(author)
    visitor.submit("/proposals/new", IDEA)
    page = visitor.get("/pilots/DRIV-0001/proposal/authors")
    assert visitor.submit(page, {"named": "out@example.gov"}, holding="named", status=422)
    visitor.submit("/pilots/DRIV-0001/proposal/authors", {"named": "col league"}, holding="named")
    visitor.submit(
        "/pilots/DRIV-0001/proposal/authors", {"named": colleague.email}, holding="named", status=422
    )
    browser(colleague).get("/pilots/DRIV-0001/proposal/tasks")
    visitor.submit("/pilots/DRIV-0001/proposal/authors", action=f"/proposal/authors/{colleague.id}/remove")
    token = visitor.token()
    alone = visitor.post(
        f"/pilots/DRIV-0001/proposal/authors/{author.id}/remove", {"csrf_token": token}, status=422
    )
    assert "The last author stays" in alone.text


def test_similar_proposals_never_show_a_strangers_draft(world, browser, agency, author):
    other = world.agency("OTHR", "Other Department")
    for step, origin in (
        (Step.DRAFT, Origin.ENTERED),
        (Step.SCREENING, Origin.ENTERED),
        (Step.RUNNING, Origin.INVENTORY),
    ):
        world.proposal(f"Licence counter booking {step} {origin}", agency=other, step=step, origin=origin)
    world.proposal("Licence counter booking of ours", agency=agency, step=Step.SCREENING)
    world.proposal("Licence counter booking colleague's draft", agency=agency, step=Step.DRAFT)
    world.proposal("Something else entirely", agency=agency, step=Step.SCREENING)
    answer = browser(author).get("/proposals/similar?q=Booking a licence counter").response.json
    assert [(item["title"], bool(item["url"])) for item in answer["items"]] == [
        ("Licence counter booking running inventory", False),
        ("Licence counter booking of ours", True),
    ]


def test_look_alikes_are_shown_without_a_script(world, browser, agency, author):
    world.proposal("Shorter waits by booking", agency=agency, step=Step.SCREENING)
    page = browser(author).submit("/proposals/new", IDEA)
    assert "Shorter waits by booking" in page.text


@pytest.mark.parametrize(
    "text", ["", "a", "%%%%", "____", "\\\\\\\\", "x" * 100_000, "'; DROP TABLE proposal --", "\x00null"]
)
def test_odd_searches_find_nothing_and_break_nothing(browser, author, text):
    response = browser(author).client.get("/proposals/similar", query_string={"q": text})
    assert (response.status_code, response.json) == (200, {"items": []})


def test_statements_do_not_grow_with_the_rows(world, browser, session, statements, agency, author):
    visitor = browser(author)
    visitor.submit("/proposals/new", IDEA)
    counted = []
    for names in ((), ("One", "Two")):
        for name in names:
            person = world.person(name, agency=agency)
            visitor.submit("/pilots/DRIV-0001/proposal/authors", {"named": person.email}, holding="named")
            world.proposal(f"Shorter waits {name}", agency=agency)
        session.commit()
        for page in ("tasks", "check", "idea", "problem", "authors"):
            with statements() as seen:
                visitor.get(f"/pilots/DRIV-0001/proposal/{page}")
            counted.append(len(seen))
    assert counted == [9, 7, 7, 4, 5] * 2
