"""Writing an inventory into the records: all of it in the transaction of the caller, or nothing.

Rows go in together rather than one by one, so that some thousands take seconds. The rules are those of
`inventory_plan` (what changes) and `inventory_stages` (where a record stands).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.events import EventKind
from incubator.domain.folding import fold
from incubator.domain.roles import Actor
from incubator.domain.stages import MAIN_STAGES, Origin
from incubator.domain.words import STAGES
from incubator.flows.inventory_agencies import ensure_agencies, ensure_units, unit_key
from incubator.flows.inventory_plan import CELL, Planned, cut, parts, plan
from incubator.flows.inventory_stages import Placement, is_backward, leaving, place
from incubator.flows.record import Happening, record_many
from incubator.models.agencies import Agency
from incubator.models.inventory import (
    ImportBatch,
    ImportedRow,
    InventoryIdentity,
    MergeSuggestion,
    RowState,
)
from incubator.models.proposals import Proposal, Section, StageSpell, StatedDate

if TYPE_CHECKING:
    from incubator.imports.inventory import Inventory
    from incubator.imports.report import Duplicates

Tell = Callable[[str, int, int], None]
"""Told what is being written, how much of it is done and how much there is."""

_MOST_CHANGE = 300
_MOST_COLUMN = 80


def write_inventory(
    session: Session,
    actor: Actor,
    now: datetime,
    batch: ImportBatch,
    inventory: Inventory,
    duplicates: Sequence[Duplicates],
    tell: Tell,
) -> dict[str, int]:
    """Bring every row in; the counts by row state, with the agencies made and the merges suggested.

    `duplicates` name rows as "row 12" and stored records as "record 7" (its id).
    """
    rows = inventory.rows
    total = len(rows)
    tell("Comparing with the records", 0, total)
    agencies, happenings = ensure_agencies(session, rows, batch.mapping.get("agencies", {}))
    made_agencies = len(happenings)
    planned = plan(session, rows, batch.profile, meanings(batch.mapping))
    units, more = ensure_units(
        session, [(agency.id, one.wanted.unit) for agency, one in zip(agencies, planned, strict=True)]
    )
    happenings += more
    tell("Writing records", 0, total)
    places = [
        units.get(unit_key(agency.id, one.wanted.unit)) for agency, one in zip(agencies, planned, strict=True)
    ]
    ids = _create(session, now, batch, planned, agencies, places)
    tell("Writing records", total // 2, total)
    _update(session, now, batch, planned, places)
    _keep_rows(session, batch, inventory, planned, ids)
    suggested = _suggest(session, batch, rows, ids, duplicates)
    tell("Writing the history", total, total)
    happenings += _happenings(batch, planned, ids, [agency.id for agency in agencies])
    counts = Counter(one.state for one in planned)
    result = {
        "created": counts[RowState.CREATED],
        "updated": counts[RowState.UPDATED],
        "unchanged": counts[RowState.UNCHANGED],
        "left": counts[RowState.LEFT],
        "refused": len(inventory.report.refused),
        "agencies": made_agencies,
        "suggestions": suggested,
        "backward": sum(
            1
            for one in planned
            if one.standing and one.new_stage and is_backward(one.standing.stage, one.new_stage)
        ),
    }
    summary = {"file": batch.file_name, "batch": batch.id, **result}
    record_many(session, actor, now, [Happening(EventKind.INVENTORY_IMPORTED, details=summary), *happenings])
    return result


def meanings(mapping: Mapping[str, Any]) -> dict[str, str]:
    """The field or "date: kind" of each mapped column."""
    found = {header: name for name, headers in mapping["fields"].items() for header in headers}
    return found | {header: f"date: {kind}" for kind, header in mapping["dates"].items()}


def _create(
    session: Session,
    now: datetime,
    batch: ImportBatch,
    planned: Sequence[Planned],
    agencies: Sequence[Agency],
    units: Sequence[int | None],
) -> list[int]:
    """The id of each row's record, in order; records that are new are made."""
    new, placements = [], []
    for one, agency, unit_id in zip(planned, agencies, units, strict=True):
        if one.state is not RowState.CREATED:
            continue
        placement = place(one.wanted.stage, one.wanted.dates, now)
        placements.append(placement)
        number, agency.next_number = agency.next_number, agency.next_number + 1
        new.append(
            {
                "number": f"{agency.code}-{number:04}",
                "title": one.wanted.title,
                "title_key": fold(one.wanted.title),
                "summary": one.wanted.summary,
                "agency_id": agency.id,
                "unit_id": unit_id,
                "technology": one.wanted.technology,
                "uses_ai": one.wanted.uses_ai,
                "origin": Origin.INVENTORY,
                "source_note": _source_note(batch, one),
                "created_at": now,
                "changed_at": now,
                "version": 1,
                **placement.columns(now),
            }
        )
    session.flush()
    made: list[int] = []
    for part in parts(new):
        statement = sa.insert(Proposal).returning(Proposal.id, sort_by_parameter_order=True)
        made += session.scalars(statement, part).all()
    created = [one for one in planned if one.state is RowState.CREATED]
    _begin_lives(session, now, created, made, placements)
    fresh = iter(made)
    return [one.standing.id if one.standing else next(fresh) for one in planned]


def _begin_lives(
    session: Session,
    now: datetime,
    created: Sequence[Planned],
    ids: Sequence[int],
    placements: Sequence[Placement],
) -> None:
    pairs = list(zip(created, ids, strict=True))
    _insert(
        session,
        InventoryIdentity,
        [
            {
                "key": one.row.identity.key,
                "weak": one.row.identity.weak,
                "external_id": one.row.external_id,
                "digest": one.row.digest(),
                "proposal_id": proposal_id,
            }
            for one, proposal_id in pairs
        ],
    )
    _insert(
        session,
        StageSpell,
        [
            {
                "proposal_id": proposal_id,
                "stage": placement.stage,
                "entered_at": placement.since,
                "precision": placement.precision,
            }
            for proposal_id, placement in zip(ids, placements, strict=True)
        ],
    )
    _insert(session, StatedDate, [row for one, number in pairs for row in _dates(one, number)])
    _insert(session, Section, [row for one, number in pairs for row in _sections(one, number, now)])


def _dates(one: Planned, proposal_id: int) -> list[dict[str, Any]]:
    return [
        {
            "proposal_id": proposal_id,
            "kind": kind,
            "raw": stated.raw,
            "parsed": stated.parsed,
            "precision": stated.precision,
            "note": stated.note,
        }
        for kind, stated in one.wanted.dates.items()
    ]


def _sections(one: Planned, proposal_id: int, now: datetime) -> list[dict[str, Any]]:
    return [
        {"proposal_id": proposal_id, "key": key, "answers": answers, "saved_at": now, "version": 1}
        for key, answers in one.wanted.sections.items()
    ]


def _update(
    session: Session,
    now: datetime,
    batch: ImportBatch,
    planned: Sequence[Planned],
    units: Sequence[int | None],
) -> None:
    updated = [
        (one, unit_id)
        for one, unit_id in zip(planned, units, strict=True)
        if one.state is RowState.UPDATED and one.standing
    ]
    for one, unit_id in updated:
        assert one.standing is not None
        values: dict[str, Any] = {"changed_at": now, "source_note": _source_note(batch, one)}
        for name in ("title", "summary", "technology"):
            if name in one.changes:
                values[name] = getattr(one.wanted, name)
        if "title" in values:
            values["title_key"] = fold(values["title"])
        if "unit" in one.changes:
            values["unit_id"] = unit_id
        if one.new_stage:
            values |= _move(session, now, one)
        session.execute(
            sa.update(Proposal)
            .where(Proposal.id == one.standing.id)
            .values(version=Proposal.version + 1, **values)
            .execution_options(synchronize_session=False)
        )
    _replace_answers(session, now, [one for one, _ in updated])
    seen = [
        {"id": one.standing.identity_id, "digest": one.row.digest()}
        for one in planned
        if one.standing and one.standing.digest != one.row.digest()
    ]
    if seen:
        session.execute(sa.update(InventoryIdentity), seen)


def _move(session: Session, now: datetime, one: Planned) -> dict[str, object]:
    """End the stay in one stage and begin that in the other, as the source tells it."""
    standing, stage = one.standing, one.new_stage
    assert standing is not None
    assert stage is not None
    before = standing.stage if standing.stage in MAIN_STAGES else standing.resume_stage
    placement = place(stage, one.wanted.dates, now, before=before, not_before=standing.stage_entered_at)
    session.execute(
        sa.update(StageSpell)
        .where(StageSpell.proposal_id == standing.id, StageSpell.left_at.is_(None))
        .values(left_at=placement.since, exit=leaving(standing.stage, stage), next_stage=stage)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        sa.insert(StageSpell),
        [
            {
                "proposal_id": standing.id,
                "stage": stage,
                "entered_at": placement.since,
                "precision": placement.precision,
            }
        ],
    )
    return placement.columns(now)


def _replace_answers(session: Session, now: datetime, updated: Sequence[Planned]) -> None:
    dates, sections = [], []
    for one in updated:
        assert one.standing is not None
        known = one.standing.id
        dates += [row for row in _dates(one, known) if f"date: {row['kind']}" in one.changes]
        sections += [
            row for row in _sections(one, known, now) if not one.changes.keys().isdisjoint(row["answers"])
        ]
    for row in dates:
        session.execute(
            sa.delete(StatedDate).where(
                StatedDate.proposal_id == row["proposal_id"], StatedDate.kind == row["kind"]
            )
        )
    for row in sections:
        session.execute(
            sa.delete(Section).where(Section.proposal_id == row["proposal_id"], Section.key == row["key"])
        )
    _insert(session, StatedDate, dates)
    _insert(session, Section, sections)


def _keep_rows(
    session: Session,
    batch: ImportBatch,
    inventory: Inventory,
    planned: Sequence[Planned],
    ids: Sequence[int],
) -> None:
    """Every row of the file, with every cell that is kept, and what became of it."""
    rows = [
        {
            "batch_id": batch.id,
            "row_number": one.row.row,
            "proposal_id": proposal_id,
            "state": one.state,
            "reason": "",
            "notes": [*one.notes, *_notes(one)],
            "cells": [one.row.source[column] for column in batch.columns],
        }
        for one, proposal_id in zip(planned, ids, strict=True)
    ]
    rows += [
        {
            "batch_id": batch.id,
            "row_number": refused.row,
            "proposal_id": None,
            "state": RowState.REFUSED,
            "reason": refused.reason,
            "notes": [],
            "cells": [refused.raw[column] for column in batch.columns],
        }
        for refused in inventory.report.refused
    ]
    _insert(session, ImportedRow, rows)


def _notes(one: Planned) -> Iterator[str]:
    for name, (_, after) in one.changes.items():
        column = name.removeprefix(CELL)
        if column == name:
            yield f"{name} changed"
        elif after:
            yield f"“{cut(column, _MOST_COLUMN)}” changed"
        else:
            yield f"“{cut(column, _MOST_COLUMN)}” is blank now; the record keeps what it had"


def _suggest(
    session: Session,
    batch: ImportBatch,
    rows: Sequence[Any],
    ids: Sequence[int],
    duplicates: Sequence[Duplicates],
) -> int:
    """Keep the pairs that nobody has been asked about yet; how many."""
    references = {f"row {row.row}": proposal_id for row, proposal_id in zip(rows, ids, strict=True)}
    known = {
        frozenset(pair)
        for pair in session.execute(sa.select(MergeSuggestion.first_id, MergeSuggestion.second_id))
    }
    new = []
    for one in duplicates:
        first, second = (
            references.get(name) or int(name.removeprefix("record ")) for name in (one.first, one.second)
        )
        pair = frozenset((first, second))
        if first == second or pair in known:
            continue
        known.add(pair)
        new.append(
            {
                "batch_id": batch.id,
                "first_id": min(pair),
                "second_id": max(pair),
                "reason": one.reason,
                "similarity": one.similarity,
            }
        )
    _insert(session, MergeSuggestion, new)
    return len(new)


def _happenings(
    batch: ImportBatch, planned: Sequence[Planned], ids: Sequence[int], agency_ids: Sequence[int]
) -> list[Happening]:
    found = []
    for one, proposal_id, agency_id in zip(planned, ids, agency_ids, strict=True):
        place_in_file = {"file": batch.file_name, "row": one.row.row, "batch": batch.id}
        if one.state is RowState.CREATED:
            found.append(Happening(EventKind.RECORD_IMPORTED, proposal_id, agency_id, place_in_file))
        elif one.state is RowState.UPDATED and one.standing:
            changes = {
                name: [cut(before, _MOST_CHANGE), cut(after, _MOST_CHANGE)]
                for name, (before, after) in one.changes.items()
            }
            details = {**place_in_file, "changes": changes}
            found.append(Happening(EventKind.RECORD_REIMPORTED, proposal_id, agency_id, details))
            if one.new_stage:
                before, after = one.standing.stage, one.new_stage
                moved = {
                    "stage": STAGES[after].staff,
                    "before": STAGES[before].staff,
                    "backward": is_backward(before, after),
                }
                found.append(Happening(EventKind.STAGE_CORRECTED, proposal_id, agency_id, moved))
    return found


def _source_note(batch: ImportBatch, one: Planned) -> str:
    note = (
        f"Imported from “{batch.file_name}”, row {one.row.row}. "
        "It did not pass the gates here, so no decision is due on it until it is taken up."
    )
    if one.wanted.stage is None and (one.standing is None):
        note += " The source gives no stage that is known here; it stands under Idea."
    return note


def _insert(session: Session, model: type[Any], rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.execute(sa.insert(model), rows)
