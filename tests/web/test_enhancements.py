"""What the scripts add, in a real browser under the real policy. Pages work without them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect
from werkzeug.serving import make_server

from tests.web.gallery import gallery

pytestmark = [pytest.mark.journey, pytest.mark.slow]

SCREENS = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]


@pytest.fixture(scope="module")
def app() -> Flask:
    return gallery()


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def browser(chromium: Any) -> Any:
    return chromium


@pytest.fixture
def page(app: Flask, browser: Any, address: str) -> Iterator[Any]:
    app.config["AUTOSAVE"] = 200
    app.extensions["saves"].clear()
    context = browser.new_context(base_url=address)
    opened = context.new_page()
    messages: list[str] = []
    opened.on("console", lambda message: messages.append(message.text))
    opened.on("pageerror", lambda error: messages.append(str(error)))
    opened.goto("/")
    opened.wait_for_load_state("networkidle")
    yield opened
    context.close()
    assert [text for text in messages if "Failed to load resource" not in text] == []


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
@pytest.mark.parametrize("path", ["/", "/form", "/error/409", "/error/503"])
def test_axe_finds_nothing(browser: Any, address: str, width: int, scheme: str, path: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context:
        opened = context.new_page()
        opened.goto(address + path)
        opened.wait_for_load_state("networkidle")
        found = Axe().run(opened)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("path", ["/", "/form", "/error/409"])
def test_a_narrow_screen_scrolls_one_way(browser: Any, address: str, path: str) -> None:
    with browser.new_context(viewport={"width": 320, "height": 640}) as context:
        opened = context.new_page()
        opened.goto(address + path)
        assert opened.evaluate("document.documentElement.scrollWidth") == 320


def test_controls_are_large_enough_to_touch(browser: Any, address: str) -> None:
    controls = "main button, main select, main input[type=text], header a, header button, .main-nav a, .pages a, .chips a, .choice label"
    with browser.new_context(viewport={"width": 390, "height": 800}) as context:
        opened = context.new_page()
        opened.goto(address)
        heights = opened.eval_on_selector_all(
            controls, "all => all.map(e => [e.getBoundingClientRect().height, e.outerHTML.slice(0, 80)])"
        )
    assert len(heights) > 30
    assert [html for height, html in heights if height < 43.9] == []


def test_the_typeface_is_public_sans(page: Any) -> None:
    assert page.evaluate("document.fonts.check('700 17px \"Public Sans\"')")
    assert page.evaluate("[...document.fonts].map(face => face.status)") == ["loaded"]


def test_the_error_summary_has_the_focus(page: Any) -> None:
    page.goto("/form")
    expect(page.locator(".error-summary")).to_be_focused()
    page.get_by_role("link", name="Choose the kind of technology").click()
    assert page.evaluate("location.hash") == "#kind-0"


def test_characters_are_counted_and_never_cut(page: Any) -> None:
    page.get_by_label("What problem would this solve?").fill("x" * 612)
    assert page.locator("#problem-count").text_content() == "12 over the limit of 600 characters"
    assert len(page.get_by_label("What problem would this solve?").input_value()) == 612


def test_the_running_total_weighs_answered_criteria_only(page: Any) -> None:
    total = page.locator("[data-total]")
    value, cost = (
        page.get_by_role("group", name="Public value"),
        page.get_by_role("group", name="Cost", exact=True),
    )
    assert total.text_content() == "no scores yet"
    value.get_by_label("5").check()
    assert total.text_content() == "5.00"
    cost.get_by_label("1", exact=True).check()
    assert total.text_content() == "4.00"
    cost.get_by_label("Not applicable").check()
    assert total.text_content() == "5.00"


def test_similar_proposals_are_shown_as_text(page: Any) -> None:
    page.get_by_label("Name of the idea").fill("Permit helper")
    box = page.locator(".similar")
    box.wait_for(state="visible")
    assert box.get_by_role("link").text_content() == "Like Permit helper <b>"
    page.get_by_label("Name of the idea").fill("Per")
    box.wait_for(state="hidden")


def test_a_draft_saves_itself_and_carries_its_version(app: Flask, page: Any) -> None:
    field = page.get_by_label("What problem would this solve?")
    field.fill("Long waits")
    page.get_by_text("Saved 10:42 a.m.").wait_for()
    field.fill("Long waits on the phone")
    expect(page.locator("form[data-autosave] [name=version]")).to_have_value("3")
    saves = app.extensions["saves"]
    assert [save["problem"] for save in saves] == ["Long waits", "Long waits on the phone"]
    assert [save["version"] for save in saves] == ["3", "2"]
    assert all(save["csrf_token"] and "_key" not in save for save in saves)


def test_a_form_does_not_collide_with_its_own_background_save(
    app: Flask, page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "AUTOSAVE_SECONDS", 1)
    page.get_by_label("What problem would this solve?").fill("Long waits")
    with page.expect_request("**/autosave"):
        pass
    with page.expect_request("**/form") as sent:
        page.get_by_role("button", name="Save and continue").click()
    body = sent.value.post_data_buffer.decode()
    assert 'name="version"\r\n\r\n2\r\n' in body
    assert 'name="go"\r\n\r\nnext\r\n' in body
    assert len(app.extensions["saves"]) == 1


def test_someone_elses_save_is_said_calmly(app: Flask, page: Any) -> None:
    app.config["AUTOSAVE"] = 409
    page.get_by_label("What problem would this solve?").fill("Mine")
    page.get_by_text("Someone else saved this while you were writing.").wait_for()
    assert page.get_by_label("What problem would this solve?").input_value() == "Mine"


def test_text_outlives_the_session_but_not_the_sign_out(app: Flask, page: Any) -> None:
    app.config["AUTOSAVE"] = 401
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_label("What problem would this solve?").fill("Typed after the session ended")
    page.get_by_role("radio", name="Automation or forms").check()
    page.get_by_text("You have been signed out.").wait_for()
    sent = (
        "document.querySelector('form[data-autosave]').dispatchEvent(new Event('submit', {cancelable: true}))"
    )
    page.evaluate(sent)
    assert page.evaluate("sessionStorage.length") == 1, "sent while signed out, it has not arrived yet"
    app.config["AUTOSAVE"] = 200
    page.goto("/error/404")
    page.goto("/")
    page.get_by_text("We put back text that had not been saved").wait_for()
    assert (
        page.get_by_label("What problem would this solve?").input_value() == "Typed after the session ended"
    )
    assert page.get_by_role("radio", name="Automation or forms").is_checked()

    app.config["AUTOSAVE"] = 401
    page.get_by_label("What problem would this solve?").fill("Typed again")
    page.get_by_text("You have been signed out.").wait_for()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-out")
    page.goto("/")
    page.wait_for_load_state("networkidle")
    assert page.get_by_label("What problem would this solve?").input_value() == ""


def test_leaving_with_unsaved_text_asks_first(page: Any) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_label("Name of the idea").press_sequentially("Per")
    page.goto("/error/404")
    assert asked == ["beforeunload"]


def test_a_second_press_sends_nothing(page: Any) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.route("**/remind", lambda _route: None)
    page.get_by_role("button", name="Send a reminder to Lee Park").dblclick(no_wait_after=True)
    page.wait_for_timeout(200)
    assert len(sent) == 1


def test_long_work_is_followed(page: Any) -> None:
    page.get_by_text("2,166 of 3,611 rows").wait_for()
    assert page.locator("progress").evaluate("bar => bar.value") == 60
