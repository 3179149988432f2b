"""Who gets which answer where: each page for each role, on the own agency's records, on another's, and on
nothing that exists.

After a change: `EXPECTATIONS=write pytest tests/house/test_matrix.py`, then read the difference by eye: this table
is the only check that finds a page open to the wrong people.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from filelock import FileLock
from flask import Flask

from incubator.domain.roles import Role
from tests.browser import Browser
from tests.databases import mostly_on_sqlite
from tests.house.addresses import TARGETS, values
from tests.house.town import NOBODY, OF_A_CALL, Town, found_town

TABLE = Path(__file__).with_name("matrix.txt")
WRITE = os.environ.get("EXPECTATIONS") == "write"
ROLES = [*(role.value for role in Role), *OF_A_CALL, NOBODY]
SIGNS = {200: "y", 303: ">", 302: ">", 403: "x", 404: "-", 400: "?", 409: "c", 410: "g", 422: "?"}
LEGEND = f"""# What a page answers to each role, for: {", ".join(TARGETS)}.
# y answers · > leads on · x refused with a reason · - as if it did not exist · g used up · ? a faulty question · ! breaks
# A page about no record has one sign, a page about other rows has three (own, other, unknown).
# Every role but the administrator's is limited to the own agency, the last two before “no role” to the own call.
"""


def row(rule_text: str, signs: list[str]) -> str:
    return f"{rule_text:<66}" + "".join(f"  {sign:<5}" for sign in signs)


def header() -> str:
    return row("# page", [role[:5] for role in ROLES])


def _sign(visitor: Browser, address: str) -> str:
    """One answer as one sign; a page that breaks is a `!`, so that one fault does not hide the others."""
    try:
        status = visitor.client.get(address).status_code
    except Exception:
        return "!"
    return SIGNS.get(status, "!")


def listed() -> dict[str, dict[str, str]]:
    """What the table says: the page, the role, the answer."""
    rows = (
        line.rsplit(maxsplit=len(ROLES)) for line in TABLE.read_text("utf-8").splitlines() if line[0] == "/"
    )
    return {page: dict(zip(ROLES, cells, strict=True)) for page, *cells in rows}


def found(app: Flask, town: Town, visitor: Browser) -> dict[str, str]:
    """The page and the answer to this visitor, for every page."""
    adapter = app.url_map.bind("localhost")
    answers = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if "GET" not in (rule.methods or ()) or rule.endpoint in ("static", "public_sans"):
            continue
        given = (values(rule, town, target) for target in TARGETS)
        addresses = [adapter.build(rule.endpoint, each, method="GET") for each in given if each is not None]
        answers[rule.rule] = "".join(_sign(visitor, address) for address in addresses)
    return answers


def write(role: str, answers: dict[str, str]) -> None:
    """Put one role's answers into the table; pages that are gone leave it."""
    with FileLock(TABLE.with_suffix(".lock")):
        before = listed()
        lines = [
            row(page, [{**before.get(page, {}), role: sign}.get(each, "?") for each in ROLES]).rstrip()
            for page, sign in answers.items()
        ]
        TABLE.write_text(LEGEND + "\n".join((header().rstrip(), *lines)) + "\n", "utf-8")
        TABLE.with_suffix(".lock").unlink()


OFTEN_RUN = ("coordinator", "submitter", NOBODY)
"""The roles that see most and least; the others are asked when all tests are run."""


@pytest.mark.parametrize(
    ("app", "role"),
    [
        pytest.param(kind, role, marks=() if role in OFTEN_RUN else pytest.mark.slow)
        for kind, role in mostly_on_sqlite(ROLES, ["coordinator", "reviewer", NOBODY])
    ],
    indirect=["app"],
)
def test_every_role_gets_the_listed_answer_everywhere(app, world, browser, connection, role):
    """Every role on SQLite; on PostgreSQL beside it the roles that see most and least."""
    town = found_town(world)
    answers = found(app, town, browser(town.people[role]))
    if WRITE:
        write(role, answers)
    assert [page for page, signs in answers.items() if "!" in signs] == [], "these break"
    expected = {page: cells[role] for page, cells in listed().items()}
    assert answers == expected


def test_the_table_lists_every_page_in_its_order():
    assert TABLE.read_text("utf-8").startswith(LEGEND + header().rstrip())
    assert list(listed()) == sorted(listed())


def test_no_page_of_another_agency_is_told_from_none():
    """Read from the table: outside the own agency a limited role gets what it gets for nothing at all."""
    told_apart = []
    for line in TABLE.read_text("utf-8").splitlines():
        if line.startswith("#") or "<number>" not in line:
            continue
        words = line.split()
        page, cells = words[0], words[-len(ROLES) :]
        for role, cell in zip(ROLES, cells, strict=True):
            if role != Role.ADMINISTRATOR.value and (cell[2], cell[3]) != (cell[4], cell[4]):
                told_apart.append(f"{page} for {role}: {cell}")
    assert told_apart == []
