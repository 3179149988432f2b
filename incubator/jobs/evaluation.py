"""Working out the analyses of pilots' criteria ahead of those who look at them.

The readings are read in one transaction, the numbers made outside of any, and the results stored in another.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from incubator.analytics.criterion import Answer
from incubator.analytics.criterion_answer import answer
from incubator.flows.evaluation import keep_analysis
from incubator.jobs.ledger import Run
from incubator.jobs.workshop import Workshop
from incubator.queries import evaluation as query

log = logging.getLogger(__name__)

AT_ONCE = 50
"""How many records' readings are held in memory together."""


def evaluate_record(workshop: Workshop, run: Run) -> dict[str, Any]:
    """Work of kind `evaluation`: the analyses of one record that are behind its readings."""
    return {"made": evaluate(workshop, [int(run.payload["proposal_id"])])}


def evaluate_where_behind(workshop: Workshop) -> int:
    """The same for every pilot that was launched, whatever changed; how many analyses were made."""
    with workshop.reading() as session:
        wanted = query.launched_with_criteria(session)
    return evaluate(workshop, wanted)


def evaluate(workshop: Workshop, proposal_ids: Iterable[int]) -> int:
    """Bring the kept analyses of these records up to date; how many were made anew."""
    wanted = list(proposal_ids)
    made = 0
    for start in range(0, len(wanted), AT_ONCE):
        made += _evaluate_some(workshop, wanted[start : start + AT_ONCE])
    return made


def _evaluate_some(workshop: Workshop, proposal_ids: list[int]) -> int:
    with workshop.reading() as session:
        criteria = query.criteria_of_all(session, proposal_ids)
    made: list[tuple[int, str, Answer]] = []
    for criterion in (each for found in criteria.values() for each in found):
        inputs = criterion.inputs_sha256
        if criterion.question is None or (criterion.kept and criterion.kept.inputs_sha256 == inputs):
            continue
        try:
            made.append((criterion.id, inputs, answer(criterion.question, criterion.asked)))
        except ValueError:
            # One criterion with numbers that cannot be read must not keep the others from their results.
            log.exception("criterion %s cannot be analysed", criterion.id)
    if made:
        with workshop.writing() as session:
            for metric_id, inputs, found in made:
                keep_analysis(session, metric_id, inputs, found, now=workshop.clock())
    return len(made)
