"""A pilot's charts and the sentence they come to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _

from incubator.analytics.spending import by_month
from incubator.charts import CostChart, ForestRow, MetricProgress, MonthSpend, ProcessChart, VerdictForest
from incubator.charts import MetricRow as ProgressRow
from incubator.charts import Reading as ChartReading
from incubator.domain.evaluation import never_negative
from incubator.domain.pilots import CriterionKind, Direction, with_unit
from incubator.domain.stages import Provenance
from incubator.domain.words import PROVENANCES
from incubator.queries.metrics import MetricRow, main_metric
from incubator.queries.money import Flows, weakest
from incubator.queries.pilot_summary import PilotSummary
from incubator.queries.pilots import PlanRow
from incubator.web.charts import chart_figure
from incubator.web.formats import day


def process_chart(
    metric: MetricRow, plan: PlanRow, changes: Sequence[date] = (), *, judged: bool = False
) -> ProcessChart:
    """The metric's readings; limits come from those before the pilot began, when there are any, and start anew
    on the days of `changes`. Beside a verdict nothing is said of the target."""
    return ProcessChart(
        metric=metric.name,
        unit=metric.unit,
        direction=metric.direction.value,
        readings=tuple(ChartReading(point.taken_on, point.value) for point in metric.points),
        launch=plan.starts_on,
        baseline=metric.baseline,
        target=metric.target,
        judged=judged or metric.verdict is not None,
        is_limit=metric.kind is CriterionKind.GUARDRAIL,
        changes=tuple(changes),
        never_negative=never_negative(metric.measure, metric.unit),
    )


def progress_chart(metrics: Sequence[MetricRow]) -> MetricProgress:
    """Every metric that has a way to go from its baseline to its target."""
    rows = []
    for metric in metrics:
        if metric.baseline is None or metric.target is None or not _has_way(metric):
            continue
        rows.append(
            ProgressRow(
                name=metric.name,
                unit=metric.unit,
                direction=metric.direction.value,
                baseline=metric.baseline,
                target=metric.target,
                value=metric.latest.value if metric.latest else None,
            )
        )
    return MetricProgress(rows=tuple(rows))


def _has_way(metric: MetricRow) -> bool:
    assert metric.baseline is not None
    assert metric.target is not None
    up = metric.direction is Direction.UP
    return metric.target > metric.baseline if up else metric.target < metric.baseline


def cost_chart(money: Flows, plan: PlanRow, today: date) -> CostChart:
    months = by_month(money.planned, money.spent, today=today, starts_on=plan.starts_on, ends_on=plan.ends_on)
    known = bool(money.spent)
    return CostChart(
        months=tuple(
            MonthSpend(month.first, month.planned, month.spent if known else None) for month in months
        ),
        budget=money.budget or None,
    )


FEWEST_DRAWN = 2
"""One reading is said in words; a chart of it shows nothing more."""


def is_drawn(metric: MetricRow) -> bool:
    """Whether the metric has enough readings for a chart."""
    return len(metric.points) >= FEWEST_DRAWN


def process_figure(
    metric: MetricRow,
    plan: PlanRow,
    number: str,
    figure_id: str = "process",
    changes: Sequence[date] = (),
    *,
    with_table: bool = True,
    judged: bool = False,
) -> dict[str, Any]:
    return chart_figure(
        process_chart(metric, plan, changes, judged=judged),
        figure_id,
        _(
            "%(metric)s, in %(unit)s, each reading against the limits of its own variation",
            metric=metric.name,
            unit=metric.unit,
        )
        if metric.unit
        else _("%(metric)s, each reading against the limits of its own variation", metric=metric.name),
        source=metric.provenance,
        note=metric.source,
        with_table=with_table,
        endpoint="pilots.metric_chart",
        number=number,
        metric_id=metric.id,
    )


def progress_figure(metrics: Sequence[MetricRow], number: str) -> dict[str, Any]:
    return chart_figure(
        progress_chart(metrics),
        "progress",
        _("Where each metric stands on the way from its baseline to its target"),
        source=weakest([metric.provenance for metric in metrics]) or "",
        endpoint="pilots.chart",
        number=number,
        name="progress",
    )


def cost_figure(money: Flows, plan: PlanRow, number: str, today: date) -> dict[str, Any] | None:
    """None where no amount has a month."""
    chart = cost_chart(money, plan, today)
    if chart.is_empty:
        return None
    return chart_figure(
        chart,
        "money",
        _("Dollars, added up month by month: planned and spent"),
        source=money.provenance or "",
        endpoint="pilots.chart",
        number=number,
        name="money",
    )


def latest_words(metric: MetricRow | None) -> str:
    """What was measured last, beside where it began and where it is to go; no result."""
    if metric is None:
        return _("No evidence recorded: no metric is defined.")
    if metric.latest is None:
        return _("No evidence recorded: %(metric)s has not been measured yet.", metric=metric.name)
    latest = with_unit(metric.latest.value, metric.unit)
    sentence = (
        _(
            "Latest measurement of %(metric)s: %(latest)s on %(day)s",
            metric=metric.name,
            latest=latest,
            day=day(metric.latest.taken_on),
        )
        if metric.day_is_known
        else _("Published measurement of %(metric)s: %(latest)s", metric=metric.name, latest=latest)
    )
    beside = []
    if metric.baseline is not None:
        beside.append(_("baseline %(value)s", value=with_unit(metric.baseline, metric.unit)))
    if metric.target is not None:
        value = with_unit(metric.target, metric.unit)
        beside.append(
            _("limit %(value)s", value=value)
            if metric.kind is CriterionKind.GUARDRAIL
            else _("target %(value)s", value=value)
        )
    return f"{sentence} ({', '.join(beside)})." if beside else f"{sentence}."


def verdict_chart(summary: PilotSummary) -> VerdictForest:
    """The recorded verdicts of what was fixed before the data."""
    return VerdictForest(
        rows=tuple(
            ForestRow(
                label=one.name,
                kind=one.kind,
                verdict=one.verdict,
                direction=one.direction,
                unit=one.unit,
                promised=one.promised,
                change=one.estimate,
                low=one.low,
                high=one.high,
                better=one.better,
                harm=one.harm,
            )
            for one in summary.criteria
            if one.carries
        )
    )


def verdict_figure(summary: PilotSummary) -> dict[str, Any]:
    return chart_figure(
        verdict_chart(summary),
        "verdicts",
        _(
            "The measured change of each criterion as a share of the promised one, with its 95% confidence interval"
        ),
    )


def what_figures_are(metrics: Sequence[MetricRow]) -> Provenance | None:
    return weakest([metric.provenance for metric in metrics])


def provenance_words(kind: Provenance) -> str:
    return _(PROVENANCES[kind].staff)


__all__ = [
    "cost_chart",
    "cost_figure",
    "is_drawn",
    "latest_words",
    "main_metric",
    "process_chart",
    "process_figure",
    "progress_chart",
    "progress_figure",
    "provenance_words",
    "verdict_chart",
    "verdict_figure",
    "what_figures_are",
]
