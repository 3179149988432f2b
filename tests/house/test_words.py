"""Every state has words, every event a sentence, and whoever records an event fills its places."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

from incubator.domain import words
from incubator.domain.events import EVENTS, EventKind
from incubator.domain.gates import GateKey
from incubator.web.words import TABLES

PACKAGE = Path(__file__).resolve().parents[2] / "incubator"
TONES = {"neutral", "go", "wait", "late", "done", "stop"}
PLACE = re.compile(r"%\((\w+)\)s")


def test_every_member_has_words():
    for kind, table in TABLES.items():
        assert set(table) == set(kind), kind.__name__
        for member, given in table.items():
            assert given.staff, member
            assert given.tone in TONES, member
    assert set(words.GATE_LABELS) == set(GateKey)


def test_every_table_of_words_can_be_asked_for():
    """A table that the `label` filter does not know would fail only when its page is opened."""
    tables = [
        value
        for value in vars(words).values()
        if isinstance(value, dict) and value and all(isinstance(v, words.Words) for v in value.values())
    ]
    known = {id(table) for table in TABLES.values()}
    assert [sorted(str(key) for key in table) for table in tables if id(table) not in known] == []


def test_every_event_has_a_sentence():
    assert set(EVENTS) == set(EventKind)
    for kind, given in EVENTS.items():
        assert given.sentence.strip(), kind
        assert given.sentence[-1] in ".s", kind
        PLACE.sub("", given.sentence).encode("utf-8")
        assert "%" not in PLACE.sub("", given.sentence), kind
        if given.one:
            assert "count" not in PLACE.findall(given.one), kind
            assert set(PLACE.findall(given.one)) < set(PLACE.findall(given.sentence)), kind


def recordings() -> Iterator[tuple[str, int, EventKind, set[str] | None]]:
    """Every call of `record(…, EventKind.X, …)`: where, which kind, and the details it names (None when
    it passes a mapping)."""
    for file in sorted(PACKAGE.rglob("*.py")):
        source = file.read_text("utf-8")
        if "record(" not in source:
            continue
        tree = ast.parse(source)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            kinds = [
                EventKind[arg.attr]
                for arg in node.args
                if isinstance(arg, ast.Attribute)
                and isinstance(arg.value, ast.Name)
                and arg.value.id in ("EventKind", "K")
                and arg.attr in EventKind.__members__
            ]
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if not kinds or name != "record":
                continue
            given = {keyword.arg for keyword in node.keywords}
            details = None if None in given else given - {"proposal_id", "agency_id"}
            for kind in kinds:
                yield str(file.relative_to(PACKAGE)), node.lineno, kind, details  # type: ignore[misc]


def test_whoever_records_an_event_fills_its_sentence():
    found = list(recordings())
    assert len(found) > 20
    unfilled = [
        f"{file}:{line} {kind.name} leaves out {sorted(missing)}"
        for file, line, kind, details in found
        if details is not None
        and (missing := set(PLACE.findall(EVENTS[kind].sentence)) - {"actor"} - details)
    ]
    assert unfilled == []


def test_every_kind_of_event_is_written_by_something():
    written = {
        name
        for file in PACKAGE.rglob("*.py")
        if file.relative_to(PACKAGE).parts[0] in ("flows", "jobs", "web", "demonstration")
        for name in re.findall(r"\b(?:EventKind|K)\.(\w+)", file.read_text("utf-8"))
    }
    assert [kind.name for kind in EventKind if kind.name not in written] == []


def test_enumerations_hold_short_values():
    """A state is kept in a column of 40 characters."""
    for kind in TABLES:
        assert issubclass(kind, Enum)
        assert all(len(member.value) <= 40 for member in kind)
