"""Draws value against effort as bubbles with labels that keep out of each other's way."""

import math

from matplotlib.figure import Figure

from incubator.charts import theme, words
from incubator.charts.dressing import key
from incubator.charts.labels import Box, name_beside
from incubator.charts.sheet import Scale, Sheet
from incubator.charts.value_effort import MIDDLE, ValueEffort

SMALLEST, BIGGEST = 9.0, 38.0


def draw(chart: ValueEffort, narrow: bool) -> Figure:
    sheet = Sheet(narrow, 380 if narrow else 480)
    top = key(sheet, _key_entries(chart), 10.0) + 6
    left, right, bottom = (24.0, sheet.width - 6, sheet.height - 40)
    x = Scale(*_reach([_clip(b.effort) for b in chart.known]), left, right)
    y = Scale(*_reach([_clip(b.value) for b in chart.known]), bottom, top)
    _frame(sheet, x, y, left, right, top, bottom)
    biggest = max((b.budget for b in chart.known), default=0)
    own: list[Box] = []
    for b in chart.known:
        size = _size(b.budget, biggest, narrow)
        group = _group(chart, b.group)
        px, py = x(_clip(b.effort)), y(_clip(b.value))
        sheet.marks([px], [py], theme.CATEGORY_MARKERS[group], theme.CATEGORIES[group], size)
        # A square stood on its corner reaches further than its side.
        half = size / 2 * (1.42 if theme.CATEGORY_MARKERS[group] == "D" else 1.0)
        own.append((px - half, py - half, px + half, py + half))
    bounds = (left, top, right, bottom)
    boxes = [*own, *_corner_boxes(left, right, top, bottom)]
    for b, box in sorted(zip(chart.known, own, strict=True), key=lambda pair: -pair[0].value):
        name_beside(sheet, words.clean(b.label), 110 if narrow else 190, box, boxes, bounds)
    return sheet.figure


def _key_entries(chart: ValueEffort) -> list[tuple[str, str, str]]:
    """One entry per group on the chart; groups that share the last look share its entry."""
    used = {b.group for b in chart.known}
    names: dict[int, list[str]] = {}
    for name in [*chart.groups, *sorted(used - set(chart.groups))]:
        if name in used:
            names.setdefault(_group(chart, name), []).append(words.clean(name, 40))
    return [(theme.CATEGORY_MARKERS[i], theme.CATEGORIES[i], words.listed(names[i])) for i in sorted(names)]


def _group(chart: ValueEffort, name: str) -> int:
    at = chart.groups.index(name) if name in chart.groups else len(theme.CATEGORIES)
    return min(at, len(theme.CATEGORIES) - 1)


def _clip(score: float) -> float:
    return min(max(score, 0.5), 5.5)


def _reach(scores: list[float]) -> tuple[float, float]:
    """The part of the scale that is drawn: the scores and the middle with a point on either side of it."""
    low, high = min(*scores, MIDDLE - 1), max(*scores, MIDDLE + 1)
    return max(math.floor(low) - 0.25, 0.5), min(math.ceil(high) + 0.25, 5.5)


def _size(budget: int, biggest: int, narrow: bool) -> float:
    """Width of a mark: its area goes with the budget."""
    most = BIGGEST * (0.7 if narrow else 1.0)
    return max(most * math.sqrt(budget / biggest), SMALLEST) if budget > 0 and biggest > 0 else SMALLEST


def _frame(sheet: Sheet, x: Scale, y: Scale, left: float, right: float, top: float, bottom: float) -> None:
    for score in range(1, 6):
        if not x.low <= score <= x.high:
            continue
        sheet.line([x(score)] * 2, [top, bottom], theme.GRID)
        sheet.text(x(score), bottom + 12, str(score), color=theme.MUTED, size=theme.SMALL, align="center")
    for score in range(1, 6):
        if not y.low <= score <= y.high:
            continue
        sheet.line([left, right], [y(score)] * 2, theme.GRID)
        sheet.text(left - 8, y(score), str(score), color=theme.MUTED, size=theme.SMALL, align="right")
    sheet.line([left, right], [y(MIDDLE)] * 2, theme.AXIS, 1.5)
    sheet.line([x(MIDDLE)] * 2, [top, bottom], theme.AXIS, 1.5)
    for text, cx, cy, align in _corners(left, right, top, bottom):
        sheet.text(cx, cy, text, color=theme.MUTED, size=theme.SMALL, weight=700, align=align)
    words_below = (
        "Effort 1–5 (across), value 1–5 (up), area: budget"
        if sheet.narrow
        else "Effort: reviewers' median, 1 low – 5 high. Value: upwards. Area: budget"
    )
    sheet.text(left, bottom + 31, words_below, color=theme.MUTED, size=theme.SMALL)


def _corners(left: float, right: float, top: float, bottom: float) -> list[tuple[str, float, float, str]]:
    return [
        ("Quick wins", left + 4, top + 10, "left"), ("Big bets", right - 4, top + 10, "right"),
        ("Fill-ins", left + 4, bottom - 10, "left"), ("Question marks", right - 4, bottom - 10, "right"),
    ]  # fmt: skip


def _corner_boxes(left: float, right: float, top: float, bottom: float) -> list[Box]:
    found = []
    for text, x, y, align in _corners(left, right, top, bottom):
        wide = theme.text_width(text, theme.SMALL, 700)
        begin = x if align == "left" else x - wide
        found.append((begin, y - 9, begin + wide, y + 9))
    return found
