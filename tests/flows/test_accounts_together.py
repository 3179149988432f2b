"""Many reset requests at once, on real connections: the limit holds."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import Base
from incubator.domain.events import EventKind
from incubator.domain.roles import SYSTEM
from incubator.domain.throttling import RESETS_PER_ACCOUNT, Try
from incubator.extensions import db
from incubator.flows import accounts
from incubator.flows.record import record
from incubator.models.accounts import OneTimeLink
from incubator.models.jobs import Message
from tests.conftest import NOW
from tests.databases import DATABASES, fresh_database, make_app
from tests.world import World

REQUESTS = 9


@pytest.fixture(params=DATABASES)
def engine(request, tmp_path):
    with fresh_database(request.param, tmp_path) as url:
        app = make_app(url, tmp_path / "instance")
        with app.app_context():
            engine = db.engine
        Base.metadata.create_all(engine)
        yield engine
        engine.dispose()


def test_nine_requests_at_once_send_three_mails(engine):
    with Session(engine) as session:
        person = World(session, NOW).person("Robin Hale")
        record(session, SYSTEM, NOW, EventKind.PERSON_CHANGED, person=person.name, person_id=person.id)
        key = person.email_key
        session.commit()
    start = threading.Barrier(REQUESTS)

    def ask(place: int) -> None:
        with Session(engine) as session:
            start.wait(10)
            attempt = Try(key, f"192.0.2.{place}")
            accounts.ask_for_reset(session, attempt, NOW, base_url="http://localhost", office="The office")
            session.commit()

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(REQUESTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with Session(engine) as session:
        for kind in (OneTimeLink, Message):
            assert session.scalar(sa.select(sa.func.count()).select_from(kind)) == RESETS_PER_ACCOUNT
