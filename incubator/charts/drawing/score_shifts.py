"""Draws changed reviews as arrows from the first to the final total."""

from matplotlib.figure import Figure

from incubator.charts import theme
from incubator.charts.dressing import key, key_height
from incubator.charts.rows import Rows
from incubator.charts.score_shifts import ScoreShifts, ShiftRow
from incubator.charts.sheet import Scale, Sheet, calm

HEAD = 10.0


def draw(chart: ScoreShifts, narrow: bool) -> Figure:
    if not chart.changed:
        return calm(narrow, chart.finding())
    rows = Rows(narrow, len(chart.changed), tail=72)
    better = [chart.improved(row) for row in chart.changed]
    entries = [("ring", theme.ROUTINE, "First round")]
    entries += [(">", theme.BLUE, "Final, better")] if any(better) else []
    entries += [("<", theme.ORANGE, "Final, worse")] if not all(better) else []
    head = 10 + key_height(entries, narrow) + 8
    sheet = Sheet(narrow, head + rows.height + 44)
    key(sheet, entries, 10.0)
    x = Scale(*chart.points.worst_first, rows.left, rows.right)
    rows.tint(sheet, head)
    rows.score_axis(sheet, x, chart.points, head, "Total")
    for i, (row, up) in enumerate(zip(chart.changed, better, strict=True)):
        tail = " → ".join(chart.points.write(value or 0.0) for value in (row.before, row.after))
        rows.name(sheet, i, head, row.label, theme.fit(tail, 110, theme.SMALL))
        _arrow(sheet, chart, row, up, x, rows.y(i, head))
    return sheet.figure


def _arrow(sheet: Sheet, chart: ScoreShifts, row: ShiftRow, up: bool, x: Scale, y: float) -> None:
    """Better always points to the right; the tip, not the middle of the head, stands at the final total."""
    color = theme.BLUE if up else theme.ORANGE
    begin, end = (x(chart.points.inside(value or 0.0)) for value in (row.before, row.after))
    middle = end - HEAD / 2 if up else end + HEAD / 2
    sheet.line([begin, middle], [y, y], color, 2.4)
    sheet.marks([begin], [y], "o", theme.ROUTINE, 7, hollow=True)
    sheet.marks([middle], [y], ">" if up else "<", color, HEAD)
