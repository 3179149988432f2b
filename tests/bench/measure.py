"""Measuring one page: statements, time, processor time of the application and the database, size."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Figures:
    """Times in milliseconds. `cpu` is application plus database, the mean over all runs."""

    statements: int
    p50: float
    p95: float
    cpu: float
    size: int


class DatabaseClock:
    """Processor time of PostgreSQL's backends, from /proc; SQLite runs inside the application."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.postgresql = engine.dialect.name == "postgresql"

    def read(self) -> float:
        """Seconds so far, of every backend of this database."""
        if not self.postgresql:
            return 0.0
        with self.engine.connect() as connection:
            pids = connection.scalars(
                sa.text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
            ).all()
        return sum(_processor_seconds(pid) for pid in pids)


def _processor_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICK


def measure(call: Callable[[], bytes], engine: sa.Engine, runs: int, warm: int = 3) -> Figures:
    """Run the call `warm` times uncounted, then `runs` times."""
    statements: list[str] = []

    def note(_c: object, _k: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    for _ in range(warm):
        body = call()
    sa.event.listen(engine, "before_cursor_execute", note)
    body = call()
    sa.event.remove(engine, "before_cursor_execute", note)
    counted = sum(not statement.startswith(("BEGIN", "PRAGMA")) for statement in statements)
    clock = DatabaseClock(engine)
    walls = []
    database = clock.read()
    processor = time.process_time()
    for _ in range(runs):
        begun = time.perf_counter()
        call()
        walls.append((time.perf_counter() - begun) * 1000)
    used = time.process_time() - processor
    used += clock.read() - database
    return Figures(
        counted,
        statistics.median(walls),
        statistics.quantiles(walls, n=20)[-1],
        used / runs * 1000,
        len(body),
    )
