"""What every answer carries, and what a request may claim."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from incubator import create_app
from incubator.config import Settings
from incubator.domain.events import EventKind
from incubator.domain.roles import Role
from incubator.models.accounts import Person
from incubator.models.history import Event

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
EVERYDAY = {"Content-Type", "Content-Length", "Vary", "Set-Cookie", "Location", "Date", "Server"}


def carried(response) -> dict[str, str]:
    return {name: value for name, value in response.headers if name not in EVERYDAY}


def test_a_private_page_carries_exactly_these(world, browser):
    visitor = browser(world.person("Robin Hale", Role.ADMINISTRATOR))
    for address in ("/", "/account", "/people", "/people/new"):
        response = visitor.client.get(address)
        assert carried(response) == {**HEADERS, "Cache-Control": "no-store"}, address
        assert "Cookie" in response.headers["Vary"]


def test_failures_and_redirects_carry_them_too(world, browser):
    visitor = browser(world.person("Robin Hale"))
    for response in (
        visitor.client.get("/no-such-page"),
        visitor.client.get("/people"),
        visitor.client.post("/people/new"),
        browser().client.get("/account"),
    ):
        assert response.status_code in (303, 400, 403, 404)
        assert carried(response) == {**HEADERS, "Cache-Control": "no-store"}
    response = visitor.client.delete("/account")
    assert response.status_code == 405
    assert carried(response).keys() == {*HEADERS, "Cache-Control", "Allow"}


def test_files_of_the_site_may_be_kept(browser):
    with browser().client.get("/static/css/base.css") as response:
        response.get_data()
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" not in response.headers.get("Cache-Control", "")
    assert response.headers.get("Set-Cookie") is None


@pytest.fixture
def in_production(tmp_path) -> Flask:
    return create_app(
        Settings(
            instance=tmp_path,
            secret_key="s" * 48,
            database_url="sqlite://",
            production=True,
            secure_cookies=True,
            base_url="https://incubator.example.gov",
        )
    )


def test_production_asks_for_https_alone(in_production):
    response = in_production.test_client().get("/accessibility")
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    config = in_production.config
    assert (config["SESSION_COOKIE_SECURE"], config["SESSION_COOKIE_HTTPONLY"]) == (True, True)
    assert (config["SESSION_COOKIE_SAMESITE"], in_production.debug) == ("Lax", False)


def test_two_people_through_one_proxy_never_share_a_page(world, browser):
    one, two = world.person("Robin Hale"), world.person("Kim Ode")
    first, second = browser(one).client.get("/account"), browser(two).client.get("/account")
    for response in (first, second):
        assert response.headers["Cache-Control"] == "no-store"
    assert "Kim Ode" not in first.text
    assert "Robin Hale" not in second.text


def test_a_foreign_host_is_never_repeated(world, browser):
    visitor = browser()
    for headers in (
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"Forwarded": "host=evil.example"},
    ):
        for address in ("/sign-in", "/account", "/accessibility", "/reset", "/nothing"):
            response = visitor.client.get(address, headers=headers)
            assert "evil.example" not in response.text
            assert "evil.example" not in response.headers.get("Location", "")


@pytest.mark.parametrize("ends", ["\r\nX-Evil: 1", "%0d%0aX-Evil:%201", "\nX-Evil: 1", "\r"])
def test_line_ends_never_reach_a_header(world, browser, ends):
    visitor = browser(world.person("Robin Hale", Role.ADMINISTRATOR))
    for address in (
        f"/sign-in?next=/x{ends}",
        f"/people?q={ends}&sort={ends}",
        f"/account?{ends}",
        f"/no{ends}",
    ):
        response = visitor.client.get(address.replace("\r", "%0d").replace("\n", "%0a"))
        assert response.status_code in (200, 303, 404)
        assert "X-Evil" not in response.headers


def test_an_origin_that_is_no_address_is_no_fault(world, browser):
    visitor = browser(world.person("Robin Hale"))
    for origin in ("http://[", "null", "http://", "://" * 900):
        answer = visitor.client.post("/account/details", data={"csrf_token": "x"}, headers={"Origin": origin})
        assert answer.status_code == 400


def test_a_form_open_for_hours_still_works(world, browser, app):
    assert app.config["WTF_CSRF_TIME_LIMIT"] is None
    assert app.permanent_session_lifetime.total_seconds() > 12 * 3600


def test_when_the_audit_trail_cannot_be_written_nothing_is_done(world, browser, session):
    visitor = browser(world.person("Robin Hale", Role.ADMINISTRATOR))
    page = visitor.get("/account/details")
    _break_the_trail(session)
    with pytest.raises(sa.exc.IntegrityError):
        visitor.submit(page, name="Somebody Else", holding="name")
    session.rollback()
    assert session.scalars(sa.select(Person.name)).all() == ["Robin Hale"]


def test_when_a_refusal_cannot_be_recorded_the_page_stays_shut(world, browser, session):
    visitor = browser(world.person("Robin Hale"))
    before = session.scalar(sa.select(sa.func.count()).select_from(Event))
    _break_the_trail(session)
    with pytest.raises(sa.exc.IntegrityError):
        visitor.client.get("/people")
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(Event)) == before


def test_who_is_refused_again_and_again_has_to_wait(app, world, browser, session, monkeypatch):
    """Refusals write events; ordinary pages still open."""
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], refusals=5))
    visitor, other = browser(world.person("Robin Hale")), browser(world.person("Kim Ode"))
    answers = [visitor.client.get("/people") for _ in range(8)]
    assert [answer.status_code for answer in answers] == [403] * 5 + [429] * 3
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 300
    refused = sa.select(sa.func.count()).select_from(Event).where(Event.kind == EventKind.ACCESS_REFUSED)
    assert session.scalar(refused) == 5
    assert visitor.client.get("/account").status_code == 200
    assert other.client.get("/people").status_code == 403


def _break_the_trail(session) -> None:
    """From here on the database itself refuses new events. While testing, an unexpected fault is raised
    instead of answered with 500."""
    session.commit()
    if session.get_bind().dialect.name == "sqlite":
        session.execute(
            sa.text("CREATE TRIGGER broken BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'broken'); END")
        )
    else:
        session.execute(sa.text("ALTER TABLE event ADD CONSTRAINT broken CHECK (false) NOT VALID"))
    session.commit()
