"""Before the release no page, file, mail or event tells anybody outside the panel what was prepared; after it, the
agency reads it. Every address that answers to GET is opened, as everybody who is not to know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from incubator.domain.conflicts import ConflictKind
from incubator.domain.panels import NoteAudience
from incubator.domain.releases import AgencySees
from incubator.domain.roles import Role
from incubator.domain.stages import EndReason, Outcome, Step
from incubator.flows import prepared as flow
from incubator.flows import release as release_flow
from incubator.models.accounts import Person
from incubator.models.conflicts import Conflict
from incubator.models.history import Event
from incubator.models.jobs import Message
from incubator.models.panels import PanelNote, PanelSummary
from incubator.models.proposals import Proposal
from incubator.models.releases import PreparedDecision
from incubator.queries import releases as query
from tests.browser import Page
from tests.flows.deciders import confirm
from tests.house.addresses import FIXED
from tests.house.town import Town, found_town
from tests.web.test_hostile_readers import reached, text_of

REASON, CHANGE = "kestrelreason", "kestrelchange"
TRACES = (REASON, CHANGE)


@dataclass
class Eve:
    """The evening before the release: one proposal of the own agency is stopped in a prepared, signed decision."""

    town: Town
    proposal: Proposal
    chair: Person
    signer: Person
    barred: tuple[Person, ...]


@pytest.fixture
def eve(world, session) -> Eve:
    town = found_town(world)
    call, proposal = town.own.call, town.own.records[Step.REVIEW]
    chair, signer = world.person("Chris Chair", Role.GATEKEEPER), world.person("Gale Signer", Role.GATEKEEPER)
    preparer = world.person("Cory Preparer", Role.COORDINATOR)
    call.decides_together, call.chair_id = True, chair.id
    call.agency_sees = AgencySees.COMMENTS
    confirm(world, proposal, release_flow.RELEASED_AT)
    session.flush()
    flow.prepare(
        session,
        world.actor(preparer),
        proposal_id=proposal.id,
        draft=flow.Draft(Outcome.STOP, f"It {REASON}.", f"If {CHANGE}.", EndReason.VENDOR),
        seen=flow.NO_VERSION,
        now=world.now,
    )
    one = session.scalars(sa.select(PreparedDecision)).one()
    flow.sign(
        session,
        world.actor(signer),
        call_id=call.id,
        seen={proposal.id: flow.Seen(one.version, proposal.version)},
        now=world.now,
    )
    barred = world.person("Con Flicted", Role.GATEKEEPER), world.person("Bo Barred", Role.COORDINATOR)
    for person in barred:
        world.add(
            Conflict(
                person_id=person.id, proposal_id=proposal.id, kind=ConflictKind.OTHER, declared_at=world.now
            )
        )
    world.add(
        PanelNote(
            proposal_id=proposal.id,
            author_id=signer.id,
            audience=NoteAudience.AGENCY,
            text=f"Talk, {CHANGE}.",
            written_at=world.now,
        )
    )
    world.add(
        PanelSummary(
            proposal_id=proposal.id, text=f"{REASON}", recommendation=Outcome.STOP, changed_at=world.now
        )
    )
    session.commit()
    return Eve(town, proposal, chair, signer, barred)


def outsiders(eve: Eve) -> dict[str, Person]:
    """Everybody who is not to know: each role that does not prepare, and who would but has a conflict."""
    roles = [role for role in Role if role not in (Role.COORDINATOR, Role.GATEKEEPER)]
    found = {role.value: eve.town.people[role.value] for role in roles}
    return {**found, **{person.name: person for person in eve.barred}}


def every_address(app: Flask, eve: Eve) -> Iterator[str]:
    """Every address that answers to GET, for this proposal and the rows of its agency."""
    side = eve.town.own
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in ("static", "public_sans"):
            continue
        gates = {"gate": ("g0", "g1", "g3")} if "gate" in rule.arguments else {"gate": ("",)}
        forms = ("csv", "xlsx", "pdf", "svg") if "form" in rule.arguments else ("",)
        for gate in gates["gate"]:
            for form in forms:
                given: dict[str, Any] = {}
                for name in rule.arguments:
                    given[name] = side.ids.get(name, FIXED.get(name, "x"))
                given |= {"number": eve.proposal.number, "slug": side.call.slug, "code": side.agency.code}
                given |= {"gate": gate} if gate else {}
                given |= {"form": form} if form else {}
                try:
                    yield adapter.build(rule.endpoint, {n: given[n] for n in rule.arguments}, method="GET")
                except ValueError:
                    assert form, rule  # a file of a form that this page does not give


def readings(app: Flask, visitor: Any, eve: Eve) -> Iterator[tuple[str, str]]:
    """(address, text) of every address by its rule and of all that links lead to; faulty addresses are refused."""
    for address in every_address(app, eve):
        with visitor.client.get(address) as response:
            assert response.status_code < 500, address
            yield address, text_of(response).casefold()
    # Searched without their last letter: what was searched for stands on the page itself.
    for question in (*(f"q={word[:-1]}" for word in TRACES), "outcome=stop", "stage=closed"):
        with visitor.client.get(f"/portfolio?{question}") as response:
            yield f"/portfolio?{question}", text_of(response).casefold()
    for address, text in reached(visitor):
        yield address, text.casefold()


def trace(text: str) -> bool:
    return any(word in text for word in TRACES)


@pytest.mark.slow
def test_nobody_outside_the_panel_finds_a_trace_before_the_release(app, session, browser, eve):
    found, opened = [], 0
    for name, person in outsiders(eve).items():
        visitor = browser(person)
        before = len(found)
        for address, text in readings(app, visitor, eve):
            opened += 1
            found += [f"{name} at {address}"] if trace(text) else []
        assert len(found) == before, found
    assert found == []
    assert opened > 1_000
    assert session.scalars(sa.select(Message)).all() == []
    assert [
        dict(one) for one in session.scalars(sa.select(Event.details)) if trace(str(one).casefold())
    ] == []


def test_the_panel_finds_it_by_the_same_search(app, browser, eve):
    """Proof that the search would find a trace where there is one."""
    found = [address for address, text in readings(app, browser(eve.chair), eve) if trace(text)]
    assert f"/calls/{eve.town.own.call.slug}/release/preview" in found
    assert f"/calls/{eve.town.own.call.slug}/release/{eve.proposal.number}" in found
    elsewhere = [one for one in found if "/release" not in one and "/panel" not in one]
    assert elsewhere == [], "the record's own pages say nothing yet, to anybody"


LOOKED_AT = (
    "/",
    "/portfolio",
    "/portfolio/statistics",
    "/priorities",
    "/decisions",
    "/calls",
    "/history",
    "/agencies",
)


def test_lists_and_figures_are_the_same_as_without_a_prepared_decision(session, browser, eve):
    """Counts, orders and figures of everybody outside, compared with the world in which nothing was prepared."""
    number = eve.proposal.number
    addresses = [
        *LOOKED_AT,
        f"/pilots/{number}",
        f"/pilots/{number}/gates",
        f"/pilots/{number}/reviews",
        f"/agencies/{eve.town.own.agency.code}",
        f"/calls/{eve.town.own.call.slug}",
        "/portfolio?sort=changed",
    ]

    def seen() -> dict[tuple[str, str], tuple[int, str]]:
        found = {}
        for name, visitor in visitors.items():
            for address in addresses:
                response = visitor.client.get(address)
                page = Page(address, response)
                found[name, address] = (response.status_code, page.text if page.html else "")
        return found

    visitors = {
        name: browser(person)
        for name, person in outsiders(eve).items()
        if name not in ("administrator", "leadership")
    }
    before = seen()
    session.execute(sa.delete(PreparedDecision))
    session.commit()
    after = seen()
    assert before.keys() == after.keys()
    assert [key for key in before if before[key] != after[key]] == []


def test_history_says_that_something_was_prepared_but_not_what(browser, eve):
    administrator = eve.town.people["administrator"]
    page = browser(administrator).get("/history")
    assert "prepared a decision." in page.text
    assert "signed the prepared decision." in page.text
    for word in (*TRACES, "stop", "vendor"):
        lines = [line for line in page.texts("p", "sentence") if "decision" in line]
        assert [line for line in lines if word in line.casefold()] == []


@pytest.mark.slow
def test_after_the_release_the_agency_reads_it(session, world, browser, eve):
    chair = world.actor(eve.chair)
    shown = query.fingerprint(query.waiting(session, chair, eve.town.own.call.id))
    release_flow.release(
        session,
        chair,
        call_id=eve.town.own.call.id,
        seen=shown,
        without_unsigned=False,
        base_url="http://localhost",
        now=world.now,
    )
    session.commit()
    for role in ("submitter", "agency_lead"):
        found = [
            address for address, text in reached(browser(eve.town.people[role])) if trace(text.casefold())
        ]
        assert f"/pilots/{eve.proposal.number}/gates" in found, role
    mailed = session.scalars(sa.select(Message.recipient_id).order_by(Message.recipient_id)).all()
    assert mailed == sorted(eve.town.people[role].id for role in ("submitter", "agency_lead"))
    for person in eve.barred[:1]:
        assert [a for a, text in reached(browser(person)) if trace(text.casefold())] == []
