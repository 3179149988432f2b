"""Draws the process chart."""

from collections.abc import Sequence
from datetime import date

from matplotlib.figure import Figure

from incubator.analytics.process_chart import Assurance, Limits, Meaning
from incubator.charts import theme, words
from incubator.charts.dressing import key, time_labels, time_scale, value_axis
from incubator.charts.process_chart import ProcessChart
from incubator.charts.sheet import DASH, DOTS, Scale, Sheet, span, spread

LOOK = {
    Meaning.ROUTINE: ("o", theme.ROUTINE, 7.0, "Routine"),
    Meaning.IMPROVEMENT: ("D", theme.BLUE, 8.0, "Improvement"),
    Meaning.CONCERN: ("^", theme.ORANGE, 9.5, "Concern"),
}


MARK_LINE = 30.0
"""Height of a row of marks under the chart."""


def draw(chart: ProcessChart, narrow: bool) -> Figure:
    marks = [mark for mark in (chart.variation, chart.assurance) if mark]
    foot = MARK_LINE * (len(marks) if narrow else min(len(marks), 1))
    sheet = Sheet(narrow, (320 if narrow else 340) + foot)
    values = [value for _, value in chart.known]
    labels = [] if narrow else _line_labels(chart)
    short = _line_labels(chart, short=True) if narrow else labels
    room = (
        max((theme.text_width(text, theme.SMALL, weight) for _, text, _, weight in short), default=0.0) + 12
    )
    right = sheet.width - min(room, sheet.width * 0.4)
    top = key(sheet, _key_entries(chart, narrow), 10.0) + (
        22 if chart.unit or _launch_at(chart) is not None or chart.changes else 4
    )
    bottom = sheet.height - 30 - foot
    limits = [s.limits for s in chart.analysis.segments if s.limits is not None]
    low, high = span(
        [*values, *_levels(chart), *(edge for found in limits for edge in (found.lower, found.upper))]
    )
    y, left = value_axis(sheet, low, high, 0, right, top, bottom, most=5)
    unit = theme.fit(words.clean(chart.unit), 120, theme.SMALL)
    sheet.text(0, top - 14, unit, color=theme.MUTED, size=theme.SMALL)
    x = time_scale([day for day, _ in chart.known], left + 8, right - 8)
    xs = [x(day.toordinal()) for day, _ in chart.known]
    _draw_limits(sheet, chart, xs, y, right - 2)
    _draw_target(sheet, chart, y, left, right)
    _draw_changes(sheet, chart, x, top, bottom, theme.text_width(unit, theme.SMALL) + 8)
    for run in chart.runs:
        sheet.line([xs[i] for i in run], [y(values[i]) for i in run], theme.ROUTINE, 1.5)
    crowd = 1.0 if len(values) <= 60 else 0.6
    for meaning, (marker, color, size, _) in LOOK.items():
        at = [i for i, point in enumerate(chart.analysis.points) if point.meaning is meaning]
        if at:
            sheet.marks([xs[i] for i in at], [y(values[i]) for i in at], marker, color, size * crowd)
    places = spread([y(value) for value, *_ in short], 17, top - 4, bottom - 4)
    for (_, text, color, weight), place in zip(short, places, strict=True):
        fitted = theme.fit(text, sheet.width - right - 6, theme.SMALL, weight)
        sheet.text(right + 6, place, fitted, color=color, size=theme.SMALL, weight=weight)
    time_labels(sheet, x, bottom + 16)
    _draw_marks(sheet, chart, sheet.height - foot + MARK_LINE / 2)
    return sheet.figure


def _levels(chart: ProcessChart) -> list[float]:
    found = (words.finite(chart.target), words.finite(chart.baseline))
    return [level for level in found if level is not None]


def _finite_limits(limits: Limits | None) -> Limits | None:
    """Limits that overflowed a float cannot be drawn."""
    if limits is None or words.finite(limits.lower) is None or words.finite(limits.upper) is None:
        return None
    return limits


def _launch_at(chart: ProcessChart) -> date | None:
    """The launch, when there are readings on both sides of it."""
    return chart.launch if 0 < chart.before_launch < len(chart.known) else None


def _key_entries(chart: ProcessChart, narrow: bool) -> list[tuple[str, str, str]]:
    seen = {point.meaning for point in chart.analysis.points}
    entries = [(look[0], look[1], look[3]) for meaning, look in LOOK.items() if meaning in seen]
    if _finite_limits(chart.analysis.limits) is not None:
        entries.append(("box", theme.BAND, chart.limits_name))
        if narrow:
            entries.append(("line", theme.NAVY, "Mean"))
    if narrow and words.finite(chart.target) is not None:
        entries.append(("dash", theme.ORANGE, chart.target_name))
    return entries


def _line_labels(chart: ProcessChart, *, short: bool = False) -> list[tuple[float, str, str, int]]:
    """Value, text, color and weight of each label at the right end."""
    found: list[tuple[float, str, str, int]] = []
    limits = _finite_limits(chart.analysis.limits)
    if limits is not None and limits.lower != limits.upper:
        found += [
            (limits.upper, f"Upper limit {words.number(limits.upper)}", theme.MUTED, 400),
            (limits.lower, f"Lower limit {words.number(limits.lower)}", theme.MUTED, 400),
        ]
    if limits is not None:
        name = "Baseline mean" if chart.limits_frozen else "Mean"
        found.append((limits.mean, f"{name} {words.number(limits.mean)}", theme.NAVY, 400))
    stated = words.finite(chart.baseline)
    if stated is not None and chart.before_launch < 2:
        found.append((stated, f"Planned baseline {words.number(stated)}", theme.MUTED, 400))
    target = words.finite(chart.target)
    if target is not None:
        found.append((target, f"{chart.target_name} {words.number(target)}", theme.ORANGE, 400))
    latest = chart.known[-1][1]
    color = LOOK[chart.analysis.points[-1].meaning][1]
    found.append(
        (latest, f"Latest {words.number(latest)}", theme.INK if color == theme.ROUTINE else color, 700)
    )
    if short:
        return [(value, text.rpartition(" ")[2], color, weight) for value, text, color, weight in found]
    return found


def _draw_limits(sheet: Sheet, chart: ProcessChart, xs: Sequence[float], y: Scale, end: float) -> None:
    for segment in chart.analysis.segments:
        limits = _finite_limits(segment.limits)
        if limits is None:
            continue
        start = (
            xs[segment.start] - 8 if segment.start == 0 else (xs[segment.start - 1] + xs[segment.start]) / 2
        )
        stop = end if segment.stop == len(xs) else (xs[segment.stop - 1] + xs[segment.stop]) / 2
        upper, lower = y(limits.upper), y(limits.lower)
        sheet.box(start, upper, stop - start, lower - upper, theme.BAND)
        sheet.line([start, stop], [y(limits.mean)] * 2, theme.NAVY, 1.3)
        if limits.trial:
            for edge in (upper, lower):
                sheet.line([start, stop], [edge, edge], theme.ROUTINE, 1.0, DOTS)


def _draw_target(sheet: Sheet, chart: ProcessChart, y: Scale, left: float, right: float) -> None:
    target, stated = words.finite(chart.target), words.finite(chart.baseline)
    if stated is not None and chart.before_launch < 2:
        sheet.line([left, right], [y(stated)] * 2, theme.MUTED, 1.2, DOTS)
    if target is not None:
        sheet.line([left, right], [y(target)] * 2, theme.ORANGE, 1.8, DASH)


def _draw_changes(
    sheet: Sheet, chart: ProcessChart, scale: Scale, top: float, bottom: float, free: float
) -> None:
    """The launch, and the places where a recorded change of the process began new limits."""
    at = _launch_at(chart)
    found = [] if at is None else [(at, "Pilot starts")]
    first, last = chart.known[0][0], chart.known[-1][0]
    found += [(day, "Process change") for day in sorted(set(chart.changes)) if first < day <= last]
    taken = [(0.0, free)]
    for day, text in found:
        x = scale(day.toordinal())
        sheet.line([x, x], [top - 12, bottom], theme.MUTED, 1.2, DOTS)
        wide = theme.text_width(text, theme.SMALL)
        beyond = x + 6 + wide > sheet.width
        begin = x - 6 - wide if beyond else x + 6
        if any(begin < end + 8 and begin + wide + 8 > start for start, end in taken):
            continue
        taken.append((begin, begin + wide))
        sheet.text(x - 6 if beyond else x + 6, top - 12, text, color=theme.MUTED, size=theme.SMALL,
                   align="right" if beyond else "left")  # fmt: skip


def _draw_marks(sheet: Sheet, chart: ProcessChart, y: float) -> None:
    """Variation and assurance, each as a small picture with its words."""
    x = 0.0
    for picture, text in ((_variation, chart.variation), (_assurance, chart.assurance)):
        if not text:
            continue
        picture(sheet, chart, x, y)
        label = theme.fit(text, sheet.width - x - 46, theme.SMALL, 600)
        sheet.text(x + 46, y, label, size=theme.SMALL, weight=600)
        if sheet.narrow:
            y += MARK_LINE
        else:
            x = sheet.width / 2


def _variation(sheet: Sheet, chart: ProcessChart, x: float, y: float) -> None:
    """A mark within the limits, or beyond them on the side it went to."""
    meaning = chart.analysis.points[-1].meaning
    marker, color, size, _ = LOOK[meaning]
    sheet.box(x, y - 6, 36, 12, theme.BAND)
    up = (meaning is Meaning.IMPROVEMENT) is (chart.direction == "up")
    end = y if meaning is Meaning.ROUTINE else y - 8 if up else y + 8
    sheet.line([x + 2, x + 14, x + 28], [y + 1, y - 1, end], theme.ROUTINE, 1.5)
    sheet.marks([x + 28], [end], marker, color, size)


def _assurance(sheet: Sheet, chart: ProcessChart, x: float, y: float) -> None:
    """The target as a line above, below or across the limits."""
    found = chart.analysis.assurance
    sheet.box(x, y - 5, 36, 10, theme.BAND)
    above = (found is Assurance.MISSES) is (chart.direction == "up")
    at = y if found is Assurance.HIT_AND_MISS else y - 9 if above else y + 9
    sheet.line([x, x + 36], [at, at], theme.ORANGE, 2.0, DASH)
