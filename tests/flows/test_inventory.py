"""The published inventories as records: all of them in, a second time unchanged, a later file told apart."""

from __future__ import annotations

import csv
import io
import json
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from incubator.domain.events import EventKind
from incubator.domain.roles import SYSTEM, Role
from incubator.domain.stages import Outcome, Precision, Stage, Step
from incubator.flows.agencies import AgencyDetails, change_agency
from incubator.flows.record import GENESIS, Happening, audit_key, digest, record, record_many
from incubator.imports.problems import ImportProblem
from incubator.jobs.inventory_file import Answers, Imported, Unsettled, import_file
from incubator.models.agencies import Agency, Unit
from incubator.models.history import ChainHead, Event
from incubator.models.inventory import ImportBatch, ImportedRow, InventoryIdentity, MergeSuggestion, RowState
from incubator.models.pilots import Pilot
from incubator.models.proposals import DateKind, Proposal, Section, StageSpell, StatedDate
from incubator.queries.inventory import source_cells, source_of

FILE_2025 = "omb_2025/2025_individually_reported_AI_use_cases.csv"
FILE_2024 = "omb_2024/2024_consolidated_ai_inventory_raw_v2.csv"
HEADER = "title,agency_name,external_id,problem,stage,initiated,implemented,retired,unit\n"

Bring = Callable[..., Imported]


@pytest.fixture
def bring(app: Flask, session: Session, tmp_path: Path) -> Bring:
    """Import a path, or rows under the application's own header."""

    def bring_in(source: Path | str, name: str = "ours.csv") -> Imported:
        path = source
        if isinstance(source, str):
            path = tmp_path / name
            path.write_text(HEADER + source, "utf-8")
        session.commit()
        done = import_file(app, path, Answers(new_agencies=True), tell=lambda line: None)
        session.expire_all()
        return done

    return bring_in


def count(session: Session, model: type, *conditions: sa.ColumnElement[bool]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model).where(*conditions)) or 0


def only(session: Session) -> Proposal:
    return session.scalars(sa.select(Proposal)).one()


def check_chain(session: Session) -> int:
    previous, key, events = GENESIS, audit_key(session), 0
    for event in session.scalars(sa.select(Event).order_by(Event.id)):
        assert event.previous == previous
        assert event.digest == digest(event, key)
        previous, events = event.digest, events + 1
    assert session.get_one(ChainHead, 1).digest == previous
    assert session.get_one(ChainHead, 1).events == events
    return events


@pytest.mark.slow
def test_both_inventories_come_in_whole_and_only_once(bring, session, shared_data) -> None:
    began = time.process_time()
    first = bring(shared_data / FILE_2024)
    assert time.process_time() - began < 20, "2,133 rows in less than the time allowed for 3,611"
    assert {key: first.counts[key] for key in ("created", "updated", "unchanged", "refused")} == {
        "created": 2133,
        "updated": 0,
        "unchanged": 0,
        "refused": 0,
    }
    second = bring(shared_data / FILE_2025)
    # 31 rows of 2025 without an id bear the agency, title and unit of a row of 2024.
    assert (second.counts["created"], second.counts["updated"]) == (3580, 31)
    assert second.counts["suggestions"] > 1000
    records = 2133 + 3580
    assert count(session, Proposal) == records == count(session, InventoryIdentity)
    assert count(session, StageSpell, StageSpell.left_at.is_(None)) == records
    assert count(session, ImportedRow) == 2133 + 3611
    kinds = Counter(session.scalars(sa.select(Event.kind)))
    assert kinds[EventKind.INVENTORY_IMPORTED] == 2
    assert kinds[EventKind.RECORD_IMPORTED] == records
    assert kinds[EventKind.RECORD_REIMPORTED] == 31
    assert kinds[EventKind.STAGE_CORRECTED] == 5
    assert kinds[EventKind.AGENCY_CREATED] == count(session, Agency)
    assert kinds[EventKind.UNIT_CREATED] == count(session, Unit)
    assert check_chain(session) == sum(kinds.values())

    numbers = session.scalars(sa.select(Proposal.number)).all()
    assert len(set(numbers)) == records
    highest = session.execute(
        sa.select(Agency.next_number, sa.func.count(Proposal.id))
        .join(Proposal, Proposal.agency_id == Agency.id)
        .group_by(Agency.id)
    )
    assert all(following == number + 1 for following, number in highest)

    before = count(session, Event)
    again = bring(shared_data / FILE_2025)
    assert again.counts == {
        "created": 0,
        "updated": 0,
        "unchanged": 3611,
        "left": 0,
        "refused": 0,
        "agencies": 0,
        "suggestions": 0,
        "backward": 0,
    }
    assert count(session, Proposal) == records
    assert count(session, Event) == before + 1, "only that the file was imported"
    assert count(session, MergeSuggestion) == first.counts["suggestions"] + second.counts["suggestions"]


@pytest.mark.slow
def test_every_cell_of_2025_can_be_exported_again(bring, session, shared_data) -> None:
    bring(shared_data / FILE_2025)
    batch = session.scalars(sa.select(ImportBatch)).one()
    text = (shared_data / FILE_2025).read_bytes().decode("utf-8-sig")
    header, *rows = list(csv.reader(io.StringIO(text, newline="")))
    dropped = [header.index(name) for name in batch.report["dropped"]]
    assert len(dropped) == 1
    kept = [place for place in range(len(header)) if place not in dropped]
    assert batch.report["original_columns"] == [header[place] for place in kept]
    assert list(source_cells(session, batch.id)) == [[row[place] for place in kept] for row in rows]
    stages = Counter(session.scalars(sa.select(Proposal.stage)))
    assert stages == {
        Stage.IDEA: 338, Stage.DESIGN: 1479, Stage.PILOT: 440, Stage.IN_SERVICE: 1040, Stage.CLOSED: 314,
    }  # fmt: skip
    unknown = count(session, Proposal, Proposal.source_note.contains("gives no stage that is known"))
    assert unknown == 338
    assert count(session, Proposal, Proposal.due_on.is_not(None)) == 0


def test_a_record_says_where_it_stands_and_since_when(bring, session) -> None:
    bring(
        "Road camera,Department of Roads,R-1,Nobody counts,Operation and Maintenance,2021-05,Q2 2023,,Traffic\n"
    )
    one = only(session)
    assert (one.number, one.stage, one.step, one.due_on) == (
        "DR-0001",
        Stage.IN_SERVICE,
        Step.IN_SERVICE,
        None,
    )
    assert one.stage_entered_at.date() == date(2023, 4, 1)
    spell = session.scalars(sa.select(StageSpell)).one()
    assert (spell.stage, spell.precision, spell.left_at) == (Stage.IN_SERVICE, Precision.QUARTER, None)
    dates = session.scalars(sa.select(StatedDate).order_by(StatedDate.kind)).all()
    assert [(row.kind, row.raw, row.parsed, row.precision) for row in dates] == [
        (DateKind.IMPLEMENTED, "Q2 2023", date(2023, 4, 1), Precision.QUARTER),
        (DateKind.INITIATED, "2021-05", date(2021, 5, 1), Precision.MONTH),
    ]
    answers = {row.key: row.answers for row in session.execute(sa.select(Section.key, Section.answers))}
    assert answers["problem"] == {"problem": "Nobody counts"}
    assert session.scalars(sa.select(Unit.name)).one() == "Traffic"


def test_what_had_ended_is_closed_without_a_made_up_reason(bring, session) -> None:
    bring("Old,Roads,R-1,x,Retired,,2019,2022-07-01,\n")
    one = only(session)
    assert (one.stage, one.resume_stage, one.outcome, one.end_reason.value) == (
        Stage.CLOSED,
        Stage.IN_SERVICE,
        Outcome.ENDED,
        "unknown",
    )
    assert one.closed_at.date() == date(2022, 7, 1)


@pytest.mark.parametrize(
    ("before", "after", "exit_", "backward"),
    [
        ("Pilot", "Initiated", Outcome.REWORK, True),
        ("Pilot", "In production", Outcome.ADVANCE, False),
        ("Pilot", "Retired", Outcome.ENDED, False),
        ("Retired", "Pilot", Outcome.REVIVE, False),
    ],
)
def test_a_later_file_moves_a_record_and_says_so(bring, session, before, after, exit_, backward) -> None:
    bring(f"Camera,Roads,R-1,x,{before},,,,\n")
    was = only(session).stage
    done = bring(f"Camera,Roads,R-1,x,{after},,,,\n", "later.csv")
    assert (done.counts["updated"], done.counts["backward"]) == (1, int(backward))
    one = only(session)
    ended = session.scalars(sa.select(StageSpell).where(StageSpell.left_at.is_not(None))).one()
    assert (ended.stage, ended.exit, ended.next_stage) == (was, exit_, one.stage)
    assert session.scalars(sa.select(StageSpell.stage).where(StageSpell.left_at.is_(None))).one() == one.stage
    moved = session.scalars(sa.select(Event).where(Event.kind == EventKind.STAGE_CORRECTED)).one()
    assert moved.details["backward"] is backward
    assert (one.outcome is None) == (one.stage is not Stage.CLOSED)
    check_chain(session)


def test_a_new_name_keeps_the_record_and_its_old_name(bring, session) -> None:
    bring("Camera,Roads,R-1,x,Pilot,,,,\n")
    number = only(session).number
    bring("Street camera,Roads,R-1,x,Pilot,,,,\n", "later.csv")
    one = only(session)
    assert (one.number, one.title, one.title_key) == (number, "Street camera", "street camera")
    event = session.scalars(sa.select(Event).where(Event.kind == EventKind.RECORD_REIMPORTED)).one()
    assert event.details["changes"]["title"] == ["Camera", "Street camera"]
    found = source_of(session, one.id)
    assert (found.file_name, dict(found.cells)["title"]) == ("later.csv", "Street camera")
    assert [row[0] for row in found.earlier] == ["ours.csv"]


def test_silence_in_a_later_file_erases_nothing(bring, session) -> None:
    bring("Camera,Roads,R-1,Nobody counts,Pilot,2021-05,,,Traffic\n")
    done = bring("Camera,Roads,R-1,,,,,,\n", "later.csv")
    assert (done.counts["updated"], done.counts["unchanged"]) == (1, 0), "a changed row is never unchanged"
    one = only(session)
    assert (one.stage, one.summary, one.unit_id is None) == (Stage.PILOT, "Nobody counts", False)
    assert count(session, StatedDate) == 1


def test_a_record_worked_on_here_is_left_alone(bring, session) -> None:
    bring("Camera,Roads,R-1,x,Pilot,,,,\n")
    session.add(Pilot(proposal_id=only(session).id, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)))
    done = bring("Renamed,Roads,R-1,y,Retired,,,,\n", "later.csv")
    assert (done.counts["unchanged"], done.counts["left"]) == (0, 1)
    assert (only(session).title, only(session).stage) == ("Camera", Stage.PILOT)
    row = session.scalars(sa.select(ImportedRow).order_by(ImportedRow.id.desc()).limit(1)).one()
    assert (row.state, row.notes) == (
        RowState.LEFT,
        ["The record is worked on here, so the file changed nothing in it."],
    )
    assert row.cells[0] == "Renamed", "what the file said is kept all the same"


def test_a_changed_cell_of_an_unmapped_column_is_an_update(app, session, tmp_path) -> None:
    path, counts = tmp_path / "ours.csv", []
    for budget, day in (("5", "3/14/2026"), ("6", "3/14/2026"), ("6", "2026-03-14")):
        path.write_text(
            f"title,agency name,problem,stage,started,Budget\nCamera,Roads,x,Pilot,{day},{budget}\n", "utf-8"
        )
        session.commit()
        done = import_file(app, path, Answers(), tell=lambda line: None)
        counts.append((done.counts["created"], done.counts["updated"], done.counts["unchanged"]))
    assert counts == [(1, 0, 0), (0, 1, 0), (0, 0, 1)], "another spelling of the same day is no change"
    session.expire_all()
    notes = session.scalars(sa.select(ImportedRow.notes).order_by(ImportedRow.id)).all()
    assert notes == [[], ["“Budget” changed"], []]


def test_a_renamed_agency_keeps_its_records_and_a_near_name_is_asked_about(
    app, bring, session, world, now
) -> None:
    bring("Camera,Department of Roads,R-1,x,Pilot,,,,\n")
    roads = session.scalars(sa.select(Agency)).one()
    admin = world.person("Ada", Role.ADMINISTRATOR)
    change_agency(
        session,
        world.actor(admin),
        now,
        roads.id,
        AgencyDetails("Department of Mobility"),
        seen=roads.version,
    )
    done = bring(
        "Camera,Department of Roads,R-1,x,Pilot,,,,\nBridge,Department of Mobility,R-2,x,Pilot,,,,\n"
    )
    assert (done.counts["unchanged"], done.counts["created"]) == (1, 1)
    assert (count(session, Agency), count(session, Proposal)) == (1, 2)

    path = tmp = Path(app.instance_path) / "near.csv"
    path.parent.mkdir(exist_ok=True)
    tmp.write_text(
        HEADER + "Camera,Dept of Mobility,R-1,x,Pilot,,,,\nRail,Rail Board,R-9,x,Pilot,,,,\n", "utf-8"
    )
    session.commit()
    with pytest.raises(Unsettled) as caught:
        import_file(app, path, Answers(), tell=lambda line: None)
    assert [(line.given_name, [code for code, _ in line.alike]) for line in caught.value.agencies] == [
        ("Dept of Mobility", ["DR"]),
        ("Rail Board", []),
    ]
    session.rollback()
    said = Answers(agency_is={"Dept of Mobility": "dr"}, new_agencies=True)
    done = import_file(app, path, said, tell=lambda line: None)
    assert (done.counts["updated"], done.counts["created"], done.counts["agencies"]) == (1, 1, 1)
    assert (count(session, Agency), count(session, Proposal)) == (2, 3)


def test_agencies_are_found_by_code_and_name(bring, session, world) -> None:
    roads = world.agency("RD", "Department of Roads", next_number=8)
    bring("Camera,department of  ROADS,R-1,x,Pilot,,,,\nBridge,RD,R-2,x,Pilot,,,,\n")
    assert session.scalars(sa.select(Proposal.number).order_by(Proposal.number)).all() == [
        "RD-0008",
        "RD-0009",
    ]
    assert (count(session, Agency), roads.next_number) == (1, 10)


def test_two_spellings_of_a_name_are_one_agency_and_one_unit(bring, session) -> None:
    bring(
        "Camera,Office of Gestión,R-1,x,Pilot,,,,Peña\nBridge,Office of Gestio\u0301n,R-2,x,Pilot,,,,PEN\u0303A\n"
    )
    assert (count(session, Agency), count(session, Unit), count(session, Proposal)) == (1, 1, 2)


def test_refused_rows_are_kept_with_their_reason(bring, session) -> None:
    done = bring("Camera,,R-1,x,Pilot,,,,\n,Roads,,,Pilot,,,,\nBridge,Roads,R-2,x,Pilot,,,,\n")
    assert (done.counts["created"], done.counts["refused"]) == (1, 2)
    rows = session.scalars(sa.select(ImportedRow).order_by(ImportedRow.row_number)).all()
    assert [(row.row_number, row.state, row.reason) for row in rows] == [
        (2, RowState.REFUSED, "no agency"),
        (3, RowState.REFUSED, "no title, no id and no description"),
        (4, RowState.CREATED, ""),
    ]


def test_a_dry_run_and_a_failure_change_nothing(app, session, tmp_path) -> None:
    session.commit()
    path = tmp_path / "ours.csv"
    path.write_text(
        HEADER + "".join(f"Camera {n},Roads,R-{n},x,Pilot,2020,,,U{n}\n" for n in range(700)), "utf-8"
    )
    done = import_file(app, path, Answers(dry_run=True), tell=lambda line: None)
    assert (done.counts["created"], done.dry_run) == (700, True)

    def fail(line: str) -> None:
        if line.startswith("Writing the history"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_file(app, path, Answers(), tell=fail)
    session.expire_all()
    for model in (Proposal, Agency, Unit, Event, ImportBatch, ImportedRow, InventoryIdentity):
        assert count(session, model) == 0, model


def test_unknown_headers_and_foreign_files_are_said(app, session, tmp_path) -> None:
    path = tmp_path / "theirs.csv"
    path.write_text("Project,Dept\nCamera,Roads\n", "utf-8")
    with pytest.raises(Unsettled, match=r"theirs\.csv"):
        import_file(app, path, Answers(), tell=lambda line: None)
    path.write_bytes(b"%PDF-1.7")
    with pytest.raises(ImportProblem, match="a PDF"):
        import_file(app, path, Answers(), tell=lambda line: None)


def test_many_events_are_chained_as_single_ones_are(session, world, now) -> None:
    proposal = world.proposal()
    record(session, SYSTEM, now, EventKind.DEMONSTRATION_LOADED)
    many = [
        Happening(EventKind.RECORD_IMPORTED, proposal.id, proposal.agency_id, {"file": "é.csv", "row": row})
        for row in range(3)
    ]
    assert record_many(session, SYSTEM, now + timedelta(seconds=1), many) == 3
    record(session, SYSTEM, datetime(2026, 1, 1, tzinfo=UTC), EventKind.DEMONSTRATION_LOADED)
    assert record_many(session, SYSTEM, now, []) == 0
    assert check_chain(session) == 5
    stored = session.scalars(sa.select(Event.details).where(Event.kind == EventKind.RECORD_IMPORTED)).all()
    assert [json.dumps(one["row"]) for one in stored] == ["0", "1", "2"]
