"""Draws rank intervals, one row per proposal, with the provisional line across."""

from matplotlib.figure import Figure

from incubator.charts import theme, words
from incubator.charts.dressing import key, key_height, tick_texts
from incubator.charts.rank_intervals import BANDS, RankIntervals, RankRow
from incubator.charts.rows import Rows
from incubator.charts.sheet import DASH, Scale, Sheet, ticks

LOOKS = {
    "accept": ("D", theme.BLUE),
    "too_close": ("^", theme.ORANGE),
    "decline": ("ring", theme.ROUTINE),
    None: ("o", theme.NAVY),
}


def draw(chart: RankIntervals, narrow: bool) -> Figure:
    rows = Rows(narrow, len(chart.known), tail=42)
    entries = [(*LOOKS[band], name) for band, name in BANDS.items() if chart.in_band(band)]
    entries.append(("line", theme.MUTED, "Range with a 90% chance"))
    head = 10 + key_height(entries, narrow) + 30
    sheet = Sheet(narrow, head + rows.height + 44)
    key(sheet, entries, 10.0)
    x = Scale(*_reach(chart), rows.left, rows.right)
    rows.tint(sheet, head)
    found = [1.0, *(value for value in ticks(x.low, x.high) if value > 1)]
    rows.axis(sheet, x, found, tick_texts(found), head, "Expected rank, 1 is best")
    sheet.text(sheet.width, head - 16, "Rank", color=theme.MUTED, size=theme.SMALL, align="right")
    line = words.finite(chart.line)
    if line is not None:
        _line(sheet, chart, rows, x(line), head)
    for i, row in enumerate(chart.known):
        rows.name(sheet, i, head, row.label, words.tenths(row.expected))
        _row(sheet, row, x, rows.y(i, head), rows.many)
    return sheet.figure


def _reach(chart: RankIntervals) -> tuple[float, float]:
    """Half a rank beyond the first and the last."""
    ends = [end for row in chart.known for end in (row.expected, *(row.interval or ()))]
    line = words.finite(chart.line)
    ends += [] if line is None else [line]
    return min(1.0, *ends) - 0.5, max(float(len(chart.known)), *ends) + 0.5


def _line(sheet: Sheet, chart: RankIntervals, rows: Rows, x: float, top: float) -> None:
    text = (
        "Provisional line"
        if chart.places is None
        else f"Provisional line: {words.plural(chart.places, 'place')}"
    )
    text = theme.fit(text, sheet.width - 60, theme.SMALL, 600)
    half = theme.text_width(text, theme.SMALL, 600) / 2
    centre = min(max(x, half), sheet.width - 44 - half)
    sheet.text(centre, top - 16, text, size=theme.SMALL, weight=600, align="center")
    sheet.line([x, x], [top - 7, top], theme.INK, 1.6)
    for begin, end in rows.spans(top):
        sheet.line([x, x], [begin, end], theme.INK, 1.6, None if rows.above else DASH)


def _row(sheet: Sheet, row: RankRow, x: Scale, y: float, many: bool) -> None:
    shape, color = LOOKS[row.band]
    if row.interval is not None:
        low, high = (x(end) for end in row.interval)
        sheet.line([low, max(high, low + 1)], [y, y], color, 4.0 if many else 5.0)
    size = (11 if shape == "^" else 8) + (0 if many else 2)
    hollow = shape == "ring"
    sheet.marks([x(row.expected)], [y], "o" if hollow else shape, color, size, hollow=hollow)
