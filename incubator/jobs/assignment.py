"""Working out the assignment of a call too large to wait for."""

from __future__ import annotations

from typing import Any

from incubator.analytics.assignment import assign
from incubator.flows import assignment as flow
from incubator.jobs.ledger import Run
from incubator.jobs.workshop import Workshop

STEPS = 3


def work_out(workshop: Workshop, run: Run) -> dict[str, Any]:
    """Work of kind `assignment_work_out`: keeps the draft that was asked for, unless somebody changed the one
    it replaces meanwhile. The computation itself holds no transaction."""
    actor, asked = workshop.actor_of(run.job_id), run.payload
    workshop.tell(run, 0, STEPS, "Applying the conflict rules")
    with workshop.writing() as session:
        prepared = flow.prepare(
            session,
            actor,
            slug=asked["slug"],
            wanted=asked["wanted"],
            keeps_unbegun=asked["keeps_unbegun"],
            seen=asked["seen"],
            now=workshop.clock(),
        )
    pairs = len(prepared.standing.proposals) * len(prepared.standing.pool)
    workshop.tell(run, 1, STEPS, f"Choosing among {pairs:,} pairs")
    answer = assign(prepared.round)
    workshop.tell(run, 2, STEPS, "Keeping the plan")
    with workshop.writing() as session:
        plan = flow.keep(session, actor, prepared, answer, workshop.clock())
        return {"plan_id": plan.id}
