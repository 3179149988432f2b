"""The sentences over the charts of evaluation follow from their data."""

import math
from dataclasses import replace
from datetime import date

import pytest

from incubator.analytics.criterion import Trace
from incubator.analytics.detectability import Step
from incubator.charts import (
    BenefitPoint,
    DetectabilityCurve,
    ForecastRealised,
    ForestRow,
    GroupComparison,
    InterruptedSeries,
    ProcessChange,
    Reading,
    Side,
    VerdictForest,
    render,
)
from incubator.charts.drawing.group_comparison import draw
from incubator.charts.sheet import Sheet
from incubator.domain.evaluation import Verdict
from incubator.domain.pilots import CriterionKind, Direction
from tests.charts.evaluation_samples import EXTREME, FOREST, USUAL, month
from tests.charts.samples import WAITS, process

UP, DOWN = Direction.UP, Direction.DOWN
GOAL, GUARDRAIL = CriterionKind.GOAL, CriterionKind.GUARDRAIL


def test_the_usual_charts_say_what_they_show():
    assert {name: chart.title for name, chart in USUAL.items()} == {
        "forest": "1 of 3 goals met, 1 not met, 1 inconclusive; 1 of 2 guardrails met, 1 harmed",
        "forest-early": "No verdict before the horizon",
        "series": "Average wait is 9 min lower than expected without the pilot",
        "series-compared": "Average wait is not clearly different from what was expected without the pilot",
        "groups": "Time to a decision is 8 days lower for Pilot offices than for Other offices: better",
        "groups-many": "Time to a decision is not clearly higher or lower for Pilot offices than for Other offices",
        "groups-shares": "Complete at first try is 12 points higher for Pilot than for Comparison: better",
        "curve": "With 40 cases a month you can detect 8.5% after 3 months, 4.9% after 9",
        "curve-weak": "With 40 cases a month you can detect 10% after 2 months, 6% after 6",
        "realised": "80% of the forecast was realized, over 14 benefits",
        "realised-hours": "85% of the forecast was realized, over 3 benefits",
    }


def test_the_usual_charts_give_a_number_or_two():
    few = {name: chart.description for name, chart in USUAL.items() if not name.startswith("groups")}
    assert few == {
        "forest": "Average wait: 107% of the promised change, 95% interval 101% to 115%;"
        " 1 criterion added after the data.",
        "forest-early": "Average wait: 60% of the promised change, 95% interval −5% to 125%.",
        "series": "Effect −9 min, 95% interval −11.5 to −6.5; 18 readings before the launch, 14 after.",
        "series-compared": "Effect −1 min, 95% interval −3.5 to +1.5; 14 readings before the launch, 12 after,"
        " 26 of the comparison.",
        "curve": "Average wait: 2.51 min at month 9; the smallest worthwhile change of 3 min from month 7 on.",
        "curve-weak": "Average wait: 3.08 min at month 6, more than the smallest worthwhile change of 1 min.",
        "realised": "2 of 14 reached their forecast, 9 confirmed; 95% interval of the share 45% to 80%.",
        "realised-hours": "1 of 3 reached their forecast, 2 confirmed; 1 benefit without a known amount.",
    }
    assert (
        USUAL["groups-shares"].description
        == "Pilot 71% (400 cases); Comparison 59% (220 cases); difference +12 points, 95% interval +4.1 to +19.7."
    )


def test_better_is_to_the_right_whichever_way_a_metric_goes():
    down = ForestRow("a", GOAL, Verdict.MET, DOWN, "", -20, -10, -15, -5)
    up = ForestRow("a", GOAL, Verdict.MET, UP, "", 20, 10, 5, 15)
    for row in (down, up):
        assert (row.share(row.change), row.interval, row.threshold) == (0.5, (0.25, 0.75), 1)


def test_a_guardrail_is_measured_by_what_it_may_lose():
    row = ForestRow("errors", GUARDRAIL, Verdict.INCONCLUSIVE, DOWN, "%", 2, 1, -1, 3)
    assert (row.threshold, row.share(row.change), row.interval) == (-1, -0.5, (-1.5, 0.5))
    none = ForestRow("errors", GUARDRAIL, Verdict.INCONCLUSIVE, DOWN, "%", 0, 1, -1, 4)
    assert (none.threshold, none.share(none.change), none.interval) == (0, -0.25, (-1, 0.25))
    assert ForestRow("x", GUARDRAIL, Verdict.NOT_YET, UP, promised=None, change=3).share(3) is None


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("dollars", "+$0.68 (−$1.65 to +$3.01)"),
        ("%", "+0.683 points (−1.65 to +3.01)"),
        ("min", "+0.683 min (−1.65 to +3.01)"),
    ],
)
def test_each_end_of_an_amount_is_an_amount(unit, said):
    row = ForestRow(
        "cost",
        GUARDRAIL,
        Verdict.INCONCLUSIVE,
        DOWN,
        unit,
        0.35,
        2.0487391 / 3,
        -4.9583117 / 3,
        9.0163117 / 3,
    )
    assert row.numbers == said


@pytest.mark.parametrize(
    ("verdict", "better", "harm", "mark", "word"),
    [
        (Verdict.MET, True, False, "met", "Met"),
        (Verdict.MET, False, True, "met", "Met, though worse"),
        (Verdict.NOT_MET, True, False, "not_met", "Not met, but better"),
        (Verdict.NOT_MET, False, True, "harm", "Harm"),
        (Verdict.INCONCLUSIVE, False, True, "harm", "Harm"),
        (Verdict.INCONCLUSIVE, True, False, "inconclusive", "Inconclusive, but better"),
        (Verdict.NOT_YET, True, True, "not_yet", "Not yet"),
    ],
)
def test_every_verdict_has_its_mark_and_its_word(verdict, better, harm, mark, word):
    row = ForestRow("a", GOAL, verdict, UP, better=better, harm=harm)
    assert (row.mark, row.word) == (mark, word)


def test_what_was_added_after_the_data_counts_for_nothing():
    after = tuple(replace(row, post_hoc=True) for row in FOREST)
    assert VerdictForest(rows=after).title == "No criterion was fixed before the data"
    assert (
        VerdictForest(rows=(FOREST[0], *after)).title
        == "The one goal met"
    )  # fmt: skip
    rows = VerdictForest(rows=(*after[:1], FOREST[0])).table().rows
    assert [row[3] for row in rows] == ["no", "yes"]


def test_the_forest_s_table_has_every_number():
    rows = USUAL["forest"].table().rows
    assert rows[0] == (
        "Average wait", "goal", "Met", "yes", "min", -21.4, -23, -20.1, -20,
        pytest.approx(107), pytest.approx(100.5), pytest.approx(115),
    )  # fmt: skip
    assert [row[1] for row in rows] == ["goal"] * 3 + ["guardrail"] * 2 + ["context"]


def test_every_verdict_is_a_word_beside_its_mark(fonts):
    for narrow in (False, True):
        page = render(USUAL["forest"], "svg", narrow, fonts=fonts).decode()
        for word in (
            "Met",
            "Not met",
            "Inconclusive, but better",
            "Harm",
            "Promised",
            "added after the data",
        ):
            assert f">{word}</text>" in page


def test_the_fitted_line_breaks_at_the_launch():
    days = tuple(month(i).isoformat() for i in range(4))
    chart = InterruptedSeries(
        metric="m", unit="min", readings=(Reading(month(0), 1.0),), launch=month(2),
        fitted=Trace(days, (4.0, 3.0, 1.0, math.nan)),
        without=Trace(days[2:], (2.0, 1.0), (1.0, math.inf), (3.0, 2.0)),
    )  # fmt: skip
    assert [[value for _, value in part.points] for part in chart.fitted_stretches] == [[4.0, 3.0], [1.0]]
    assert chart.without_stretch.points == ((month(2), 2.0), (month(3), 1.0))
    assert chart.without_stretch.band == ((month(2), 1.0, 3.0),)


def test_a_series_without_an_analysis_claims_nothing():
    readings = tuple(Reading(month(i), 5.0) for i in range(3))
    chart = InterruptedSeries(metric="Wait", unit="min", readings=readings, launch=month(1))
    assert chart.title == "Wait: 3 readings, no analysis of the effect yet"
    assert chart.description == "1 reading before the launch, 2 after."
    same = replace(chart, change=0.0)
    assert same.title == "Wait is not clearly different from what was expected without the pilot"
    worse = replace(chart, change=4.0, low=1.0, high=7.0, unit="%")
    assert worse.title == "Wait is 4 points higher than expected without the pilot"


def test_the_table_of_a_series_names_changes_and_both_sides():
    chart = InterruptedSeries(
        metric="m", unit="", readings=(Reading(month(0), 1.0), Reading(month(1), 2.0)),
        comparison=(Reading(month(1), 9.0),), comparison_name="Other", launch=month(1),
        without=Trace((month(1).isoformat(),), (1.5,), (1.0,), (2.0,)), changes=(ProcessChange(month(1), "Form"),),
    )  # fmt: skip
    assert chart.table().rows == [
        ("Pilot", month(0), 1.0, None, None, None, None, None),
        ("Pilot", month(1), 2.0, None, 1.5, 1.0, 2.0, "Form"),
        ("Other", month(1), 9.0, None, None, None, None, None),
    ]


def test_groups_are_called_better_only_when_tested():
    pilot, other = Side("a", (1.0, 3.0)), Side("b", (5.0,))
    chart = GroupComparison(metric="Wait", unit="min", direction=DOWN, pilot=pilot, reference=other)
    assert chart.title == "Wait is 3 min lower for a than for b: not tested"
    tested = replace(chart, change=-3.0, low=-4.0, high=-2.0)
    assert tested.title.endswith(": better")
    assert replace(tested, direction=UP).title.endswith(": worse")
    assert replace(tested, reference=None).title == "Wait: 2 min for a, nothing to compare with yet"
    assert replace(chart, reference=replace(pilot, name="c")).title == "Wait is the same for a and for c"


@pytest.mark.parametrize(("pilot", "reference"), [(3.43, 3.35), (3.35, 3.43)])
def test_each_group_is_drawn_labelled_and_tabled_with_its_own_values(monkeypatch, pilot, reference):
    texts, marks = {}, []
    monkeypatch.setattr(Sheet, "text", lambda _self, x, y, text, **_look: texts.setdefault(text, (x, y)))
    monkeypatch.setattr(
        Sheet, "marks", lambda _self, xs, ys, shape, *_look, **_more: marks.append((xs, ys, shape))
    )
    chart = GroupComparison(
        metric="Rating", unit="", direction=UP, change=pilot - reference,
        pilot=Side("After", (pilot - 0.01, pilot + 0.01), pilot, said="after the launch"),
        reference=Side("Before", (reference - 0.02, reference, reference + 0.02), reference, said="before the launch"),
    )  # fmt: skip
    draw(chart, narrow=False)
    way = "higher" if pilot > reference else "lower"
    sign = "+" if pilot > reference else "−"
    assert chart.title == f"Rating is 0.08 {way} after the launch than before the launch: not tested"
    assert (
        chart.numbers() == f"After {pilot} (2 values); Before {reference} (3 values); difference {sign}0.08."
    )
    assert chart.table().rows[:3] == [
        ("After", "level", pilot, None, None, 2.0),
        ("Before", "level", reference, None, None, 3.0),
        (None, "difference", pilot - reference, None, None, None),
    ]
    assert "Difference: After minus Before" in texts
    assert f"{sign}0.08" in texts
    assert abs(texts["After"][1] - texts[f"mean {pilot}"][1]) < abs(
        texts["Before"][1] - texts[f"mean {pilot}"][1]
    )
    dots = [len(xs) for xs, _ys, shape in marks if shape == "o" and len(xs) > 1]
    assert dots == [2, 3]
    (after,), (before,) = [xs for xs, _ys, shape in marks if shape in ("D", "s")][:2]
    assert (after > before) == (pilot > reference)


def test_many_values_are_drawn_as_one_shape(fonts):
    few, many = (render(USUAL[name], "svg", fonts=fonts).decode() for name in ("groups", "groups-many"))
    assert few.count("<use") > 80 > 10 > many.count("<use")
    assert "How many values" in many
    assert len(USUAL["groups-many"].table().rows) == 3 + 400 + 300


def test_a_change_is_enough_only_from_where_it_stays_so():
    def steps(*changes):
        return tuple(Step(i, float(i), i, change, None) for i, change in enumerate(changes, start=1))

    def chart(*changes):
        return DetectabilityCurve(metric="m", unit="%", steps=steps(*changes), worthwhile=3)

    assert chart(4, 2, 4, 3, 2).enough_from == 4
    assert chart(2, 2).enough_from == 1
    assert chart(2, 4).enough_from is None
    assert chart(None, 2.5).known == ((2.0, 2.5),)
    assert chart(4).title == "A change of 4 points can be detected by month 1"
    assert chart(None).title == "No change could be detected with this plan"


def test_cash_and_hours_are_never_one_chart():
    points = tuple(BenefitPoint(name, 100_000, 50_000, confirmed=True) for name in "ab")
    cash, hours = (ForecastRealised(kind=kind, benefits=points) for kind in ("cash", "hours"))
    assert cash.table().rows[0] == ("a", 1000.0, 500.0, None, None, 50.0, "confirmed")
    assert hours.table().rows[0][1] == 100_000
    assert [cash.write(123_456), hours.write(123_456)] == ["$1.2k", "123k h"]
    assert "forecast, dollars" in cash.table().header[1].lower()


def test_unmeasured_benefits_are_unknown_and_do_not_count():
    chart = ForecastRealised(
        kind="cash",
        benefits=(BenefitPoint("a", 100, 62), BenefitPoint("b", 100, None), BenefitPoint("c", None, 5)),
    )
    assert chart.title == "62% of the forecast was realized, over 1 benefit"
    assert [row[-1] for row in chart.table().rows] == ["estimated", "unknown", "estimated"]
    assert EXTREME["realised-none-forecast"].title == "Nothing was forecast for 1 benefit; 5 h realized"


def test_marks_of_a_process_chart_are_words_too(fonts):
    frozen = process(WAITS, launch=month(10), target=30)
    assert frozen.variation == "Signal for the better"
    assert frozen.assurance == "Variation before the pilot misses the target"
    steady = process(WAITS[:10] * 2, target=30)
    assert (steady.variation, steady.assurance) == ("Routine variation", "Usual variation misses the target")
    assert process(WAITS[:10] * 2, target=99).assurance == "Usual variation meets the target"
    assert (
        process(WAITS[:10] * 2, target=50).assurance == "Usual variation hits or misses the target by chance"
    )
    assert process([*WAITS[:10], 99.0]).variation == "Signal for the worse"
    assert (process([29], target=30).variation, process([29], target=30).assurance) == ("", "")
    for narrow in (False, True):
        page = render(frozen, "svg", narrow, fonts=fonts).decode()
        assert f">{frozen.variation}</text>" in page
        assert f">{frozen.assurance}</text>" in page


def test_new_limits_leave_the_old_ones_drawn_and_are_said(fonts):
    chart = process([*WAITS[:10], *(v - 20 for v in WAITS[:10])], changes=(month(10), date(9999, 1, 1)))
    assert "trial limits" in chart.description
    assert chart.description.endswith("limits set anew after 1 process change.")
    page = render(chart, "svg", fonts=fonts).decode()
    assert page.count(">Process change</text>") == 1
    assert page.count('fill="var(--c-band, #d9e8f6)"') >= 3
