"""Nothing is left that only made sense while it was being written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("incubator", "templates", "static/js", "static/css", "tests", "docs")
ENDINGS = {".py", ".html", ".js", ".css", ".md", ".toml"}
SELF = Path(__file__).name

STRAY = {
    "left to do": re.compile(r"(?:# |// |<!-- |\{#).*\b(?:TODO|FIXME|XXX|HACK|WIP)\b"),
    "filler": re.compile(r"\blorem ipsum\b", re.IGNORECASE),
    "somebody's own folder": re.compile(r"(?<![\w.])/(?:home|Users|work|root)/\w"),
    "left from looking": re.compile(r"\bconsole\.(?:log|debug)\(|\bbreakpoint\(\)|\bpdb\.set_trace"),
    "merge marks": re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE),
}


def files() -> Iterator[Path]:
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*")):
            if file.suffix in ENDINGS and file.name != SELF and "__pycache__" not in file.parts:
                yield file


@pytest.mark.parametrize("what", list(STRAY))
def test_nothing_stray(what):
    found = [
        f"{file.relative_to(ROOT)}: {match.group(0)!r}"
        for file in files()
        for match in [STRAY[what].search(file.read_text("utf-8"))]
        if match
    ]
    assert found == []


def test_files_stay_readable():
    """A file one cannot take in at once is two files."""
    long = [
        f"{file.relative_to(ROOT)}: {lines} lines"
        for file in files()
        if file.suffix == ".py"
        and (lines := file.read_text("utf-8").count("\n")) > 600
        and "migrations" not in file.parts
    ]
    assert long == []
