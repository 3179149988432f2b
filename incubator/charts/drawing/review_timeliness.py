"""Draws the share of reviews handed in as a curve of steps around the due day."""

from matplotlib.figure import Figure

from incubator.charts import theme, words
from incubator.charts.dressing import bottom_labels, value_axis
from incubator.charts.labels import Box, beside
from incubator.charts.review_timeliness import ReviewTimeliness
from incubator.charts.sheet import Scale, Sheet, ticks

WEEK = 7


def draw(chart: ReviewTimeliness, narrow: bool) -> Figure:
    sheet = Sheet(narrow, 300 if narrow else 340)
    top, bottom = 46.0, sheet.height - 44
    right = sheet.width - 8
    days = [float(day) for day, _ in chart.known]
    reach = max(days[-1], 0.0) - min(days[0], 0.0)
    air = max(reach * 0.06, 1.0)
    sheet.text(0, 10, "Share of reviews handed in", color=theme.MUTED, size=theme.SMALL)
    y, left = value_axis(sheet, 0.0, 1.0, 0, right, top, bottom, words.percent)
    x = Scale(min(days[0], 0.0) - air, max(days[-1], 0.0) + air, left, right)
    due = x(0)
    sheet.box(due, top, right - due, bottom - top, theme.PALE)
    for share in ticks(0.0, 1.0):
        sheet.line([due, right], [y(share)] * 2, theme.GRID)
    sheet.line([left, right], [y(0)] * 2, theme.AXIS)
    sheet.line([due, due], [top - 6, bottom], theme.INK, 1.6)
    name = "Due day"
    half = theme.text_width(name, theme.SMALL, 600) / 2
    centre = min(max(due, half), sheet.width - half)
    sheet.text(centre, top - 15, name, size=theme.SMALL, weight=600, align="center")
    _curve(sheet, chart, x, y, (left + 4, top - 9, right, bottom))
    found = _days(x)
    bottom_labels(sheet, [x(day) for day in found], [_day(day) for day in found], bottom + 13)
    sheet.text(
        left, bottom + 33, "Days before (−) and after (+) the due day", color=theme.MUTED, size=theme.SMALL
    )
    return sheet.figure


def _curve(sheet: Sheet, chart: ReviewTimeliness, x: Scale, y: Scale, bounds: Box) -> None:
    xs, ys, before = [x.start], [y(0)], 0.0
    for day, share in chart.known:
        xs += [x(day), x(day)]
        ys += [y(before), y(share)]
        before = share
    sheet.line(xs, ys, theme.BLUE, 2.6)
    end = (xs[-1], ys[-1])
    sheet.marks([end[0]], [end[1]], "o", theme.BLUE, 8)
    taken: list[Box] = [
        (x0 - 3, min(y0, y1) - 3, x1 + 3, max(y0, y1) + 3)
        for x0, x1, y0, y1 in zip(xs, xs[1:], ys, ys[1:], strict=False)
    ]
    taken.append((x(0) - 2, bounds[1], x(0) + 2, bounds[3]))
    at_due = chart.share_at_due
    if at_due is not None:
        due = (x(0), y(at_due))
        sheet.marks([due[0]], [due[1]], "D", theme.BLUE, 11)
        own = (due[0] - 8, due[1] - 8, due[0] + 8, due[1] + 8)
        text = f"{words.percent(at_due)} by the due day"
        beside(sheet, text, own, taken, bounds, weight=600, color=theme.BLUE)
    if chart.known[-1][0] != 0 or at_due is None:
        text = f"{words.percent(before)} so far" if chart.open_reviews > 0 else words.percent(before)
        beside(sheet, text, (end[0] - 6, end[1] - 6, end[0] + 6, end[1] + 6), taken, bounds)


def _days(x: Scale) -> list[float]:
    """Whole weeks where they fit, so that the due day and its weekday are always among the marks."""
    reach = x.high - x.low
    if not 2 * WEEK <= reach <= 24 * WEEK:
        return [day for day in ticks(x.low, x.high) if day == round(day)]
    step = WEEK * next(weeks for weeks in (1, 2, 4) if reach / (WEEK * weeks) <= 7 or weeks == 4)
    first, last = -int(-x.low // step), int(x.high // step)
    return [float(step * i) for i in range(first, last + 1)]


def _day(day: float) -> str:
    return "0" if day == 0 else words.signed(day)
