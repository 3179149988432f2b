"""The second half of the way: from the ranking to the moment the agencies learn of the decisions."""

from __future__ import annotations

import json
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import expect

from incubator.domain.stages import Stage
from incubator.models.accounts import Person as Account
from incubator.models.gates import Decision
from incubator.models.jobs import Message
from incubator.models.proposals import Proposal
from incubator.models.releases import Release
from tests.journeys.council import IDEAS, QUALITY
from tests.journeys.council_path import Way

SELECTED = (0, 3, 4, 7)
"""The places of the four proposals that are selected; the rest are not."""
REASON = "The panel found the problem well shown."
DECLINED = "Others promised more for the same money."
CHANGE = "A measured baseline would change the answer."
PANEL_NOTE, AGENCY_NOTE = "Between us: the vendor is new.", "Do talk to the county next door."


def the_ranking_is_read(way: Way) -> None:
    way.work()
    cora = way.people("Cora Dean")
    cora.page.goto(f"{way.call}/ranking")
    cora.reads("Scores and ranking")
    for title, _technology in IDEAS:
        cora.sees(title)
    assert cora.charts().count() >= 3
    cora.shoot("Cora reads the ranking")
    rows = cora.main.locator("table").first.locator("tbody tr")
    best = max(range(len(IDEAS)), key=lambda place: QUALITY[place])
    expect(rows.first).to_contain_text(IDEAS[best][0])
    with cora.page.expect_download() as waiting:
        cora.main.locator("a[href$='.json']").first.click()
    told = json.loads(Path(waiting.value.path()).read_text("utf-8"))
    assert "seed" in json.dumps(told)
    cora.page.goto(f"{way.call}/ranking/reviewers")
    cora.sees("Dan Heath", "Gia Slate")


def the_panel_meets(way: Way) -> None:
    quinn, drew = way.people("Quinn Vale"), way.people("Drew Stone")
    number = way.council.numbers[3]
    place = f"{way.call}/panel/{number}"
    quinn.page.goto(f"{way.call}/panel")
    quinn.press("Open the meeting")
    quinn.shoot("Quinn opens the meeting")
    drew.page.goto(place)
    drew.reads(IDEAS[3][0])
    drew.main.get_by_label("Your note").first.fill("Half a thought of Drew")
    quinn.page.goto(place)
    _note(quinn, PANEL_NOTE, "The panel only")
    _note(quinn, AGENCY_NOTE, "The agency too, with the decision")
    expect(drew.main.locator("[data-notes]")).to_contain_text(AGENCY_NOTE)
    expect(drew.main.get_by_label("Your note").first).to_have_value("Half a thought of Drew")
    drew.shoot("Drew sees Quinn's notes while typing")
    drew.press("Add the note")
    drew.sees("Half a thought of Drew", PANEL_NOTE)
    for person in (quinn, drew):
        person.page.goto(place)
        votes = person.main.locator("#votes")
        votes.get_by_label("Yes", exact=True).check()
        person.press("Vote")
    drew.fill("What the panel says of it", "Clear need, clear owner.")
    drew.main.get_by_role("group", name="What the panel recommends").get_by_label(
        "Advance", exact=True
    ).check()
    drew.press("Save the summary")
    drew.sees("Clear need, clear owner.", "2 yes")


def _note(person, text: str, audience: str) -> None:
    person.main.get_by_label("Your note").first.fill(text)
    person.main.locator("#notes").get_by_label(audience).check()
    person.press("Add the note")
    person.sees(text)


def who_has_a_conflict_is_not_in_the_room(way: Way) -> None:
    """Gale works for the Department of Health: nothing of its proposals, on any page of the call."""
    gale, own = way.people("Gale Marsh"), [place for place in range(len(IDEAS)) if place % 3 == 2]
    for page in ("panel", "ranking", "release"):
        gale.page.goto(f"{way.call}/{page}")
        gale.sees(IDEAS[0][0])
        for place in own:
            gale.misses(IDEAS[place][0])
    number = way.council.numbers[own[0]]
    for address in (f"{way.call}/panel/{number}", f"{way.call}/release/{number}"):
        assert gale.page.goto(address).status == 404
    quinn = way.people("Quinn Vale")
    quinn.page.goto(f"{way.call}/panel")
    quinn.sees("Leaves the room: Gale Marsh")
    quinn.press("Close the meeting")


def decisions_are_prepared_and_signed(way: Way) -> None:
    cora = way.people("Cora Dean")
    for chosen, outcome in ((True, "advance"), (False, "stop")):
        cora.page.goto(f"{way.call}/release")
        for place, number in enumerate(way.council.numbers):
            if (place in SELECTED) is chosen:
                cora.main.locator(f"input[type=checkbox][value='{number}']").check()
        cora.press("Prepare the chosen ones together")
        cora.reads("Prepare together")
        cora.main.locator(f"input[name=outcome][value={outcome}]").check()
        if not chosen:
            cora.main.get_by_role("group", name="Why do they end?").get_by_role("radio").first.check()
            cora.fill("What would change the answer, for all", CHANGE)
        cora.fill("Reason for all", REASON if chosen else DECLINED)
        cora.press("Prepare")
    cora.shoot("Cora has prepared all decisions")
    drew = way.people("Drew Stone")
    drew.page.goto(f"{way.call}/release/sign")
    drew.reads("Read and sign")
    drew.press("Sign what is ticked")
    drew.shoot("Drew has signed")


def nobody_knows_yet(way: Way) -> None:
    before = len(way.mails())
    robin = way.people("Robin Hale")
    for number in (way.council.numbers[0], way.council.numbers[6]):
        for page in ("", "/gates", "/history"):
            robin.page.goto(f"/pilots/{number}{page}")
            robin.misses(REASON, DECLINED, CHANGE, AGENCY_NOTE)
    robin.page.goto(f"/pilots/{way.council.numbers[0]}")
    robin.sees("Being reviewed")
    assert len(way.mails()) == before
    with way.council.session() as session:
        steps = session.scalars(
            sa.select(Proposal.stage).where(Proposal.call_id == way.council.call_id)
        ).all()
        assert set(steps) == {Stage.IDEA}


def the_chair_releases_them(way: Way) -> None:
    before = len(way.mails())
    quinn = way.people("Quinn Vale")
    quinn.page.goto(f"{way.call}/release/preview")
    quinn.sees(REASON, DECLINED, CHANGE)
    quinn.shoot("Quinn reads what the agencies will read")
    quinn.press("Release the signed decisions")
    quinn.sees("Released")
    quinn.shoot("Quinn has released the decisions")
    with way.council.session() as session:
        drew = session.scalar(sa.select(Account.id).where(Account.name == "Drew Stone"))
        decided = session.execute(
            sa.select(Decision.decided_by_id, Decision.release_id, Proposal.number, Proposal.stage)
            .join(Proposal, Proposal.id == Decision.proposal_id)
            .where(Decision.release_id.is_not(None))
            .order_by(Proposal.id)
        ).all()
        release = session.scalars(sa.select(Release)).one()
        assert [row.number for row in decided] == way.council.numbers
        assert {(row.decided_by_id, row.release_id) for row in decided} == {(drew, release.id)}
        stages = [row.stage for row in decided]
        assert [place for place, stage in enumerate(stages) if stage is Stage.DESIGN] == list(SELECTED)
        addresses = session.scalars(sa.select(Message.address).order_by(Message.id)).all()[before:]
    # Robin wrote the four of the Department of Transportation; Morgan leads the Department of Labor.
    assert addresses.count(way.council.emails["Robin Hale"]) == 4
    assert addresses.count(way.council.emails["Morgan Low"]) == 4


def the_agencies_read_why(way: Way) -> None:
    robin = way.people("Robin Hale")
    declined = way.council.numbers[6]
    robin.page.goto(f"/pilots/{declined}")
    robin.page.goto(f"/pilots/{declined}/gates")
    robin.sees(DECLINED, CHANGE)
    robin.sees(f"on {declined}, number 1.")
    for name in ("Ada Moss", "Ben Fern", "Cleo Birch", "Dan Heath", "Eve Larch", "Finn Reed"):
        robin.misses(f"Reviewer {name}")
    robin.misses(PANEL_NOTE)
    robin.shoot("Robin reads why it was not selected")
    chosen = way.council.numbers[3]
    robin.page.goto(f"/pilots/{chosen}/gates")
    robin.sees(REASON, AGENCY_NOTE)
    robin.misses(PANEL_NOTE)
