"""The charts of evaluation, as its pages ask for them and as they should never be asked for."""

import math
import random
from datetime import date

from incubator.analytics.criterion import Trace
from incubator.analytics.detectability import Baseline, Plan, Step, detectability
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
)
from incubator.domain.evaluation import Design, Measure, Verdict
from incubator.domain.pilots import Cadence, CriterionKind, Direction
from tests.charts.hostile import HUGE, LONG, ODD

GOAL, GUARDRAIL, CONTEXT = CriterionKind.GOAL, CriterionKind.GUARDRAIL, CriterionKind.CONTEXT
UP, DOWN = Direction.UP, Direction.DOWN
_random = random.Random(23)


def month(i):
    return date(2025 + i // 12, i % 12 + 1, 1)


FOREST = (
    ForestRow("Average wait", GOAL, Verdict.MET, DOWN, "min", -20, -21.4, -23, -20.1, better=True),
    ForestRow("First-call resolution", GOAL, Verdict.INCONCLUSIVE, UP, "%", 10, 8, 2, 14, better=True),
    ForestRow("Cost per case", GOAL, Verdict.NOT_MET, DOWN, "$", -5, -1, -3, 1),
    ForestRow("Error rate", GUARDRAIL, Verdict.INCONCLUSIVE, DOWN, "%", 2, 1.5, 0.4, 2.6, harm=True),
    ForestRow("Staff satisfaction", GUARDRAIL, Verdict.MET, UP, "", -0.3, 0.1, -0.1, 0.3),
    ForestRow("Appeals", CONTEXT, Verdict.NOT_MET, DOWN, "a month", -4, -1, -2, 0, post_hoc=True),
)


def series(before, after, step, *, band=2.5, compare=False):
    """Monthly readings that fall slowly and, at the launch, by so much at once."""
    n = before + after
    line = [50 - 0.2 * i - (step if i >= before else 0) for i in range(n)]
    days = tuple(month(i).isoformat() for i in range(n))
    later = [50 - 0.2 * i for i in range(before, n)]
    readings = tuple(Reading(month(i), line[i] + _random.gauss(0, 1.5)) for i in range(n))
    other = tuple(Reading(month(i), 54 - 0.1 * i + _random.gauss(0, 1.2)) for i in range(n))
    return {
        "metric": "Average wait",
        "unit": "min",
        "readings": readings,
        "launch": month(before),
        "comparison": other if compare else (),
        "comparison_name": "Fort Collins office",
        "fitted": Trace(days, tuple(line)),
        "without": Trace(
            days[before:], tuple(later),
            tuple(v - band - i * 0.2 for i, v in enumerate(later)), tuple(v + band + i * 0.2 for i, v in enumerate(later)),
        ),
        "change": -step, "low": -step - band, "high": -step + band,
    }  # fmt: skip


def group(n, mean, name):
    values = tuple(_random.gauss(mean, 6) for _ in range(n))
    middle = sum(values) / n
    return Side(name, values, low=middle - 12 / n**0.5, high=middle + 12 / n**0.5)


def curve(**fields):
    plan = Plan(
        **{
            "design": Design.RANDOMISED, "measure": Measure.VALUE, "direction": DOWN, "cadence": Cadence.MONTHLY,
            "months": 9, "cases": 40, "comparison_cases": 40, "worthwhile": 3, **fields,
        }
    )  # fmt: skip
    found = detectability(Baseline(level=51, spread=12), plan)
    return DetectabilityCurve(
        metric="Average wait", unit="min", steps=found.steps, says=str(found.says), worthwhile=plan.worthwhile
    )


NAMES = (
    "Fewer calls",
    "Postage saved",
    "Earlier permits",
    "Less overtime",
    "Printing",
    "Fuel",
    "Field visits",
)


def benefits(n, scale=1.0):
    found = []
    for i in range(n):
        forecast = scale * 10 ** (4 + i % 5) * (1 + i % 3)
        realised = forecast * (0.3 + 0.15 * (i % 6))
        sure = i % 3 != 1
        found.append(
            BenefitPoint(
                f"{NAMES[i % 7]} {i}", forecast, realised, None if i % 2 else realised * 0.8,
                None if i % 2 else realised * 1.3, sure,
            )
        )  # fmt: skip
    return tuple(found)


USUAL = {
    "forest": VerdictForest(rows=FOREST),
    "forest-early": VerdictForest(
        rows=(
            ForestRow("Average wait", GOAL, Verdict.NOT_YET, DOWN, "min", -20, -12, -25, 1),
            ForestRow("Error rate", GUARDRAIL, Verdict.NOT_YET, DOWN, "%", 0, 0.2, -0.4, 0.8),
        )
    ),
    "series": InterruptedSeries(**series(18, 14, 9), changes=(ProcessChange(month(25), "New form"),)),
    "series-compared": InterruptedSeries(**series(14, 12, 1, compare=True)),
    "groups": GroupComparison(
        metric="Time to a decision", unit="days", direction=DOWN, change=-8, low=-11.2, high=-4.8,
        pilot=group(38, 29, "Pilot offices"), reference=group(42, 37, "Other offices"),
    ),
    "groups-many": GroupComparison(
        metric="Time to a decision", unit="days", direction=DOWN, change=-0.4, low=-1.6, high=0.8,
        pilot=group(400, 30, "Pilot offices"), reference=group(300, 30.4, "Other offices"),
    ),
    "groups-shares": GroupComparison(
        metric="Complete at first try", unit="%", direction=UP, change=12, low=4.1, high=19.7,
        pilot=Side("Pilot", (), 71, 66, 75.6, 400), reference=Side("Comparison", (), 59, 52.4, 65.4, 220),
    ),
    "curve": curve(),
    "curve-weak": curve(worthwhile=1, months=6),
    "realised": ForecastRealised(kind="cash", benefits=benefits(14), low=0.45, high=0.8),
    "realised-hours": ForecastRealised(
        kind="hours",
        benefits=(
            BenefitPoint("Intake desk", 1200, 900, 800, 1100, True),
            BenefitPoint("Call center", 800, 1000, None, None, True),
            BenefitPoint("Field visits", 400, 150, 50, 300),
            BenefitPoint("Not measured", 300, None),
        ),
    ),
}  # fmt: skip

EXTREME = {
    "forest-broken": VerdictForest(
        rows=(
            ForestRow(LONG, GOAL, Verdict.NOT_MET, UP, ODD, 1, -40, -90, -20, harm=True, post_hoc=True),
            ForestRow(ODD, GOAL, Verdict.MET, DOWN, LONG, -1, -50, -70, -30),
            ForestRow("huge", GUARDRAIL, Verdict.INCONCLUSIVE, UP, "x", HUGE, -HUGE, -HUGE, HUGE),
            ForestRow("tiny promise", GUARDRAIL, Verdict.INCONCLUSIVE, UP, "x", 1e-300, HUGE, -HUGE, HUGE),
            ForestRow("no number", CONTEXT, Verdict.INCONCLUSIVE, UP, "x", math.nan, math.inf, None, 3),
            ForestRow("nothing", GOAL, Verdict.NOT_YET, UP),
            ForestRow("all zero", GUARDRAIL, Verdict.INCONCLUSIVE, UP, "", 0, 0, 0, 0),
        )
    ),
    "forest-many": VerdictForest(rows=FOREST * 4),
    "series-one": InterruptedSeries(metric=LONG, unit=ODD, readings=(Reading(month(0), 3.0),), launch=month(0)),
    "series-huge": InterruptedSeries(
        metric=ODD, unit="%", readings=tuple(Reading(month(i), v) for i, v in enumerate((HUGE, -HUGE, math.nan, 0))),
        launch=month(1), comparison=(Reading(month(2), HUGE),), comparison_name=LONG,
        fitted=Trace((month(0).isoformat(), month(3).isoformat()), (-HUGE, HUGE)),
        without=Trace((month(1).isoformat(), month(2).isoformat()), (math.inf, 0.0), (0, -HUGE), (0, HUGE)),
        changes=tuple(ProcessChange(month(i), LONG) for i in range(5)), change=HUGE, low=-HUGE, high=HUGE,
    ),
    "series-ancient": InterruptedSeries(
        metric="m", unit="", readings=(Reading(date(1, 1, 1), 1.0), Reading(date(9999, 12, 31), 2.0)),
        launch=date(1, 1, 1), without=Trace((), ()), changes=(ProcessChange(date(9999, 12, 31)),), change=0.0,
    ),
    "series-long": InterruptedSeries(**series(120, 80, 20, compare=True)),
    "groups-one": GroupComparison(metric=LONG, unit=ODD, direction=UP, pilot=Side(ODD, (3.0,))),
    "groups-huge": GroupComparison(
        metric=ODD, unit="$", direction=UP, change=math.nan,
        pilot=Side(LONG, (HUGE, -HUGE, math.nan)), reference=Side("b", (), HUGE, -HUGE, HUGE, math.inf),
    ),
    "groups-same": GroupComparison(
        metric="same", unit="", direction=UP, change=0, low=0, high=0,
        pilot=Side("a", (5.0,) * 59), reference=Side("b", (5.0,) * 60),
    ),
    "curve-one": DetectabilityCurve(metric=LONG, unit=ODD, steps=(Step(1, 1, 1, 5.0, None),), worthwhile=HUGE),
    "curve-huge": DetectabilityCurve(
        metric=ODD, unit="%", worthwhile=math.nan, horizon=math.inf, says=LONG * 3,
        steps=(Step(1, 1, 1, HUGE, HUGE), Step(2, 2, 2, None, None), Step(3, 3, 3, HUGE, 1), Step(4, math.nan, 1, 1, 1)),
    ),
    "curve-zero": DetectabilityCurve(
        metric="m", unit="", steps=tuple(Step(i, i, i, 0.0, None) for i in range(1, 4)), worthwhile=0, horizon=9999,
    ),
    "curve-daily": curve(cadence=Cadence.DAILY, months=24),
    "realised-broken": ForecastRealised(
        kind="cash", low=math.nan, high=1,
        benefits=(
            BenefitPoint(LONG, HUGE, 1), BenefitPoint(ODD, 10**15, -(10**15), -HUGE, HUGE), BenefitPoint("zero", 0, 0),
            BenefitPoint("nan", math.nan, 5),
        ),
    ),
    "realised-none-forecast": ForecastRealised(kind="hours", benefits=(BenefitPoint("a", 0, 5),)),
    "realised-many": ForecastRealised(kind="cash", benefits=benefits(300)),
}  # fmt: skip

EMPTY = {
    "forest": VerdictForest(rows=()),
    "series": InterruptedSeries(metric="", unit="", readings=()),
    "groups": GroupComparison(metric="", unit="", direction=UP, pilot=Side("a"), reference=Side("b")),
    "curve": DetectabilityCurve(metric="", unit="", steps=(Step(1, 1, 1, None, None),)),
    "realised": ForecastRealised(kind="cash", benefits=(BenefitPoint("a", 5, None),)),
}
