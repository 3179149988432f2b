"""Every entry of the menus leads somewhere, and so does every address other areas count on."""

from __future__ import annotations

from incubator.web.navigation import MENU
from incubator.web.record_pages import ENTRIES

PROMISED = [
    "pages.home",
    "pages.accessibility",
    "accounts.sign_in",
    "accounts.account",
    "accounts.people",
    "agencies.index",
    "agencies.show",
    "calls.index",
    "calls.show",
    "proposals.start",
    "proposals.tasks",
    "proposals.read",
    "proposals.documents",
    "screening.queue",
    "screening.show",
    "reviews.queue",
    "reviews.score",
    "reviews.on_record",
    "gates.queue",
    "gates.on_record",
    "gates.decide",
    "pilots.show",
    "pilots.plan",
    "pilots.metrics",
    "pilots.money",
    "pilots.milestones",
    "pilots.reports",
    "portfolio.index",
    "portfolio.statistics",
    "portfolio.briefing",
    "priorities.index",
    "priorities.show",
    "history.index",
    "history.on_record",
    "inventory.index",
    "inventory.show",
    "jobs.show",
]


def test_every_promised_page_exists(app):
    assert [name for name in PROMISED if name not in app.view_functions] == []


def test_every_entry_of_the_menus_exists(app):
    entries = [entry.endpoint for entry in (*MENU, *ENTRIES)]
    assert [name for name in entries if name not in app.view_functions] == []


def test_an_entry_is_shown_to_those_whom_its_guard_lets_in(app):
    """The menu asks for the same action as the view; otherwise it would offer what is refused."""
    for entry in MENU:
        guard = app.view_functions[entry.endpoint].guard
        expected = "signed in" if entry.action is None else f"allowed: {entry.action}"
        assert guard == expected, entry.endpoint
