"""The end of the way: how leadership sees what was scaled, and what its history tells."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

from playwright.sync_api import Download, Page, expect

from tests.journeys import story
from tests.journeys.idea_path import Way, assert_pdf_says
from tests.journeys.pilot_path import find


def leadership_sees_it(way: Way) -> None:
    sage = way.people("sage.rivers")
    sage.shoot("Sage sees the portfolio at a glance")
    expect(sage.main.locator(".tiles li", has_text="Scaled in").locator("strong")).to_have_text("1")
    find(sage, way)
    sage.sees("38.9", "The goal was met.", story.LESSON, "$3,121")
    assert sage.charts().count() >= 3
    sage.shoot("Sage opens the pilot's page")
    with sage.page.expect_download() as waiting:
        sage.follow("Report as PDF")
    assert_pdf_says(Path(waiting.value.path()), story.TITLE, way.number, "38.9")

    sage.menu("Portfolio")
    sage.page.get_by_label("Stage").select_option(label="Scale")
    sage.page.get_by_role("button", name="Apply filters").click()
    row = sage.main.get_by_role("row", name=story.TITLE)
    for words in ("Scale", "4.1", "3 reviews", "$24,000", "$3,121"):
        expect(row).to_contain_text(words)
    sage.shoot("Sage filters the portfolio")
    _downloads_say(sage.page, way)

    sage.menu("Statistics")
    row = sage.main.get_by_role("table", name="The records behind it").first.get_by_role("row", name="Scale")
    expect(row.get_by_role("cell").nth(1)).to_have_text("1")
    assert sage.charts().count() >= 5
    sage.shoot("Sage reads the statistics")


def _downloads_say(page: Page, way: Way) -> None:
    rows = list(csv.DictReader(io.StringIO(_download(page, "Download all as CSV").decode("utf-8-sig"))))
    assert [row["Number"] for row in rows] == [way.number]
    assert story.TITLE in rows[0].values()
    sheet = zipfile.ZipFile(io.BytesIO(_download(page, "Download all as Excel (XLSX)")))
    cells = "".join(sheet.read(name).decode() for name in sheet.namelist() if name.endswith(".xml"))
    assert way.number in cells
    assert story.TITLE in cells


def _download(page: Page, name: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name).click()
    found: Download = waiting.value
    return Path(found.path()).read_bytes()


STATIONS = (
    "Robin Marsh started the proposal.",
    "Robin Marsh attached “letter of support.pdf”.",
    "Robin Marsh asked for the agency's sign-off.",
    "Morgan Field signed off and submitted revision 1.",
    "Alex Meadow asked the agency for more information.",
    "Robin Marsh answered the question.",
    "Alex Meadow decided at Screening: Moved on. Every must-meet is met.",
    "Alex Meadow assigned the proposal to Taylor Brook for review.",
    "Sam Canyon handed in a review.",
    "Quinn Valley decided at Selection: Moved on. " + story.REASON_G1,
    f"Charlie Grove defined the metric “{story.METRIC}”.",
    "Quinn Valley decided at Launch: Moved on, with conditions. " + story.REASON_G2,
    "Charlie Grove recorded an expense of $3,120.50 for Messages of the first two weeks.",
    f"Charlie Grove recorded 10 readings of “{story.METRIC}”.",
    f"Emery Stone verified 10 readings of “{story.METRIC}”.",
    "Alex Meadow sent the progress report for First ten weeks back: Say what the readings show so far.",
    "Alex Meadow accepted the progress report for First ten weeks.",
    f"Charlie Grove closed the condition “{story.CONDITION}”.",
    "Quinn Valley decided at Midpoint: Moved on. " + story.REASON_G3,
    "Charlie Grove wrote down a lesson.",
    "Charlie Grove changed what is prepared for scaling.",
    "Morgan Field accepted the product.",
    "Drew Summit decided at Scale: Moved on. " + story.REASON_G4,
)


def the_history_tells_it(way: Way) -> None:
    sage = way.people("sage.rivers")
    find(sage, way)
    sage.side("History")
    sage.shoot("Sage reads the history")
    told: list[str] = []
    while True:
        told += sage.main.locator(".sentence").all_inner_texts()
        older = sage.main.get_by_role("link", name="Older")
        if not older.count():
            break
        sage.page.goto(older.get_attribute("href") or "")
    order = [sentence for sentence in reversed(told) if sentence in STATIONS]
    assert order == list(STATIONS)
    assert [sentence for sentence in told if re.search(r"%\(|\bNone\b", sentence)] == []
