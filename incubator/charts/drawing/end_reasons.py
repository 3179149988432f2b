"""Draws end reasons as horizontal bars."""

from matplotlib.figure import Figure

from incubator.charts import theme, words
from incubator.charts.dressing import key
from incubator.charts.end_reasons import EndReasons
from incubator.charts.sheet import Sheet


def draw(chart: EndReasons, narrow: bool) -> Figure:
    step = 50 if narrow else 36
    good = any(reason.success for reason in chart.ranked)
    head = 30 if good else 4
    sheet = Sheet(narrow, head + step * len(chart.ranked))
    if good:
        key(sheet, [("box", theme.BLUE, "Ended as a success"), ("box", theme.ROUTINE, "Other ends")], 10.0)
    texts = [f"{words.count(r.count)} ({words.percent(r.count / chart.total)})" for r in chart.ranked]
    room = max(theme.text_width(text, theme.SIZE, 600) for text in texts) + 10
    left = (
        0.0 if narrow else min(max(theme.text_width(words.clean(r.reason)) for r in chart.ranked), 250.0) + 12
    )
    wide = sheet.width - left - room
    most = chart.ranked[0].count
    for i, (reason, text) in enumerate(zip(chart.ranked, texts, strict=True)):
        top = head + step * i
        y = top + (34 if narrow else step / 2)
        name = words.clean(reason.reason)
        if narrow:
            sheet.text(0, top + 12, theme.fit(name, sheet.width))
        else:
            sheet.text(left - 12, y, theme.fit(name, left - 12), align="right")
        long = max(wide * (reason.count / most), 2.0)
        sheet.box(left, y - 8, long, 16, theme.BLUE if reason.success else theme.ROUTINE)
        sheet.text(left + long + 8, y, text, weight=600)
    return sheet.figure
