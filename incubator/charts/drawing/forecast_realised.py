"""Draws forecast against realized with the line on which they are equal."""

import math
from collections.abc import Callable

from matplotlib.figure import Figure

from incubator.charts import theme, words
from incubator.charts.dressing import bottom_labels, key, key_height
from incubator.charts.forecast_realised import ForecastRealised
from incubator.charts.labels import Box, name_beside, touch
from incubator.charts.sheet import DASH, Scale, Sheet, span, ticks

FAR = 30.0
"""From this ratio of the largest to the smallest amount on, equal steps on the axes are equal factors."""
NAMED = 24
"""Of more benefits none is named on the chart: the table names them all."""


def draw(chart: ForecastRealised, narrow: bool) -> Figure:
    entries = _entries(chart)
    top = 10 + key_height(entries, narrow) + 22
    sheet = Sheet(narrow, top + (280 if narrow else 360) + 50)
    key(sheet, entries, 10.0)
    bottom, right = sheet.height - 50, sheet.width - 8
    values = [value for b in chart.known for value in (*b.pair, *(b.interval or ()))]
    scaled, marks, low, high = _axis(values, 4 if narrow else 6)
    texts = [chart.write(mark) for mark in marks]
    left = max(theme.text_width(text, theme.SMALL) for text in texts) + 10 if texts else 10.0
    x, y = Scale(low, high, left, right), Scale(low, high, bottom, top)
    sheet.polygon([(left, bottom), (right, bottom), (right, top)], theme.PALE)
    for mark, text in zip(marks, texts, strict=True):
        at = scaled(mark)
        sheet.line([left, right], [y(at)] * 2, theme.GRID)
        sheet.line([x(at)] * 2, [top, bottom], theme.GRID)
        sheet.text(left - 8, y(at), text, color=theme.MUTED, size=theme.SMALL, align="right")
    bottom_labels(sheet, [x(scaled(mark)) for mark in marks], texts, bottom + 14)
    sheet.line([left, right], [bottom, top], theme.INK, 1.6, DASH)
    sheet.text(0, top - 14, "Realized", color=theme.MUTED, size=theme.SMALL)
    sheet.text(right, bottom + 36, "Forecast →", color=theme.MUTED, size=theme.SMALL, align="right")
    taken = _points(sheet, chart, scaled, x, y)
    bounds = (left + 2, top + 2, right, bottom - 2)
    _sides(sheet, taken, bounds)
    if len(chart.known) <= NAMED:
        _names(sheet, chart, scaled, x, y, taken, bounds)
    return sheet.figure


def _entries(chart: ForecastRealised) -> list[tuple[str, str, str]]:
    entries = []
    if any(b.confirmed for b in chart.known):
        entries.append(("D", theme.BLUE, "Confirmed"))
    if any(not b.confirmed for b in chart.known):
        entries.append(("ring", theme.ROUTINE, "Estimated"))
    entries.append(("dash", theme.INK, "As forecast"))
    if any(b.interval for b in chart.known):
        entries.append(("line", theme.ROUTINE, "Low to high"))
    return entries


def _axis(values: list[float], most: int) -> tuple[Callable[[float], float], list[float], float, float]:
    """How amounts are scaled, the amounts named on both axes, and the ends of the scale."""
    least, largest = min(values), max(values)
    if least > 0 and largest / least >= FAR:
        low, high = span([math.log10(least), math.log10(largest)])
        first, last = math.ceil(low), math.floor(high)
        step = max(1, math.ceil((last - first + 1) / most))
        return math.log10, [10.0**power for power in range(first, last + 1, step)], low, high
    low, high = span(values, zero=True)
    return float, ticks(low, high, most), low, high


def _points(
    sheet: Sheet, chart: ForecastRealised, scaled: Callable[[float], float], x: Scale, y: Scale
) -> list[Box]:
    """Intervals under marks, the estimated under the confirmed; the places they take."""
    taken: list[Box] = []
    for benefit in chart.known:
        at = x(scaled(benefit.pair[0]))
        if benefit.interval is not None:
            low, high = (y(scaled(end)) for end in benefit.interval)
            sheet.line([at, at], [low, high], theme.BLUE if benefit.confirmed else theme.ROUTINE, 2.0)
            taken.append((at - 2, min(low, high), at + 2, max(low, high)))
    for confirmed, shape, color in ((False, "o", theme.ROUTINE), (True, "D", theme.BLUE)):
        spots = [
            (x(scaled(b.pair[0])), y(scaled(b.pair[1]))) for b in chart.known if b.confirmed is confirmed
        ]
        if spots:
            sheet.marks([s[0] for s in spots], [s[1] for s in spots], shape, color, 9, hollow=not confirmed)
        taken += [(px - 6, py - 6, px + 6, py + 6) for px, py in spots]
    return taken


def _sides(sheet: Sheet, taken: list[Box], bounds: Box) -> None:
    """What it means to lie above or below the line, where the words hide no point."""
    left, top, right, bottom = bounds
    for text, spots in (
        ("more than forecast", [(left + 8, top + 12, "left"), (left + 8, top + 40, "left"), (left + 8, top + 90, "left")]),
        ("less than forecast", [(right - 8, bottom - 12, "right"), (right - 8, bottom - 40, "right"), (right - 8, bottom - 90, "right")]),
    ):  # fmt: skip
        wide = theme.text_width(text, theme.SMALL)
        for at, height, align in spots:
            begin = at if align == "left" else at - wide
            box = (begin, height - 8, begin + wide, height + 8)
            if not any(touch(box, other) for other in taken):
                sheet.text(at, height, text, color=theme.MUTED, size=theme.SMALL, align=align)
                taken.append(box)
                break


def _names(
    sheet: Sheet, chart: ForecastRealised, scaled: Callable[[float], float], x: Scale, y: Scale,
    taken: list[Box], bounds: Box,
) -> None:  # fmt: skip
    """The furthest from what was forecast first, as many as there is room for."""
    left, top, right, bottom = bounds
    diagonal: list[Box] = [
        (left + (right - left) * i / 40, bottom - (bottom - top) * (i + 1) / 40,
         left + (right - left) * (i + 1) / 40, bottom - (bottom - top) * i / 40)
        for i in range(40)
    ]  # fmt: skip
    taken += diagonal
    order = sorted(
        chart.known, key=lambda b: (-abs(y(scaled(b.pair[1])) - y(scaled(b.pair[0]))), words.clean(b.label))
    )
    for benefit in order:
        px, py = x(scaled(benefit.pair[0])), y(scaled(benefit.pair[1]))
        own = next(box for box in taken if box[:2] == (px - 6, py - 6))
        name_beside(sheet, words.clean(benefit.label), 130 if sheet.narrow else 190, own, taken, bounds)
