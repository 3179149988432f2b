"""Loading the demonstration into an empty database, in one transaction."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from incubator.charts import warm
from incubator.demonstration.benefits_at_work import load_scaled
from incubator.demonstration.cast import PASSWORD, load_cast
from incubator.demonstration.customers import load_customers
from incubator.demonstration.elsewhere import load_panel
from incubator.demonstration.facts import load
from incubator.demonstration.illustrated_lives import load_lives
from incubator.demonstration.published_lives import load_projects, load_state_pilots
from incubator.demonstration.rounds import load_calls
from incubator.demonstration.rounds_at_work import plan_round
from incubator.demonstration.timeline import Timeline
from incubator.domain.events import EventKind
from incubator.domain.roles import SYSTEM
from incubator.extensions import db
from incubator.flows.jobs import CHARTS, request_job
from incubator.flows.record import record
from incubator.models.accounts import Person
from incubator.models.history import Event
from incubator.models.jobs import Message, MessageState

BEGINNING = datetime(2016, 9, 1, 12, tzinfo=UTC)
"""The offices and accounts exist before the first published phase begins."""


def is_loaded() -> bool:
    """Whether the demonstration is in the database. Raises RuntimeError where other people's work is."""
    loaded = sa.select(Event.id).where(Event.kind == EventKind.DEMONSTRATION_LOADED).limit(1)
    if db.session.scalar(loaded) is not None:
        return True
    if db.session.scalar(sa.select(Person.id).limit(1)) is not None:
        raise RuntimeError("the database holds accounts that are not the demonstration's")
    return False


def load_demonstration(app: Flask, now: datetime | None = None) -> None:
    """Write everything in the order in which it happened, then commit once.

    Draws nothing, but builds what the first chart would otherwise wait for, and asks the worker for the
    charts themselves.
    """
    moment = now or datetime.now(UTC)
    facts = load()
    session = db.session()
    timeline = Timeline(moment)
    cast = load_cast(session, facts, BEGINNING)
    calls = load_calls(session, facts, cast, timeline, BEGINNING)
    needs = load_customers(session, facts, cast, timeline)
    load_projects(session, facts, cast, timeline)
    load_state_pilots(session, facts, cast, timeline)
    load_lives(session, facts, cast, calls, needs, timeline)
    load_scaled(session, facts, cast, timeline)
    plan_round(session, facts, cast, calls, timeline, app.config["SETTINGS"].time_zone)
    timeline.run()
    _have_arrive(session)
    load_panel(session, cast.actors["coordinator"], facts.illustration.rounds.elsewhere, moment)
    record(session, SYSTEM, moment, EventKind.DEMONSTRATION_LOADED)
    request_job(session, SYSTEM, CHARTS, {}, moment)
    session.commit()
    warm(app.config["SETTINGS"].chart_cache)


def _have_arrive(session: Session) -> None:
    """Mail of the past reached people when it was written: the worker must not send it today."""
    session.flush()
    session.execute(sa.update(Message).values(state=MessageState.SENT, sent_at=Message.created_at))


def accounts() -> list[tuple[str, str, str]]:
    """Every ready account: what the person does, the address, the password."""
    return [
        (
            f"{person.title} ({', '.join(role.value.replace('_', ' ') for role in person.roles)})",
            person.email,
            PASSWORD,
        )
        for person in load().illustration.people
    ]
