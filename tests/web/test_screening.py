from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.events import EventKind
from incubator.domain.gates import GateKey
from incubator.domain.roles import Role
from incubator.domain.stages import EndReason, Origin, Outcome, Stage, Step
from incubator.models.agencies import Need
from incubator.models.gates import Decision, GateCheck
from incubator.models.history import Event
from incubator.models.jobs import Message
from incubator.models.proposals import Attachment, Author, NeedLink, Proposal
from incubator.models.screening import InformationRequest, Snippet


@pytest.fixture
def scene(world, session, now):
    class Scene:
        agency = world.agency("DOT", "Department of Transportation")
        author = world.person("Author Ann", (Role.SUBMITTER, agency), agency=agency)
        lead = world.person("Lee Lead", (Role.AGENCY_LEAD, agency), agency=agency)
        coordinator = world.person("Cora Dean", Role.COORDINATOR)
        call = world.call("Spring round")
        proposal = world.proposal(
            "Permit helper",
            agency=agency,
            call=call,
            authors=(author,),
            due_on=now.date() - timedelta(days=3),
        )

    return Scene


def url(scene, more=""):
    return f"/pilots/{scene.proposal.number}/screening{more}"


ALL_MET = {
    "met_real_problem": "yes",
    "met_no_market": "na",
    "note_no_market": "Nothing sold does this",
    "met_not_duplicate": "yes",
}


def test_the_queue_puts_the_overdue_first_and_filters(scene, world, browser, now):
    other = world.agency("DOR", "Department of Revenue")
    world.proposal("Fresh idea", agency=other, due_on=now.date() + timedelta(days=3_010))
    world.proposal(
        "Asked idea", agency=other, step=Step.INFORMATION, due_on=now.date() + timedelta(days=3_002)
    )
    world.proposal("In review", agency=other, step=Step.REVIEW)
    world.proposal("Secret draft", agency=other, step=Step.DRAFT)
    visitor = browser(scene.coordinator)
    page = visitor.get("/screening")
    names = ("Permit helper", "Asked idea", "Fresh idea", "In review", "Secret draft")
    assert [text for text in page.texts("a") if text in names] == list(names[:3])
    assert page.texts("span", "late") == ["Overdue"]
    assert page.texts("strong")[:3] == ["2", "1", "1"]
    narrowed = visitor.get("/screening?agency=DOR&show=information")
    assert [text for text in narrowed.texts("a") if text in names] == ["Asked idea"]
    nothing = visitor.get("/screening?call=nowhere%00&page=9999999999&sort=;drop")
    assert "Nothing matches these filters" in nothing.text


def test_imported_ideas_are_shown_only_when_asked_for(scene, world, browser, now):
    """An inventory brings in ideas by the thousand; they wait for nobody until one is taken up."""
    imported = world.proposal("Weather reader", agency=scene.agency, origin=Origin.INVENTORY)
    world.proposal("Taken up", origin=Origin.INVENTORY, due_on=now.date() + timedelta(days=3_005))
    visitor = browser(scene.coordinator)
    page = visitor.get("/screening")
    assert imported.title not in page.text
    assert "Taken up" in page.text
    assert page.texts("strong")[:3] == ["2", "0", "1"]
    asked = visitor.get("/screening?show=imported")
    assert imported.title in asked.text
    assert "Taken up" not in asked.text
    assert "Permit helper" not in asked.text
    assert "They wait for nobody here" in asked.text


def test_the_queue_is_for_coordinators_within_their_grants(scene, world, browser):
    limited = world.person("Lim Ited", (Role.COORDINATOR, world.agency()))
    reviewer = world.person("Rae Bell", Role.REVIEWER)
    assert "Permit helper" not in browser(limited).get("/screening").text
    browser(reviewer).get("/screening", 403)


def test_the_page_says_what_is_missing_and_whose_move_it_is(scene, browser):
    page = browser(scene.coordinator).get(url(scene))
    assert "Not yet possible. Missing:" in page.text
    assert page.texts("small", "mover") == ["Move: Coordinator"] * 3
    assert "Pass to review" not in page.texts("button")


def test_checking_and_passing_to_review(scene, session, browser):
    visitor, place = browser(scene.coordinator), url(scene)
    refused = visitor.submit(place, {**ALL_MET, "note_no_market": " "}, holding="Save the checks", status=422)
    assert refused.texts("p", "error-message") == ["Error: Write why it is not met or does not apply."]
    assert session.scalar(sa.select(sa.func.count()).select_from(GateCheck)) == 0, "all or none"
    page = visitor.submit(place, ALL_MET, holding="Save the checks")
    assert "Nothing sold does this" in page.text
    page = visitor.submit(page, {"reason": "Worth a look"}, action="/screening/pass")
    assert "Screening is passed" in page.text
    session.expire_all()
    decision = session.scalars(sa.select(Decision)).one()
    assert (decision.gate, decision.outcome, decision.reason) == (GateKey.G0, Outcome.ADVANCE, "Worth a look")
    assert decision.evidence
    assert scene.proposal.step is Step.REVIEW


def test_passing_is_refused_while_something_is_missing(scene, session, browser):
    visitor, place, version = browser(scene.coordinator), url(scene, "/pass"), scene.proposal.version
    visitor.post(
        place, {"csrf_token": visitor.token(), "version": str(version), "reason": "Just so"}, status=422
    )
    session.expire_all()
    assert scene.proposal.step is Step.SCREENING


def test_a_question_and_its_answer_stay_in_one_place(scene, session, browser, world):
    visitor, place, number = browser(scene.coordinator), url(scene), scene.proposal.number
    page = visitor.submit(place, {"question": "How many permits\na year?"}, holding="Send the question")
    assert "Waiting for the agency's answer" in page.text
    mails = session.execute(sa.select(Message.recipient_id, Message.body).order_by(Message.id)).all()
    assert [mail.recipient_id for mail in mails] == [scene.author.id, scene.lead.id]
    assert "How many permits" in mails[0].body
    author = browser(scene.author)
    page = author.submit(
        f"/pilots/{number}/screening", {"answer": " "}, holding="Send the answer", status=422
    )
    assert page.texts("p", "error-message") == ["Error: Write your answer"]
    page = author.submit(
        f"/pilots/{number}/screening", {"answer": "Twelve thousand 🚧"}, holding="Send the answer"
    )
    assert "Twelve thousand 🚧" in page.text
    assert "Send the answer" not in page.texts("button")
    session.expire_all()
    assert scene.proposal.step is Step.SCREENING
    row = session.scalars(sa.select(InformationRequest)).one()
    assert (row.question, row.answer, row.answered_by_id) == (
        "How many permits\na year?",
        "Twelve thousand 🚧",
        scene.author.id,
    )
    assert "the agency has answered" in visitor.get("/screening").text
    kinds = session.scalars(sa.select(Event.kind).where(Event.proposal_id == scene.proposal.id)).all()
    assert kinds == [EventKind.INFORMATION_ASKED, EventKind.INFORMATION_ANSWERED]


def test_what_a_gate_sent_back_is_answered_too(scene, world, session, browser, now):
    scene.proposal.step = Step.INFORMATION
    world.add(
        Decision(
            proposal_id=scene.proposal.id,
            gate=GateKey.G1,
            outcome=Outcome.REWORK,
            from_stage=Stage.IDEA,
            to_stage=Stage.IDEA,
            reason="Say who pays afterwards",
            decided_at=now,
            evidence={},
            evidence_sha256="0",
        )
    )
    place, visitor = url(scene), browser(scene.author)
    page = visitor.get(place)
    assert "Say who pays afterwards" in page.text
    visitor.submit(page, {"answer": "The department"}, holding="Send the answer")
    row = session.scalars(sa.select(InformationRequest)).one()
    assert (row.question, row.answer) == ("Say who pays afterwards", "The department")


def test_the_agency_reads_the_plain_side_and_never_a_note(scene, session, browser, world, now):
    world.add(
        GateCheck(
            proposal_id=scene.proposal.id,
            gate=GateKey.G0,
            key="no_market",
            met=False,
            note="NOTE-CANARY",
            checked_at=now,
        )
    )
    world.proposal("Permit helper again", agency=world.agency())
    place, page = url(scene), None
    for person in (scene.author, scene.lead):
        page = browser(person).get(place)
        assert "What we check first" in page.text
        assert "Not met" in page.texts("span", "stop")
        for hidden in ("NOTE-CANARY", "again", "Decline", "Cora Dean"):
            assert hidden not in page.text
        assert not any("/screening/" in (form.get("action") or "") for form in page.forms())
    assert "NOTE-CANARY" in browser(scene.coordinator).get(place).text


def test_others_cannot_act(scene, browser, world, session):
    person = browser(scene.author)
    token, number = person.token(), scene.proposal.number
    for act in ("checks", "question", "pass", "decline", "merge", "answer"):
        person.post(f"/pilots/{number}/screening/{act}", {"csrf_token": token, "version": "1"}, status=403)
    stranger = browser(world.person("Una Known"))
    token = stranger.token()
    stranger.get(f"/pilots/{number}/screening", 404)
    for act in ("checks", "question", "pass", "decline", "merge", "answer"):
        stranger.post(f"/pilots/{number}/screening/{act}", {"csrf_token": token}, status=404)


def test_declining_needs_a_reason_and_tells_the_agency(scene, session, browser):
    visitor, place = browser(scene.coordinator), url(scene)
    page = visitor.submit(
        place, {"end_reason": "", "reason": "Already solved"}, action="/screening/decline", status=422
    )
    assert page.texts("p", "error-message") == ["Error: Choose why it ends."]
    visitor.submit(page, {"end_reason": "redundant"}, action="/screening/decline")
    session.expire_all()
    assert (scene.proposal.stage, scene.proposal.end_reason) == (Stage.CLOSED, EndReason.REDUNDANT)
    assert "Already solved" in session.scalars(sa.select(Message.body)).first()


def test_merging_carries_authors_needs_and_files_over(scene, world, session, browser, now):
    other_author = world.person("Other Olly", (Role.SUBMITTER, scene.agency), agency=scene.agency)
    target = world.proposal("Permit assistant", agency=scene.agency, authors=(other_author,))
    need = world.add(
        Need(agency_id=scene.agency.id, title="Faster permits", problem="Slow", rank=1, stated_at=now)
    )
    world.add(NeedLink(proposal_id=scene.proposal.id, need_id=need.id))
    world.add(
        Attachment(
            proposal_id=scene.proposal.id,
            name="a.pdf",
            media_type="application/pdf",
            size=1,
            sha256="0",
            storage_key="k",
            added_at=now,
        )
    )
    visitor, place, number = browser(scene.coordinator), url(scene), target.number
    page = visitor.get(place)
    assert "Permit assistant" in page.text
    assert "50% of the title's words alike" in page.text
    wrong = visitor.submit(
        page, {"target": "DOT-9999", "reason": "Same"}, action="/screening/merge", status=422
    )
    assert wrong.texts("p", "error-message") == [
        "Error: Enter the number of the proposal it is merged into, such as DOT-0001."
    ]
    page = visitor.submit(page, {"target": number.lower(), "reason": "Same thing"}, action="/screening/merge")
    assert f"/pilots/{number}" in page.links()
    session.expire_all()
    merged = scene.proposal
    assert (merged.outcome, merged.end_reason, merged.merged_into_id) == (
        Outcome.MERGE,
        EndReason.MERGED,
        target.id,
    )
    authors = session.scalars(sa.select(Author.person_id).where(Author.proposal_id == target.id)).all()
    assert set(authors) == {scene.author.id, other_author.id}
    assert session.get(NeedLink, (target.id, need.id)) is not None
    assert session.scalars(sa.select(Attachment.proposal_id)).one() == target.id
    for proposal in (merged, target):
        event = session.scalars(
            sa.select(Event).where(Event.kind == EventKind.PROPOSAL_MERGED, Event.proposal_id == proposal.id)
        ).one()
        assert (event.details["number"], event.details["target"]) == (merged.number, target.number)


def test_two_coordinators_meet_with_both_texts(scene, world, session, browser):
    place, visitor = url(scene), browser(scene.coordinator)
    older = visitor.get(place)
    visitor.submit(
        place, {"met_real_problem": "yes", "note_real_problem": "Seen on site"}, holding="Save the checks"
    )
    page = visitor.submit(
        older,
        {"met_real_problem": "no", "note_real_problem": "A wish"},
        holding="Save the checks",
        status=409,
    )
    assert "Seen on site" in page.text
    assert "A wish" in page.text
    visitor.submit(page, holding="Save my version instead")
    check = session.scalars(sa.select(GateCheck)).one()
    assert (check.met, check.note) == (False, "A wish")


def test_responses_are_kept_changed_inserted_and_put_away(scene, session, browser):
    visitor = browser(scene.coordinator)
    page = visitor.submit("/screening/snippets", {"title": "", "body": "x"}, holding="Keep it", status=422)
    assert page.texts("p", "error-message") == ["Error: Enter a title"]
    page = visitor.submit(
        "/screening/snippets",
        {"title": "Baseline", "body": "Please give a number.", "need_key": "real_problem"},
        holding="Keep it",
    )
    assert "A real agency problem" in page.text
    snippet = session.scalars(sa.select(Snippet)).one()
    address = f"/screening/snippets/{snippet.id}"
    older = visitor.get(address)
    visitor.submit(address, {"body": "Please give a measured number."}, holding="Save")
    stale = visitor.submit(older, {"body": "Another text"}, holding="Save", status=409)
    assert "measured" in stale.text
    place = url(scene)
    page = visitor.submit(
        place, {"question": "Hello.", "snippet": str(snippet.id), "go": "insert"}, holding="Send the question"
    )
    assert "Hello.\n\nPlease give a measured number." in page.response.text
    assert session.scalar(sa.select(sa.func.count()).select_from(InformationRequest)) == 0
    visitor.submit(address, holding="Put it away")
    visitor.get(address, 404)
    assert "Baseline" not in visitor.get("/screening/snippets").text


@pytest.mark.parametrize("more", [0, 2])
def test_the_queue_takes_the_same_statements_for_any_number(scene, world, browser, statements, more):
    for number in range(more):
        world.proposal(f"More {number}", call=world.call())
    visitor = browser(scene.coordinator)
    with statements() as seen:
        visitor.get("/screening")
    assert len(seen) == 4


@pytest.mark.parametrize("more", [0, 2])
def test_the_page_takes_the_same_statements_for_any_number(scene, world, browser, statements, more, now):
    for number in range(more):
        world.proposal(f"Permit helper {number}")
        world.add(InformationRequest(proposal_id=scene.proposal.id, question=f"Q{number}", asked_at=now))
    visitor, place = browser(scene.coordinator), url(scene)
    with statements() as seen:
        visitor.get(place)
    assert len(seen) == 9


def test_a_draft_has_no_screening(scene, world, browser):
    draft = world.proposal("Secret draft", agency=scene.agency, step=Step.DRAFT, authors=(scene.author,))
    browser(scene.author).get(f"/pilots/{draft.number}/screening", 404)
    assert isinstance(draft, Proposal)
