"""Which column of a panel's file means what, and what is wrong when that cannot be used."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from incubator.imports.mapping import plain_header

# Each target that one column can be, and under which names other people's files have that column.
TARGETS: dict[str, tuple[str, ...]] = {
    "proposal": (
        *("proposal", "proposal id", "proposal number", "proposal no", "application", "application id"),
        *("application number", "submission", "submission id", "submission number", "paper", "paper id"),
        *("project", "project id", "item", "item id", "id", "number", "reference"),
    ),
    "reviewer": (
        *(
            "reviewer",
            "reviewer id",
            "reviewer name",
            "reviewer number",
            "reviewer code",
            "rev id",
            "referee",
        ),
        *("referee id", "rater", "rater id", "judge", "judge id", "evaluator", "evaluator id", "assessor"),
        *("assessor id", "panelist", "panellist", "panel member", "scored by", "reviewed by"),
    ),
    "overall": (
        *("overall", "overall score", "overall rating", "overall merit", "overall impact", "total score"),
        *("weighted total", "final score", "score", "rating", "grade", "mark", "total", "points"),
    ),
    "criterion_name": ("criterion", "criterion name", "criterion title", "criteria", "question", "dimension"),
    "score": ("score", "criterion score", "rating", "points", "mark", "value"),
    "weight": ("weight", "criterion weight"),
    "title": (
        *("title", "proposal title", "application title", "project title", "submission title", "paper title"),
        *("proposal name", "project name", "name"),
    ),
    "group": (
        *("agency", "department", "organization", "organisation", "proposal type", "prop type", "kind"),
        *("type", "track", "category", "mechanism", "group"),
    ),
    "call": ("call", "call name", "round", "funding round", "cycle", "competition", "fiscal year", "year"),
    "confidence": (
        *("confidence", "reviewer confidence", "expertise", "reviewer expertise", "rev exp"),
        *("self rated expertise", "familiarity", "sure 1 to 3"),
    ),
    "recommendation": ("recommendation", "reviewer recommendation", "recommend", "would select", "verdict"),
    "comment": ("comment", "comments", "remarks", "review", "review text", "feedback", "summary"),
    "submitted": (
        *("submitted", "submitted at", "submitted on", "date submitted", "submission date", "handed in"),
        *("review date", "completed", "timestamp", "date"),
    ),
    "outcome": ("outcome", "decision", "final decision", "selected", "funded", "awarded", "result"),
}
CRITERION = "criterion"
MOST_CRITERIA = 100
MOST_NUMBER = 10**15
NOT_DISCUSSED = ("nd", "n.d.", "not discussed", "dnc", "triaged", "not scored", "unscored", "streamlined")
BLANK = ("", "-", "--", "–", "—", ".", "na", "n/a", "n.a.", "#n/a", "not applicable")
SELECTED = (
    *("selected", "yes", "y", "true", "1", "funded", "fund", "awarded", "award", "accepted", "accept"),
    *("approved", "approve", "advanced", "advance"),
)
DECLINED = (
    *("not selected", "no", "n", "false", "0", "not funded", "unfunded", "not awarded", "declined"),
    *("decline", "rejected", "reject", "not accepted", "not approved", "not advanced"),
)

_NUMERIC = ("overall", "score", "weight", "confidence")
# A file may know a proposal by its title alone, or be split by the very column that groups it.
_SHARED = frozenset({"proposal", "title", "group", "call"})
_MOST_WEIGHT = 1_000_000
_SHOWN = 60
_LISTED = 12
_NEAR = 0.6
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class CriterionColumn:
    """A criterion: the column with its scores, or in the long form its name in the column of criteria.

    `weight` is above zero; only its ratio to the others counts. `title` is "" when the column's name is the title.
    """

    column: str
    weight: float = 1.0
    title: str = ""


@dataclass(frozen=True, slots=True)
class ReviewMapping:
    """What the columns of a panel's file mean. `columns` gives target → header; targets are those of `TARGETS`.

    With "criterion_name" and "score" the file is long, one row for each review and criterion; else one row is one
    review. `lower_is_better` None is not said; `scale` and `overall_scale` (least, most) None are not given, and
    `overall_scale` is for an overall score on another scale than the criteria. The words are compared without
    capitals and outer white space.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    criteria: tuple[CriterionColumn, ...] = ()
    lower_is_better: bool | None = None
    scale: tuple[float, float] | None = None
    overall_scale: tuple[float, float] | None = None
    not_discussed: tuple[str, ...] = NOT_DISCUSSED
    blank: tuple[str, ...] = BLANK
    selected: tuple[str, ...] = SELECTED
    declined: tuple[str, ...] = DECLINED

    @property
    def is_long(self) -> bool:
        """Whether one row is one criterion of a review."""
        return "criterion_name" in self.columns

    def used(self) -> frozenset[str]:
        """Every header that is mapped."""
        own = () if self.is_long else (one.column for one in self.criteria)
        return frozenset(self.columns.values()) | frozenset(own)

    def number_columns(self) -> tuple[str, ...]:
        """The headers whose cells are read as numbers."""
        named = [self.columns[target] for target in _NUMERIC if target in self.columns]
        own = [] if self.is_long else [one.column for one in self.criteria]
        return tuple(dict.fromkeys(named + own))

    def problems(self, headers: Iterable[str]) -> list[str]:
        """What keeps this mapping from being used on a table with these headers, in plain words."""
        known = list(headers)
        found = [no_such_column(name, known) for name in sorted(self.used() - set(known))]
        found += [no_such_target(name) for name in self.columns if name not in TARGETS]
        found += self._missing(known)
        found += self._doubled()
        found += [
            f"The weight of “{shown(one.column)}” must be a number above zero, at most {_MOST_WEIGHT:,}."
            for one in self.criteria
            if not 0 < one.weight <= _MOST_WEIGHT
        ]
        if len(self.criteria) > MOST_CRITERIA:
            found.append(f"There are {len(self.criteria)} criteria; at most {MOST_CRITERIA} are read.")
        for name, scale in (("scale", self.scale), ("overall_scale", self.overall_scale)):
            if scale is not None and not -MOST_NUMBER < scale[0] < scale[1] < MOST_NUMBER:
                found.append(f"The two numbers of “{name}” must be the lowest and the highest score.")
        if self.overall_scale and "overall" not in self.columns:
            found.append("“overall_scale” goes with a column of overall scores: overall=COLUMN.")
        return found

    def options(self) -> tuple[str, ...]:
        """The columns as `--map` takes them; `review_options.read_mapping` gives an equal mapping, apart from titles and settings."""
        pairs = [f"{target}={_quoted(self.columns[target])}" for target in TARGETS if target in self.columns]
        for one in self.criteria:
            weight = "" if one.weight == 1 else f":{one.weight!r}"
            # In quotation marks no column called “Name:2” can come between a name and its weight.
            pairs.append(f"{CRITERION}={_quoted(one.column, always=bool(weight))}{weight}")
        return tuple(pairs)

    def _missing(self, known: list[str]) -> list[str]:
        found = [
            f"Say which column holds the {target}: {target}=COLUMN.{_candidates(target, known)}"
            for target in ("proposal", "reviewer")
            if target not in self.columns
        ]
        if self.is_long and "score" not in self.columns:
            found.append(
                f"Say which column holds the score of each criterion: score=COLUMN.{_candidates('score', known)}"
            )
        for target in ("score", "weight"):
            if target in self.columns and not self.is_long:
                found.append(f"“{target}” goes with a column of criteria: criterion_name=COLUMN.")
        if (
            not self.is_long
            and "score" not in self.columns
            and not (self.criteria or "overall" in self.columns)
        ):
            found.append(
                "Say which columns hold scores: overall=COLUMN, criterion=COLUMN for each criterion, or both."
                + _candidates("overall", known)
            )
        return found

    def _doubled(self) -> list[str]:
        users: dict[str, list[str]] = {}
        for target, column in self.columns.items():
            users.setdefault(column, []).append(target)
        names: dict[str, int] = {}
        for one in self.criteria:
            names[one.column] = names.get(one.column, 0) + 1
            if not self.is_long and one.column in users:
                users[one.column].append(CRITERION)
        found = [
            f"“{shown(column)}” cannot be {' and '.join(dict.fromkeys(targets))} at once."
            for column, targets in users.items()
            if len(targets) > 1 and not set(targets) <= _SHARED
        ]
        found += [
            f"“{shown(name)}” is given as a criterion {count} times."
            for name, count in names.items()
            if count > 1
        ]
        titles = Counter(
            (one.title or one.column).casefold() for one in self.criteria if names[one.column] == 1
        )
        return found + [f"Two criteria are called “{shown(title)}”." for title, n in titles.items() if n > 1]


def header_words(header: str) -> str:
    """A header in plain words: "RevID" is "rev id", "Overall_Score" is "overall score"."""
    return plain_header(_CAMEL.sub(" ", header[:200]))


def no_such_column(name: str, headers: Sequence[str]) -> str:
    """That there is no such column, and the names nearest to it, or all of them when none is near."""
    plain = {header_words(header): header for header in headers}
    near = [plain[one] for one in get_close_matches(header_words(name), plain, n=3, cutoff=_NEAR)]
    listed = ", ".join(f"“{shown(one)}”" for one in near or headers[:_LISTED])
    more = f" and {len(headers) - _LISTED} more" if not near and len(headers) > _LISTED else ""
    return f"There is no column called “{shown(name)}”. {'Nearest' if near else 'The columns are'}: {listed}{more}."


def no_such_target(name: str) -> str:
    """That a target is unknown, and which there are."""
    known = (*TARGETS, CRITERION)
    near = get_close_matches(name.casefold()[:200], known, n=2, cutoff=_NEAR)
    return f"“{shown(name)}” is nothing a column can be. It can be: {', '.join(near or known)}."


def shown(text: str) -> str:
    """A name short enough for a sentence."""
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _candidates(target: str, headers: Sequence[str]) -> str:
    plain = {header_words(header): header for header in headers}
    found = [plain[name] for name in TARGETS[target] if name in plain]
    for name in () if found else TARGETS[target][:3]:
        found += [plain[one] for one in get_close_matches(name, plain, n=3, cutoff=_NEAR)]
    near = list(dict.fromkeys(found))[:3]
    listed = ", ".join(f"“{shown(one)}”" for one in near or headers[:_LISTED])
    return f" It may be {listed}." if near else f" The columns are: {listed}."


def _quoted(name: str, *, always: bool = False) -> str:
    if always or ":" in name or '"' in name or name != name.strip():
        return '"' + name.replace('"', '""') + '"'
    return name
