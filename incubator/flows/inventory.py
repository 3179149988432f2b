"""Imports as people handle them: a file handed in, its columns settled, brought in or discarded; merges decided.

A file passes: uploaded → reading → (mapping → reading →) previewed → applying → applied, or discarded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.errors import DomainError, Forbidden, NotFound
from incubator.domain.roles import Actor, Role
from incubator.domain.stages import EndReason, Outcome, Stage, Step
from incubator.flows.inventory_records import Tell, write_inventory
from incubator.flows.jobs import ENDED, request_job
from incubator.flows.merging import hand_over, lock_pair
from incubator.flows.stages import move
from incubator.models.inventory import (
    HeaderMapping,
    ImportBatch,
    ImportState,
    MergeState,
    MergeSuggestion,
)
from incubator.models.jobs import Job
from incubator.models.proposals import Proposal

if TYPE_CHECKING:
    from incubator.imports.inventory import Inventory
    from incubator.imports.report import Duplicates

READ = "inventory_read"
APPLY = "inventory_apply"

OPEN = frozenset({ImportState.UPLOADED, ImportState.MAPPING, ImportState.PREVIEWED, ImportState.FAILED})


def check_importer(actor: Actor) -> None:
    """An inventory holds rows of any agency, so only roles without a limit import."""
    if not (actor.everywhere(Role.COORDINATOR) or actor.everywhere(Role.ADMINISTRATOR)):
        raise Forbidden("Only coordinators and administrators for all agencies import inventories.")


def receive(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    file_name: str,
    sha256: str,
    storage_key: str,
    mapping: Mapping[str, Any] | None = None,
) -> ImportBatch:
    """Take in a file that lies under `storage_key`, and ask for it to be read, by `mapping` where one is given."""
    check_importer(actor)
    batch = ImportBatch(
        file_name=file_name,
        sha256=sha256,
        storage_key=storage_key,
        mapping=dict(mapping or {}),
        uploaded_by_id=actor.person_id,
        uploaded_at=now,
    )
    session.add(batch)
    session.flush()
    _ask(session, actor, now, batch, READ, ImportState.READING)
    return batch


def keep_reading(
    session: Session,
    batch_id: int,
    *,
    profile: str,
    mapping: Mapping[str, Any],
    columns: Sequence[str],
    report: Mapping[str, Any],
    settled: bool,
) -> None:
    """What a dry run understood. Unless the columns are `settled`, a person is asked about them next."""
    batch = lock_batch(session, batch_id)
    if batch.state is not ImportState.READING:
        return
    batch.profile, batch.mapping, batch.columns = profile, dict(mapping), list(columns)
    batch.report = dict(report)
    batch.state = ImportState.PREVIEWED if settled else ImportState.MAPPING


def give_up(session: Session, batch_id: int, why: str) -> None:
    """The file cannot be read; `why` is told to the person who sent it."""
    batch = lock_batch(session, batch_id)
    if batch.state in (ImportState.READING, ImportState.APPLYING):
        batch.state = ImportState.FAILED
        batch.report = {**batch.report, "problem": why}


def settle_mapping(
    session: Session,
    actor: Actor,
    now: datetime,
    batch_id: int,
    mapping: Mapping[str, Any],
    *,
    remembered: Mapping[str, Any] | None = None,
) -> Job:
    """Use a person's answers about this file and read it anew with them; keep `remembered` for other files."""
    check_importer(actor)
    batch = lock_batch(session, batch_id)
    if batch.state not in (ImportState.MAPPING, ImportState.PREVIEWED):
        raise DomainError("The columns of this file can no longer be changed.")
    if remembered is not None:
        remember_mapping(session, actor, now, remembered)
    batch.mapping = dict(mapping)
    return _ask(session, actor, now, batch, READ, ImportState.READING)


def remember_mapping(session: Session, actor: Actor, now: datetime, mapping: Mapping[str, Any]) -> None:
    """Keep answers about headers for the next file with the same ones; see `Mapping.for_other_files`."""
    key = mapping["fingerprint"]
    kept = session.get(HeaderMapping, key) or HeaderMapping(fingerprint=key)
    kept.mapping, kept.saved_at, kept.saved_by_id = dict(mapping), now, actor.person_id
    session.add(kept)
    session.flush()


def ask_to_import(session: Session, actor: Actor, now: datetime, batch_id: int) -> Job:
    """Bring the previewed rows in. Asking twice while it is under way is refused."""
    check_importer(actor)
    batch = lock_batch(session, batch_id)
    if batch.state is ImportState.APPLYING and _job_ended(session, batch):
        batch.state = ImportState.PREVIEWED
    if batch.state is not ImportState.PREVIEWED:
        raise DomainError("These rows are already being imported, or cannot be.")
    if not all(line["settled"] for line in batch.report["preview"].get("agency_lines", ())):
        raise DomainError("Say first which agencies are meant.")
    return _ask(session, actor, now, batch, APPLY, ImportState.APPLYING)


def read_again(session: Session, actor: Actor, now: datetime, batch_id: int) -> Job:
    """Read the file once more, after a reading that was canceled or failed."""
    check_importer(actor)
    batch = lock_batch(session, batch_id)
    stopped = batch.state is ImportState.READING and _job_ended(session, batch)
    if not stopped and batch.state is not ImportState.FAILED:
        raise DomainError("This file is already being read.")
    if not batch.storage_key:
        raise DomainError("The file is gone. Upload it again.")
    return _ask(session, actor, now, batch, READ, ImportState.READING)


def discard(session: Session, actor: Actor, batch_id: int) -> str:
    """Give up a file before its rows are in; the storage key whose file is to be deleted."""
    check_importer(actor)
    batch = lock_batch(session, batch_id)
    stopped = batch.state in (ImportState.READING, ImportState.APPLYING) and _job_ended(session, batch)
    if batch.state not in OPEN and not stopped:
        raise DomainError("This import cannot be discarded now.")
    key, batch.storage_key = batch.storage_key, ""
    batch.state = ImportState.DISCARDED
    return key


def apply_inventory(
    session: Session,
    actor: Actor,
    now: datetime,
    batch_id: int,
    inventory: Inventory,
    duplicates: Sequence[Duplicates],
    tell: Tell,
) -> dict[str, int]:
    """Bring the rows in, in this transaction; the counts. Run again after it was done, it changes nothing."""
    check_importer(actor)
    # Two imports at once would both find an identity missing; the second one waits here.
    session.execute(sa.select(ImportBatch.id).order_by(ImportBatch.id).with_for_update()).all()
    batch = lock_batch(session, batch_id)
    if batch.state is ImportState.APPLIED:
        done: dict[str, int] = batch.report["outcome"]
        return done
    if batch.state is not ImportState.APPLYING:
        raise DomainError("This import was discarded.")
    outcome = write_inventory(session, actor, now, batch, inventory, duplicates, tell)
    batch.report = {**batch.report, "outcome": outcome}
    batch.state, batch.applied_at, batch.storage_key = ImportState.APPLIED, now, ""
    return outcome


def dismiss_suggestion(session: Session, actor: Actor, now: datetime, suggestion_id: int) -> None:
    """These two are not one; they are not suggested again."""
    check_importer(actor)
    suggestion = _open_suggestion(session, suggestion_id)
    suggestion.state = MergeState.DISMISSED
    suggestion.decided_by_id, suggestion.decided_at = actor.person_id, now


def accept_suggestion(
    session: Session, actor: Actor, now: datetime, suggestion_id: int, *, keep_id: int
) -> Proposal:
    """Merge the two records into the one that is kept; the kept record."""
    check_importer(actor)
    suggestion = _open_suggestion(session, suggestion_id)
    pair = {suggestion.first_id, suggestion.second_id}
    if keep_id not in pair:
        raise DomainError("Choose which of the two records stays.", "keep")
    kept = merge_records(session, actor, now, from_id=(pair - {keep_id}).pop(), into_id=keep_id)
    suggestion.state = MergeState.MERGED
    suggestion.decided_by_id, suggestion.decided_at = actor.person_id, now
    return kept


def merge_records(session: Session, actor: Actor, now: datetime, *, from_id: int, into_id: int) -> Proposal:
    """Close one imported record in favor of another; its source rows stay its own."""
    gone = lock_pair(session, from_id, into_id)
    kept = session.get_one(Proposal, into_id)
    if kept.merged_into_id is not None:
        raise DomainError("The record to keep was itself merged into another.", "keep")
    if gone.merged_into_id is not None:
        raise DomainError("The record was already merged into another.", "keep")
    if gone.stage is Stage.CLOSED:
        # Closed already: only why it is closed changes, and it stays closed since then.
        gone.outcome, gone.end_reason, gone.changed_at = Outcome.MERGE, EndReason.MERGED, now
    else:
        move(
            session,
            gone,
            stage=Stage.CLOSED,
            step=Step.CLOSED,
            leaving_as=Outcome.MERGE,
            end_reason=EndReason.MERGED,
            now=now,
        )
    hand_over(session, actor, now, merged=gone, target=kept)
    return kept


def lock_batch(session: Session, batch_id: int) -> ImportBatch:
    """The import's row, locked until the transaction ends. Raises NotFound."""
    batch = session.scalars(
        sa.select(ImportBatch)
        .where(ImportBatch.id == batch_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if batch is None:
        raise NotFound
    return batch


def _ask(
    session: Session, actor: Actor, now: datetime, batch: ImportBatch, kind: str, state: ImportState
) -> Job:
    job = request_job(session, actor, kind, {"batch_id": batch.id}, now)
    batch.job_id, batch.state = job.id, state
    session.flush()
    return job


def _job_ended(session: Session, batch: ImportBatch) -> bool:
    return session.scalar(sa.select(Job.state).where(Job.id == batch.job_id)) in ENDED


def _open_suggestion(session: Session, suggestion_id: int) -> MergeSuggestion:
    suggestion = session.scalars(
        sa.select(MergeSuggestion).where(MergeSuggestion.id == suggestion_id).with_for_update()
    ).one_or_none()
    if suggestion is None:
        raise NotFound
    if suggestion.state is not MergeState.OPEN:
        raise DomainError("Somebody has already decided about these two records.")
    return suggestion
