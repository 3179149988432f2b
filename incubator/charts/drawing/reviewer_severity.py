"""Draws how reviewers differ from the panel, one row each around a line at zero."""

from matplotlib.figure import Figure

from incubator.charts import theme, words
from incubator.charts.dressing import key, key_height
from incubator.charts.reviewer_severity import ReviewerSeverity, SeverityRow
from incubator.charts.rows import Rows
from incubator.charts.sheet import Scale, Sheet, span, ticks

CLEAR = ("o", theme.NAVY)
CHANCE = ("ring", theme.ROUTINE)
OWN = ("D", theme.BLUE)


def draw(chart: ReviewerSeverity, narrow: bool) -> Figure:
    rows = Rows(narrow, len(chart.known), tail=64, edge=14)
    entries = _key_entries(chart)
    head = 10 + key_height(entries, narrow) + 30
    sheet = Sheet(narrow, head + rows.height + 44)
    key(sheet, entries, 10.0)
    ends = [abs(end) for row in chart.known for end in (row.effect, *(row.interval or ()))]
    reach = span([0.0, *ends], zero=True)[1]
    x = Scale(-reach, reach, rows.left, rows.right)
    rows.tint(sheet, head)
    found = ticks(-reach, reach, 5 if narrow else 7)
    caption = "Points below or above the panel"
    rows.axis(sheet, x, found, [words.signed(value) for value in found], head, caption)
    for begin, end in rows.spans(head):
        sheet.line([x(0), x(0)], [begin, end], theme.INK, 1.4)
    _ends(sheet, chart, rows, head)
    for i, row in enumerate(chart.known):
        own = bool(chart.own) and row.label == chart.own
        name = f"{words.clean(row.label, 100)} (you)" if own else row.label
        rows.name(sheet, i, head, name, words.count(row.reviews), 700 if own else 400)
        _row(sheet, row, OWN if own else CLEAR if row.clear else CHANCE, x, rows.y(i, head))
    return sheet.figure


def _key_entries(chart: ReviewerSeverity) -> list[tuple[str, str, str]]:
    others = [row for row in chart.known if not chart.own or row.label != chart.own]
    entries = []
    if any(row.clear for row in others):
        entries.append((*CLEAR, "Clear difference"))
    if not all(row.clear for row in others):
        entries.append((*CHANCE, "May be chance"))
    if len(others) < len(chart.known):
        entries.append((*OWN, "You"))
    return [*entries, ("line", theme.MUTED, "95% interval")]


def _ends(sheet: Sheet, chart: ReviewerSeverity, rows: Rows, top: float) -> None:
    fewer, more = chart.ends
    start = rows.left - rows.edge
    sheet.text(start, top - 15, f"← {fewer}", size=theme.SMALL, weight=600)
    end = sheet.width - 64 if rows.above else rows.right + rows.edge
    sheet.text(end, top - 15, f"{more} →", size=theme.SMALL, weight=600, align="right")
    sheet.text(sheet.width, top - 15, "Reviews", color=theme.MUTED, size=theme.SMALL, align="right")


def _row(sheet: Sheet, row: SeverityRow, look: tuple[str, str], x: Scale, y: float) -> None:
    shape, color = look
    if row.interval is not None:
        low, high = (x(end) for end in row.interval)
        sheet.line([low, max(high, low + 1)], [y, y], color, 2.4)
    hollow = shape == "ring"
    sheet.marks([x(row.effect)], [y], "o" if hollow else shape, color, 9, hollow=hollow)
