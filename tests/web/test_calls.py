from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.models.calls import Call, Criterion, Rubric

DATES = {
    "opens_on": "Jan 5, 2027",
    "opens_time": "9 am",
    "closes_on": "2/26/2027",
    "closes_time": "5:00 p.m.",
}


@pytest.fixture
def coordinator(world):
    return world.person("Cora", Role.COORDINATOR)


def test_the_list_parts_open_upcoming_and_past(world, browser, now):
    world.call("Open one")
    world.call("Later one", opens_at=now + timedelta(days=400), closes_at=now + timedelta(days=500))
    world.call("Old one", opens_at=now - timedelta(days=500), closes_at=now - timedelta(days=400))
    world.call(
        "Archived one",
        opens_at=now - timedelta(days=900),
        closes_at=now - timedelta(days=800),
        archived_at=now,
    )
    page = browser(world.person("Sue", (Role.SUBMITTER, world.agency()))).get("/calls")
    assert page.texts("h2") == ["Open now", "Coming up", "Past calls"]
    assert page.texts("h3") == ["Open one", "Later one", "Old one"]
    assert "Archived one" not in page.text


def test_a_page_of_a_call_says_how_proposals_are_judged(world, browser):
    call = world.call("Spring", rubric=world.rubric(60, 40), budget_cents=125_000_00, reviews_required=4)
    page = browser(world.person("Sue", (Role.SUBMITTER, world.agency()))).get(f"/calls/{call.slug}")
    assert page.texts("p", "share") == ["60% of the score", "40% of the score"]
    assert "At least 4 people" in page.text
    assert "$125,000" in page.text
    assert "What is the problem?" in page.text
    assert "Change this call" not in page.text


def test_counts_show_only_what_one_may_know_of(world, browser):
    call, mine, theirs = world.call("Spring"), world.agency("MINE"), world.agency("THRS")
    world.proposal(agency=mine, call=call)
    world.proposal(agency=theirs, call=call)
    world.proposal(agency=theirs, call=call, step=Step.DRAFT)
    seen = browser(world.person("Sue", (Role.SUBMITTER, mine))).get("/calls").texts("dd")
    assert seen[-1] == "1"
    assert browser(world.person("Cora", Role.COORDINATOR)).get("/calls").texts("dd")[-1] == "2"


def test_a_call_is_made_in_the_offices_time(world, browser, session, coordinator):
    world.rubric()
    page = browser(coordinator).submit(
        "/calls/new", {**DATES, "title": "Winter 2027", "budget": "$1,250,000", "teams": "4", "days_g1": "30"}
    )
    assert page.heading == "Winter 2027"
    call = session.scalars(sa.select(Call).where(Call.slug == "winter-2027")).one()
    assert call.opens_at.isoformat() == "2027-01-05T16:00:00+00:00"
    assert call.closes_at.isoformat() == "2027-02-27T00:00:00+00:00"
    assert (call.budget_cents, call.teams, call.gate_days) == (125_000_000, 4, {"g1": 30})


def test_how_a_call_is_judged_and_decided_is_set_and_promised(world, browser, session, coordinator):
    world.rubric()
    chair = world.person("Quinn Valley", Role.GATEKEEPER)
    typed = {
        **DATES,
        "title": "Winter 2027",
        "reviews_due_on": "3/12/2027",
        "revisions_due_on": "March 19, 2027",
        "reviews_most": "5",
        "places": "4",
        "chair_id": str(chair.id),
        "agency_sees": "criteria",
        "allows_draw": "y",
    }
    page = browser(coordinator).submit("/calls/new", typed)
    call = session.scalars(sa.select(Call).where(Call.slug == "winter-2027")).one()
    assert (call.reviews_most, call.places, call.chair_id) == (5, 4, chair.id)
    assert (call.decides_together, call.allows_draw) == (True, True)
    assert (call.agency_sees.value, call.revisions_due_on.isoformat()) == ("criteria", "2027-03-19")
    assert "All decisions of this call are released together." in page.text
    assert "Also the mean of each criterion" in page.text
    assert "March 19, 2027" in page.text
    edited = browser(coordinator).submit(f"/calls/{call.slug}/edit", {"chair_id": "", "places": ""})
    session.refresh(call)
    assert (call.chair_id, call.places) == (None, None)
    assert edited.heading == "Winter 2027"


def test_a_double_click_makes_one_call(world, browser, session, coordinator):
    world.rubric()
    visitor = browser(coordinator)
    page = visitor.get("/calls/new")
    for _time in range(2):
        assert visitor.submit(page, {**DATES, "title": "Winter 2027"}).heading == "Winter 2027"
    assert session.scalar(sa.select(sa.func.count()).select_from(Call)) == 1


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("opens_on", "13/45/2027", "There is no month 13"),
        ("closes_on", "January 1, 9999", "Enter a year from 1900 to 2200"),
        ("opens_time", "early", "Enter a time like"),
        ("budget", "-5", "not negative"),
        ("budget", "nan", "Enter an amount in dollars"),
        ("teams", "1e400", "Enter a number like"),
        ("reviews_required", "2.5", "Enter a whole number"),
        ("title", "", "Enter a title"),
        ("title", "a\x00b", "cannot be kept"),
        ("closes_on", "1/4/2027", "must close after it opens"),
        ("opens_on", "March 14, 2027", "must close after it opens"),
    ],
)
def test_bad_input_is_kept_with_a_message(world, browser, session, coordinator, field, typed, message):
    world.rubric()
    page = browser(coordinator).submit(
        "/calls/new", {**DATES, "title": "Winter", "summary": "Kept text", field: typed}, status=422
    )
    assert any(message in text for text in page.texts("p", "error-message")), page.texts("p", "error-message")
    assert "Kept text" in page.text
    if "\x00" not in typed and typed:
        assert f'value="{typed}"' in page.html
    assert session.scalar(sa.select(sa.func.count()).select_from(Call)) == 0


def test_two_people_change_a_call(world, browser, session, coordinator):
    call = world.call("Spring")
    visitor = browser(coordinator)
    page = visitor.get(f"/calls/{call.slug}/edit")
    visitor.submit(f"/calls/{call.slug}/edit", {"title": "Spring, theirs"})
    conflict = visitor.submit(page, {"title": "Spring, mine"}, status=409)
    assert "Spring, theirs" in conflict.text
    assert "Spring, mine" in conflict.text
    kept = visitor.submit(conflict, holding="version")
    assert kept.heading == "Spring, mine"
    session.expire_all()
    assert session.get(Call, call.id).title == "Spring, mine"


def test_a_copy_takes_everything_but_title_and_days(world, browser, session, coordinator):
    call = world.call("Spring", teams=6, budget_cents=500_00, names_hidden=True, gate_days={"g2": 40})
    page = browser(coordinator).get(f"/calls/new?copy={call.slug}")
    form = page.form(holding="title")
    from tests.browser import form_values

    values = form_values(form)
    assert (values["teams"], values["budget"], values["days_g2"]) == (["6"], ["500"], ["40"])
    assert values["names_hidden"] == ["y"]
    assert (values["title"], values["opens_on"]) == ([""], [""])


def test_archiving_can_be_undone(world, browser, session, coordinator, now):
    call = world.call("Old", opens_at=now - timedelta(days=900), closes_at=now - timedelta(days=800))
    visitor = browser(coordinator)
    page = visitor.submit(f"/calls/{call.slug}", holding="Archive")
    assert page.texts("h2")[-1] == "Archived"
    assert visitor.submit(page, holding="Undo").heading == "Old"
    session.expire_all()
    assert session.get(Call, call.id).archived_at is None


def test_who_may_keep_calls(world, browser):
    call = world.call("Spring")
    agency = world.agency()
    for role in (Role.REVIEWER, Role.LEADERSHIP, Role.GATEKEEPER, Role.EVALUATOR):
        visitor = browser(world.person("", role))
        visitor.get("/calls/new", 403)
        visitor.get(f"/calls/{call.slug}/edit", 403)
    visitor = browser(world.person("", (Role.SUBMITTER, agency)))
    visitor.get("/calls/new", 403)
    visitor.post(f"/calls/{call.slug}/archive", {"csrf_token": visitor.token()}, status=403)
    # Whoever is limited to one agency or another call is told before they write, not after.
    for limited in ((Role.COORDINATOR, agency), (Role.COORDINATOR, None, world.call("Autumn"))):
        visitor = browser(world.person("", limited))
        visitor.get("/calls/new", 403)
        visitor.get(f"/calls/{call.slug}/edit", 403)
    browser(world.person("No roles")).get("/calls", 403)
    browser(world.person("", Role.ADMINISTRATOR)).get(f"/calls/{call.slug}/edit")
    browser(world.person("", Role.COORDINATOR)).get("/calls/no-such-call", 404)


def test_the_list_asks_the_same_number_of_questions_at_any_length(world, browser, statements, coordinator):
    world.call("One")
    visitor = browser(coordinator)
    with statements() as one:
        visitor.get("/calls")
    for title in ("Two", "Three"):
        world.proposal(call=world.call(title))
    world.session.commit()
    with statements() as three:
        visitor.get("/calls")
    assert (len(one), len(three)) == (3, 3)


def test_a_rubric_is_drafted_changed_and_published(world, browser, session, coordinator):
    visitor = browser(coordinator)
    page = visitor.submit("/rubrics", holding="Use the standard rubric")
    assert page.heading == "Pilot proposals, version 1"
    draft = visitor.submit(page, holding="Draft a new version")
    assert draft.heading == "Pilot proposals, version 2"
    rubric = session.scalars(sa.select(Rubric).where(Rubric.number == 2)).one()
    changed = visitor.submit(f"/rubrics/{rubric.id}/criteria/problem", {"weight": "40"})
    assert changed.texts("p", "share")[0] == "33% of the score"
    refused = visitor.submit(f"/rubrics/{rubric.id}/criteria/problem", {"weight": "0"}, status=422)
    assert refused.texts("p", "error-message") == [
        "Error: The weight of “Problem and user need” must be from 1 to 100."
    ]
    moved = visitor.submit(changed, action=f"/rubrics/{rubric.id}/criteria/impact/move", to="up")
    assert moved.texts("h2")[0] == "Impact if it works"
    removed = visitor.submit(moved, action=f"/rubrics/{rubric.id}/criteria/risk/remove")
    assert "Risk (higher is safer)" not in removed.text
    published = visitor.submit(removed, holding="Publish this version")
    assert "Publish this version" not in published.text
    visitor.submit(draft, action=f"/rubrics/{rubric.id}/criteria/impact/remove", status=422)
    assert session.scalar(sa.select(sa.func.count()).where(Criterion.rubric_id == rubric.id)) == 6


def test_a_stale_criterion_shows_both_versions(world, browser, session, coordinator):
    visitor = browser(coordinator)
    visitor.submit("/rubrics", holding="Use the standard rubric")
    rubric_id = session.scalar(sa.select(Rubric.id))
    draft = visitor.submit(f"/rubrics/{rubric_id}", holding="Draft a new version")
    address = f"{draft.url}/criteria/problem"
    page = visitor.get(address)
    visitor.submit(address, {"weight": "33"})
    conflict = visitor.submit(page, {"weight": "44"}, status=409)
    assert "33" in conflict.text
    assert "44" in conflict.text
    assert visitor.submit(conflict, holding="version").texts("p", "share")[0] == "35% of the score"


def test_a_draft_rubric_is_only_for_its_keepers(world, browser, session, coordinator):
    visitor = browser(coordinator)
    visitor.submit("/rubrics", holding="Use the standard rubric")
    draft = visitor.submit(f"/rubrics/{session.scalar(sa.select(Rubric.id))}", holding="Draft a new version")
    other = browser(world.person("Rae", Role.REVIEWER))
    other.get(draft.url, 404)
    assert other.get("/rubrics").texts("th")[5:] == ["Pilot proposals, version 1"]
    other.get(f"{draft.url}/criteria/problem", 403)


def test_a_call_that_closes_at_midnight_is_open_all_that_day(world, browser, session, coordinator):
    world.rubric()
    midnight = {**DATES, "title": "Winter 2026", "closes_on": "12/26/2026", "closes_time": "midnight"}
    midnight |= {"opens_on": "11/30/2026", "reviews_due_on": "12/26/2026"}
    visitor = browser(coordinator)
    page = visitor.submit("/calls/new", midnight)
    call = session.scalars(sa.select(Call).where(Call.slug == "winter-2026")).one()
    assert call.closes_at.isoformat() == "2026-12-27T07:00:00+00:00"
    assert "December 26, 2026, at midnight MST (the end of the day)" in page.text
    form = visitor.get("/calls/winter-2026/edit")
    assert "Midnight is the end of the day on which it closes." in form.text
    visitor.submit(form, {"teams": "3"})
    session.refresh(call)
    assert (call.closes_at.isoformat(), call.teams) == ("2026-12-27T07:00:00+00:00", 3)
