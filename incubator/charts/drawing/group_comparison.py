"""Draws two groups and, below them on an axis of its own, the difference."""

from collections import Counter

from matplotlib.figure import Figure

from incubator.charts import theme, words
from incubator.charts.dressing import bottom_labels, key, key_height, tick_texts
from incubator.charts.group_comparison import MOST_DOTS, GroupComparison, Side
from incubator.charts.sheet import DASH, Scale, Sheet, span, ticks
from incubator.charts.verdict_forest import signed, signed_with_unit

COLORS = (theme.BLUE, theme.CATEGORIES[4])
MARKERS = ("D", "s")
PILE = 58.0
"""Height of the dots or columns of a group."""
FLAT = 8.0
COLUMNS = 40


def draw(chart: GroupComparison, narrow: bool) -> Figure:
    entries = _entries(chart)
    head = 10 + key_height(entries, narrow) + 4
    rows = [
        (PILE + 44 if side.known else FLAT + (32 if narrow else 44)) + (34 if narrow else 0)
        for side in chart.known
    ]
    below = 116.0 if chart.difference is not None else 0.0
    sheet = Sheet(narrow, head + sum(rows) + 44 + below)
    key(sheet, entries, 10.0)
    left, right = (12.0, sheet.width - 12) if narrow else (190.0, sheet.width - 150)
    x = Scale(*_reach(chart), left, right)
    bottom = head + sum(rows)
    _axis(sheet, x, head, rows, words.clean(chart.unit, 40))
    at = head
    for i, (side, high) in enumerate(zip(chart.known, rows, strict=True)):
        _side(sheet, side, i, x, at, high, chart.unit)
        at += high
    if chart.difference is not None:
        _difference(sheet, chart, left, right, bottom + 44)
    return sheet.figure


def _entries(chart: GroupComparison) -> list[tuple[str, str, str]]:
    entries = []
    if any(0 < len(side.known) < MOST_DOTS for side in chart.known):
        entries.append(("ring", theme.ROUTINE, "One value"))
    if any(len(side.known) >= MOST_DOTS for side in chart.known):
        entries.append(("box", theme.GRID, "How many values"))
    if any(side.interval for side in chart.known) or chart.interval:
        entries.append(("line", theme.MUTED, f"{words.percent(chart.confidence)} interval"))
    return entries or [("D", theme.BLUE, "Level")]


def _reach(chart: GroupComparison) -> tuple[float, float]:
    found = [value for side in chart.known for value in side.known[:: max(len(side.known) - 1, 1)]]
    found += [end for side in chart.known for end in (*(side.interval or ()), side.centre or 0.0)]
    return span(found)


def _axis(sheet: Sheet, x: Scale, top: float, rows: list[float], caption: str) -> None:
    """Upright lines through the plot; on a phone they leave out the lines of text between."""
    narrow, bottom = sheet.narrow, top + sum(rows)
    found = ticks(x.low, x.high, 5 if narrow else 7)
    spans, at = [], top
    for high in rows:
        spans.append((at + (40 if narrow else 0), at + high))
        at += high
    for value in found:
        for begin, end in spans:
            sheet.line([x(value)] * 2, [begin, end], theme.GRID)
    sheet.line([x.start, x.end], [bottom, bottom], theme.AXIS)
    bottom_labels(sheet, [x(value) for value in found], tick_texts(found), bottom + 13)
    if caption:
        first = theme.text_width(tick_texts(found)[0], theme.SMALL) / 2 if found else 0.0
        room = sheet.width if narrow else min(x.start, x(found[0]) - first if found else x.start) - 12
        caption = theme.fit(caption, room, theme.SMALL)
        sheet.text(0 if narrow else room, bottom + (30 if narrow else 13), caption, color=theme.MUTED,
                   size=theme.SMALL, align="left" if narrow else "right")  # fmt: skip


def _side(sheet: Sheet, side: Side, place: int, x: Scale, top: float, height: float, unit: str) -> None:
    color = COLORS[place % 2]
    base = top + height - 26
    if len(side.known) >= MOST_DOTS:
        _columns(sheet, side.known, x, base)
    elif side.known:
        _dots(sheet, side.known, x, base)
    centre, y = side.centre or 0.0, base + 10
    if side.interval is not None:
        low, high = (x(end) for end in side.interval)
        sheet.line([low, max(high, low + 1)], [y, y], color, 3.0)
        for end in (low, high):
            sheet.line([end, end], [y - 5, y + 5], color, 2.0)
    sheet.marks([x(centre)], [y], MARKERS[place % 2], color, 11)
    name, level = words.clean(side.name), words.with_unit(centre, unit)
    level = f"{'mean ' if side.known else ''}{level}"
    if sheet.narrow:
        level = theme.fit(level, 150, theme.SMALL, 600)
        room = sheet.width - theme.text_width(level, theme.SMALL, 600) - 12
        sheet.text(0, top + 13, theme.fit(name, room, theme.SMALL, 600), size=theme.SMALL, weight=600)
        sheet.text(sheet.width, top + 13, level, size=theme.SMALL, weight=600, color=color, align="right")
        sheet.text(0, top + 30, side.size, size=theme.SMALL, color=theme.MUTED)
        return
    middle = (top + height) - 26 - (PILE / 2 if side.known else 0) + 4
    lines = theme.wrap(name, 170, 2, theme.SMALL, 600)
    for j, line in enumerate([*lines, side.size] if side.size else lines):
        muted = j == len(lines)
        sheet.text(172, middle + (j - len(lines) / 2) * 17, line, size=theme.SMALL, align="right",
                   weight=400 if muted else 600, color=theme.MUTED if muted else theme.INK)  # fmt: skip
    sheet.text(
        x.end + 16, y, theme.fit(level, 130, theme.SMALL, 600), size=theme.SMALL, weight=600, color=color
    )


def _dots(sheet: Sheet, values: tuple[float, ...], x: Scale, base: float) -> None:
    """Dots that would cover each other stand on top of each other."""
    wide = 9.0
    piles: Counter[int] = Counter()
    places = []
    for value in values:
        column = round(x(value) / wide)
        places.append((x(value), piles[column]))
        piles[column] += 1
    rise = min(8.0, (PILE - 8) / max(max(piles.values()) - 1, 1))
    xs, ys = [at for at, _ in places], [base - 6 - rise * up for _, up in places]
    sheet.marks(xs, ys, "o", theme.ROUTINE, 8.0, hollow=True)


def _columns(sheet: Sheet, values: tuple[float, ...], x: Scale, base: float) -> None:
    """How many values lie in each of so many equal parts of the axis."""
    wide = (x.end - x.start) / COLUMNS
    counts = Counter(min(max(int((x(value) - x.start) / wide), 0), COLUMNS - 1) for value in values)
    most = max(counts.values())
    outline: list[tuple[float, float]] = [(x.start, base)]
    for column in range(COLUMNS):
        n, begin = counts[column], x.start + column * wide
        high = max(PILE * n / most, 1.5) if n else 0.0
        outline += [(begin, base - high), (begin + wide, base - high)]
    sheet.polygon([*outline, (x.end, base)], theme.AXIS)


def _difference(sheet: Sheet, chart: GroupComparison, left: float, right: float, top: float) -> None:
    """The pilot's level less the reference's, zero always in sight."""
    change = chart.difference or 0.0
    ends = chart.interval or (change, change)
    low, high = span([0.0, change, *ends], pad=0.1)
    x, y = Scale(low, high, left, right), top + 46
    color = theme.ROUTINE if not chart.clear else theme.BLUE if chart.improved else theme.ORANGE
    title = (
        "Difference"
        if chart.pair is None
        else f"Difference: {' minus '.join(words.clean(side.name, 60) for side in chart.pair)}"
    )
    text = signed_with_unit(change, chart.unit)
    if chart.interval is not None:
        text += f" ({signed(ends[0])} to {signed(ends[1])})"
    text = theme.fit(text, sheet.width * 0.55, theme.SMALL, 700)
    sheet.line([0, sheet.width], [top - 4, top - 4], theme.GRID)
    shown = theme.INK if color == theme.ROUTINE else color
    room = sheet.width - theme.text_width(text, theme.SMALL, 700) - 16
    if sheet.narrow:
        title, room = "Difference", sheet.width
    sheet.text(0, top + 12, theme.fit(title, room, theme.SMALL, 600), size=theme.SMALL, weight=600)
    sheet.text(sheet.width, top + 12, text, size=theme.SMALL, weight=700, color=shown, align="right")
    found = ticks(low, high, 5)
    for value in found:
        sheet.line([x(value)] * 2, [y - 16, y + 16], theme.GRID)
    sheet.line([x(0)] * 2, [y - 20, y + 16], theme.INK, 1.6, DASH)
    if chart.interval is not None:
        sheet.line([x(ends[0]), max(x(ends[1]), x(ends[0]) + 1)], [y, y], color, 3.0)
        for end in ends:
            sheet.line([x(end)] * 2, [y - 6, y + 6], color, 2.0)
    shape = "o" if not chart.clear else "D" if chart.improved else "^"
    sheet.marks([x(change)], [y], shape, color, 11, hollow=shape == "o")
    bottom_labels(sheet, [x(value) for value in found], tick_texts(found, signed), y + 30)
