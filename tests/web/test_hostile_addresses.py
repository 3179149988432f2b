"""Addresses nobody of ours ever linked: every argument and every parameter of every page, wrong on purpose."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.house.addresses import FIXED
from tests.house.addresses import values as stand_ins
from tests.house.town import found_town

ARGUMENTS = (
    "0",
    "-1",
    "100000000000000000000",
    "9" * 5_000,
    "%00",
    "a%00b",
    "%ff%fe",
    "%",
    "%zz",
    "%ED%A0%80",
    "%0d%0aX-Evil:%201",
    "..%2f..%2fetc%2fpasswd",
    quote("'; DROP TABLE person; --"),
    quote("<script>alert(1)</script>"),
    quote("💥"),
    quote("{{7*7}}"),
    "%25s%25n",
    "n" * 400,
)
"""Already written as in an address, some of them badly."""

PARAMETERS = (
    *("after", "agency", "archived", "area", "as", "before", "but", "call", "copy", "due", "edit", "from"),
    *(
        "gate",
        "import",
        "invited",
        "kind",
        "months",
        "need",
        "next",
        "order",
        "origin",
        "page",
        "party",
        "person",
    ),
    *("q", "reached", "reached_in", "reason", "record", "revision", "role", "show", "size", "sort", "stage"),
    *("ai", "budget", "guardrail", "money", "source", "teams"),
    *("state", "status", "step", "technology", "then", "theme", "to", "until", "v", "when", "who", "year"),
)

EVERY_NUL = "&".join(f"{name}=%00" for name in PARAMETERS)


def pages(app, town, target="own"):
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.endpoint not in ("static", "public_sans"):
            given = stand_ins(rule, town, target)
            if given is not None:
                yield rule, given, adapter.build(rule.endpoint, given, method="GET")


def failing(visitor, address, method="get", **more):
    """What breaks there, or None. While testing, an unexpected fault is raised instead of answered."""
    try:
        with getattr(visitor.client, method)(address, **more) as response:
            response.get_data()
    except Exception as error:
        return f"{method} {address[:120]}: {type(error).__name__}: {str(error)[:200]}"
    if response.status_code >= 500:
        return f"{method} {address[:120]}: {response.status_code}"
    if "X-Evil" in response.headers or "X-Evil: 1" in str(response.headers.get("Content-Disposition")):
        return f"{address[:120]}: a header was forged"
    if response.mimetype == "text/html" and "<script>alert(1)</script>" in response.text:
        return f"{address[:120]}: markup is not escaped"
    return None


def test_no_argument_of_an_address_breaks_a_page(app, world, browser):
    town = found_town(world)
    visitor = browser(town.people["coordinator"])
    faults, tried = [], 0
    for place, (rule, given, address) in enumerate(pages(app, town)):
        for position, name in enumerate(sorted(rule.arguments)):
            for wrong in {
                "%00",
                *(ARGUMENTS[(place * 2 + position + turn) % len(ARGUMENTS)] for turn in range(2)),
            }:
                faults.append(failing(visitor, spoilt(app, rule, given, name, address, wrong)))
                tried += 1
    assert [fault for fault in faults if fault] == []
    assert tried > 250


def spoilt(app, rule, given, name, address, wrong) -> str:
    """The address with one argument replaced by text as it stands."""
    if name in FIXED:
        return address.replace(f"/{given[name]}", f"/{wrong}", 1)
    mark = 2_147_483_111 if isinstance(given[name], int) else "MARKED-0000"
    adapter = app.url_map.bind("localhost")
    return adapter.build(rule.endpoint, {**given, name: mark}).replace(str(mark), wrong, 1)


@pytest.mark.parametrize("role", ["administrator", pytest.param("coordinator", marks=pytest.mark.slow)])
def test_no_parameter_breaks_a_page(app, world, browser, role):
    town = found_town(world)
    visitor = browser(town.people[role])
    faults = []
    for place, (_rule, _given, address) in enumerate(pages(app, town)):
        asked = "&".join(
            f"{name}={ARGUMENTS[(place + number) % len(ARGUMENTS)][:300]}"
            for number, name in enumerate(PARAMETERS)
        )
        faults.append(failing(visitor, f"{address}?{asked}"))
        if role == "coordinator":
            faults.append(failing(visitor, f"{address}?{EVERY_NUL}"))
    assert [fault for fault in faults if fault] == []


LISTINGS = (
    "page=-1",
    "page=0",
    "page=1000000000",
    "page=99999999999999999999",
    "size=1000000",
    "sort=password_hash",
    "sort=id;--&order=desc",
    "sort=title&sort=number&page=1&page=2&order=desc&order=asc",
    "before=0",
    "before=9223372036854775808",
    "after=-5",
    "after=99999999999999999999999",
    "&&&=&=x&page",
)


def test_lists_survive_any_page_and_order(app, world, browser):
    town = found_town(world)
    visitors = [browser(town.people[role]) for role in ("administrator", "coordinator")]
    lists = [address for rule, _given, address in pages(app, town) if not rule.arguments]
    faults = [
        failing(visitors[place % 2], f"{address}?{asked}")
        for place, (address, asked) in enumerate((a, b) for a in lists for b in LISTINGS)
        if place % 3 == 0
    ]
    assert [fault for fault in faults if fault] == []
    assert len(faults) > 100


def test_every_address_answers_head_and_options_like_a_page(app, world, browser):
    town = found_town(world)
    visitor = browser(town.people["coordinator"])
    faults = []
    for place, (rule, _given, address) in enumerate(pages(app, town)):
        if place % 3:
            continue
        asked, head = visitor.client.get(address), visitor.client.head(address)
        if (head.status_code, head.data) != (asked.status_code, b""):
            faults.append(f"HEAD {rule.rule}: {head.status_code} instead of {asked.status_code}")
        options = visitor.client.options(address)
        if options.status_code != 200 or options.data or "TRACE" in options.headers.get("Allow", ""):
            faults.append(f"OPTIONS {rule.rule}: {options.status_code}")
        method = ("put", "patch", "delete", "trace")[place % 4]
        status = getattr(visitor.client, method)(address).status_code
        if status not in (400, 405):
            faults.append(f"{method} {rule.rule}: {status}")
    assert faults == []
