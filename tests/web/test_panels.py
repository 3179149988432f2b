"""A panel's pages as people see them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.panels import NoteAudience, Vote
from incubator.domain.roles import Role
from incubator.domain.stages import Outcome
from incubator.models.history import Event
from incubator.models.jobs import Message
from incubator.models.panels import PanelMeeting, PanelNote, PanelSummary, PanelVote
from tests.panel_scene import PanelScene


@pytest.fixture
def scene(world):
    return PanelScene(world)


@pytest.fixture
def said(scene, world):
    """A meeting that is open, with something of everything said of `near`."""
    scene.meeting(place="Room 4", meets_at=world.now + timedelta(days=3))
    for audience in NoteAudience:
        world.add(
            PanelNote(
                proposal_id=scene.near.id,
                author_id=scene.chair.id,
                audience=audience,
                text=f"CANARY {audience.value}",
                written_at=world.now,
            )
        )
    world.add(
        PanelSummary(
            proposal_id=scene.near.id,
            text="CANARY summary",
            recommendation=Outcome.HOLD,
            changed_at=world.now,
            changed_by_id=scene.chair.id,
        )
    )
    world.add(PanelVote(proposal_id=scene.near.id, person_id=scene.chair.id, vote=Vote.NO, at=world.now))
    return scene


def count(session, table):
    return session.scalar(sa.select(sa.func.count()).select_from(table))


def test_the_chair_sets_opens_and_closes_the_meeting(scene, browser, session):
    chair = browser(scene.chair)
    page = chair.get(scene.url())
    assert page.heading == "Panel meeting"
    assert "Not opened yet" in page.text
    page = chair.submit(
        scene.url(more="/meeting"),
        {"meets_on": "12/3/2030", "meets_time": "9:30 am", "place": "Room 4"},
        holding="meets_on",
    )
    assert "December 3, 2030, 9:30 a.m. MST" in page.text
    assert "Room 4" in page.text
    assert count(session, Message) == 3
    page = chair.submit(page, action="/open")
    assert "The meeting is open." in page.text
    page = chair.submit(page, action="/close")
    assert "The meeting is closed." in page.text
    assert "Open it again" in page.text


def test_a_meeting_needs_both_day_and_time_or_neither(scene, browser):
    chair = browser(scene.chair)
    url = scene.url(more="/meeting")
    page = chair.submit(url, {"meets_on": "12/3/2030"}, holding="meets_on", status=422)
    assert "Enter the time too." in page.text
    page = chair.submit(url, {"meets_time": "9 am"}, holding="meets_on", status=422)
    assert "Enter the day too." in page.text
    page = chair.submit(
        url, {"meets_on": "3/10/2030", "meets_time": "2:30 am"}, holding="meets_on", status=422
    )
    assert "Clocks are moved forward" in page.text
    chair.submit(url, {"place": "Only a room"}, holding="meets_on")


def test_two_who_set_the_meeting_see_both_versions(scene, browser, session):
    chair, coordinator = browser(scene.chair), browser(scene.coordinator)
    url = scene.url(more="/meeting")
    open_page = coordinator.get(url)
    chair.submit(url, {"place": "Room 4"}, holding="meets_on")
    page = coordinator.submit(open_page, {"place": "Room 9"}, holding="meets_on", status=409)
    assert "Room 4" in page.text
    assert "Room 9" in page.text
    assert session.scalar(sa.select(PanelMeeting.place)) == "Room 4"
    coordinator.submit(page, action="/meeting")
    session.expire_all()
    assert session.scalar(sa.select(PanelMeeting.place)) == "Room 9"


def test_a_member_reads_the_agenda_but_does_not_keep_the_meeting(said, browser):
    member = browser(said.member)
    page = member.get(said.url())
    assert "Leaves the room: Con Flict" in page.text
    assert "1 of 2 voted" in page.text
    assert "0 of 3 voted" in page.text
    assert "Recommends: Hold" in page.text
    assert "no, " not in page.text
    assert not [form for form in page.forms() if (form.get("action") or "").endswith(("/open", "/close"))]
    member.get(said.url(more="/meeting"), 403)
    token = member.token()
    for act in ("/open", "/close"):
        member.post(said.url(more=act), {"csrf_token": token}, status=403)


def test_the_pages_lead_from_one_proposal_to_the_next(scene, browser):
    member = browser(scene.member)
    order = [scene.near, scene.top, scene.low]
    for place, proposal in enumerate(order):
        page = member.get(scene.url(proposal))
        assert f"{place + 1} of 3 on the agenda" in page.text
        links = page.links()
        for step in (-1, 1):
            if 0 <= place + step < 3:
                assert scene.url(order[place + step]) in links
    assert scene.url(order[0]) not in links
    assert f"/pilots/{scene.low.number}/reviews" in links
    assert f"/pilots/{scene.low.number}/proposal" in " ".join(links)


def test_a_note_says_who_reads_it_and_the_narrowest_is_chosen(scene, browser, session):
    scene.meeting()
    member = browser(scene.member)
    page = member.get(scene.url(scene.near))
    checked = [
        field.get("value")
        for field in page.tree.iter("input")
        if field.get("name") == "audience" and field.get("checked") is not None
    ]
    assert checked == ["panel"]
    assert "when the decision is released and not before" in page.text
    page = member.submit(page, {"text": "Ask about hosting.", "audience": "agency"}, action="/notes")
    note = session.scalars(sa.select(PanelNote)).one()
    assert (note.text, note.audience) == ("Ask about hosting.", NoteAudience.AGENCY)
    assert "The agency too, with the decision" in page.texts("p", "note-head")[0]
    page = member.submit(page, {"text": "  "}, action="/notes", status=422)
    assert "Write the note" in page.text
    page = member.submit(page, {"text": "Kept text", "audience": "everybody"}, action="/notes", status=422)
    assert "Kept text" in page.html
    assert count(session, PanelNote) == 1


def test_a_note_pressed_twice_is_one_note(scene, browser, session):
    scene.meeting()
    member = browser(scene.member)
    page = member.get(scene.url(scene.near))
    first = member.submit(page, {"text": "Once"}, action="/notes")
    second = member.submit(page, {"text": "Once"}, action="/notes")
    assert (first.url, second.url) == (first.url, first.url)
    assert count(session, PanelNote) == 1
    member.submit(member.get(scene.url(scene.near)), {"text": "Once"}, action="/notes")
    assert count(session, PanelNote) == 2


def test_a_call_that_keeps_reviewers_apart_offers_no_note_for_them(scene, browser):
    scene.call.shares_scores = False
    scene.meeting()
    member = browser(scene.member)
    page = member.get(scene.url(scene.near))
    assert "The panel and this proposal's reviewers" not in page.text
    member.submit(page, {"text": "To them", "audience": "reviewers"}, action="/notes", status=422)


def test_a_note_is_struck_with_a_reason_and_stays(said, browser, session):
    chair, member = browser(said.chair), browser(said.member)
    note = session.scalars(sa.select(PanelNote).order_by(PanelNote.id)).first()
    url = said.url(said.near, f"/notes/{note.id}/strike")
    assert url in chair.get(said.url(said.near)).links()
    assert url not in member.get(said.url(said.near)).links()
    member.get(url, 403)
    chair.get(said.url(said.top, f"/notes/{note.id}/strike"), 404)
    chair.submit(url, {"reason": ""}, holding="reason", status=422)
    page = chair.submit(url, {"reason": "Wrong proposal"}, holding="reason")
    assert "Struck by Quinn Chair: Wrong proposal" in page.text
    assert "CANARY panel" in member.get(said.url(said.near)).text
    assert url not in page.links()


def test_votes_of_others_are_kept_until_ones_own_is_in(said, browser, session):
    member, coordinator = browser(said.member), browser(said.coordinator)
    for visitor in (member, coordinator):
        page = visitor.get(said.url(said.near))
        assert "1 of 2 voted" in page.text
        assert page.texts("ul", "voters") == ["Mo Member Not yetQuinn Chair Voted"]
        live = visitor.client.get(said.url(said.near, "/live")).get_json()
        assert "tag stop" not in live["votes"]
        assert "yes," not in live["votes"]
    page = member.submit(member.get(said.url(said.near)), {"vote": "yes"}, action="/vote")
    assert "1 yes, 1 no, 0 abstained" in page.text
    assert page.texts("ul", "voters") == ["Mo Member YesQuinn Chair No"]
    page = member.submit(page, {"vote": "abstain"}, action="/vote")
    assert "0 yes, 1 no, 1 abstained" in page.text
    assert "yes," not in coordinator.get(said.url(said.near)).text
    member.submit(page, {"vote": "perhaps"}, action="/vote", status=422)
    coordinator.post(
        said.url(said.near, "/vote"), {"csrf_token": coordinator.token(), "vote": "yes"}, status=403
    )
    session.expire_all()
    assert {row.vote for row in session.scalars(sa.select(PanelVote))} == {Vote.NO, Vote.ABSTAIN}


def test_two_who_sum_up_lose_nothing(said, browser, session):
    member, coordinator = browser(said.member), browser(said.coordinator)
    url = said.url(said.near)
    open_page = coordinator.get(url)
    member.submit(url, {"summary": "Theirs, longer", "recommendation": "advance"}, action="/summary")
    page = coordinator.submit(
        open_page, {"summary": "Mine, other", "recommendation": "stop"}, action="/summary", status=409
    )
    for words in ("Theirs, longer", "Mine, other", "Advance", "Stop"):
        assert words in page.text
    session.expire_all()
    assert session.scalar(sa.select(PanelSummary.text)) == "Theirs, longer"
    page = coordinator.submit(page, action="/summary")
    assert "Mine, other" in page.text
    session.expire_all()
    assert session.scalar(sa.select(PanelSummary.recommendation)) is Outcome.STOP


def test_marking_as_discussed_and_taking_the_mark_off(said, browser, session):
    member = browser(said.member)
    page = member.submit(said.url(said.near), action="/discussed")
    assert "Discussed" in page.texts("span", "tag")
    page = member.submit(page, action="/discussed")
    assert "Not discussed yet" in page.texts("span", "tag")
    session.expire_all()
    assert session.scalar(sa.select(PanelSummary.discussed_at)) is None


def test_a_closed_meeting_keeps_what_was_typed(said, browser, session):
    member = browser(said.member)
    page = member.get(said.url(said.near))
    session.scalars(sa.select(PanelMeeting)).one().closed_at = said.world.now
    session.commit()
    refused = member.submit(page, {"text": "Too late, but kept"}, action="/notes", status=422)
    assert "The meeting is closed" in refused.text
    assert "Too late, but kept" in refused.html
    assert "How the others voted" not in refused.text
    member.submit(page, {"vote": "yes"}, action="/vote", status=422)
    assert count(session, PanelNote) == 3


def test_the_minutes_hold_everything_for_the_panel(said, browser, session):
    member = browser(said.member)
    page = member.get(said.url(more="/minutes"))
    assert page.heading == "Agenda of the panel"
    for words in ("CANARY panel", "CANARY summary", "Hold", "1 of 2 voted", "Leaves the room: Con Flict"):
        assert words in page.text
    assert "0 yes, 1 no" not in page.text
    session.scalars(sa.select(PanelMeeting)).one().closed_at = said.world.now
    session.commit()
    page = member.get(said.url(more="/minutes"))
    assert page.heading == "Minutes of the panel"
    assert "0 yes, 1 no, 0 abstained (1 of 2 voted)" in page.text


# the fragment


def test_the_fragment_answers_304_until_something_changes(said, browser, session):
    member = browser(said.member)
    url = said.url(said.near, "/live")
    first = member.client.get(url)
    assert first.status_code == 200
    tag = first.headers["ETag"]
    again = member.client.get(url, headers={"If-None-Match": tag})
    assert (again.status_code, again.get_data(), again.headers["ETag"]) == (304, b"", tag)
    assert again.headers["Cache-Control"] == "no-store"
    member.submit(said.url(said.near), {"text": "New one"}, action="/notes")
    after = member.client.get(url, headers={"If-None-Match": tag})
    assert after.status_code == 200
    assert after.headers["ETag"] != tag
    assert "New one" in after.get_json()["notes"]
    session.scalars(sa.select(PanelMeeting)).one().closed_at = said.world.now
    session.commit()
    closed = member.client.get(url, headers={"If-None-Match": after.headers["ETag"]})
    assert closed.get_json()["state"] == "closed"


def test_the_fragment_shows_what_the_page_shows(said, browser):
    member = browser(said.member)
    page, parts = member.get(said.url(said.near)), member.client.get(said.url(said.near, "/live")).get_json()
    for name in ("notes", "votes", "summary"):
        assert parts[name] in page.html
    assert parts["form"] == {"version": 1, "summary": "CANARY summary", "recommendation": "hold"}


def test_the_fragment_keeps_no_session_alive(said, browser, session, app):
    from incubator.models.accounts import SignIn

    assert app.view_functions["panels.live"].polls is True
    assert not hasattr(app.view_functions["panels.proposal"], "polls")
    member = browser(said.member)
    sign_in = session.scalars(sa.select(SignIn).where(SignIn.person_id == said.member.id)).one()
    sign_in.seen_at = sign_in.seen_at - timedelta(minutes=10)
    session.commit()
    before = sign_in.seen_at
    member.client.get(said.url(said.near, "/live"))
    session.expire_all()
    assert (
        session.scalars(sa.select(SignIn.seen_at).where(SignIn.person_id == said.member.id)).one() == before
    )
    member.get(said.url(said.near))
    session.expire_all()
    assert session.scalars(sa.select(SignIn.seen_at).where(SignIn.person_id == said.member.id)).one() > before


def test_the_fragment_ends_with_the_session(said, browser):
    visitor = browser()
    answer = visitor.client.get(said.url(said.near, "/live"), headers={"Accept": "application/json"})
    assert answer.status_code == 401


@pytest.mark.parametrize("more", ["", "/live"])
def test_a_page_costs_the_same_for_one_row_and_for_many(said, browser, world, statements, more):
    member = browser(said.member)
    url = said.url(said.top, more)

    def cost():
        with statements() as seen:
            assert member.client.get(url).status_code == 200
        return len(seen)

    cost()
    none = cost()
    for place in range(3):
        world.add(
            PanelNote(
                proposal_id=said.top.id,
                author_id=said.chair.id,
                audience=NoteAudience.PANEL,
                text=f"Note {place}",
                written_at=world.now,
            )
        )
        person = world.person(f"Voter {place}", (Role.GATEKEEPER, None, said.call))
        world.add(PanelVote(proposal_id=said.top.id, person_id=person.id, vote=Vote.YES, at=world.now))
        said.proposal(f"More {place}", 3.0, 3.2)
    world.session.commit()
    assert cost() == none


@pytest.mark.parametrize("more", ["", "/minutes"])
def test_the_agenda_pages_cost_the_same_for_one_row_and_for_three(said, browser, session, statements, more):
    member = browser(said.member)
    url = said.url(more=more)

    def cost():
        with statements() as seen:
            assert member.client.get(url).status_code == 200
        return len(seen)

    cost()
    three = cost()
    for proposal in (said.top, said.low):
        proposal.call_id = None
    session.commit()
    assert cost() == three


# who may not


def everything(scene):
    """Every address of a panel that names the proposal, and those that list it."""
    note = 1
    return {
        "": 200,
        "/minutes": 200,
        f"/{scene.near.number}": 404,
        f"/{scene.near.number}/live": 404,
        f"/{scene.near.number}/notes/{note}/strike": 404,
    }


POSTS = ("/notes", "/vote", "/summary", "/discussed")
ANSWERS = {"text": "Mine", "audience": "panel", "vote": "yes", "summary": "Mine", "discussed": "yes"}


def traces(session):
    session.expire_all()
    return (
        count(session, PanelNote),
        count(session, PanelVote),
        session.scalar(sa.select(PanelSummary.text)),
        session.scalar(sa.select(PanelSummary.discussed_at)),
    )


@pytest.mark.parametrize("how", ["declared", "own agency"])
def test_whoever_has_a_conflict_finds_nothing_of_it_anywhere(said, browser, world, session, how):
    person = said.kept_out
    if how == "own agency":
        person = world.person("Ona Own", Role.GATEKEEPER, agency=said.agency)
    visitor = browser(person)
    before = traces(session)
    for more, status in everything(said).items():
        page = visitor.get(said.url(more=more), status)
        for secret in ("CANARY", "Bridge counter", "3.40", "1 of 2 voted"):
            assert secret not in page.text, more
    token = visitor.token()
    for act in POSTS:
        visitor.post(said.url(said.near, act), {"csrf_token": token, "version": "1", **ANSWERS}, status=404)
    assert traces(session) == before
    page = visitor.get(said.url())
    assert len([one for one in page.texts("tr") if "voted" in one]) == (2 if how == "declared" else 0)
    if how == "declared":
        assert "1 of 2 on the agenda" in visitor.get(said.url(said.top)).text


@pytest.mark.parametrize(
    "who", ["submitter", "lead", "reviewer", "busy", "leadership", "administrator", "elsewhere"]
)
def test_nobody_without_a_seat_reaches_anything(said, browser, world, session, who):
    person = {
        "submitter": lambda: world.person("Sub", (Role.SUBMITTER, said.agency), agency=said.agency),
        "lead": lambda: world.person("Lea", (Role.AGENCY_LEAD, said.agency), agency=said.agency),
        "reviewer": lambda: said.reviewers[0],
        "busy": lambda: world.person("Bo Busy", Role.REVIEWER, Role.GATEKEEPER, Role.COORDINATOR),
        "leadership": lambda: world.person("Lee", Role.LEADERSHIP),
        "administrator": lambda: world.person("Ada", Role.ADMINISTRATOR),
        "elsewhere": lambda: world.person("Els", (Role.GATEKEEPER, None, world.call("Other", slug="other"))),
    }[who]()
    if who == "busy":
        world.review(said.low, person)
    visitor = browser(person)
    before = traces(session)
    for more in everything(said):
        page = visitor.get(said.url(more=more), 403)
        assert "CANARY" not in page.text
    token = visitor.token()
    for act in POSTS:
        visitor.post(said.url(said.near, act), {"csrf_token": token, "version": "1", **ANSWERS}, status=403)
    for act in ("/open", "/close", "/meeting"):
        visitor.post(said.url(more=act), {"csrf_token": token}, status=403)
    assert traces(session) == before
    assert said.url() not in visitor.get(f"/calls/{said.call.slug}").links()


def test_addresses_that_name_nothing_of_the_panel(said, browser, world):
    chair = browser(said.chair)
    other = world.call("Other", slug="other")
    world.session.commit()
    elsewhere = world.proposal("Elsewhere", call=other)
    world.session.commit()
    for address in (
        "/calls/no-such-call/panel",
        f"/calls/{other.slug}/panel/{said.near.number}",
        said.url(elsewhere),
        said.url(more="/ZZ-9999"),
        said.url(said.near, "/notes/987654/strike"),
        said.url(said.near, "/nothing"),
    ):
        chair.get(address, 404)


def test_a_panel_that_ran_elsewhere_has_no_pages_here(said, browser, session):
    said.call.outside = True
    session.commit()
    member = browser(said.member)
    for more in everything(said):
        member.get(said.url(more=more), 404)


def test_a_conflict_found_during_the_meeting_closes_page_and_fragment(said, browser, session):
    member, chair = browser(said.member), browser(said.chair)
    page = member.submit(member.get(said.url(said.near)), {"vote": "yes"}, action="/vote")
    assert member.client.get(said.url(said.near, "/live")).status_code == 200
    said.conflict(said.member, said.near)
    session.commit()
    assert member.client.get(said.url(said.near, "/live")).status_code == 404
    member.get(said.url(said.near), 404)
    member.submit(page, {"text": "Still here?"}, action="/notes", status=404)
    shown = chair.get(said.url(said.near)).text
    assert "1 of 1 voted" in shown
    assert "Leaves the room: Con Flict, Mo Member" in shown


def test_hostile_texts_stay_texts(said, browser, session):
    member = browser(said.member)
    script = "<script>alert(1)</script> {{ 7*7 }} \"'"
    page = member.get(said.url(said.near))
    page = member.submit(page, {"text": script}, action="/notes")
    page = member.submit(page, {"summary": script, "recommendation": ""}, action="/summary")
    assert "<script>alert" not in page.html
    assert page.text.count("{{ 7*7 }}") >= 2
    live = member.client.get(said.url(said.near, "/live"))
    assert live.mimetype == "application/json"
    for part in ("notes", "summary"):
        assert "<script" not in json.loads(live.get_data())[part]
    for version in ("", "x", "-1", "9" * 30, "1_0"):
        member.submit(
            said.url(said.near), {"summary": "Over it", "version": version}, action="/summary", status=409
        )


def test_what_happens_in_the_panel_says_no_vote_in_the_history(said, browser, world, session):
    member = browser(said.member)
    page = member.submit(member.get(said.url(said.near)), {"vote": "abstain"}, action="/vote")
    page = member.submit(page, {"text": "CANARY note"}, action="/notes")
    note = session.scalars(sa.select(PanelNote).order_by(PanelNote.id.desc())).first()
    member.submit(
        said.url(said.near, f"/notes/{note.id}/strike"), {"reason": "CANARY reason"}, holding="reason"
    )
    coordinator = browser(said.coordinator)
    for address in ("/history", f"/pilots/{said.near.number}/history", "/history/export.csv"):
        text = coordinator.get(address).text
        assert "Mo Member voted in the panel." in text
        assert "Mo Member struck a note of the panel." in text
        assert "CANARY" not in text
    details = " ".join(json.dumps(one) for one in session.scalars(sa.select(Event.details)))
    assert "abstain" not in details
    assert "CANARY" not in details
    assert "voted" not in coordinator.get("/history?q=abstain").text
    kept_out = browser(world.person("Cor", Role.COORDINATOR, agency=said.agency))
    assert "voted in the panel" not in kept_out.get("/history").text


def test_notes_for_reviewers_stand_on_the_reviews_page_for_them_alone(said, browser, world, session):
    address = f"/pilots/{said.near.number}/reviews"
    page = browser(said.reviewers[0]).get(address)
    assert "CANARY reviewers" in page.text
    for secret in ("CANARY panel", "CANARY agency", "CANARY summary"):
        assert secret not in page.text
    sealed = world.person("Ola Open", Role.REVIEWER)
    world.review(said.near, sealed)
    assert "CANARY" not in browser(sealed).get(address).text
    said.near.reviews_revealed_at = None
    session.commit()
    assert "CANARY" not in browser(said.reviewers[0]).get(address).text


def test_the_call_leads_to_its_panel(scene, browser):
    for person in (scene.member, scene.coordinator):
        assert scene.url() in browser(person).get(f"/calls/{scene.call.slug}").links()
