"""What a record waits for, in words: who must act, as far as the reader may be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_babel import gettext as _

from incubator.domain.access import Action, can_on_record
from incubator.domain.stages import Step
from incubator.extensions import db
from incubator.queries import next_steps as query
from incubator.queries.next_steps import PANEL, NextStep
from incubator.queries.records import RecordHead
from incubator.web.formats import day
from incubator.web.sessions import current_actor, now
from incubator.web.words import label

MOST_NAMES = 3
"""More people than these are called by their roles."""

GENERAL: dict[Step, str] = {
    Step.DRAFT: "The authors",
    Step.SIGN_OFF: "The agency's lead",
    Step.INFORMATION: "The agency",
    Step.REVIEW: "The panel, once all reviews are in",
    Step.CLOSED: "Nobody: the work has ended",
}
"""What those read who are not told the people, in the steps in which roles would say too much or too little."""


def of_record(record: RecordHead) -> NextStep:
    return query.next_step(db.session(), record.id, now=now())


def names_people(record: RecordHead) -> bool:
    """Whether the reader of the record's pages is told by name who must act."""
    actor, facts = current_actor(), record.facts
    if record.step is Step.REVIEW:
        # Who must act on a record in review tells how far its decision has been prepared.
        return actor.holds(*PANEL) and bool(can_on_record(actor, Action.SEE_SCORES, facts))
    return bool(can_on_record(actor, Action.SEE_INTERNAL, facts)) or bool(
        can_on_record(actor, Action.CHECK_READINESS, facts)
    )


def waiting_on(step: NextStep, *, named: bool) -> str:
    """Who must act: names for those who are told them, else roles; "Nobody until …" before its day."""
    if named and 0 < len(step.people) <= MOST_NAMES:
        return ", ".join(one.name for one in step.people)
    if step.step in GENERAL and not (named and step.roles):
        return _(GENERAL[step.step])
    if step.roles:
        return ", ".join(label(role) for role in step.roles)
    return _("Nobody until %(day)s", day=day(step.due_on)) if step.due_on else _("Nobody")


def waiting_on_record(record: RecordHead) -> str:
    """Who must act on the record, as the reader of its pages may be told."""
    if record.facts.is_published:
        return _("Nobody: this is a published record")
    return waiting_on(of_record(record), named=names_people(record))


def waiting_in_list(ids: Iterable[int]) -> dict[int, str]:
    """Who must act on each record of a list, as the reader may be told."""
    return waiting_words(query.next_steps(db.session(), ids, now=now()))


def waiting_words(steps: Mapping[int, NextStep]) -> dict[int, str]:
    """The same where it is known what the records wait for."""
    told = query.readable(db.session(), current_actor(), steps) if steps else frozenset()
    return {key: waiting_on(one, named=key in told) for key, one in steps.items()}
