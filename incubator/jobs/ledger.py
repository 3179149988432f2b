"""What the job table says about a job: who runs it, how far it has come, whether to stop.

A job is claimed by a conditional UPDATE, so of two workers handed the same number one runs it. Each claim
raises `attempts`, and everything a run writes names its attempt: a worker that was believed dead and
comes back writes nothing. Statements are made on the table itself, because a run outlives any one session.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from incubator.domain.errors import DomainError

log = logging.getLogger(__name__)

Begin = Callable[[], AbstractContextManager[Any]]
Clock = Callable[[], datetime]

BEATS = "beats"
"""The folder of the instance in which running jobs keep their files."""
UNDER_WAY = ("running", "cancelling")
INTERRUPTED = "The work was interrupted and is continuing."
"""What a job's page says until its work says something newer."""


class Stopped(Exception):
    """A run has to end before its work is done; a job's work lets it pass."""


class Cancelled(Stopped):
    """A person canceled the job."""


class Superseded(Stopped):
    """Another worker has taken the job over."""


class Interrupted(Stopped):
    """The worker is shutting down; the job goes back into the queue."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`stale_after`: how long a run may be silent, in the table and in its file, before it counts as dead.
    `attempts`: how many workers a job may bring down before it is given up."""

    stale_after: timedelta = timedelta(seconds=8)
    beat: timedelta = timedelta(seconds=2)
    attempts: int = 3


@dataclass(slots=True)
class Run:
    """One attempt at a job. `done` is where an earlier attempt stopped, so that work can go on from there."""

    job_id: int
    kind: str
    payload: Any
    attempt: int
    done: int
    _ledger: Ledger = field(repr=False)
    _stop: threading.Event = field(repr=False)

    def progress(self, done: int, total: int | None = None, message: str | None = None) -> None:
        """Record how far the work is; raises `Stopped` when it must end here."""
        values: dict[str, Any] = {"progress": done}
        if total is not None:
            values["total"] = total
        if message is not None:
            values["message"] = message
        state = self._ledger.write(self, values)
        self.done = done
        if state is None:
            raise Superseded
        if state == "cancelling":
            raise Cancelled
        if self._stop.is_set():
            raise Interrupted


Work = Callable[[Run], Any]


class Ledger:
    """The job table as the worker uses it.

    `job` is the table; `begin()` gives a connection or session in a transaction that commits on leaving. In the
    folder `beats` each run keeps a file that it touches: on SQLite a long transaction of its own keeps it from
    writing its sign of life into the table.
    """

    def __init__(
        self,
        job: sa.Table,
        begin: Begin,
        clock: Clock,
        settings: Settings | None = None,
        beats: Path | None = None,
    ) -> None:
        self.job = job
        self.beats = beats
        self.begin = begin
        self.clock = clock
        self.settings = settings or Settings()

    def run(self, job_id: int, work: Work, stop: threading.Event) -> str | None:
        """Claim the job and do its work once; the state it ended in, or None if it was not ours to run.

        What `work` returns, which must fit into JSON, is kept as the result. Any exception makes the job failed
        with its text.
        """
        run = self.claim(job_id, stop)
        if run is None:
            return None
        try:
            with self._heart(run):
                result = work(run)
            json.dumps(result)
        except Cancelled:
            return self._end(run, "cancelled")
        except Interrupted:
            return self._release(run)
        except Superseded:
            return None
        except DomainError as refusal:
            return self._end(run, "failed", error=refusal.message)
        except Exception as error:
            log.exception("job %s (%s) failed", run.job_id, run.kind)
            return self._end(run, "failed", error=f"{type(error).__name__}: {error}"[:4000])
        return self._end(run, "finished", result=result)

    def claim(self, job_id: int, stop: threading.Event) -> Run | None:
        """Take a queued job, or one whose worker has fallen silent; None when neither."""
        job, now = self.job, self.clock()
        claimable = sa.or_(job.c.state == "queued", sa.and_(job.c.state == "running", self._silent(now)))
        with self.begin() as connection:
            taken = connection.execute(
                sa.update(job)
                .where(job.c.id == job_id, claimable, job.c.attempts < self.settings.attempts)
                .values(
                    state="running",
                    attempts=job.c.attempts + 1,
                    heartbeat_at=now,
                    message=sa.case((job.c.attempts > 0, INTERRUPTED), else_=job.c.message),
                    started_at=sa.func.coalesce(job.c.started_at, sa.literal(now, job.c.started_at.type)),
                )
            )
            if taken.rowcount != 1:
                return None
            row = connection.execute(
                sa.select(job.c.kind, job.c.payload, job.c.attempts, job.c.progress).where(job.c.id == job_id)
            ).one()
        return Run(job_id, row.kind, row.payload, row.attempts, row.progress or 0, self, stop)

    def write(self, run: Run, values: dict[str, Any]) -> str | None:
        """Record values for a run, with a sign of life; the job's state, or None when it is no longer ours."""
        with self.begin() as connection:
            ours = connection.execute(
                sa.update(self.job).where(*self._ours(run)).values(heartbeat_at=self.clock(), **values)
            )
            if ours.rowcount != 1:
                return None
            state: str = connection.execute(
                sa.select(self.job.c.state).where(self.job.c.id == run.job_id)
            ).scalar_one()
            return state

    def cancel(self, job_id: int) -> str | None:
        """Ask a job to stop: at once when it waits, at its next step when it runs; the new state."""
        job, now = self.job, self.clock()
        with self.begin() as connection:
            waiting = connection.execute(
                sa.update(job)
                .where(job.c.id == job_id, job.c.state == "queued")
                .values(state="cancelled", finished_at=now)
            )
            if waiting.rowcount == 1:
                return "cancelled"
            running = connection.execute(
                sa.update(job).where(job.c.id == job_id, job.c.state == "running").values(state="cancelling")
            )
            return "cancelling" if running.rowcount == 1 else None

    def lost(self) -> list[int]:
        """The jobs that belong in the queue: waiting ones, and those whose worker has fallen silent.

        On the way a silent job that was being canceled is closed, and one that has used up its attempts is
        marked failed.
        """
        job, now = self.job, self.clock()
        silent = self._silent(now)
        with self.begin() as connection:
            if connection.execute(sa.select(job.c.id).where(self._beyond_help(silent)).limit(1)).first():
                self._close_lost(connection, silent, now)
            rows = connection.execute(
                sa.select(job.c.id)
                .where(sa.or_(job.c.state == "queued", sa.and_(job.c.state == "running", silent)))
                .order_by(job.c.id)
            )
            return [row.id for row in rows]

    def _beyond_help(self, silent: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        job = self.job
        spent = sa.and_(job.c.state == "running", job.c.attempts >= self.settings.attempts)
        return sa.and_(silent, sa.or_(job.c.state == "cancelling", spent))

    def _close_lost(self, connection: Any, silent: sa.ColumnElement[bool], now: datetime) -> None:
        job, hopeless = self.job, self._beyond_help(silent)
        why = f"The worker stopped in the middle of this job {self.settings.attempts} times."
        connection.execute(
            sa.update(job)
            .where(hopeless)
            .values(
                state=sa.case((job.c.state == "cancelling", "cancelled"), else_="failed"),
                error=sa.case((job.c.state == "cancelling", ""), else_=why),
                finished_at=now,
            )
        )

    def _end(self, run: Run, state: str, **values: Any) -> str | None:
        ended = self._close(run, state=state, finished_at=self.clock(), **values)
        return state if ended else None

    def _release(self, run: Run) -> str | None:
        back = self._close(run, state="queued", attempts=run.attempt - 1, message=INTERRUPTED)
        return "queued" if back else None

    def _close(self, run: Run, **values: Any) -> bool:
        with self.begin() as connection:
            closed = connection.execute(sa.update(self.job).where(*self._ours(run)).values(**values))
            return bool(closed.rowcount == 1)

    def _ours(self, run: Run) -> tuple[sa.ColumnElement[bool], ...]:
        job = self.job
        return job.c.id == run.job_id, job.c.attempts == run.attempt, job.c.state.in_(UNDER_WAY)

    def _silent(self, now: datetime) -> sa.ColumnElement[bool]:
        """Runs that gave no sign of life for too long, neither in the table nor in their file."""
        oldest = time.time() - self.settings.stale_after.total_seconds()
        alive = [int(file.name) for file in self._files() if _touched(file) > oldest]
        return sa.and_(self.job.c.heartbeat_at < now - self.settings.stale_after, self.job.c.id.not_in(alive))

    def _files(self) -> list[Path]:
        return [file for file in self.beats.glob("*") if file.name.isdigit()] if self.beats else []

    @contextmanager
    def _heart(self, run: Run) -> Iterator[None]:
        """Give signs of life from threads of their own while the work is busy elsewhere."""
        done = threading.Event()
        file = self.beats / str(run.job_id) if self.beats else None

        def beat() -> None:
            while not done.wait(self.settings.beat.total_seconds()):
                try:
                    self.write(run, {})
                except OperationalError:
                    # On SQLite the work itself may hold the one write lock; the file tells of it meanwhile.
                    log.debug("job %s: no sign of life this time", run.job_id)

        def touch() -> None:
            assert file is not None
            file.parent.mkdir(parents=True, exist_ok=True)
            while True:
                with suppress(OSError):
                    file.touch()
                if done.wait(self.settings.beat.total_seconds()):
                    return

        threads = [threading.Thread(target=beat, name=f"job-{run.job_id}-heart", daemon=True)]
        if file is not None:
            threads.append(threading.Thread(target=touch, name=f"job-{run.job_id}-file", daemon=True))
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            done.set()
            for thread in threads:
                thread.join()
            if file is not None:
                file.unlink(missing_ok=True)


def is_interrupted(beats: Path, job_id: int, heartbeat_at: datetime | None, now: datetime) -> bool:
    """Whether a running job has given no sign of life for so long that its worker is gone."""
    quiet = Settings().stale_after
    return (
        heartbeat_at is not None
        and heartbeat_at < now - quiet
        and _touched(beats / str(job_id)) < time.time() - quiet.total_seconds()
    )


def _touched(file: Path) -> float:
    """When the file was touched last; long ago for one that is gone."""
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
