from __future__ import annotations

import pytest
import sqlalchemy as sa

from incubator.analytics.panel_analysis import PanelAnalysis
from incubator.domain.events import EventKind
from incubator.domain.roles import Role
from incubator.flows.outside import whole_weights
from incubator.jobs.panel_report import describe_guess, describe_panels
from incubator.jobs.panels import UnsettledColumns, Wishes, import_panels
from incubator.models.calls import Call, Criterion, Rubric
from incubator.models.history import Event
from incubator.models.ranking import OutsideItem, OutsideReview, OutsideScore, ScoreAnalysis

MAP = ("proposal=ID", "reviewer=RevID", "overall=Score", "group=PropType", "confidence=RevExp")
AIBS = tuple(f"criterion={name}" for name in ("Innovation", "Approach", "Signif", "Impact"))

FILE = """\
Proposal,Title,Agency,Reviewer,Overall,Need,Cost
P1,Permits,Parks,R1,2.5,2,3
P1,Permits,Parks,R2,1.5,1,
P2,Bridges,Roads,R1,4,4,4
P2,Bridges,Roads,R2,3,3,3
P2,Bridges,Roads,R4,3.5,4,3
P3,Forms,Parks,R1,ND,,
P3,Forms,Parks,R3,nine,2,2
"""
SMALL = (
    "proposal=Proposal", "title=Title", "group=Agency", "reviewer=Reviewer", "overall=Overall",
    "criterion=Need:0.75", "criterion=Cost:0.25",
)  # fmt: skip


@pytest.fixture
def aibs(shared_data):
    return shared_data / "review_aibs" / "aibs_grant_scores.csv"


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small_panel.csv"
    path.write_text(FILE, "utf-8")
    return path


@pytest.fixture
def bring(app, session):
    session.commit()
    said: list[str] = []

    def run(path, *mapping, **more):
        said.clear()
        with app.app_context():
            done = import_panels(app, path, Wishes(tuple(mapping), **more), said.append)
        session.expire_all()
        return done

    run.said = said
    return run


def analyses(session):
    rows = session.execute(
        sa.select(Call.title, ScoreAnalysis.result).join(Call, Call.id == ScoreAnalysis.call_id)
    )
    return {title: PanelAnalysis.from_dict(result["analysis"]) for title, result in rows}


def test_the_published_panel_becomes_three_calls(aibs, bring, session):
    done = bring(aibs, *MAP, *AIBS, "call=Year", lower_is_better=True, scale=(1, 5), places=8, title="AIBS")
    calls = session.scalars(sa.select(Call).where(Call.outside).order_by(Call.title)).all()
    assert [(call.title, call.places) for call in calls] == [
        ("AIBS, 2014", 8),
        ("AIBS, 2015", 8),
        ("AIBS, 2017", 8),
    ]
    counts = [
        session.scalar(sa.select(sa.func.count()).where(OutsideItem.call_id == call.id)) for call in calls
    ]
    assert counts == [21, 29, 22]
    for call in calls:
        rubric = session.get_one(Rubric, call.rubric_id)
        assert (rubric.lower_is_better, rubric.scale_min, rubric.scale_max) == (True, 1, 5)
        assert rubric.published_at is not None
    found = analyses(session)
    assert {title: (one.places, one.lower_is_better, one.reviews) for title, one in found.items()} == {
        "AIBS, 2014": (8, True, 63),
        "AIBS, 2015": (8, True, 87),
        "AIBS, 2017": (8, True, 66),
    }
    best = found["AIBS, 2014"].raw[0]
    assert (best.key, best.place, best.mean) == ("20", 1, pytest.approx(1.7))
    assert done.reviews.report.rows_used == 216
    assert any("100%" in line for line in bring.said)


def test_all_cycles_together_give_the_published_reliability(aibs, bring, session):
    bring(aibs, *MAP, *AIBS, lower_is_better=True, scale=(1, 5), title="AIBS, all")
    (found,) = analyses(session).values()
    one = found.agreement.one_way
    assert one.proposals == 72
    assert one.single == pytest.approx(0.3711, abs=5e-5)
    assert one.mean == pytest.approx(0.639, abs=5e-4)
    assert found.ranking.line is None
    assert {item.band for item in found.ranking.items} == {None}


def test_the_same_file_again_changes_nothing(small, bring, session):
    first = bring(small, *SMALL, scale=(1, 5))
    again = bring(small, *SMALL, scale=(1, 5))
    assert [call.known for call in first.calls] == [False]
    assert [(call.known, call.call_id) for call in again.calls] == [(True, first.calls[0].call_id)]
    assert session.query(Call).count() == 1
    assert session.query(OutsideReview).count() == 5
    assert session.scalar(sa.select(sa.func.count()).where(Event.kind == EventKind.PANEL_IMPORTED)) == 1
    bring(small, *SMALL, scale=(1, 5), places=1)
    (found,) = analyses(session).values()
    assert found.places == 1
    assert session.query(Call).count() == 1
    # Another meaning of the columns is another panel.
    bring(small, *SMALL[:-1], scale=(1, 5), title="Other")
    assert sorted(call.title for call in session.query(Call)) == ["Other", "small panel"]


def test_what_the_file_says_is_kept(small, bring, session):
    done = bring(small, *SMALL, scale=(1, 5))
    assert [(one.row, one.reason) for one in done.reviews.report.refused] != []
    items = {item.key: item for item in session.query(OutsideItem)}
    assert {key: (item.title, item.group, item.discussed) for key, item in items.items()} == {
        "P1": ("Permits", "Parks", True),
        "P2": ("Bridges", "Roads", True),
        "P3": ("Forms", "Parks", False),
    }
    criteria = {c.key: (c.title, c.weight) for c in session.query(Criterion)}
    assert criteria == {"need": ("Need", 3), "cost": ("Cost", 1)}
    scores = session.execute(
        sa.select(
            OutsideItem.key, OutsideReview.reviewer, OutsideReview.overall, sa.func.count(OutsideScore.value)
        )
        .join(OutsideReview, OutsideReview.item_id == OutsideItem.id)
        .outerjoin(OutsideScore, OutsideScore.review_id == OutsideReview.id)
        .where(OutsideItem.key != "P3")
        .group_by(OutsideItem.key, OutsideReview.reviewer, OutsideReview.overall)
        .order_by(OutsideItem.key, OutsideReview.reviewer)
    ).all()
    assert [tuple(row) for row in scores] == [
        ("P1", "R1", 2.5, 2),
        ("P1", "R2", 1.5, 1),
        ("P2", "R1", 4.0, 2),
        ("P2", "R2", 3.0, 2),
        ("P2", "R4", 3.5, 2),
    ]


def test_a_dry_run_reports_and_changes_nothing(small, bring, session):
    done = bring(small, *SMALL, scale=(1, 5), dry_run=True)
    assert done.calls == ()
    assert session.query(Call).count() == 0
    assert session.query(OutsideItem).count() == 0
    text = describe_panels(done, "http://example.gov", dry_run=True)
    for words in (
        "7 rows read",
        "1 refused",
        "proposals not discussed",
        "reviewers with a single review",
        "criterion Cost, weight 0.25, blank in",
        "higher is better",
        "Nothing was changed.",
    ):
        assert words in text, words


def test_without_a_mapping_one_is_proposed(small, bring, session):
    with pytest.raises(UnsettledColumns) as unsettled:
        bring(small, places=2, title="A panel")
    text = describe_guess(unsettled.value, small, Wishes(places=2, title="A panel"))
    assert "reviewer=Reviewer" in text
    assert "--map proposal=Proposal" in text
    assert "--title 'A panel' --places 2" in text
    assert "--lower-is-better" in text
    assert session.query(Call).count() == 0


def test_a_mapping_that_does_not_fit_is_refused(small, bring, session):
    with pytest.raises(UnsettledColumns) as unsettled:
        bring(small, "proposal=Proposal", "reviewer=Nobody", "overall=Overall")
    assert "no column called “Nobody”" in unsettled.value.problems[0]
    assert session.query(Call).count() == 0


@pytest.mark.parametrize(
    ("weights", "whole"),
    [
        ([1.0, 1.0], ([1, 1], True)),
        ([0.5, 0.25, 0.25], ([2, 1, 1], True)),
        ([20.0, 30.0, 50.0], ([2, 3, 5], True)),
        ([1.5, 1.0], ([3, 2], True)),
        ([1.0, 3.14159], ([24, 76], False)),
        ([1.0, 1_000.0], ([1, 100], False)),
        ([], ([], True)),
    ],
)
def test_weights_become_whole_in_proportion(weights, whole):
    assert whole_weights(weights) == whole


def test_its_ranking_says_which_end_is_better(aibs, bring, world, session, browser):
    coordinator = world.person("Cora Dean", Role.COORDINATOR)
    session.commit()
    done = bring(aibs, *MAP, *AIBS, "call=Year", lower_is_better=True, scale=(1, 5), places=8, title="AIBS")
    slug = done.calls[0].slug
    visitor = browser(coordinator)
    text = " ".join(visitor.get(f"/calls/{slug}/ranking").text.split())
    assert "On this scale lower is better: 1 is the best score and 5 the worst." in text
    assert "There is room for 8 proposals of 21." in text
    assert "Panel run elsewhere" in text
    assert "When reviews came in" not in text
    rows = visitor.get(f"/calls/{slug}/ranking.csv").response.data.decode("utf-8-sig").splitlines()
    assert rows[1].startswith("1,20,20,Standard,3,1.7")
    calls = " ".join(visitor.get("/calls").text.split())
    assert calls.index("Panels run elsewhere") < calls.index("AIBS, 2014")
    assert "21" in calls


def test_nobody_proposes_in_it(small, bring, world, session, browser):
    done = bring(small, *SMALL, scale=(1, 5))
    slug, title = done.calls[0].slug, "small panel"
    people = {
        "submitter": world.person("Sub Mitter", (Role.SUBMITTER, world.agency())),
        "gatekeeper": world.person("Gale Keeper", Role.GATEKEEPER),
        "coordinator": world.person("Cora Dean", Role.COORDINATOR),
    }
    visitor = browser(people["submitter"])
    for place in ("/calls", "/proposals/new", "/portfolio", "/"):
        assert title not in visitor.get(place).text, place
    visitor.get(f"/calls/{slug}/ranking", 403)
    assert title in browser(people["gatekeeper"]).get("/calls").text
    staff = browser(people["coordinator"])
    for place in ("/priorities", "/portfolio", "/screening"):
        assert title not in staff.get(place).text, place
    assert staff.client.get(f"/calls/{slug}").status_code in (302, 303)
    for page in ("assignment", "panel", "release"):
        staff.get(f"/calls/{slug}/{page}", 404)


@pytest.mark.parametrize(
    ("text", "mapping", "hint", "problem"),
    [
        ("Proposal,Judge 1,Judge 2\nA,3,4\nB,2,1\n", (), "Each reviewer seems to have a column", ""),
        ("Proposal,Score\nA,3\nA,4\n", (), "No column says who wrote a review.", ""),
        ("Proposal,Reviewer,Score\nA,R1,3\n", ("proposal=Nix",), "", "There is no column called “Nix”."),
    ],
)
def test_what_keeps_a_file_from_being_read_is_said_with_its_cure(app, tmp_path, text, mapping, hint, problem):
    path = tmp_path / "scores.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(UnsettledColumns) as unsettled:
        import_panels(app, path, Wishes(mapping=mapping), lambda line: None)
    said = describe_guess(unsettled.value, path, Wishes(mapping=mapping))
    assert hint in said
    assert problem in said
    command = [line for line in said.split("\n") if line.startswith("  incubator import reviews")]
    assert bool(command) == (not hint), "a command is only printed where it works"
