"""The portfolio's filters: read from the address, shown as chips, carried into links."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from flask import request, url_for
from flask_babel import gettext as _

from incubator.domain.ai import AiLevel
from incubator.domain.stages import EndReason, Origin, Stage, Step
from incubator.exports.tables import clean
from incubator.queries.portfolio import Ai, Choices, Due, Filters, Guardrail, Money, Source
from incubator.queries.stays import Ended
from incubator.web.words import label, technology_name

LONGEST = 200
FIRST_YEAR, LAST_YEAR = 1900, 2200
LARGEST_ID = 2**31 - 1

Kind = TypeVar("Kind", bound=StrEnum)

STATISTICS_FILTERS = ("agency", "call", "year", "origin")


def read_filters() -> Filters:
    """What the address asks for. What makes no sense is left out, as if it had not been asked."""
    return Filters(
        q=_text("q"),
        stage=_member("stage", Stage),
        step=_member("step", Step),
        agency=_text("agency"),
        call=_text("call"),
        theme=_number("theme", 1, LARGEST_ID),
        technology=_text("technology"),
        origin=_member("origin", Origin),
        due=_member("due", Due),
        reason=_member("reason", EndReason),
        year=_number("year", FIRST_YEAR, LAST_YEAR),
        reached=_member("reached", Stage),
        then=_member("then", Ended),
        reached_in=_number("reached_in", FIRST_YEAR, LAST_YEAR),
        source=_member("source", Source),
        money=_member("money", Money),
        guardrail=_member("guardrail", Guardrail),
        ai=_member("ai", Ai),
    )


def read_statistics_filters() -> Filters:
    """The few filters that figures and the briefing take."""
    return Filters(
        agency=_text("agency"),
        call=_text("call"),
        year=_number("year", FIRST_YEAR, LAST_YEAR),
        origin=_member("origin", Origin),
    )


def _text(name: str) -> str:
    return " ".join(clean(request.args.get(name, "")[:LONGEST]).split())


def _member(name: str, kind: type[Kind]) -> Kind | None:
    value = request.args.get(name, "")
    return kind(value) if value in set(kind) else None


def _number(name: str, least: int, most: int) -> int | None:
    text = request.args.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return None
    value = int(text)
    return value if least <= value <= most else None


def rows_url(filters: Filters, **narrower: Any) -> str:
    """The list of the records behind a figure: the figures' own filters and what the figure counts."""
    values: dict[str, Any] = {**filters.given(), **{name: str(value) for name, value in narrower.items()}}
    return url_for("portfolio.index", **values)


@dataclass(frozen=True, slots=True)
class Chip:
    label: str
    value: str
    url: str


def ended_words(then: Ended) -> str:
    return {
        Ended.HERE: _("there now"),
        Ended.ADVANCED: _("went on"),
        Ended.STOPPED: _("stopped there"),
        Ended.GOAL_MET: _("ended there, goal met"),
        Ended.UNKNOWN: _("ended there, end not recorded"),
        Ended.RETURNED: _("paused or went back"),
        Ended.FINISHED: _("went on or stopped"),
    }[then]


def chips(filters: Filters, choices: Choices, without: Callable[..., str]) -> list[Chip]:
    """One chip for each filter that narrows, with the address of the list without it."""
    names = _names(filters, choices)
    found = []
    for name, value in filters.given().items():
        if name in ("then", "reached_in"):
            continue
        title, words = names[name]
        gone: dict[str, None] = {name: None}
        if name == "reached":
            gone |= {"then": None, "reached_in": None}
        found.append(Chip(title, words or value, without(**gone)))
    return found


def _names(filters: Filters, choices: Choices) -> Mapping[str, tuple[str, str]]:
    def called(pairs: tuple[tuple[str, str], ...], value: object) -> str:
        return dict(pairs).get(str(value), "")

    return {
        "q": (_("Search"), filters.q),
        "stage": (_("Stage"), label(filters.stage)),
        "step": (_("Status"), label(filters.step)),
        "agency": (_("Agency"), called(choices.agencies, filters.agency)),
        "call": (_("Call"), called(choices.calls, filters.call)),
        "theme": (_("Theme"), called(choices.themes, filters.theme)),
        "technology": (_("Technology"), technology_name(filters.technology)),
        "origin": (_("Origin"), label(filters.origin)),
        "due": (_("Decision"), due_words(filters.due)),
        "reason": (_("End reason"), label(filters.reason)),
        "year": (_("Handed in"), str(filters.year or "")),
        "reached": (_("Came to"), _reached_words(filters)),
        "source": (_("Figures"), source_words(filters.source)),
        "money": (_("Money"), money_words(filters.money)),
        "guardrail": (_("Guardrails"), _("past the limit")),
        "ai": (_("Use of AI"), ai_words(filters.ai)),
    }


def source_words(source: Source | None) -> str:
    return (
        {
            Source.OWN: _("the office's own"),
            Source.ELSEWHERE: _("published or imported"),
        }.get(source, "")
        if source
        else ""
    )


def money_words(money: Money | None) -> str:
    return {Money.PLANNED: _("with a plan"), Money.SPENT: _("with spending")}.get(money, "") if money else ""


def ai_words(ai: Ai | None) -> str:
    if ai is None:
        return ""
    return {Ai.RATED: _("rated"), Ai.WAITING: _("not rated yet")}.get(ai) or label(AiLevel(ai.value))


def due_words(due: Due | None) -> str:
    return {Due.OVERDUE: _("overdue"), Due.SOON: _("due in 30 days or overdue")}.get(due, "") if due else ""


def _reached_words(filters: Filters) -> str:
    words = label(filters.reached)
    if filters.reached_in is not None:
        return _("%(stage)s in %(year)s", stage=words, year=filters.reached_in)
    if filters.then is not None:
        return f"{words}, {ended_words(filters.then)}"
    return words
