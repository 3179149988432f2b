"""Databases of one's own for tests: empty, or with the demonstration, which one run loads once for each kind.

Loading the demonstration takes most of a minute, and each process of a run would do it again.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from filelock import FileLock
from flask import Flask
from jinja2 import FileSystemBytecodeCache

from incubator import create_app
from incubator.charts import Cache
from incubator.charts.rendering import load as prepare_charts
from incubator.config import Settings
from incubator.database import Base
from incubator.extensions import db

POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "")
DATABASES = ["sqlite", *(["postgresql"] if POSTGRESQL else [])]
SERVER = DATABASES[-1]
"""PostgreSQL where there is one: what takes minutes in a browser goes its way once, where more can go wrong."""
RUN = "INCUBATOR_TEST_RUN"
"""The variable that names the folder which the processes of one run share."""


def begin_run() -> bool:
    """Make the folder of this run; False in a process that another one started for its run."""
    if RUN in os.environ:
        return False
    os.environ[RUN] = tempfile.mkdtemp(prefix="incubator-tests-")
    return True


def end_run() -> None:
    """Take away what the run kept for its processes."""
    run = Path(os.environ.pop(RUN))
    for loaded in run.glob("postgresql*/name"):
        _drop(loaded.read_text())
    shutil.rmtree(run, ignore_errors=True)


def mostly_on_sqlite(every: Sequence[Any], on_both: Collection[Any]) -> list[tuple[str, Any]]:
    """For walks that take a minute and meet the same queries again: (database, one of them), all on SQLite."""
    return [(kind, one) for kind in DATABASES for one in every if kind == "sqlite" or one in on_both]


@contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty database that nobody else uses, dropped at the end."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / f'{uuid.uuid4().hex}.sqlite'}"
        return
    name = _create()
    try:
        yield _address(name)
    finally:
        _drop(name)


@contextmanager
def demonstration_database(kind: str, folder: Path) -> Iterator[str]:
    """The address of a database that holds the demonstration and that nobody else uses, dropped at the end.

    What loading left on disk is copied to `folder / "instance"`.
    """
    run = Path(os.environ[RUN])
    loaded = run / kind
    with FileLock(run / f"{kind}.lock"):
        if not loaded.exists():
            _load(kind, loaded)
        shutil.copytree(loaded / "instance", folder / "instance")
        if kind == "postgresql":
            name = _create(template=(loaded / "name").read_text())
    if kind == "sqlite":
        own = folder / "demonstration.sqlite"
        with closing(sqlite3.connect(_file(loaded))) as source, closing(sqlite3.connect(own)) as copy:
            source.backup(copy)
        yield f"sqlite:///{own}"
        return
    try:
        yield _address(name)
    finally:
        _drop(name)


def make_app(url: str, instance: Path, *, demonstration: bool = False) -> Flask:
    application = create_app(
        Settings(
            instance=instance,
            secret_key="s" * 48,
            database_url=url,
            base_url="http://localhost",
            demonstration=demonstration,
            refusals=100_000,  # walks of the whole site are refused more often than any person
        )
    )
    application.testing = True
    # Each process would compile each template for itself.
    application.jinja_env.bytecode_cache = FileSystemBytecodeCache(_templates())
    lend_fonts(application.config["SETTINGS"].chart_cache)
    return application


def _templates() -> str:
    folder = Path(os.environ[RUN]) / "templates"
    folder.mkdir(exist_ok=True)
    return str(folder)


def lend_fonts(cache: Path) -> None:
    """Put the charts' fonts into a cache of its own; cutting them takes seconds, and one run does it once."""
    shutil.copytree(_run_fonts(), Cache(cache).fonts, dirs_exist_ok=True)


def _run_fonts() -> Path:
    run = Path(os.environ[RUN])
    with FileLock(run / "fonts.lock"):
        return Cache(run / "charts").cut_fonts()


def _load(kind: str, folder: Path) -> None:
    """Load it where nobody looks yet, so that what broke off is not taken for the whole."""
    from incubator.demonstration.loader import load_demonstration

    # What loading draws must not leave this process with fonts in a folder that is about to change its name.
    prepare_charts(_run_fonts())
    begun = folder.with_name(f"{kind}-{uuid.uuid4().hex}")
    begun.mkdir()
    url = f"sqlite:///{_file(begun)}"
    if kind == "postgresql":
        name = _create()
        (begun / "name").write_text(name)
        url = _address(name)
    application = make_app(url, begun / "instance", demonstration=True)
    with application.app_context():
        Base.metadata.create_all(db.engine)
        load_demonstration(application)
        db.session.remove()
        db.engine.dispose()
    begun.rename(folder)


def _file(folder: Path) -> Path:
    return folder / "loaded.sqlite"


def _address(name: str) -> str:
    return sa.make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)


def _create(template: str = "template1") -> str:
    name = f"incubator_{uuid.uuid4().hex[:12]}"
    _on_server(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return name


def _drop(name: str) -> None:
    _on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


def _on_server(statement: str) -> None:
    server = sa.create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(statement)
    server.dispose()
