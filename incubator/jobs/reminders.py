"""Reminders of what falls due: one mail a day at most for each person, on the day before, on it and after it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.clock import office_day, office_time, office_zone
from incubator.flows.mail import post
from incubator.flows.submissions import claim
from incubator.jobs.workshop import Workshop
from incubator.models.accounts import Person
from incubator.models.conflicts import Conflict
from incubator.models.gates import Condition
from incubator.models.proposals import Proposal
from incubator.models.reviews import Review
from incubator.queries.pilot_summary import summaries_of
from incubator.queries.redaction import title_for_reviewers
from incubator.queries.reviews import still_owed
from incubator.queries.visibility import names_hidden, stands

FIRST_HOUR = 7
"""Reminders are written in the office's morning, not at midnight."""


@dataclass(frozen=True, slots=True)
class Item:
    due_on: date
    line: str


def write_reminders(workshop: Workshop) -> int:
    """Put today's reminders into the outbox; how many. Run again on the same day, it adds nothing."""
    with office_zone(workshop.settings.time_zone):
        here = office_time(workshop.clock())
    if here.hour < FIRST_HOUR:
        return 0
    written = 0
    with workshop.writing() as session:
        today = office_day(here)
        items = _due_reviews(session, today, workshop.settings.base_url)
        for person_id, more in _due_conditions(session, today, workshop.settings.base_url).items():
            items[person_id] += more
        people = session.execute(
            sa.select(Person.id, Person.name, Person.email)
            .where(Person.id.in_(items), Person.disabled_at.is_(None))
            .order_by(Person.id)
        ).all()
        for person in people:
            key = f"reminder {today.isoformat()}"
            if not claim(session, key=key, person_id=person.id, now=workshop.clock()):
                continue
            own = sorted(items[person.id], key=lambda item: (item.due_on, item.line))
            post(
                session,
                recipient_id=person.id,
                address=person.email,
                subject=_subject(own, today),
                body=_body(person.name, own, workshop.settings.office_name),
                now=workshop.clock(),
            )
            written += 1
    return written


def _days(today: date) -> tuple[date, ...]:
    return today - timedelta(days=1), today, today + timedelta(days=1)


def _due_reviews(session: Session, today: date, base_url: str) -> defaultdict[int, list[Item]]:
    items: defaultdict[int, list[Item]] = defaultdict(list)
    conflicted = sa.exists().where(
        Conflict.proposal_id == Review.proposal_id, Conflict.person_id == Review.reviewer_id, stands()
    )
    rows = session.execute(
        sa.select(
            Review.reviewer_id,
            Review.due_on,
            Review.id,
            sa.case((names_hidden(), ""), else_=Proposal.number).label("number"),
            title_for_reviewers().label("title"),
        )
        .join(Proposal, Proposal.id == Review.proposal_id)
        .where(still_owed(), Review.due_on.in_(_days(today)), sa.not_(conflicted))
        .order_by(Review.id)
    )
    for row in rows:
        what = f"{row.number} “{row.title}”" if row.number else f"“{row.title}”"
        line = f"Review {what}, {when(row.due_on, today)}\n  {base_url}/reviews"
        items[row.reviewer_id].append(Item(row.due_on, line))
    return items


def _due_conditions(session: Session, today: date, base_url: str) -> dict[int, list[Item]]:
    items: defaultdict[int, list[Item]] = defaultdict(list)
    rows = session.execute(
        sa.select(Condition.owner_id, Condition.due_on, Condition.text, Proposal.number, Proposal.id)
        .join(Proposal, Proposal.id == Condition.proposal_id)
        .where(
            Condition.closed_at.is_(None),
            Condition.owner_id.is_not(None),
            Condition.due_on.in_(_days(today)),
        )
        .order_by(Condition.id)
    ).all()
    summaries = summaries_of(session, {row.id for row in rows}, today)
    for row in rows:
        said = summaries[row.id].in_english()
        line = (
            f"Condition on {row.number}: {row.text}, {when(row.due_on, today)}\n"
            + (f"  {said}\n" if said else "")
            + f"  {base_url}/pilots/{row.number}"
        )
        items[row.owner_id].append(Item(row.due_on, line))
    return items


def when(due_on: date, today: date) -> str:
    """Due today, tomorrow, or since when."""
    if due_on == today:
        return "due today"
    return "due tomorrow" if due_on > today else f"was due on {due_on:%B} {due_on.day}, {due_on.year}"


def _subject(items: list[Item], today: date) -> str:
    late = sum(item.due_on < today for item in items)
    if late:
        return "A deadline has passed" if late == 1 else f"{late} deadlines have passed"
    return "Due today" if items[0].due_on == today else "Due tomorrow"


def _body(name: str, items: list[Item], office: str) -> str:
    listed = "\n\n".join(item.line for item in items)
    return f"Hello {name},\n\nthis is what waits for you:\n\n{listed}\n\n{office}\n"
