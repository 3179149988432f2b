"""From the plan to the launch: what counts as success is written, tried against chance, locked by two people."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import expect

from incubator.models.evaluation import EvaluationLock
from incubator.models.pilots import Pilot, Reading
from tests.journeys import evaluation as scene
from tests.journeys import story
from tests.journeys.conftest import Person
from tests.journeys.idea_path import answer
from tests.journeys.test_every_page import faults_of

QUESTION = "Do people send complete forms when a helper reads them first?"
EXIT = "The helper is switched off; drafts are erased after 30 days."
LAUNCHES = "What counts as success is fixed by two people before the first reading."
UNDERPOWERED = "The counter's minutes cannot decide this; the share of complete forms can."


@dataclass(slots=True)
class Way:
    office: scene.Office
    people: Callable[[str], Person]
    folder: Path
    signed_in: dict[str, int] = field(default_factory=dict)

    def at(self, name: str) -> Person:
        """That person at the record's gates, signed in again when time has passed."""
        person = self.people(name)
        moves = self.office.site.clock.moves
        if self.signed_in.get(name) != moves:
            person.sign_in()
            self.signed_in[name] = moves
            person.page.goto(f"/pilots/{self.office.number}/gates")
        return person

    def day_comes(self, moment: datetime) -> None:
        self.office.site.clock.move_to(moment)


def looked_over(person: Person, label: str) -> None:
    """A picture of the page, and axe at both widths, light and dark, without scrolling sideways."""
    person.shoot(label)
    size = person.page.viewport_size
    faults = list(faults_of(person.page))
    assert faults == [], "\n".join([person.page.url, *faults])
    person.page.emulate_media(color_scheme="light")
    person.page.set_viewport_size(size)


def the_plan_is_written(way: Way) -> None:
    cora = way.at("Cora Dean")
    cora.side("Evaluation plan")
    cora.follow("Edit the plan")
    cora.main.get_by_label("Pilot lead").select_option(label="Lena Park")
    cora.press("Save the plan")
    cora.sees("Lena Park", "Before the plan can be locked")

    lena = way.at("Lena Park")
    lena.side("Evaluation plan")
    lena.follow("Edit the plan")
    lena.main.get_by_label("Start", exact=True).fill("January 4, 2027")
    lena.main.get_by_label("End", exact=True).fill("January 3, 2028")
    lena.main.get_by_label("Product owner").select_option(label="Omar Vale")
    lena.fill("Question", QUESTION)
    lena.main.get_by_role("radio", name=re.compile("^Before and after")).check()
    lena.fill("Who is it compared with?", "A county that goes on without the helper.")
    for label, text in {**story.PRACTICES, "Exit": EXIT}.items():
        lena.main.get_by_label(label, exact=True).fill(text)
    lena.press("Save the plan")
    lena.reads("Evaluation plan")
    lena.misses("Not written yet")
    lena.sees(QUESTION, EXIT, "January 4, 2027", "January 3, 2028")


def the_criteria_are_defined(way: Way) -> None:
    lena = way.at("Lena Park")
    _define(
        lena,
        scene.COMPLETE,
        kind="Goal",
        better="Higher is better",
        measure="A share of the cases",
        unit="%",
        numbers=("60", "70", "8"),
        design="With a comparison agency",
        expected="200",
    )
    _define(
        lena,
        scene.MINUTES,
        kind="Goal",
        better="Lower is better",
        measure="A value",
        unit="minutes",
        numbers=("30", "27", "3"),
    )
    _define(
        lena,
        scene.COMPLAINTS,
        kind="Guardrail",
        better="Lower is better",
        measure="A count for so much exposure",
        unit="in 1,000 forms",
        per="1,000",
        numbers=("10", "12", "4"),
        expected="500",
    )
    _define(
        lena,
        scene.RECEIVED,
        kind="Context",
        better="Higher is better",
        measure="A value",
        unit="forms",
        numbers=("400", "", ""),
    )
    for name in (scene.COMPLETE, scene.MINUTES, scene.COMPLAINTS, scene.RECEIVED):
        expect(lena.main.get_by_role("row", name=name)).to_contain_text("No evidence recorded")


def _define(
    lena: Person,
    name: str,
    *,
    kind: str,
    better: str,
    measure: str,
    unit: str,
    numbers: tuple[str, str, str],
    per: str = "",
    design: str = "",
    expected: str = "",
) -> None:
    lena.side("Metrics")
    lena.follow("Define a metric")
    fill_criterion(lena, name, kind, better, measure, unit, numbers)
    for label, value in (("Counted for how many?", per), ("Cases expected in each period", expected)):
        if value:
            lena.fill(label, value)
    if design:
        lena.main.get_by_label("Design, where it differs").select_option(label=design)
    lena.press("Save the metric")
    lena.side("Metrics")


def fill_criterion(
    person: Person,
    name: str,
    kind: str,
    better: str,
    measure: str,
    unit: str,
    numbers: tuple[str, str, str],
) -> None:
    baseline, target, worthwhile = numbers
    person.fill("What is measured", name)
    person.main.get_by_role("group", name="What is it for?").get_by_label(kind).check()
    person.main.get_by_role("group", name="Which way is better?").get_by_label(better).check()
    person.main.get_by_role("group", name="How is a reading read?").get_by_label(measure).check()
    person.main.get_by_label("Unit", exact=True).fill(unit)
    person.main.get_by_label(re.compile(r"^Baseline \(optional\)$")).fill(baseline)
    person.fill("How the baseline was measured", "The twelve months before, from the permit system")
    person.fill("Target, or limit of a guardrail", target)
    person.fill("Smallest worthwhile change", worthwhile)
    person.fill("Who reads it", "Licensing desk")
    person.fill("Where the numbers come from", "Permit system")


def paste(way: Way, name: str, after: int, months: slice, count: int) -> Person:
    """Lena brings in the months of a spreadsheet; `count` readings are understood, none refused."""
    lena = way.at("Lena Park")
    lena.side("Metrics")
    lena.follow(name, exact=True)
    lena.reads(name)
    lena.main.get_by_role("link", name=re.compile("^Paste or upload")).first.click()
    lena.fill("Paste rows from a spreadsheet", scene.rows_of(name, after, months))
    lena.press("See what was understood")
    lena.reads("What was understood")
    lena.misses("Rows that were refused")
    lena.press(f"Record {count} reading")
    lena.reads(name)
    return lena


def the_baseline_is_brought_in(way: Way) -> None:
    for name in (scene.COMPLETE, scene.MINUTES, scene.COMPLAINTS, scene.RECEIVED):
        lena = paste(way, name, 0, slice(None), 24 if name == scene.COMPLETE else 12)
        expect(lena.charts()).to_have_count(1)
    with way.office.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Reading)) == 60


def it_is_said_what_could_be_detected(way: Way) -> None:
    lena = way.at("Lena Park")
    lena.side("Evaluation plan")
    lena.follow("What could this pilot detect?")
    lena.reads("What could this pilot detect?")
    lena.sees("four of five times")
    for name, enough, words in (
        (scene.COMPLETE, "Detects the worthwhile change", "chance of about 2%"),
        (scene.MINUTES, "Underpowered", "you can detect 94% after 8 months, 84% after 12"),
        (scene.COMPLAINTS, "Underpowered", "you can detect 71% after 8 months, 63% after 12"),
    ):
        section = lena.main.locator("section", has=lena.page.get_by_role("link", name=name, exact=True))
        expect(section).to_contain_text(enough)
        expect(section).to_contain_text(words)
    lena.sees("too small to be detected by month 12.")
    looked_over(lena, "Lena sees what the pilot could detect")


def the_plan_is_locked(way: Way) -> None:
    """Lena puts the first name under it and cannot put the second; Evan can, once he says why it starts."""
    lena = way.at("Lena Park")
    lena.side("Evaluation plan")
    lena.follow("Propose the lock")
    lena.reads("Lock the evaluation plan")
    lena.sees("Could miss what would be worthwhile", QUESTION)
    lena.press("Propose the lock")
    lena.sees("The plan waits for its second name")
    lena.misses("Read and confirm the plan")
    with way.office.session() as session:
        waiting = session.scalars(sa.select(EvaluationLock)).one()
        assert waiting.confirmed_at is None
        address = f"/pilots/{way.office.number}/plan/lock/{waiting.id}"
    assert lena.page.context.request.get(address).status == 403

    evan = way.at("Evan Roe")
    evan.side("Evaluation plan")
    evan.follow("Read and confirm the plan")
    evan.sees(scene.COMPLETE, scene.MINUTES, scene.COMPLAINTS)
    looked_over(evan, "Evan reads the plan that waits")
    evan.press("Confirm and lock the plan")
    expect(evan.main.locator(".error-message")).to_have_count(1)
    with way.office.session() as session:
        assert session.scalars(sa.select(EvaluationLock)).one().confirmed_at is None
    evan.fill("Why lock the plan all the same?", UNDERPOWERED)
    evan.press("Confirm and lock the plan")
    evan.reads("Evaluation plan")
    evan.sees("The plan is locked", "Lena Park", "Evan Roe", UNDERPOWERED, "no amendments")
    with way.office.session() as session:
        lock = session.scalars(sa.select(EvaluationLock)).one()
        assert (lock.confirmed_at is not None, lock.accepted_reason) == (True, UNDERPOWERED)
        assert lock.sha256 in evan.main.inner_text()
    looked_over(evan, "The plan is locked")


def it_is_launched(way: Way) -> None:
    evan = way.at("Evan Roe")
    evan.side("Gates and decisions")
    for need in ("Privacy is triaged", "Security is triaged", "Accessibility is triaged"):
        answer(evan, need, "Yes, it is met", "Looked at with the department's officer.")
    way.day_comes(scene.LAUNCHED)
    gail = way.at("Gail Hunt")
    gail.follow("Decide at “Launch”")
    gail.misses("must-meets are missing", "One must-meet is missing")
    gail.main.get_by_role("radio", name=re.compile(r"^Advance\s*Goes on")).check()
    gail.fill("Reason", LAUNCHES)
    gail.press("Record the decision")
    gail.reads("Gates and decisions")
    gail.sees("Design → Pilot")
    with way.office.session() as session:
        assert session.scalars(sa.select(Pilot)).one().launched_at.date() == scene.LAUNCHED.date()
