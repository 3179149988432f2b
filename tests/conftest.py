"""One application for a database, migrated once; every test in a transaction that is rolled back."""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from incubator.database import Base
from incubator.extensions import db
from tests.browser import Browser
from tests.databases import (
    DATABASES,
    POSTGRESQL,
    begin_run,
    demonstration_database,
    end_run,
    fresh_database,
    make_app,
)
from tests.headless import CHROMIUM, running_chromium
from tests.world import World

SHARED_DATA = Path(
    os.environ.get("INCUBATOR_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)
NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)


# The same examples in every run: what fails for one contributor fails for all. `--hypothesis-profile=random`
# looks for new ones.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis.settings.register_profile("random", deadline=None)
hypothesis.settings.load_profile("steady")


def pytest_configure(config: pytest.Config) -> None:
    if begin_run():
        config.add_cleanup(end_run)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--thorough",
        action="store_true",
        help="run each test of a page on both databases, not on one of them",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The browser's long ways first: begun last, one process would still walk when the others are done.

    Rules, flows and queries meet both databases. Pages stand on these, so each of their tests goes to one
    database, half of them to each, always the same; unless all are asked for, or one is named.
    """
    items.sort(key=lambda item: item.path.parent.name != "journeys")
    if getattr(config.option, "loadgroup", False):
        _name_groups(items)
    if config.getoption("--thorough") or any("::" in named for named in config.args):
        return
    elsewhere = {id(item) for item in items if _goes_elsewhere(item)}
    config.hook.pytest_deselected(items=[item for item in items if id(item) in elsewhere])
    items[:] = [item for item in items if id(item) not in elsewhere]


def _name_groups(items: list[pytest.Item]) -> None:
    """Say each group to the processes' scheduler: pytest 9.2 keeps its names where pytest-xdist 3.8 does not write."""
    for item in items:
        group = item.get_closest_marker("xdist_group")
        if group is not None and hasattr(item, "_id") and not item.nodeid.endswith(f"@{group.args[0]}"):
            from _pytest.nodeid import coerce_node_id

            item._id = coerce_node_id(f"{item.nodeid}@{group.args[0]}")


def _goes_elsewhere(item: pytest.Item) -> bool:
    database = item.callspec.params.get("app") if hasattr(item, "callspec") else None
    if item.path.parent.name != "web" or database not in DATABASES:
        return False
    name = item.nodeid.replace(database, "")
    return database != DATABASES[zlib.crc32(name.encode()) % len(DATABASES)]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """The last line says what this machine could not run, so that green is not taken for everything."""
    yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.write_line(left_out(reporter))


def left_out(reporter: pytest.TerminalReporter) -> str:
    skipped = reporter.stats.get("skipped", [])
    reasons = " ".join(str(report.longrepr) for report in skipped).lower()
    names = [
        name
        for name, missing in (
            ("PostgreSQL (set TEST_DATABASE_URL)", not POSTGRESQL),
            ("the browser (no Chromium)", CHROMIUM is None),
            ("Redis (set TEST_REDIS_URL)", "redis" in reasons),
            ("the real data sets (set INCUBATOR_SHARED_DATA)", not SHARED_DATA.is_dir()),
            ("long walks and journeys (make test-all)", reporter.config.getoption("markexpr") == "not slow"),
        )
        if missing
    ]
    return f"Left out: {'; '.join(names)}." if names else "Nothing was left out."


def ticking(start: datetime) -> Callable[[], datetime]:
    """A clock that stands at `start` now and goes on from there."""
    begun = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - begun)


@pytest.fixture(scope="session", params=DATABASES)
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp(request.param)
    with fresh_database(request.param, folder) as url:
        application = make_app(url, folder / "instance")
        with application.app_context():
            Base.metadata.create_all(db.engine)
        yield application
        with application.app_context():
            db.engine.dispose()


@pytest.fixture(scope="session", params=DATABASES)
def demonstration(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """An application with the demonstration loaded, to look at and not to change."""
    folder = tmp_path_factory.mktemp(f"demonstration-{request.param}")
    with demonstration_database(request.param, folder) as url:
        application = make_app(url, folder / "instance", demonstration=True)
        yield application
        with application.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def connection(app: Flask) -> Iterator[sa.Connection]:
    with app.app_context():
        engines = db.engines
    # What is arranged lies around this moment, so pages must not go by the day on which tests are run.
    app.extensions["incubator.clock"] = ticking(NOW)
    engine = engines[None]
    with engine.connect() as opened:
        outer = opened.begin()
        engines[None] = opened  # type: ignore[assignment]
        try:
            yield opened
        finally:
            engines[None] = engine
            outer.rollback()


@pytest.fixture
def session(connection: sa.Connection) -> Iterator[Session]:
    with Session(connection, join_transaction_mode="create_savepoint") as opened:
        yield opened


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def world(session: Session) -> World:
    """People, agencies, calls and proposals to arrange a test with."""
    return World(session, NOW)


@pytest.fixture
def browser(app: Flask, session: Session) -> Callable[..., Browser]:
    """`browser(person)` is a browser in which that person has signed in through the real page."""

    def opened(person: object | None = None) -> Browser:
        session.commit()
        made = Browser(app.test_client())
        if person is not None:
            made.come_in(person.email)  # type: ignore[attr-defined]
        return made

    return opened


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The one real browser of a process: Playwright does not let a second one run beside it."""
    with running_chromium() as running:
        yield running


Statements = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def statements(connection: sa.Connection) -> Statements:
    """`with statements() as seen:` collects the SQL that is run, without savepoints."""

    @contextmanager
    def watch() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
            if "SAVEPOINT" not in statement and not statement.startswith("BEGIN"):
                seen.append(statement)

        sa.event.listen(connection, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            sa.event.remove(connection, "before_cursor_execute", note)

    return watch


@pytest.fixture(scope="session")
def shared_data() -> Path:
    if not SHARED_DATA.is_dir():
        message = f"the real data sets are not at {SHARED_DATA}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return SHARED_DATA
