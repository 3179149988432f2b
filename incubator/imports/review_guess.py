"""A guess at what the columns of a panel's file mean, to be looked over by a person."""

import re
from dataclasses import dataclass
from difflib import get_close_matches

from incubator.imports.review_mapping import (
    BLANK,
    NOT_DISCUSSED,
    TARGETS,
    CriterionColumn,
    ReviewMapping,
    header_words,
)
from incubator.imports.review_scores import Answer, ScoreError, ScoreReader, has_decimal_commas, plain_words
from incubator.imports.tables import Table

_LIKELY = 0.85
_LOOKED_AT = 500
_MOST_OVERALL, _MOST_CRITERION = 1_000, 100
_LONG_ONLY = ("criterion_name", "score", "weight")

# How words begin by which panels name what they score.
_CRITERION_WORDS = (
    *(
        "innovat",
        "novel",
        "original",
        "approach",
        "method",
        "signif",
        "impact",
        "merit",
        "feasib",
        "investig",
    ),
    *("environment", "relevan", "quality", "clarity", "sound", "rigor", "rigour", "presentation", "team"),
    *(
        "qualif",
        "budget",
        "cost",
        "need",
        "problem",
        "align",
        "sustain",
        "scal",
        "readiness",
        "risk",
        "equity",
    ),
    *("accessib", "experience", "capab", "capacity", "contribution", "technical", "importance", "learning"),
    *("excellence", "implementation", "evaluat", "benefit", "design", "reuse", "strategic"),
)
# A column of averages or ranks, or about the people, is no criterion.
_NEVER = frozenset(
    (
        *(
            "avg",
            "average",
            "mean",
            "median",
            "adj",
            "adjusted",
            "rank",
            "total",
            "sum",
            "sd",
            "stdev",
            "variance",
        ),
        *(
            "weight",
            "count",
            "comment",
            "comments",
            "why",
            "reason",
            "justification",
            "gender",
            "sex",
            "race",
        ),
        *("degree", "date", "year", "age", "inst", "institution", "email", "phone"),
    )
)


_JUDGE = re.compile(
    r"(?:(?:score|rating|points|total) )?(?:by |of |from )?"
    r"(?:judge|reviewer|rater|panelist|panellist|panel member|evaluator|scorer|assessor|reader|r|j)s? ?(?:[0-9]+|[a-z])\b"
)


@dataclass(frozen=True, slots=True)
class ReviewProposal:
    """A mapping that may not be whole, and what of the table it leaves out."""

    mapping: ReviewMapping
    left_out: tuple[str, ...]

    def hints(self, table: Table) -> list[str]:
        """What to change in a file whose shape cannot be read as reviews: a column for each judge, or no judges."""
        if "reviewer" in self.mapping.columns:
            return []
        judges = _judges(table, self.left_out)
        if judges:
            return [
                f"Each reviewer seems to have a column of their own ({', '.join(judges[:3])}…). "
                "One row has to be one review.",
                "Put the reviewers below each other, with the columns proposal, reviewer and score. "
                "In Excel: Data, From Table, select the reviewers' columns, Transform, Unpivot Columns.",
            ]
        return [
            "No column says who wrote a review. Stricter and more lenient reviewers can only be told apart by it, "
            "so a panel without it cannot be ranked.",
            "Add a column with a code for each reviewer, such as R1 and R2; names are not needed.",
        ]


def _judges(table: Table, left_out: tuple[str, ...]) -> list[str]:
    """Columns of numbers whose names are those of several reviewers: "Judge 1", "Reviewer B"."""
    numbers = _Numbers(table)
    named = [
        header
        for header in left_out
        if _JUDGE.match(header_words(header)) and numbers.hold(header, _MOST_CRITERION)
    ]
    return named if len(named) > 1 else []


def propose(table: Table) -> ReviewProposal:
    """Guess by the names of the columns, and by whether they hold numbers where scores are meant.

    Which way the scale runs cannot be guessed. `mapping.options()` gives the guess as `--map` takes it,
    `mapping.problems(table.headers)` what is missing.
    """
    words = {header: header_words(header) for header in table.headers}
    numbers = _Numbers(table)
    columns: dict[str, str] = {}
    is_long = all(_find(target, words, columns, numbers) for target in ("criterion_name", "score"))
    for target in TARGETS:
        if target in _LONG_ONLY and not is_long:
            continue
        # In a long file the column “Score” belongs to the criterion, not to the review.
        if is_long and target == "overall" and (score := _find("score", words, columns, numbers)):
            columns["score"] = score
        found = columns.get(target) or _find(target, words, columns, numbers)
        if found is not None:
            columns[target] = found
    taken = set(columns.values())
    criteria = tuple(
        CriterionColumn(header)
        for header, name in words.items()
        if not is_long
        and header not in taken
        and _is_criterion(name)
        and numbers.hold(header, _MOST_CRITERION)
    )
    mapping = ReviewMapping({target: columns[target] for target in TARGETS if target in columns}, criteria)
    used = mapping.used()
    return ReviewProposal(mapping, tuple(header for header in table.headers if header not in used))


def _find(target: str, words: dict[str, str], columns: dict[str, str], numbers: "_Numbers") -> str | None:
    taken = set(columns.values())
    free = {name: header for header, name in words.items() if header not in taken}
    near = get_close_matches(TARGETS[target][0], free, n=1, cutoff=_LIKELY)
    for name in (*TARGETS[target], *near):
        if name in free and (target not in ("overall", "score", "confidence") or numbers.hold(free[name])):
            return free[name]
    return None


def _is_criterion(name: str) -> bool:
    words = name.split()
    return not _NEVER & set(words) and any(word.startswith(_CRITERION_WORDS) for word in words)


class _Numbers:
    """Which columns hold numbers, judged by their first rows."""

    def __init__(self, table: Table) -> None:
        self.rows = table.rows[:_LOOKED_AT]

    def hold(self, header: str, most: float = _MOST_OVERALL) -> bool:
        """Whether most filled cells are numbers, and none is beyond `most`."""
        cells = [row.cells[header] for row in self.rows]
        reader = ScoreReader(plain_words(BLANK), plain_words(NOT_DISCUSSED), has_decimal_commas(cells))
        answers = [_answer(reader, cell) for cell in cells if not reader.is_blank(cell)]
        values = [answer.value for answer in answers if answer is not None and answer.value is not None]
        filled = sum(answer is None or not answer.not_discussed for answer in answers)
        return len(values) * 2 > filled and all(abs(value) <= most for value in values)


def _answer(reader: ScoreReader, cell: str) -> Answer | None:
    try:
        return reader.read(cell)
    except ScoreError:
        return None
