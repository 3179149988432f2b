"""A moment becomes a day in one place, so that no page, mail or file goes by the days of UTC."""

from __future__ import annotations

import ast
import re
from pathlib import Path

SITE = Path(__file__).resolve().parents[2]
CLOCK = SITE / "incubator" / "domain" / "clock.py"
LEFT_OUT = SITE / "incubator" / "migrations"
TODAY = {"today", "utcnow", "utcfromtimestamp"}
PARTS = {"year", "month", "day", "strftime"}
OF_ONE_MOMENT = ("analytics", "charts", "domain", "exports", "flows", "imports", "queries", "web")
OWN_CLOCK = re.compile(r"\bdatetime\.now\(|\bdate\.today\(|\butcnow\(")
MOMENT = re.compile(r"(^|_)(now|moment|at)$")
IN_TEMPLATES = re.compile(r"\.date\(\)|strftime|(_at|\bat|\bnow|\bmoment)\.(year|month|day)\b")


def test_only_the_clock_turns_a_moment_into_a_day() -> None:
    found = [
        f"{path.relative_to(SITE)}:{line}"
        for path in sorted((SITE / "incubator").rglob("*.py"))
        if path != CLOCK and LEFT_OUT not in path.parents
        for line in days_of_utc(ast.parse(path.read_text()))
    ]
    assert found == []


def test_tests_of_pages_and_rules_have_a_moment_of_their_own() -> None:
    """What goes by the day on which it is run is green today and red in some other year."""
    found = [
        f"{path.relative_to(SITE)}:{number}"
        for folder in OF_ONE_MOMENT
        for path in sorted((SITE / "tests" / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if OWN_CLOCK.search(line)
    ]
    assert found == []


def test_templates_leave_days_to_the_filters() -> None:
    found = [
        f"{path.relative_to(SITE)}: {match[0]}"
        for path in sorted((SITE / "templates").rglob("*.*"))
        for match in IN_TEMPLATES.finditer(path.read_text())
    ]
    assert found == []


def test_the_rule_sees_each_way_to_a_day_of_utc() -> None:
    ways = (
        "now().date()",
        "row.sealed_at.date()",
        "date.today()",
        "now().year",
        "found.at.month",
        "f'{now():%B %Y}'",
        "moment.strftime('%Y')",
    )
    assert [way for way in ways if not list(days_of_utc(ast.parse(way)))] == []
    right = "office_day(now()).year; f'{due_on:%B}'; office_day(now()); value.day; today.year"
    assert list(days_of_utc(ast.parse(right))) == []


def days_of_utc(tree: ast.AST) -> list[int]:
    """The lines on which a day, or a part of one, is taken from a moment."""
    return [node.lineno for node in ast.walk(tree) if isinstance(node, ast.expr) and _takes_a_day(node)]


def _takes_a_day(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="date"), args=[], keywords=[]):
            return True
        case ast.Call(func=ast.Attribute(attr=name)) if name in TODAY:
            return True
        case ast.Attribute(value=value, attr=name) if name in PARTS:
            return _is_moment(value)
        case ast.FormattedValue(
            value=value, format_spec=ast.JoinedStr(values=[ast.Constant(value=str(spec))])
        ):
            return "%" in spec and _is_moment(value)
    return False


def _is_moment(node: ast.expr) -> bool:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return MOMENT.search(name) is not None
        case ast.Call(func=ast.Name(id=name), args=[]):
            return MOMENT.search(name) is not None
    return False
