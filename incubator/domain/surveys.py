"""The pulse survey: its statements, who counts, and when results may be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

LEAST_RESPONSES = 5
"""Below this many answers no result is shown: few enough people could work out who said what."""

MOST_QUESTIONS = 8
MOST_INVITED = 100_000
ANSWERS = ("Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree")

DEFAULT_QUESTIONS: tuple[str, ...] = (
    "The incubator understands what our agency needs.",
    "We know at any time where our proposals stand.",
    "What was promised to us was done on time.",
    "Working with the incubator helps us serve people better.",
)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many gave each answer from 1 to 5, for one statement."""

    text: str
    counts: tuple[int, int, int, int, int]


def may_show(responses: int, *, closed: bool) -> bool:
    """Results are read once the survey is closed and enough people answered: shown while it runs, each
    new answer could be worked out from before and after."""
    return closed and responses >= LEAST_RESPONSES


def tally(questions: Iterable[Mapping[str, Any]], answers: Iterable[Mapping[str, Any]]) -> tuple[Tally, ...]:
    """Count the answers to each statement; a statement left out by somebody is not counted for them."""
    given = list(answers)
    return tuple(
        Tally(str(question["text"]), _counts(answer.get(question["key"]) for answer in given))
        for question in questions
    )


def _counts(values: Iterable[Any]) -> tuple[int, int, int, int, int]:
    counts = [0, 0, 0, 0, 0]
    for value in values:
        if isinstance(value, int) and 1 <= value <= 5:
            counts[value - 1] += 1
    return counts[0], counts[1], counts[2], counts[3], counts[4]
