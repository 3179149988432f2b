import contextlib
import inspect
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
import sqlalchemy as sa

from incubator.jobs.beside import beside
from incubator.jobs.engine import _IDLE_POLL_SECONDS, Engine, make_engine
from incubator.jobs.ledger import Settings

from .worker_program import job, metadata, now, open_ledger

ROOT = Path(__file__).parents[2]
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")


def redis_runs() -> bool:
    redis = pytest.importorskip("redis")
    try:
        with redis.Redis.from_url(REDIS) as client:
            return bool(client.ping())
    except redis.exceptions.ConnectionError:
        return False


def left_out(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


class Place:
    """A broker, a job table and a log of steps, of one test alone."""

    def __init__(self, kind: str, folder: Path, broker: str | None, url: str) -> None:
        self.kind, self.folder, self.broker, self.url = kind, folder, broker, url
        self.queue = folder / "queue.sqlite"
        self.log = folder / "steps.log"
        self.database, self.ledger = open_ledger(url)
        self.name = f"test{uuid.uuid4().hex}"
        self.engine = make_engine(broker, self.queue, self.name)
        metadata.create_all(self.database)

    @property
    def command(self) -> list[str]:
        program = [sys.executable, "-W", "error", "-m", "tests.jobs.worker_program"]
        return [*program, self.broker or "", str(self.queue), self.name, self.url, str(self.log)]

    def forget(self) -> None:
        """Empty the queue, as if its broker had lost everything."""
        self.engine._open()[0].flush()
        assert self.engine.waiting() == set()

    def close(self) -> None:
        if self.kind == "redis":
            self.forget()
        self.engine.close()
        self.database.dispose()

    def add(self, total: int = 1, seconds: float = 0.0, **values: object) -> int:
        with self.database.begin() as connection:
            row = {"kind": "count", "payload": {"total": total, "seconds": seconds}, **values}
            return int(connection.execute(sa.insert(job).values(**row)).inserted_primary_key[0])

    def read(self, job_id: int) -> sa.Row:
        with self.database.begin() as connection:
            return connection.execute(sa.select(job).where(job.c.id == job_id)).one()

    def steps(self) -> list[tuple[int, int, int]]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [tuple(int(part) for part in line.split()) for line in lines]  # type: ignore[misc]


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not come about in time"
        time.sleep(0.02)


@contextlib.contextmanager
def scratch_postgresql() -> Iterator[str]:
    url = sa.make_url(os.environ["TEST_DATABASE_URL"])
    name = f"jobs_{uuid.uuid4().hex[:12]}"
    server = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        yield url.set(database=name).render_as_string(hide_password=False)
        with server.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        server.dispose()


@contextlib.contextmanager
def running(
    engine: Engine, handler: Callable[[int], None], workers: int = 1, **recovery: object
) -> Iterator[threading.Event]:
    """The worker in a thread of this process."""
    stop = threading.Event()
    thread = threading.Thread(target=engine.run_worker, args=(handler, stop, workers), kwargs=recovery)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(15)
        assert not thread.is_alive()


@pytest.fixture(
    params=["sqlite", "redis", pytest.param("postgresql", marks=pytest.mark.postgresql)],
)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with contextlib.ExitStack() as stack:
        broker: str | None = None
        url = f"sqlite:///{tmp_path / 'jobs.sqlite'}"
        if request.param == "redis":
            if not redis_runs():
                left_out(f"no Redis answers at {REDIS}")
            broker = REDIS
        elif request.param == "postgresql":
            if "TEST_DATABASE_URL" not in os.environ:
                left_out("TEST_DATABASE_URL is not set")
            broker = url = stack.enter_context(scratch_postgresql())
        place = Place(request.param, tmp_path, broker, url)
        stack.callback(place.close)
        yield place


def test_a_job_killed_in_the_middle_is_finished_by_the_next_worker(place: Place) -> None:
    job_id = place.add(total=8, seconds=0.15)
    place.engine.enqueue(job_id)

    first = subprocess.Popen(place.command, cwd=ROOT, stdin=subprocess.PIPE)
    until(lambda: place.read(job_id).progress >= 2)
    first.kill()
    first.wait()
    assert first.stdin is not None
    first.stdin.close()
    broken = place.read(job_id)
    assert broken.state == "running"
    # A sweep between a job's being taken and its being marked as running puts it back once more.
    place.forget()

    with beside(place.command) as second:
        until(lambda: place.read(job_id).state == "finished")
    done = place.read(job_id)
    assert second.returncode == 0
    assert (done.attempts, done.progress, done.result) == (2, 8, {"counted": 8})
    by_second = [step for _, attempt, step in place.steps() if attempt == 2]
    assert by_second == list(range(broken.progress, 8)), "it went on from where the first one stopped"


def test_two_workers_share_the_queue_and_run_each_job_once(place: Place) -> None:
    numbers = [place.add(total=1, seconds=0.02) for _ in range(24)]
    for number in numbers:
        place.engine.enqueue(number)
        place.engine.enqueue(number)  # a message delivered twice

    with beside(place.command), beside(place.command):
        until(lambda: all(place.read(number).state == "finished" for number in numbers))
        until(lambda: place.engine.waiting() == set())

    assert sorted(number for number, _, _ in place.steps()) == numbers
    assert {place.read(number).attempts for number in numbers} == {1}


def test_higher_priority_goes_first_then_first_come(place: Place) -> None:
    for number, priority in [(1, 0), (2, 0), (3, 5), (4, 5), (5, -1)]:
        place.engine.enqueue(number, priority)
    assert place.engine.waiting() == {1, 2, 3, 4, 5}
    taken: list[int] = []
    with running(place.engine, taken.append):
        until(lambda: len(taken) == 5)
    assert taken == [3, 4, 1, 2, 5]


def test_cancel_stops_a_running_job_and_a_waiting_one(place: Place) -> None:
    runs, waits = place.add(total=500, seconds=0.02), place.add(total=1)
    assert place.ledger.cancel(waits) == "cancelled"
    place.engine.enqueue(runs)
    place.engine.enqueue(waits)
    with beside(place.command):
        until(lambda: place.read(runs).progress >= 3)
        assert place.ledger.cancel(runs) == "cancelling"
        until(lambda: place.read(runs).state == "cancelled")
    assert 3 <= place.read(runs).progress < 500
    assert place.read(runs).finished_at is not None
    assert waits not in {number for number, _, _ in place.steps()}
    assert place.ledger.cancel(runs) is None


def test_a_stopped_worker_gives_its_job_back_and_it_goes_on_later(place: Place) -> None:
    job_id = place.add(total=12, seconds=0.1)
    place.engine.enqueue(job_id)
    with beside(place.command):
        until(lambda: place.read(job_id).progress >= 2)
    between = place.read(job_id)
    assert (between.state, between.attempts) == ("queued", 0)

    with beside(place.command):
        until(lambda: place.read(job_id).state == "finished")
    assert [step for _, _, step in place.steps()] == list(range(12))


def test_a_row_whose_message_never_left_is_found(place: Place) -> None:
    job_id = place.add(total=2)
    with beside(place.command):
        until(lambda: place.read(job_id).state == "finished")
    assert place.read(job_id).result == {"counted": 2}


def test_periodic_work_runs_once_in_its_span_whatever_the_number_of_workers(place: Place) -> None:
    ran: list[str] = []
    second = make_engine(place.broker, place.queue, place.name)

    def tidy_up() -> None:
        ran.append("tidy")

    for engine in (place.engine, second):
        engine.every(60 * 24 * 365, tidy_up)
        with pytest.raises(ValueError, match="already"):
            engine.every(5, tidy_up)
    seen: list[int] = []
    with running(place.engine, seen.append), running(second, seen.append):
        until(lambda: ran)
        place.engine.enqueue(7)
        until(lambda: seen)
        time.sleep(0.5)
    second.close()
    assert ran == ["tidy"]


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Place]:
    place = Place("sqlite", tmp_path, None, f"sqlite:///{tmp_path / 'jobs.sqlite'}")
    yield place
    place.close()


def test_a_failing_job_says_why_and_the_worker_lives_on(local: Place) -> None:
    bad, odd, good = local.add(), local.add(), local.add()

    def work(run: object) -> object:
        if run.job_id == bad:  # type: ignore[attr-defined]
            raise ValueError("row 3 has no date")
        return {1, 2} if run.job_id == odd else {"rows": 3}  # type: ignore[attr-defined]

    stop = threading.Event()
    for number in (bad, odd, good):
        local.engine.enqueue(number)
    with running(local.engine, lambda number: local.ledger.run(number, work, stop) and None):
        until(lambda: local.read(good).state == "finished")
    assert (local.read(bad).state, local.read(bad).error) == ("failed", "ValueError: row 3 has no date")
    assert local.read(odd).state == "failed"
    assert "not JSON serializable" in local.read(odd).error
    assert local.read(good).result == {"rows": 3}


def test_a_job_that_brings_down_every_worker_is_given_up(local: Place) -> None:
    long_ago = now().replace(year=2000)
    fatal = local.add(state="running", attempts=3, heartbeat_at=long_ago)
    leaving = local.add(state="cancelling", attempts=1, heartbeat_at=long_ago)
    silent = local.add(state="running", attempts=2, heartbeat_at=long_ago)
    alive = local.add(state="running", attempts=1, heartbeat_at=now())
    assert local.ledger.lost() == [silent]
    assert local.read(fatal).state == "failed"
    assert local.read(fatal).error == "The worker stopped in the middle of this job 3 times."
    assert local.read(leaving).state == "cancelled"
    assert local.read(alive).state == "running"
    assert local.ledger.claim(alive, threading.Event()) is None
    assert local.ledger.claim(10**9, threading.Event()) is None


def test_a_run_that_can_only_touch_its_file_is_alive(local: Place, tmp_path: Path) -> None:
    """On SQLite a job's own long transaction keeps its heart from writing into the table."""
    number = local.add(state="running", attempts=1, heartbeat_at=now().replace(year=2000))
    local.ledger.beats = tmp_path
    (tmp_path / str(number)).touch()
    assert local.ledger.lost() == []
    assert local.ledger.claim(number, threading.Event()) is None
    os.utime(tmp_path / str(number), (0, 0))
    assert local.ledger.lost() == [number]
    assert local.ledger.claim(number, threading.Event()) is not None
    assert local.read(number).message == "The work was interrupted and is continuing."


def test_a_lost_job_goes_on_within_fifteen_seconds() -> None:
    looks = inspect.signature(Engine.run_worker).parameters["recover_seconds"].default
    assert Settings().stale_after.total_seconds() + looks + _IDLE_POLL_SECONDS <= 15
    assert 3 * Settings().beat < Settings().stale_after


def test_a_worker_believed_dead_writes_nothing_when_it_comes_back(local: Place) -> None:
    number = local.add(total=5)
    stop = threading.Event()

    def slow(run: object) -> object:
        with local.database.begin() as connection:
            connection.execute(sa.update(job).values(heartbeat_at=now().replace(year=2000)))
        other = local.ledger.claim(number, stop)
        assert other is not None
        other.progress(4)
        run.progress(1)  # type: ignore[attr-defined]
        raise AssertionError("the first run should have ended")

    local.ledger.settings = type(local.ledger.settings)()  # beats every 2 s: none during this test
    assert local.ledger.run(number, slow, stop) is None
    row = local.read(number)
    assert (row.state, row.attempts, row.progress, row.error) == ("running", 2, 4, None)


def test_a_sweep_that_fails_does_not_end_the_worker(local: Place) -> None:
    seen: list[int] = []
    sweeps: list[int] = []

    def broken() -> list[int]:
        sweeps.append(1)
        raise OSError("the database is away")

    with running(local.engine, seen.append, recover=broken, recover_seconds=0.05):
        until(lambda: len(sweeps) > 3)
        local.engine.enqueue(5)
        until(lambda: seen)
    assert seen == [5]


def test_a_pickle_in_the_queue_is_not_run(local: Place) -> None:
    mark = local.folder / "mark"

    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(mark),)

    seen: list[int] = []
    local.engine._open()[0].storage.enqueue(pickle.dumps(Evil()))
    local.engine.enqueue(3)
    with running(local.engine, seen.append):
        until(lambda: seen)
    assert seen == [3]
    assert not mark.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
def test_the_worker_ends_when_its_parent_is_killed(local: Place) -> None:
    program = f"""
import sys, time
from incubator.jobs.beside import beside
with beside({local.command!r}) as child:
    print(child.pid, flush=True)
    time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    number = local.add(total=2)
    until(lambda: local.read(number).state == "finished")
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    def ended() -> bool:
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return True
        # Where nothing collects orphans, as in a container, the ended child stays behind as a zombie.
        status = Path(f"/proc/{child}/stat")
        return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] == "Z"

    until(ended)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (None, "sqlite"),
        ("", "sqlite"),
        ("rediss://h/0", "redis"),
        ("postgresql+psycopg://u@h/d", "postgresql"),
    ],
)
def test_the_address_names_the_broker_and_nothing_is_opened(
    url: str | None, kind: str, tmp_path: Path
) -> None:
    assert make_engine(url, tmp_path / "queue.sqlite").kind == kind
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_broker_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="amqp"):
        make_engine("amqp://h", tmp_path / "queue.sqlite")
