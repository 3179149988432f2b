"""The audit trail: written once, in the change's own transaction, by many at once, and checked as a whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import Base, configure_engine
from incubator.domain.chain import GENESIS, digest
from incubator.domain.events import EventKind
from incubator.domain.roles import SYSTEM, Role
from incubator.flows import needs as needs_flow
from incubator.flows.record import record
from incubator.models.agencies import Need
from incubator.models.history import ChainHead, Event, audit_key
from incubator.queries.chain import verify_chain
from tests.conftest import NOW
from tests.databases import DATABASES, fresh_database

KEY = b"k" * 32


@pytest.fixture(params=DATABASES)
def lasting(request, tmp_path):
    """An engine on a database of its own, where commits last."""
    with fresh_database(request.param, tmp_path) as url:
        engine = sa.create_engine(url, execution_options={"audit_key": KEY}, pool_size=10)
        configure_engine(engine)
        Base.metadata.create_all(engine)
        yield engine
        engine.dispose()


def write(engine, count: int, name: str = "first") -> None:
    for number in range(count):
        with Session(engine) as session:
            record(session, SYSTEM, NOW, EventKind.UNIT_CREATED, unit=f"{name} {number}")
            session.commit()


def tamper(engine, *statements: str) -> None:
    """What somebody with the database's password can do: triggers off, rows changed."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER event_refuses_update")
            connection.exec_driver_sql("DROP TRIGGER event_refuses_delete")
        else:
            connection.exec_driver_sql("DROP TRIGGER event_refuses_change ON event")
        for statement in statements:
            connection.exec_driver_sql(statement)


def check(engine, anchor: str | None = None):
    with Session(engine) as session:
        return verify_chain(session, anchor)


def test_an_untouched_trail_is_whole(lasting):
    assert check(lasting).whole
    assert check(lasting).events == 0
    write(lasting, 3)
    result = check(lasting)
    with Session(lasting) as session:
        last = session.scalars(sa.select(Event).order_by(Event.id.desc()).limit(1)).one()
        assert (result.whole, result.events, result.head) == (True, 3, last.digest)
    assert check(lasting, anchor=result.head).whole


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET actor_name = 'Nobody' WHERE id = 3",
        'UPDATE event SET details = \'{"unit": "other"}\' WHERE id = 3',
        "UPDATE event SET details = 'not json' WHERE id = 3",
        "UPDATE event SET kind = 'unit_changed' WHERE id = 3",
        "UPDATE event SET at = '2020-01-01 00:00:00+00:00' WHERE id = 3",
    ],
)
def test_an_edit_is_found(lasting, statement):
    write(lasting, 5)
    if "not json" in statement and lasting.dialect.name == "postgresql":
        with pytest.raises(sa.exc.DataError):
            tamper(lasting, statement)
        return
    if lasting.dialect.name == "sqlite":
        statement = statement.replace("+00:00", ".000000")
    tamper(lasting, statement)
    result = check(lasting)
    assert (result.whole, result.events) == (False, 2)
    assert "not json" in statement or result.broken_at == 3


def test_a_deleted_event_is_found(lasting):
    write(lasting, 5)
    tamper(lasting, "DELETE FROM event WHERE id = 3")
    result = check(lasting)
    assert (result.whole, result.events, result.broken_at) == (False, 2, 4)


def test_two_swapped_events_are_found(lasting):
    write(lasting, 5)
    tamper(
        lasting,
        "UPDATE event SET id = 100 WHERE id = 3",
        "UPDATE event SET id = 3 WHERE id = 4",
        "UPDATE event SET id = 4 WHERE id = 100",
    )
    result = check(lasting)
    assert (result.whole, result.broken_at) == (False, 3)


def test_an_event_slipped_in_is_found(lasting):
    write(lasting, 2)
    forged = check(lasting).head
    tamper(
        lasting,
        "INSERT INTO event (id, at, kind, actor_name, details, previous, digest) "
        f"VALUES (3, '2026-11-20 17:00:00.000000', 'unit_created', 'Forger', '{{}}', '{forged}', '{'f' * 64}')",
        f"UPDATE chain_head SET events = 3, digest = '{'f' * 64}'",
    )
    result = check(lasting)
    assert (result.whole, result.broken_at) == (False, 3)


def test_an_event_signed_with_another_key_is_found(lasting):
    write(lasting, 2)
    with Session(lasting) as session:
        head = session.get(ChainHead, 1)
        event = Event(
            at=NOW, kind=EventKind.UNIT_CREATED, actor_name="Forger", details={}, previous=head.digest
        )
        event.digest = head.digest = digest(event, b"another key")
        head.events += 1
        session.add(event)
        session.commit()
        forged = event.id
    assert check(lasting).broken_at == forged


def test_a_tail_cut_off_is_found_by_the_count(lasting):
    write(lasting, 5)
    tamper(lasting, "DELETE FROM event WHERE id > 3")
    result = check(lasting)
    assert (result.whole, result.events) == (False, 3)
    assert "end of the audit trail does not hold" in result.sentence


def test_a_whole_trail_deleted_is_found_by_the_count(lasting):
    write(lasting, 2)
    tamper(lasting, "DELETE FROM event")
    assert not check(lasting).whole


def test_a_tail_cut_off_with_the_count_is_found_by_the_anchor(lasting):
    write(lasting, 5)
    anchor = check(lasting).head
    with Session(lasting) as session:
        third = session.scalars(sa.select(Event.digest).order_by(Event.id).offset(2).limit(1)).one()
    tamper(
        lasting,
        "DELETE FROM event WHERE id > 3",
        f"UPDATE chain_head SET events = 3, digest = '{third}'",
    )
    assert check(lasting).whole, "nothing inside the database can tell"
    assert not check(lasting, anchor).whole
    assert check(lasting, third).whole


@pytest.mark.parametrize("statement", ["UPDATE event SET actor_name = 'X'", "DELETE FROM event"])
def test_the_database_refuses_changes(lasting, statement):
    write(lasting, 1)
    with pytest.raises(sa.exc.DBAPIError, match="events are written once"), lasting.begin() as connection:
        connection.exec_driver_sql(statement)
    assert check(lasting).whole


def test_nothing_happens_when_its_event_cannot_be_written(session, world):
    agency = world.agency()
    lead = world.person("Ann", (Role.AGENCY_LEAD, agency))
    session.commit()
    session.execute(sa.text("ALTER TABLE event RENAME TO lost"))
    details = needs_flow.NeedDetails("Faster permits", "They take months.")
    with pytest.raises(sa.exc.DBAPIError):
        needs_flow.state_need(session, world.actor(lead), world.now, agency.id, details)
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(Need)) == 0


def test_eight_writers_lose_nothing(lasting):
    """All begin on an empty trail, so even the first event is fought over."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda writer: write(lasting, 15, f"writer {writer}"), range(8)))
    result = check(lasting)
    assert (result.whole, result.events) == (True, 120)
    with Session(lasting) as session:
        names = {details["unit"] for details in session.scalars(sa.select(Event.details))}
    assert names == {f"writer {writer} {number}" for writer in range(8) for number in range(15)}


def test_the_digest_is_that_of_what_is_read_back(session, world):
    """Zones, tuples and keys that are no text come back otherwise than they were given."""
    local = world.now.astimezone(ZoneInfo("America/Denver"))
    record(session, SYSTEM, local, EventKind.UNIT_CREATED, unit=("a", 1.0), nested={10: "x", 2: "é"})
    session.expire_all()
    event = session.scalars(sa.select(Event).order_by(Event.id.desc()).limit(1)).one()
    assert event.at == world.now
    assert digest(event, audit_key(session)) == event.digest
    assert event.previous == GENESIS
    assert local.utcoffset() == -timedelta(hours=7)
