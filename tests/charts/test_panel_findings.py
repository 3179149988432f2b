"""The sentences over a review panel's charts follow from their data."""

import math

import pytest

from incubator.charts import (
    FunnelLimit,
    FunnelPoint,
    HeatCell,
    HeatRow,
    ProposalScores,
    RankIntervals,
    RankRow,
    ReviewerSeverity,
    ReviewTimeliness,
    ScoreDots,
    ScoreHeatMap,
    ScoreShifts,
    SelectionFunnel,
    SeverityRow,
    ShiftRow,
    words,
)
from incubator.charts.points import Points
from tests.charts.hostile import ODD
from tests.charts.panel_samples import EXTREME, USUAL, funnel

FEW = {name: chart for name, chart in USUAL.items() if "-" not in name}


def test_the_usual_charts_say_what_they_show():
    assert {name: chart.title for name, chart in FEW.items()} == {
        "ranks": "1 of 4 proposals is too close to call; 2 clearly above the line",
        "dots": "Reviewers are split on 1 of 5 proposals",
        "heat": "Reviewers disagree on 3 of 28 scores",
        "severity": "3 of 5 reviewers give clearly more or fewer points than the rest of the panel",
        "funnel": "Agency 1 is selected more often than chance explains, Agency 2 less often",
        "timeliness": "About 75% of 48 reviews handed in by the due day",
        "shifts": "5 of 8 reviews changed: 2 better, 3 worse",
    }


def test_the_usual_charts_give_a_number_or_two():
    assert {name: chart.description for name, chart in FEW.items()} == {
        "ranks": "Each bar has a 90% chance of holding the proposal's rank; the line for 3 places lies at rank 3.4;"
        " the widest bar spans 1.8 ranks.",
        "dots": "20 reviews; highest mean 2.9 for Benefit screener 0.",
        "heat": "Best average 3.2 for Form reading for paper intake 4; 2 scores missing.",
        "severity": "Differences run from −0.4 to +0.4 points; a bar that crosses zero may be chance.",
        "funnel": "51 of 110 proposals selected (40%); 3 agencies with fewer than 10 proposals not compared.",
        "timeliness": "42 of 48 reviews handed in; 75% by the due day; the latest came 6 days after it was due.",
        "shifts": "Changed by 0.66 points on average; the furthest, Benefit screener, reviewer 6, by 0.97.",
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


def test_many_ranks_are_counted_by_band():
    chart = USUAL["ranks-many"]
    assert [chart.in_band(band) for band in ("accept", "too_close", "decline")] == [12, 15, 45]
    assert chart.title == "15 of 72 proposals are too close to call; 12 clearly above the line"


def test_ranks_leave_out_what_is_no_rank():
    chart = EXTREME["ranks-broken"]
    assert [row.label for row in chart.known[:2]] == ["no interval", "ends swapped"]
    assert [row.interval for row in chart.known[:2]] == [None, (2, 9)]
    assert RankIntervals(rows=(RankRow("a", math.nan, 1, 2),)).title == "No ranking yet"
    assert [row[3] for row in chart.table().rows[:2]] == [None, 2]


def test_a_heat_map_says_where_reviewers_disagree():
    wide, near = HeatCell(3, 2, True), HeatCell(3, 1)
    rows = (HeatRow("a", (wide, near)), HeatRow("b", (wide, wide)), HeatRow("c", (near,)))
    chart = ScoreHeatMap(rows=rows, columns=("Value", "Cost"))
    assert chart.title == "Reviewers disagree on 3 of 5 scores, most often on Value"
    assert chart.table().header == ("Proposal", "Value", "Cost", "Reviewers disagree on")
    assert chart.table().rows == [
        ("a", 3, 3, "Value (2 points apart)"),
        ("b", 3, 3, "Value (2 points apart), Cost (2 points apart)"),
        ("c", 3, None, None),
    ]
    calm = ScoreHeatMap(rows=(HeatRow("a", (near, near)),), columns=("Value", "Cost"))
    assert calm.title == "Reviewers disagree on none of 2 scores"
    one = ScoreHeatMap(rows=(HeatRow("a", (near,)),), columns=("Value",))
    assert one.title == "Reviewers do not disagree on the one score"


def test_a_heat_map_knows_which_end_is_better():
    rows = (HeatRow("a", (HeatCell(1), HeatCell(2))), HeatRow("b", (HeatCell(4),)))
    high = ScoreHeatMap(rows=rows, columns=("X", "Y"))
    low = ScoreHeatMap(rows=rows, columns=("X", "Y"), lower_is_better=True)
    assert high.title == "2 proposals with 3 scores; best average 4.0 for b"
    assert low.title == "2 proposals with 3 scores; best average 1.5 for a"
    assert high.description == "Best average 4.0 for b; 1 score missing."
    assert [high.points.share(v) for v in (1, 2, 5, 9, -9)] == [0, 0.25, 1, 1, 0]
    assert [low.points.share(v) for v in (1, 2, 5, 9, -9)] == [1, 0.75, 0, 0, 1]


def test_a_scale_is_written_as_long_as_it_is_and_mended_when_it_is_none():
    assert [Points(1, 5).write(v) for v in (4, 3.25, -0.04)] == ["4.0", "3.3", "0.0"]
    assert [Points(0, 100).write(v) for v in (84.4, 100)] == ["84", "100"]
    assert Points(5, 1).ends == (1, 5)
    assert Points(5, 5).ends == (5, 6)
    assert Points(math.nan, math.inf).ends == (0, 1)
    assert Points(-1e308, 1e308).share(0) == 0.5
    assert (Points(1, 5).better(2, 1), Points(1, 5, True).better(2, 1)) == (True, False)


def test_columns_of_one_name_stay_apart_in_the_table():
    assert words.distinct(["Cost", "Cost", "", "Value", "Cost"]) == [
        "Cost",
        "Cost (2)",
        "(3)",
        "Value",
        "Cost (5)",
    ]


def test_a_reviewer_reads_about_themself():
    rows = (SeverityRow("Ana", -0.42, -0.7, -0.1, 12), SeverityRow("Lee", 0.1, -0.2, 0.4, 1))
    ana, lee = (ReviewerSeverity(rows=rows, own=name) for name in ("Ana", "Lee"))
    assert ana.title == "You tend to give 0.42 points less than the rest of the panel"
    assert ana.description == "Difference −0.42 points, 95% interval −0.7 to −0.1, from 12 reviews."
    assert lee.title == "You give about the same points as the rest of the panel"
    assert lee.description == "Difference +0.1 points, 95% interval −0.2 to +0.4, from 1 review."
    assert ReviewerSeverity(rows=rows, own="Gone").title == ReviewerSeverity(rows=rows).title


def test_reviewers_are_neither_ordered_nor_judged_without_evidence():
    rows = (
        SeverityRow("b", 0.4, 0, 0.8, 3),
        SeverityRow("a", 0.9, None, 2, 3),
        SeverityRow("c", 0.2, 0.3, 0.1, 3),
    )
    chart = ReviewerSeverity(rows=rows)
    assert [row.label for row in chart.known] == ["b", "a", "c"]
    assert [row.clear for row in chart.known] == [False, False, True]
    assert chart.title == "1 of 3 reviewers gives clearly more or fewer points than the rest of the panel"
    assert (
        ReviewerSeverity(rows=rows[:2]).title
        == "No reviewer gives clearly more or fewer points than the rest of the panel"
    )


def test_more_points_are_stricter_where_fewer_are_better():
    assert ReviewerSeverity(rows=()).ends == ("stricter", "kinder")
    assert ReviewerSeverity(rows=(), lower_is_better=True).ends == ("kinder", "stricter")


def test_only_changed_reviews_are_drawn_and_all_are_counted():
    rows = (ShiftRow("a", 3, 4), ShiftRow("b", 4, 3.5), ShiftRow("c", 0.3, 0.1 + 0.2), ShiftRow("d", None, 2))
    high, low = ScoreShifts(rows=rows), ScoreShifts(rows=rows, lower_is_better=True)
    assert [row.label for row in high.changed] == ["a", "b"]
    assert high.title == "2 of 3 reviews changed: 1 better, 1 worse"
    assert [high.improved(row) for row in high.changed] == [True, False]
    assert [low.improved(row) for row in low.changed] == [False, True]
    assert high.description == "Changed by 0.75 points on average; the furthest, a, by 1."
    assert high.table().rows == [("a", 3, 4, 1), ("b", 4, 3.5, -0.5), ("c", 0.3, 0.1 + 0.2, 0)]
    assert ScoreShifts(rows=rows[:1]).title == "1 of 1 review changed: 1 better"
    assert ScoreShifts(rows=rows[2:]).title == "The one review did not change"
    same = tuple(ShiftRow(name, 3, 3) for name in "ab")
    assert ScoreShifts(rows=same).title == "None of 2 reviews changed"
    assert ScoreShifts(rows=same).description == "2 reviews with the same total in both rounds."


def test_an_agency_with_few_proposals_is_never_called_out():
    chart = funnel([(9, 9), (9, 0), (40, 16)])
    assert [chart.place(point) for point in chart.known] == ["few", "few", "inside"]
    assert chart.title == "Agency 3 is selected about as often as chance explains"
    assert funnel([(9, 9)]).title == "No agency has 10 proposals yet, too few to compare"
    assert funnel([(9, 9), (9, 0)], enough=9).outside == funnel([(9, 9), (9, 0)]).points


def test_a_funnel_tells_far_from_very_far():
    chart = funnel([(40, 16), (40, 23), (40, 40), (40, 9), (40, 1)])
    assert [chart.place(point) for point in chart.known] == [
        "inside", "outside 95%", "outside 99.8%", "outside 95%", "outside 99.8%",
    ]  # fmt: skip
    assert [row[-1] for row in chart.table().rows][1:3] == [
        "Outside the 95% limits",
        "Outside the 99.8% limits",
    ]
    assert (
        chart.title
        == "Agency 2 and Agency 3 are selected more often than chance explains, Agency 4 and Agency 5 less often"
    )
    assert funnel([(40, 40)] * 3).title == "3 agencies are selected more often than chance explains"
    assert funnel([(40, 16)] * 2).title == "No agency is selected more or less often than chance explains"


def test_limits_between_given_ones_lie_on_a_straight_line():
    ends = (FunnelLimit(20, 0.3, 0.5, 0.2, 0.6), FunnelLimit(10, 0.2, 0.6, 0.0, 0.8))
    chart = SelectionFunnel(points=(), overall=0.4, limits=ends)
    between = chart.limits_at(15)
    found = (between.n, between.low95, between.high95, between.low998, between.high998)
    assert found == pytest.approx((15, 0.25, 0.55, 0.1, 0.7))
    assert (chart.limits_at(3), chart.limits_at(10), chart.limits_at(99)) == (ends[1], ends[1], ends[0])
    assert SelectionFunnel(points=(), overall=0.4, limits=()).limits_at(3) is None
    edge = FunnelPoint("edge", 20, 10, 0.3, 0.7)
    assert chart.place(edge) == "inside"


def test_impossible_counts_make_no_share():
    assert [point.label[:1] for point in EXTREME["funnel-broken"].known] == ["A", ODD[0], ""]


@pytest.mark.parametrize(
    ("at_due", "n", "still", "title", "numbers"),
    [
        (0.0, 4, 3, "None of 4 reviews handed in by the due day", "1 of 4 reviews handed in; 0% by the due day"),
        (0.25, 4, 0, "1 of 4 reviews handed in by the due day", "All 4 reviews handed in; 25% by the due day"),
        (0.75, 4, 0, "3 of 4 reviews handed in by the due day", "All 4 reviews handed in; 75% by the due day"),
        (0.3, 4, 1, "About 30% of 4 reviews handed in by the due day", "3 of 4 reviews handed in; 30% by the due day"),
        (1.0, 4, 0, "All 4 reviews handed in by the due day", "All 4 reviews handed in; 100% by the due day"),
        (1.0, 4, 1, "About 100% of 4 reviews handed in by the due day", "3 of 4 reviews handed in; 100% by the due day"),
        (None, 4, 3, "1 of 4 reviews handed in so far", "1 of 4 reviews handed in"),
        (None, 4, 0, "All 4 reviews handed in before the due day has passed", "All 4 reviews handed in"),
        (1.0, 1, 0, "The one review handed in by the due day", "The one review handed in; 100% by the due day"),
    ],
)  # fmt: skip
def test_what_was_in_time_is_counted(at_due, n, still, title, numbers):
    chart = ReviewTimeliness(steps=((2, 0.25),), at_due=at_due, n=n, open_reviews=still)
    assert (chart.title, chart.description) == (title, f"{numbers}; the latest came 2 days after it was due.")


def test_steps_are_ordered_and_kept_within_all():
    chart = ReviewTimeliness(steps=((3, 2.0), (-2, 0.5), (0, math.nan)), at_due=0.5, n=2, open_reviews=0)
    assert chart.known == ((-2, 0.5), (3, 1.0))
    assert chart.table().rows == [(-2, 50.0), (3, 100.0)]
    assert [
        ReviewTimeliness(steps=((day, 1.0),), at_due=1, n=1, open_reviews=0).description for day in (0, -1)
    ] == [
        "The one review handed in; 100% by the due day; the latest came on the due day.",
        "The one review handed in; 100% by the due day; the latest came 1 day before it was due.",
    ]


def test_a_split_is_half_the_scale_unless_told():
    near = (ProposalScores("a", (20, 60)),)
    assert [ScoreDots(proposals=near, lowest=0, highest=high).apart for high in (4, 100)] == [2, 50]
    assert ScoreDots(proposals=near).apart == 2
    assert (
        ScoreDots(proposals=near, lowest=0, highest=100).title
        == "Reviewers are not split: mean 40, median 40"
    )
    assert (
        ScoreDots(proposals=near, lowest=0, highest=100, split_at=40).title
        == "Reviewers are split: mean 40, median 40"
    )
    assert ScoreDots(proposals=near, lowest=0, highest=100, split_at=math.nan).apart == 50


def test_the_best_mean_is_the_lowest_where_fewer_points_are_better():
    scores = (ProposalScores("a", (1, 2)), ProposalScores("b", (4, 5)), ProposalScores("c", ()))
    assert ScoreDots(proposals=scores).description == "4 reviews; highest mean 4.5 for b."
    assert ScoreDots(proposals=scores, lower_is_better=True).description == "4 reviews; best mean 1.5 for a."


def test_an_adjusted_mean_stands_beside_a_mean_and_never_alone():
    scores = (
        ProposalScores("a", (3, 4), 3.2),
        ProposalScores("b", (2, 3), math.nan),
        ProposalScores("c", (), 4),
    )
    chart = ScoreDots(proposals=scores)
    assert [p.adjusted for p in scores] == [3.2, None, None]
    assert chart.table().header[:4] == ("Proposal", "Reviews", "Mean", "Calibrated")
    assert [row[2:4] for row in chart.table().rows] == [(3.5, 3.2), (2.5, None), (None, None)]
    assert "Calibrated" not in ScoreDots(proposals=scores[1:]).table().header
