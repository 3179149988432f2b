"""The charts of a pilot's results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from incubator.analytics.criterion import Answer, Method
from incubator.charts import Chart, ForestRow, GroupComparison, InterruptedSeries, Side, VerdictForest
from incubator.charts import Reading as ChartReading
from incubator.domain.evaluation import Arm, Measure
from incubator.queries.evaluation import Criterion
from incubator.web.charts import chart_figure
from incubator.web.evaluation.judging import Judgement, judged_only
from incubator.web.languages import gettext as _

SERIES = frozenset({Method.SERIES_VALUES, Method.SERIES_COUNTS, Method.DIFFERENCE})


def forest_chart(found: Sequence[Judgement]) -> VerdictForest:
    """Every goal and guardrail; before its horizon a row without an interval."""
    rows = []
    for each in judged_only(found):
        criterion, answer = each.criterion, each.shown
        change = answer.change if answer is not None else None
        rows.append(
            ForestRow(
                label=criterion.name,
                kind=criterion.kind,
                verdict=each.judged.verdict,
                direction=criterion.direction,
                unit=criterion.unit,
                promised=criterion.promised,
                change=change.estimate if change else None,
                low=change.low if change else None,
                high=change.high if change else None,
                better=each.judged.better,
                harm=each.judged.harm,
                post_hoc=criterion.post_hoc,
            )
        )
    return VerdictForest(rows=tuple(rows))


def forest_figure(found: Sequence[Judgement], number: str) -> dict[str, Any]:
    return chart_figure(
        forest_chart(found),
        "verdicts",
        _("The measured change of each criterion as a share of the promised one, with its 95 % interval"),
        endpoint="evaluation.forest",
        number=number,
    )


def analysis_chart(criterion: Criterion, answer: Answer) -> Chart:
    """The picture that belongs to the method: lines through time, or two groups beside each other."""
    change = answer.change
    if answer.method in SERIES:
        return InterruptedSeries(
            metric=criterion.name,
            unit=criterion.unit,
            readings=_points(criterion, Arm.PILOT),
            comparison=_points(criterion, Arm.COMPARISON),
            launch=criterion.launched_on,
            fitted=answer.fitted,
            without=answer.without,
            change=change.estimate if change else None,
            low=change.low if change else None,
            high=change.high if change else None,
        )
    return GroupComparison(
        metric=criterion.name,
        unit=criterion.unit,
        direction=criterion.direction,
        sides=_sides(criterion, answer),
        change=change.estimate if change else None,
        low=change.low if change else None,
        high=change.high if change else None,
    )


def analysis_figure(criterion: Criterion, answer: Answer, number: str) -> dict[str, Any]:
    return chart_figure(
        analysis_chart(criterion, answer),
        "analysis",
        _("%(metric)s, in %(unit)s", metric=criterion.name, unit=criterion.unit)
        if criterion.unit
        else criterion.name,
        source=criterion.provenance,
        endpoint="evaluation.chart",
        number=number,
        metric_id=criterion.id,
    )


def _points(criterion: Criterion, arm: Arm) -> tuple[ChartReading, ...]:
    """One point a day: those of several sites together, as the analysis takes them."""
    # Brings scipy along, which only this page needs.
    from incubator.analytics.criterion_readings import by_day

    question = criterion.question
    own = [one for one in criterion.asked if one.arm is arm]
    if question is None or not own:
        return ()
    side = by_day(question, arm.value, own)
    return tuple(ChartReading(day, float(value)) for day, value in zip(side.days, side.values, strict=True))


def _sides(criterion: Criterion, answer: Answer) -> tuple[Side, ...]:
    """The groups as the answer counts them; single values only where readings are values of cases."""
    sides = []
    for place, group in enumerate(answer.groups):
        values = _values(criterion, place, len(answer.groups)) if criterion.measure is Measure.VALUE else ()
        sides.append(
            Side(
                name=group.name,
                values=values if len(values) == group.readings else (),
                level=group.level,
                cases=group.cases,
            )
        )
    return tuple(sides)


def _values(criterion: Criterion, place: int, groups: int) -> tuple[float, ...]:
    launched = criterion.launched_on
    assert launched is not None
    if any(one.arm is Arm.COMPARISON for one in criterion.asked) and groups == 2:
        arm = Arm.PILOT if place == 0 else Arm.COMPARISON
        return tuple(one.value for one in criterion.asked if one.arm is arm and one.day >= launched)
    after = place == 0
    return tuple(
        one.value for one in criterion.asked if one.arm is Arm.PILOT and (one.day >= launched) == after
    )
