"""What work needs from the application: its settings, its clock, and transactions of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from incubator.config import Settings
from incubator.database import reading
from incubator.domain.clock import office_zone
from incubator.domain.errors import DomainError
from incubator.domain.roles import Actor
from incubator.extensions import db
from incubator.jobs.ledger import Run
from incubator.models.jobs import Job
from incubator.queries.accounts import load_actor

log = logging.getLogger(__name__)


def clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Workshop:
    """An application as its worker uses it."""

    app: Flask
    clock: Callable[[], datetime] = clock

    @property
    def settings(self) -> Settings:
        settings: Settings = self.app.config["SETTINGS"]
        return settings

    @property
    def progress_inside(self) -> bool:
        """Whether progress can be written while a transaction writes: not with SQLite's one writer."""
        with self.app.app_context():
            return db.engine.dialect.name != "sqlite"

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that commits on leaving, or nothing of it."""
        with self.app.app_context():
            bind = db.engine
        with (
            office_zone(self.settings.time_zone),
            Session(bind, join_transaction_mode="create_savepoint") as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads."""
        with reading(), self.writing() as session:
            yield session

    def actor_of(self, job_id: int) -> Actor:
        """The person who asked for the job, with the rights they have now."""
        with self.reading() as session:
            job = session.get_one(Job, job_id)
            actor = load_actor(session, job.requested_by_id) if job.requested_by_id else None
        if actor is None:
            raise DomainError("The person who asked for this has no account any more.")
        return actor

    def tell(self, run: Run, done: int, total: int, message: str) -> None:
        """Record progress, unless the database has no place for it just now."""
        try:
            run.progress(done, total, message)
        except OperationalError:
            log.info("job %s: progress %s of %s not recorded", run.job_id, done, total)


Work = Callable[[Workshop, Run], dict[str, Any]]
