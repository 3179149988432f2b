"""What goes wrong every day: two writers, a double click, an ended session, a tab left open. Nothing is lost."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from incubator.demonstration.cast import PASSWORD
from incubator.extensions import db
from incubator.models.accounts import Person as Account
from incubator.models.accounts import SignIn
from incubator.models.proposals import Proposal
from tests.databases import SERVER

pytestmark = [
    pytest.mark.journey,
    pytest.mark.slow,
    pytest.mark.xdist_group("trouble"),
    pytest.mark.parametrize("site", [SERVER], indirect=True),
]

HERS = "Callers wait for fifty-one minutes, says the call log of March."
HIS = "Callers hang up after ten minutes, says the survey of April."


def start(person, title: str) -> str:
    """Begin an idea; its number."""
    person.page.goto("/proposals/new")
    person.fill("Name of the idea", title)
    person.press("Save the idea")
    person.reads("Write the proposal")
    found = re.search(r"/pilots/([A-Z]+-\d+)/", person.page.url)
    assert found
    return found[1]


def rows(site, title: str) -> int:
    with site.app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).where(Proposal.title == title))


def end_sessions(site, name: str) -> None:
    """As if the browser had not been used for too long."""
    with site.app.app_context():
        person = sa.select(Account.id).where(Account.email == f"{name}@example.gov").scalar_subquery()
        long_ago = datetime(2020, 1, 1, tzinfo=UTC)
        db.session.execute(sa.update(SignIn).where(SignIn.person_id == person).values(seen_at=long_ago))
        db.session.commit()


def test_two_people_write_one_section(people):
    robin, morgan = people("robin.marsh"), people("morgan.field")
    number = start(robin, "Two hands on one page")
    address = f"/pilots/{number}/proposal/problem"
    for person in (robin, morgan):
        person.page.goto(address)
    robin.fill("What is the problem?", HERS)
    robin.press("Save as draft")
    robin.reads("Write the proposal")

    morgan.fill("What is the problem?", HIS)
    state = morgan.main.locator("[data-save-state]")
    expect(state).to_contain_text("Someone else saved this while you were writing.")
    expect(morgan.main.get_by_label("What is the problem?")).to_have_value(HIS)
    with morgan.page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        morgan.press("Save as draft")
    assert sent.value.status == 409
    morgan.reads("This was changed while you were working")
    morgan.sees(HERS, HIS)
    morgan.shoot("Both versions side by side")
    morgan.press("Save my version instead")
    morgan.reads("Write the proposal")
    robin.page.goto(address)
    expect(robin.main.get_by_label("What is the problem?")).to_have_value(HIS)


def test_a_double_click_makes_one_row(site, people):
    robin, title = people("robin.marsh"), "Pressed twice in a hurry"
    robin.page.goto("/proposals/new")
    robin.fill("Name of the idea", title)
    form = {
        name: value
        for name, value in robin.main.locator("form").first.evaluate("form => [...new FormData(form)]")
        if isinstance(value, str)
    }
    robin.main.get_by_role("button", name="Save the idea").dblclick()
    robin.reads("Write the proposal")
    assert rows(site, title) == 1
    again = robin.context.request.post("/proposals/new", form=form, headers={"Referer": site.address})
    assert again.url == robin.page.url
    assert rows(site, title) == 1


def test_an_expired_session_keeps_the_typed_text(site, people):
    robin = people("robin.marsh")
    number = start(robin, "Typed while the session ended")
    robin.page.goto(f"/pilots/{number}/proposal/problem")
    # The background save listens from when its script has come in.
    robin.page.wait_for_load_state("networkidle")
    end_sessions(site, "robin.marsh")
    robin.fill("What is the problem?", HERS)
    state = robin.main.locator("[data-save-state]")
    expect(state).to_contain_text("You have been signed out. Your text is kept in this tab")
    robin.press("Save as draft")
    robin.reads("Sign in")
    robin.sees("Your text is kept. Sign in to send it.")
    robin.shoot("The session has ended and the text is kept")
    robin.fill("E-mail address", "robin.marsh@example.gov")
    robin.main.get_by_label("Password", exact=True).fill(PASSWORD)
    robin.press("Sign in")
    robin.reads("Your text was kept")
    robin.sees(HERS)
    robin.misses("draft")
    robin.press("Send it now")
    robin.reads("Write the proposal")
    robin.page.goto(f"/pilots/{number}/proposal/problem")
    expect(robin.main.get_by_label("What is the problem?")).to_have_value(HERS)


def test_a_tab_left_open_cannot_undo_what_was_done_elsewhere(people):
    alex = people("alex.meadow")
    alex.page.goto("/screening")
    alex.main.get_by_role("link", name="Inclusive Recreation").first.click()
    alex.reads("Screening")
    left_open = alex.context.new_page()
    left_open.goto(alex.page.url)
    for need in ("A real agency problem", "No usable market solution", "Not a duplicate"):
        alex.main.get_by_role("group", name=need).get_by_label("Yes").check()
    alex.press("Save the checks")
    alex.misses("Not yet possible. Missing:")

    question = "Which trails would be the first?"
    left_open.locator("summary", has_text="Ask the agency for more information").click()
    left_open.get_by_label("Your question").fill(question)
    left_open.get_by_role("button", name="Send the question").click()
    main = left_open.get_by_role("main")
    expect(main).to_contain_text(question)
    expect(main).to_contain_text(re.compile("changed"))
    alex.page.reload()
    alex.misses("Waiting for the agency's answer")


def test_text_typed_after_the_proposal_went_to_the_lead_is_shown_again(people):
    robin = people("robin.marsh")
    robin.page.goto("/pilots/DHS-0002/proposal/check")
    robin.press("Take it back to change something")
    robin.reads("Write the proposal")
    robin.follow("The problem today", exact=True)
    robin.reads("The problem today")
    elsewhere = robin.context.new_page()
    elsewhere.goto("/pilots/DHS-0002/proposal/check")
    elsewhere.get_by_role("button", name="Ask for sign-off").click()
    expect(elsewhere.locator(".flashes")).to_contain_text("Your agency's lead is asked to sign off.")

    robin.fill("What is the problem?", HERS)
    robin.press("Save as draft")
    robin.reads("You cannot do this")
    robin.sees("The agency's lead is reading the proposal.", "What you had typed", HERS)
    robin.shoot("Text typed too late is shown again")
