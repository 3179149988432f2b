"""A call's decisions in the browser: prepared, signed, previewed, released, and read by the agency."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.conflicts import ConflictKind
from incubator.domain.roles import Role
from incubator.domain.stages import Outcome, Step
from incubator.flows import prepared as flow
from incubator.models.conflicts import Conflict
from incubator.models.gates import GateCheck
from incubator.models.jobs import Message
from incubator.models.releases import PreparedDecision, Release
from incubator.models.screening import Snippet
from tests.flows.releasing import found_panel
from tests.web.test_gates import radio_values, today

HERE = "/calls/spring/release"


@pytest.fixture
def panel(world):
    return found_panel(world, places=1, budget_cents=500_00)


def test_the_list_says_state_money_and_places(browser, panel):
    panel.signed("Sees")
    panel.prepare(panel.ready("Hears", place=1), Outcome.STOP)
    panel.signed("Waits", place=1).summary = "Changed."
    panel.ready("Nothing yet")
    page = browser(panel.coordinator).get(HERE)
    assert page.heading == "Decisions to release"
    tags = page.texts("span", "tag")
    states = ("Not prepared", "Prepared", "Signed", "Look at it again")
    assert [tags.count(word) for word in states] == [1, 1, 1, 1]
    limits = page.texts("dl", "limits")[0]
    assert limits == (
        "Selected2 of 1 places Over the limit Money of the selected$2,000 of $500 budget Over the limit"
    )


def test_who_was_selected_earlier_holds_a_place(browser, world, panel):
    panel.signed("Sees")
    panel.signed("Ends", Outcome.STOP)
    barred = panel.signed("Kestrel")
    panel.release()
    panel.prepare(panel.ready("Hears"))
    world.add(
        Conflict(
            person_id=panel.chair.id, proposal_id=barred.id, kind=ConflictKind.OTHER, declared_at=world.now
        )
    )
    world.session.commit()
    for person, places, money, before in (
        (panel.second, 3, "$3,000", "2 of them were selected earlier in this call."),
        (panel.chair, 2, "$2,000", "One of them was selected earlier in this call."),
    ):
        page = browser(person).get(HERE)
        limits = page.texts("dl", "limits")[0]
        assert f"Selected{places} of 1 places" in limits
        assert money in limits
        assert before in page.text


def test_filters_stand_in_the_address(browser, panel):
    panel.signed("Sees")
    panel.prepare(panel.ready("Hears", place=1), Outcome.STOP)
    visitor = browser(panel.second)
    titles = {
        query: [
            title for title in ("Sees", "Hears") if title in visitor.get(f"{HERE}?{query}").texts("table")[0]
        ]
        for query in (
            "state=signed",
            "state=prepared",
            "outcome=stop",
            "agency=DNR",
            "state=nonsense&sort=wrong&page=9x",
        )
    }
    assert titles == {
        "state=signed": ["Sees"],
        "state=prepared": ["Hears"],
        "outcome=stop": ["Hears"],
        "agency=DNR": ["Hears"],
        "state=nonsense&sort=wrong&page=9x": ["Sees", "Hears"],
    }
    for order in ("score", "number", "agency", "state", "money"):
        visitor.get(f"{HERE}?sort={order}&order=desc")
    assert "Nothing matches these filters" in visitor.get(f"{HERE}?state=changed").text


def test_who_opens_the_pages(browser, world, panel):
    proposal = panel.signed()
    addresses = [HERE, f"{HERE}/preview", f"{HERE}/sign", f"{HERE}/together", f"{HERE}/{proposal.number}"]
    for role in (Role.REVIEWER, Role.LEADERSHIP, Role.ADMINISTRATOR, Role.EVALUATOR):
        visitor = browser(world.person("", role))
        for address in addresses:
            visitor.get(address, 403)
    for person in (panel.authors[0], panel.leads[0]):
        visitor = browser(person)
        for address in addresses:
            visitor.get(address, 403)
    for person in (panel.coordinator, panel.second, panel.chair):
        visitor = browser(person)
        for address in addresses[:3]:
            visitor.get(address)
        visitor.get(f"{HERE}/ZZ-9999", 404)


def test_a_conflict_leaves_the_row_out_of_list_sums_and_pages(browser, world, panel):
    barred, plain = panel.signed("Kestrel"), panel.signed("Plain", place=1)
    world.add(
        Conflict(
            person_id=panel.chair.id, proposal_id=barred.id, kind=ConflictKind.OTHER, declared_at=world.now
        )
    )
    visitor = browser(panel.chair)
    for address in (HERE, f"{HERE}/preview", f"{HERE}/sign?number={barred.number}", f"{HERE}/{plain.number}"):
        page = visitor.get(address)
        assert "Kestrel" not in page.html
        assert barred.number not in page.html
    visitor.get(f"{HERE}/{barred.number}", 404)
    assert "Selected1 of 1 places" in visitor.get(HERE).texts("dl", "limits")[0]


def test_preparing_one(browser, session, panel):
    proposal = panel.ready("Hears")
    visitor = browser(panel.coordinator)
    page = visitor.submit(
        f"{HERE}/{proposal.number}",
        holding="outcome",
        outcome="stop",
        reason="Three counties do it already.",
        end_reason="redundant",
        status=422,
    )
    assert "Write what would change the answer." in page.texts("div", "error-summary")[0]
    assert "Three counties do it already." in page.html
    page = visitor.submit(page, holding="outcome", what_would_change="Show what is new.")
    assert "The decision on “Hears” is prepared." in page.text
    one = session.scalars(sa.select(PreparedDecision)).one()
    assert (one.outcome, one.reason, one.what_would_change) == (
        Outcome.STOP, "Three counties do it already.", "Show what is new.",
    )  # fmt: skip
    assert "Show what is new." in visitor.get(f"{HERE}/{proposal.number}").html


def test_blocked_outcomes_are_not_offered_and_say_why(browser, session, panel):
    proposal = panel.ready()
    session.execute(sa.delete(GateCheck))
    page = browser(panel.coordinator).get(f"{HERE}/{proposal.number}")
    assert radio_values(page, "outcome") == ["advance_with_conditions", "hold", "rework", "stop"]
    assert "No red flag is open – Coordinator" in page.text
    assert "So “Advance” cannot be chosen yet" in page.text


def test_conditions_and_a_row_more(browser, session, panel):
    proposal = panel.ready()
    visitor = browser(panel.coordinator)
    address = f"{HERE}/{proposal.number}"
    page = visitor.submit(
        address, {"more": "1", "outcome": "advance_with_conditions", "reason": "Good."}, holding="outcome"
    )
    assert "Condition 5" in page.text
    page = visitor.submit(page, {"conditions-0-text": "Triage it"}, holding="outcome", status=422)
    assert "Enter who sees to it." in page.texts("div", "error-summary")[0]
    due = today() + timedelta(days=30)
    visitor.submit(
        page,
        {"conditions-0-owner": "cory coordinator", "conditions-0-due_on": due.isoformat()},
        holding="outcome",
    )
    one = session.scalars(sa.select(PreparedDecision)).one()
    assert one.conditions == [
        {
            "text": "Triage it",
            "owner": "cory coordinator",
            "owner_id": panel.coordinator.id,
            "due_on": due.isoformat(),
        }
    ]
    assert "Triage it" in visitor.get(address).html


def test_a_kept_response_is_put_into_either_text(browser, world, panel):
    proposal = panel.ready()
    kept = world.add(Snippet(title="Too early", body="The law is not passed yet."))
    visitor = browser(panel.coordinator)
    for into in ("reason", "what_would_change"):
        page = visitor.submit(
            f"{HERE}/{proposal.number}",
            {f"snippet-{into}": str(kept.id), "insert": into, into: "First."},
            holding="outcome",
        )
        area = next(one for one in page.tree.iter("textarea") if one.get("name") == into)
        assert "".join(area.itertext()).strip() == "First.\n\nThe law is not passed yet."


def test_two_who_prepare_see_both_texts_and_can_keep_their_own(browser, session, panel, now):
    proposal = panel.ready()
    visitor = browser(panel.coordinator)
    page = visitor.get(f"{HERE}/{proposal.number}")
    due = today() + timedelta(days=30)
    panel.prepare(proposal, Outcome.STOP, by=panel.chair, reason="Too narrow.")
    session.commit()
    page = visitor.submit(
        page,
        {
            "conditions-0-text": "Triage it",
            "conditions-0-owner": "Eve",
            "conditions-0-due_on": due.isoformat(),
        },
        holding="outcome",
        outcome="advance_with_conditions",
        reason="Wide enough.",
        status=409,
    )
    assert "Too narrow." in page.text
    assert "Wide enough." in page.text
    assert "Triage it, Eve" in page.text
    visitor.submit(page, holding="Save my version instead")
    session.expire_all()
    one = session.scalars(sa.select(PreparedDecision)).one()
    assert (one.outcome, one.reason, one.prepared_by_id) == (
        Outcome.ADVANCE_WITH_CONDITIONS, "Wide enough.", panel.coordinator.id,
    )  # fmt: skip
    assert one.conditions[0]["text"] == "Triage it"


def test_several_are_prepared_together(browser, session, panel):
    proposals = [panel.ready("One"), panel.ready("Two", place=1), panel.ready("Three")]
    visitor = browser(panel.coordinator)
    chosen = f"{HERE}/together?number={proposals[0].number}&number={proposals[1].number}"
    page = visitor.submit(
        chosen,
        {f"reason-{proposals[0].id}": "Yours needs a site.", f"change-{proposals[0].id}": "Find a site."},
        holding="outcome",
        outcome="stop",
        end_reason="demand",
        reason="There were many.",
        status=422,
    )
    assert page.texts("div", "error-summary")[0].count("Write what would change the answer.") == 1
    page = visitor.submit(page, {f"change-{proposals[1].id}": "Ask users."}, holding="outcome")
    assert "2 decisions are prepared." in page.text
    kept = dict(session.execute(sa.select(PreparedDecision.proposal_id, PreparedDecision.reason)).all())
    assert kept == {
        proposals[0].id: "There were many.\n\nYours needs a site.",
        proposals[1].id: "There were many.",
    }
    rest = visitor.get(f"{HERE}/together")
    assert "Three" in rest.text
    assert "One" not in rest.texts("h3")


def test_what_is_not_ready_takes_no_outcome_from_the_others(browser, session, panel):
    ready, unready = panel.ready("Ready"), panel.ready("Unready")
    session.execute(sa.delete(GateCheck).where(GateCheck.proposal_id == unready.id))
    visitor = browser(panel.coordinator)
    page = visitor.get(f"{HERE}/together")
    assert "advance" in radio_values(page, "outcome")
    assert page.texts("h3") == ["Ready"]
    assert "One proposal is left out" in page.text
    both = visitor.get(f"{HERE}/together?number={ready.number}&number={unready.number}")
    assert "advance" not in radio_values(both, "outcome")


def test_preparing_together_what_somebody_prepared_meanwhile_shows_both(browser, session, panel):
    proposals = [panel.ready("One"), panel.ready("Two")]
    visitor = browser(panel.coordinator)
    page = visitor.get(f"{HERE}/together")
    panel.prepare(proposals[1], Outcome.STOP, reason="Too narrow.")
    session.commit()
    page = visitor.submit(page, holding="outcome", outcome="advance", reason="Good ones.", status=409)
    assert "Too narrow." in page.text
    assert "Good ones." in page.text
    assert session.scalars(sa.select(PreparedDecision.outcome)).all() == [Outcome.STOP]


def test_one_reads_and_signs_several(browser, session, panel):
    proposals = [panel.ready("One"), panel.ready("Two")]
    for one in proposals:
        panel.prepare(one, reason=f"Reason for {one.title}.")
    own = panel.ready("Own")
    panel.prepare(own, by=panel.second)
    visitor = browser(panel.second)
    page = visitor.get(f"{HERE}/sign?number={own.number}")
    assert "You prepared this, so another gatekeeper signs it." in page.text
    page = visitor.get(f"{HERE}/sign")
    assert "Reason for One." in page.text
    assert "Own" not in page.texts("h2")
    page = visitor.submit(page, holding="sign")
    assert "You signed 2 decisions." in page.text
    signed = session.scalars(
        sa.select(PreparedDecision.signed_by_id).where(PreparedDecision.signed_by_id.is_not(None))
    )
    assert signed.all() == [panel.second.id] * 2


def test_nothing_ticked_is_nothing_signed(browser, panel):
    panel.prepare(panel.ready())
    page = browser(panel.second).submit(f"{HERE}/sign", holding="sign", sign=None, status=422)
    assert "Choose at least one decision to sign." in page.texts("div", "error-summary")[0]


def test_signing_what_changed_meanwhile_shows_it_again(browser, session, panel):
    proposal = panel.ready()
    panel.prepare(proposal, reason="Before.")
    visitor = browser(panel.second)
    page = visitor.get(f"{HERE}/sign")
    panel.prepare(proposal, reason="After.", seen=1)
    session.commit()
    page = visitor.submit(page, holding="sign", status=409)
    assert "One of these changed since you opened this page." in page.text
    assert "After." in page.text
    assert session.scalars(sa.select(PreparedDecision.signed_at)).all() == [None]


def test_the_signature_is_taken_off_by_its_button(browser, session, panel):
    proposal = panel.signed()
    page = browser(panel.second).submit(f"{HERE}/{proposal.number}", action="/unsign")
    assert "The signature is taken off." in page.text
    assert "Nobody has signed it yet." in page.text


def test_the_preview_is_what_the_agency_reads(browser, session, panel):
    """The words of the preview, section and mail, are found again on the record's page and in the outbox."""
    proposal = panel.signed("Hears", Outcome.STOP, reason="Three counties do it already.")
    visitor = browser(panel.chair)
    page = visitor.get(f"{HERE}/preview")
    shown = page.texts("div", "as-read")[0]
    mail = page.texts("p", "mail")[0]
    assert "The mail, to 2 people" in page.text
    visitor.submit(page, action="/release")
    assert [" ".join(body.split()) for body in session.scalars(sa.select(Message.body))] == [mail, mail]
    read = browser(panel.authors[0]).get(f"/pilots/{proposal.number}/gates")
    section = read.texts("section", "reviewers-said")[0]
    assert section in shown
    assert "Three counties do it already." in shown
    assert "What would change the answerAsk five counties first." in read.text
    assert "Because 3.5 at 0." in section


def test_the_chair_releases_and_a_second_press_changes_nothing(browser, session, panel):
    panel.signed("Sees")
    panel.signed("Hears", Outcome.STOP, place=1)
    visitor = browser(panel.chair)
    page = visitor.get(f"{HERE}/preview")
    assert "Natural Resources" in page.texts("table")[0]
    after = visitor.submit(page, action="/release")
    assert "The decisions are released." in after.text
    assert visitor.submit(page, action="/release").heading == "Decisions to release"
    assert session.scalars(sa.select(Release.decisions)).all() == [2]
    assert "Not selected" not in after.text
    assert [tag for tag in after.texts("span", "tag") if tag in ("Moved on", "Stopped")] == [
        "Moved on",
        "Stopped",
    ]


def test_a_press_on_an_old_page_shows_what_stands(browser, session, panel):
    proposal = panel.signed("Sees")
    visitor = browser(panel.chair)
    page = visitor.get(f"{HERE}/preview")
    panel.prepare(proposal, Outcome.STOP, seen=flow.prepared_for(session, proposal.id).version)
    session.commit()
    page = visitor.submit(page, action="/release", status=409)
    assert "changed or was released since you opened this page" in page.text
    assert session.scalars(sa.select(Release.id)).all() == []


def test_obstacles_are_named_with_a_way_to_each(browser, session, panel):
    signed, unsigned = panel.signed("Sees"), panel.ready("Hears")
    changed = panel.signed("Waits")
    changed.summary = "Changed."
    visitor = browser(panel.chair)
    page = visitor.get(f"{HERE}/preview")
    assert "First settle what stands in the way" in page.text
    seen = {"csrf_token": visitor.token(), "seen": panel.seen()}
    page = visitor.post(HERE, seen, status=422)
    assert "Nothing was released." in page.texts("div", "error-summary")[0]
    assert f"{HERE}/{changed.number}" in page.links()
    assert f"{HERE}/{unsigned.number}" in page.links()
    panel.sign(changed)
    session.commit()
    visitor.submit(f"{HERE}/preview", action="/release", without_unsigned="yes")
    session.expire_all()
    assert [one.step for one in (signed, unsigned, changed)] == [Step.DESIGN, Step.REVIEW, Step.DESIGN]


def test_only_the_chair_has_the_button(browser, panel):
    panel.signed()
    for person in (panel.coordinator, panel.second):
        visitor = browser(person)
        page = visitor.get(f"{HERE}/preview")
        assert "Chris Chair chairs the panel" in page.text
        assert not [form for form in page.forms() if (form.get("action") or "").endswith("/release")]
        visitor.post(HERE, {"csrf_token": visitor.token(), "seen": ""}, status=403)


def test_the_gate_sends_to_the_call_but_for_a_transfer_or_a_merge(browser, panel):
    proposal = panel.ready()
    visitor = browser(panel.second)
    page = visitor.get(f"/pilots/{proposal.number}/gates")
    assert f"{HERE}/{proposal.number}" in page.links()
    page = visitor.get(f"/pilots/{proposal.number}/gates/g1")
    assert radio_values(page, "outcome") == ["transfer", "merge"]
    assert "This call releases its decisions together" in page.text
    page = visitor.post(
        f"/pilots/{proposal.number}/gates/g1",
        {"csrf_token": visitor.token(), "outcome": "stop", "end_reason": "demand", "reason": "No.", "version": str(proposal.version)},
        status=422,
    )  # fmt: skip
    assert "This call releases its decisions together. Prepare this one" in page.text


def test_statements_do_not_grow_with_the_rows(browser, session, panel, statements):
    visitor = browser(panel.chair)
    for address in (HERE, f"{HERE}/sign", f"{HERE}/preview", f"{HERE}/together"):
        counts = []
        for _more in range(2):
            for _one in range(2):
                panel.signed()
                panel.prepare(panel.ready())
                panel.ready()
            session.commit()
            with statements() as run:
                visitor.get(address)
            counts.append(len(run))
        # Obstacles ask for each signed decision whether its signer may still decide it.
        allowed = 2 if address.endswith("preview") else 0
        assert counts[1] - counts[0] == allowed, address


def test_the_agencys_overview_leads_with_the_decision(browser, world, panel):
    proposal = panel.signed("Hears", Outcome.STOP, reason="Three counties do it already.")
    visitor = browser(panel.authors[0])
    assert "The decision on selection" not in visitor.get(f"/pilots/{proposal.number}").text
    panel.release()
    world.session.commit()
    page = visitor.get(f"/pilots/{proposal.number}")
    assert page.texts("p", "notice-title")[0] == "Note: The decision on selection: Stopped"
    assert "Three counties do it already." in page.text
    assert "What would change the answer: Ask five counties first." in page.text
    assert f"/pilots/{proposal.number}/gates#decisions" in page.links()
    assert (
        "Three counties"
        not in browser(world.person("", Role.EVALUATOR)).get(f"/pilots/{proposal.number}").text
    )


def test_what_the_reviewers_said_is_for_the_agency_alone(browser, world, panel):
    """Staff read scores on the reviews' page, by its own rule; a conflicted coordinator reads none at all."""
    proposal = panel.signed()
    world.add(
        Conflict(
            person_id=panel.coordinator.id,
            proposal_id=proposal.id,
            kind=ConflictKind.OTHER,
            declared_at=world.now,
        )
    )
    panel.release()
    address = f"/pilots/{proposal.number}/gates"
    for person in (panel.authors[0], panel.leads[0]):
        assert "What the reviewers said" in browser(person).get(address).text
    others = (panel.coordinator, world.person("", Role.LEADERSHIP), world.person("", Role.EVALUATOR))
    for person in others:
        page = browser(person).get(address)
        assert "What the reviewers said" not in page.text
        assert "Because 3.5" not in page.text
    browser(panel.authors[1]).get(address, 404)
