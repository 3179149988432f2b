"""Lessons: the words they are found by, and how like another record one is."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from incubator.domain.stages import Stage

OFFERED_TAGS: tuple[str, ...] = (
    "accessibility",
    "adoption",
    "data quality",
    "funding",
    "integration",
    "leadership",
    "measurement",
    "privacy",
    "procurement",
    "scope",
    "security",
    "staffing",
    "training",
    "vendor",
)
MOST_TAGS = 10
LONGEST_TAG = 40


def normalised(tag: str) -> str:
    """A tag as it is kept: small letters, single spaces, no number sign, at most LONGEST_TAG characters."""
    return " ".join(re.sub(r"[#,;|]", " ", tag).casefold().split())[:LONGEST_TAG].strip()


def tags_from(chosen: Iterable[str], typed: str) -> tuple[str, ...]:
    """The tags chosen and those typed, parted by commas, semicolons or lines; each once, in order."""
    own = re.split(r"[,;\n]", typed)
    return tuple(dict.fromkeys(tag for tag in map(normalised, (*chosen, *own)) if tag))


LEARNT_STAGES: tuple[Stage, ...] = (Stage.SCALE, Stage.IN_SERVICE, Stage.CLOSED)
"""Where work stands whose lesson is offered to others unasked."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What somebody writes or reads, as far as it is compared with lessons. `title` holds those of the words
    that stand in its title."""

    words: frozenset[str]
    title: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    technology: str = ""
    theme_id: int | None = None


ONLY_IN_THE_TEXT = 0.5
"""A word that both titles hold counts in full, one of the summaries by half: many have visitors and forms."""
TAG_WEIGHT = 2.0
TECHNOLOGY_WEIGHT = 1.5
THEME_WEIGHT = 1.0
MOST_OF_A_WORD = 3.0
LEAST = 4.0
"""Below this two records have too little in common to be worth somebody's time: one word is never enough."""
UNSEEN = 20
"""Where there are few lessons yet, every word would look common; so many more without it are assumed."""


def rarity(kinds: Collection[Kind]) -> dict[str, float]:
    """How telling each word is among these: the logarithm of all against those that hold it, so that a word
    in every one of them counts little."""
    counted = Counter(word for kind in kinds for word in kind.words)
    every = UNSEEN + len(kinds)
    return {word: min(MOST_OF_A_WORD, math.log(every / count)) for word, count in counted.items()}


def likeness(wanted: Kind, lesson: Kind, rare: Mapping[str, float]) -> float:
    """Rare words in common, tags in common or named in the other's words, the same technology and theme."""
    shared, told = wanted.words & lesson.words, wanted.title & lesson.title
    words = sum(rare.get(word, 0.0) * (1.0 if word in told else ONLY_IN_THE_TEXT) for word in shared)
    named = {tag for tag in lesson.tags if tag in wanted.tags or set(tag.split()) <= wanted.words}
    return (
        words
        + TAG_WEIGHT * len(named)
        + (TECHNOLOGY_WEIGHT if wanted.technology and wanted.technology == lesson.technology else 0.0)
        + (THEME_WEIGHT if wanted.theme_id is not None and wanted.theme_id == lesson.theme_id else 0.0)
    )


def likest(wanted: Kind, lessons: Mapping[int, Kind], *, limit: int) -> list[int]:
    """The ids of the lessons most like what is wanted, best first; equals by id. Too little is nothing."""
    rare = rarity(lessons.values())
    scored = [(likeness(wanted, kind, rare), key) for key, kind in lessons.items()]
    close = sorted(
        ((score, key) for score, key in scored if score >= LEAST), key=lambda one: (-one[0], one[1])
    )
    return [key for _score, key in close[:limit]]


FIRST_CHARACTERS = 280


def first_lines(text: str) -> str:
    """The beginning of a lesson, cut at a word."""
    plain = " ".join(text.split())
    if len(plain) <= FIRST_CHARACTERS:
        return plain
    return plain[:FIRST_CHARACTERS].rsplit(" ", 1)[0].rstrip(",;:") + " …"
