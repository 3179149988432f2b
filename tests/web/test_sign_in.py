from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.demonstration.cast import PASSWORD as PRINTED
from incubator.domain.roles import Role
from incubator.domain.throttling import PER_ADDRESS
from incubator.models.accounts import Person, RoleGrant, SignIn, SignInAttempt
from incubator.models.history import Event
from incubator.models.jobs import Message
from incubator.web.next_page import local_path
from tests.browser import form_values
from tests.world import PASSWORD

WRONG = "not the right password"
NEW = "a door of old oak wood"


def link(session) -> str:
    body = session.scalars(sa.select(Message.body).order_by(Message.id.desc())).first()
    return next(line for line in body.splitlines() if line.startswith("http")).removeprefix(
        "http://localhost"
    )


def test_signing_in_and_out(world, browser):
    person = world.person("Robin Hale", Role.COORDINATOR)
    visitor = browser(person)
    assert visitor.get("/").heading == "My work"
    assert "Robin Hale" in visitor.get("/account").text
    page = visitor.post("/sign-out", {"csrf_token": visitor.token()})
    assert page.heading == "Sign in"
    assert visitor.get("/", 303).response.location.startswith("/sign-in")


def test_a_wrong_password_says_nothing_about_the_account(world, browser):
    person = world.person("Robin Hale", Role.COORDINATOR)
    world.person("Dana Gone", email="gone@example.gov", disabled_at=world.now)
    visitor = browser()
    answers = [
        visitor.submit("/sign-in", email=email, password=password, status=422).texts("p", "error-message")
        for email, password in (
            (person.email, WRONG),
            ("nobody@example.gov", WRONG),
            ("gone@example.gov", PASSWORD),
        )
    ]
    assert answers == [["Error: The e-mail address or the password is not right."]] * 3


def test_any_way_of_writing_the_address_signs_in(world, browser):
    person = world.person("Robin Hale")
    for email in (f" {person.email.upper()}", person.email.replace("@", "\u200b@")):
        assert browser().sign_in(email).heading == "My work"


def test_an_old_cookie_opens_nothing_after_signing_out(world, browser):
    person = world.person("Robin Hale", Role.COORDINATOR)
    visitor = browser(person)
    old = visitor.client.get_cookie("incubator").value
    visitor.post("/sign-out", {"csrf_token": visitor.token()})
    thief = browser()
    thief.client.set_cookie("incubator", old)
    assert thief.get("/account", 303).response.location == "/sign-in?next=/account"


def test_nothing_from_before_signing_in_survives_it(world, browser, session):
    person = world.person("Robin Hale")
    visitor = browser()
    page = visitor.get("/sign-in")
    before = visitor.client.get_cookie("incubator").value
    token = page.form().find(".//input[@name='csrf_token']").get("value")
    visitor.submit(page, email=person.email, password=PASSWORD)
    assert visitor.client.get_cookie("incubator").value != before
    assert visitor.client.post("/sign-out", data={"csrf_token": token}).status_code == 400
    assert visitor.get("/account").heading == "Your account"


def test_signing_in_again_ends_the_session_before(world, browser, session):
    robin, kim = world.person("Robin Hale"), world.person("Kim Ode")
    visitor = browser(robin)
    old = visitor.client.get_cookie("incubator").value
    page = visitor.get("/account")
    visitor.post(
        "/sign-in",
        {"csrf_token": visitor.token(), "email": kim.email, "password": PASSWORD},
    )
    assert page.heading == "Your account"
    assert "Kim Ode" in visitor.get("/account").text
    thief = browser()
    thief.client.set_cookie("incubator", old)
    thief.get("/account", 303)


def test_forged_sign_in_and_sign_out_are_refused(world, browser):
    person = world.person("Robin Hale")
    stranger = browser()
    answer = stranger.client.post("/sign-in", data={"email": person.email, "password": PASSWORD})
    assert answer.status_code == 400
    stranger.get("/account", 303)
    visitor = browser(person)
    assert visitor.client.post("/sign-out").status_code == 400
    assert visitor.get("/account").heading == "Your account"


def test_ten_failures_then_429_with_retry_after(world, browser, session, now):
    person, other = world.person("Robin Hale"), world.person("Kim Ode")
    visitor = browser()
    for _try in range(10):
        visitor.submit("/sign-in", email=person.email, password=WRONG, status=422)
    refused = visitor.submit("/sign-in", email=person.email, password=PASSWORD, status=429)
    assert refused.heading == "Too many tries"
    assert 0 < int(refused.response.headers["Retry-After"]) <= 900
    assert "Try again in 15 minutes" in refused.text
    # Colleagues behind the same address still sign in, until it has failed far more often than one account may.
    assert browser().sign_in(other.email).heading == "My work"
    session.add_all(
        SignInAttempt(email_key=f"p{n}@example.gov", address="127.0.0.1", at=now) for n in range(PER_ADDRESS)
    )
    session.commit()
    assert browser().submit("/sign-in", email=other.email, password=PASSWORD, status=429)
    elsewhere = browser()
    elsewhere.client.environ_base["REMOTE_ADDR"] = "198.51.100.9"
    assert elsewhere.sign_in(other.email).heading == "My work"


def test_a_forwarding_header_gains_nothing(world, browser, session, now):
    person = world.person("Robin Hale")
    visitor = browser()
    session.add_all(
        SignInAttempt(email_key=f"p{n}@example.gov", address="127.0.0.1", at=now)
        for n in range(PER_ADDRESS - 3)
    )
    for number in range(3):
        visitor.client.environ_base["HTTP_X_FORWARDED_FOR"] = f"203.0.113.{number}"
        visitor.client.environ_base["HTTP_X_REAL_IP"] = f"203.0.113.{number}"
        visitor.submit("/sign-in", email=f"somebody{number}@example.gov", password=WRONG, status=422)
    visitor.client.environ_base["HTTP_X_FORWARDED_FOR"] = "203.0.113.99"
    visitor.submit("/sign-in", email=person.email, password=PASSWORD, status=429)


def test_a_stranger_does_not_lock_the_owner_out(world, browser):
    person = world.person("Robin Hale")
    own = browser(person)
    own.post("/sign-out", {"csrf_token": own.token()})
    stranger = browser()
    stranger.client.environ_base["REMOTE_ADDR"] = "198.51.100.9"
    for _try in range(10):
        stranger.submit("/sign-in", email=person.email, password=WRONG, status=422)
    stranger.submit("/sign-in", email=person.email, password=PASSWORD, status=429)
    assert own.sign_in(person.email).heading == "My work"


def test_the_mark_of_a_known_browser_is_no_key(world, browser):
    robin, kim = world.person("Robin Hale"), world.person("Kim Ode")
    own = browser(robin)
    mark = own.client.get_cookie("incubator_known")
    assert (mark.http_only, mark.same_site) == (True, "Lax")
    stranger = browser()
    stranger.client.set_cookie("incubator_known", mark.value)
    stranger.get("/account", 303)
    # It counts for the account it was made for, not for another's.
    for _try in range(10):
        stranger.submit("/sign-in", email=kim.email, password=WRONG, status=422)
    stranger.submit("/sign-in", email=kim.email, password=WRONG, status=429)
    forged = browser()
    forged.client.set_cookie("incubator_known", mark.value[:-2] + "xx")
    forged.submit("/sign-in", email=kim.email, password=WRONG, status=429)


def test_idle_and_absolute_ends(world, browser, session, now):
    visitor = browser(world.person("Robin Hale"))
    row = session.scalars(sa.select(SignIn)).one()
    row.seen_at = now - timedelta(minutes=29)
    session.commit()
    assert visitor.get("/account").heading == "Your account"
    session.refresh(row)
    assert now - row.seen_at < timedelta(minutes=1), "a page renews the session"
    row.seen_at = now - timedelta(minutes=31)
    session.commit()
    visitor.get("/account", 303)
    row.seen_at, row.created_at = now, now - timedelta(hours=12, minutes=1)
    session.commit()
    visitor.get("/account", 303)


def test_a_disabled_person_is_out_at_the_next_request(world, browser, session):
    person = world.person("Robin Hale", Role.ADMINISTRATOR)
    visitor = browser(person)
    assert visitor.get("/people").heading == "People"
    session.get(Person, person.id).disabled_at = world.now
    session.commit()
    visitor.get("/people", 303)


def test_a_role_counts_from_the_next_request(world, browser, session):
    person = world.person("Robin Hale", Role.ADMINISTRATOR)
    visitor = browser(person)
    visitor.get("/people")
    session.execute(sa.delete(RoleGrant).where(RoleGrant.person_id == person.id))
    session.commit()
    visitor.get("/people", 403)


@pytest.mark.parametrize(
    "hostile",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        " //evil.example",
        "///evil.example",
        "/%0d%0a/x\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "data:text/html,x",
        "evil.example",
        "/\u2215evil.example",
        "/a b",
        "http:/evil",
        "",
        "/" + "a" * 2_000,
    ],
)
def test_next_leads_only_to_our_own_pages(world, browser, hostile):
    assert local_path(hostile) is None
    person = world.person("Robin Hale")
    visitor = browser()
    page = visitor.get("/sign-in", query_string={"next": hostile})
    answer = visitor.submit(page, email=person.email, password=PASSWORD, follow=False, status=303)
    assert answer.response.location == "/"


def test_next_leads_back(world, browser):
    person = world.person("Robin Hale")
    visitor = browser()
    start = visitor.get("/account?from=mail", 303).response.location
    page = visitor.submit(start, email=person.email, password=PASSWORD, follow=False, status=303)
    assert page.response.location == "/account?from=mail"
    assert visitor.get("/sign-in", 303).response.location == "/"


def test_a_forgotten_password(world, browser, session):
    person = world.person("Robin Hale")
    other = browser(person)
    visitor = browser()
    known = visitor.submit("/reset", email=person.email.upper())
    address = link(session)
    unknown = visitor.submit("/reset", email="nobody@example.gov")
    assert known.html == unknown.html
    assert session.scalar(sa.select(sa.func.count()).select_from(Message)) == 1
    assert visitor.get(address).heading == "Choose a new password"
    refused = visitor.submit(address, password="short", repeated_password="short", status=422)
    assert "at least 15 characters" in refused.text
    refused = visitor.submit(address, password=NEW, repeated_password=NEW + "!", status=422)
    assert "not the same" in refused.text
    done = visitor.submit(address, password=NEW, repeated_password=NEW)
    assert done.heading == "Sign in"
    assert "Your password is set" in done.text
    other.get("/account", 303)
    assert visitor.get(address, 410).heading == "This link does not work"
    assert visitor.sign_in(person.email, NEW).heading == "My work"


def test_links_in_mail_come_from_the_settings(world, browser, session):
    person = world.person("Robin Hale")
    visitor = browser()
    visitor.client.environ_base["HTTP_X_FORWARDED_HOST"] = "evil.example"
    page = visitor.get("/reset", headers={"Host": "evil.example"})
    token = page.form().find(".//input[@name='csrf_token']").get("value")
    visitor.client.set_cookie(
        "incubator", visitor.client.get_cookie("incubator", "evil.example").value, domain="evil.example"
    )
    answer = visitor.client.post(
        "/reset", data={"csrf_token": token, "email": person.email}, headers={"Host": "evil.example"}
    )
    assert answer.status_code == 303
    assert answer.location == "/reset/sent"
    body = session.scalars(sa.select(Message.body)).one()
    assert "http://localhost/reset/" in body
    assert "evil" not in body


def test_opening_a_link_does_not_use_it_up(world, browser, session):
    person = world.person("Robin Hale")
    browser().submit("/reset", email=person.email)
    address = link(session)
    for _scan in range(3):
        browser().client.head(address)
        browser().get(address)
    assert browser().submit(address, password=NEW, repeated_password=NEW).heading == "Sign in"


def test_a_link_is_nothing_but_the_link(browser):
    for address in ("/reset/x", "/invitation/x", "/reset/" + "x" * 5_000, "/invitation/é"):
        assert browser().get(address, 410).heading == "This link does not work"
    assert browser().get("/reset/%00", 404).heading == "Page not found"


def test_ten_megabytes_as_a_password(world, browser):
    person = world.person("Robin Hale")
    visitor = browser()
    page = visitor.get("/sign-in")
    values = {**form_values(page.form()), "email": person.email}
    answer = visitor.client.post("/sign-in", data={**values, "password": "x" * 10_000_000})
    assert answer.status_code == 422
    assert "x" * 100 not in answer.text


def test_hostile_addresses_are_only_wrong(world, browser, session):
    visitor = browser()
    for email in ("a\0b@example.gov", "x" * 320, "😀@example.gov", "a@example.gov\r\nBcc: b@example.gov"):
        visitor.submit("/sign-in", email=email, password=WRONG, status=422)
    sentences = session.scalars(sa.select(Event.details)).all()
    assert all(text.isprintable() for details in sentences for text in details.values())
    assert session.scalar(sa.select(sa.func.count()).select_from(SignInAttempt)) == 4


def test_cookies_are_closed_to_scripts(world, browser):
    visitor = browser(world.person("Robin Hale"))
    for name in ("incubator", "incubator_known"):
        cookie = visitor.client.get_cookie(name)
        assert (cookie.http_only, cookie.same_site, cookie.domain) == (True, "Lax", "localhost")


@pytest.mark.parametrize("demonstration", [False, True])
def test_only_the_demonstration_tells_its_accounts(app, world, browser, monkeypatch, demonstration):
    settings = dataclasses.replace(app.config["SETTINGS"], demonstration=demonstration)
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    ready = world.person("Robin Marsh", Role.COORDINATOR, email="robin@example.gov", password_epoch=1)
    world.person("Own Password", Role.COORDINATOR, email="own@example.gov", password_epoch=2)
    world.person("From Elsewhere", Role.COORDINATOR, email="else@example.org", password_epoch=1)
    page = browser().get("/sign-in")
    offered = [link for link in page.links() if "email=" in link]
    assert offered == (["/sign-in?email=robin@example.gov"] if demonstration else [])
    values = form_values(browser().get("/sign-in?email=robin@example.gov").form(holding="password"))
    filled = ([ready.email], [PRINTED]) if demonstration else ([""], [""])
    assert (values["email"], values["password"]) == filled


def test_the_password_one_has_is_no_new_one(world, browser):
    person = world.person("Robin Hale")
    visitor = browser(person)
    page = visitor.submit(
        "/account/password",
        {"present_password": PASSWORD, "password": PASSWORD, "repeated_password": PASSWORD},
        holding="present_password",
        status=422,
    )
    assert page.texts("p", "error-message") == ["Error: This is the password you have. Choose another one."]
