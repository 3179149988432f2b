"""Answers to agree-or-disagree questions, balanced on the middle answer."""

from dataclasses import dataclass
from typing import ClassVar

from incubator.charts import words
from incubator.charts.chart import Chart, Table

ANSWERS = ("Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree")
SHARES_FROM = 30
"""Below this many answers shares mislead: the bars print counts."""


@dataclass(frozen=True)
class Question:
    """How many gave each of the five answers, from strongly disagree to strongly agree."""

    text: str
    counts: tuple[int, int, int, int, int]

    @property
    def n(self) -> int:
        return sum(self.counts)

    @property
    def agree(self) -> float:
        """Share that agrees or strongly agrees; 0 without answers."""
        return (self.counts[3] + self.counts[4]) / self.n if self.n else 0.0


@dataclass(frozen=True, kw_only=True)
class SurveyBars(Chart):
    """Questions in the order asked; `invited` gives the response rate."""

    EMPTY: ClassVar[str] = "No answers yet"

    questions: tuple[Question, ...]
    invited: int | None = None

    @property
    def is_empty(self) -> bool:
        return not any(question.n for question in self.questions)

    def finding(self) -> str:
        answered = [question for question in self.questions if question.n]
        # One enthusiast is no finding while other questions have real numbers behind them.
        answered = [question for question in answered if question.n >= SHARES_FROM] or answered
        best = max(answered, key=lambda q: q.agree)
        if best.agree == 0:
            return (
                f"Nobody agrees: {words.clean(best.text, 120)}"
                if len(answered) == 1
                else "Nobody agrees with any statement"
            )
        if best.n < SHARES_FROM:
            agree = f"{best.counts[3] + best.counts[4]} of {best.n} agree"
        else:
            agree = f"{words.percent(best.agree)} agree"
        lead = "Most agreement: " if len(answered) > 1 else ""
        return f"{lead}{words.clean(best.text, 120)} ({agree})"

    def numbers(self) -> str:
        most = max(question.n for question in self.questions)
        text = words.plural(most, "response")
        if self.invited:
            text += f" of {words.count(self.invited)} invited ({words.percent(most / self.invited)})"
        return text + (f"; under {SHARES_FROM}, so read counts, not shares." if most < SHARES_FROM else ".")

    def table(self) -> Table:
        return Table(
            ("Question", *ANSWERS, "n"), [(words.clean(q.text), *q.counts, q.n) for q in self.questions]
        )
