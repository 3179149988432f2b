"""Making the dossiers of decisions: once for each, from what was frozen, never again.

The evidence is read in one transaction, the file made outside of any, and the seal written in another. Two
workers at the same decision make two files, of which one is kept.
"""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

from incubator.flows import attachment_store as store
from incubator.flows import dossiers as flow
from incubator.jobs.failures import report_failure
from incubator.jobs.ledger import Run
from incubator.jobs.workshop import Workshop
from incubator.queries import dossiers as query

MEGABYTES = 100
PATIENCE = timedelta(minutes=10)
"""So long a decision is left to the job that was asked for with it."""
AT_ONCE = 25
"""How many are sealed in one sweep, so that other work gets its turn."""


def seal_dossier(workshop: Workshop, run: Run) -> dict[str, Any]:
    """Work of kind `dossier_seal`."""
    return {"sealed": seal(workshop, int(run.payload["decision_id"]))}


def seal_what_waits(workshop: Workshop) -> int:
    """Seal decisions that have no dossier though their evidence allows one; how many.

    A decision whose dossier cannot be made does not keep the others from theirs: it is reported as a failed job,
    and left out until somebody runs that job again.
    """
    with workshop.reading() as session:
        waiting = query.waiting_for_their_seal(session, workshop.clock() - PATIENCE, flow.SEAL)
    done = 0
    for decision_id in waiting:
        try:
            done += seal(workshop, decision_id)
        except Exception as error:
            report_failure(workshop, flow.SEAL, "decision_id", decision_id, error)
        if done >= AT_ONCE:
            break
    return done


def seal(workshop: Workshop, decision_id: int) -> bool:
    """Make and seal the dossier of a decision; False where there is one, or none can be made."""
    with workshop.reading() as session:
        found = query.decided(session, decision_id)
        if found is None or not found.sealable or query.sealed(session, decision_id) is not None:
            return False
    flow.check_frozen(found.evidence, found.evidence_sha256)
    now, folder = workshop.clock(), workshop.settings.attachments
    content: bytes = workshop.app.extensions["incubator.dossier_file"](workshop.app, found, now)
    stored = store.keep(folder, "dossier.pdf", BytesIO(content), megabytes=MEGABYTES)
    with workshop.writing() as session:
        sealed = flow.seal(session, decision_id=decision_id, stored=stored, now=now)
    if not sealed:
        store.discard(folder, stored.key)
    # After a failure the file stays: whether its row was written cannot be known. The upkeep removes it if not.
    return sealed


def try_failed_again(workshop: Workshop) -> int:
    """Put failed seals back into the queue, as a worker does when it starts: a new release may know better."""
    with workshop.writing() as session:
        return flow.ask_failed_again(session)
