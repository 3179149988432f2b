"""The second half of the way: from the plan to the decision to scale."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from playwright.sync_api import expect

from incubator.domain.clock import office_day
from tests.journeys import evaluation_decides, story
from tests.journeys.conftest import Person
from tests.journeys.idea_path import Way, answer


def today() -> date:
    return office_day(datetime.now(UTC))


def written(on: date) -> str:
    return f"{on:%B} {on.day}, {on.year}"


def find(person: Person, way: Way) -> None:
    """To the record by the portfolio's search, as somebody would who only knows a word of its title."""
    person.menu("Portfolio")
    person.page.get_by_label("Title or number").fill("text messages")
    person.page.get_by_label("Title or number").press("Enter")
    person.follow(story.TITLE)
    person.reads(story.TITLE)


def a_plan_is_made(way: Way) -> None:
    alex = way.people("alex.meadow")
    find(alex, way)
    alex.side("Evaluation plan")
    alex.follow("Edit the plan")
    alex.main.get_by_label("Pilot lead").select_option(label="Charlie Grove")
    alex.press("Save the plan")
    alex.sees("Charlie Grove")

    charlie = way.people("charlie.grove")
    charlie.shoot("Charlie finds the pilot to plan")
    charlie.follow(story.TITLE)
    charlie.reads("Evaluation plan")
    charlie.follow("Edit the plan")
    charlie.main.get_by_label("Start", exact=True).fill(written(today() - timedelta(weeks=7)))
    charlie.main.get_by_label("End", exact=True).fill(written(today() + timedelta(weeks=19)))
    charlie.main.get_by_label("Product owner").select_option(label="Morgan Field")
    charlie.fill("Question", story.QUESTION)
    charlie.main.get_by_role("radio", name=re.compile("^Before and after")).check()
    for label, text in story.PRACTICES.items():
        charlie.main.get_by_label(label, exact=True).fill(text)
    charlie.press("Save the plan")
    charlie.misses("Not written yet")
    charlie.sees("Define at least one goal.")
    charlie.sees("Morgan Field", story.PRACTICES["Exit"])
    for name, participants in (("Gulf field office", "1,400"), ("Plains field office", "1,000")):
        charlie.follow("Add a site")
        charlie.main.get_by_label("Site", exact=True).fill(name)
        charlie.fill("Participants", participants)
        charlie.press("Save the site")
        charlie.reads("Evaluation plan")
        expect(charlie.main.get_by_role("row", name=name)).to_contain_text(participants)
    charlie.shoot("Charlie has written the plan")


def it_is_said_what_is_measured(way: Way) -> None:
    charlie = way.people("charlie.grove")
    charlie.side("Metrics")
    _define(charlie, story.METRIC, "%", "Goal", "Lower is better", "62", "40")
    _define(charlie, story.GUARDRAIL, "a week", "Guardrail", "Lower is better", "9", "12")
    row = charlie.main.get_by_role("row", name=story.METRIC)
    expect(row).to_contain_text("62%")
    expect(row).to_contain_text("40%")
    expect(row).to_contain_text("No evidence recorded")
    charlie.shoot("Charlie has defined a goal and a guardrail")


def _define(
    charlie: Person, name: str, unit: str, kind: str, direction: str, baseline: str, target: str
) -> None:
    charlie.follow("Define a metric")
    charlie.fill("What is measured", name)
    charlie.main.get_by_label("Unit").fill(unit)
    charlie.main.get_by_role("group", name="Which way is better?").get_by_label(direction).check()
    charlie.main.get_by_role("group", name="What is it for?").get_by_label(kind).check()
    charlie.main.get_by_label("Baseline", exact=False).first.fill(baseline)
    charlie.fill("How the baseline was measured", "Call codes of the ten weeks before")
    charlie.fill("Target, or limit of a guardrail", target)
    charlie.fill("Smallest worthwhile change", "3")
    charlie.main.get_by_label("How often is it read?").select_option("weekly")
    charlie.fill("Who reads it", "Contact center")
    charlie.fill("Where the numbers come from", "Call log")
    charlie.press("Save the metric")
    charlie.side("Metrics")


def the_plan_is_locked(way: Way) -> None:
    """Charlie puts the first name under it, Emery the second, with a reason for what it could miss."""
    charlie = way.people("charlie.grove")
    charlie.side("Evaluation plan")
    charlie.follow("Propose the lock")
    charlie.reads("Lock the evaluation plan")
    charlie.sees("Could miss what would be worthwhile", story.QUESTION)
    charlie.press("Propose the lock")
    charlie.sees("The plan waits for its second name")
    emery = way.people("emery.stone")
    find(emery, way)
    emery.side("Evaluation plan")
    emery.follow("Read and confirm the plan")
    emery.fill("Why lock the plan all the same?", story.UNDERPOWERED)
    emery.press("Confirm and lock the plan")
    emery.sees("The plan is locked", "Charlie Grove", "Emery Stone", "no amendments")


def it_is_launched(way: Way) -> None:
    emery = way.people("emery.stone")
    emery.home()
    emery.shoot("Emery is asked to confirm")
    emery.follow(story.TITLE)
    emery.reads("Gates and decisions")
    for need in ("Privacy is triaged", "Security is triaged", "Accessibility is triaged"):
        answer(emery, need, "Yes, it is met", "Looked at with the department's officer.")
    emery.sees("Nothing")
    emery.shoot("Emery has confirmed what was open")

    quinn = way.people("quinn.valley")
    quinn.menu("Decisions")
    quinn.follow(story.TITLE)
    quinn.follow("Decide at “Launch”")
    quinn.main.get_by_role("radio", name="Advance with conditions").check()
    first = quinn.main.get_by_role("group", name="Condition 1")
    first.get_by_label("What must be done").fill(story.CONDITION)
    first.get_by_label("Who sees to it").fill("Charlie Grove")
    first.get_by_label("By when").fill(written(today() + timedelta(days=21)))
    quinn.fill("Reason", story.REASON_G2)
    quinn.shoot("Quinn launches with one condition")
    quinn.press("Record the decision")
    quinn.reads("Gates and decisions")
    quinn.sees("Design → Pilot", story.REASON_G2, "Moved on, with conditions")
    condition = quinn.main.get_by_role("row", name=story.CONDITION)
    expect(condition).to_contain_text("Charlie Grove")
    expect(condition).to_contain_text(written(today() + timedelta(days=21)))
    expect(condition).to_contain_text("Open")


def money_milestones_and_risks_are_kept(way: Way) -> None:
    charlie = way.people("charlie.grove")
    charlie.home()
    charlie.shoot("Charlie is told what waits in the pilot")
    charlie.follow(story.CONDITION)
    charlie.reads("Gates and decisions")
    charlie.side("Money")
    charlie.follow("Plan an amount")
    charlie.main.get_by_label("Category").select_option("Software and services")
    charlie.fill("Amount", "$24,000")
    charlie.press("Add to the budget")
    charlie.follow("Record an expense")
    charlie.fill("Amount", "3,120.50")
    charlie.main.get_by_label("Category").select_option("Software and services")
    charlie.fill("Day", written(today()))
    charlie.fill("What for", "Messages of the first two weeks")
    charlie.press("Record the expense")
    charlie.reads("Money")
    charlie.sees("$24,000", "$3,120.50", "$20,879.50", "Messages of the first two weeks")
    expect(charlie.charts()).to_have_count(1)
    charlie.shoot("Charlie has recorded an expense")

    charlie.side("Milestones and risks")
    charlie.follow("Add a milestone")
    charlie.fill("Milestone", "Both field offices send messages")
    charlie.fill("Due", written(today() + timedelta(days=14)))
    charlie.press("Save the milestone")
    charlie.follow("Add a risk")
    charlie.fill("What could go wrong", "Numbers on file are out of date")
    charlie.main.get_by_label("How likely is it?").select_option("4")
    charlie.main.get_by_label("How bad would it be?").select_option("3")
    charlie.fill("What you do about it", "Ask for the number again before the first text.")
    charlie.press("Save the risk")
    charlie.reads("Milestones and risks")
    expect(charlie.main.get_by_role("row", name="Both field offices")).to_contain_text("Ahead")
    expect(charlie.main.get_by_role("row", name="Numbers on file")).to_contain_text("4 × 3 = 12 of 25")


def readings_are_pasted_and_verified(way: Way) -> None:
    charlie = way.people("charlie.grove")
    charlie.side("Metrics")
    charlie.follow(story.METRIC, exact=True)
    charlie.follow("Paste or upload many")
    weeks = [today() - timedelta(weeks=len(story.WEEKLY) - 1 - place) for place in range(len(story.WEEKLY))]
    rows = [f"{on.isoformat()}\t{value}" for on, value in zip(weeks, story.WEEKLY, strict=True)]
    rows.insert(3, f"{weeks[3].isoformat()}\tabout forty")
    charlie.fill("Paste rows from a spreadsheet", "\n".join(["date\tvalue", *rows]))
    charlie.press("See what was understood")
    charlie.reads("What was understood")
    refused = charlie.main.get_by_role("table", name="Refused rows and why")
    expect(refused.get_by_role("row")).to_have_count(2)
    expect(refused).to_contain_text("about forty")
    expect(refused).to_contain_text("number")
    charlie.shoot("Charlie sees which row was refused and why")
    charlie.press("Record 10 readings")
    charlie.reads(story.METRIC)
    charlie.sees("38.9%", "Not verified")

    emery = way.people("emery.stone")
    emery.home()
    emery.main.get_by_role("link", name=story.TITLE).first.click()
    emery.reads("Metrics")
    emery.follow(story.METRIC, exact=True)
    emery.sees("10 readings wait to be verified")
    emery.press("Verify these readings")
    emery.told("The readings are verified.")
    emery.sees("Not verified: 0.")
    expect(emery.main.get_by_role("cell", name="Not verified")).to_have_count(0)
    expect(emery.main.get_by_role("row", name=written(today())).first).to_contain_text("Emery Stone")
    expect(emery.charts()).to_have_count(1)
    emery.shoot("Emery has verified the readings")


def progress_is_reported(way: Way) -> None:
    charlie, alex = way.people("charlie.grove"), way.people("alex.meadow")
    charlie.side("Progress reports")
    charlie.follow("Write a report")
    charlie.fill("Period", "First ten weeks")
    charlie.fill("What was done", "Both offices send messages.")
    charlie.press("Send the report")
    charlie.sees("Both offices send messages.")

    alex.home()
    alex.main.get_by_role("link", name=story.TITLE).first.click()
    alex.reads("Progress reports")
    alex.follow("Send back")
    alex.fill("What is missing?", "Say what the readings show so far.")
    alex.press("Send back")
    alex.shoot("Alex has sent the report back")

    charlie.home()
    charlie.main.get_by_role("link", name=story.TITLE).first.click()
    charlie.sees("Say what the readings show so far.")
    charlie.follow("Go on writing")
    charlie.fill("What was done", "Both offices send messages; status calls fell from 62 to 39 percent.")
    charlie.press("Send the report")
    alex.home()
    alex.main.get_by_role("link", name=story.TITLE).first.click()
    alex.sees("status calls fell from 62 to 39 percent")
    alex.press("Accept")
    alex.sees("accepted by Alex Meadow")


def the_condition_is_closed_and_the_midpoint_passed(way: Way) -> None:
    charlie, quinn = way.people("charlie.grove"), way.people("quinn.valley")
    charlie.home()
    charlie.follow(story.CONDITION)
    charlie.main.get_by_role("row", name=story.CONDITION).get_by_role("link").click()
    charlie.fill("How was it met?", "The sentence is in all nine texts.")
    charlie.press("Close the condition")
    expect(charlie.main.get_by_role("row", name=story.CONDITION)).to_contain_text("Closed")
    quinn.menu("Decisions")
    quinn.follow(story.TITLE)
    quinn.follow("Decide at “Midpoint”")
    quinn.misses("must-meets are missing", "One must-meet is missing")
    quinn.main.get_by_role("radio", name=re.compile(r"^Advance\s*Goes on")).check()
    quinn.fill("Reason", story.REASON_G3)
    quinn.press("Record the decision")
    quinn.reads("Gates and decisions")
    quinn.sees(story.REASON_G3)
    expect(quinn.main.locator(".gate-card h2")).to_have_text("Scale")
    quinn.shoot("Quinn has passed the midpoint")


def it_is_made_ready_to_scale(way: Way) -> None:
    charlie = way.people("charlie.grove")
    charlie.side("Lesson and benefit")
    charlie.follow("Write the lesson")
    charlie.fill("What did you learn?", story.LESSON)
    charlie.press("Save the lesson")
    charlie.sees(story.LESSON)

    evaluation_decides.prepare(charlie, today().year + 1)
    emery = way.people("emery.stone")
    find(emery, way)
    emery.side("Ready to scale")
    emery.sees("Waiting on: Morgan Field")

    morgan = way.people("morgan.field")
    morgan.home()
    morgan.shoot("Morgan is asked for the agency's part")
    morgan.follow(story.TITLE)
    morgan.reads("Accept the product")
    morgan.side("Gates and decisions")
    morgan.sees("The product owner has accepted", "Missing")
    evaluation_decides.accept(morgan, "Morgan Field")
    evaluation_decides.approve(emery)
    morgan.side("Gates and decisions")
    morgan.misses("Missing")


def it_is_scaled(way: Way) -> None:
    drew = way.people("drew.summit")
    drew.menu("Decisions")
    drew.follow(story.TITLE)
    drew.follow("Decide at “Scale”")
    drew.sees("The criteria propose: Scale", story.METRIC)
    drew.main.get_by_role("radio", name=re.compile(r"^Advance\s*Goes on")).check()
    drew.fill("Reason", story.REASON_G4)
    drew.shoot("Drew decides to scale")
    drew.press("Record the decision")
    drew.reads("Gates and decisions")
    drew.sees("Pilot → Scale", story.REASON_G4)
    expect(drew.main.locator(".tags").first).to_contain_text("Scaling")
