"""Draws money by stage as pairs of bars."""

from matplotlib.figure import Figure

from incubator.charts import theme, words
from incubator.charts.dressing import key
from incubator.charts.sheet import Scale, Sheet
from incubator.charts.stage_money import StageMoney


def draw(chart: StageMoney, narrow: bool) -> Figure:
    step = 68 if narrow else 52
    sheet = Sheet(narrow, 30 + step * len(chart.stages))
    key(sheet, [("edge", theme.ROUTINE, "Planned"), ("box", theme.BLUE, "Actual")], 10.0)
    sums = [float(value) for stage in chart.stages for value in (stage.planned, stage.actual)]
    room = max(theme.text_width(words.money(value), theme.SMALL, 600) for value in sums) + 10
    left = (
        0.0 if narrow else min(max(theme.text_width(words.clean(s.name)) for s in chart.stages), 200.0) + 12
    )
    start = left + (room if min(sums) < 0 else 0)
    x = Scale(min(*sums, 0.0), max(*sums, 0.0), start, sheet.width - room)
    for i, stage in enumerate(chart.stages):
        top = 30.0 + step * i
        name = words.clean(stage.name)
        if narrow:
            sheet.text(0, top + 10, theme.fit(name, sheet.width, theme.SIZE, 600), weight=600)
            y = top + 29
        else:
            y = top + step / 2 - 10
            sheet.text(left - 12, y + 10, theme.fit(name, left - 12), align="right")
        sheet.line([x(0), x(0)], [y - 9, y + 29], theme.AXIS, 1.2)
        _bar(sheet, x, y, stage.planned, planned=True)
        _bar(sheet, x, y + 20, stage.actual, planned=False)
    return sheet.figure


def _bar(sheet: Sheet, x: Scale, y: float, cents: int, *, planned: bool) -> None:
    begin, end = sorted((x(0), x(cents)))
    if planned:
        sheet.outline(begin, y - 8, end - begin, 16, theme.ROUTINE)
    else:
        sheet.box(begin, y - 8, end - begin, 16, theme.BLUE)
    text, weight = words.money(cents), 400 if planned else 600
    if cents < 0:
        sheet.text(begin - 6, y, text, size=theme.SMALL, weight=weight, align="right")
    else:
        sheet.text(end + 6, y, text, size=theme.SMALL, weight=weight)
