"""The first half of the way: from an idea to its selection."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import expect

from tests.journeys import story
from tests.journeys.conftest import Person

SCORES = {
    "taylor.brook": (5, 4, 4, 4, 5, 4, 3),
    "jordan.ridge": (4, 4, 4, 3, 4, 4, 3),
    "sam.canyon": (5, 5, 4, 4, 4, 4, 4),
}
"""In the order of the rubric, whose weights are 20, 20, 15, 15, 10, 10, 10."""
TOTALS = {"taylor.brook": "4.20", "jordan.ridge": "3.75", "sam.canyon": "4.40"}
NAMES = {"taylor.brook": "Taylor Brook", "jordan.ridge": "Jordan Ridge", "sam.canyon": "Sam Canyon"}


@dataclass(slots=True)
class Way:
    """Who is asked to come along, where files are kept, and the record's number once it has one."""

    people: Callable[..., Person]
    folder: Path
    number: str = ""


def an_idea_is_written(way: Way) -> None:
    robin = way.people("robin.marsh")
    robin.shoot("Robin starts at the home page")
    robin.follow("Propose a pilot")
    robin.reads("Propose a pilot")
    robin.main.get_by_label("Name of the idea").press_sequentially("Meeting disaster survivors")
    similar = robin.main.locator(".similar")
    expect(similar).to_contain_text("Meeting Disaster Survivors Where They Are")
    expect(similar).to_contain_text("DHS-0002")
    robin.shoot("Robin sees a similar proposal")
    robin.fill("Name of the idea", story.TITLE)
    robin.fill("The idea in one breath", story.SUMMARY)
    robin.fill("Sponsor at your agency", "Dana Reef, director of recovery")
    robin.fill("Who is affected, and how many?", "48,000 households a year")
    robin.main.get_by_label("Call", exact=False).select_option(label=_open_call(robin))
    robin.main.get_by_label("Technology").select_option("Digital service or form")
    robin.main.get_by_role("group", name="Does it use artificial").get_by_label("No").check()
    robin.shoot("Robin describes the idea")
    robin.press("Save the idea")
    robin.reads("Write the proposal")
    robin.told("Your idea is saved as DHS-")
    found = re.search(r"/pilots/(DHS-\d{4})/", robin.page.url)
    assert found
    way.number = found[1]
    robin.sees("0 of 12 sections completed", "Autumn 2026 call")


def _open_call(robin: Person) -> str:
    options = robin.main.get_by_label("Call").locator("option").all_inner_texts()
    return next(text for text in options if text.startswith("Autumn 2026 call"))


def the_sections_are_filled(way: Way) -> None:
    robin = way.people("robin.marsh")
    robin.follow("The idea", exact=True)
    robin.press("Save and continue")
    for title, answers in story.SECTIONS.items():
        robin.reads(title)
        for label, text in answers.items():
            if label == "Which, and about whom?":
                robin.main.get_by_label("Yes").check()
            robin.fill(label, text)
        if title == "The problem today":
            expect(robin.main.locator("[data-save-state]")).to_have_text(
                re.compile(r"^Saved \d+:\d\d [ap]\.m\.")
            )
            robin.shoot("Robin writes and it saves itself")
        if title == "Readiness":
            for label, choice in story.CHOICES.items():
                robin.main.get_by_label(label).select_option(label=choice)
        robin.press("Save and continue")
    robin.reads("Write the proposal")
    robin.sees("12 of 12 sections completed")


def a_file_is_attached(way: Way) -> None:
    robin = way.people("robin.marsh")
    letter = way.folder / "letter of support.pdf"
    letter.write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
    robin.follow("Attachments")
    robin.reads("Documents")
    robin.main.get_by_label("File").set_input_files(letter)
    robin.fill("What it is", "Letter of support from the Gulf field office")
    robin.press("Attach")
    robin.sees("letter of support.pdf", "Letter of support from the Gulf field office")
    robin.page.go_back()
    robin.page.go_back()
    robin.page.reload()
    robin.shoot("Robin sees all sections completed")


def sign_off_is_asked_and_given(way: Way) -> None:
    robin = way.people("robin.marsh")
    robin.follow("Check your answers and hand in")
    robin.reads("Check your answers")
    robin.sees("Morgan Field", "letter of support.pdf", "$86,500")
    robin.misses("Something is still missing")
    robin.shoot("Robin checks the answers")
    robin.press("Ask for sign-off")
    robin.told("Your agency's lead is asked to sign off.")
    robin.sees("Waiting for your agency's sign-off")

    morgan = way.people("morgan.field")
    morgan.shoot("Morgan finds it among the own work")
    morgan.main.get_by_role("link", name=story.TITLE).first.click()
    morgan.follow("Read it and see what can be done")
    morgan.reads("Read and sign off")
    morgan.sees(story.MARKET)
    morgan.press("Sign off and hand in")
    morgan.told("Signed off and handed in.")
    morgan.reads("Proposal")
    seal = morgan.main.locator(".seal")
    expect(seal).to_contain_text("Morgan Field")
    expect(seal.locator("dd").nth(1)).to_have_text("1")
    assert re.fullmatch(r"[0-9a-f]{64}", seal.locator("code").inner_text())
    morgan.shoot("Morgan has signed off revision 1")
    with morgan.page.expect_download() as waiting:
        morgan.follow("Download PDF")
    assert_pdf_says(Path(waiting.value.path()), story.TITLE, way.number)


def assert_pdf_says(path: Path, *words: str) -> None:
    assert path.read_bytes().startswith(b"%PDF")
    if shutil.which("pdftotext"):
        text = subprocess.run(
            ["pdftotext", str(path), "-"], capture_output=True, text=True, check=True
        ).stdout
        folded = " ".join(text.split())
        assert [word for word in words if word not in folded] == []


def it_is_screened(way: Way) -> None:
    alex = way.people("alex.meadow")
    alex.main.get_by_role("link", name=story.TITLE).first.click()
    alex.reads("Screening")
    alex.sees("Possible duplicates", "Not yet possible. Missing:", "The agency's lead has signed off")
    alex.main.locator("summary", has_text="Ask the agency for more information").click()
    alex.fill("Your question", story.QUESTION)
    alex.shoot("Alex asks a question")
    alex.press("Send the question")
    alex.sees("Waiting for the agency's answer", story.QUESTION)

    robin = way.people("robin.marsh")
    robin.home()
    robin.shoot("Robin is asked on the home page")
    robin.main.get_by_role("link", name=story.TITLE).first.click()
    robin.sees(story.QUESTION, "A question waits for your answer")
    robin.fill("Your answer", story.ANSWER)
    robin.press("Send the answer")
    robin.sees(story.ANSWER)
    robin.misses("A question waits for your answer")

    alex.home()
    alex.main.get_by_role("link", name=story.TITLE).first.click()
    alex.sees(story.ANSWER, "Robin Marsh")
    for need in ("A real agency problem", "No usable market solution", "Not a duplicate"):
        alex.main.get_by_role("group", name=need).get_by_label("Yes").check()
    alex.main.get_by_label("Note: No usable market solution").fill("None reads the case system.")
    alex.press("Save the checks")
    alex.misses("Not yet possible. Missing:")
    alex.shoot("Alex has confirmed the must-meets")
    alex.press("Pass to review")
    alex.sees("Screening is passed")


def reviewers_are_asked(way: Way) -> None:
    alex = way.people("alex.meadow")
    alex.follow("Ask reviewers, or see how the reviews stand")
    alex.reads("Reviews")
    alex.sees("0 of 3", "3 more reviewers are needed")
    for name in NAMES.values():
        alex.main.get_by_label(name).check()
    alex.shoot("Alex chooses three reviewers")
    alex.press("Ask them")
    for name in NAMES.values():
        expect(alex.main.get_by_role("row", name=name)).to_contain_text("Not begun")


def three_reviewers_score(way: Way) -> None:
    handed_in: list[str] = []
    for who, scores in SCORES.items():
        _score(way, who, scores, handed_in)
        handed_in.append(who)


def _score(way: Way, who: str, scores: tuple[int, ...], handed_in: list[str]) -> None:
    reviewer = way.people(who)
    _sees_nothing_of(reviewer, way.number, handed_in)
    reviewer.menu("My reviews")
    reviewer.follow(story.TITLE)
    reviewer.reads(story.TITLE)
    reviewer.sees(story.MARKET)
    total = reviewer.main.locator("[data-total]")
    expect(total).to_have_text("no scores yet")
    criteria = reviewer.main.locator(".criterion:not(.verdict)")
    expect(criteria).to_have_count(len(scores))
    for place, score in enumerate(scores):
        criterion = criteria.nth(place)
        criterion.get_by_role("radio").nth(score - 1).check()
        criterion.get_by_role("textbox").fill(f"{who} gives {score}: the sections say why.")
        if place == 0:
            expect(total).to_have_text(f"{score}.00")
    expect(total).to_have_text(TOTALS[who])
    verdict = reviewer.main.locator(".verdict")
    verdict.get_by_label("Yes").check()
    verdict.get_by_label("Fairly").check()
    if not handed_in:
        reviewer.shoot("Taylor scores with a running total")
    reviewer.press("Hand in")
    expect(reviewer.main).to_contain_text(TOTALS[who])


def _sees_nothing_of(reviewer: Person, number: str, others: list[str]) -> None:
    """Before one's own review is in, no page, list or download tells how the others scored."""
    reviewer.page.goto(f"/pilots/{number}")
    for path in (
        f"/pilots/{number}/reviews",
        f"/pilots/{number}/gates",
        f"/pilots/{number}/history",
        "/portfolio",
    ):
        reviewer.page.goto(path)
        body = reviewer.page.locator("body")
        for other in others:
            expect(body).not_to_contain_text(TOTALS[other])
            expect(body).not_to_contain_text(f"{other} gives")
    reviewer.page.goto("/")


def it_is_selected(way: Way) -> None:
    quinn = way.people("quinn.valley")
    quinn.shoot("Quinn finds it ready for a decision")
    quinn.menu("Decisions")
    quinn.reads("Decisions")
    quinn.follow(story.TITLE)
    quinn.reads("Gates and decisions")
    quinn.sees("Selection", "No red flag is open")
    quinn.side("Reviews")
    for who, name in NAMES.items():
        expect(quinn.main.get_by_role("row", name=name).first).to_contain_text(TOTALS[who])
    expect(quinn.charts()).to_have_count(1)
    quinn.sees("4.1 · 4.2")
    quinn.shoot("Quinn sees the three scores")

    alex = way.people("alex.meadow")
    alex.side("Gates and decisions")
    answer(alex, "No red flag is open", "Yes, it is met")
    quinn.side("Gates and decisions")
    quinn.follow("Decide at “Selection”")
    quinn.main.get_by_role("radio", name=re.compile(r"^Advance\s*Goes on")).check()
    quinn.fill("Reason", story.REASON_G1)
    quinn.shoot("Quinn decides at selection")
    quinn.press("Record the decision")
    quinn.reads("Gates and decisions")
    quinn.sees(story.REASON_G1, "Idea → Design")


def answer(person: Person, need: str, met: str, note: str = "") -> None:
    """Answer a must-meet on the readiness list that is open before this person."""
    item = person.main.locator("ul.needs li", has_text=need)
    item.get_by_role("link", name=re.compile("Answer|Change")).click()
    expect(person.page.get_by_role("heading", level=1)).to_contain_text(need)
    person.main.get_by_label(met).check()
    if note:
        person.fill("Note", note)
    person.press("Save the answer")
    expect(person.main.locator("ul.needs li", has_text=need)).to_have_class("met")
