"""The gates' pages as a gatekeeper, a coordinator, a pilot's lead and an agency see them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.conflicts import ConflictKind
from incubator.domain.gates import GATES, GateKey
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import Origin, Outcome, Stage, Step
from incubator.models.conflicts import Conflict
from incubator.models.gates import Condition, Decision, Extension, GateCheck
from incubator.models.pilots import Cadence, CriterionKind, Direction, Metric, Reading
from incubator.models.proposals import Proposal
from tests.conftest import NOW


def today() -> date:
    """The day on which the pages of a test are looked at."""
    return NOW.date()


@pytest.fixture
def agency(world):
    return world.agency("CDOT", "Department of Transportation")


@pytest.fixture
def panel(world):
    return world.person("Pat Panel", Role.GATEKEEPER)


@pytest.fixture
def proposal(world, agency):
    """In review, with three reviews in and screening passed: one confirmation away from being ready."""
    return in_review(world, agency, "Signals that see")


def in_review(world, agency, title, *, ready=False, **values):
    proposal = world.proposal(title, agency=agency, step=Step.REVIEW, **values)
    decided(world, proposal, GateKey.G0, Outcome.ADVANCE, "A real problem.")
    for place in range(3):
        reviewer = world.person(f"Reviewer {place} {title}", Role.REVIEWER)
        world.review(proposal, reviewer, state=ReviewState.SUBMITTED, total=3.0 + place / 2)
    if ready:
        confirm(world, proposal, GateKey.G1, "no_red_flag")
    return proposal


def decided(world, proposal, gate, outcome, reason) -> Decision:
    return world.add(
        Decision(
            proposal_id=proposal.id,
            gate=gate,
            outcome=outcome,
            from_stage=Stage.IDEA,
            to_stage=Stage.IDEA,
            reason=reason,
            decided_at=world.now,
            evidence={"gate": gate.value, "reviews": {"handed_in": 1, "totals": [4.25], "mean": 4.25,
                      "median": 4.25, "recommendations": {"yes": 1, "maybe": 0, "no": 0}}},
            evidence_sha256="ab" * 32,
        )
    )  # fmt: skip


def confirm(world, proposal, gate, *keys):
    for key in keys:
        world.add(
            GateCheck(
                proposal_id=proposal.id, gate=gate, key=key, met=True, note="Seen.", checked_at=world.now
            )
        )


def gates_url(proposal, rest=""):
    return f"/pilots/{proposal.number}/gates{rest}"


def test_page_says_the_question_what_is_missing_and_who_it_waits_on(browser, world, panel, proposal):
    world.person("Cory Coordinator", Role.COORDINATOR)
    page = browser(panel).get(gates_url(proposal))
    assert page.heading == "Gates and decisions"
    assert "Is it clear, aligned and worth it?" in page.text
    assert page.texts("li", "met") == [
        "Screening is passed Met",
        "The reviews asked for are in, from people without a conflict Met",
    ]
    assert "No red flag is open Waiting on: Cory Coordinator" in page.text
    assert "1 of 3" in page.texts("dd")


def test_overdue_is_said_with_age_money_and_who_it_waits_on(browser, world, agency, panel):
    proposal = in_review(
        world, agency, "Late one", due_on=today() - timedelta(days=12), requested_cents=12_345_600
    )
    page = browser(panel).get(gates_url(proposal))
    assert "Decision overdue" in page.texts("p", "notice-title")[0]
    assert "12 days ago. $123,456 is tied up in it. Waiting on: Coordinator." in page.text


def test_coordinator_answers_a_must_meet_and_the_list_closes(browser, world, session, panel, proposal):
    visitor = browser(world.person("Cory Coordinator", Role.COORDINATOR))
    page = visitor.submit(gates_url(proposal, "/g1/no_red_flag"), met="yes", note="Asked security.")
    assert "Your answer is recorded." in page.text
    assert "Nothing" in page.texts("dd")
    check = session.scalars(sa.select(GateCheck).where(GateCheck.key == "no_red_flag")).one()
    assert (check.met, check.note) == (True, "Asked security.")


def test_a_no_needs_its_note_and_keeps_the_answer(browser, world, proposal):
    visitor = browser(world.person("Cory Coordinator", Role.COORDINATOR))
    page = visitor.submit(gates_url(proposal, "/g1/no_red_flag"), met="no", note=" ", status=422)
    assert "Write why it is not met or does not apply." in page.texts("div", "error-summary")[0]
    assert [r.get("value") for r in page.tree.iter("input") if r.get("checked") is not None] == ["no"]  # fmt: skip


def test_automatic_must_meets_have_no_answer_page(browser, world, proposal):
    visitor = browser(world.person("Cory Coordinator", Role.COORDINATOR))
    visitor.get(gates_url(proposal, "/g1/reviews_in"), 404)
    visitor.get(gates_url(proposal, "/g1/nonsense"), 404)


def test_advance_is_offered_only_when_nothing_is_missing(browser, world, panel, proposal):
    visitor = browser(panel)
    before = visitor.get(gates_url(proposal, "/g1"))
    assert "One must-meet is missing" in before.text
    assert radio_values(before, "outcome") == [
        "advance_with_conditions", "hold", "rework", "stop", "transfer", "merge",
    ]  # fmt: skip
    confirm(world, proposal, GateKey.G1, "no_red_flag")
    world.session.commit()
    assert radio_values(visitor.get(gates_url(proposal, "/g1")), "outcome")[0] == "advance"


def radio_values(page, name):
    inputs = page.tree.iter("input")
    return [field.get("value") for field in inputs if field.get("name") == name]


def test_deciding_moves_the_record_and_shows_the_reason(browser, world, session, agency, panel):
    proposal = in_review(world, agency, "Ready", ready=True)
    visitor = browser(panel)
    page = visitor.submit(
        gates_url(proposal, "/g1"), outcome="advance", reason="Clear need, small cost.", holding="outcome"
    )
    assert "Your decision is recorded: Advance." in page.text
    assert "Clear need, small cost." in page.text
    session.expire_all()
    assert session.get(Proposal, proposal.id).stage is Stage.DESIGN
    assert "Are the five practices of a good pilot met?" in page.text


def test_conditions_are_kept_with_owner_and_day(browser, world, session, panel, proposal):
    owner = world.person("Olive Owner", Role.COORDINATOR)
    visitor = browser(panel)
    more = visitor.submit(
        gates_url(proposal, "/g1"),
        {"conditions-0-text": "Ask the union", "more": "1", "outcome": "advance_with_conditions"},
        holding="outcome",
    )
    assert [text for text in more.texts("legend") if text.startswith("Condition ")] == [
        f"Condition {place}" for place in range(1, 6)
    ]
    due = today() + timedelta(days=20)
    page = visitor.submit(
        more,
        {
            "conditions-0-owner": "olive owner",
            "conditions-0-due_on": due.isoformat(),
            "conditions-4-text": "Name a second site",
            "conditions-4-owner": "The vendor",
            "conditions-4-due_on": due.strftime("%m/%d/%Y"),
            "reason": "Worth it if these hold.",
        },
        holding="outcome",
    )
    rows = session.scalars(sa.select(Condition).order_by(Condition.id)).all()
    assert [(row.text, row.owner_id, row.owner_name, row.due_on) for row in rows] == [
        ("Ask the union", owner.id, "olive owner", due),
        ("Name a second site", None, "The vendor", due),
    ]
    assert "Ask the union" in page.text
    assert "Name a second site" in page.text


def test_a_condition_without_a_day_is_told_beside_its_field(browser, panel, proposal):
    visitor = browser(panel)
    page = visitor.submit(
        gates_url(proposal, "/g1"),
        {
            "outcome": "advance_with_conditions",
            "conditions-1-text": "Ask the union",
            "conditions-1-owner": "The vendor",
            "reason": "Kept text.",
        },
        holding="outcome",
        status=422,
    )
    assert "Enter by when it is done." in page.texts("div", "error-summary")[0]
    assert 'href="#conditions-1-due_on"' in page.html
    assert "Kept text." in page.html
    assert 'value="Ask the union"' in page.html


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"outcome": "hold"}, "Enter the day until which it is held."),
        ({"outcome": "hold", "hold_until": "1/1/2020"}, "The day must lie in the future."),
        ({"outcome": "hold", "hold_until": "12/31/2199"}, "Hold it for two years at most."),
        ({"outcome": "hold", "hold_until": "soon"}, "Enter a date like"),
        ({"outcome": "stop"}, "Choose why it ends."),
        ({"outcome": "stop", "end_reason": "goals_met"}, "Choose why it ends."),
        ({"outcome": "transfer"}, "Enter who takes it over."),
        (
            {"outcome": "merge", "merged_into": "NO-9999"},
            "Enter the number of the proposal it is merged into, such as DOT-0001.",
        ),
        ({"outcome": "advance_with_conditions"}, "Write at least one condition."),
        ({"outcome": "stop", "end_reason": "demand", "reason": " "}, "Write the reason for the decision."),
        ({}, "Choose what you decide"),
    ],
)
def test_what_is_not_complete_is_said(browser, session, panel, proposal, fields, message):
    fields = {"reason": "Because.", **fields}
    page = browser(panel).submit(gates_url(proposal, "/g1"), fields, holding="outcome", status=422)
    assert message in page.texts("div", "error-summary")[0]
    session.expire_all()
    assert session.get(Proposal, proposal.id).step is Step.REVIEW
    assert session.scalar(sa.select(sa.func.count()).select_from(Decision)) == 1


def test_who_comes_second_sees_both_decisions(browser, world, session, agency, panel):
    proposal = in_review(world, agency, "Contested", ready=True)
    second = world.person("Sam Second", Role.GATEKEEPER)
    first, late = browser(panel), browser(second)
    open_form = late.get(gates_url(proposal, "/g1"))
    first.submit(
        gates_url(proposal, "/g1"),
        outcome="stop",
        end_reason="demand",
        reason="Nobody asked.",
        holding="outcome",
    )
    page = late.submit(open_form, outcome="advance", reason="I like it.", holding="outcome", status=409)
    assert page.heading == "Somebody changed this record before you decided"
    assert "Nobody asked." in page.text
    assert "I like it." in page.text
    session.expire_all()
    assert session.get(Proposal, proposal.id).stage is Stage.CLOSED


def test_own_agency_and_conflicted_people_cannot_reach_the_form(browser, world, agency, proposal):
    own = world.person("Owen Own", Role.GATEKEEPER, agency=agency)
    conflicted = world.person("Connie Conflict", Role.GATEKEEPER, Role.COORDINATOR)
    world.add(
        Conflict(
            person_id=conflicted.id, proposal_id=proposal.id, kind=ConflictKind.VENDOR, declared_at=world.now
        )
    )
    for person in (own, conflicted):
        visitor = browser(person)
        visitor.get(gates_url(proposal, "/g1"), 403)
        assert proposal.title not in visitor.get("/decisions").text
    visitor = browser(conflicted)
    visitor.get(gates_url(proposal, "/g1/no_red_flag"), 403)
    assert "Connie Conflict" not in visitor.get(gates_url(proposal)).texts("p", "move")


def test_agency_reads_reasons_and_its_own_part_only(browser, world, agency, proposal):
    decided(world, proposal, GateKey.G1, Outcome.REWORK, "Tell us who would use it.")
    lead = world.person("Ada Lead", (Role.AGENCY_LEAD, agency))
    page = browser(lead).get(gates_url(proposal))
    assert "Tell us who would use it." in page.text
    assert "Sent back for changes" in page.text
    for internal in ("4.25", "ab" * 32, "No red flag is open", "evidence", "Reviewer 0"):
        assert internal not in page.html, internal


def test_agency_reads_the_mean_only_where_the_call_shares_it(browser, world, agency):
    lead = world.person("Ada Lead", (Role.AGENCY_LEAD, agency))
    visitor = browser(lead)
    for shares, expected in ((True, True), (False, False)):
        proposal = in_review(
            world,
            agency,
            f"Shared {shares}",
            call=world.call(agency_sees="total" if shares else "nothing"),
            score=3.5,
        )
        world.session.commit()
        assert "What the reviewers said" not in visitor.get(gates_url(proposal)).text
        decided(world, proposal, GateKey.G1, Outcome.REWORK, "Not yet.")
        world.session.commit()
        page = visitor.get(gates_url(proposal)).text
        assert ("scored it from 1 (poor) to 5 (strong): 4.3." in page) is expected
        assert ("What the reviewers said" in page) is expected


def test_another_agency_does_not_learn_of_it(browser, world, proposal):
    stranger = world.person("Stan Stranger", (Role.AGENCY_LEAD, world.agency("DOR")))
    visitor = browser(stranger)
    visitor.get(gates_url(proposal), 404)
    visitor.get(gates_url(proposal, "/g1"), 404)


def test_time_is_given_once(browser, world, session, agency, panel):
    proposal = in_review(world, agency, "Slow", due_on=today() + timedelta(days=3))
    visitor = browser(panel)
    page = visitor.submit(gates_url(proposal, "/extend"), days="400", reason="x", status=422)
    assert "Enter from 1 to 90 days." in page.text
    page = visitor.submit(gates_url(proposal, "/extend"), days="30", reason="A reviewer is ill.")
    assert "30 days more were given in this stage." in page.text
    assert "Give more time" not in page.text
    page = visitor.submit(gates_url(proposal, "/extend"), days="5", reason="Again.", status=422)
    assert "More time was given once already in this stage." in page.text


def test_more_time_leads_past_today(browser, world, session, agency, panel):
    proposal = in_review(world, agency, "Late", due_on=today() - timedelta(days=55))
    visitor = browser(panel)
    page = visitor.submit(gates_url(proposal, "/extend"), days="55", reason="x", status=422)
    assert "overdue by 55 days. Enter from 56 to 90 days." in page.text
    assert session.query(Extension).count() == 0
    visitor.submit(gates_url(proposal, "/extend"), days="56", reason="A reviewer is ill.")
    older = in_review(world, agency, "Older", due_on=today() - timedelta(days=90))
    page = visitor.submit(gates_url(older, "/extend"), days="90", reason="x", status=422)
    assert "overdue by 90 days and can be put off by at most 90. Decide now." in page.text


def test_the_scale_decision_can_be_put_off_once_or_end_without_an_effect(
    browser, world, session, agency, panel
):
    proposal = full_pilot(world, agency, "Long")
    proposal.midpoint_passed, proposal.due_on = True, today() + timedelta(days=3)
    world.session.commit()
    visitor = browser(panel)
    page = visitor.get(gates_url(proposal, "/g4"))
    assert "extend" in radio_values(page, "outcome")
    assert "no_effect" in radio_values(page, "end_reason")
    page = visitor.submit(
        gates_url(proposal, "/g4"), outcome="extend", extend_days="91", reason="x", status=422
    )
    assert "Enter from 1 to 90 days." in page.text
    visitor.submit(
        gates_url(proposal, "/g4"),
        outcome="extend",
        extend_days="60",
        reason="Two months of data are missing.",
    )
    session.expire_all()
    assert (proposal.step, proposal.stage) == (Step.RUNNING, Stage.PILOT)
    decision = session.query(Decision).filter_by(proposal_id=proposal.id, gate=GateKey.G4).one()
    assert (decision.outcome, decision.to_stage) == (Outcome.EXTEND, Stage.PILOT)
    assert "extend" not in radio_values(visitor.get(gates_url(proposal, "/g4")), "outcome")


def test_hold_resume_and_revive(browser, world, session, agency, panel):
    proposal = in_review(world, agency, "Back and forth", ready=True)
    visitor = browser(panel)
    day = today() + timedelta(days=60)
    page = visitor.submit(
        gates_url(proposal, "/g1"),
        outcome="hold",
        hold_until=day.isoformat(),
        reason="Budget.",
        holding="outcome",
    )
    assert "On hold until" in page.text
    page = visitor.submit(gates_url(proposal, "/resume"), reason="The money came early.")
    assert "The record is off hold." in page.text
    visitor.submit(
        gates_url(proposal, "/g1"),
        outcome="stop",
        end_reason="feasibility",
        reason="It cannot.",
        holding="outcome",
    )
    page = visitor.submit(gates_url(proposal, "/revive"), reason="A new sensor.")
    assert "The record is taken up again." in page.text
    session.expire_all()
    assert session.get(Proposal, proposal.id).step is Step.REVIEW


def test_amending_adds_and_never_edits(browser, world, session, panel, proposal):
    decision = decided(world, proposal, GateKey.G1, Outcome.REWORK, "First words.")
    visitor = browser(panel)
    page = visitor.submit(f"/pilots/{proposal.number}/decisions/{decision.id}/amend", reason="Second words.")
    assert "First words." in page.text
    assert "Second words." in page.text
    session.expire_all()
    assert session.get(Decision, decision.id).reason == "First words."


def test_condition_is_closed_by_its_owner_with_a_note(browser, world, session, agency, proposal):
    decision = decided(world, proposal, GateKey.G1, Outcome.ADVANCE_WITH_CONDITIONS, "If so.")
    owner = world.person("Olive Owner", (Role.AGENCY_LEAD, agency))
    condition = world.add(
        Condition(
            decision_id=decision.id,
            proposal_id=proposal.id,
            text="Ask the union",
            owner_id=owner.id,
            due_on=today(),
        )
    )
    other = world.person("Other Lead", (Role.AGENCY_LEAD, agency))
    url = f"/pilots/{proposal.number}/conditions/{condition.id}"
    browser(other).get(url, 403)
    page = browser(owner).submit(url, note="They agreed in writing.")
    assert "They agreed in writing." in page.text
    session.expire_all()
    assert session.get(Condition, condition.id).closed_by_id == owner.id


def test_queue_puts_ready_first_then_the_longest_overdue(browser, world, agency, panel):
    other = world.agency("DOR", "Department of Revenue")
    in_review(world, agency, "Due later", due_on=today() + timedelta(days=9))
    in_review(world, agency, "Long over", due_on=today() - timedelta(days=40), requested_cents=5_000_000)
    in_review(world, other, "Ready one", ready=True, due_on=today() + timedelta(days=20))
    in_review(world, other, "Just over", due_on=today() - timedelta(days=2), planned_cents=1_000_000)
    world.proposal("Draft", agency=agency, step=Step.DRAFT)
    visitor = browser(panel)
    page = visitor.get("/decisions")
    assert titles(page) == ["Ready one", "Long over", "Just over", "Due later"]
    assert list(page.texts("strong"))[:4] == ["4", "1", "2", "$60,000"]
    assert titles(visitor.get("/decisions?when=overdue")) == ["Long over", "Just over"]
    assert titles(visitor.get("/decisions?when=ready")) == ["Ready one"]
    assert titles(visitor.get("/decisions?agency=DOR")) == ["Ready one", "Just over"]
    assert titles(visitor.get("/decisions?gate=g2")) == []
    assert titles(visitor.get("/decisions?sort=money&order=desc"))[:2] == ["Long over", "Just over"]
    assert (
        titles(visitor.get("/decisions?gate=zzz&when=%00&sort=1;drop&page=-1&agency=%00"))[0] == "Ready one"
    )


def titles(page):
    heads = [cell for cell in page.tree.iter("th") if cell.get("scope") == "row"]
    return ["".join(cell.find("a").itertext()) for cell in heads]


def test_queue_holds_only_what_one_decides(browser, world, agency):
    in_review(world, agency, "In review")
    world.proposal("At screening", agency=agency, step=Step.SCREENING)
    world.proposal("Running", agency=agency, step=Step.RUNNING)
    for step in (Step.SCREENING, Step.DESIGN, Step.RUNNING, Step.SCALING):
        world.proposal(f"Imported at {step}", agency=agency, step=step, origin=Origin.INVENTORY)
    world.proposal("Held past", agency=agency, step=Step.ON_HOLD, hold_until=date(2026, 1, 1),
                   due_on=date(2026, 1, 1), resume_stage=Stage.PILOT)  # fmt: skip
    world.proposal("Held still", agency=agency, step=Step.ON_HOLD, hold_until=date(2199, 1, 1),
                   due_on=date(2199, 1, 1), resume_stage=Stage.DESIGN)  # fmt: skip
    seen = {
        role: sorted(titles(browser(world.person(role.value, role)).get("/decisions")))
        for role in (Role.COORDINATOR, Role.GATEKEEPER, Role.LEADERSHIP)
    }
    assert seen == {
        Role.COORDINATOR: ["At screening"],
        Role.GATEKEEPER: ["Held past", "In review", "Running"],
        Role.LEADERSHIP: ["Held past", "Running"],
    }
    limited = world.person("Limited", (Role.GATEKEEPER, world.agency("ELSE")))
    assert titles(browser(limited).get("/decisions")) == []
    browser(world.person("Reviewer", Role.REVIEWER)).get("/decisions", 403)


def full_pilot(world, agency, title):
    proposal = world.proposal(title, agency=agency, step=Step.RUNNING)
    pilot = world.pilot(proposal)
    metric = world.add(
        Metric(
            pilot_id=pilot.id,
            name="Wait",
            unit="minutes",
            direction=Direction.DOWN,
            kind=CriterionKind.GOAL,
            baseline=50,
            target=20,
            cadence=Cadence.MONTHLY,
        )
    )
    world.add(Reading(metric_id=metric.id, taken_on=today(), value=31.5, recorded_at=world.now))
    decided(world, proposal, GateKey.G1, Outcome.ADVANCE, "Good.")

    return proposal


def test_statements_do_not_grow(browser, world, agency, panel, statements):
    full_pilot(world, agency, "One")
    visitor = browser(panel)
    counts = []
    for more in ((), ("Two", "Three")):
        for title in more:
            full_pilot(world, agency, title)
        world.session.commit()
        with statements() as seen:
            visitor.get("/decisions")
        counts.append(len(seen))
    assert counts == [13, 13]


def test_statements_of_a_records_pages(browser, world, agency, panel, statements):
    proposal = full_pilot(world, agency, "One")
    visitor = browser(panel)
    counts = []
    for _round in range(2):
        world.session.commit()
        row = []
        for url in (gates_url(proposal), gates_url(proposal, "/g3")):
            with statements() as seen:
                visitor.get(url)
            row.append(len(seen))
        counts.append(row)
        for _more in range(2):
            decided(world, proposal, GateKey.G3, Outcome.ADVANCE, "Again.")
            world.review(proposal, world.person(), state=ReviewState.SUBMITTED, total=4.0)
    assert counts[0] == counts[1]
    # The decision page shows all that is frozen with the decision: the evaluation with its readings, the money.
    assert max(counts[0]) <= 32, counts


def test_hostile_words_are_shown_as_words(browser, world, agency, panel):
    proposal = in_review(world, agency, "<script>alert(1)</script>", ready=True)
    visitor = browser(panel)
    page = visitor.submit(
        gates_url(proposal, "/g1"),
        outcome="advance",
        reason="<b>bold</b> مرحبا 🚦\x00 {{7*7}}",
        holding="outcome",
        status=422,
    )
    assert "<b>bold</b>" not in page.html
    page = visitor.submit(page, outcome="advance", holding="outcome")
    assert "<b>bold</b> مرحبا 🚦 {{7*7}}" in page.text


def test_gates_have_words_for_every_page(browser, world, agency, panel):
    """Every gate's form opens in the step it belongs to."""
    steps = {GateKey.G1: Step.REVIEW, GateKey.G2: Step.DESIGN, GateKey.G3: Step.RUNNING,
             GateKey.G4: Step.RUNNING, GateKey.G5: Step.SCALING}  # fmt: skip
    visitor = browser(panel)
    for key, step in steps.items():
        proposal = world.proposal(f"At {key}", agency=agency, step=step)
        world.session.commit()
        page = visitor.get(gates_url(proposal, f"/{key}"))
        assert page.heading == f"Decide: {GATES[key].name}"


def test_a_missing_benefit_links_to_the_page_that_records_it(world, browser):
    record = world.proposal("Bridge sensors", step=Step.SCALING)
    world.pilot(record)
    page = browser(world.person("Cora", Role.COORDINATOR)).get(f"/pilots/{record.number}/gates")
    leads = [
        link.get("href")
        for move in page.tree.iter("p")
        if move.get("class") == "move"
        for link in move.iter("a")
    ]
    assert f"/pilots/{record.number}/benefit" in leads
    assert f"/pilots/{record.number}/plan" not in leads
