"""Working out the analyses of pilots' criteria ahead of those who look at them.

The readings are read in one transaction, the numbers made outside of any, and the results stored in another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from incubator.analytics.criterion import Answer
from incubator.analytics.criterion_answer import answer
from incubator.flows.evaluation import keep_analysis, keep_as_they_stand
from incubator.flows.jobs import EVALUATE
from incubator.jobs.failures import report_failure
from incubator.jobs.ledger import Run
from incubator.jobs.workshop import Workshop
from incubator.queries import evaluation as query

AT_ONCE = 50
"""How many records' readings are held in memory together."""


def evaluate_where_behind(workshop: Workshop, *, everything: bool = False) -> int:
    """Bring the analyses of launched pilots up to date; how many were made anew.

    Looked at are the records that changed since their analyses were made, or with `everything` all of them:
    an analysis may have a new method, and a horizon moves what it sees.
    """
    with workshop.reading() as session:
        wanted = query.launched_with_criteria(session, behind=not everything)
    return evaluate(workshop, wanted)


def evaluate(workshop: Workshop, proposal_ids: Iterable[int]) -> int:
    """Bring the kept analyses of these records up to date; how many were made anew."""
    wanted = list(proposal_ids)
    made = 0
    for start in range(0, len(wanted), AT_ONCE):
        found = _evaluate_some(workshop, wanted[start : start + AT_ONCE])
        made += found.made
        for proposal_id, error in found.failed.items():
            report_failure(workshop, EVALUATE, "proposal_id", proposal_id, error)
    return made


def evaluate_one(workshop: Workshop, run: Run) -> dict[str, Any]:
    """Work of kind `evaluate`: one record at which the recurring work failed."""
    found = _evaluate_some(workshop, [int(run.payload["proposal_id"])])
    for error in found.failed.values():
        raise error
    return {"made": found.made}


@dataclass
class _Found:
    made: int = 0
    failed: dict[int, Exception] = field(default_factory=dict)
    """By record: what kept one of its criteria from being analyzed. The others of the batch are not concerned."""


def _evaluate_some(workshop: Workshop, proposal_ids: list[int]) -> _Found:
    with workshop.reading() as session:
        criteria = query.criteria_of_all(session, proposal_ids)
    given = _Found()
    made: list[tuple[int, str, Answer]] = []
    stands: list[int] = []
    for criterion in (each for found in criteria.values() for each in found):
        inputs = criterion.inputs_sha256
        if criterion.question is None:
            continue
        if criterion.kept is not None and criterion.kept.inputs_sha256 == inputs:
            stands.append(criterion.id)
            continue
        try:
            made.append((criterion.id, inputs, answer(criterion.question, criterion.asked)))
        except Exception as error:
            given.failed[criterion.proposal_id] = error
    if made or stands:
        with workshop.writing() as session:
            for metric_id, inputs, found in made:
                keep_analysis(session, metric_id, inputs, found, now=workshop.clock())
            keep_as_they_stand(session, stands, now=workshop.clock())
    given.made = len(made)
    return given
