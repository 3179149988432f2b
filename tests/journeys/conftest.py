"""A served demonstration and a real browser. Screenshots stay in `artifacts/` for people to look at."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Locator, Page, expect
from werkzeug.serving import make_server

from incubator.database import Base
from incubator.demonstration.cast import PASSWORD
from incubator.extensions import db
from tests.databases import DATABASES, demonstration_database, fresh_database, make_app

ARTIFACTS = Path(__file__).resolve().parents[2] / "artifacts"
PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)


@dataclass(slots=True)
class Clock:
    """The time as an office and its worker read it: the real one until it is moved, and then on from there."""

    ahead: timedelta = field(default_factory=timedelta)
    moves: int = 0

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def move_to(self, moment: datetime) -> None:
        self.ahead = moment - datetime.now(UTC)
        self.moves += 1


@dataclass(frozen=True, slots=True)
class Site:
    app: Flask
    address: str
    database: str
    clock: Clock = field(default_factory=Clock)


@contextmanager
def served(database: str, folder: Path) -> Iterator[Site]:
    """The demonstration on a database of its own, served at an address of its own."""
    with serving(database, folder, demonstration=True) as running:
        yield running


@contextmanager
def serving(database: str, folder: Path, *, demonstration: bool = False) -> Iterator[Site]:
    """An office on a database of its own, served at an address of its own; empty, or the demonstration."""
    database_of = demonstration_database if demonstration else fresh_database
    with database_of(database, folder) as url:
        application = make_app(url, folder / "instance", demonstration=demonstration)
        if not demonstration:
            with application.app_context():
                Base.metadata.create_all(db.engine)
                db.session.remove()
        with served_app(application, database) as site:
            yield site


@contextmanager
def served_app(application: Flask, database: str) -> Iterator[Site]:
    """An application whose database is ready, served at an address of its own."""
    application.testing = False
    clock = Clock()
    application.extensions["incubator.clock"] = clock
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Site(application, f"http://127.0.0.1:{server.port}", database, clock)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        with application.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture(scope="session", params=DATABASES)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demonstration, served for people to change it; each journey names the database it goes its way on."""
    with served(request.param, tmp_path_factory.mktemp(f"site-{request.param}")) as running:
        yield running


class Person:
    """Somebody at a browser of their own. Every message of the console is kept, and none is allowed."""

    def __init__(
        self, context: BrowserContext, name: str, shots: Path, *, email: str = "", password: str = PASSWORD
    ) -> None:
        self.context = context
        self.name = name
        self.email = email or f"{name}@example.gov"
        self.password = password
        self.shots = shots
        self.page: Page = context.new_page()
        self.messages: list[str] = []
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", lambda message: self.messages.append(f"{self.page.url}: {message.text}"))
        self.page.on("pageerror", lambda error: self.messages.append(f"{self.page.url}: {error}"))

    def sign_in(self) -> None:
        self.page.goto("/sign-in")
        self.page.get_by_label("E-mail address").fill(self.email)
        self.page.get_by_label("Password", exact=True).fill(self.password)
        self.page.get_by_role("main").get_by_role("button", name="Sign in").click()
        self.page.get_by_role("heading", level=1, name="My work").wait_for()

    @property
    def main(self) -> Locator:
        return self.page.get_by_role("main")

    def home(self) -> None:
        """To one's own work, by the menu."""
        self.page.get_by_role("navigation", name="Main").get_by_role("link", name="My work").click()
        self.reads("My work")

    def menu(self, name: str) -> None:
        self.page.get_by_role("navigation", name="Main").get_by_role("link", name=name, exact=True).click()

    def side(self, name: str) -> None:
        """To another page of the record at hand."""
        self.page.locator("nav.side-nav").get_by_role("link", name=name, exact=True).click()
        self.reads(name)

    def follow(self, name: str, *, exact: bool = False) -> None:
        self.main.get_by_role("link", name=name, exact=exact).first.click()

    def press(self, name: str) -> None:
        seen = self.page.locator("button:not(.hidden-text)")
        self.main.get_by_role("button", name=name).and_(seen).first.click()

    def fill(self, label: str, value: str) -> None:
        self.main.get_by_label(label).first.fill(value)

    def reads(self, heading: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)

    def told(self, words: str) -> None:
        """What the site says at the top after something was done."""
        expect(self.page.locator(".flashes")).to_contain_text(words)

    def sees(self, *words: str) -> None:
        for text in words:
            expect(self.main).to_contain_text(text)

    def misses(self, *words: str) -> None:
        for text in words:
            expect(self.main).not_to_contain_text(text)

    def charts(self) -> Locator:
        """The charts that can be seen; the form for narrow screens beside each is not."""
        return self.main.locator("svg[role=img]:visible")

    def shoot(self, label: str) -> None:
        """Keep a picture of the whole page, numbered in the order of the story."""
        self.shots.mkdir(parents=True, exist_ok=True)
        number = len(list(self.shots.glob("*.png"))) + 1
        self.page.screenshot(path=self.shots / f"{number:02} {label}.png", full_page=True)


@pytest.fixture
def people(site: Site, chromium: Any, request: pytest.FixtureRequest) -> Iterator[Callable[..., Person]]:
    """`people("robin.marsh")` signs that person in, in a browser of their own."""
    opened: dict[str, Person] = {}
    shots = ARTIFACTS / "screenshots" / request.node.name.replace("[", "-").rstrip("]")
    if shots.is_dir():
        shutil.rmtree(shots)

    def open_for(name: str, *, width: int = 1280, scheme: str = "light", signed_in: bool = True) -> Person:
        if name not in opened:
            context = chromium.new_context(
                base_url=site.address, viewport={"width": width, "height": 900}, color_scheme=scheme
            )
            opened[name] = Person(context, name, shots)
            if signed_in:
                opened[name].sign_in()
        return opened[name]

    yield open_for
    said = [message for person in opened.values() for message in person.messages]
    for person in opened.values():
        person.context.close()
    assert [text for text in said if "Failed to load resource" not in text] == []
