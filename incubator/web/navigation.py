"""The main menu: what this person can do, in the order in which work flows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, request, url_for
from flask_login import current_user

from incubator.domain.access import Action, can
from incubator.web.languages import lazy_gettext as _l
from incubator.web.sessions import current_actor


@dataclass(frozen=True, slots=True)
class Entry:
    endpoint: str
    label: Any
    action: Action | None = None
    pages: frozenset[str] = frozenset()
    """Endpoints of the same area that belong to this entry alone."""


@dataclass(frozen=True, slots=True)
class Item:
    url: str
    label: Any
    current: bool
    count: int = 0


MENU: tuple[Entry, ...] = (
    Entry("pages.home", _l("My work")),
    Entry("portfolio.index", _l("Portfolio")),
    Entry(
        "portfolio.statistics",
        _l("Statistics"),
        Action.SEE_STATISTICS,
        frozenset({"portfolio.briefing", "portfolio.programme", "ai.shares"}),
    ),
    Entry("benefits.index", _l("Benefits"), Action.SEE_STATISTICS),
    Entry("screening.queue", _l("Screening"), Action.SCREEN_ANY),
    Entry("reviews.queue", _l("My reviews"), Action.REVIEW_ANY),
    Entry("gates.queue", _l("Decisions"), Action.DECIDE_ANY),
    Entry("priorities.index", _l("Priorities"), Action.PRIORITISE),
    Entry("calls.index", _l("Calls"), Action.SEE_CALLS),
    Entry("lessons.index", _l("Lessons")),
    Entry("agencies.index", _l("Agencies")),
    Entry("inventory.index", _l("Imports"), Action.IMPORT),
    Entry("history.index", _l("History"), Action.SEE_HISTORY),
    Entry("accounts.people", _l("People"), Action.KEEP_PEOPLE),
)


WITHIN: dict[str, str] = {"assignment": "calls"}
"""Areas without an entry of their own, and the one they lie within."""


def menu(app: Flask) -> list[Item]:
    """The entries this person may use; the current one is that of the page's own area."""
    if not current_user.is_authenticated:
        return []
    actor = current_actor()
    here = request.endpoint or ""
    entries = [
        entry
        for entry in MENU
        if entry.endpoint in app.view_functions and (entry.action is None or can(actor, entry.action))
    ]
    exact = next((entry for entry in entries if here == entry.endpoint or here in entry.pages), None)
    own_account = request.path.startswith(url_for("accounts.account"))
    area = "" if own_account or here.startswith("pages.") else here.partition(".")[0]
    area = WITHIN.get(area, area)
    return [
        Item(
            url_for(entry.endpoint),
            entry.label,
            entry is exact if exact else entry.endpoint.partition(".")[0] == area,
        )
        for entry in entries
    ]


def register_navigation(app: Flask) -> None:
    @app.context_processor
    def navigation() -> dict[str, Any]:
        return {
            "navigation": menu(app),
            "home_url": url_for("pages.home"),
            "account_url": url_for("accounts.account"),
            "sign_out_url": url_for("accounts.sign_out"),
            "sign_in_url": url_for("accounts.sign_in"),
            "accessibility_url": url_for("pages.accessibility"),
        }
