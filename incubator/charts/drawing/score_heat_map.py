"""Draws scores as numbers on fills, in as many blocks of columns as the width asks for."""

import math

from matplotlib.figure import Figure

from incubator.charts import theme, words
from incubator.charts.rows import Rows
from incubator.charts.score_heat_map import HeatCell, HeatRow, ScoreHeatMap
from incubator.charts.sheet import Sheet

LEAST, MOST = 30.0, 92.0
"""Widths a column may have."""
HEAD_LINE = 15.0
TALLEST_HEAD = 140.0
LEGEND = 34.0


def draw(chart: ScoreHeatMap, narrow: bool) -> Figure:
    rows = Rows(narrow, len(chart.rows), room=200, tail=0, roomy=36, dense=24, edge=0)
    room = rows.right - rows.left
    blocks = math.ceil(len(chart.columns) / (room // LEAST))
    each = math.ceil(len(chart.columns) / blocks)
    wide = min(room / each, MOST)
    parts = [
        range(start, min(start + each, len(chart.columns))) for start in range(0, len(chart.columns), each)
    ]
    names = [words.clean(name) for name in chart.columns]
    turned = any(" ".join(_wrapped(name, wide)) != name for name in names)
    heads = [_Heads([names[i] for i in part], wide, turned) for part in parts]
    legend = LEGEND * (2 if narrow else 1)
    sheet = Sheet(narrow, legend + sum(head.height + rows.height + 20 for head in heads) - 12)
    _legend(sheet, chart)
    top = legend
    for part, head in zip(parts, heads, strict=True):
        _heading(sheet, head, rows.left, top, wide)
        top += head.height
        for i, row in enumerate(chart.rows):
            rows.name(sheet, i, top, row.label)
            _row(sheet, chart, row, part, rows, i, top, wide)
        top += rows.height + 20
    return sheet.figure


class _Heads:
    """Column names over a block: in up to three lines, or turned to read upwards."""

    def __init__(self, names: list[str], wide: float, turned: bool) -> None:
        self.turned = turned
        self.lines = [
            [theme.fit(name, TALLEST_HEAD, theme.SMALL)] if turned else _wrapped(name, wide) for name in names
        ]
        longest = max(theme.text_width(lines[0], theme.SMALL) for lines in self.lines)
        self.height = 10 + (longest if turned else HEAD_LINE * max(len(lines) for lines in self.lines))


def _wrapped(name: str, wide: float) -> list[str]:
    return theme.wrap(name, wide - 6, 3, theme.SMALL)


def _heading(sheet: Sheet, head: _Heads, left: float, top: float, wide: float) -> None:
    bottom = top + head.height - 6
    for i, lines in enumerate(head.lines):
        centre = left + wide * (i + 0.5)
        if head.turned:
            sheet.text(centre, bottom, lines[0], size=theme.SMALL, turned=True)
            continue
        for j, line in enumerate(reversed(lines)):
            sheet.text(centre, bottom - HEAD_LINE * (j + 0.5), line, size=theme.SMALL, align="center")


def _row(
    sheet: Sheet, chart: ScoreHeatMap, row: HeatRow, part: range, rows: Rows, i: int, top: float, wide: float
) -> None:
    cells = chart.cells(row)
    tall = 28.0 if rows.above else rows.step
    for place, at in enumerate(part):
        _cell(sheet, chart, cells[at], rows.left + wide * place, rows.y(i, top) - tall / 2, wide, tall)


def _cell(
    sheet: Sheet, chart: ScoreHeatMap, cell: HeatCell, x: float, y: float, wide: float, tall: float
) -> None:
    value, middle = cell.known, (x + wide / 2, y + tall / 2)
    if value is None:
        sheet.text(*middle, "–", color=theme.MUTED, size=theme.SMALL, align="center")
        return
    step = _step(chart.points.share(value))
    ink = theme.HEAT_TEXT[step]
    sheet.box(x + 1, y + 1, wide - 2, tall - 2, theme.HEAT[step])
    text = theme.fit(chart.points.write(value), wide - 4, theme.SMALL)
    sheet.text(*middle, text, color=ink, size=theme.SMALL, align="center")
    if cell.split:
        sheet.corner(x + wide - 3, y + 3, 8, ink)


def _step(share: float) -> int:
    """Which of the fills, by fifths of the scale."""
    return min(int(share * len(theme.HEAT)), len(theme.HEAT) - 1)


def _legend(sheet: Sheet, chart: ScoreHeatMap) -> None:
    worst, best = (theme.fit(words.number(end), 60, theme.SMALL) for end in chart.points.worst_first)
    x = 0.0
    sheet.text(x, 10, worst, color=theme.MUTED, size=theme.SMALL)
    x += theme.text_width(worst, theme.SMALL) + 6
    for fill in theme.HEAT:
        sheet.box(x, 2, 20, 16, fill)
        x += 21
    best = f"{best} (best)"
    sheet.text(x + 5, 10, best, color=theme.MUTED, size=theme.SMALL)
    x += theme.text_width(best, theme.SMALL) + 25
    x, y = (0.0, 32.0) if sheet.narrow else (x, 10.0)
    if any(cell.split for row in chart.rows for cell in chart.cells(row)):
        sheet.box(x, y - 8, 20, 16, theme.HEAT[1])
        sheet.corner(x + 18, y - 6, 8, theme.HEAT_TEXT[1])
        sheet.text(x + 26, y, "Reviewers disagree", color=theme.MUTED, size=theme.SMALL)
        x += 46 + theme.text_width("Reviewers disagree", theme.SMALL)
    if any(cell.known is None for row in chart.rows for cell in chart.cells(row)):
        sheet.text(x + 8, y, "–", color=theme.MUTED, size=theme.SMALL, align="center")
        sheet.text(x + 22, y, "No score", color=theme.MUTED, size=theme.SMALL)
