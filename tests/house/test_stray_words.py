"""Nothing is left that only made sense while it was being written."""

from __future__ import annotations

import io
import re
import tokenize
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


BRITISH = re.compile(
    r"\b(?:learnt|whilst|amongst|licences?|judgements?|ageing|programmes?|centre[sd]?|colour(?:s|ed)?|favour\w*|"
    r"behaviour\w*|neighbours?|catalogues?|(?:cancel|label|travel|model|signal|total)l(?:ed|ing)|towards|"
    r"(?:real|recogn|organ|priorit|minim|maxim|summar|standard|random|categor|final|critic|author|anonym|digit|normal)"
    r"is(?:e[sd]?|ing|ations?)|analys(?:e|ed|ing)|practise\w*|fulfil|enrol)\b",
    re.IGNORECASE,
)
READ_AS_GIVEN = (
    "incubator/imports",
    "incubator/models",
    "incubator/migrations",
    "incubator/analytics",
    "incubator/demonstration/data/ideas",
)
"""Words of files from elsewhere, of the database, and of who reads the code."""


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


def read_by_people(file: Path) -> Iterator[str]:
    """The sentences in a file: texts with a space in code, messages in templates, what the demonstration invents."""
    text = file.read_text("utf-8")
    if file.suffix == ".html":
        yield from re.findall(r'_\("([^"\n]*)"', text)
    elif file.suffix == ".toml" and "illustration" in file.parts:
        yield text
    elif file.suffix == ".py":
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
        for before, token in zip(["", "", *(one.string for one in tokens)], tokens, strict=False):
            is_read = " " in token.string or before in ("Words", "_", "_l")
            if token.type == tokenize.STRING and is_read and "{" not in token.string:
                yield token.string


def test_people_read_us_spelling():
    found = []
    for file in files():
        name = str(file.relative_to(ROOT))
        if name.startswith(("incubator", "templates")) and not name.startswith(READ_AS_GIVEN):
            found += [f"{name}: {word}" for text in read_by_people(file) for word in BRITISH.findall(text)]
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
