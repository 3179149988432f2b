"""The commands, as an operator runs them: on an installation of their own, mostly in a process of their own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner, Result
from flask import request

from incubator import create_app
from incubator.cli import main, serving
from incubator.config import Settings

pytestmark = pytest.mark.xdist_group("installation")
"""One process: the demonstration is loaded by the command itself here, which each process would do again."""

SECRET = "s" * 48
KEY = "ab" * 24


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with the demonstration, to be copied and not to be changed."""
    instance = tmp_path_factory.mktemp("installation") / "instance"
    done = command(instance, "demo", "--load-only")
    assert done.returncode == 0, done.stderr
    return instance


@pytest.fixture
def instance(loaded: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return Path(shutil.copytree(loaded, tmp_path / "instance"))


def environment(instance: Path, **more: str) -> dict[str, str]:
    ours = {
        name: value for name, value in os.environ.items() if not name.startswith(("INCUBATOR_", "DATABASE_"))
    }
    return {
        **ours,
        "INCUBATOR_INSTANCE": str(instance),
        "INCUBATOR_SECRET_KEY": SECRET,
        "REDIS_URL": "",
        **more,
    }


def command(instance: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "incubator.cli", *words],
        env=environment(instance, **more),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.fixture
def run(instance: Path, monkeypatch: pytest.MonkeyPatch):
    """A command in this process, which is quicker; `run("check")` answers click's result."""

    def run_in(*words: str, where: Path = instance, **more: str) -> Result:
        for name in [name for name in os.environ if name.startswith(("INCUBATOR_", "DATABASE_URL"))]:
            monkeypatch.delenv(name)
        for name, value in environment(where, **more).items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(main, list(words))

    return run_in


def change(instance: Path, *statements: str) -> None:
    with closing(sqlite3.connect(instance / "incubator.sqlite")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def count(database: Path, table: str) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


@pytest.mark.slow
def test_check_finds_nothing_wrong_with_the_demonstration(run, instance):
    done = run("check")
    assert done.exit_code == 0, done.output
    events = count(instance / "incubator.sqlite", "event")
    assert f"{events:,} events" in done.output
    assert f"The audit trail is whole: {events:,} events." in done.output
    assert "16 people" in done.output


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        (
            ("DROP TRIGGER IF EXISTS event_no_update", "UPDATE event SET actor_name = 'Nobody' WHERE id = 5"),
            "at event 5",
        ),
        (("PRAGMA foreign_keys = OFF", "DELETE FROM agency WHERE id = 1"), "points to nothing"),
        (("UPDATE alembic_version SET version_num = 'ffff'",), "written by a newer version"),
        (("DELETE FROM alembic_version",), "did not make"),
        (("DELETE FROM event", "DELETE FROM chain_head"), "There are proposals but no events"),
        ((), "no longer refuses to change events"),
    ],
    ids=["an event changed", "a row deleted", "a newer version", "no version", "no events", "no triggers"],
)
def test_check_finds_what_is_wrong(run, instance, statements, told):
    with closing(sqlite3.connect(instance / "incubator.sqlite")) as connection:
        triggers = [
            row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ]
    change(instance, *(f"DROP TRIGGER {name}" for name in triggers), *statements)
    done = run("check")
    assert done.exit_code == 1
    assert "Not sound: " in done.output
    assert told in done.output


def test_production_refuses_the_demonstrations_accounts(run, instance):
    production = {
        "INCUBATOR_PRODUCTION": "1",
        "INCUBATOR_SECRET_KEY": "s" * 48,
        "INCUBATOR_DATABASE_URL": f"sqlite:///{instance / 'incubator.sqlite'}",
        "INCUBATOR_BASE_URL": "https://incubator.example.gov",
    }
    done = run("serve", **production)
    assert done.exit_code == 1
    assert "must not hold the demonstration's accounts, but it holds 16" in done.output
    assert (
        "not loaded in production"
        in run(
            "demo",
            "--load-only",
            where=instance / "new",
            **{**production, "INCUBATOR_DATABASE_URL": f"sqlite:///{instance / 'new.sqlite'}"},
        ).output
    )


def test_check_misses_attachments(run, instance):
    change(
        instance,
        "INSERT INTO attachment (proposal_id, name, media_type, size, sha256, storage_key, description, added_at)"
        f" VALUES (1, 'a.txt', 'text/plain', 3, '{sha256(b'abc').hexdigest()}', '{KEY}', '', '2026-01-01 00:00:00')",
    )
    assert "1 of 1 attachments are missing" in run("check").output
    (instance / "attachments").mkdir(exist_ok=True)
    (instance / "attachments" / KEY).write_bytes(b"abc")
    assert run("check").exit_code == 0
    (instance / "attachments" / KEY).write_bytes(b"abd")
    assert "1 of 1 attachments are missing or changed" in run("check").output


def test_check_of_an_empty_place_says_how_to_begin(run, tmp_path):
    done = run("check", where=tmp_path / "empty")
    assert (done.exit_code, "incubator init" in done.output) == (1, True)


@pytest.mark.slow
def test_a_backup_made_while_people_write_comes_back_whole(run, instance, tmp_path):
    (instance / "attachments").mkdir(exist_ok=True)
    (instance / "attachments" / KEY).write_bytes(b"a letter")
    (instance / "attachments" / "half.part").write_bytes(b"a l")
    file = tmp_path / "monday.zip"
    with closing(sqlite3.connect(instance / "incubator.sqlite", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE person SET name = 'Not yet' WHERE id = 1")
        made = run("backup", str(file))
        assert made.exit_code == 0, made.output
        writer.execute("COMMIT")
    assert "1 attachments" in made.output
    assert "secret" in made.output
    assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []

    elsewhere = tmp_path / "elsewhere"
    back = run("restore", str(file), where=elsewhere)
    assert back.exit_code == 0, back.output
    assert (elsewhere / "attachments" / KEY).read_bytes() == b"a letter"
    for table in ("event", "proposal", "review", "person"):
        assert count(elsewhere / "incubator.sqlite", table) == count(instance / "incubator.sqlite", table) > 0
    with closing(sqlite3.connect(elsewhere / "incubator.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM person WHERE name = 'Not yet'").fetchone() == (0,)
    checked = run("check", where=elsewhere)
    assert checked.exit_code == 0, checked.output


def test_a_backup_overwrites_nothing(run, tmp_path):
    file = tmp_path / "monday.zip"
    file.write_text("last week's")
    done = run("backup", str(file))
    assert (done.exit_code, file.read_text()) == (1, "last week's")
    assert "exists already" in done.output


def test_a_restore_overwrites_nothing(run, instance, tmp_path):
    file = tmp_path / "monday.zip"
    assert run("backup", str(file)).exit_code == 0
    before = (instance / "incubator.sqlite").read_bytes()
    done = run("restore", str(file))
    assert (done.exit_code, "holds an installation already" in done.output) == (1, True)
    assert (instance / "incubator.sqlite").read_bytes() == before


@pytest.mark.parametrize("name", ["../../outside", "attachments/../x", "attachments/name.txt"])
def test_a_strange_archive_is_not_unpacked(run, tmp_path, name):
    file = tmp_path / "strange.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("incubator.sqlite", b"")
        archive.writestr(name, b"x")
    done = run("restore", str(file), where=tmp_path / "a" / "b")
    assert (done.exit_code, "is no backup" in done.output) == (1, True)
    assert not (tmp_path / "a" / "b" / "incubator.sqlite").exists()
    assert not (tmp_path / "outside").exists()


def test_a_damaged_backup_is_not_put_back(run, tmp_path):
    whole, damaged = tmp_path / "whole.zip", tmp_path / "damaged.zip"
    assert run("backup", str(whole)).exit_code == 0
    with zipfile.ZipFile(whole) as archive:
        database = bytearray(archive.read("incubator.sqlite"))
    database[8_192:40_960] = b"\xff" * 32_768
    with zipfile.ZipFile(damaged, "w") as archive:
        archive.writestr("incubator.sqlite", bytes(database))
    done = run("restore", str(damaged), where=tmp_path / "new")
    assert (done.exit_code, "damaged" in done.output) == (1, True)
    assert not (tmp_path / "new" / "incubator.sqlite").exists()
    whole.write_bytes(whole.read_bytes()[:-200])
    assert run("restore", str(whole), where=tmp_path / "new").exit_code == 1


def test_postgresql_is_told_its_own_command_without_the_password(run, tmp_path):
    done = run(
        "backup", "monday.dump", INCUBATOR_DATABASE_URL="postgresql://kim:hush@db.example.gov:5433/pilots"
    )
    assert done.exit_code == 1
    command = "pg_dump --format=custom --host=db.example.gov --port=5433 --username=kim --dbname=pilots --file=monday.dump"
    assert command in done.output
    assert "hush" not in done.output


def test_settings_and_databases_that_cannot_be_are_told_in_a_sentence(run):
    assert run("check", INCUBATOR_IDLE_MINUTES="half an hour").output == (
        "Error: INCUBATOR_IDLE_MINUTES is not a whole number: “half an hour”\n"
    )
    away = run("check", INCUBATOR_DATABASE_URL="postgresql://nobody@127.0.0.1:9/none")
    assert away.exit_code == 1
    assert away.output.startswith("Error: The database does not answer: ")
    assert isinstance(away.exception, SystemExit)


@pytest.mark.parametrize(
    "words", [("serve", "--port", "0"), ("backup",), ("demo", "--port", "70000"), ("dance",)]
)
def test_what_is_not_understood_ends_with_two(run, words):
    assert run(*words).exit_code == 2


def test_an_older_database_is_not_served(run, instance, monkeypatch):
    from incubator.jobs import schema

    monkeypatch.setattr(schema, "standing", lambda app: schema.Standing.OLDER)
    done = run("serve", "--port", str(free_port()))
    assert (done.exit_code, "incubator init" in done.output) == (1, True)


def test_the_demonstration_does_not_mix_with_real_accounts(run, tmp_path):
    mine = tmp_path / "mine"
    assert run("administrator", "ada@agency.gov", "--name", "Ada Min", where=mine).exit_code == 0
    done = run("demo", "--load-only", where=mine)
    assert (done.exit_code, "a database of its own" in done.output) == (1, True)
    assert count(mine / "incubator.sqlite", "person") == 1


def test_loading_again_loads_nothing(run, instance):
    events = count(instance / "incubator.sqlite", "event")
    done = run("demo", "--load-only")
    assert done.exit_code == 0
    assert "Loading" not in done.output
    assert "alex.meadow@example.gov" in done.output
    assert count(instance / "incubator.sqlite", "event") == events


def test_what_a_proxy_says_reaches_the_application(tmp_path):
    """Whom to believe is for INCUBATOR_PROXIES to say, so the server must not drop it."""
    app = create_app(
        Settings(
            instance=tmp_path,
            secret_key=SECRET,
            database_url="sqlite://",
            proxies=1,
            base_url="http://localhost",
        )
    )
    seen = []
    app.before_request_funcs.setdefault(None, []).insert(
        0, lambda: seen.append((request.remote_addr, request.scheme))
    )
    server = serving._server(app, serving._reserve("127.0.0.1", 0), 1)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    asked = Request(
        f"http://127.0.0.1:{server.effective_port}/static/img/mark.svg",
        headers={"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"},
    )
    with urlopen(asked, timeout=20) as answer:
        assert answer.status == 200
    server.task_dispatcher.shutdown()
    server.close()
    assert seen == [("203.0.113.9", "https")]


@pytest.fixture
def port() -> int:
    return free_port()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def demo(instance: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """`incubator demo`, serving, with its worker."""
    served = subprocess.Popen(
        [sys.executable, "-m", "incubator.cli", "demo", "--port", str(port)],
        env=environment(instance, PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        assert served.stdout is not None
        for line in served.stdout:
            if line.startswith("Serving on"):
                break
        yield served
    finally:
        if served.poll() is None:
            os.killpg(served.pid, signal.SIGKILL)
        served.communicate()


@pytest.mark.skipif(os.name == "nt", reason="Ctrl+C reaches a group by other means on Windows")
@pytest.mark.slow
def test_the_demonstration_serves_and_ends_with_its_worker(demo, port, instance, run):
    with urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=20) as answer:
        assert b"Sign in" in answer.read()
    taken = run("demo", "--port", str(port))
    assert taken.exit_code == 1
    assert f"--port {port + 1}" in taken.output
    queue = instance / "queue.sqlite"
    deadline = time.monotonic() + 30
    while not queue.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert queue.exists(), "the worker opened its queue"
    os.killpg(demo.pid, signal.SIGINT)
    _, said = demo.communicate(timeout=30)
    assert said == ""
    assert demo.returncode == 0
    with pytest.raises(ProcessLookupError):
        os.killpg(demo.pid, 0)
