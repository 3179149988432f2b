"""When something beneath the application fails: a calm page, the typed text kept, never a bare 500."""

from __future__ import annotations

import errno
import io
import logging
import sqlite3
from contextlib import closing, contextmanager

import sqlalchemy as sa
from wtforms import FileField

from incubator.domain.roles import Role
from incubator.extensions import db
from incubator.models.accounts import Person
from incubator.web.request_body import takes_file
from tests.browser import Page, form_values
from tests.databases import fresh_database, make_app
from tests.world import PASSWORD, World

TYPED = "A name that was typed"


@contextmanager
def away(app):
    """The database server does not answer."""
    with app.app_context():
        engines = db.engines
    there = engines[None]
    engines[None] = sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nowhere")
    try:
        yield
    finally:
        engines[None] = there


def test_while_the_database_is_away_every_page_says_so(app, world, browser):
    visitor = browser(world.person("Robin Hale"))
    values = form_values(visitor.get("/account/details").form()) | {"name": [TYPED]}
    with away(app):
        for address in ("/", "/healthz", "/account", "/no-such-page"):
            response = visitor.client.get(address)
            assert response.status_code == (
                404 if address == "/no-such-page" else 200 if address == "/reset" else 503
            )
            if response.status_code == 503:
                assert response.headers["Retry-After"] == "5"
                assert Page(address, response).heading == "We are busy for a moment"
        refused = Page("/account/details", visitor.client.post("/account/details", data=values))
        forged = visitor.client.post("/account/details", data={"csrf_token": "x", "name": TYPED})
        as_json = visitor.client.get("/account", headers={"Accept": "application/json"})
    assert (refused.status, forged.status_code, as_json.status_code) == (503, 400, 503)
    assert TYPED in refused.text
    visitor.submit(refused, holding="Send it again")
    assert TYPED in visitor.get("/account").text


def test_a_password_is_never_shown_again(app, world, browser):
    visitor = browser(world.person("Robin Hale"))
    values = form_values(visitor.get("/account/password").form()) | {"present_password": [PASSWORD]}
    with away(app):
        response = visitor.client.post("/account/password", data=values)
    assert response.status_code == 503
    assert PASSWORD not in response.text


def test_a_locked_database_is_answered_once_the_patience_is_over(tmp_path):
    with fresh_database("sqlite", tmp_path) as url:
        app = make_app(url, tmp_path / "instance")
        with app.app_context():
            db.metadata.create_all(db.engine)
            sa.event.listen(db.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=50"))
            db.engine.dispose()
            person = World(db.session(), app.extensions["incubator.clock"]()).person(
                "Robin Hale", Role.ADMINISTRATOR
            )
            db.session.commit()
            email = person.email
        visitor = app.test_client()
        token = form_values(Page("/sign-in", visitor.get("/sign-in")).form())
        visitor.post("/sign-in", data=token | {"email": [email], "password": [PASSWORD]})
        assert visitor.get("/").status_code == 200
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            for address in ("/", "/healthz", "/account"):
                response = visitor.get(address)
                assert (response.status_code, response.headers["Retry-After"]) == (503, "5"), address
        assert visitor.get("/healthz").status_code == 200
        with app.app_context():
            db.engine.dispose()


def no_row(*_args, **_kwargs):
    raise sa.exc.OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))


def no_file(*_args, **_kwargs):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_said(app, world, browser, monkeypatch):
    """A refusal writes an event, a form its change, an import its file."""
    visitor = browser(world.person("Robin Hale", Role.COORDINATOR))
    values = form_values(visitor.get("/account/details").form()) | {"name": [TYPED]}
    upload = form_values(visitor.get("/imports").form()) | {"file": (io.BytesIO(b"a,b\n1,2\n"), "rows.csv")}
    monkeypatch.setattr("incubator.web.failures.record", no_row)
    monkeypatch.setattr("incubator.flows.accounts.record", no_row)
    monkeypatch.setattr("os.fsync", no_file)
    for page in (
        Page("/people", visitor.client.get("/people")),
        Page("/imports", visitor.client.post("/imports", data=upload)),
        Page("/account/details", visitor.client.post("/account/details", data=values)),
    ):
        assert (page.status, page.heading) == (507, "There is no space left to save this"), page.url
    assert TYPED in page.text
    assert list(app.config["SETTINGS"].uploads.iterdir()) == []


def test_a_file_where_text_is_expected_is_no_fault(browser):
    """Before signing in; `test_hostile_forms.py` does it to every other form."""
    for address in ("/sign-in", "/reset"):
        stranger = browser()
        token = form_values(stranger.get(address).form())["csrf_token"]
        sent = {"csrf_token": token, "email": (io.BytesIO(b"a"), "a"), "password": (io.BytesIO(b"a"), "a")}
        assert stranger.client.post(address, data=sent).status_code == 422


def test_fields_that_take_files_are_known_by_their_names():
    from importlib import import_module
    from pkgutil import iter_modules

    import incubator.forms

    for module in iter_modules(incubator.forms.__path__):
        for form in vars(import_module(f"incubator.forms.{module.name}")).values():
            for name, field in vars(form).items() if isinstance(form, type) else ():
                kind = getattr(field, "field_class", None)
                if kind is not None:
                    assert issubclass(kind, FileField) == takes_file(name), f"{form.__name__}.{name}"


def test_no_value_of_a_statement_reaches_a_log_or_a_fault(app, world, browser, session, caplog, monkeypatch):
    monkeypatch.setattr(app, "testing", False)
    secret = "a name nobody may log"
    visitor = browser(world.person("Robin Hale"))
    values = form_values(visitor.get("/account/details").form()) | {"name": [secret]}
    breaking = {
        "sqlite": "CREATE TRIGGER no BEFORE UPDATE ON person BEGIN SELECT RAISE(ABORT, 'no'); END",
        "postgresql": "ALTER TABLE person ADD CHECK (name NOT LIKE 'a name%') NOT VALID",
    }
    session.execute(sa.text(breaking[session.get_bind().dialect.name]))
    session.commit()
    with caplog.at_level(logging.DEBUG):
        response = visitor.client.post("/account/details", data=values)
    assert response.status_code == 500
    assert "unexpected fault" in caplog.text
    assert secret not in caplog.text
    session.rollback()
    assert session.scalars(sa.select(Person.name)).all() == ["Robin Hale"]
