"""Two members in one meeting, each at a browser of their own: what one writes reaches the other, and nothing
that the other is typing is touched."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from incubator.domain.conflicts import ConflictKind
from incubator.domain.stages import Step
from incubator.extensions import db
from incubator.models.accounts import Person as Account
from incubator.models.calls import Call
from incubator.models.conflicts import Conflict
from incubator.models.proposals import Proposal
from tests.conftest import NOW
from tests.databases import SERVER

pytestmark = [
    pytest.mark.journey,
    pytest.mark.slow,
    pytest.mark.xdist_group("panel"),
    pytest.mark.parametrize("site", [SERVER], indirect=True),
]

HALF = "I am still writing about the sea"


@pytest.fixture
def item(site, people) -> tuple[int, str]:
    """A proposal in review whose panel's meeting is open: its id and the address of its page."""
    with site.app.app_context():
        proposal_id, number, slug = db.session.execute(
            sa.select(Proposal.id, Proposal.number, Call.slug)
            .join(Call, Call.id == Proposal.call_id)
            .where(Proposal.step == Step.REVIEW)
            .order_by(Proposal.number)
        ).first()
    coordinator = people("alex.meadow")
    coordinator.page.goto(f"/calls/{slug}/panel")
    again = coordinator.main.get_by_role("button", name=re.compile("^Open"))
    if again.count():
        again.first.click()
        coordinator.told("The meeting is open.")
    return proposal_id, f"/calls/{slug}/panel/{number}"


def part(person, name):
    return person.main.locator(f"[data-live={name}]")


def test_two_write_at_once_and_nothing_is_lost(people, item):
    _proposal_id, address = item
    quinn, drew = people("quinn.valley"), people("drew.summit")
    for person in (quinn, drew):
        person.page.goto(address)
        person.page.wait_for_load_state("networkidle")

    typing = drew.main.get_by_label("Your note")
    typing.fill(HALF)
    quinn.fill("Your note", "Hosting is missing from the cost.")
    quinn.press("Add the note")
    expect(part(quinn, "notes")).to_contain_text("Hosting is missing from the cost.")

    expect(part(drew, "notes")).to_contain_text("Hosting is missing from the cost.")
    expect(drew.main.locator("[data-live-state]")).to_have_text("Quinn Valley added a note.")
    expect(typing).to_have_value(HALF)
    expect(typing).to_be_focused()
    typing.press_sequentially("son.")
    expect(typing).to_have_value(f"{HALF}son.")
    drew.shoot("A note arrives while Drew is typing")

    # A second note of the same person is announced too, and the first is shown once.
    quinn.fill("Your note", "And training is missing.")
    quinn.press("Add the note")
    expect(part(drew, "notes")).to_contain_text("And training is missing.")
    expect(part(drew, "notes").get_by_text("Hosting is missing from the cost.", exact=True)).to_have_count(1)
    expect(typing).to_be_focused()

    drew.press("Add the note")
    for person in (quinn, drew):
        expect(part(person, "notes")).to_contain_text(f"{HALF}son.")
        expect(part(person, "notes")).to_contain_text("Hosting is missing from the cost.")


def test_votes_and_summary_keep_in_step_without_touching_a_form(people, item):
    _proposal_id, address = item
    quinn, drew = people("quinn.valley"), people("drew.summit")
    for person in (quinn, drew):
        person.page.goto(address)
        person.page.wait_for_load_state("networkidle")

    quinn.main.get_by_label("Yes", exact=True).check()
    quinn.press("Vote")
    quinn.told("Your vote is in.")
    expect(part(drew, "votes")).to_contain_text("1 of 2 voted")
    expect(part(drew, "votes")).to_contain_text("Voted")
    expect(part(drew, "votes")).not_to_contain_text("yes,")

    # Drew has not touched the summary, so the form takes over what Quinn saved and Drew can go on from it.
    form = drew.main.locator("[data-live-form]")
    writing = form.get_by_label("What the panel says of it")
    quinn.main.get_by_label("What the panel says of it").fill("A small first step.")
    quinn.press("Save the summary")
    expect(part(drew, "summary")).to_contain_text("A small first step.")
    expect(writing).to_have_value("A small first step.")

    # Now Drew is writing: Quinn's second text is shown above, and Drew's stays.
    writing.fill("A small first step, but the season is short.")
    quinn.main.locator("summary", has_text="Write the summary").click()
    quinn.main.get_by_label("What the panel says of it").fill("A small first step, well measured.")
    quinn.press("Save the summary")
    expect(part(drew, "summary")).to_contain_text("well measured")
    expect(drew.main.locator("[data-live-warning]")).to_contain_text("Somebody saved a newer summary")
    expect(writing).to_have_value("A small first step, but the season is short.")
    with drew.page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        drew.press("Save the summary")
    assert sent.value.status == 409
    drew.sees("well measured", "the season is short")
    drew.shoot("Both summaries side by side")


def test_a_conflict_found_meanwhile_empties_the_page_but_not_the_form(site, people, item):
    proposal_id, address = item
    drew = people("drew.summit")
    drew.page.goto(address)
    drew.page.wait_for_load_state("networkidle")
    drew.fill("Your note", HALF)
    with site.app.app_context():
        person_id = db.session.scalar(sa.select(Account.id).where(Account.email == "drew.summit@example.gov"))
        row = Conflict(
            person_id=person_id,
            proposal_id=proposal_id,
            kind=ConflictKind.CONTRACT,
            reason="",
            declared_at=NOW,
        )
        db.session.add(row)
        db.session.commit()
        row_id = row.id
    try:
        expect(drew.main.locator("[data-live-warning]")).to_contain_text("no longer open to you")
        expect(part(drew, "notes")).to_be_empty()
        expect(part(drew, "votes")).to_be_empty()
        expect(drew.main.locator("dl.facts")).to_have_count(0)
        expect(drew.main.get_by_label("Your note")).to_have_value(HALF)
        drew.page.once("dialog", lambda dialog: dialog.accept())
        answer = drew.page.goto(address)
        assert answer.status == 404
    finally:
        with site.app.app_context():
            db.session.delete(db.session.get(Conflict, row_id))
            db.session.commit()
