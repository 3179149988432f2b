"""The log and a record's timeline: what is shown to whom, filters, paging and export."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook

from incubator.domain.access import Action, can_on_agency
from incubator.domain.event_groups import GROUPS
from incubator.domain.events import EventKind
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.flows.record import record
from incubator.models.agencies import Agency
from incubator.models.conflicts import Conflict
from incubator.queries.agency_access import may_see_agency


@pytest.fixture
def scene(world):
    """A record in review with an author, a lead, staff and two reviewers; canaries in what each must not see."""

    class Scene:
        agency = world.agency("CDLE", "Department of Labor")
        other = world.agency("CDOT", "Department of Transportation")
        call = world.call("Blind round", names_hidden=True)
        author = world.person("Author Canary", (Role.SUBMITTER, agency), agency=agency)
        lead = world.person("Lead Canary", (Role.AGENCY_LEAD, agency), agency=agency)
        coordinator = world.person("Maya Coordinator", Role.COORDINATOR)
        administrator = world.person("Ada Administrator", Role.ADMINISTRATOR)
        waiting = world.person("Rita Waiting", Role.REVIEWER)
        done = world.person("Dora Done", Role.REVIEWER)
        proposal = world.proposal("Idea", agency=agency, call=call, step=Step.REVIEW, authors=(author,))

        def happen(self, by, kind, proposal=None, days=0, **details):
            record(
                world.session,
                world.actor(by),
                world.now - timedelta(days=days),
                kind,
                proposal_id=(proposal or self.proposal).id,
                **details,
            )

    made = Scene()
    world.review(made.proposal, made.waiting)
    world.review(made.proposal, made.done, state=ReviewState.SUBMITTED)
    made.happen(made.author, EventKind.PROPOSAL_STARTED)
    made.happen(made.lead, EventKind.PROPOSAL_SUBMITTED, revision=1)
    made.happen(made.coordinator, EventKind.REVIEW_ASSIGNED, person="Reviewer Canary")
    made.happen(made.done, EventKind.REVIEW_SUBMITTED)
    return made


def sentences(page) -> list[str]:
    return page.texts("p", "sentence")


def test_each_reader_of_a_timeline_sees_what_is_theirs(scene, browser):
    url = f"/pilots/{scene.proposal.number}/history"
    own = ["Lead Canary signed off and submitted revision 1.", "Author Canary started the proposal."]
    assert sentences(browser(scene.author).get(url)) == own
    assert sentences(browser(scene.coordinator).get(url)) == [
        "Dora Done handed in a review.",
        "Maya Coordinator assigned the proposal to Reviewer Canary for review.",
        *own,
    ]


def test_a_reviewer_learns_neither_names_nor_others_reviews(world, scene, browser):
    url = f"/pilots/{scene.proposal.number}/history"
    canaries = ("Author Canary", "Lead Canary", "Reviewer Canary", "Dora Done")
    for person in (scene.waiting, scene.done):
        page = browser(person).get(url, 404)
        for canary in canaries:
            assert canary not in page.html.replace(person.name, "")
    panelist = world.person("Gail Gatekeeper", Role.GATEKEEPER, Role.REVIEWER)
    world.review(scene.proposal, panelist)
    page = browser(panelist).get(url)
    assert sentences(page) == ["Somebody at the agency signed off and submitted revision 1."]
    for canary in canaries:
        assert canary not in page.html


def test_a_coordinator_with_a_review_to_write_learns_nothing_of_the_others(world, scene, browser):
    both = world.person("Both Roles", Role.COORDINATOR, Role.REVIEWER)
    world.review(scene.proposal, both)
    visitor = browser(both)
    timeline = visitor.get(f"/pilots/{scene.proposal.number}/history")
    assert sentences(timeline)[-1] == "Author Canary started the proposal."
    assert "Dora Done" not in timeline.text
    assert "Reviewer Canary" not in timeline.text
    log = visitor.get("/history")
    assert "Author Canary started the proposal." in log.text
    for page in (
        log.text,
        visitor.get("/history/export.csv").text,
        visitor.get("/history?area=reviews").text,
    ):
        assert "Dora Done" not in page
        assert "Reviewer Canary" not in page


def test_a_conflict_closes_the_reviews_in_the_log(world, scene, browser):
    leader = world.person("Lea Leader", Role.LEADERSHIP)
    visitor = browser(leader)
    assert "Dora Done" in visitor.get("/history").text
    world.add(
        Conflict(person_id=leader.id, proposal_id=scene.proposal.id, kind="vendor", declared_at=world.now)
    )
    world.session.commit()
    assert "Dora Done" not in visitor.get("/history").text


def test_a_draft_stands_in_nobody_elses_log(world, scene, browser):
    draft = world.proposal("Draft Canary", agency=scene.agency, step=Step.DRAFT, authors=(scene.author,))
    scene.happen(scene.author, EventKind.SECTION_SAVED, draft, section="Section Canary")
    for person in (scene.coordinator, scene.administrator):
        visitor = browser(person)
        for url in (
            "/history",
            f"/history?number={draft.number}",
            "/history?q=Canary",
            "/history/export.csv",
        ):
            text = visitor.get(url).text
            assert "Section Canary" not in text
            assert "Draft Canary" not in text


def test_only_administrators_read_of_accounts(world, scene, browser):
    record(world.session, world.actor(scene.lead), world.now, EventKind.SIGN_IN_FAILED, email="x@example.gov")
    sentence = "A sign-in as x@example.gov failed."
    assert sentence in browser(scene.administrator).get("/history").text
    for url in (
        "/history",
        "/history?area=accounts",
        "/history?area=sign_in_failed",
        "/history?q=x@example.gov",
    ):
        assert sentence not in browser(scene.coordinator).get(url).text
    for person in (scene.lead, scene.waiting):
        browser(person).get("/history", 403)
        browser(person).get("/history/export.csv", 403)


def test_a_coordinator_of_one_agency_reads_of_that_one_alone(world, scene, browser):
    record(
        world.session,
        world.actor(scene.lead),
        world.now,
        EventKind.UNIT_CREATED,
        agency_id=scene.agency.id,
        unit="Ours",
    )
    record(
        world.session,
        world.actor(scene.lead),
        world.now,
        EventKind.UNIT_CREATED,
        agency_id=scene.other.id,
        unit="Theirs",
    )
    limited = world.person("Limited", (Role.COORDINATOR, scene.agency))
    page = browser(limited).get("/history")
    assert "added the unit Ours." in page.text
    assert "Theirs" not in page.text
    assert "Department of Transportation" not in page.text


def test_saves_in_a_row_are_one_line_and_what_changed_nothing_none(scene, browser):
    for section in ("Need", "Risks", "Risks", "Risks"):
        scene.happen(scene.author, EventKind.SECTION_SAVED, section=section)
    scene.happen(scene.lead, EventKind.SECTION_SAVED, section="Cost")
    scene.happen(scene.author, EventKind.SECTION_SAVED, section="Cost")
    scene.happen(scene.author, EventKind.RECORD_REIMPORTED, file="same.csv", row=1, changed=[])
    page = browser(scene.lead).get(f"/pilots/{scene.proposal.number}/history")
    assert sentences(page)[:4] == [
        "Author Canary worked on “Cost”.",
        "Lead Canary worked on “Cost”.",
        "Author Canary worked on “Risks”.",
        "Author Canary worked on “Need”.",
    ]
    assert [text.split(" since")[0] for text in page.texts("p", "detail")] == ["3 saves in a row"]
    assert "same.csv" not in page.text


def test_a_timeline_is_filtered_and_paged(scene, browser):
    for number in range(60):
        scene.happen(scene.lead, EventKind.ATTACHMENT_ADDED, file=f"file {number}")
    visitor = browser(scene.lead)
    url = f"/pilots/{scene.proposal.number}/history"
    first = visitor.get(url)
    assert (len(sentences(first)), sentences(first)[0]) == (50, "Lead Canary attached “file 59”.")
    older = next(link for link in first.links() if "before=" in link)
    assert len(sentences(visitor.get(older))) == 12
    assert sentences(visitor.get(f"{url}?area=gates")) == []
    for query in ("area=nonsense", "before=0", "before=x", "before=99999999999999999", "area=%00"):
        visitor.get(f"{url}?{query}")


def test_the_log_is_filtered(world, scene, browser):
    other = world.proposal("Other idea", agency=scene.other, step=Step.RUNNING)
    scene.happen(scene.coordinator, EventKind.METRIC_DEFINED, other, metric="Wäit 100%", days=10)
    visitor = browser(scene.administrator)
    sentence = "Maya Coordinator defined the metric “Wäit 100%”."
    started = "Author Canary started the proposal."
    for query, found, lost in (
        ("area=pilots", sentence, started),
        ("area=proposals", started, sentence),
        ("area=metric_defined", sentence, started),
        ("who=maya", sentence, started),
        ("who=nobody", None, sentence),
        ("agency=CDOT", sentence, started),
        (f"number={other.number.lower()}", sentence, started),
        ("to=11/12/2026", sentence, started),
        ("from=2026-11-20", started, sentence),
        ("q=w%C3%A4it", sentence, started),
        ("q=100%25", sentence, started),
        ("q=other+idea", sentence, started),
    ):
        text = visitor.get(f"/history?{query}").text
        assert found is None or found in text, query
        assert lost not in text, query


@pytest.mark.parametrize(
    "query",
    ["from=yesterday&to=31/31/2026", "from=9999-01-01", "from=2026-02-01&to=2026-01-01", "q=%00%27", "agency=%00",
     "number=%00", "who=%25_%27", "before=-1", "before=9999999999999999999", "after=abc", "area=%00"],
)  # fmt: skip
def test_nonsense_in_the_address_is_survived(scene, browser, query):
    page = browser(scene.administrator).get(f"/history?{query}")
    assert page.heading == "History"
    if query.startswith("from="):
        assert "A filter was not understood" in page.text


def test_the_log_is_paged_both_ways(scene, browser):
    for number in range(120):
        scene.happen(scene.lead, EventKind.ATTACHMENT_ADDED, file=f"file {number}")
    visitor = browser(scene.coordinator)

    def files(page):
        return [text.split("“")[1].split("”")[0] for text in page.texts("th") if "attached" in text]

    def follow(page, rel):
        return visitor.get(next(e.get("href") for e in page.tree.iter("a") if e.get("rel") == rel))

    first = visitor.get("/history?area=proposals")
    second = follow(first, "next")
    third = follow(second, "next")
    assert files(first) + files(second) + files(third) == [f"file {n}" for n in range(119, -1, -1)]
    assert files(follow(third, "prev")) == files(second)
    assert files(follow(follow(third, "prev"), "prev")) == files(first)


def test_the_export_has_the_same_filters_and_no_formulas(world, scene, browser):
    scene.happen(scene.lead, EventKind.ATTACHMENT_ADDED, file='=HYPERLINK("http://evil")')
    record(
        world.session, world.actor(scene.lead), world.now, EventKind.UNIT_CREATED, agency_id=scene.agency.id,
        unit="Unit",
    )  # fmt: skip
    evil = world.person("=1+1", (Role.AGENCY_LEAD, scene.agency))
    scene.happen(evil, EventKind.ATTACHMENT_ADDED, file="x")
    visitor = browser(scene.coordinator)
    answer = visitor.get("/history/export.csv?area=attachment_added")
    rows = list(csv.DictReader(io.StringIO(answer.response.data.decode("utf-8-sig"))))
    assert [row["Who"] for row in rows] == ["'=1+1", "Lead Canary"]
    assert rows[1]["What happened"] == 'Lead Canary attached “=HYPERLINK("http://evil")”.'
    assert (rows[1]["Record"], rows[1]["Agency"]) == (scene.proposal.number, "Department of Labor")
    assert "attachment" in answer.response.headers["Content-Disposition"]
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(visitor.get("/history/export.xlsx?area=attachment_added").response.data)
    )
    sheet = book.get_sheet_by_index(0).to_python()
    assert [row[2] for row in sheet[1:3]] == ["=1+1", "Lead Canary"]
    visitor.get("/history/export.pdf", 404)
    assert visitor.get("/history/export.csv?from=nonsense", 422).heading


def test_every_kind_is_in_one_group():
    grouped = [kind for kinds in GROUPS.values() for kind in kinds]
    assert sorted(grouped) == sorted(EventKind)


def test_the_condition_says_what_the_rule_says(world, scene):
    grants = [(), (Role.LEADERSHIP,), (Role.COORDINATOR,), (Role.GATEKEEPER,), (Role.REVIEWER,), (Role.EVALUATOR,),
              ((Role.GATEKEEPER, scene.agency),), ((Role.LEADERSHIP, scene.other),),
              ((Role.EVALUATOR, None, scene.call),), ((Role.EVALUATOR, scene.agency), (Role.EVALUATOR, scene.other)),
              ((Role.COORDINATOR, scene.agency),), ((Role.COORDINATOR, None, scene.call),),
              ((Role.SUBMITTER, scene.other),), ((Role.AGENCY_LEAD, scene.agency),), (Role.ADMINISTRATOR,)]  # fmt: skip
    for roles in grants:
        for home in (None, scene.other):
            actor = world.actor(world.person("", *roles, agency=home))
            shown = set(world.session.query(Agency.id).filter(may_see_agency(actor, Agency.id)).all())
            allowed = {
                (agency_id,)
                for (agency_id,) in world.session.query(Agency.id)
                if can_on_agency(actor, Action.VIEW_AGENCY, agency_id)
            }
            assert shown == allowed, (roles, home)
