"""The queue that tells a worker which job to run next.

A message carries the number of a job and nothing else: what the job is, how far it has come and whether it
was canceled stands in the job table (see `ledger`). So a message may be lost or delivered twice without
harm. Huey does the carrying; why it was chosen stands in docs/decisions/0006-job-engine.md.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from huey import Huey, PostgresHuey, PriorityRedisHuey, SqliteHuey
from huey.consumer import Consumer
from huey.registry import Message
from huey.serializer import Serializer

Handler = Callable[[int], None]
Recover = Callable[[], Iterable[int]]

log = logging.getLogger(__name__)

_WAL_IS_SAFE = sqlite3.sqlite_version_info >= (3, 51, 3)
_IDLE_POLL_SECONDS = 1.0
LOST_FIRST = 10
"""Somebody has waited for a lost job already: it goes before what recurs."""


class _JsonSerializer(Serializer):
    """Huey's default is pickle, with which whoever can write to the broker could run code in the worker."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(data).encode()

    def _deserialize(self, data: bytes) -> Message:
        return Message(*json.loads(data))


class _Consumer(Consumer):
    """A consumer that leaves the process's signals to whoever runs it, so that it may live in a thread."""

    def _set_signal_handlers(self) -> None:
        return None


class Engine:
    """One queue of job numbers, kept in a SQLite file, in Redis or in PostgreSQL.

    Nothing is opened before the first message, and a fork opens its own connections.
    """

    def __init__(self, broker_url: str | None, sqlite_path: Path, name: str) -> None:
        self.broker_url = broker_url
        self.sqlite_path = sqlite_path
        self.name = name
        self.kind = _kind(broker_url)
        self._periodic: list[tuple[int, Callable[[], None]]] = []
        self._handler: Handler | None = None
        self._lock = threading.Lock()
        self._opened: tuple[int, Huey, Callable[..., Any]] | None = None

    def enqueue(self, job_id: int, priority: int = 0) -> None:
        """Put a job into the queue; higher priority first, then first come, first served.

        Call it after the transaction that wrote the job's row. Raises the broker's own error when the
        broker cannot be reached; the row then stays queued and the next sweep of a worker picks it up.
        """
        _, run_job = self._open()
        run_job(job_id, priority=priority)

    def waiting(self) -> set[int]:
        """The numbers of the jobs in the queue, not yet taken by a worker."""
        huey, _ = self._open()
        messages = (json.loads(data) for data in huey.storage.enqueued_items())
        return {message[6][0] for message in messages if message[6]}

    def every(self, minutes: int, fn: Callable[[], None]) -> None:
        """Run `fn` once in each span of so many minutes, however many workers there are.

        Call it before `run_worker`. The function is known by its name, which must be unique.
        """
        if minutes < 1:
            raise ValueError("a span is at least one minute")
        if any(known.__name__ == fn.__name__ for _, known in self._periodic):
            raise ValueError(f"{fn.__name__} is already run periodically")
        self._periodic.append((minutes, fn))
        self.close()

    def run_worker(
        self,
        handler: Handler,
        stop: threading.Event,
        workers: int = 1,
        recover: Recover | None = None,
        recover_seconds: float = 4.0,
    ) -> None:
        """Hand each number in the queue to `handler`, in `workers` threads, until `stop` is set.

        On stopping, jobs under way are waited for; a handler that watches the same event can end early.
        `recover` names jobs that were lost (their worker died, or their message never left); it is asked at
        the start and every `recover_seconds`, and what it names is put back into the queue unless already there.
        """
        self._handler = handler
        huey, _ = self._open()
        consumer = _Consumer(
            huey,
            workers=workers,
            periodic=bool(self._periodic),
            max_delay=_IDLE_POLL_SECONDS,
            scheduler_interval=30,
        )
        consumer.start()
        try:
            while True:
                if recover is not None:
                    self._requeue(recover)
                if self._wait(consumer, stop, recover_seconds):
                    break
        finally:
            consumer.stop(graceful=True)
            self.close()

    def close(self) -> None:
        """Close the connections; the next call opens them again."""
        with self._lock:
            if self._opened is not None and self._opened[0] == os.getpid():
                _close_storage(self._opened[1])
            self._opened = None

    def _open(self) -> tuple[Huey, Callable[..., Any]]:
        with self._lock:
            if self._opened is None or self._opened[0] != os.getpid():
                huey = _make_huey(self.kind, self.broker_url, self.sqlite_path, self.name)
                huey.on_shutdown("close")(lambda: _close_storage(huey))
                run_job = huey.task(name="run_job")(self._run_job)
                for minutes, fn in self._periodic:
                    self._register(huey, minutes, fn)
                self._opened = (os.getpid(), huey, run_job)
            return self._opened[1], self._opened[2]

    def _run_job(self, job_id: int) -> None:
        if self._handler is None:
            raise RuntimeError("a job was taken from the queue before the worker had a handler")
        self._handler(job_id)

    def _register(self, huey: Huey, minutes: int, fn: Callable[[], None]) -> None:
        def once_in_its_span() -> None:
            span = int(time.time() // 60 // minutes)
            key = f"every.{fn.__name__}"
            if huey.storage.put_if_empty(f"{key}.{span}", b"1"):
                huey.storage.delete_data(f"{key}.{span - 1}")
                fn()

        def at_each_look(_now: object) -> bool:
            return True

        huey.periodic_task(at_each_look, name=f"every_{fn.__name__}")(once_in_its_span)

    def _requeue(self, recover: Recover) -> None:
        try:
            lost = list(recover())
            waiting = self.waiting() if lost else set()
            for job_id in lost:
                if job_id not in waiting:
                    self.enqueue(job_id, priority=LOST_FIRST)
        except Exception:
            # A database or broker that is away for a moment must not end the worker; the next sweep follows.
            log.exception("looking for lost jobs failed")

    def _wait(self, consumer: _Consumer, stop: threading.Event, seconds: float) -> bool:
        """Wait for the next sweep; True when it is time to stop."""
        if stop.wait(seconds):
            return True
        consumer.check_worker_health()
        return False


def make_engine(broker_url: str | None, sqlite_path: Path, name: str = "incubator") -> Engine:
    """The queue for these settings.

    `broker_url` is None (a SQLite file at `sqlite_path`, no server), `redis://…`, `rediss://…`, `unix://…`
    or `postgresql://…` (SQLAlchemy's `postgresql+psycopg://…` is understood).
    `name` keeps several installations on one broker apart. Raises ValueError for any other address.
    """
    return Engine(broker_url, sqlite_path, name)


def _kind(broker_url: str | None) -> str:
    if not broker_url:
        return "sqlite"
    scheme = broker_url.split(":", 1)[0].split("+", 1)[0]
    if scheme in {"redis", "rediss", "unix"}:
        return "redis"
    if scheme in {"postgresql", "postgres"}:
        return "postgresql"
    raise ValueError(f"a broker is redis://… or postgresql://…, not {scheme}://…")


def _make_huey(kind: str, broker_url: str | None, sqlite_path: Path, name: str) -> Huey:
    shared: dict[str, Any] = {"results": False, "serializer": _JsonSerializer()}
    if kind == "redis":
        return PriorityRedisHuey(name, url=broker_url, **shared)
    if kind == "postgresql":
        assert broker_url is not None
        scheme, rest = broker_url.split(":", 1)
        dsn = f"{scheme.split('+', 1)[0]}:{rest}"
        return _retry_once(lambda: PostgresHuey(name, dsn=dsn, **shared))
    sqlite_path.parent.mkdir(parents=True, exist_ok=True)
    journal = "wal" if _WAL_IS_SAFE else "truncate"
    return SqliteHuey(
        name, filename=str(sqlite_path), journal_mode=journal, fsync=True, strict_fifo=True, **shared
    )


def _retry_once(make: Callable[[], Huey]) -> Huey:
    """PostgreSQL's `create table if not exists` can fail when two processes start in the same instant."""
    try:
        return make()
    except Exception as error:
        if type(error).__name__ not in {"UniqueViolation", "DuplicateTable"}:
            raise
        return make()


def _close_storage(huey: Huey) -> None:
    huey.storage.close()
    pool = getattr(huey.storage, "pool", None)
    if pool is not None:
        pool.disconnect()
