"""The mail in which an agency reads a decision: one text for the preview and for the release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from incubator.domain.gates import NewCondition
from incubator.domain.releases import ANSWERS
from incubator.domain.stages import Outcome


@dataclass(frozen=True, slots=True)
class DecisionMail:
    subject: str
    body: str


def decision_mail(
    *,
    number: str,
    title: str,
    call: str,
    outcome: Outcome,
    reason: str,
    what_would_change: str,
    hold_until: date | None,
    conditions: Sequence[NewCondition],
    with_scores: bool,
    base_url: str,
) -> DecisionMail:
    """What the agency's people are sent. The subject does not give the answer away to who looks over a
    shoulder."""
    parts = [
        f"The decisions of the call “{call}” are made. This is the one on your proposal “{title}” ({number}).",
        f"{ANSWERS[outcome]}{f' The day is {_day(hold_until)}.' if hold_until else ''}",
        f"The reason:\n\n{reason}",
    ]
    if conditions:
        parts.append("The conditions:\n\n" + "\n".join(_line(condition) for condition in conditions))
    if what_would_change:
        parts.append(f"What would change the answer:\n\n{what_would_change}")
    also = ", with what the reviewers said" if with_scores else ""
    parts.append(f"You find it here{also}:\n{base_url}/pilots/{number}/gates#decisions")
    parts.append("If something in it is unclear, write to the coordinators of the call.")
    return DecisionMail(f"The decision on {number}: {title}", "\n\n".join(parts) + "\n")


def _line(condition: NewCondition) -> str:
    until = f", by {_day(condition.due_on)}" if condition.due_on else ""
    return f"- {condition.text} ({condition.owner_name}{until})"


def _day(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
