"""The sentences over a review panel's charts follow from their data."""

import math

from incubator.charts import RankIntervals, RankRow
from tests.charts.panel_samples import EXTREME, USUAL


def test_the_usual_charts_say_what_they_show():
    assert {name: chart.title for name, chart in USUAL.items()} == {
        "ranks": "1 of 4 proposals is too close to call; 2 clearly above the line",
        "ranks-many": "15 of 72 proposals are too close to call; 12 clearly above the line",
    }


def test_the_usual_charts_give_a_number_or_two():
    assert {name: chart.description for name, chart in USUAL.items()} == {
        "ranks": "Each bar has a 50% chance of holding the proposal's rank; the line for 3 places lies at rank 3.4;"
        " the widest bar spans 1.8 ranks.",
        "ranks-many": "Each bar has a 50% chance of holding the proposal's rank; the line for 20 places lies at"
        " rank 20.2; the widest bar spans 14.4 ranks.",
    }


def test_ranks_are_ordered_and_equal_ones_stay_as_given():
    rows = (RankRow("c", 2, 1, 3), RankRow("a", 1, 1, 2), RankRow("b", 2, 2, 3))
    assert [row.label for row in RankIntervals(rows=rows).known] == ["a", "c", "b"]


def test_ranks_without_a_line_name_the_first():
    rows = (RankRow("a", 1.4, 0.6, 2.6), RankRow("b", 1.6, 1, 2))
    assert RankIntervals(rows=rows).title == "a ranks first of 2 proposals, likely between 1 and 3"
    assert RankIntervals(rows=rows[:1], line=1.4).title == "a ranks first of 1 proposal"
    sure = (RankRow("a", 1, 1, 1), RankRow("b", 2, 2, 2))
    assert RankIntervals(rows=sure).title == "a ranks first of 2 proposals, likely at rank 1"
    tied = tuple(RankRow(name, 1.5, 1, 2) for name in "ab")
    assert RankIntervals(rows=tied).title == "2 proposals of 2 share the first rank"


def test_a_line_that_parts_all_is_clear():
    rows = (RankRow("a", 1, 1, 1, "accept"), RankRow("b", 2, 2, 2, "decline"))
    assert (
        RankIntervals(rows=rows, line=1.5).title
        == "The line is clear: 1 above it, 1 below it, none too close to call"
    )
    doubt = tuple(RankRow(name, 1.5, 1, 2, "too_close") for name in "ab")
    assert (
        RankIntervals(rows=doubt, line=1.5).title
        == "2 of 2 proposals are too close to call; none clearly above the line"
    )


def test_ranks_leave_out_what_is_no_rank():
    chart = EXTREME["ranks-broken"]
    assert [row.label for row in chart.known[:2]] == ["no interval", "ends swapped"]
    assert [row.interval for row in chart.known[:2]] == [None, (2, 9)]
    assert RankIntervals(rows=(RankRow("a", math.nan, 1, 2),)).title == "No ranking yet"
    assert [row[3] for row in chart.table().rows[:2]] == [None, 2]
