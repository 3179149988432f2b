"""Draws an interrupted series: readings over time, the launch, the fitted line and the one had nothing changed."""

from collections.abc import Sequence
from datetime import date

from matplotlib.figure import Figure

from incubator.charts import theme, words
from incubator.charts.dressing import key, key_height, time_labels, value_axis
from incubator.charts.interrupted_series import InterruptedSeries, Stretch
from incubator.charts.process_chart import unbroken
from incubator.charts.sheet import DASH, DOTS, Scale, Sheet, span, spread

COMPARED = theme.CATEGORIES[4]
Label = tuple[float, str, str, int]


def draw(chart: InterruptedSeries, narrow: bool) -> Figure:
    entries = _entries(chart, narrow)
    top = 10 + key_height(entries, narrow) + 34
    sheet = Sheet(narrow, top + (230 if narrow else 250))
    key(sheet, entries, 10.0)
    labels = _labels(chart, narrow)
    room = (
        max((theme.text_width(text, theme.SMALL, weight) for _, text, _, weight in labels), default=0.0) + 12
    )
    right = sheet.width - min(room, sheet.width * 0.4)
    bottom = sheet.height - 30
    y, left = value_axis(sheet, *_reach(chart), 0, right, top, bottom, most=5)
    unit = theme.fit(words.clean(chart.unit), 120, theme.SMALL)
    sheet.text(0, top - 14, unit, color=theme.MUTED, size=theme.SMALL)
    x = _time(chart, left + 10, right - 10)
    _band(sheet, chart.without_stretch, x, y)
    _upright(sheet, chart, x, top, bottom, theme.text_width(unit, theme.SMALL) + 8)
    if chart.compared:
        _readings(sheet, chart.compared, x, y, "s", COMPARED)
    _readings(sheet, chart.known, x, y, "o", theme.ROUTINE)
    if chart.without_stretch is not None:
        _line(sheet, chart.without_stretch, x, y, theme.ORANGE, dashed=True)
    for stretch in chart.fitted_stretches:
        _line(sheet, stretch, x, y, theme.BLUE, dashed=False)
    places = spread([y(value) for value, *_ in labels], 17, top, bottom - 4)
    for (_, text, color, weight), place in zip(labels, places, strict=True):
        fitted = theme.fit(text, sheet.width - right - 6, theme.SMALL, weight)
        sheet.text(right + 6, place, fitted, color=color, size=theme.SMALL, weight=weight)
    time_labels(sheet, x, bottom + 16)
    return sheet.figure


def _entries(chart: InterruptedSeries, narrow: bool) -> list[tuple[str, str, str]]:
    entries = [("o", theme.ROUTINE, words.clean(chart.name, 40))]
    if chart.compared:
        entries.append(("s", COMPARED, words.clean(chart.comparison_name, 40)))
    if chart.fitted_stretches:
        entries.append(("line", theme.BLUE, "Fitted"))
    stretch = chart.without_stretch
    if stretch is not None and (narrow or stretch.band):
        entries.append(("dash", theme.ORANGE, "Without the pilot"))
    if stretch is not None and stretch.band:
        entries.append(("box", theme.BAND2, f"{words.percent(chart.confidence)} band"))
    return entries


def _reach(chart: InterruptedSeries) -> tuple[float, float]:
    lines = [*chart.fitted_stretches, *([chart.without_stretch] if chart.without_stretch else [])]
    return span(
        [
            *(value for _, value in (*chart.known, *chart.compared)),
            *(value for line in lines for _, value in line.points),
            *(end for line in lines for _, low, high in line.band for end in (low, high)),
        ]
    )


def _axis_days(chart: InterruptedSeries) -> list[date]:
    """Every day with a reading."""
    return sorted({day for day, _ in (*chart.known, *chart.compared)})


def _time(chart: InterruptedSeries, left: float, right: float) -> Scale:
    days = [day.toordinal() for day in _axis_days(chart)]
    lines = [*chart.fitted_stretches, *([chart.without_stretch] if chart.without_stretch else [])]
    days += [day.toordinal() for line in lines for day, _ in line.points]
    first, last = min(days), max(days)
    return Scale(first, last, left, right) if last > first else Scale(first - 1, last + 1, left, right)


def _labels(chart: InterruptedSeries, narrow: bool) -> list[Label]:
    """What stands at the right end of each line; on a phone only its number."""
    found: list[Label] = []
    if chart.without_stretch is not None:
        value = chart.without_stretch.points[-1][1]
        found.append((value, f"Without the pilot {words.number(value)}", theme.ORANGE, 400))
    if chart.fitted_stretches:
        value = chart.fitted_stretches[-1].points[-1][1]
        found.append((value, f"Fitted {words.number(value)}", theme.BLUE, 700))
    if chart.compared:
        value = chart.compared[-1][1]
        found.append(
            (value, f"{words.clean(chart.comparison_name, 40)} {words.number(value)}", COMPARED, 400)
        )
    if not chart.fitted_stretches:
        value = chart.known[-1][1]
        found.append((value, f"Latest {words.number(value)}", theme.INK, 700))
    if narrow:
        return [(value, text.rpartition(" ")[2], color, weight) for value, text, color, weight in found]
    return found


def _readings(
    sheet: Sheet, readings: Sequence[tuple[date, float]], x: Scale, y: Scale, marker: str, color: str
) -> None:
    xs, ys = [x(day.toordinal()) for day, _ in readings], [y(value) for _, value in readings]
    for run in unbroken([day for day, _ in readings]):
        stretch = slice(run.start, run.stop)
        sheet.line(
            xs[stretch],
            ys[stretch],
            theme.GRID if marker == "o" else color,
            1.0,
            None if marker == "o" else DOTS,
        )
    sheet.marks(xs, ys, marker, color, 7.0 if len(xs) <= 60 else 4.5)


def _line(sheet: Sheet, stretch: Stretch, x: Scale, y: Scale, color: str, *, dashed: bool) -> None:
    xs, ys = [x(day.toordinal()) for day, _ in stretch.points], [y(value) for _, value in stretch.points]
    if len(xs) == 1:
        xs, ys = [xs[0] - 4, xs[0] + 4], ys * 2
    sheet.line(xs, ys, color, 2.4, DASH if dashed else None)


def _band(sheet: Sheet, stretch: Stretch | None, x: Scale, y: Scale) -> None:
    if stretch is None or len(stretch.band) < 2:
        return
    over = [(x(day.toordinal()), y(high)) for day, _, high in stretch.band]
    under = [(x(day.toordinal()), y(low)) for day, low, _ in stretch.band]
    sheet.polygon([*over, *under[::-1]], theme.BAND2)


def _upright(
    sheet: Sheet, chart: InterruptedSeries, x: Scale, top: float, bottom: float, free: float
) -> None:
    """The launch and the process changes, named above the plot where there is room."""
    marks = [(chart.launch, "Launch", True)] if chart.launch else []
    marks += [
        (change.when, words.clean(change.name, 40) or "Process change", False) for change in chart.changes
    ]
    taken: list[tuple[float, float]] = [(0.0, free)]
    for day, text, strong in marks:
        # Half a day early: the day of the launch itself is after.
        at = x(day.toordinal() - 0.5)
        if not x.start - 10 <= at <= x.end + 10:
            continue
        sheet.line(
            [at, at], [top - 6, bottom], theme.INK if strong else theme.MUTED, 1.4, None if strong else DOTS
        )
        weight = 600 if strong else 400
        label = theme.fit(text, 170, theme.SMALL, weight)
        half = theme.text_width(label, theme.SMALL, weight) / 2
        centre = min(max(at, half), sheet.width - half)
        if any(centre - half - 6 < end and centre + half + 6 > begin for begin, end in taken):
            continue
        taken.append((centre - half, centre + half))
        color = theme.INK if strong else theme.MUTED
        sheet.text(centre, top - 15, label, size=theme.SMALL, weight=weight, color=color, align="center")
