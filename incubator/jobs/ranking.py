"""Working out the analyses of a call's scores, and finding those that are behind.

The scores are read in one transaction, the numbers made outside of any, and the result stored in another.
A run that was cut short begins anew and finds what it had stored; unchanged data are not worked out twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from incubator.analytics.panel_analysis import METHOD_VERSION, SEED, analyse
from incubator.analytics.panel_sheet import Sheet, digest
from incubator.flows import ranking as flow
from incubator.flows.ranking import Made
from incubator.jobs.ledger import Run, Stopped
from incubator.jobs.workshop import Workshop
from incubator.models.ranking import AnalysisState
from incubator.queries import ranking as query
from incubator.queries.ranking import LeftOut
from incubator.queries.score_sheets import Terms, fingerprint, packed, sheet_of, terms_of

log = logging.getLogger(__name__)

Told = Callable[[int, int], None]
"""Is told how far the work is, of how much."""


def analyse_scores(workshop: Workshop, run: Run) -> dict[str, Any]:
    """Work of kind `score_analysis`: every analysis of the call that somebody needs, and the page's charts."""
    call_id = int(run.payload["call_id"])

    def tell(done: int, whole: int) -> None:
        workshop.tell(run, done, whole, "")

    made = work_out(workshop, call_id, tell, job_id=run.job_id)
    if made:
        workshop.app.extensions["incubator.ranking_ahead"](workshop.app, call_id)
    return {"made": made}


def ask_where_behind(workshop: Workshop) -> int:
    """Ask for the analyses that no longer say what the data say, whatever changed them; for how many calls."""
    with workshop.reading() as session:
        behind = [
            call_id
            for call_id in query.calls_with_scores(session)
            if query.job_under_way(session, call_id) is None and query.is_behind(session, call_id)
        ]
    for call_id in behind:
        with workshop.writing() as session:
            flow.ask(session, call_id, workshop.clock())
    return len(behind)


def work_out(workshop: Workshop, call_id: int, tell: Told, *, job_id: int | None = None) -> int:
    """Bring every analysis of the call up to date; how many were made anew."""
    with workshop.reading() as session:
        wanted = query.sets_wanted(session, call_id)
    made = 0
    for number, left_out in enumerate(wanted):
        start = 100 * number

        def told(done: int, whole: int, start: int = start) -> None:
            tell(start + 100 * done // whole, 100 * len(wanted))

        made += _bring_up_to_date(workshop, call_id, left_out, told, job_id)
    with workshop.writing() as session:
        flow.forget_all_but(session, call_id, wanted)
    return made


@dataclass(frozen=True, slots=True)
class _Read:
    terms: Terms
    mark: str
    data: str
    """The digest of what the stored result was made from, empty without one."""
    sheet: Sheet


def _read(workshop: Workshop, call_id: int, left_out: LeftOut) -> _Read | None:
    """What there is to analyze; None when the stored result is of this very state."""
    with workshop.reading() as session:
        terms = terms_of(session, call_id)
        mark = fingerprint(session, terms, left_out)
        kept = query.kept_state(session, call_id, left_out)
        if kept is not None and kept.fingerprint == mark and kept.state is AnalysisState.READY:
            return None
        comparable = kept is not None and kept.computed_at is not None and kept.method == _method(terms)
        data = kept.data_sha256 if kept is not None and comparable else ""
        return _Read(terms, mark, data, sheet_of(session, terms, left_out))


def _method(terms: Terms) -> str:
    """What besides the sheet decides the result."""
    return f"{METHOD_VERSION}; places {terms.places}"


def _bring_up_to_date(
    workshop: Workshop, call_id: int, left_out: LeftOut, told: Told, job_id: int | None
) -> int:
    read = _read(workshop, call_id, left_out)
    if read is None:
        return 0
    data, method = digest(read.sheet), _method(read.terms)
    result: dict[str, Any] | None = None
    if data != read.data:
        try:
            analysis = analyse(read.sheet, places=read.terms.places, progress=told)
        except Stopped:
            raise
        except Exception as error:
            with workshop.writing() as session:
                flow.keep_failure(
                    session,
                    call_id,
                    left_out,
                    read.mark,
                    f"{type(error).__name__}: {error}",
                    workshop.clock(),
                    job_id,
                )
            raise
        result = {"analysis": analysis.to_dict(), "sheet": packed(read.sheet)}
    made = Made(left_out, read.mark, data, method, SEED, result)
    with workshop.writing() as session:
        flow.keep(session, call_id, made, workshop.clock(), job_id)
    return int(result is not None)
