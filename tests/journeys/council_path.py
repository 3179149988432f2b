"""What the people of a call do, from the list of reviewers to the release, each at a browser of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import expect

from incubator.domain.events import EventKind
from incubator.domain.reviews import ReviewState
from incubator.jobs.revealing import reveal_due_reviews
from incubator.jobs.workshop import Workshop
from incubator.models.accounts import Person as Account
from incubator.models.history import Event
from incubator.models.jobs import Message
from incubator.models.proposals import Proposal
from incubator.models.reviews import Review
from tests.jobs.working import work_off
from tests.journeys.conftest import Person
from tests.journeys.council import (
    AT_MOST,
    BIDS,
    DECLINES,
    IDEAS,
    KIND,
    LATE,
    QUALITY,
    REVIEWERS,
    SEVERE,
    TIED,
    VENDOR,
    Council,
    let_the_day_pass,
)


@dataclass(slots=True)
class Way:
    """The council, who is called by name, and what has been learned on the way."""

    council: Council
    people: Callable[[str], Person]
    folder: Path
    first: dict[str, set[str]] = field(default_factory=dict)
    late_number: str = ""

    @property
    def call(self) -> str:
        return f"/calls/{self.council.slug}"

    def assigned(self, *states: ReviewState) -> dict[str, set[str]]:
        """Who reviews which proposals, by name and number."""
        wanted = states or (ReviewState.ASSIGNED, ReviewState.STARTED, ReviewState.SUBMITTED)
        found: dict[str, set[str]] = {}
        with self.council.session() as session:
            for name, number in session.execute(
                sa.select(Account.name, Proposal.number)
                .join(Review, Review.reviewer_id == Account.id)
                .join(Proposal, Proposal.id == Review.proposal_id)
                .where(Review.state.in_(wanted))
            ):
                found.setdefault(name, set()).add(number)
        return found

    def mails(self, name: str = "") -> list[str]:
        """The subjects of the mail to somebody, or to all, in order."""
        asked = sa.select(Message.subject).order_by(Message.id)
        if name:
            asked = asked.where(Message.address == self.council.emails[name])
        with self.council.session() as session:
            return list(session.scalars(asked))

    def work(self) -> None:
        """What the worker does meanwhile."""
        assert set(work_off(self.council.site.app, datetime.now(UTC))) <= {"finished"}


def reviewers_are_listed(way: Way) -> None:
    cora = way.people("Cora Dean")
    cora.page.goto(way.call)
    cora.follow("Assignment")
    cora.reads("Assignment")
    cora.sees("Nobody yet")
    cora.follow("The list of reviewers")
    cora.press("Add all 8")
    for name in REVIEWERS:
        cora.sees(name)
    cora.shoot("Cora lists who reviews")


def they_say_what_they_know_and_would_like(way: Way) -> None:
    hugo = way.people(TIED)
    hugo.page.goto("/reviews/expertise")
    hugo.fill("Vendor", "ACME Metering")
    hugo.main.get_by_label("What is the tie?").select_option(label="Money, family or a position there")
    hugo.press("Declare this tie")
    hugo.sees("ACME Metering")
    hugo.shoot("Hugo declares a tie to a vendor")

    ada = way.people(BIDS)
    ada.page.goto(f"/reviews/bids/{way.council.slug}")
    ada.sees(IDEAS[0][0], IDEAS[VENDOR][0])
    for title, answer in (
        (IDEAS[0][0], "I would like to"),
        (IDEAS[2][0], "I would like to"),
        (IDEAS[8][0], "Rather not"),
    ):
        ada.main.get_by_role("group", name=title).get_by_label(answer).check()
    ada.shoot("Ada says what she would like to review")
    ada.press("Save my answers")

    hugo.page.goto(f"/reviews/bids/{way.council.slug}")
    hugo.misses(IDEAS[VENDOR][0])


def an_assignment_is_worked_out_changed_and_published(way: Way) -> None:
    cora = way.people("Cora Dean")
    cora.page.goto(f"{way.call}/assignment")
    cora.press("Work out an assignment")
    way.work()
    cora.page.goto(f"{way.call}/assignment/plan")
    cora.reads("Planned assignment")
    cora.shoot("Cora looks at the plan before anybody is told")
    assert way.assigned() == {}
    assert not any("review" in subject.lower() for subject in way.mails())
    row = cora.main.locator("tbody tr").filter(has_text=IDEAS[VENDOR][0])
    expect(row).not_to_contain_text(TIED)
    row = cora.main.locator("tbody tr").filter(has_text=IDEAS[0][0])
    expect(row).to_contain_text(BIDS)
    cora.main.get_by_role("link", name=f"Change {IDEAS[11][0]}").click()
    out, into = cora.main.locator("fieldset").nth(0), cora.main.locator("fieldset").nth(1)
    out.get_by_role("radio").nth(1).check()
    into.get_by_role("radio").nth(1).check()
    cora.press("Change the plan")
    cora.page.goto(f"{way.call}/assignment/plan")
    cora.press("Publish and tell the reviewers")
    way.first = way.assigned()
    counts = {name: len(numbers) for name, numbers in way.first.items()}
    assert sum(counts.values()) == 36
    assert max(counts.values()) <= AT_MOST
    assert way.council.numbers[VENDOR] not in way.first[TIED]
    for name in way.first:
        asked = [subject for subject in way.mails(name) if "review" in subject.lower()]
        assert len(asked) == 1, (name, asked)


def one_declines_and_somebody_else_is_asked(way: Way) -> None:
    finn = way.people(DECLINES)
    before = way.assigned()
    number = sorted(before[DECLINES])[0]
    finn.menu("My reviews")
    finn.follow(way.council.title(number))
    finn.follow("I decline: somebody else should review it")
    finn.fill("Reason", "I am on leave until the new year.")
    finn.press("Decline")
    finn.told("Thank you for saying so.")
    after = way.assigned()
    assert after[DECLINES] == before[DECLINES] - {number}
    anew = {name for name in after if number in after[name] and number not in before.get(name, set())}
    assert len(anew) == 1, "somebody else was asked at once"
    (name,) = anew
    assert len(way.mails(name)) == len([s for s in way.mails(name) if s]) >= 2
    with way.council.session() as session:
        asked = session.scalars(
            sa.select(Event).where(Event.kind == EventKind.REVIEW_ASSIGNED).order_by(Event.id.desc())
        ).first()
        assert asked is not None
        assert (asked.actor_id, asked.details["person"]) == (None, name)
    cora = way.people("Cora Dean")
    cora.page.goto(f"/pilots/{number}/reviews")
    cora.sees(name, "I am on leave until the new year.")


def all_but_one_hand_in(way: Way) -> None:
    asked = way.assigned(ReviewState.ASSIGNED, ReviewState.STARTED)
    shared = sorted(asked[LATE] & asked[SEVERE]) or sorted(asked[LATE])
    way.late_number = shared[0]
    for name in REVIEWERS:
        for number in sorted(asked.get(name, ())):
            if (name, number) != (LATE, way.late_number):
                _score(way, name, number)
    gia = way.people(LATE)
    _finds_nothing(gia, way.late_number)


def _score(way: Way, name: str, number: str) -> None:
    reviewer, title = way.people(name), way.council.title(number)
    reviewer.menu("My reviews")
    reviewer.main.get_by_role("link", name=title, exact=True).first.click()
    reviewer.reads(title)
    quality = QUALITY[way.council.numbers.index(number)] + (name == KIND) - (name == SEVERE)
    criteria = reviewer.main.locator(".criterion:not(.verdict)")
    for place in range(2):
        criterion = criteria.nth(place)
        criterion.get_by_role("radio").nth(min(max(quality, 1), 5) - 1).check()
        criterion.get_by_role("textbox").fill(f"Words of {name} on {number}, number {place + 1}.")
    verdict = reviewer.main.locator(".verdict")
    verdict.get_by_label("Yes" if quality > 3 else "No", exact=True).check()
    verdict.get_by_label("Fairly").check()
    reviewer.press("Hand in")
    reviewer.told("Your review is in.")


def _finds_nothing(reviewer: Person, number: str) -> None:
    """Of what the others wrote or scored on a proposal whose own review is open."""
    for path in (
        f"/pilots/{number}",
        f"/pilots/{number}/reviews",
        f"/pilots/{number}/gates",
        f"/pilots/{number}/history",
        "/portfolio",
    ):
        reviewer.page.goto(path)
        body = reviewer.page.locator("body")
        for other in set(REVIEWERS) - {reviewer.name}:
            expect(body).not_to_contain_text(f"Words of {other} on {number}")
        expect(body).not_to_contain_text(re.compile(r"of 3 reviews|of 3 in"))
    reviewer.page.goto(f"/pilots/{number}/reviews")
    reviewer.sees("Sealed until your own review is in")


def the_day_passes_and_the_reviews_are_opened(way: Way) -> None:
    let_the_day_pass(way.council)
    reveal_due_reviews(Workshop(way.council.site.app))
    gia = way.people(LATE)
    _finds_nothing(gia, way.late_number)
    _score(way, LATE, way.late_number)
    gia.page.goto(f"/pilots/{way.late_number}/reviews")
    others = [name for name, numbers in way.assigned().items() if way.late_number in numbers and name != LATE]
    for name in others:
        gia.main.locator("summary", has_text=name).click()
        gia.sees(f"Words of {name} on {way.late_number}, number 1.")
    gia.shoot("Gia was late and sees the others now")


def one_revises(way: Way) -> None:
    dan = way.people(SEVERE)
    dan.page.goto("/reviews?show=done")
    dan.main.get_by_role("link", name=way.council.title(way.late_number), exact=True).first.click()
    dan.follow("Read the others' reviews and revise yours")
    dan.reads("Revise your review")
    first = dan.main.locator(".criterion:not(.verdict)").nth(0)
    chosen = int(first.locator("input:checked").get_attribute("value") or "1")
    first.get_by_role("radio").nth(min(chosen, 4)).check()
    first.get_by_role("textbox").fill("The others know the baseline; I had missed it.")
    dan.main.locator("[name=revision_reason]").fill("I had missed the measured baseline.")
    dan.shoot("Dan revises with the others' words beside him")
    dan.press("Hand in the revised review")
    cora = way.people("Cora Dean")
    cora.page.goto(f"/pilots/{way.late_number}/reviews")
    cora.sees("I had missed the measured baseline.")
    cora.shoot("Cora sees both values of a revised review")
