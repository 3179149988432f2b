"""Draws planned and actual spending."""

import math
from datetime import date

from matplotlib.figure import Figure

from incubator.charts import theme, words
from incubator.charts.cost_chart import CostChart
from incubator.charts.dressing import bottom_labels, key, month_labels, reading_labels, value_axis
from incubator.charts.sheet import DASH, Sheet, span, spread


def draw(chart: CostChart, narrow: bool) -> Figure:
    sheet = Sheet(narrow, 300 if narrow else 320)
    labels = [(float(chart.planned[-1]), "Planned", theme.ROUTINE, 400)] if chart.has_plan else []
    complete = len(chart.actual) == len(chart.ordered)
    if chart.actual and (narrow or complete):
        labels.append((float(chart.actual[-1]), "Actual", theme.BLUE, 700))
    if chart.budget is not None:
        labels.append((float(chart.budget), "Budget", theme.ORANGE, 400))
    texts = [words.money(value) if narrow else f"{name} {words.money(value)}" for value, name, *_ in labels]
    right = sheet.width - max((theme.text_width(text, theme.SMALL, 700) for text in texts), default=0.0) - 10
    top = key(sheet, _key_entries(chart), 10.0) + 4 if narrow else 14.0
    bottom = sheet.height - 30
    values = [*chart.planned, *chart.actual, *([chart.budget] if chart.budget is not None else [])]
    low, high = span([float(value) for value in values] if any(values) else [100_00.0], zero=True)
    y, left = value_axis(sheet, low, high, 0, right, top, bottom, words.money, 5)
    n = len(chart.ordered)
    xs = [left + 10 + (right - left - 20) * (i / (n - 1) if n > 1 else 0.5) for i in range(n)]
    if chart.budget is not None:
        sheet.line([left, right], [y(chart.budget)] * 2, theme.ORANGE, 1.8, DASH)
    if chart.has_plan:
        sheet.line(xs, [y(value) for value in chart.planned], theme.ROUTINE, 2.0, (0, (2, 2)))
    sheet.line(xs[: len(chart.actual)], [y(value) for value in chart.actual], theme.BLUE, 2.6)
    if n == 1 and chart.has_plan:
        sheet.marks(xs, [y(chart.planned[0])], "s", theme.ROUTINE, 9)
    if chart.actual:
        at = len(chart.actual) - 1
        sheet.marks([xs[at]], [y(chart.actual[at])], "D", theme.BLUE, 9)
        if not narrow and not complete:
            _say_actual(sheet, chart, xs[at], y(chart.actual[at]), left)
    places = spread([y(value) for value, *_ in labels], 17, top, bottom - 2)
    for (_, _, color, weight), text, place in zip(labels, texts, places, strict=True):
        sheet.text(
            right + 6,
            place,
            text,
            color=theme.MUTED if color == theme.ROUTINE else color,
            size=theme.SMALL,
            weight=weight,
        )
    step = max(math.ceil(n * 62 / max(right - left, 1)), 1)
    months = [spend.month for spend in chart.ordered][::step]
    bottom_labels(sheet, xs[::step], _month_texts(months), bottom + 16)
    return sheet.figure


def _month_texts(months: list[date]) -> list[str]:
    """Months with their year where it begins; years alone over more than three."""
    return month_labels(months) if (months[-1] - months[0]).days <= 3 * 366 else reading_labels(months)


def _key_entries(chart: CostChart) -> list[tuple[str, str, str]]:
    entries = [("dash", theme.ROUTINE, "Planned")] if chart.has_plan else []
    if chart.actual:
        entries.append(("line", theme.BLUE, "Actual"))
    if chart.budget is not None:
        entries.append(("dash", theme.ORANGE, "Budget"))
    return entries


def _say_actual(sheet: Sheet, chart: CostChart, x: float, y: float, left: float) -> None:
    """The last known sum beside its point, on the side away from the plan's line."""
    at = len(chart.actual) - 1
    text = f"Actual {words.money(chart.actual[at])}"
    above = chart.actual[at] >= chart.planned[at]
    room = theme.text_width(text, theme.SMALL, 700)
    to_left = above and x - room - 8 > left
    sheet.text(x - 8 if to_left else x + 9, y - 12 if above else y + 14, text, color=theme.BLUE, size=theme.SMALL,
               weight=700, align="right" if to_left else "left")  # fmt: skip
