"""Axes and keys drawn the same way on every chart."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from incubator.charts import theme, words
from incubator.charts.sheet import Scale, Sheet, ticks

KEY_LINE = 22.0


def tick_texts(values: Sequence[float], write: Callable[[float], str] = words.number) -> list[str]:
    """Tick labels that stay distinct even for values that differ only in late digits."""
    texts = [write(value) for value in values]
    if len(set(texts)) == len(texts):
        return texts
    return [f"{value:.9g}".replace("-", "−") for value in values]


def value_axis(
    sheet: Sheet,
    low: float,
    high: float,
    left: float,
    right: float,
    top: float,
    bottom: float,
    write: Callable[[float], str] = words.number,
    most: int = 6,
) -> tuple[Scale, float]:
    """Horizontal grid lines with their values at the left.

    Returns the scale from values to y and the x where the plot begins, right of the widest label.
    """
    found = ticks(low, high, most)
    texts = [theme.fit(text, 80, theme.SMALL) for text in tick_texts(found, write)]
    start = left + max((theme.text_width(text, theme.SMALL) for text in texts), default=0.0) + 8
    scale = Scale(low, high, bottom, top)
    for value, text in zip(found, texts, strict=True):
        y = scale(value)
        sheet.line([start, right], [y, y], theme.AXIS if value == 0 else theme.GRID, 1.0)
        sheet.text(start - 8, y, text, color=theme.MUTED, size=theme.SMALL, align="right")
    return scale, start


def bottom_labels(sheet: Sheet, xs: Sequence[float], texts: Sequence[str], y: float) -> None:
    """Labels under the plot, kept on the sheet, left out where they would touch.

    The first is always shown; of the others those that name a year go before the rest.
    """
    taken: list[tuple[float, float]] = []
    named = [i for i, text in enumerate(texts) if text]
    for i in sorted(named, key=lambda i: (i != named[0], not texts[i][-4:].isdigit(), i)):
        width = theme.text_width(texts[i], theme.SMALL)
        centre = min(max(xs[i], width / 2 + 1), sheet.width - width / 2 - 1)
        begin, end = centre - width / 2 - 6, centre + width / 2 + 6
        if any(begin < right and end > left for left, right in taken):
            continue
        sheet.text(centre, y, texts[i], color=theme.MUTED, size=theme.SMALL, align="center")
        taken.append((begin, end))


def month_labels(days: Sequence[date]) -> list[str]:
    """'Jan 2025' where a year begins on the axis, 'Feb' within it."""
    texts, year = [], None
    for day in days:
        texts.append(f"{day:%b} {day.year}" if day.year != year else f"{day:%b}")
        year = day.year
    return texts


def key(sheet: Sheet, entries: Sequence[tuple[str, str, str]], y: float, left: float = 0.0) -> float:
    """A row of shape, color, word; wraps to the sheet's width. Shapes: a marker, 'line', 'dash', 'bar', 'ring',
    'diamond' (open), 'box', 'edge'.

    Returns the y below the last row.
    """
    lines = 0
    for (shape, color, _), (x, line, label) in zip(
        entries, _key_places(entries, sheet.width, left), strict=True
    ):
        _key_mark(sheet, shape, color, x, y + KEY_LINE * line)
        sheet.text(x + 22, y + KEY_LINE * line, label, color=theme.MUTED, size=theme.SMALL)
        lines = line
    return y + KEY_LINE * (lines + 1)


def key_height(entries: Sequence[tuple[str, str, str]], narrow: bool) -> float:
    """How much room the rows of a key take, before there is a sheet."""
    places = _key_places(entries, float(theme.NARROW if narrow else theme.WIDE), 0.0)
    return KEY_LINE * (places[-1][1] + 1) if places else KEY_LINE


def _key_places(
    entries: Sequence[tuple[str, str, str]], width: float, left: float
) -> list[tuple[float, int, str]]:
    """Left edge, row and fitted word of each entry."""
    found = []
    x, line = left, 0
    for _, _, text in entries:
        label = theme.fit(text, width - left - 26, theme.SMALL)
        wide = 22 + theme.text_width(label, theme.SMALL)
        if x > left and x + wide > width:
            x, line = left, line + 1
        found.append((x, line, label))
        x += wide + 16
    return found


def _key_mark(sheet: Sheet, shape: str, color: str, x: float, y: float) -> None:
    if shape in {"line", "dash"}:
        sheet.line([x, x + 16], [y, y], color, 2.0, (0, (3, 2)) if shape == "dash" else None)
    elif shape == "bar":
        sheet.line([x + 8, x + 8], [y - 7, y + 7], color, 2.6)
    elif shape == "ring":
        sheet.marks([x + 8], [y], "o", color, 9, hollow=True)
    elif shape == "diamond":
        sheet.marks([x + 8], [y], "D", color, 9, hollow=True)
    elif shape == "box":
        sheet.box(x + 1, y - 6, 13, 13, color)
    elif shape == "edge":
        sheet.outline(x + 1, y - 6, 13, 13, color)
    else:
        sheet.marks([x + 8], [y], shape, color, 10)


def time_scale(days: Sequence[date], left: float, right: float) -> Scale:
    """From a day's ordinal to x; a single day stands in the middle."""
    first, last = min(days).toordinal(), max(days).toordinal()
    return Scale(first, last, left, right) if last > first else Scale(first - 1, last + 1, left, right)


def time_labels(sheet: Sheet, x: Scale, y: float) -> None:
    """The days, months or years under a time axis, the same time apart."""
    room = max(int((x.end - x.start) // 62), 1)
    found = _days_between(date.fromordinal(int(x.low)), date.fromordinal(int(x.high)), room)
    bottom_labels(sheet, [x(day.toordinal()) for day, _ in found], [text for _, text in found], y)


def _days_between(first: date, last: date, most: int) -> list[tuple[date, str]]:
    """At most about so many days an equal time apart, with their labels."""
    reach = (last - first).days
    if reach <= 60:
        step = next(days for days in (1, 2, 7, 14, 30, 61) if reach / days <= most)
        days = [first + timedelta(days=step * i) for i in range(reach // step + 1)]
        return [(day, f"{day:%b} {day.day}") for day in days]
    months = first.year * 12 + first.month - (1 if first.day == 1 else 0)
    until = last.year * 12 + last.month - 1
    step = next((n for n in (1, 2, 3, 4, 6) if (until - months) / n < most), 12)
    if step == 12:
        step *= next(n for n in (1, 2, 5, 10, 20, 50, 100, 500, 5000) if (until - months) / (12 * n) < most)
    places = [
        at
        for at in range(months, until + 1)
        if at % min(step, 12) == 0 and at // 12 % max(step // 12, 1) == 0
    ]
    ticks_ = [date(at // 12, at % 12 + 1, 1) for at in places]
    if step >= 12:
        return [(day, str(day.year)) for day in ticks_]
    return list(zip(ticks_, month_labels(ticks_), strict=True))


def reading_labels(days: Sequence[date]) -> list[str]:
    """Labels of single readings: years, months or days by how much time they span; empty where nothing new."""
    if not days:
        return []
    reach = (days[-1] - days[0]).days
    if reach > 3 * 366:
        years = [str(day.year) for day in days]
        return ["" if i and years[i] == years[i - 1] else text for i, text in enumerate(years)]
    if reach > 60:
        texts = month_labels(days)
        same = [
            i > 0 and (days[i].year, days[i].month) == (days[i - 1].year, days[i - 1].month)
            for i in range(len(days))
        ]
        return ["" if old else text for old, text in zip(same, texts, strict=True)]
    return [
        f"{day:%b} {day.day}" if i and day.year == days[i - 1].year else f"{day:%b} {day.day}, {day.year}"
        for i, day in enumerate(days)
    ]
