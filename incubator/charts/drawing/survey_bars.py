"""Draws survey answers as bars balanced on the middle answer."""

from matplotlib.figure import Figure

from incubator.charts import theme, words
from incubator.charts.dressing import key
from incubator.charts.sheet import Scale, Sheet
from incubator.charts.survey_bars import ANSWERS, SHARES_FROM, Question, SurveyBars


def draw(chart: SurveyBars, narrow: bool) -> Figure:
    step = 74 if narrow else 52
    head = 76 if narrow else 32
    sheet = Sheet(narrow, head + step * len(chart.questions))
    key(sheet, [("box", color, name) for color, name in zip(theme.LIKERT, ANSWERS, strict=True)], 10.0)
    left, right = (0.0, sheet.width) if narrow else (290.0, sheet.width)
    parts = [_shares(question) for question in chart.questions]
    far_left = max((p[0] + p[1] + p[2] / 2 for p in parts), default=0.5)
    far_right = max((p[4] + p[3] + p[2] / 2 for p in parts), default=0.5)
    x = Scale(-(far_left or 0.01), far_right or 0.01, left, right)
    for i, (question, shares) in enumerate(zip(chart.questions, parts, strict=True)):
        _row(sheet, question, shares, x, head + step * i, step)
    return sheet.figure


def _shares(question: Question) -> list[float]:
    return [count / question.n if question.n else 0.0 for count in question.counts]


def _row(sheet: Sheet, question: Question, shares: list[float], x: Scale, top: float, step: float) -> None:
    text, n = words.clean(question.text), f"n = {words.count(question.n)}"
    if sheet.narrow:
        room = sheet.width - theme.text_width(n, theme.SMALL) - 12
        lines = theme.wrap(text, room, 2, theme.SMALL)
        for j, line in enumerate(lines):
            sheet.text(0, top + 10 + 16 * j + (8 if len(lines) == 1 else 0), line, size=theme.SMALL)
        sheet.text(
            sheet.width,
            top + 10 + 16 * (len(lines) - 1) + (8 if len(lines) == 1 else 0),
            n,
            color=theme.MUTED,
            size=theme.SMALL,
            align="right",
        )
        y = top + 50
    else:
        y = top + step / 2
        lines = [*theme.wrap(text, 274, 2, theme.SMALL), n]
        for j, line in enumerate(lines):
            color = theme.MUTED if j == len(lines) - 1 else theme.INK
            sheet.text(
                274, y + (j - (len(lines) - 1) / 2) * 16, line, size=theme.SMALL, align="right", color=color
            )
    sheet.line([x(0), x(0)], [y - 18, y + 18], theme.AXIS, 1.2)
    if not question.n:
        sheet.text(x(0) + 8, y, "No answers", color=theme.MUTED, size=theme.SMALL)
        return
    edge = -(shares[0] + shares[1] + shares[2] / 2)
    for share, count, color, ink in zip(
        shares, question.counts, theme.LIKERT, theme.LIKERT_TEXT, strict=True
    ):
        begin, end = x(edge), x(edge + share)
        edge += share
        sheet.box(begin, y - 12, end - begin, 24, color)
        label = words.percent(share) if question.n >= SHARES_FROM else words.count(count)
        if count and theme.text_width(label, theme.SMALL) + 4 <= end - begin:
            sheet.text((begin + end) / 2, y, label, color=ink, size=theme.SMALL, align="center")
