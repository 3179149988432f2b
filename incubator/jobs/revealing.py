"""Opening reviews to each other's authors once the day on which they were due has passed."""

from __future__ import annotations

from typing import Any

from incubator.domain.clock import office_day
from incubator.flows.jobs import REVEAL
from incubator.flows.revision_round import reveal_by_day
from incubator.jobs.failures import report_failure
from incubator.jobs.ledger import Run
from incubator.jobs.workshop import Workshop
from incubator.queries.reviews import past_their_day


def reveal_due_reviews(workshop: Workshop) -> int:
    """Reveal what is due by the office's calendar, each proposal in a transaction of its own; how many."""
    now = workshop.clock()
    with workshop.reading() as session:
        due = past_their_day(session, office_day(now))
    revealed = 0
    for proposal_id in due:
        try:
            with workshop.writing() as session:
                revealed += reveal_by_day(session, proposal_id, now)
        except Exception as error:
            report_failure(workshop, REVEAL, "proposal_id", proposal_id, error)
    return revealed


def reveal_one(workshop: Workshop, run: Run) -> dict[str, Any]:
    """Work of kind `reveal_reviews`: one proposal at which the recurring work failed."""
    with workshop.writing() as session:
        return {"revealed": reveal_by_day(session, int(run.payload["proposal_id"]), workshop.clock())}
