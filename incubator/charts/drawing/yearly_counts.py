"""Draws numbers by year as columns; years with a caveat have an open column and a star."""

from matplotlib.figure import Figure

from incubator.charts import theme, words
from incubator.charts.dressing import bottom_labels, key
from incubator.charts.sheet import Scale, Sheet, span
from incubator.charts.yearly_counts import YearlyCounts

MOST_NOTES = 3


def draw(chart: YearlyCounts, narrow: bool) -> Figure:
    noted = [year for year in chart.ordered if year.note]
    notes = [line for year in noted[:MOST_NOTES] for line in _note_lines(year.year, year.note, narrow)]
    if len(noted) > MOST_NOTES:
        notes.append(f"* {words.plural(len(noted) - MOST_NOTES, 'more year')} with a caveat, see the table")
    sheet = Sheet(narrow, (276 if notes else 262) + 17 * len(notes))
    top, bottom = 26.0, 234.0
    if noted:
        top = (
            key(sheet, [("box", theme.BLUE, "Count"), ("edge", theme.BLUE, "Count with a caveat*")], 10.0)
            + 16
        )
    years = list(range(chart.ordered[0].year, chart.ordered[-1].year + 1))
    if len(years) > 200:
        years = [year.year for year in chart.ordered]
    y = Scale(*span([float(count) for _, count in chart.known], zero=True, pad=0.0), bottom, top)
    slot = sheet.width / len(years)
    wide = min(slot * 0.72, 64.0)
    by_year = {year.year: year for year in chart.ordered}
    counts = dict(chart.known)
    centres = [slot * (i + 0.5) for i in range(len(years))]
    for year, x in zip(years, centres, strict=True):
        entry = by_year.get(year)
        if entry is None or entry.year not in counts:
            if entry is not None:
                sheet.text(x, y(0) - 12, "?*" if entry.note else "?", color=theme.MUTED, align="center")
            continue
        height = y(0) - y(counts[entry.year])
        if entry.note:
            sheet.outline(x - wide / 2, y(counts[entry.year]), wide, height, theme.BLUE)
        else:
            sheet.box(x - wide / 2, y(counts[entry.year]), wide, height, theme.BLUE)
        text = words.count(counts[entry.year]) + ("*" if entry.note else "")
        if theme.text_width(text, theme.SMALL, 600) <= slot - 2:
            sheet.text(x, y(counts[entry.year]) - 10, text, size=theme.SMALL, weight=600, align="center")
    sheet.line([0, sheet.width], [y(0), y(0)], theme.AXIS, 1.2)
    bottom_labels(sheet, centres, [str(year) for year in years], bottom + 16)
    for i, line in enumerate(notes):
        sheet.text(0, 278 + 17 * i, line, color=theme.MUTED, size=theme.SMALL)
    return sheet.figure


def _note_lines(year: int, note: str, narrow: bool) -> list[str]:
    width = theme.NARROW if narrow else theme.WIDE
    return theme.wrap(f"* {year}: {words.clean(note)}", width, 3 if narrow else 2, theme.SMALL)
