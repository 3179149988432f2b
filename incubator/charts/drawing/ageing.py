"""Draws ages in stages: a column per stage, or a row per stage on a phone."""

from matplotlib.figure import Figure

from incubator.charts import theme, words
from incubator.charts.ageing import Ageing, AgeingStage
from incubator.charts.dressing import key, value_axis
from incubator.charts.sheet import DASH, Scale, Sheet, span

MOST_LABELS = 8


def draw(chart: Ageing, narrow: bool) -> Figure:
    return _rows(chart) if narrow else _columns(chart)


def _levels(stage: AgeingStage) -> list[tuple[float, str]]:
    """The limits of a stage in rising order with their short names."""
    if stage.quantiles is not None:
        named = zip(stage.quantiles, ("50%", "85%", "95%"), strict=True)
        found = [(known, name) for value, name in named if (known := words.finite(value)) is not None]
        if found:
            return found
    policy = words.finite(stage.policy)
    return [] if policy is None else [(policy, "limit")]


def _highest(chart: Ageing) -> float:
    """The top of the axis: all ages, and the limits that do not push them into a corner."""
    days = [d for stage in chart.stages for _, d in stage.known]
    reach = max(*days, 1.0) * 2
    limits = [value for stage in chart.stages for value, _ in _levels(stage) if value <= reach]
    return span([*days, *limits, 0.0, 1.0], zero=True)[1]


def _columns(chart: Ageing) -> Figure:
    sheet = Sheet(False, 400)
    top = key(sheet, _key_entries(chart), 10.0) + 10
    bottom = sheet.height - 48
    sheet.text(0, top, "Days in stage", color=theme.MUTED, size=theme.SMALL)
    y, left = value_axis(sheet, 0.0, _highest(chart), 0, sheet.width, top + 18, bottom)
    slot = (sheet.width - left) / len(chart.stages)
    for i, stage in enumerate(chart.stages):
        x = left + slot * i
        _bands(sheet, stage, x + 4, slot - 8, y)
        _dots(sheet, stage, x + 4, slot - 8, y, top + 18)
        sheet.text(x + slot / 2, bottom + 16, theme.fit(words.clean(stage.name), slot - 8), align="center")
        many = words.plural(len(stage.known), chart.noun)
        sheet.text(
            x + slot / 2,
            bottom + 36,
            theme.fit(many, slot - 8, theme.SMALL),
            color=theme.MUTED,
            size=theme.SMALL,
            align="center",
        )
    return sheet.figure


def _key_entries(chart: Ageing) -> list[tuple[str, str, str]]:
    entries = [("o", theme.NAVY, "Not longer than usual")]
    if any(stage.overdue for stage in chart.stages):
        entries.append(("^", theme.ORANGE, "Longer than usual"))
    if any(len(_levels(stage)) > 1 for stage in chart.stages):
        entries.append(("dash", theme.MUTED, "Age reached by 50, 85, 95% of past work"))
    if any(name == "limit" for stage in chart.stages for _, name in _levels(stage)):
        entries.append(("line", theme.ORANGE, "The gate’s own limit"))
    return entries


def _bands(sheet: Sheet, stage: AgeingStage, x: float, wide: float, y: Scale) -> None:
    below = y(0)
    tones = (theme.PALE, theme.BAND, theme.BAND2)
    levels = _levels(stage)
    for (level, _), tone in zip(levels, tones, strict=False):
        value = min(level, y.high)
        sheet.box(x, y(value), wide, below - y(value), tone)
        below = y(value)
    last = float("inf")
    for value, name in levels:
        if value > y.high:
            break
        single = name == "limit"
        sheet.line(
            [x, x + wide],
            [y(value)] * 2,
            theme.ORANGE if single else theme.MUTED,
            1.6 if single else 1.0,
            None if single else DASH,
        )
        if last - y(value) >= 13:
            sheet.text(x + 3, y(value) - 7, name, color=theme.MUTED, size=12)
            last = y(value)


APART = 11.0
"""How far the middles of two marks lie apart, so that none covers another."""


def _lanes(places: list[float], most: int) -> list[int]:
    """For marks along a line the lane beside it in which none touches another: 0 where there is room."""
    ends: list[float] = []
    found = []
    for place in places:
        free = next((lane for lane, last in enumerate(ends) if abs(place - last) >= APART), None)
        lane = min(len(ends), most - 1) if free is None else free
        ends[lane : lane + 1] = [place]
        found.append(lane)
    return found


def _dots(sheet: Sheet, stage: AgeingStage, x: float, wide: float, y: Scale, top: float) -> None:
    late = set(stage.overdue)
    # A mark at no days stands on the axis, not across it.
    places = [min(y(days), y(0) - APART / 2) for _, days in stage.known]
    # Right of the limits' names.
    start = x + min(44.0, wide * 0.3)
    lanes = _lanes(places, max(int(wide * 0.4 / APART), 1))
    edge, shown = -1e9, 0
    for pair, at, lane in zip(stage.known, places, lanes, strict=True):
        label, _days = pair
        color, marker = (theme.ORANGE, "^") if pair in late else (theme.NAVY, "o")
        sheet.marks([start + lane * APART], [at], marker, color, 9 if marker == "^" else 8)
        if at - edge >= 15 and shown < MOST_LABELS:
            beside = [one for other, one in zip(places, lanes, strict=True) if abs(other - at) < 15]
            spot = start + max(beside) * APART + 8
            text = theme.fit(label, x + wide - spot - 2, theme.SMALL)
            sheet.text(spot, at, text, color=color if pair in late else theme.INK, size=theme.SMALL)
            edge, shown = at, shown + 1


def _rows(chart: Ageing) -> Figure:
    step = 78
    sheet = Sheet(True, 46 + step * len(chart.stages))
    top = key(sheet, _key_entries(chart)[:2], 10.0) + 4
    x = Scale(0.0, _highest(chart), 6.0, sheet.width - 10)
    for i, stage in enumerate(chart.stages):
        _row(sheet, chart, stage, x, top + step * i)
    return sheet.figure


def _row(sheet: Sheet, chart: Ageing, stage: AgeingStage, x: Scale, y: float) -> None:
    many = words.plural(len(stage.known), chart.noun)
    room = sheet.width - theme.text_width(many, theme.SMALL) - 16
    sheet.text(0, y + 8, theme.fit(words.clean(stage.name), room, theme.SIZE, 600), weight=600)
    sheet.text(sheet.width, y + 8, many, color=theme.MUTED, size=theme.SMALL, align="right")
    left = x(0)
    for (level, name), tone in zip(_levels(stage), (theme.PALE, theme.BAND, theme.BAND2), strict=False):
        value = min(level, x.high)
        sheet.box(left, y + 20, x(value) - left, 24, tone)
        if level > x.high:
            break
        sheet.line([x(value)] * 2, [y + 20, y + 44], theme.ORANGE if name == "limit" else theme.MUTED, 1.2)
        left = x(value)
    sheet.line([x(0), sheet.width - 4], [y + 44, y + 44], theme.AXIS, 1.0)
    late = set(stage.overdue)
    ends = [x(0) - APART / 2] * 2
    for pair in reversed(stage.known):
        # The first of two lanes with room; without any the mark moves on to where it covers none.
        at = x(pair[1])
        lane = next((i for i, end in enumerate(ends) if at - end >= APART), ends.index(min(ends)))
        ends[lane] = min(max(at, ends[lane] + APART), sheet.width - 6)
        marker, color, size = ("^", theme.ORANGE, 9.5) if pair in late else ("o", theme.NAVY, 8.0)
        sheet.marks([ends[lane]], [y + 37 - lane * APART], marker, color, size)
    if stage.known:
        label, days = stage.known[0]
        color = theme.ORANGE if stage.known[0] in late else theme.MUTED
        limit = f", usual at most {words.number(round(stage.old))}" if stage.old is not None else ""
        text = theme.fit(f"Oldest {label}: {words.number(round(days))} days{limit}", sheet.width, theme.SMALL)
        sheet.text(0, y + 57, text, color=color, size=theme.SMALL)
