"""Working out the analyses of pilots' criteria ahead of those who look at them.

The readings are read in one transaction, the numbers made outside of any, and the results stored in another.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from incubator.analytics.criterion import Answer
from incubator.analytics.criterion_answer import answer
from incubator.flows.evaluation import keep_analysis, keep_as_they_stand
from incubator.jobs.workshop import Workshop
from incubator.queries import evaluation as query

log = logging.getLogger(__name__)

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
        made += _evaluate_some(workshop, wanted[start : start + AT_ONCE])
    return made


def _evaluate_some(workshop: Workshop, proposal_ids: list[int]) -> int:
    with workshop.reading() as session:
        criteria = query.criteria_of_all(session, proposal_ids)
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
        except ValueError:
            # One criterion with numbers that cannot be read must not keep the others from their results.
            log.exception("criterion %s cannot be analysed", criterion.id)
    if made or stands:
        with workshop.writing() as session:
            for metric_id, inputs, found in made:
                keep_analysis(session, metric_id, inputs, found, now=workshop.clock())
            keep_as_they_stand(session, stands, now=workshop.clock())
    return len(made)
