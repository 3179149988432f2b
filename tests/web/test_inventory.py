"""The imports' pages: a file handed in, looked over, brought in, given back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from incubator.domain.roles import Role
from incubator.domain.stages import Origin, Stage
from incubator.models.inventory import HeaderMapping, ImportBatch, ImportState
from incubator.models.proposals import Proposal
from incubator.web.inventory.uploads import shown_name
from tests.browser import Browser, Page, form_values
from tests.jobs.working import work_off

OWN = (
    "title,agency_name,external_id,problem,stage,started,Budget,Contact email\n"
    "Faster forms,Department of Health,H-1,Forms take weeks,Pilot,2024-03,=1+1,ann@example.gov\n"
    "Road camera,Department of Roads,R-7,Nobody counts,Planned,,50,bob@example.gov\n"
    "No agency at all,,X-1,Lost,Pilot,2020,1,eve@example.gov\n"
)
FOREIGN = "Project name,Dept,Phase\nFaster forms,Health,Piloting\nOld thing,Health,Sunset\n"


def file(content: str | bytes, name: str = "ours.csv") -> tuple[io.BytesIO, str]:
    return io.BytesIO(content.encode() if isinstance(content, str) else content), name


@pytest.fixture
def coordinator(world, browser) -> Browser:
    return browser(world.person("Cora Coordinator", Role.COORDINATOR))


@pytest.fixture
def previewed(app: Flask, coordinator: Browser, session: Session, now) -> Callable[..., Page]:
    def hand_in(content: str | bytes, name: str = "ours.csv") -> Page:
        page = coordinator.submit("/imports", holding="file", file=file(content, name))
        assert "Being read" in page.text
        assert set(work_off(app, now)) == {"finished"}
        session.expire_all()
        return coordinator.get(page.url)

    return hand_in


def test_a_file_is_looked_over_before_anything_changes(previewed, session) -> None:
    page = previewed(OWN)
    assert page.heading == "ours.csv"
    tiles = page.texts("li")
    assert "New records2would be made" in tiles
    assert "Updated0would change" in tiles
    assert "Refused1" in tiles
    assert "no agency" in page.texts("td")
    assert "DH · Department of Health new" in page.texts("td")
    assert "example.gov" not in page.html, "contact addresses are shown nowhere"
    assert "March 2024“2024-03”" in page.text, "as exact as the file, and no more"
    assert "2024-03-01" not in page.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Proposal)) == 0


def test_the_rows_come_in_and_can_be_had_again(app, coordinator, previewed, session, now) -> None:
    page = previewed(OWN)
    page = coordinator.submit(page, holding="Import these rows")
    assert "Being imported" in page.text
    assert set(work_off(app, now)) == {"finished"}
    page = coordinator.get(page.url)
    assert "2 of 3 rows are in" in page.text
    assert "1 row was refused." in page.text

    records = session.scalars(sa.select(Proposal).order_by(Proposal.id)).all()
    assert [(one.number, one.title, one.stage, one.origin, one.due_on) for one in records] == [
        ("DH-0001", "Faster forms", Stage.PILOT, Origin.INVENTORY, None),
        ("DR-0001", "Road camera", Stage.IDEA, Origin.INVENTORY, None),
    ]
    source = coordinator.client.get(f"{page.url}/source.csv")
    assert (
        source.headers["Content-Disposition"]
        == f"attachment; filename=import-{page.url.rsplit('/', 1)[1]}-source.csv"
    )
    back = list(csv.reader(io.StringIO(source.text.removeprefix("\ufeff"))))
    kept = [row[:7] for row in csv.reader(io.StringIO(OWN))]
    kept[1][6] = "'=1+1"  # a spreadsheet must not run it
    assert back == kept

    refused = list(csv.reader(io.StringIO(coordinator.client.get(f"{page.url}/refused.csv").text)))
    assert refused[1] == ["4", "no agency", "No agency at all", "", "X-1", "Lost", "Pilot", "2020", "1"]
    report = coordinator.client.get(f"{page.url}/report.json").json
    assert report["outcome"]["created"] == 2
    assert report["dropped"] == {"Contact email": 3}
    assert "@example.gov" not in json.dumps(report)

    rows = coordinator.get(f"{page.url}/rows?state=refused")
    assert "Showing 1 row" in rows.text
    assert "no agency" in rows.text
    cells = coordinator.get("/pilots/DH-0001/source")
    assert "row 2" in cells.text
    assert "“2024-03”" in cells.text
    assert "March 2024" in cells.text
    assert "Month only" in cells.text
    assert "=1+1" in cells.text


def test_the_uploaded_file_is_gone_once_its_rows_are_in(app, coordinator, previewed, session, now) -> None:
    page = previewed(OWN)
    batch = session.scalars(sa.select(ImportBatch)).one()
    path = app.config["SETTINGS"].uploads / batch.storage_key
    assert path.stat().st_mode & 0o077 == 0
    coordinator.submit(page, holding="Import these rows")
    work_off(app, now)
    assert not path.exists(), "it held contact addresses"


def test_a_discarded_file_leaves_nothing(app, coordinator, previewed, session, now) -> None:
    page = previewed(OWN)
    path = app.config["SETTINGS"].uploads / session.scalars(sa.select(ImportBatch.storage_key)).one()
    coordinator.submit(page, holding="Discard this file")
    session.expire_all()
    assert session.scalars(sa.select(ImportBatch)).one().state is ImportState.DISCARDED
    assert not path.exists()
    assert session.scalar(sa.select(sa.func.count()).select_from(Proposal)) == 0


def test_unknown_columns_are_asked_about_once(app, coordinator, previewed, session, now) -> None:
    page = previewed(FOREIGN, "theirs.csv")
    assert "What its columns mean." in page.text
    questions = coordinator.get(f"{page.url}/columns")
    refused = coordinator.submit(
        questions, {"column_1": "", "column_0": "title", "column_2": "stage"}, holding="column_0", status=422
    )
    assert "Say which column holds the agency, or which agency the whole file is from." in refused.text

    answer = {"column_0": "title", "column_1": "agency_name", "column_2": "stage"}
    page = coordinator.submit(questions, answer, holding="column_0")
    work_off(app, now)
    page = coordinator.get(page.url)
    assert "1 word for a stage is not known here" in page.text
    words = coordinator.get(f"{page.url}/columns")
    assert "sunset" in words.text
    page = coordinator.submit(words, {"word_0": "closed"}, holding="word_0")
    work_off(app, now)
    page = coordinator.get(page.url)
    assert "for a stage is not known here" not in page.text
    session.expire_all()
    assert session.scalars(sa.select(HeaderMapping)).one().mapping["stage_words"] == {"sunset": "closed"}

    other = FOREIGN.replace("Old thing", "New thing").replace("Sunset", "sunset")
    again = previewed(other, "next year.csv")
    assert "Ready to import" in again.text, "the same headers are not asked about again"
    session.expire_all()
    newest = session.scalars(sa.select(ImportBatch).order_by(ImportBatch.id.desc())).first()
    assert newest.report["stages"] == {"pilot": 1, "closed": 1}


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "empty.csv", "The file is empty."),
        (b"%PDF-1.7 a,b\n1,2\n", "table.csv", "This file is a PDF, not a table."),
        (b"\x89PNG\r\n\x1a\n", "table.xlsx", "This file is a picture, not a table."),
        (b"<!DOCTYPE html><script>alert(1)</script>", "table.csv", "This file is a web page or XML"),
        (
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
            "a.xml",
            "a web page or XML",
        ),
        (b"\x7fELF" + bytes(4096), "table.csv", "it holds binary data"),
    ],
)
def test_what_is_no_table_is_refused_at_once(app, coordinator, session, content, name, message) -> None:
    before = set(app.config["SETTINGS"].uploads.glob("*"))
    page = coordinator.submit("/imports", holding="file", file=file(content, name), status=422)
    assert message in page.text
    assert session.scalar(sa.select(sa.func.count()).select_from(ImportBatch)) == 0
    assert set(app.config["SETTINGS"].uploads.glob("*")) == before, "nothing is left behind"


def test_no_file_is_said_beside_the_field(coordinator) -> None:
    page = coordinator.submit("/imports", holding="file", status=422)
    assert "Choose a file." in page.texts("p", "error-message")[0]


def test_a_damaged_workbook_is_told_after_reading(previewed) -> None:
    page = previewed(b"PK\x03\x04" + b"\0" * 400, "table.xlsx")
    assert "This file could not be used" in page.text
    assert "damaged" in page.text


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\CON.csv", "CON.csv"),
        ("\u202egnp.csv", "gnp.csv"),
        ("a\x00b.csv", "ab.csv"),
        ("<svg onload=alert(1)>.csv", "<svg onload=alert(1)>.csv"),
        ("x" * 300 + ".csv", "x" * 115 + "….csv"),
        (" . ", "inventory"),
    ],
)
def test_a_file_name_is_words_only(sent, shown) -> None:
    assert shown_name(sent) == shown


def test_a_hostile_file_name_is_text_on_every_page(coordinator, previewed) -> None:
    page = previewed(OWN, "<img src=x onerror=alert(1)>.csv")
    assert page.heading == "<img src=x onerror=alert(1)>.csv"
    assert "<img" not in page.html
    assert "<img" not in coordinator.get("/imports").html


def test_a_double_click_imports_once(app, coordinator, previewed, session, now) -> None:
    page = previewed(OWN)
    form = page.form(holding="Import these rows")
    values = form_values(form)
    first = coordinator.post(form.get("action"), values, status=303, follow=False)
    second = coordinator.post(form.get("action"), values, status=303, follow=False)
    assert first.response.location == second.response.location
    assert set(work_off(app, now)) == {"finished"}
    assert session.scalar(sa.select(sa.func.count()).select_from(Proposal)) == 2


def test_only_those_for_all_agencies_import(world, browser, previewed, session) -> None:
    batch = previewed(OWN).url
    agency = world.agency("HL")
    for roles in ((Role.REVIEWER,), ((Role.AGENCY_LEAD, agency),), ((Role.COORDINATOR, agency),)):
        visitor = browser(world.person("", *roles))
        for url in (
            "/imports",
            batch,
            f"{batch}/rows",
            f"{batch}/columns",
            f"{batch}/report.json",
            f"{batch}/source.csv",
            f"{batch}/refused.csv",
            "/imports/merges",
        ):
            visitor.get(url, status=403)
        for action in ("import", "discard", "read"):
            visitor.post(f"{batch}/{action}", {"csrf_token": visitor.token()}, status=403)
    session.expire_all()
    assert session.scalars(sa.select(ImportBatch)).one().state is ImportState.PREVIEWED


def test_pairs_are_decided_by_people(app, coordinator, previewed, session, now) -> None:
    twins = (
        "title,agency_name,external_id,problem,stage\n"
        "Faster forms online,Health,1,a,Pilot\nFaster forms on-line,Health,2,b,Pilot\n"
        "Road camera,Health,3,a,Pilot\nRoad  Camera,Health,4,b,Idea\n"
    )
    page = previewed(twins)
    coordinator.submit(page, holding="Import these rows")
    work_off(app, now)
    page = coordinator.get("/imports/merges")
    assert "Showing 1–2 of 2 pairs" in page.text
    page = coordinator.submit(page, holding="Keep HEAL-0003")
    assert "Merged into HEAL-0003." in page.text
    gone = session.scalars(sa.select(Proposal).where(Proposal.number == "HEAL-0004")).one()
    kept = session.scalars(sa.select(Proposal).where(Proposal.number == "HEAL-0003")).one()
    assert (gone.stage, gone.outcome.value, gone.merged_into_id) == (Stage.CLOSED, "merge", kept.id)
    page = coordinator.submit(page, holding="They are two: keep both HEAL-0001, HEAL-0002")
    assert "No pair waits for a decision" in page.text

    page = previewed(twins.replace("Idea", "Retired"))
    coordinator.submit(page, holding="Import these rows")
    work_off(app, now)
    session.expire_all()
    assert (kept.stage, gone.outcome.value) == (Stage.PILOT, "merge"), "the merged one's row changes neither"
    assert "No pair waits for a decision" in coordinator.get("/imports/merges").text


@pytest.mark.parametrize("count", [1, 3])
def test_the_lists_cost_the_same_whatever_their_length(
    app, coordinator, previewed, session, statements, now, count
) -> None:
    for number in range(count):
        page = previewed(OWN.replace("H-1", f"H-{number}").replace("Faster", f"F{number}"))
        coordinator.submit(page, holding="Import these rows")
        work_off(app, now)
    for url, most in (("/imports", 4), (page.url, 4), (f"{page.url}/rows", 4), ("/imports/merges", 3)):
        with statements() as seen:
            coordinator.get(url)
        assert len(seen) == most, (url, seen)


OFFICIAL = (
    "Use Case Name,Bureau/Component,Stage of Development,Is the AI use case high-impact?,"
    "Date when AI use case became operational\n"
    "Faster forms,Bureau of Land,Pilot,No,\nRoad camera,Bureau of Land,Deployed,No,03/31/2024\n"
)


def test_the_official_template_of_one_agency_is_asked_for_its_agency_and_never_remembers_it(
    app, coordinator, previewed, session, world, now
) -> None:
    world.agency("DOI", "Department of the Interior")
    world.agency("HUD", "Department of Housing")
    session.commit()
    page = previewed(OFFICIAL, "2025_DOI_inventory.csv")
    assert "Which agency it is from: no column says so." in page.text
    questions = coordinator.get(f"{page.url}/columns")
    assert "Proposed because of the file's name." in questions.text
    page = coordinator.submit(questions, holding="column_0")
    work_off(app, now)
    page = coordinator.get(page.url)
    assert page.texts("td")[:3] == ["DOI · Department of the Interior", "same name", "2"]
    coordinator.submit(page, holding="Import these rows")
    work_off(app, now)
    session.expire_all()
    assert {one.number for one in session.scalars(sa.select(Proposal))} == {"DOI-0001", "DOI-0002"}
    assert session.scalars(sa.select(HeaderMapping.mapping)).one()["agency_name"] == ""

    other = previewed(OFFICIAL.replace("Faster", "Other"), "HUD inventory.csv")
    assert "Which agency it is from: no column says so." in other.text, (
        "asked anew, not credited to the first"
    )
    assert 'value="Department of Housing"' in coordinator.get(f"{other.url}/columns").html


def test_an_agency_that_is_not_known_is_settled_before_its_rows_come_in(
    app, coordinator, previewed, session, world, now
) -> None:
    world.agency("BIS", "Bureau of Industry and Security")
    session.commit()
    rows = "title,agency_name,problem,stage\nA,Bureau of Industry & Security,x,Pilot\nB,USTDA,x,Pilot\n"
    page = previewed(rows)
    assert "2 agencies are not known here" in page.text
    with pytest.raises(AssertionError, match="no such form"):
        coordinator.submit(page, holding="Import these rows")
    asked = coordinator.get(f"{page.url}/agencies")
    assert 'value="USTDA"' in asked.html, "the acronym is the code"
    refused = coordinator.submit(asked, holding="agency_0", status=422)
    assert "Choose the agency that “Bureau of Industry & Security” means." in refused.text
    page = coordinator.submit(asked, {"agency_0": "BIS"}, holding="agency_0")
    work_off(app, now)
    page = coordinator.get(page.url)
    coordinator.submit(page, holding="Import these rows")
    work_off(app, now)
    session.expire_all()
    assert {one.number for one in session.scalars(sa.select(Proposal))} == {"BIS-0001", "USTDA-0001"}
    again = previewed(rows.replace("A,", "C,"))
    assert "another name of it" in again.text, "the answer is kept as another name of the agency"


def test_an_undecided_order_of_day_and_month_is_asked(
    app, coordinator, previewed, session, world, now
) -> None:
    rows = "title,agency_name,problem,stage,started\nA,Roads,x,Pilot,01.07.2026\n"
    page = previewed(rows)
    assert "Whether the month or the day comes first in “started”." in page.text
    questions = coordinator.get(f"{page.url}/columns")
    refused = coordinator.submit(questions, holding="order_0", status=422)
    assert "Choose whether the month or the day comes first." in refused.text
    page = coordinator.submit(questions, {"order_0": "dmy"}, holding="order_0")
    work_off(app, now)
    page = coordinator.get(page.url)
    assert {"day, month, year", "You chose it"} <= set(page.texts("td"))
    assert "July 1, 2026" in page.text


def test_a_sheet_and_its_row_of_names_can_be_chosen_and_others_imported_too(
    app, coordinator, previewed, session, now
) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Title", "Agency Name", "Problem", "Stage"])
    book.active.append(["A", "Roads", "x", "Pilot"])
    other = book.create_sheet("Closed")
    for row in (["Title", "Agency Name", "Problem", "Stage"], ["B", "Roads", "x", "Retired"]):
        other.append(row)
    lists = book.create_sheet("Lists")
    lists.sheet_state = "hidden"
    for number in range(50):
        lists.append([f"choice {number}"] * 9)
    content = io.BytesIO()
    book.save(content)
    page = previewed(content.getvalue(), "book.xlsx")
    assert "sheet “Sheet”" in page.text
    assert "Hidden sheet not read" in page.text
    choice = coordinator.get(f"{page.url}/table")
    assert "Lists (50 rows), hidden in Excel" in choice.text
    coordinator.submit(choice, {"more": ["Closed"]}, holding="header_row")
    work_off(app, now)
    session.expire_all()
    batches = session.scalars(sa.select(ImportBatch).order_by(ImportBatch.id)).all()
    assert [(one.state, one.report["sheet"], one.report["preview"]["created"]) for one in batches] == [
        (ImportState.PREVIEWED, "Sheet", 1),
        (ImportState.PREVIEWED, "Closed", 1),
    ]


def test_an_imported_record_claims_no_more_than_its_source(
    app, coordinator, previewed, session, now, browser, world
) -> None:
    page = previewed(
        "title,agency_name,external_id,problem,stage,high_impact\n"
        "Claims reader,Department of Health,H-1,Slow,Deployed,High-impact\n"
        "Old reader,Department of Health,H-2,Slow,Retired,\n"
    )
    coordinator.submit(page, holding="Import these rows")
    work_off(app, now)
    session.expire_all()
    bar = coordinator.get("/pilots/DH-0001").texts("ol", "stages")[0]
    assert bar == "Idea not recordedDesign not recordedPilot not recordedScale not recordedIn service"
    assert "In this stageSince when is not recorded" in coordinator.get("/pilots/DH-0001/gates").text
    assert "Impact: “High-impact”." in coordinator.get("/pilots/DH-0001/ai").text
    ended = coordinator.get("/pilots/DH-0002")
    assert "Stopped" not in ended.text
    assert "The source doesn’t say how or why the work ended." in ended.text
    assert "Read the decision" not in ended.text
    assert ended.texts("ol", "stages") == [], "nobody recorded how far it came"
    leader = browser(world.person("Lou", Role.LEADERSHIP))
    assert f"Scaled in {now.year}0" in leader.get("/").text, "no source says that it was this year"
