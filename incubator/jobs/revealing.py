"""Opening reviews to each other's authors once the day on which they were due has passed."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from incubator.flows.revision_round import reveal_by_day
from incubator.jobs.workshop import Workshop
from incubator.queries.reviews import past_their_day


def reveal_due_reviews(workshop: Workshop) -> int:
    """Reveal what is due by the office's calendar, each proposal in a transaction of its own; how many."""
    now = workshop.clock()
    today = now.astimezone(ZoneInfo(workshop.settings.time_zone)).date()
    with workshop.reading() as session:
        due = past_their_day(session, today)
    revealed = 0
    for proposal_id in due:
        with workshop.writing() as session:
            revealed += reveal_by_day(session, proposal_id, now)
    return revealed
