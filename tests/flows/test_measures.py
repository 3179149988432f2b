"""Published measures become records, metrics, readings and targets, once."""

from __future__ import annotations

import time
from datetime import date

import pytest

from incubator.domain.errors import Forbidden
from incubator.domain.events import EventKind
from incubator.domain.pilots import CriterionKind, Direction
from incubator.domain.roles import Actor, Grant, Role
from incubator.domain.stages import Origin, Provenance, Stage
from incubator.flows import measures as flow
from incubator.imports.measures import read_measures, understand
from incubator.imports.tables import read_text
from incubator.models.agencies import Agency
from incubator.models.evaluation import MetricTarget
from incubator.models.history import Event
from incubator.models.inventory import ImportBatch, ImportedRow, RowState
from incubator.models.pilots import Metric, Reading
from incubator.models.proposals import Proposal
from incubator.queries.inventory import source_of

HEADER = "edition,department,program,measure,period_label,value"
FILE = [
    "fy18_adopted,Parks,Maintenance,% of requests completed on time,FY16 Actual,90%",
    "fy18_adopted,Parks,Maintenance,% of requests completed on time,FY17 Target,95%",
    "fy19_adopted,Parks,Maintenance,% of requests completed on time,FY17 Actual,92%",
    "fy18_adopted,Parks,Maintenance,# of trees,FY16 Actual,N/A",
    "fy18_adopted,Parks,Maintenance,# of trees,FY17 Target,1 Hour%",
    "fy18_adopted,Parks,Design,# of plans,FY15 Actual,",
]
CLERK = Actor(person_id=None, name="Command line", grants=(Grant(Role.ADMINISTRATOR),))


def bring_in(session, now, lines, name="measures.csv"):
    return flow.import_measures(
        session, CLERK, now, understand(read_text("\n".join([HEADER, *lines]), name=name)),
        source_url="https://example.gov/budget",
    )  # fmt: skip


def test_programs_become_records_and_measures_metrics(session, now):
    done = bring_in(session, now, FILE)
    assert (done.agencies, done.records, done.metrics, done.readings, done.targets) == (1, 2, 3, 2, 2)
    agency = session.query(Agency).filter_by(name="Parks").one()
    records = session.query(Proposal).filter_by(agency_id=agency.id).order_by(Proposal.id).all()
    assert [(r.title, r.stage, r.origin, r.due_on) for r in records] == [
        ("Maintenance", Stage.IN_SERVICE, Origin.INVENTORY, None),
        ("Design", Stage.IN_SERVICE, Origin.INVENTORY, None),
    ]
    on_time, trees, plans = session.query(Metric).filter(Metric.source_key.is_not(None)).order_by(Metric.id)
    assert (on_time.unit, on_time.direction, on_time.kind, on_time.target, on_time.provenance) == (
        "%",
        Direction.UP,
        CriterionKind.GOAL,
        95.0,
        Provenance.PUBLISHED,
    )
    assert [m.kind for m in (trees, plans)] == [CriterionKind.CONTEXT, CriterionKind.CONTEXT]
    readings = session.query(Reading).filter_by(metric_id=on_time.id).order_by(Reading.taken_on).all()
    assert [(r.taken_on, r.value, r.note) for r in readings] == [
        (date(2016, 6, 30), 90.0, "FY16, FY18 adopted: written “90%”"),
        (date(2017, 6, 30), 92.0, "FY17, FY19 adopted: written “92%”"),
    ]
    (words,) = session.query(MetricTarget).filter_by(metric_id=trees.id)
    assert (words.label, words.edition, words.due_on, words.value, words.written) == (
        "FY17",
        "FY18 adopted",
        date(2017, 6, 30),
        None,
        "1 Hour%",
    )
    event = session.query(Event).filter_by(kind=EventKind.MEASURES_IMPORTED).one()
    assert (event.details["count"], event.details["source"], event.details["unclear"]) == (
        3,
        "measures.csv",
        [[5, "# of trees", "N/A"], [6, "# of trees", "1 Hour%"]],
    )


def test_every_row_is_kept_with_its_cells(session, now):
    bring_in(session, now, [*FILE, "2018,Parks,Maintenance,# of trees,FY16 Actual,3"])
    batch = session.query(ImportBatch).one()
    rows = session.query(ImportedRow).filter_by(batch_id=batch.id).order_by(ImportedRow.row_number).all()
    assert [(row.row_number, row.state, row.notes, row.reason) for row in rows[3:]] == [
        (5, RowState.CREATED, ["said not to be available"], ""),
        (6, RowState.CREATED, ["not understood"], ""),
        (7, RowState.CREATED, ["blank"], ""),
        (8, RowState.REFUSED, [], "The edition “2018” is not known."),
    ]
    assert dict(zip(batch.columns, rows[4].cells, strict=True))["value"] == "1 Hour%"
    assert batch.report["outcome"]["created"] == 6
    maintenance = session.query(Proposal).filter_by(title="Maintenance").one()
    assert source_of(session, maintenance.id).file_name == "measures.csv"


def test_the_same_file_again_changes_nothing(session, now):
    bring_in(session, now, FILE)
    before = [
        session.query(kind).count() for kind in (Event, Proposal, Metric, Reading, MetricTarget, ImportBatch)
    ]
    done = bring_in(session, now, FILE)
    after = [
        session.query(kind).count() for kind in (Event, Proposal, Metric, Reading, MetricTarget, ImportBatch)
    ]
    assert (done.changes, after) == (0, before)


def test_a_changed_file_corrects_what_was_imported_and_keeps_what_a_person_wrote(session, world, now):
    bring_in(session, now, FILE)
    theirs = session.query(Reading).filter_by(taken_on=date(2016, 6, 30), value=90.0).one()
    theirs.recorded_by_id = world.person("Pat").id
    session.flush()
    changed = [line.replace("90%", "89%").replace("92%", "93%").replace("95%", "96%") for line in FILE]
    done = bring_in(session, now, changed, "later.csv")
    assert (done.corrected, done.kept, done.targets_changed, done.readings, done.records) == (1, 1, 1, 0, 0)
    new = session.query(Reading).filter_by(value=93.0).one()
    old = session.get(Reading, new.replaces_id)
    assert (old.value, old.replaced_at, new.correction_reason) == (
        92.0,
        now,
        "“later.csv” now says otherwise.",
    )
    told = session.query(Event).filter_by(kind=EventKind.READING_CORRECTED).one()
    assert told.details["corrections"] == [{"day": "2017-06-30", "was": 92.0, "is": 93.0}]
    metric = session.query(Metric).filter_by(name="% of requests completed on time").one()
    assert (metric.target, theirs.value, theirs.replaced_at) == (96.0, 90.0, None)
    assert bring_in(session, now, changed, "later.csv").changes == 0


def test_an_agency_that_is_known_by_name_is_used(session, world, now):
    parks = world.agency("PRK", "Parks")
    assert bring_in(session, now, FILE).agencies == 0
    numbers = [r.number for r in session.query(Proposal).filter_by(agency_id=parks.id).order_by(Proposal.id)]
    assert numbers == ["PRK-0001", "PRK-0002"]


def test_a_year_that_is_not_over_has_no_value(session, now):
    done = bring_in(session, now, ["fy18_adopted,Parks,Maintenance,# of trees,FY98 Actual,12"])
    assert (done.ahead, done.readings, session.query(Reading).count()) == (1, 0, 0)


def test_only_who_imports_for_all_agencies_does(session, world, now):
    clerk = world.actor(world.person("Sam", (Role.COORDINATOR, world.agency())))
    with pytest.raises(Forbidden):
        flow.import_measures(session, clerk, now, understand(read_text("\n".join([HEADER, *FILE]))))


def test_the_real_file_goes_in_within_seconds_and_once(session, now, shared_data):
    file = shared_data / "boston_budget" / "boston_performance_measures.csv"
    begun = time.process_time()
    measures = read_measures(file)
    done = flow.import_measures(session, CLERK, now, measures)
    spent = time.process_time() - begun
    assert (done.agencies, done.records, done.metrics, done.readings, done.targets) == (
        40,
        96,
        480,
        686,
        2671,
    )
    assert flow.import_measures(session, CLERK, now, measures).changes == 0
    assert spent < 20
