"""Every route that changes something, sent the same valid form several times at once, on real connections.

PostgreSQL only: SQLite lets writers in one by one. `--thorough` sends eight at once instead of three.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from incubator.database import Base, UTCDateTime
from incubator.domain.roles import Role
from incubator.extensions import db
from tests.browser import Browser
from tests.conftest import NOW, ticking
from tests.databases import POSTGRESQL, fresh_database, make_app
from tests.house.addresses import values as stand_ins
from tests.house.town import Town, found_town
from tests.web.hostile import TYPED, Spot, addresses, multipart, shown_at
from tests.world import World

pytestmark = pytest.mark.skipif(not POSTGRESQL, reason="PostgreSQL: set TEST_DATABASE_URL")

AT_ONCE, AT_ONCE_THOROUGH = 3, 8
EVERYWHERE = (Role.COORDINATOR, Role.ADMINISTRATOR, Role.GATEKEEPER)
LIMITED = (Role.SUBMITTER, Role.AGENCY_LEAD, Role.REVIEWER)
ANSWERED = frozenset({200, 303, 400, 401, 403, 404, 409, 410, 422, 429})
"""What a lost race may answer with: the first one's page, a refusal, a sentence, and never a fault."""
LAST = ("remove", "archive", "withdraw", "disable", "strike", "decline", "merge", "close", "sign_out", "end_session", "take_role", "password", "discard", "gates.decide", "refuse", "disown")  # fmt: skip
"""Parts of the names of routes that take away what others need: they are sent when all others were."""
ENDING = ("accounts.end_session", "accounts.sign_out_everywhere", "accounts.password")
"""They end the sessions that the others need."""

NUMBERED = [table for table in Base.metadata.sorted_tables if "id" in table.c]
TRIES = ("accounts.sign_in", "accounts.reset")
"""Each try to get into an account is one and is counted, however equal."""

REFUSED = frozenset(
    [
        "accounts.change_person",
        "accounts.password",
        "accounts.sign_in",
        "accounts.sign_out_everywhere",
        "agencies.change",
        "agencies.create",
        "agencies.link_need",
        "agencies.open_survey",
        "ai.answer",
        "gates.approve",
        "gates.resume",
        "gates.revive",
        "inventory.upload",
        "panels.change_meeting",
        "pilots.add_budget_line",
        "pilots.confirm_lock",
        "pilots.define_metric",
        "pilots.edit_metric",
        "pilots.edit_promise",
        "pilots.import_readings",
        "pilots.measure_benefit",
        "pilots.promise_benefit",
        "pilots.propose_lock",
        "pilots.record_benefit",
        "pilots.record_expense",
        "pilots.return_report",
        "proposals.attach",
        "proposals.authors",
        "proposals.start",
        "releases.prepare_together",
        "reviews.declare_tie",
        "reviews.refuse",
        "scaling.prepare",
        "screening.ask",
        "screening.decline",
        "screening.merge",
    ]
)
"""What is raced with a form that is refused: it asks for what no filling at random hits upon (a file, a password,
two dates in order, a record at one step), or the record has moved on by then."""


@dataclass
class Race:
    """Who is signed in, and what has been sent so far: for each route the answers."""

    app: Flask
    engine: sa.Engine
    town: Town
    visitors: dict[str, Browser]
    email: str
    """The coordinator's, whose session some of the routes end."""
    times: int
    answers: dict[str, list[int]] = field(default_factory=dict)
    repeated: dict[str, list[str]] = field(default_factory=dict)
    """For each route the rows that the same post wrote more than once."""

    def walk(self, postponed: dict[str, Spot]) -> None:
        """Open every page as every role, and send at once what is shown there for the first time."""
        for role in self.visitors:
            for several in addresses(self.app, self.town):
                idle = 0
                for address in several:
                    idle = 0 if self.send_what_is_shown(role, address, postponed) else idle + 1
                    if idle == 3:
                        break

    def send_what_is_shown(self, role: str, address: str, postponed: dict[str, Spot] | None = None) -> bool:
        """Whether there was something new."""
        new = False
        for spot in shown_at(self.visitors[role], address, role, self.app):
            if spot.endpoint in self.answers or spot.endpoint in (postponed or {}):
                continue
            new = True
            if postponed is not None and any(part in spot.endpoint for part in LAST):
                postponed[spot.endpoint] = spot
            else:
                self.send(spot)
        return new

    def send(self, spot: Spot) -> None:
        """Send the filled-in form so many times at once."""
        start, answers = threading.Barrier(self.times), []
        cookies = self.visitors[spot.role].client._cookies
        sent = filled(spot)
        body = multipart(sent) if "multipart" in spot.enctype else urlencode(sent).encode()

        def post() -> None:
            client = self.app.test_client()
            client._cookies = dict(cookies)
            start.wait()
            with client.post(spot.action, data=body, content_type=spot.content_type) as response:
                answers.append(response.status_code)

        before = self.last_rows()
        threads = [threading.Thread(target=post) for _ in range(self.times)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.answers[spot.endpoint] = sorted(answers)
        if spot.endpoint not in TRIES and (twice := self.written_twice(before)):
            self.repeated[spot.endpoint] = twice

    def last_rows(self) -> dict[str, int]:
        """For each table the number of its newest row."""
        several = " UNION ALL ".join(
            f"SELECT '{table.name}', coalesce(max(id), 0) FROM \"{table.name}\"" for table in NUMBERED
        )
        with self.engine.connect() as connection:
            return dict(connection.execute(sa.text(several)).all())

    def written_twice(self, before: dict[str, int]) -> list[str]:
        """What was written since, more than once: rows that differ in nothing but their number and moment."""
        after = self.last_rows()
        twice = []
        with self.engine.connect() as connection:
            for table in NUMBERED:
                if after[table.name] - before[table.name] < 2:
                    continue
                told = [column for column in table.columns if not _own(column)]
                rows = connection.execute(sa.select(*told).where(table.c.id > before[table.name]))
                counted = Counter(repr(tuple(row)) for row in rows)
                twice += [f"{table.name}: {row}" for row, times in counted.items() if times > 1]
        return twice

    def unshown(self) -> list[Spot]:
        """The routes that no page led to, each with a form of nothing but its token, key and version."""
        adapter = self.app.url_map.bind("localhost")
        self.visitors["coordinator"].come_in(self.email)
        token = self.visitors["coordinator"].token()
        spots = []
        for rule in self.app.url_map.iter_rules():
            if "POST" in rule.methods and rule.endpoint not in self.answers:
                action = adapter.build(rule.endpoint, stand_ins(rule, self.town, "own"), method="POST")
                pairs = (("csrf_token", token), ("_key", "the same"), ("version", "1"))
                spots.append(Spot(rule.endpoint, "coordinator", action, action, "", pairs))
        return spots


def _own(column: sa.Column[Any]) -> bool:
    """Whether two rows for one thing differ in this column: their number, moment or chain."""
    return (
        column.primary_key
        or isinstance(column.type, UTCDateTime)
        or column.name in ("digest", "previous", "token")
    )


def filled(spot: Spot) -> list[tuple[str, str]]:
    """The form as somebody fills it in: what is shown stays, empty fields get something that fits."""
    kinds, offered = dict(spot.kinds), dict(spot.offered)
    sent = []
    for name, value in spot.pairs:
        if not value:
            value = offered.pop(name, "") or (_typed(name) if kinds.get(name) in TYPED else "")
        else:
            offered.pop(name, None)
        sent.append((name, value))
    return [*sent, *offered.items()]


def _typed(name: str) -> str:
    if "email" in name:
        return "new.person@example.gov"
    if name == "code":
        return "NEWA"
    return "12/1/2027" if name.endswith(("_on", "_date", "date")) else "5"


@pytest.fixture
def race(tmp_path, pytestconfig) -> Iterator[Race]:
    with fresh_database("postgresql", tmp_path) as url:
        app = make_app(url, tmp_path / "instance")
        app.testing = False
        app.extensions["incubator.clock"] = ticking(NOW)
        with app.app_context():
            engine = db.engine
        Base.metadata.create_all(engine)
        with Session(engine, expire_on_commit=False) as session:
            world = World(session, NOW)
            town = found_town(world)
            people = {role.value: world.person(f"{role.value} everywhere", role) for role in EVERYWHERE}
            people |= {role.value: town.people[role] for role in LIMITED}
            session.commit()
        visitors = {role: Browser(app.test_client()) for role in people}
        for role, visitor in visitors.items():
            visitor.come_in(people[role].email)
        thorough = pytestconfig.getoption("--thorough")
        email = people[Role.COORDINATOR].email
        yield Race(app, engine, town, visitors, email, AT_ONCE_THOROUGH if thorough else AT_ONCE)
        engine.dispose()


def test_a_lost_race_is_answered(race):
    postponed: dict[str, Spot] = {}
    race.walk(postponed)
    for endpoint, spot in sorted(postponed.items(), key=lambda each: each[0] in ENDING):
        if endpoint not in race.answers:
            race.send_what_is_shown(spot.role, spot.page)
        if endpoint not in race.answers:
            race.send(spot)
        race.send_what_is_shown(spot.role, spot.page)
    shown = set(race.answers)
    for spot in race.unshown():
        race.send(spot)
    faults = {endpoint: found for endpoint, found in race.answers.items() if not ANSWERED.issuperset(found)}
    assert faults == {}
    assert race.repeated == {}
    done = {endpoint for endpoint in shown if {200, 303} & set(race.answers[endpoint])}
    assert shown - done <= REFUSED, sorted(shown - done - REFUSED)
