"""Draws the smallest detectable change as a curve over months: above it a change is seen, below it is not."""

import itertools

from matplotlib.figure import Figure

from incubator.charts import theme, words
from incubator.charts.detectability_curve import DetectabilityCurve
from incubator.charts.dressing import bottom_labels, value_axis
from incubator.charts.labels import Box, beside, touch
from incubator.charts.sheet import DASH, LARGEST, Scale, Sheet, ticks
from incubator.domain.pilots import is_percent


def draw(chart: DetectabilityCurve, narrow: bool) -> Figure:
    sheet = Sheet(narrow, 320 if narrow else 340)
    top, bottom, right = 52.0, sheet.height - 46, sheet.width - 10
    caption = "Smallest change that can be detected" + (f", {unit}" if (unit := _unit(chart)) else "")
    sheet.text(0, 10, theme.fit(caption, sheet.width, theme.SMALL), color=theme.MUTED, size=theme.SMALL)
    y, left = value_axis(sheet, 0.0, _most(chart), 0, right, top, bottom, most=7)
    x = Scale(0.0, max(chart.end, chart.known[-1][0]) * 1.04, left, right)
    points = [(x(months), y(min(change, y.high))) for months, change in chart.known]
    _below(sheet, points, bottom)
    for value in ticks(0.0, y.high, 7):
        sheet.line([left, right], [y(value)] * 2, theme.AXIS if value == 0 else theme.GRID)
    taken: list[Box] = []
    if chart.wanted is not None and chart.wanted <= y.high:
        at = y(chart.wanted)
        sheet.line([left, right], [at, at], theme.ORANGE, 1.8, DASH)
        taken.append((left, at - 2, right, at + 2))
    _horizon(sheet, chart, x, top, bottom)
    _curve(sheet, points)
    taken += [
        (min(a[0], b[0]) - 3, min(a[1], b[1]) - 3, max(a[0], b[0]) + 3, max(a[1], b[1]) + 3)
        for a, b in itertools.pairwise(points)
    ]
    _labels(sheet, chart, points, x, y, taken, (left + 4, top - 6, right, bottom - 2))
    found = [value for value in ticks(0.0, x.high, 6 if narrow else 9) if value == round(value)]
    bottom_labels(sheet, [x(value) for value in found], [words.number(value) for value in found], bottom + 13)
    sheet.text(left, bottom + 34, "Months since the launch", color=theme.MUTED, size=theme.SMALL)
    return sheet.figure


def _unit(chart: DetectabilityCurve) -> str:
    return "percentage points" if is_percent(chart.unit) else words.clean(chart.unit, 30)


def _most(chart: DetectabilityCurve) -> float:
    """The first months, which show next to nothing, are cut off rather than squeeze the rest."""
    last = chart.known[-1][1]
    first = max(change for _, change in chart.known)
    high = max(min(first, last * 4 if last < LARGEST / 4 else first), min(chart.wanted or 0.0, last * 8))
    return min((high or 1.0) * 1.08, LARGEST) if (high or 1.0) < LARGEST / 2 else LARGEST


def _below(sheet: Sheet, points: list[tuple[float, float]], bottom: float) -> None:
    """The ground under the curve: what goes unnoticed."""
    if len(points) > 1:
        sheet.polygon([*points, (points[-1][0], bottom), (points[0][0], bottom)], theme.PALE)


def _curve(sheet: Sheet, points: list[tuple[float, float]]) -> None:
    if len(points) > 1:
        sheet.line([px for px, _ in points], [py for _, py in points], theme.BLUE, 2.6)
    if len(points) <= 30:
        sheet.marks([px for px, _ in points], [py for _, py in points], "o", theme.BLUE, 6)


def _horizon(sheet: Sheet, chart: DetectabilityCurve, x: Scale, top: float, bottom: float) -> None:
    at = x(chart.end)
    sheet.line([at, at], [top - 8, bottom], theme.INK, 1.6)
    half = theme.text_width("Horizon", theme.SMALL, 600) / 2
    centre = min(max(at, half), sheet.width - half)
    sheet.text(centre, top - 18, "Horizon", size=theme.SMALL, weight=600, align="center")


def _labels(
    sheet: Sheet, chart: DetectabilityCurve, points: list[tuple[float, float]], x: Scale, y: Scale,
    taken: list[Box], bounds: Box,
) -> None:  # fmt: skip
    at_end = points[-1]
    sheet.marks([at_end[0]], [at_end[1]], "o", theme.BLUE, 10)
    taken += [(x(chart.end) - 2, bounds[1], x(chart.end) + 2, bounds[3])]
    _worthwhile(sheet, chart, y, taken, bounds)
    own = (at_end[0] - 7, at_end[1] - 7, at_end[0] + 7, at_end[1] + 7)
    text = theme.fit(chart.amount(chart.known[-1][1]), sheet.width * 0.4, theme.SMALL, 700)
    beside(sheet, text, own, taken, bounds, weight=700, color=theme.BLUE)
    from_month = chart.enough_from
    change = dict(chart.known).get(from_month or 0.0)
    if from_month is not None and change is not None and change <= y.high and from_month < chart.known[-1][0]:
        px, py = x(from_month), y(change)
        sheet.marks([px], [py], "D", theme.ORANGE, 10)
        label = f"from month {words.number(round(from_month * 2) / 2)}"
        beside(sheet, label, (px - 7, py - 7, px + 7, py + 7), taken, bounds, weight=600)
    for text, spot in (("Would be seen", 0.3), ("Would go unnoticed", 0.86)):
        height = bounds[1] + (bounds[3] - bounds[1]) * spot
        wide = theme.text_width(text, theme.SMALL)
        centre = (bounds[0] + bounds[2]) / 2
        box = (centre - wide / 2, height - 8, centre + wide / 2, height + 8)
        if not any(touch(box, other) for other in taken):
            sheet.text(centre, height, text, size=theme.SMALL, color=theme.MUTED, align="center")
            taken.append(box)


def _worthwhile(sheet: Sheet, chart: DetectabilityCurve, y: Scale, taken: list[Box], bounds: Box) -> None:
    """The name of the worthwhile change along its line, or above the plot when it lies beyond."""
    if chart.wanted is None:
        return
    text = theme.fit(f"Smallest worthwhile: {chart.amount(chart.wanted)}", sheet.width * 0.65, theme.SMALL)
    if chart.wanted > y.high:
        sheet.text(0, 32, f"{text} ↑", size=theme.SMALL)
        return
    at, wide = y(chart.wanted), theme.text_width(text, theme.SMALL)
    obstacles = [box for box in taken if box[3] - box[1] > 4 or box[2] - box[0] <= wide]
    for left in (bounds[0] + 14, bounds[2] - wide - 4):
        for height in (at - 11, at + 13):
            box = (left, height - 8, left + wide, height + 8)
            free = not any(touch(box, other) for other in obstacles)
            if free and bounds[1] <= box[1] and box[3] <= bounds[3]:
                sheet.text(left, height, text, size=theme.SMALL)
                taken.append(box)
                return
