from __future__ import annotations

import csv
import io
import json
import re

import openpyxl
import pytest

from incubator.analytics.lottery import draw_lots
from incubator.analytics.panel_analysis import PanelAnalysis, analyse
from incubator.analytics.panel_sheet import digest
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.models.conflicts import Conflict
from incubator.models.jobs import Job, JobState
from incubator.models.ranking import AnalysisState, Draw, ScoreAnalysis
from incubator.models.releases import Release
from incubator.queries.score_sheets import unpacked
from tests.scored import TWELVE, handed_in, scored_call, worked_out

PAGE = "/calls/{}/ranking"
CANARY = "Quetzal canal"


@pytest.fixture
def scene(world, session):
    return scored_call(world, session, TWELVE)


@pytest.fixture
def ready(app, scene, session, now):
    """The same, with the worker's work done."""
    worked_out(app, session, scene.call, now)
    return scene


def page(scene, more=""):
    return PAGE.format(scene.call.slug) + more


def press(visitor, address, *, status=200, **fields):
    """Post to an address as its button does."""
    return visitor.post(address, {"csrf_token": visitor.token(), **fields}, status=status)


def plain(text):
    return " ".join(text.split())


def table(response):
    return list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"))))


def test_what_matters_comes_first(ready, browser):
    text = plain(browser(ready.coordinator).get(page(ready)).text)
    trust = text.index("If another panel read these proposals, about")
    line = text.index("There is room for 3 proposals of 12.")
    assert trust < line < text.index("Project 00")
    assert "clearly above the line" in text
    assert "Scores run from 1 to 5; higher is better." in text
    assert "As of November 20, 2026" in text
    assert "Rank interval90%Random draws100,000" in text
    assert "Error of a chance near 5% or 95%0.07 percentage points" in text


def test_the_calibrated_score_stands_beside_the_raw_one(ready, browser):
    response = browser(ready.coordinator).get(page(ready, ".csv")).response
    rows = table(response)
    assert [row["Title"] for row in rows] == [f"Project {i:02}" for i in range(12)]
    assert [row["Place"] for row in rows] == [str(i + 1) for i in range(12)]
    first = rows[0]
    assert float(first["Mean"]) == pytest.approx((4.7 + 4.7 + 3.9 + 4.7) / 4)
    assert 0 < float(first["Calibrated score"]) < 5
    assert {row["Band"] for row in rows} <= {"Accept", "Too close to call", "Decline"}
    assert rows[0]["Band"] == "Accept"
    assert rows[11]["Band"] == "Decline"


def test_bands_sorts_and_pages_live_in_the_address(world, app, session, browser, now):
    scene = scored_call(world, session, TWELVE * 3, places=9)
    worked_out(app, session, scene.call, now)
    visitor = browser(scene.coordinator)
    assert "Showing 1–25 of 36 proposals" in visitor.get(page(scene)).text
    assert "Showing 26–36 of 36 proposals" in visitor.get(page(scene, "?page=2")).text

    def listed(more):
        text = visitor.get(page(scene, more)).text
        return re.findall(r"Project \d\d", text[: text.index("Where each could stand")])

    declined = listed("?band=decline")
    assert "Project 11" in declined
    assert "Project 00" not in declined
    # Three times the same scores: equal ones by their number.
    assert listed("?sort=mean&order=desc")[:3] == ["Project 00", "Project 12", "Project 24"]
    assert listed("?sort=mean")[0] == "Project 11"
    assert listed("?sort=title&order=desc")[0] == "Project 35"
    assert "Showing 1–25" in visitor.get(page(scene, "?band=nonsense&sort=x&page=y")).text
    rows = table(visitor.get(page(scene, ".csv")).response)
    places = {row["Title"]: row["Place"] for row in rows}
    assert all(places[f"Project {i:02}"] == places[f"Project {i + 12:02}"] for i in range(24))


def test_pages_never_wait(scene, session, browser, now):
    visitor = browser(scene.coordinator)
    first = visitor.get(page(scene)).text
    assert "Nothing worked out yet" in first
    press(visitor, page(scene))
    job = session.query(Job).one()
    assert (job.kind, job.requested_by_id, job.payload) == (
        "score_analysis",
        scene.coordinator.id,
        {"call_id": scene.call.id},
    )
    press(visitor, page(scene))
    assert session.query(Job).count() == 1
    assert "worked out for the first time" in visitor.get(page(scene)).text
    job.state, job.progress, job.total = JobState.RUNNING, 30, 120
    session.flush()
    state = visitor.get(page(scene, "/state")).response.json
    assert (state["percent"], state["finished"]) == (25, False)
    visitor.get(page(scene, ".json"), 404)
    visitor.get(page(scene, "/charts/ranks.png"), 404)


def test_a_stale_result_is_shown_as_what_it_is(app, ready, session, browser, now):
    visitor = browser(ready.coordinator)
    assert "worked out again" not in visitor.get(page(ready)).text
    assert visitor.get(page(ready, "/state")).response.json["finished"] is True
    ready.reviews[0, 0].total = 1.0
    session.flush()
    text = visitor.get(page(ready)).text
    assert "The reviews have changed since; the scores are being worked out again." in text
    assert "As of" in text
    assert "Project 00" in text
    worked_out(app, session, ready.call, now)
    assert "worked out again" not in visitor.get(page(ready)).text


def test_a_failure_is_said(ready, session, browser):
    row = session.query(ScoreAnalysis).one()
    row.state, row.error = AnalysisState.FAILED, "ValueError: secret detail"
    session.flush()
    text = browser(ready.coordinator).get(page(ready)).text
    assert "The scores could not be worked out" in text
    assert "secret detail" not in text


def test_an_older_method_s_result_is_not_shown(ready, session, browser):
    row = session.query(ScoreAnalysis).one()
    row.result = {**row.result, "analysis": {**row.result["analysis"], "method_version": "0"}}
    row.method = "0"
    session.flush()
    assert "Nothing worked out yet" in browser(ready.coordinator).get(page(ready)).text


def test_only_coordinators_ask_for_it(ready, browser):
    visitor = browser(ready.gatekeeper)
    assert "Work it out now" not in visitor.get(page(ready)).text
    press(visitor, page(ready), status=403)


@pytest.mark.parametrize(
    "roles", [(Role.REVIEWER,), (Role.EVALUATOR,), (Role.LEADERSHIP,), (Role.ADMINISTRATOR,)]
)
def test_who_may_not_see_the_ranking_sees_none_of_it(ready, world, browser, roles):
    visitor = browser(world.person("Other Person", *roles))
    for more in (
        "",
        ".json",
        ".csv",
        "/state",
        "/charts/ranks.csv",
        "/scores-long.csv",
        "/reviewers",
        "/draw",
    ):
        assert "Project" not in visitor.get(page(ready, more), 403).text


def test_leadership_sees_it_after_the_release_and_of_what_is_decided(
    ready, world, app, session, browser, now
):
    leader = world.person("Lee Leader", Role.LEADERSHIP)
    world.add(Release(call_id=ready.call.id, released_at=now, decisions=1))
    worked_out(app, session, ready.call, now)
    text = browser(leader).get(page(ready)).text
    assert "Project" not in text
    assert "left out of everything on this page" in text


def everywhere(scene):
    """Every place where a proposal of the call could show, with what stands there."""
    return [
        page(scene, more)
        for more in (
            "",
            "?band=accept",
            "?page=2",
            ".csv",
            ".json",
            ".xlsx",
            "/state",
            "/scores-long.csv",
            "/scores-wide.csv",
            "/scores-wide.xlsx",
            "/weights.csv",
            *(
                f"/charts/{name}.{form}"
                for name in ("ranks", "dots", "criteria", "timeliness")
                for form in ("csv", "svg")
            ),
        )
    ]


def words(visitor, address):
    response = visitor.get(address).response
    if response.mimetype.endswith("sheet"):
        book = openpyxl.load_workbook(io.BytesIO(response.data))
        return " ".join(
            str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row
        )
    return response.data.decode("utf-8-sig")


def test_whoever_owes_a_review_sees_nothing(ready, world, session, browser):
    """A reviewer who is a gatekeeper too, with one review of the call still open."""
    both = world.person("Both Roles", Role.GATEKEEPER, Role.COORDINATOR, Role.REVIEWER)
    review = world.review(ready.proposals[0], both)
    places = [
        *everywhere(ready),
        page(ready, "/reviewers"),
        page(ready, "/reviewers.csv"),
        page(ready, "/draw"),
    ]
    visitor = browser(both)
    for address in places:
        text = visitor.get(address, 403).text
        assert "Project" not in text, address
    press(visitor, page(ready), status=403)
    review.state, review.submitted_at = ReviewState.DECLINED, None
    review.reason = "No time."
    session.flush()
    assert "Project 01" in visitor.get(page(ready)).text


@pytest.mark.parametrize("how", ["conflict", "agency"])
def test_a_conflicted_proposal_leaves_no_trace(scene, world, app, session, browser, now, how):
    hidden = scene.proposals[2]
    hidden.title, hidden.title_key = CANARY, CANARY.casefold()
    scene.agencies[2].name = "Quetzal agency"
    other = scored_call(world, session, [row for i, row in enumerate(TWELVE) if i != 2], prefix="B")
    keeper = world.person(
        "Conny Flict",
        Role.GATEKEEPER,
        Role.COORDINATOR,
        agency=scene.agencies[2] if how == "agency" else None,
    )
    if how == "conflict":
        world.add(Conflict(person_id=keeper.id, proposal_id=hidden.id, kind="vendor", declared_at=now))
    worked_out(app, session, scene.call, now)
    worked_out(app, session, other.call, now)
    visitor, free = browser(keeper), browser(scene.coordinator)
    for address in everywhere(scene):
        text = words(visitor, address)
        for trace in (CANARY, "Quetzal", hidden.number):
            assert trace not in text, f"{trace} at {address}"
    assert CANARY in words(free, page(scene))
    # Places, counts and lines are those of a call in which the proposal never was.
    names = [p.title for i, p in enumerate(scene.proposals) if i != 2]
    rows = table(visitor.get(page(scene, ".csv")).response)
    bare = table(browser(other.coordinator).get(PAGE.format(other.call.slug) + ".csv").response)
    assert [row["Title"] for row in rows] == names
    columns = ("Place", "Mean", "Place by mean", "Reviews")
    assert [[row[c] for c in columns] for row in rows] == [[row[c] for c in columns] for row in bare]
    text = plain(words(visitor, page(scene)))
    assert "There is room for 3 proposals of 11." in text
    assert "of 12" not in text


def test_nothing_tells_the_conflicted_that_a_review_came_in(ready, world, app, session, browser, now):
    hidden = ready.proposals[2]
    world.add(Conflict(person_id=ready.gatekeeper.id, proposal_id=hidden.id, kind="vendor", declared_at=now))
    worked_out(app, session, ready.call, now)
    visitor, free = browser(ready.gatekeeper), browser(ready.coordinator)
    visitor.get(page(ready))
    before = {
        address: words(visitor, address)
        for address in everywhere(ready)
        if "csv" in address or "json" in address
    }
    ready.reviews[2, 0].total = 1.0
    session.flush()
    assert "worked out again" in words(free, page(ready))
    assert "worked out again" not in words(visitor, page(ready))
    worked_out(app, session, ready.call, now.replace(hour=19))
    assert {address: words(visitor, address) for address in before} == before


def test_the_conflict_declared_last_is_heeded_at_once(ready, world, session, browser, now):
    """Before the worker has been there, there is nothing to show rather than too much."""
    visitor = browser(ready.gatekeeper)
    assert "Project 02" in visitor.get(page(ready)).text
    world.add(
        Conflict(
            person_id=ready.gatekeeper.id, proposal_id=ready.proposals[2].id, kind="vendor", declared_at=now
        )
    )
    text = visitor.get(page(ready)).text
    assert "Project" not in text
    assert "Nothing worked out yet" in text
    visitor.get(page(ready, ".json"), 404)


def test_anybody_can_work_it_out_again_from_the_file(ready, browser):
    content = browser(ready.coordinator).get(page(ready, ".json")).response.json
    sheet = unpacked(content["scores"])
    kept = PanelAnalysis.from_dict(content["analysis"])
    assert digest(sheet) == kept.data
    assert analyse(sheet, places=kept.places, seed=kept.seed) == kept


def test_scores_come_as_rows(ready, session, browser, now):
    review = ready.reviews[5, 1]
    review.first_total, review.total, review.revised_at = review.total, 4.25, now
    review.revision_reason = "The others convinced me."
    visitor = browser(ready.coordinator)
    rows = table(visitor.get(page(ready, "/scores-long.csv")).response)
    assert len(rows) == 12 * 4 * 3
    one = [row for row in rows if row["Title"] == "Project 00" and row["Reviewer"] == "Reviewer 02"]
    assert [(row["Criterion"], row["Weight"], row["Score"]) for row in one] == [
        ("Criterion 1", "50", "4"),
        ("Criterion 2", "30", "3"),
        ("Criterion 3", "20", "5"),
    ]
    wide = table(visitor.get(page(ready, "/scores-wide.csv")).response)
    assert len(wide) == 48
    assert wide[0]["Round one: Criterion 1"] == wide[0]["Criterion 1"]
    book = openpyxl.load_workbook(io.BytesIO(visitor.get(page(ready, ".xlsx")).response.data))
    notes = " ".join(str(row[0]) for row in book.worksheets[1].iter_rows(values_only=True))
    for fact in (
        "Version 2",
        "Rank interval: 90%",
        "Data (SHA-256): ",
        "numpy",
        "scipy",
    ):
        assert fact in notes


def test_groups_that_share_no_reviewer_are_not_compared(world, app, session, browser, now):
    apart = [(5, 4, None, None), (4, 3, None, None), (None, None, 3, 2), (None, None, 2, 1)]
    scene = scored_call(world, session, apart)
    worked_out(app, session, scene.call, now)
    text = plain(browser(scene.coordinator).get(page(scene)).text)
    assert (
        "These scores fall into 2 groups that share no reviewer, and none of them holds more than half of the proposals"
        in text
    )
    assert "Comparable group" in text
    assert "Calibrated" not in text
    rows = table(browser(scene.coordinator).get(page(scene, ".csv")).response)
    assert [(row["Comparable group"], row["Calibrated score"], row["Band"]) for row in rows] == [
        ("1", "", ""),
        ("1", "", ""),
        ("2", "", ""),
        ("2", "", ""),
    ]


def test_few_proposals_get_an_interval_and_no_word(world, app, session, browser, now):
    scene = scored_call(world, session, TWELVE[::3], places=None)
    worked_out(app, session, scene.call, now)
    text = plain(browser(scene.coordinator).get(page(scene)).text)
    assert "With fewer than 10 proposals little is certain" in text
    assert "Reliability:" not in text
    assert "No number of places is set" in text
    assert "clearly below the line" not in text


def test_severity_is_for_coordinators_by_name(ready, browser):
    text = plain(browser(ready.coordinator).get(page(ready, "/reviewers")).text)
    names = [f"Reviewer {j:02}" for j in range(4)]
    rows = table(browser(ready.coordinator).get(page(ready, "/reviewers.csv")).response)
    assert [row["Reviewer"] for row in rows] == names
    points = [float(row["Points above or below the panel"]) for row in rows]
    assert min(points) == points[2]
    assert max(points) == points[3]
    assert "no ranking of people" in text
    browser(ready.gatekeeper).get(page(ready, "/reviewers"), 403)
    browser(ready.gatekeeper).get(page(ready, "/reviewers.csv"), 403)


OWN = "/reviews/severity"


def reveal(scene, now):
    for proposal in scene.proposals:
        proposal.reviews_revealed_at = now


def test_a_reviewer_sees_only_the_own_severity_once_all_is_revealed(ready, app, session, browser, now):
    mine = browser(ready.reviewers[2])
    assert "Summer round" not in mine.get(OWN).text
    reveal(ready, now)
    worked_out(app, session, ready.call, now)
    text = mine.get(OWN).text
    assert "Summer round" in text
    assert "You give about the same points as the rest of the panel" in text
    assert "Reviewer 02" in text
    assert "Reviewer 03" not in text
    assert "Project" not in text
    ready.proposals[11].reviews_revealed_at = None
    session.flush()
    assert "Summer round" not in mine.get(OWN).text


@pytest.mark.parametrize("why", ["kept apart", "still open"])
def test_no_severity_where_scores_stay_sealed(ready, app, world, session, browser, now, why):
    reveal(ready, now)
    if why == "kept apart":
        ready.call.shares_scores = False
    else:
        more = world.proposal("One more", call=ready.call, step=ready.proposals[0].step)
        world.review(more, ready.reviewers[2])
    worked_out(app, session, ready.call, now)
    assert "Summer round" not in browser(ready.reviewers[2]).get(OWN).text


def test_a_conflicted_reviewer_s_severity_is_worked_out_without_the_proposal(
    ready, world, app, session, browser, now
):
    reveal(ready, now)
    mine = ready.reviewers[2]
    world.add(Conflict(person_id=mine.id, proposal_id=ready.proposals[0].id, kind="vendor", declared_at=now))
    worked_out(app, session, ready.call, now)
    sets = {
        row.left_out: row.result["analysis"]["ranking"]["reviewers"] for row in session.query(ScoreAnalysis)
    }
    own = next(one for one in sets[str(ready.proposals[0].id)] if one["key"] == str(mine.id))
    assert own["n"] == 11
    assert "11" in plain(browser(mine).get(OWN).text)


class TestDraw:
    @pytest.fixture
    def scene(self, world, session):
        same = (3, 3, 3)
        return scored_call(
            world, session, ((5, 5, 5), same, same, same, (1, 1, 1), (1, 1, 1)), places=2, allows_draw=True
        )

    def test_it_is_held_shown_and_repeatable(self, ready, session, browser):
        visitor = browser(ready.coordinator)
        form = visitor.get(page(ready, "/draw"))
        assert "One of these proposals gets a place" in plain(form.text)
        refused = press(visitor, page(ready, "/draw"), status=422, seed="", reason="Equal scores.")
        assert "Enter the seed that was agreed on" in refused.text
        assert "Equal scores." in refused.text
        press(visitor, page(ready, "/draw"), seed="17 22 31", reason="Equal. Lottery of May 3.")
        draw = session.query(Draw).one()
        text = plain(visitor.get(page(ready, "/draw")).text)
        for ticket in draw_lots(draw.pool, places=1, seed="17 22 31"):
            assert ticket.number in text
        assert "with the seed “17 22 31”" in text
        assert "Equal. Lottery of May 3." in text
        assert "sha256sum" in text
        assert "held already" in text
        assert "One draw was held." in browser(ready.gatekeeper).get(page(ready)).text

    def test_the_conflicted_hear_nothing_of_it(self, ready, world, app, session, browser, now):
        press(browser(ready.coordinator), page(ready, "/draw"), seed="17", reason="Equal.")
        world.add(
            Conflict(
                person_id=ready.gatekeeper.id,
                proposal_id=ready.proposals[0].id,
                kind="vendor",
                declared_at=now,
            )
        )
        worked_out(app, session, ready.call, now)
        visitor = browser(ready.gatekeeper)
        assert "draw was held" not in visitor.get(page(ready)).text
        assert "17" not in plain(visitor.get(page(ready, "/draw"), 403).text)

    def test_not_where_the_call_does_not_allow_it(self, ready, session, browser):
        ready.call.allows_draw = False
        session.flush()
        visitor = browser(ready.coordinator)
        assert "Draw among proposals" not in visitor.get(page(ready)).text
        visitor.get(page(ready, "/draw"), 403)


def test_the_page_asks_the_database_little(ready, session, browser, statements):
    visitor = browser(ready.coordinator)
    visitor.get(page(ready))
    with statements() as seen:
        visitor.get(page(ready))
    few = len(seen)
    assert few <= 14
    with statements() as seen:
        visitor.get(page(ready, "?sort=title"))
    assert len(seen) == few


def test_the_long_answer_is_read_once(ready, browser, statements):
    visitor = browser(ready.coordinator)
    visitor.get(page(ready))
    with statements() as seen:
        visitor.get(page(ready))
    assert not any("score_analysis.result" in statement for statement in seen)


def test_jobs_lead_to_the_page(scene, session, browser):
    visitor = browser(scene.coordinator)
    press(visitor, page(scene))
    job = session.query(Job).one()
    shown = visitor.get(f"/jobs/{job.id}")
    assert "Working out scores" in shown.text
    assert page(scene) in shown.response.text


def test_json_is_plain(ready, browser):
    content = browser(ready.coordinator).get(page(ready, ".json")).response
    assert content.mimetype == "application/json"
    assert set(json.loads(content.data)) == {"call", "analysis", "scores"}


def test_a_review_handed_in_later_counts(ready, world, app, session, browser, now):
    late = world.person("Late Reviewer", Role.REVIEWER)
    handed_in(world, ready.proposals[11], late, ready.criteria, 5)
    worked_out(app, session, ready.call, now)
    rows = {row["Title"]: row for row in table(browser(ready.coordinator).get(page(ready, ".csv")).response)}
    assert rows["Project 11"]["Reviews"] == "5"
    assert rows["Project 10"]["Reviews"] == "4"


def test_one_stray_proposal_is_named_and_the_others_are_ranked(world, app, session, browser, now):
    scores = [(5, 4, 4, None), (4, 3, 4, None), (3, 3, 2, None), (2, 1, 2, None), (None, None, None, 5)]
    scene = scored_call(world, session, scores, places=2)
    worked_out(app, session, scene.call, now)
    visitor = browser(scene.coordinator)
    text = plain(visitor.get(page(scene)).text)
    assert "1 proposal is not in the ranking" in text
    stray = scene.proposals[4]
    assert f"No reviewer of {stray.number} Project 04 reviewed any of the ranked proposals" in text
    rows = table(visitor.get(page(scene, ".csv")).response)
    assert [row["Proposal"] for row in rows if not row["Expected rank"]] == [stray.number]
    assert [row["Title"] for row in rows if row["Expected rank"]] == [f"Project {n:02}" for n in range(4)]
