"""Measures brought in from the command line, and what it says of them."""

from __future__ import annotations

import pytest

from incubator.jobs.agency_answers import UnsettledAgencies, describe_agencies
from incubator.jobs.measures import describe_measures, import_measures_file
from incubator.models.history import Event
from incubator.models.inventory import ImportBatch
from incubator.models.pilots import Metric
from incubator.models.proposals import Proposal

FILE = """\
edition,department,program,measure,period_label,value
fy18_adopted,Parks,Maintenance,% of requests completed on time,FY16 Actual,90%
fy19_adopted,Parks,Maintenance,% of requests completed on time,FY16 Actual,91%
fy18_adopted,Parks,Maintenance,# of trees,FY16 Actual,1 Hour%
fy18_adopted,Parks,Maintenance,# of trees,FY17 Actual,
2018,Parks,Maintenance,# of trees,FY17 Actual,3
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "measures.csv"
    path.write_text(FILE, "utf-8")
    return path


@pytest.fixture
def bring(app, session, file):
    session.commit()

    def run(**more):
        with app.app_context():
            return import_measures_file(app, file, **{"dry_run": False, **more})

    return run


def test_a_dry_run_reports_the_same_and_leaves_nothing(bring, session):
    before = session.query(Event).count()
    dry = bring(dry_run=True)
    assert [session.query(kind).count() for kind in (Proposal, Metric)] == [0, 0]
    assert session.query(Event).count() == before
    done = bring()
    assert dry.done == done.done
    assert [session.query(kind).count() for kind in (Proposal, Metric)] == [1, 2]
    assert describe_measures(dry).endswith("Nothing was changed.")
    assert describe_measures(done).endswith("All of it is in.")
    assert describe_measures(bring()).endswith("Nothing was changed.")


def test_the_report_accounts_for_every_row(bring):
    said = describe_measures(bring()).splitlines()
    assert said[1:7] == [
        "measures.csv",
        "        5 rows read, editions: FY19 adopted, FY18 adopted",
        "        2 a share in percent",
        "        1 not understood",
        "        1 blank",
        "        1 refused",
    ]
    assert "  row 4: “1 Hour%” (# of trees)" in said
    assert "  row 6: The edition “2018” is not known." in said
    assert "  FY16 value “91%”, “90%” in FY18 adopted (% of requests completed on time)" in said
    assert "        1 whose words do not say; they are context and judge nothing" in said


def test_the_page_of_a_measure_shows_its_targets_as_written(bring, browser, world, session, file):
    from incubator.domain.roles import Role

    file.write_text(FILE + "fy18_adopted,Parks,Maintenance,# of trees,FY18 Target,8 Weeks\n", "utf-8")
    bring(source_url="https://example.gov/budget")
    trees = session.query(Metric).filter_by(name="# of trees").one()
    number = session.query(Proposal).one().number
    page = browser(world.person("Lou", Role.LEADERSHIP)).get(f"/pilots/{number}/metrics/{trees.id}")
    assert page.texts("caption")[-1:] == ["Targets by period, newest first"]
    assert page.texts("td")[-4:] == ["June 30, 2018", "FY18 adopted", "8 weeks", "8 Weeks"]
    assert "https://example.gov/budget" in page.links()
    coordinator = browser(world.person("Cora", Role.COORDINATOR))
    assert "measures.csv" in coordinator.get(f"/pilots/{number}/source").text
    batch = session.query(ImportBatch).one()
    assert "The edition “2018” is not known." in coordinator.get(f"/imports/{batch.id}").text
    assert "measures.csv" in coordinator.get("/imports").text


def test_departments_that_nobody_knows_are_asked_about(bring, session, world):
    world.agency("PWKS", "Public Works")
    world.agency("PARK", "Parks and Recreation")
    with pytest.raises(UnsettledAgencies) as asked:
        bring()
    said = describe_agencies(asked.value.lines, "incubator import measures measures.csv")
    assert "1 row of Parks" in said
    assert "may be PARK Parks and Recreation" in said
    assert "  incubator import measures measures.csv --agency-is Parks=PARK" in said.splitlines()
    assert session.query(Proposal).count() == 0
    bring(agency_is={"parks": "PARK"})
    assert [row.number for row in session.query(Proposal)] == ["PARK-0001"]
    assert bring().done.agencies == 0, "the name is known from then on"
