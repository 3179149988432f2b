"""Every address and method with its guard, as a table one reads before one trusts it.

After a change of the routes: `EXPECTATIONS=write pytest tests/house/test_routes.py`, then read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask

from tests.house.addresses import unknown_arguments, values
from tests.house.town import found_town

TABLE = Path(__file__).with_name("routes.txt")
WRITE = os.environ.get("EXPECTATIONS") == "write"
OPEN_TO_ALL = {
    "accounts.choose_after_reset",
    "accounts.invitation",
    "accounts.reset",
    "accounts.reset_sent",
    "accounts.sign_in",
    "pages.accessibility",
    "pages.health",
    "public_sans",
    "static",
}


def methods(rule) -> list[str]:
    return sorted(rule.methods - {"HEAD", "OPTIONS"})


def table(app: Flask) -> list[str]:
    lines = [
        f"{method:<4}  {rule.rule}  →  {rule.endpoint}  [{getattr(app.view_functions[rule.endpoint], 'guard', 'framework')}]"
        for rule in app.url_map.iter_rules()
        for method in methods(rule)
    ]
    return sorted(lines, key=lambda line: line.split(None, 1)[::-1])


def test_every_route_is_listed_with_its_guard(app):
    now = table(app)
    if WRITE:
        TABLE.write_text("\n".join(now) + "\n", "utf-8")
    listed = TABLE.read_text("utf-8").splitlines()
    assert sorted(set(now) - set(listed)) == [], "not listed"
    assert sorted(set(listed) - set(now)) == [], "listed, but gone"


def test_only_these_are_open_to_everybody(app):
    found = {
        name
        for name, view in app.view_functions.items()
        if getattr(view, "guard", "framework") in ("public", "framework")
    }
    assert found - OPEN_TO_ALL == set()


def test_nothing_changes_by_a_method_that_only_reads(app):
    assert {method for rule in app.url_map.iter_rules() for method in methods(rule)} == {"GET", "POST"}


def test_every_argument_of_an_address_has_a_stand_in(app, world):
    assert unknown_arguments(app.url_map.iter_rules(), found_town(world)) == []


def test_every_post_refuses_a_missing_and_a_foreign_token(app, world, browser):
    town = found_town(world)
    visitor = browser(town.people["administrator"])
    foreign = browser(town.people["coordinator"]).token()
    adapter = app.url_map.bind("localhost")
    accepted, tried = [], 0
    for rule in app.url_map.iter_rules():
        if "POST" not in rule.methods:
            continue
        address = adapter.build(rule.endpoint, values(rule, town, "own"), method="POST")
        for data in ({}, {"csrf_token": foreign}, {"csrf_token": "x"}):
            tried += 1
            status = visitor.client.post(address, data=data).status_code
            if status != 400:
                accepted.append(f"{rule.rule} {sorted(data)}: {status}")
    assert accepted == []
    assert tried > 60
