"""Answers kept in memory until the data change: figures over many records are worked out once.

An answer is kept under who asks, what is asked, the day, and the last change written to the trail
of events. Every change makes a new name, so nothing old is ever served, and answers
of different people never meet.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.models.history import Event

MOST_ANSWERS = 512

CHANGES_NOTHING = (
    EventKind.SIGNED_IN,
    EventKind.SIGN_IN_FAILED,
    EventKind.SIGNED_OUT,
    EventKind.SIGNED_OUT_EVERYWHERE,
    EventKind.PASSWORD_CHANGED,
    EventKind.PASSWORD_RESET_ASKED,
    EventKind.ACCESS_REFUSED,
)
"""Events after which every figure is what it was."""

Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Shelf:
    """The answers of one database, those asked for longest ago dropped first."""

    answers: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def get(self, name: Hashable) -> Any:
        with self.lock:
            if name not in self.answers:
                return None
            self.answers.move_to_end(name)
            return self.answers[name]

    def put(self, name: Hashable, answer: Any) -> None:
        with self.lock:
            self.answers[name] = answer
            while len(self.answers) > MOST_ANSWERS:
                self.answers.popitem(last=False)


_shelves: WeakKeyDictionary[Any, _Shelf] = WeakKeyDictionary()
_opening = Lock()


def _shelf(session: Session) -> _Shelf:
    with _opening:
        return _shelves.setdefault(session.get_bind(), _Shelf())


def forget() -> None:
    """Let go of every answer of every database, as a fresh process begins."""
    with _opening:
        _shelves.clear()


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered for one person at one state of the data."""

    shelf: _Shelf
    scope: Hashable

    def of(self, what: Hashable, work_out: Callable[[], Answer]) -> Answer:
        """The answer called `what`, worked out when it is not known yet. It must not be changed."""
        name = (self.scope, what)
        kept = self.shelf.get(name)
        if kept is None:
            kept = work_out()
            self.shelf.put(name, kept)
        answer: Answer = kept
        return answer


def kept_under(session: Session, name: Hashable, work_out: Callable[[], Answer]) -> Answer:
    """An answer that is the same for everybody, under a name that changes whenever it does."""
    return Memory(_shelf(session), "everybody").of(name, work_out)


def memory(session: Session, actor: Actor, today: date, *also: Hashable) -> Memory:
    """The person's memory as the data stand, for one statement. `also` parts it further (a language)."""
    last = session.scalar(
        sa.select(Event.digest).where(Event.kind.not_in(CHANGES_NOTHING)).order_by(Event.id.desc()).limit(1)
    )
    return Memory(_shelf(session), (actor.person_id, actor.agency_id, actor.grants, today, last, *also))
