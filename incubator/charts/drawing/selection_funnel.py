"""Draws agencies' shares selected against limits that narrow with the number of proposals."""

from matplotlib.figure import Figure

from incubator.charts import theme, words
from incubator.charts.dressing import bottom_labels, key, key_height, tick_texts, value_axis
from incubator.charts.labels import Box, beside
from incubator.charts.selection_funnel import FunnelPoint, SelectionFunnel
from incubator.charts.sheet import DASH, Scale, Sheet, spread, ticks

DODGES = (0.0, 5.0, -5.0, 9.0, -9.0)
"""How far a dot may step aside, in pixels; beyond that it would tell another number of proposals."""


def draw(chart: SelectionFunnel, narrow: bool) -> Figure:
    entries = _key_entries(chart)
    top = 10 + key_height(entries, narrow) + 26
    sheet = Sheet(narrow, top + (240 if narrow else 320) + 44)
    key(sheet, entries, 10.0)
    bottom, right = sheet.height - 44, sheet.width - (56 if narrow else 84)
    sheet.text(0, top - 20, "Share selected", color=theme.MUTED, size=theme.SMALL)
    y, left = value_axis(sheet, 0.0, 1.0, 0, right, top, bottom, words.percent)
    most = max(point.n for point in chart.known)
    x = Scale(0.0, most * 1.04, left, right)
    _limits(sheet, chart, x, y, right)
    found = [value for value in ticks(0.0, most) if value == round(value)]
    bottom_labels(sheet, [x(value) for value in found], tick_texts(found), bottom + 13)
    sheet.text(left, bottom + 33, "Proposals per agency", color=theme.MUTED, size=theme.SMALL)
    boxes = _dots(sheet, chart, x, y)
    _names(sheet, chart, x, y, boxes, (left, top - 8, right, bottom))
    return sheet.figure


def _key_entries(chart: SelectionFunnel) -> list[tuple[str, str, str]]:
    entries = []
    places = {chart.place(point) for point in chart.known}
    if "inside" in places:
        entries.append(("o", theme.NAVY, "Within chance"))
    if "few" in places:
        entries.append(("ring", theme.ROUTINE, f"Under {words.count(chart.enough)}, not compared"))
    if any(chart.above(point) for point in chart.outside):
        entries.append(("^", theme.ORANGE, "More often"))
    if not all(chart.above(point) for point in chart.outside):
        entries.append(("v", theme.ORANGE, "Less often"))
    if len(chart.bounds) > 1:
        entries += [("box", theme.BAND, "95% limits"), ("dash", theme.MUTED, "99.8% limits")]
    return entries


def _limits(sheet: Sheet, chart: SelectionFunnel, x: Scale, y: Scale, right: float) -> None:
    """The funnel as far as the agencies reach, and its names at the right end."""
    reach = [limit for limit in chart.bounds if 0 <= limit.n <= x.high]
    end = chart.limits_at(x.high)
    if end is not None and chart.bounds[-1].n >= x.high and (not reach or reach[-1].n < x.high):
        reach.append(end)
    names: list[tuple[float, str, str, int]] = []
    if len(reach) > 1:
        xs = [x(limit.n) for limit in reach]
        edges = {name: [y(_inside(getattr(limit, name))) for limit in reach] for name in _EDGES}
        sheet.polygon(
            [*zip(xs, edges["high95"], strict=True), *reversed([*zip(xs, edges["low95"], strict=True)])],
            theme.BAND,
        )
        for name in ("low998", "high998"):
            sheet.line(xs, edges[name], theme.MUTED, 1.3, DASH)
        names += [(edges[name][-1], text, theme.MUTED, 400) for name, text in _EDGES.items()]
    overall = words.finite(chart.overall)
    if overall is not None:
        text = f"{words.percent(_inside(overall))} {'all' if sheet.narrow else 'overall'}"
        names.append((y(_inside(overall)), text, theme.NAVY, 600))
    # Where limits and share lie close together, the share keeps its place and the rest makes room.
    names.sort(key=lambda entry: entry[0])
    places = spread([entry[0] for entry in names], 15, y.end, y.start)
    for place, (_, text, color, weight) in zip(places, names, strict=True):
        room = sheet.width - right - 6
        sheet.text(
            right + 6,
            place,
            theme.fit(text, room, theme.SMALL, weight),
            color=color,
            size=theme.SMALL,
            weight=weight,
        )


_EDGES = {"high998": "99.8%", "high95": "95%", "low95": "95%", "low998": "99.8%"}


_INTERVALS = {
    "few": (theme.AXIS, 0.8),
    "inside": (theme.AXIS, 1.2),
    "outside 95%": (theme.ORANGE, 1.6),
    "outside 99.8%": (theme.ORANGE, 1.6),
}


def _inside(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def _dots(sheet: Sheet, chart: SelectionFunnel, x: Scale, y: Scale) -> list[tuple[FunnelPoint, Box]]:
    """Every agency with its interval; those that would cover each other stand side by side."""
    spots: list[tuple[float, float]] = []
    for point in chart.known:
        px, py = x(point.n), y(point.share or 0.0)
        free = (px + step for step in DODGES if not _near(px + step, py, spots))
        spots.append((next(free, px), py))
    for point, (px, _) in zip(chart.known, spots, strict=True):
        if point.interval is not None:
            color, width = _INTERVALS[chart.place(point)]
            sheet.line([px, px], [y(end) for end in point.interval], color, width)
    overall = words.finite(chart.overall)
    if overall is not None:
        sheet.line([x.start, x.end], [y(_inside(overall))] * 2, theme.NAVY, 1.6)
    boxes = []
    for point, (px, py) in zip(chart.known, spots, strict=True):
        place = chart.place(point)
        if place == "few":
            sheet.marks([px], [py], "o", theme.ROUTINE, 7, hollow=True)
        elif place == "inside":
            sheet.marks([px], [py], "o", theme.NAVY, 8)
        else:
            sheet.marks([px], [py], "^" if chart.above(point) else "v", theme.ORANGE, 12)
        boxes.append((point, (px - 6, py - 6, px + 6, py + 6)))
    return boxes


def _near(px: float, py: float, spots: list[tuple[float, float]]) -> bool:
    return any(abs(px - qx) < 5 and abs(py - qy) < 8 for qx, qy in spots)


def _names(
    sheet: Sheet, chart: SelectionFunnel, x: Scale, y: Scale, dots: list[tuple[FunnelPoint, Box]], bounds: Box
) -> None:
    """Those outside the limits by name, clear of the lines where that can be."""
    taken = [box for _, box in dots]
    lines = [
        (x(limit.n) - 4, y(_inside(share)) - 2, x(limit.n) + 4, y(_inside(share)) + 2)
        for limit in chart.bounds
        for share in (limit.low998, limit.high998)
    ]
    for point, own in dots:
        if point in chart.outside and point.interval is not None:
            high, low = (y(end) for end in reversed(point.interval))
            lines.append((own[0] + 4, high, own[2] - 4, low))
    for point, own in dots:
        if point in chart.outside:
            text = theme.fit(words.clean(point.label), 130 if sheet.narrow else 220, theme.SMALL, 600)
            beside(sheet, text, own, taken, bounds, lines=lines, weight=600)
