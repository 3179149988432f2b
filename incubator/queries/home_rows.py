"""What every kind of work on the first page is made of: its name, its columns, and what comes of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from incubator.domain.roles import Actor
from incubator.models.agencies import Agency
from incubator.models.proposals import Proposal
from incubator.queries.next_steps import NextStep
from incubator.queries.stays import worked_on_here
from incubator.queries.visibility import visible

SHOWN = 5
SOON = timedelta(days=14)


class Kind(StrEnum):
    """Kinds of work in the order in which they are shown."""

    ANSWER = "answer"
    SIGN_OFF = "sign_off"
    ALERT = "alert"
    REVIEW = "review"
    BID = "bid"
    SIGN = "sign"
    RELEASE = "release"
    DECIDE = "decide"
    SECOND_NAME = "second_name"
    VERDICT = "verdict"
    ENDORSE = "endorse"
    ESCALATION = "escalation"
    TAKE_OVER = "take_over"
    SCREEN = "screen"
    ASSIGN = "assign"
    MISSING = "missing"
    PLAN = "plan"
    CONFIRM = "confirm"
    ACCEPT = "accept"
    CONDITION = "condition"
    REPORT = "report"
    READING = "reading"
    BENEFIT = "benefit"
    AI_CHECK = "ai_check"
    MILESTONE = "milestone"
    VERIFY = "verify"
    COMMITMENT = "commitment"
    DRAFT = "draft"
    OVERDUE = "overdue"
    MINE = "mine"


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work. `ref` is what its address needs, `about` a few words on it, `detail` a
    number or a state that the kind has of its own, `waits` what it waits for where that is known."""

    kind: Kind
    ref: str
    title: str
    about: str
    due_on: date | None
    detail: str
    waits: NextStep | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A kind with its first tasks and how many there are in all."""

    kind: Kind
    tasks: tuple[Task, ...]
    total: int


def rows_of(
    kind: Kind,
    ref: Any,
    title: Any,
    about: Any,
    due_on: Any = None,
    detail: Any = "",
) -> sa.Select[Any]:
    """The six columns of a kind and how many rows it has; each value as the union of all kinds needs it."""
    text, day = sa.Text(), sa.Date()
    return sa.select(
        sa.literal(kind.value, text).label("kind"),
        sa.cast(ref, text).label("ref"),
        title.label("title"),
        about.label("about"),
        (sa.cast(sa.null(), day) if due_on is None else due_on).label("due_on"),
        (sa.literal(detail, text) if isinstance(detail, str) else sa.cast(detail, text)).label("detail"),
        sa.func.count().over().label("total"),
    )


def of_records(kind: Kind, actor: Actor, *, about: Any = None, detail: Any = "") -> sa.Select[Any]:
    """A kind whose rows are records, by the day of their decision. What an inventory brought in waits for
    nobody."""
    return (
        rows_of(
            kind,
            Proposal.number,
            Proposal.title,
            Agency.name if about is None else about,
            Proposal.due_on,
            detail,
        )
        .join_from(Proposal, Agency, Agency.id == Proposal.agency_id)
        .where(visible(actor), worked_on_here())
        .order_by(Proposal.due_on.is_(None), Proposal.due_on, Proposal.id)
    )
