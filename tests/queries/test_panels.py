"""The agenda for one reader: its order by the analysis they may see, and who is kept from what."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from incubator.analytics.panel_analysis import analyse
from incubator.analytics.panel_sheet import Item, Rater, Sheet, SheetCriterion, SheetReview
from incubator.domain.roles import Role
from incubator.models.accounts import Person
from incubator.models.proposals import Author, Proposal
from incubator.models.ranking import AnalysisState, ScoreAnalysis
from incubator.queries import panels as query
from incubator.queries.panel_people import barred_people, is_barred
from incubator.queries.panel_ranks import NO_RANKS, ranks_for, read_ranks
from incubator.queries.rounds import round_of
from tests.panel_scene import PanelScene


@pytest.fixture
def scene(world):
    return PanelScene(world)


def agenda(scene, person):
    session, actor = scene.world.session, scene.world.actor(person)
    call = round_of(session, actor, scene.call.id)
    return query.agenda(session, actor, call, query.find_meeting(session, call.id))


def ranking(line, **items):
    return {
        "line": line,
        "items": [
            {"key": key, "expected_rank": expected, "rank_low": low, "rank_high": high, "band": band}
            for key, (expected, low, high, band) in items.items()
        ],
    }


def keep(scene, result, left_out="", **values):
    values = {"state": AnalysisState.READY, "computed_at": scene.world.now, **values}
    return scene.world.add(
        ScoreAnalysis(
            call_id=scene.call.id,
            left_out=left_out,
            asked_at=scene.world.now,
            result={"analysis": {"ranking": result}, "sheet": {}},
            **values,
        )
    )


def whole(scene):
    """An analysis that puts `low` at the line and the others far from it."""
    return ranking(
        2.0,
        **{
            scene.low.number: (2.1, 1.0, 3.0, "too close to call"),
            scene.near.number: (3.0, 2.5, 3.0, "decline"),
            scene.top.number: (1.0, 1.0, 1.2, "accept"),
        },
    )


def titles(rows):
    return [row.title for row in rows]


def test_without_an_analysis_the_means_order_the_agenda(scene):
    rows = agenda(scene, scene.member)
    assert titles(rows) == ["Bridge counter", "Permit helper", "Snow radar"]
    assert [(row.mean, row.reviews_in, row.band) for row in rows] == [
        (pytest.approx(3.4), 2, None),
        (pytest.approx(4.5), 2, None),
        (pytest.approx(1.6), 2, None),
    ]
    assert [row.spread for row in rows] == [pytest.approx(1.0), pytest.approx(0.2), pytest.approx(0.2)]


def test_a_stored_analysis_orders_the_agenda_and_names_the_bands(scene):
    keep(scene, whole(scene))
    rows = agenda(scene, scene.member)
    assert titles(rows) == ["Snow radar", "Bridge counter", "Permit helper"]
    assert [row.band for row in rows] == ["too close to call", "decline", "accept"]


def test_whoever_is_kept_from_a_proposal_never_reads_an_analysis_that_holds_it(scene):
    keep(scene, whole(scene))
    rows = agenda(scene, scene.kept_out)
    # Without their own analysis the means decide: of two proposals with two places no line parts them.
    assert titles(rows) == ["Permit helper", "Snow radar"]
    assert [row.band for row in rows] == [None, None]
    without = ranking(
        1.0,
        **{
            scene.low.number: (1.4, 1.0, 2.0, "too close to call"),
            scene.top.number: (1.6, 1.5, 2.0, "decline"),
        },
    )
    keep(scene, without, left_out=str(scene.near.id))
    rows = agenda(scene, scene.kept_out)
    assert titles(rows) == ["Snow radar", "Permit helper"]
    assert [row.band for row in rows] == ["too close to call", "decline"]
    assert titles(agenda(scene, scene.member)) == ["Snow radar", "Bridge counter", "Permit helper"]


def test_an_analysis_for_somebody_else_is_not_read(scene):
    keep(scene, whole(scene), left_out=str(scene.top.id))
    assert titles(agenda(scene, scene.member)) == ["Bridge counter", "Permit helper", "Snow radar"]
    keep(scene, whole(scene), computed_at=None, state=AnalysisState.WAITING)
    assert titles(agenda(scene, scene.member)) == ["Bridge counter", "Permit helper", "Snow radar"]


def test_an_analysis_of_another_call_is_not_read(scene, session):
    row = keep(scene, whole(scene))
    row.call_id = scene.world.call("Other", slug="other").id
    session.flush()
    assert ranks_for(session, scene.call.id, sa.false()) == NO_RANKS


@pytest.mark.parametrize(
    "kept",
    [None, [], "x", {}, {"items": None, "line": 1}, {"items": [{}], "line": 1}, {"items": [], "line": "x"}],
)
def test_a_result_of_another_make_is_no_result(kept):
    assert read_ranks(kept) == NO_RANKS


def test_what_the_analysis_stores_is_what_is_read_here(scene):
    numbers = [scene.top.number, scene.near.number, scene.low.number]
    sheet = Sheet(
        scale_min=1,
        scale_max=5,
        lower_is_better=False,
        criteria=(SheetCriterion("c", "C", 100),),
        items=tuple(Item(number, number, "DOT") for number in numbers),
        raters=tuple(Rater(name, name) for name in "ABC"),
        reviews=tuple(
            SheetReview(item=number, rater=rater, total=5.0 - 1.5 * place + 0.1 * step, scores={})
            for place, number in enumerate(numbers)
            for step, rater in enumerate("ABC")
        ),
    )
    analysis = analyse(sheet, places=2, seed=1, draws=200)
    known = read_ranks(analysis.to_dict()["ranking"])
    assert set(known.ranks) == set(numbers)
    assert {item.key: item.band and item.band.value for item in analysis.ranking.items} == dict(known.bands)
    assert known.line == analysis.ranking.line
    for item in analysis.ranking.items:
        found = known.ranks[item.key]
        assert (found.expected, found.low, found.high) == (item.expected_rank, item.rank_low, item.rank_high)


def test_what_is_said_of_others_is_what_holds_for_oneself(scene, session):
    """`is_barred` over people and `kept_out` of the actor are two ways to say one thing."""
    world = scene.world
    other = world.agency("HHS", "Health")
    author = world.person("Aki Author", Role.GATEKEEPER)
    world.add(Author(proposal_id=scene.low.id, person_id=author.id, added_at=world.now))
    people = [
        scene.chair,
        scene.member,
        scene.kept_out,
        scene.coordinator,
        author,
        world.person("Own", Role.GATEKEEPER, agency=scene.agency),
        world.person("Other", Role.GATEKEEPER, agency=other),
        world.person("Lead", Role.GATEKEEPER, (Role.AGENCY_LEAD, scene.agency)),
        world.person("Away", Role.COORDINATOR, (Role.SUBMITTER, other)),
        world.person("Aside", Role.GATEKEEPER),
        world.person("Lapsed", Role.GATEKEEPER),
    ]
    scene.conflict(
        people[-2],
        scene.top,
        overridden_at=world.now,
        override_reason="Fine",
        overridden_by_id=scene.chair.id,
    )
    scene.conflict(people[-1], scene.top, by_rule=True, lapsed_at=world.now)
    pairs = set()
    for person in people:
        actor = world.actor(person)
        mine = set(session.scalars(sa.select(Proposal.id).where(query.kept_out(actor))))
        seen = set(session.scalars(sa.select(Proposal.id).where(query.takes_part(actor))))
        said = set(
            session.scalars(sa.select(Proposal.id).join(Person, Person.id == person.id).where(is_barred()))
        )
        assert said == mine, person.name
        assert seen == {scene.top.id, scene.near.id, scene.low.id} - mine, person.name
        pairs |= {(person.name, proposal) for proposal in mine}
    assert pairs == {
        ("Con Flict", scene.near.id),
        ("Aki Author", scene.low.id),
        *(("Own", one.id) for one in (scene.top, scene.near, scene.low)),
        *(("Lead", one.id) for one in (scene.top, scene.near, scene.low)),
    }
    found = barred_people(session, [scene.top.id, scene.near.id, scene.low.id], scene.call.id)
    assert {(proposal, person) for proposal, some in found.items() for person in some} == {
        (proposal, next(one.id for one in people if one.name == name)) for name, proposal in pairs
    }


def test_the_agenda_costs_the_same_for_one_proposal_and_for_many(scene, session, statements):
    keep(scene, whole(scene))
    with statements() as many:
        assert len(agenda(scene, scene.member)) == 3
    for proposal in (scene.near, scene.low):
        proposal.call_id = None
    session.flush()
    with statements() as one:
        assert len(agenda(scene, scene.member)) == 1
    assert len(one) == len(many)
