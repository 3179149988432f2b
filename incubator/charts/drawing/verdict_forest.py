"""Draws the verdict of every criterion as a forest plot on the scale of its own promise."""

from matplotlib.figure import Figure

from incubator.charts import theme, words
from incubator.charts.dressing import bottom_labels, key, key_height
from incubator.charts.sheet import DASH, Scale, Sheet, ticks
from incubator.charts.verdict_forest import ForestRow, VerdictForest

WORST, BEST = -2.0, 2.5
"""Shares beyond these get an arrow, so that one extreme row does not squeeze the rest."""

LOOKS = {
    "met": ("D", theme.BLUE, 11.0, "Met"),
    "not_met": ("^", theme.ORANGE, 13.0, "Not met"),
    "inconclusive": ("ring", theme.ROUTINE, 10.0, "Inconclusive"),
    "not_yet": ("s", theme.MUTED, 9.0, "Not yet"),
    "harm": ("v", theme.CATEGORIES[4], 13.0, "Harm"),
}
HEAD, ROW, ROW_NARROW = 30.0, 44.0, 70.0


def draw(chart: VerdictForest, narrow: bool) -> Figure:
    marks = {row.mark for row in chart.rows}
    entries = [(shape, color, word) for mark, (shape, color, _, word) in LOOKS.items() if mark in marks]
    entries.append(("line", theme.MUTED, f"{words.percent(chart.confidence)} interval"))
    top = 10 + key_height(entries, narrow) + 26
    step = ROW_NARROW if narrow else ROW
    height = sum(HEAD + step * len(rows) for _, rows in chart.groups)
    sheet = Sheet(narrow, top + height + 44)
    key(sheet, entries, 10.0)
    left, right = (14.0, sheet.width - 14) if narrow else (216.0, 510.0)
    x = Scale(*_reach(chart), left, right)
    _over(sheet, x, top - 16)
    at = top
    for name, rows in chart.groups:
        sheet.text(0, at + 14, name, weight=700)
        _limit(sheet, name, rows, x, at + 14)
        sheet.line([0, sheet.width], [at + 27, at + 27], theme.GRID)
        at += HEAD
        for row in rows:
            _row(sheet, row, x, at)
            at += step
    found = [share for share in ticks(x.low, x.high) if abs(share * 2 - round(share * 2)) < 1e-9]
    bottom_labels(sheet, [x(share) for share in found], [words.percent(share) for share in found], at + 13)
    sheet.text(
        0 if narrow else left, at + 33, "Share of the promised change", color=theme.MUTED, size=theme.SMALL
    )
    sheet.text(right, at + 33, "better →", color=theme.MUTED, size=theme.SMALL, align="right")
    return sheet.figure


def _reach(chart: VerdictForest) -> tuple[float, float]:
    shares = [end for row in chart.rows for end in (*(row.interval or ()), row.share(row.change))]
    shares += [row.threshold for row in chart.rows]
    known = [share for share in shares if share is not None]
    low, high = max(min([*known, 0.0]), WORST), min(max([*known, 1.0]), BEST)
    return low - 0.12, high + 0.12


def _over(sheet: Sheet, x: Scale, y: float) -> None:
    """What the two lines are called."""
    names = ((0.0, "No change", theme.MUTED, 400), (1.0, "Promised", theme.INK, 600))
    for share, text, color, weight in names:
        half = theme.text_width(text, theme.SMALL, weight) / 2
        centre = min(max(x(share), half), sheet.width - half)
        sheet.text(centre, y, text, color=color, size=theme.SMALL, weight=weight, align="center")


def _limit(sheet: Sheet, name: str, rows: tuple[ForestRow, ...], x: Scale, y: float) -> None:
    """What the line on the worse side is called: how far a guardrail may give way."""
    if not any(row.threshold == -1 for row in rows):
        return
    text = "Still accepted"
    half = theme.text_width(text, theme.SMALL) / 2
    centre = max(x(-1), theme.text_width(name, theme.SIZE, 700) + 14 + half)
    sheet.text(centre, y, text, color=theme.MUTED, size=theme.SMALL, align="center")


def _row(sheet: Sheet, row: ForestRow, x: Scale, top: float) -> None:
    shape, color, size, _ = LOOKS[row.mark]
    y = top + (51 if sheet.narrow else ROW / 2)
    begin, end = (y - 10, y + 10) if sheet.narrow else (top, top + ROW)
    sheet.line([x(0)] * 2, [begin, end], theme.MUTED, 1.2)
    threshold = row.threshold
    if threshold is not None:
        sheet.line([x(threshold)] * 2, [begin, end], theme.INK, 1.6, DASH)
    _texts(sheet, row, x, top, y, theme.INK if color in {theme.ROUTINE, theme.MUTED} else color)
    share = row.share(row.change)
    if row.interval is not None:
        _interval(sheet, row.interval, x, y, color)
    if share is None:
        return
    inside = min(max(share, WORST), BEST)
    if inside != share:
        shape = ">" if share > inside else "<"
    sheet.marks(
        [x(inside)],
        [y],
        "o" if shape == "ring" else shape,
        color,
        size,
        hollow=shape == "ring" or row.post_hoc,
    )


def _interval(sheet: Sheet, ends: tuple[float, float], x: Scale, y: float, color: str) -> None:
    low, high = (min(max(end, WORST), BEST) for end in ends)
    sheet.line([x(low), max(x(high), x(low) + 1)], [y, y], color, 3.0)
    for end, real in zip((low, high), ends, strict=True):
        if end == real:
            sheet.line([x(end)] * 2, [y - 5, y + 5], color, 2.0)
        else:
            sheet.marks([x(end)], [y], "<" if real < end else ">", color, 8)


def _texts(sheet: Sheet, row: ForestRow, x: Scale, top: float, y: float, color: str) -> None:
    name = words.clean(row.label)
    note = "added after the data" if row.post_hoc else ""
    if sheet.narrow:
        word = theme.fit(row.word, 150, theme.SMALL, 700)
        room = sheet.width - theme.text_width(word, theme.SMALL, 700) - 12
        sheet.text(0, top + 11, theme.fit(name, room, theme.SMALL, 600), size=theme.SMALL, weight=600)
        sheet.text(sheet.width, top + 11, word, size=theme.SMALL, weight=700, color=color, align="right")
        numbers = theme.fit(row.numbers, sheet.width - (130 if note else 0), theme.SMALL)
        sheet.text(sheet.width, top + 28, numbers, color=theme.MUTED, size=theme.SMALL, align="right")
        sheet.text(0, top + 28, note, color=theme.MUTED, size=theme.SMALL)
        return
    lines = theme.wrap(name, 200, 1 if note else 2, theme.SMALL) + ([note] if note else [])
    for j, line in enumerate(lines):
        muted = theme.MUTED if line == note else theme.INK
        sheet.text(
            200, y + (j - (len(lines) - 1) / 2) * 16, line, size=theme.SMALL, color=muted, align="right"
        )
    room = sheet.width - x.end - 18
    word = theme.fit(row.word, room, theme.SMALL, 700)
    sheet.text(x.end + 18, y - 8, word, size=theme.SMALL, weight=700, color=color)
    sheet.text(
        x.end + 18, y + 9, theme.fit(row.numbers, room, theme.SMALL), color=theme.MUTED, size=theme.SMALL
    )
