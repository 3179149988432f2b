"""What is measured beside the pages: the start of the server, a chart drawn and kept, a large import."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from incubator.queries import remembered
from tests.conftest import SHARED_DATA

INVENTORY = SHARED_DATA / "omb_2025" / "2025_individually_reported_AI_use_cases.csv"
STARTS = 5
START = """
import sys
from wsgi import app
client = app.test_client()
assert client.get("/sign-in").status_code == 200
print("matplotlib" in sys.modules, "numpy" in sys.modules)
"""


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from nothing to the first page, the quickest of a few; and whether it drew matplotlib in."""

    wall: float
    processor: float
    with_matplotlib: bool


def start(environment: Mapping[str, str]) -> Start:
    """A fresh process that imports the application and answers one page."""
    found = []
    for _ in range(STARTS):
        before = os.times()
        begun = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", START],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=True,
        )
        wall = time.perf_counter() - begun
        after = os.times()
        processor = after.children_user + after.children_system
        processor -= before.children_user + before.children_system
        found.append(Start(wall, processor, done.stdout.startswith("True")))
    return min(found, key=lambda one: one.wall)


def forgetting_charts(app: Flask, call: Callable[[], bytes]) -> Callable[[], bytes]:
    """The same request with nothing in the charts' cache, so that the chart is drawn each time."""
    folder: Path = app.config["SETTINGS"].chart_cache / "drawn"

    def cold() -> bytes:
        shutil.rmtree(folder, ignore_errors=True)
        return call()

    return cold


def after_a_change(call: Callable[[], bytes]) -> Callable[[], bytes]:
    """The same request as the first one after somebody changed something: no figure is remembered."""

    def anew() -> bytes:
        remembered.forget()
        return call()

    return anew


@dataclass(frozen=True, slots=True)
class Imported:
    rows: int
    wall: float
    processor: float


def import_inventory(app: Flask) -> Imported | None:
    """The real inventory of 2025 into the full database, in one transaction; None where the file is not."""
    if not INVENTORY.is_file():
        return None
    from incubator.jobs.inventory_file import Answers, import_file

    begun, processor = time.perf_counter(), time.process_time()
    done = import_file(app, INVENTORY, Answers(new_agencies=True), tell=lambda _line: None)
    report = done.inventory.report
    return Imported(report.rows_read, time.perf_counter() - begun, time.process_time() - processor)
