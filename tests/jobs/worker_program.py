"""A real worker process for the engine's tests: counts slowly to the job's total, with a step in the log.

Arguments: broker URL or "", queue file, queue name, database URL, log file.
"""

import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from incubator.jobs.beside import stop_with_parent
from incubator.jobs.engine import make_engine
from incubator.jobs.ledger import Ledger, Run, Settings

metadata = sa.MetaData()
job = sa.Table(
    "job",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("payload", sa.JSON),
    sa.Column("state", sa.String, nullable=False, default="queued"),
    sa.Column("progress", sa.Integer, nullable=False, default=0),
    sa.Column("total", sa.Integer),
    sa.Column("message", sa.String),
    sa.Column("result", sa.JSON),
    sa.Column("error", sa.String),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("heartbeat_at", sa.DateTime),
    sa.Column("started_at", sa.DateTime),
    sa.Column("finished_at", sa.DateTime),
)
SETTINGS = Settings(stale_after=timedelta(seconds=1.2), beat=timedelta(seconds=0.2))


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def open_ledger(url: str, settings: Settings = SETTINGS) -> tuple[sa.Engine, Ledger]:
    database = sa.create_engine(url)
    return database, Ledger(job, database.begin, now, settings)


def main(broker: str, queue: str, name: str, url: str, log: str) -> None:
    database, ledger = open_ledger(url)
    stop = threading.Event()
    stop_with_parent(stop)

    def count(run: Run) -> dict[str, int]:
        total = run.payload["total"]
        for step in range(run.done, total):
            with Path(log).open("a") as lines:
                lines.write(f"{run.job_id} {run.attempt} {step}\n")
            time.sleep(run.payload["seconds"])
            run.progress(step + 1, total, f"step {step + 1}")
        return {"counted": total}

    engine = make_engine(broker or None, Path(queue), name)
    engine.run_worker(
        lambda job_id: ledger.run(job_id, count, stop) and None,
        stop,
        workers=2,
        recover=ledger.lost,
        recover_seconds=0.3,
    )
    database.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
