"""The sentence over a chart follows from its data."""

import math
from datetime import date

import pytest

from incubator.charts import (
    Ageing,
    AgeingItem,
    AgeingStage,
    CostChart,
    EndReason,
    EndReasons,
    MetricProgress,
    MetricRow,
    MonthSpend,
    ProcessChart,
    ProposalScores,
    Question,
    Reading,
    ScoreDots,
    Series,
    SmallMultiples,
    Stage,
    StageFlow,
    StageMoney,
    StageSum,
    SurveyBars,
    YearCount,
    YearlyCounts,
)
from incubator.charts.chart import Dollars, Month
from incubator.charts.drawing.process_chart import draw as draw_process
from incubator.charts.dressing import _days_between
from incubator.charts.sheet import Sheet
from tests.charts import evaluation_samples, panel_samples
from tests.charts.samples import USUAL, WAITS, month, process, readings

JANUARY = date(2025, 1, 1)
OTHERS = panel_samples.USUAL | evaluation_samples.USUAL
OWN = {name: chart for name, chart in USUAL.items() if name not in OTHERS}


def test_the_usual_charts_say_what_they_show():
    assert {name: chart.title for name, chart in OWN.items()} == {
        "process": "Average wait shows a signal for the better: latest 29 min, target 30 min",
        "progress": "The latest reading of 1 of 4 metrics is at its target",
        "cost": "Spending is $5.5k above plan at $46.5k",
        "flow": "4 of 42 proposals reached In service (10%)",
        "ageing": "2 of 6 pilots have been in the stage longer than usual",
        "value": "2 quick wins and 1 big bet among 4 proposals",
        "reasons": "Most common reason for ending: demand and adoption (13 of 23 projects)",
        "money": "Work now in the stage “Pilot” accounts for 94% of all spending",
        "survey": "Your business needs are understood (63% agree)",
        "years": "178 ideas in 2022, after a high of 260 in 2019",
        "scores": "Reviewers are split on 1 of 2 proposals",
        "multiples": "1 of 2 metrics with a target meets it",
    }


def test_the_usual_charts_give_a_number_or_two():
    assert {name: chart.description for name, chart in OWN.items()} == {
        "process": "Mean 50.4 min, trial limits 37.69 to 63.11 from 10 readings before the launch;"
        " a process within these limits misses the target every time.",
        "progress": "Furthest from its target: Resident satisfaction, 33% of the way from baseline to target.",
        "cost": "$46.5k of $80k spent, 58% of the budget.",
        "flow": "20 in a stage now; most stops in Idea (9).",
        "ageing": "Longest: DOR-0018, 131 days in Pilot.",
        "value": "Budgets together $610k.",
        "reasons": "23 projects ended, 3 of them as a success.",
        "money": "$321k spent of $437k planned.",
        "survey": "65 responses of 130 invited (50%).",
        "years": "631 ideas in 3 years; 1 year with a caveat.",
        "scores": "7 reviews; highest mean 4.4 for Benefit screener.",
        "multiples": "9 readings from January 2025 to March 2025.",
    }


def test_a_caption_of_the_page_goes_before_the_finding():
    assert process([1, 2], caption="What the agency reported").title == "What the agency reported"
    assert len(process([1, 2], caption="x" * 999).title) == 200


def test_the_process_sentence_mirrors_with_the_direction():
    down, up = process(WAITS, launch=month(10)), process(WAITS, launch=month(10), direction="up")
    assert down.title == "Average wait shows a signal for the better: latest 29 min"
    assert up.title == "Average wait shows a signal for the worse: latest 29 min"


def test_a_process_chart_says_what_it_left_out():
    chart = process([50, None, 52, math.nan])
    assert chart.title == "Average wait shows routine variation only: latest 52 min"
    assert chart.description.endswith("2 readings without a usable number left out.")
    assert [row[1] for row in chart.table().rows] == [50, 52]


def test_limits_stay_those_of_the_readings_before_the_launch():
    before, after = process(WAITS[:10]).analysis.limits, process(WAITS, launch=month(10)).analysis.limits
    assert before == after
    assert process(WAITS, launch=month(10)).limits_name == "Trial limits"
    assert process(WAITS).limits_name == "Limits"


def test_a_metric_without_a_way_to_go_has_no_progress():
    rows = (
        MetricRow("a", "", "up", 5, 5, 5),
        MetricRow("b", "", "up", 5, 4, 5),
        MetricRow("c", "", "up", 0, 4, math.inf),
    )
    assert [row.progress for row in rows] == [None, None, None]
    assert MetricProgress(rows=rows).title == "None of 3 metrics has a reading yet"
    assert MetricRow("d", "min", "down", 50, 30, 40, 44, 36).interval == (0.3, 0.7)
    assert MetricRow("d", "$", "down", 50, 30, -4).words == "−$4, target $30 (was 50)"


@pytest.mark.parametrize(
    ("spent", "budget", "title"),
    [
        (None, None, "No spending is recorded; $100 planned"),
        (10_000, None, "Spending is on plan at $100"),
        (8_000, 20_000, "Spending is $20 below plan at $80"),
        (30_000, 20_000, "Spending is $100 over the budget of $200"),
    ],
)
def test_spending_is_compared_with_plan_and_budget(spent, budget, title):
    assert CostChart(months=(MonthSpend(JANUARY, 10_000, spent),), budget=budget).title == title


def test_a_missing_budget_is_not_a_plan_of_nothing():
    chart = CostChart(months=(MonthSpend(JANUARY, 0, 11_000_000),))
    assert chart.title == "$110k spent; no budget is recorded"
    assert chart.table().rows == [(Month.of(JANUARY), None, Dollars(110_000.0), None, Dollars(110_000.0))]


def test_sums_add_up_in_time_order_and_stop_before_a_gap():
    months = [MonthSpend(month(i), 100, actual) for i, actual in enumerate([5, 7, None, 9])]
    chart = CostChart(months=tuple(reversed(months)))
    assert chart.planned == (100, 200, 300, 400)
    assert chart.actual == (5, 12)


def test_flow_gives_no_share_of_a_few():
    few = StageFlow(stages=(Stage("Idea", 4, 1, 3, 0), Stage("Pilot", 3, 3, 0, 0)))
    assert (few.title, few.description) == ("3 of 4 proposals reached Pilot", "4 in a stage now; no stops.")


def test_ageing_uses_the_85_percent_point_or_the_policy():
    items = (AgeingItem("A-1", 40), AgeingItem("A-2", 41))
    own = AgeingStage("Pilot", items, policy=10, quantiles=(10, 40, 90))
    unknown = AgeingStage("Pilot", items, policy=10, quantiles=(10, None, None))
    assert own.overdue == (("A-2", 41.0),)
    assert unknown.overdue == (("A-2", 41.0), ("A-1", 40.0))
    assert (
        Ageing(stages=(AgeingStage("Pilot", items),)).title
        == "2 pilots in a stage; too few have ended to say how long is usual"
    )


def test_tied_reasons_are_named_together():
    tied = EndReasons(reasons=(EndReason("Merged", 2), EndReason("Feasibility", 2), EndReason("Vendor", 0)))
    assert tied.title == "Most common reasons for ending: feasibility and merged (2 of 4 projects, each)"
    assert [row[2] for row in tied.table().rows] == [50.0, 50.0]


def test_a_reason_that_nobody_recorded_is_no_reason():
    unknown = EndReason("Reason not recorded", 9, recorded=False)
    chart = EndReasons(reasons=(unknown, EndReason("Cost", 3), EndReason("Vendor", 1)), noun="record")
    assert chart.title == "Most common reason for ending: cost (3 of 4 records with a recorded reason)"
    assert chart.description == "13 records ended, 0 of them as a success; no reason recorded for 9."
    assert EndReasons(reasons=(unknown,), noun="record").title == "9 records ended, no reason is recorded"


def test_money_not_spent_is_said():
    assert StageMoney(stages=(StageSum("Idea", 100_000, 0),)).title == "$1k planned, nothing spent yet"
    without = StageMoney(
        stages=(StageSum("Pilot", 100_000, 300_000),), unplanned=200_000, unplanned_records=2
    )
    assert without.description == "$1k planned and $3k spent, $2k of it on 2 records without a budget."
    phases = StageMoney(stages=(StageSum("Phase 2", 100_000, 300_000),), current=False)
    assert phases.title == "Phase 2 accounts for 100% of all spending"


def test_small_surveys_give_counts_and_never_lead():
    small, large = Question("Small", (0, 0, 0, 0, 3)), Question("Large", (10, 10, 0, 20, 0))
    assert SurveyBars(questions=(small,)).title == "Small (3 of 3 agree)"
    assert SurveyBars(questions=(Question("No", (9, 0, 1, 0, 0)),)).title == "Nobody agrees: No"
    assert "read counts" in SurveyBars(questions=(small,)).description
    assert SurveyBars(questions=(small, large)).title == "Large (50% agree)"


def test_years_score_and_series_in_their_other_moods():
    assert (
        YearlyCounts(years=(YearCount(2021, 3), YearCount(2020, 1))).title
        == "2021 brought the most ideas so far: 3"
    )
    agree = ScoreDots(proposals=(ProposalScores("a", (3.0, 4.0)), ProposalScores("b", (3.0, None))))
    assert agree.title == "Reviewers are split on none of 2 proposals"
    assert ScoreDots(proposals=agree.proposals[:1]).title == "Reviewers are not split: mean 3.5, median 3.5"
    free = SmallMultiples(series=(Series("a", "", "up", readings([1])),))
    assert free.title == "1 metric followed, none with a target"
    assert Series("a", "%", "down", readings([4]), 4).words == "4%, target 4%: met"


def test_a_period_without_a_reading_breaks_the_line_and_keeps_its_room(monkeypatch):
    lines, marks = [], []
    monkeypatch.setattr(
        Sheet, "line", lambda _self, xs, ys, *_look, **_more: lines.append((list(xs), list(ys)))
    )
    monkeypatch.setattr(Sheet, "marks", lambda _self, xs, ys, *_look, **_more: marks.append(list(xs)))
    days = [date(2025, month, 1) for month in range(4, 9)] + [date(2026, 2, 1)]
    chart = ProcessChart(
        metric="Wait", unit="min", direction="down",
        readings=tuple(Reading(day, value) for day, value in zip(days, (50, 49, 51, 48, 50, 44), strict=True)),
    )  # fmt: skip
    draw_process(chart, narrow=False)
    assert [list(run) for run in chart.runs] == [[0, 1, 2, 3, 4], [5]]
    xs = max(marks, key=len)
    assert [len(found) for found, _ in lines if found in (xs[:5], xs)] == [5]
    month, gap = xs[1] - xs[0], xs[5] - xs[4]
    assert gap / month == pytest.approx(184 / 30, abs=0.01)


def test_time_axes_have_even_ticks():
    def labels(first, last, most):
        return [text for _, text in _days_between(first, last, most)]

    assert labels(date(2025, 4, 1), date(2026, 2, 1), 6) == ["May 2025", "Jul", "Sep", "Nov", "Jan 2026"]
    assert labels(date(2020, 5, 3), date(2026, 2, 1), 6) == ["2021", "2022", "2023", "2024", "2025", "2026"]
    assert labels(date(2026, 1, 5), date(2026, 1, 26), 6) == ["Jan 5", "Jan 12", "Jan 19", "Jan 26"]


@pytest.mark.parametrize(
    ("values", "title", "numbers"),
    [
        (
            [0] * 11 + [1] + [0] * 3, "Falls: 1 of 15 readings above zero, none since December 1, 2024, target 0 falls",
            "Too few events for limits: most readings before the launch are zero.",
        ),
        (
            [2] * 15, "Falls: latest 2 falls, target 0 falls",
            "No limits: all readings before the launch are the same, so they do not show how much is chance.",
        ),
    ],
)  # fmt: skip
def test_readings_that_give_no_limits_say_why(values, title, numbers):
    days = [date(2024 + month // 12, month % 12 + 1, 1) for month in range(len(values))]
    chart = ProcessChart(
        metric="Falls", unit="falls", direction="down", target=0, launch=date(2025, 1, 1), never_negative=True,
        readings=tuple(Reading(day, value) for day, value in zip(days, values, strict=True)),
    )  # fmt: skip
    assert (chart.title, chart.description, chart.assurance, chart.variation) == (title, numbers, "", "")


def test_marks_since_the_launch_are_told_where_the_latest_reading_is_routine():
    before, after = [10, 12, 11, 9] * 3, [16, 17, 16, 18, 17, 16, 18, 17, 9]
    chart = process([*before, *after], direction="up", launch=month(12), target=20)
    assert chart.title == (
        "Average wait is back within routine variation, after signals for the better in 8 of 9 readings since the launch:"
        " latest 9 min, target 20 min"
    )


def test_a_guardrail_is_past_its_limit_and_has_no_target():
    chart = process([10, 12, 11, 9] * 3 + [18.4], direction="down", target=13, is_limit=True)
    assert (
        chart.title == "Average wait shows a signal for the worse: latest 18.4 min, past its limit of 13 min"
    )
    assert "target" not in f"{chart.assurance} {chart.description} {' '.join(chart.table().header)}".lower()


def test_no_share_of_the_way_below_nothing_and_no_interval_is_promised():
    row = MetricRow("Wait", "min", "down", 40.0, 20.0, 41.2)
    chart = MetricProgress(rows=(row,))
    assert chart.title == "Wait: latest reading worse than its baseline"
    assert "−" not in chart.description
