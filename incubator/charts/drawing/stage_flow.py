"""Draws the stage flow: columns of entries side by side, or bars below each other on a phone."""

from matplotlib.figure import Figure

from incubator.charts import theme, words
from incubator.charts.sheet import Sheet
from incubator.charts.stage_flow import Stage, StageFlow

PEACH = "#fca85e"
"""Stopped work; the same in the dark, where it stands on the dark surface."""


def draw(chart: StageFlow, narrow: bool) -> Figure:
    return _bars(chart) if narrow else _columns(chart)


def _columns(chart: StageFlow) -> Figure:
    sheet = Sheet(False, 340)
    n, top, tall = len(chart.stages), 64.0, 200.0
    most = max(stage.entered for stage in chart.stages)
    slot = sheet.width / n
    wide = min(34.0, slot * 0.28)
    for i, stage in enumerate(chart.stages):
        x, height = slot * i, _height(stage.entered, most, tall)
        room = slot - 10
        sheet.text(x, 16, theme.fit(words.clean(stage.name), room, theme.SIZE, 700), weight=700)
        sheet.text(
            x,
            36,
            _said(stage.entered, "entered", room),
            color=theme.MUTED,
            size=theme.SMALL,
        )
        last = i == n - 1
        sheet.box(x, top, wide, max(height, 1.0), theme.BLUE if last else theme.NAVY)
        on, stop = (_height(part, most, tall) for part in (stage.advanced, stage.stopped))
        if not last:
            after = _height(chart.stages[i + 1].entered, most, tall)
            on = min(on, height)
            if on:
                sheet.ribbon(
                    x + wide, slot * (i + 1), (top, top + on), (top, top + min(on, after)), theme.BAND
                )
        else:
            on = 0.0
        if stage.stopped:
            stop = min(stop, max(height - on, 1.5))
            drop = 14.0
            mid = top + on + stop / 2 + drop
            sheet.ribbon(
                x + wide,
                x + wide + 20,
                (top + on, top + on + stop),
                (top + on + drop, top + on + stop + drop),
                PEACH,
            )
            text = _said(stage.stopped, "stopped", slot - wide - 32)
            sheet.text(
                x + wide + 26, max(mid, top + on + drop + 6), text, color=theme.ORANGE, size=theme.SMALL
            )
        if stage.here_now:
            low = max(top + height, top + on + stop * bool(stage.stopped) + 14 * bool(stage.stopped)) + 20
            sheet.text(
                x,
                low,
                _said(stage.here_now, "here now", room),
                size=theme.SMALL,
            )
    return sheet.figure


def _said(number: int, word: str, room: float) -> str:
    """'1,876,544 stopped', '1.9M stopped' or '1.9M', whichever fits."""
    short = words.short(number)
    for text in (f"{words.count(number)} {word}", f"{short} {word}", short):
        if theme.text_width(text, theme.SMALL) <= room:
            return text
    return theme.fit(short, room, theme.SMALL)


def _height(part: int, most: int, tall: float) -> float:
    """Pixels for a count; something counted is never invisible."""
    return max(tall * (part / most), 2.0) if part > 0 else 0.0


def _bars(chart: StageFlow) -> Figure:
    step = 66
    sheet = Sheet(True, step * len(chart.stages))
    most = max(stage.entered for stage in chart.stages)
    for i, stage in enumerate(chart.stages):
        _bar(sheet, stage, step * i, most, theme.BLUE if i == len(chart.stages) - 1 else theme.NAVY)
    return sheet.figure


def _bar(sheet: Sheet, stage: Stage, top: float, most: int, color: str) -> None:
    entered = f"{words.count(stage.entered)} entered"
    right = theme.text_width(entered, theme.SMALL)
    name = theme.fit(words.clean(stage.name), sheet.width - right - 16, theme.SIZE, 700)
    sheet.text(0, top + 10, name, weight=700)
    sheet.text(sheet.width, top + 10, entered, color=theme.MUTED, size=theme.SMALL, align="right")
    wide = max(_height(stage.entered, most, sheet.width), 1.0)
    stopped = min(_height(stage.stopped, most, sheet.width), wide)
    sheet.box(0, top + 20, wide, 12, color)
    if stopped:
        sheet.box(wide - stopped, top + 20, stopped, 12, PEACH)
    x = 0.0
    for text, tone in (
        (f"{words.count(stage.here_now)} here now", theme.INK),
        (f"{words.count(stage.stopped)} stopped", theme.ORANGE if stage.stopped else theme.MUTED),
    ):
        sheet.text(x, top + 45, text, color=tone, size=theme.SMALL)
        x += theme.text_width(text, theme.SMALL) + 18
