"""Charts as pages ask for them, and charts that try to break the drawing."""

import math
import random
from datetime import date

from incubator.charts import (
    Ageing,
    AgeingItem,
    AgeingStage,
    Bubble,
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
    ValueEffort,
    YearCount,
    YearlyCounts,
)
from tests.charts import evaluation_samples, panel_samples
from tests.charts.hostile import HUGE, LONG, ODD

WAITS = (48, 52, 47, 55, 50, 53, 46, 51, 49, 53, 44, 40, 42, 37, 35, 38, 33, 31, 30, 32, 29)


def month(i):
    return date(2025 + i // 12, i % 12 + 1, 1)


def readings(values):
    return tuple(Reading(month(i), value) for i, value in enumerate(values))


def process(values, **fields):
    return ProcessChart(
        **{"metric": "Average wait", "unit": "min", "direction": "down", **fields}, readings=readings(values)
    )


USUAL = {
    "process": process(WAITS, launch=month(10), target=30),
    "progress": MetricProgress(
        rows=(
            MetricRow("Wait time", "min", "down", 51, 30, 29, 24, 33),
            MetricRow("First-call resolution", "%", "up", 53, 78, 71, 67, 75),
            MetricRow("Resident satisfaction", "", "up", 3.3, 4.2, 3.6, 3.2, 3.9),
            MetricRow("Error rate", "%", "down", 6, 4, None),
        )
    ),
    "cost": CostChart(
        months=tuple(
            MonthSpend(month(i), planned, actual)
            for i, (planned, actual) in enumerate(
                [
                    (900_000, 850_000),
                    (1_200_000, 1_490_000),
                    (2_000_000, 2_310_000),
                    (2_000_000, None),
                    (1_500_000, None),
                ]
            )
        ),
        budget=8_000_000,
    ),
    "flow": StageFlow(
        stages=(
            Stage("Idea", 42, 4, 29, 9),
            Stage("Design", 29, 4, 17, 8),
            Stage("Pilot", 17, 6, 8, 3),
            Stage("Scale", 8, 2, 4, 2),
            Stage("In service", 4, 4, 0, 0),
        )
    ),
    "ageing": Ageing(
        stages=(
            AgeingStage("Idea", (AgeingItem("CDOT-0031", 6), AgeingItem("CDOT-0032", 12)), policy=42),
            AgeingStage(
                "Design", (AgeingItem("HCPF-0024", 10), AgeingItem("HCPF-0026", 52)), quantiles=(18, 38, 47)
            ),
            AgeingStage(
                "Pilot", (AgeingItem("DOR-0015", 40), AgeingItem("DOR-0018", 131)), quantiles=(75, 110, 126)
            ),
        )
    ),
    "value": ValueEffort(
        bubbles=(
            Bubble("Permit chatbot", 2.1, 4.2, 18_000_000, "Pilot"),
            Bubble("Drone bridge inspection", 4.3, 4.6, 26_000_000, "Scale"),
            Bubble("Form OCR", 1.4, 3.4, 9_000_000, "Idea"),
            Bubble("VR training", 3.9, 1.7, 8_000_000, "Idea"),
        ),
        groups=("Idea", "Pilot", "Scale"),
    ),
    "reasons": EndReasons(
        reasons=(
            EndReason("Feasibility", 7),
            EndReason("Demand and adoption", 13),
            EndReason("Goals met", 3, True),
        )
    ),
    "money": StageMoney(
        stages=(StageSum("Idea", 1_900_000, 1_850_000), StageSum("Pilot", 41_800_000, 30_200_000))
    ),
    "survey": SurveyBars(
        questions=(
            Question("Your business needs are understood", (3, 7, 14, 28, 13)),
            Question("Results are shared in plain words", (2, 6, 5, 5, 2)),
        ),
        invited=130,
    ),
    "years": YearlyCounts(
        years=(
            YearCount(2019, 260, "Counts comments too"),
            YearCount(2020, 193),
            YearCount(2022, 178),
            YearCount(2023, None),
        )
    ),
    "scores": ScoreDots(
        proposals=(
            ProposalScores("Benefit screener", (4.5, 4.2, 4.6)),
            ProposalScores("Drone bridge inspection", (4.8, 2.4, 4.0, 4.0)),
            ProposalScores("Not read yet", ()),
        )
    ),
    "multiples": SmallMultiples(
        series=(
            Series("Average wait", "min", "down", readings((51, 44, 29)), 30),
            Series("First-call resolution", "%", "up", readings((53, 60, 71)), 78),
            Series("Cost per case", "$", "down", readings((18.2, 15.2, 12.6))),
        )
    ),
    **panel_samples.USUAL,
    **evaluation_samples.USUAL,
}

_random = random.Random(11)

EXTREME = {
    "process-one": process([29], target=30),
    "process-200": process(
        [50 + _random.gauss(0, 5) - (i > 100) * 9 for i in range(200)], launch=month(60), metric=LONG
    ),
    "process-huge": process([HUGE, -HUGE, HUGE, 0], target=HUGE, metric=ODD, unit=ODD),
    "process-flat": process([0] * 9, baseline=0, target=0),
    "process-no-number": process([math.nan, math.inf, None]),
    "process-trial": process([51, 49, 44, 40], baseline=51, launch=month(0)),
    "process-change": process([*WAITS[:10], *(v - 20 for v in WAITS[:10])], changes=(month(10), month(99))),
    "process-ancient": ProcessChart(
        metric="m",
        unit="",
        direction="up",
        readings=(Reading(date(1, 1, 1), 1.0), Reading(date(9999, 12, 31), 2.0)),
    ),
    "progress": MetricProgress(
        rows=(
            MetricRow(LONG, "persons per hour", "up", 1, 100, -500, -900, 5),
            MetricRow(ODD, "$", "up", 0, 1_000_000, 5e7),
            MetricRow("same", "x", "up", 5, 5, 5),
            MetricRow("no number", "x", "up", math.nan, 5, HUGE),
            MetricRow("huge", "x", "up", -HUGE, HUGE, HUGE / 2, -HUGE, HUGE),
        )
    ),
    "cost-nothing": CostChart(months=(MonthSpend(month(0), 0, 0),)),
    "cost-over": CostChart(
        months=tuple(MonthSpend(month(i), 10**11, 2 * 10**11) for i in range(36)), budget=10**12
    ),
    "cost-negative": CostChart(
        months=(MonthSpend(month(0), 50_000, -20_000), MonthSpend(month(1), 5, None)), budget=0
    ),
    "flow": StageFlow(
        stages=(
            Stage(LONG, 2_000_000, 123_456, 0, 1_876_544),
            Stage(ODD, 0, 0, 0, 0),
            Stage("Pilot", 3, 1, 1, 1),
        )
    ),
    "flow-one": StageFlow(stages=(Stage("Idea", 1, 1, 0, 0),)),
    "flow-back": StageFlow(stages=(Stage("Idea", 5, 0, 5, 0), Stage("Design", 20, 9, 8, 30))),
    "ageing-many": Ageing(
        stages=(
            AgeingStage(
                LONG,
                tuple(AgeingItem(f"CDOT-{i:04}", _random.expovariate(1 / 60)) for i in range(80)),
                policy=42,
            ),
            AgeingStage("none", (), policy=56, quantiles=(1, 1.5, 2)),
            AgeingStage("far limits", (AgeingItem(ODD, 75),), quantiles=(30, 2000, HUGE)),
        )
    ),
    "ageing-huge": Ageing(
        stages=(AgeingStage("a", (AgeingItem(LONG, HUGE), AgeingItem("b", math.nan)), policy=1),)
    ),
    "value-crowd": ValueEffort(
        bubbles=tuple(
            Bubble(
                ODD if i % 3 else LONG, _random.uniform(0, 5), _random.uniform(0, 5), i * 10**8, f"G{i % 7}"
            )
            for i in range(60)
        ),
        groups=tuple(f"G{i}" for i in range(6)),
    ),
    "value-broke": ValueEffort(
        bubbles=(Bubble("a", 1, 1, 0, "x"), Bubble("b", math.nan, 1, 0, "x"), Bubble("c", 9, 1, 0, "x")),
        groups=(),
    ),
    "reasons": EndReasons(reasons=(EndReason(LONG, 10**9), EndReason(ODD, 1, True), EndReason("none", 0))),
    "money": StageMoney(stages=(StageSum(LONG, 10**14, -(10**13)), StageSum(ODD, 0, 1))),
    "survey": SurveyBars(
        questions=(
            Question(LONG * 3, (0, 0, 0, 0, 1)),
            Question(ODD, (0, 0, 0, 0, 0)),
            Question("no", (500, 0, 0, 0, 0)),
        )
    ),
    "years-many": YearlyCounts(
        years=tuple(YearCount(y, y * 997 % 10**6, LONG * 3 if y % 9 == 0 else "") for y in range(1980, 2020))
    ),
    "years-far": YearlyCounts(years=(YearCount(1, 3), YearCount(9999, 10**400))),
    "years-zero": YearlyCounts(years=(YearCount(2020, 0),)),
    "scores": ScoreDots(
        proposals=(
            ProposalScores(LONG * 2, (1, 5, 3, 3, 3, 3, 3, 3)),
            ProposalScores(ODD, (math.nan, HUGE, -HUGE)),
        )
    ),
    "multiples": SmallMultiples(
        series=(
            Series(LONG, "persons", "up", readings([1])),
            Series(ODD, "%", "down", (), 5),
            Series("huge", "", "up", readings([HUGE, -HUGE]), HUGE),
            Series("zero", "", "up", readings([0, 0]), 0),
        )
    ),
    **panel_samples.EXTREME,
    **evaluation_samples.EXTREME,
}

EMPTY = {
    "process": ProcessChart(metric="", unit="", direction="up", readings=()),
    "progress": MetricProgress(rows=()),
    "cost": CostChart(months=()),
    "flow": StageFlow(stages=()),
    "ageing": Ageing(stages=()),
    "value": ValueEffort(bubbles=(), groups=()),
    "reasons": EndReasons(reasons=()),
    "money": StageMoney(stages=()),
    "survey": SurveyBars(questions=()),
    "years": YearlyCounts(years=()),
    "scores": ScoreDots(proposals=()),
    "multiples": SmallMultiples(series=()),
    **panel_samples.EMPTY,
    **evaluation_samples.EMPTY,
}

EVERY = {
    **{f"usual {k}": v for k, v in USUAL.items()},
    **{f"extreme {k}": v for k, v in EXTREME.items()},
    **{f"empty {k}": v for k, v in EMPTY.items()},
}
