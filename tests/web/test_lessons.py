"""Lessons and close-outs as people read, write and find them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from incubator.domain.roles import Role
from incubator.domain.stages import Stage, Step


@pytest.fixture
def scene(world):
    roads, parks = world.agency("DOT", "Roads"), world.agency("DPK", "Parks")
    ended = world.proposal(
        "Snowplow sensors on trucks",
        agency=roads,
        step=Step.CLOSED,
        resume_stage=Stage.PILOT,
        technology="iot",
    )
    lead = world.person("Lena", Role.PILOT_LEAD)
    world.pilot(ended, lead_id=lead.id, lesson="Salt ate the cables.")
    driver = world.person("Dan", (Role.SUBMITTER, roads), agency=roads)
    ranger = world.person("Rita", (Role.SUBMITTER, parks), agency=parks)
    return SimpleNamespace(
        world=world,
        ended=ended,
        near=world.proposal(
            "Snowplow sensors again", agency=roads, step=Step.SCREENING, authors=(driver,), technology="iot"
        ),
        draft=world.proposal("Snowplow sensors once more", agency=roads, step=Step.DRAFT, authors=(driver,)),
        far=world.proposal("Snowplow sensors in parks", agency=parks, step=Step.DRAFT, authors=(ranger,)),
        lead=lead,
        driver=driver,
        ranger=ranger,
        cora=world.person("Cora", Role.COORDINATOR),
        url=f"/pilots/{ended.number}/close-out",
    )


def write(browser, scene, **more):
    fields = {"worked": "The forms", "offered_tags": ["vendor"], "own_tags": "Winter, #Salt", **more}
    return browser(scene.lead).submit(f"{scene.url}/edit", fields, holding="worked")


def test_a_close_out_is_written_read_and_found(scene, browser):
    page = write(browser, scene)
    assert page.heading == "Close-out and lessons"
    assert "Salt ate the cables." in page.text
    assert page.texts("h3")[:1] == ["What worked"]
    assert [text for text in page.texts("a") if text in ("vendor", "winter", "salt")] == [
        "salt",
        "vendor",
        "winter",
    ]
    assert "Not written: Where you started; What you expected;" in page.text
    form = browser(scene.lead).get(f"{scene.url}/edit")
    assert 'value="salt, winter"' in form.html
    page = browser(scene.cora).get("/lessons?tag=winter&q=trucks")
    assert page.texts("h2") == ["Snowplow sensors on trucks"]
    assert "Showing 1 lesson" in page.text
    assert "Sensors" in page.text or "iot" in page.text


def test_an_empty_close_out_is_refused_beside_its_first_part(scene, browser):
    page = browser(scene.lead).submit(f"{scene.url}/edit", {}, holding="worked", status=422)
    assert page.texts("p", "error-message") == ["Error: Write at least one part."]


def test_two_writers_see_both_texts(scene, browser):
    cora = browser(scene.cora)
    stale = cora.get(f"{scene.url}/edit")
    write(browser, scene)
    page = cora.submit(stale, {"worked": "The drivers"}, holding="worked", status=409)
    assert "The forms" in page.text
    assert "The drivers" in page.text


def test_the_list_says_what_it_shows_and_when_there_is_nothing(scene, browser):
    assert "No lessons yet" in browser(scene.ranger).get("/lessons").text
    page = browser(scene.driver).get("/lessons")
    assert page.texts("h2") == ["Snowplow sensors on trucks"]
    assert "/lessons" in page.links()
    page = browser(scene.driver).get("/lessons?q=nothing+like+it&outcome=rubbish&page=99")
    assert "No lesson fits" in page.text
    assert page.texts("ul", "chips") != []


def test_what_others_learnt_stands_where_it_helps(scene, browser):
    driver = browser(scene.driver)
    for page in (
        driver.get(f"/pilots/{scene.draft.number}/proposal/tasks"),
        browser(scene.cora).get(f"/pilots/{scene.near.number}/screening"),
        browser(scene.cora).get(f"/pilots/{scene.near.number}/gates"),
    ):
        assert "What others learned" in page.texts("h2"), page.url
        assert "Salt ate the cables." in page.text
    found = driver.client.get("/proposals/similar?q=snowplow+sensors").json["items"]
    assert found[0]["url"] == scene.url
    assert "Salt ate the cables." in found[0]["detail"]
    assert [item["title"] for item in found].count("Snowplow sensors on trucks") == 1


def test_what_somebody_may_not_see_is_not_told(scene, browser):
    ranger = browser(scene.ranger)
    for answer in (
        ranger.get(f"/pilots/{scene.far.number}/proposal/tasks").text,
        ranger.client.get("/proposals/similar?q=snowplow+sensors").text,
        ranger.get("/lessons?q=salt").text,
    ):
        assert "on trucks" not in answer
        assert "cables" not in answer
    ranger.get(scene.url, 404)
    ranger.get(f"/pilots/{scene.far.number}/lessons/{scene.ended.number}", 404)


def test_a_lesson_is_used_taken_back_and_put_back(scene, browser):
    driver = browser(scene.driver)
    where = f"/pilots/{scene.near.number}/lessons/{scene.ended.number}"
    page = driver.submit(where, {"note": ""}, holding="note", status=422)
    assert page.texts("p", "error-message") == ["Error: Write what you take from it"]
    page = driver.submit(page, {"note": "Better cables"}, holding="note")
    assert "This record uses lessons of" in page.texts("h3")
    assert "Better cables" in page.text
    assert "Its lesson is used by" in browser(scene.cora).get(scene.url).texts("h3")
    page = driver.submit(page, action=f"{where}/remove")
    assert "This record uses lessons of" not in page.texts("h3")
    page = driver.submit(page, action=f"{where}/restore")
    assert "Better cables" in page.text
    history = driver.get(f"/pilots/{scene.near.number}/history").text
    assert "the lesson of another record is used here" in history
    assert scene.ended.number not in history


def test_a_record_has_no_lesson_to_use_where_none_was_written(scene, browser):
    driver = browser(scene.driver)
    driver.get(f"/pilots/{scene.near.number}/lessons/{scene.draft.number}", 404)
    driver.get(f"/pilots/{scene.near.number}/lessons/{scene.near.number}", 404)
    driver.get(f"/pilots/{scene.near.number}/lessons/ZZ-1", 404)
