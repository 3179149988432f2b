"""What a file says of panels run elsewhere: proposals, reviewers, criteria and reviews, and the account of its rows."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from incubator.imports.report import Refused, Warnings


@dataclass(frozen=True, slots=True)
class OutsideItem:
    """One proposal. Not `discussed` is one whose overall score is said to be none ("ND") in a row and a number in no row.

    `title` and `group` are "" when not given, `selected` None when the outcome is not known; `rows` are the
    spreadsheet rows that speak of it.
    """

    key: str
    title: str
    group: str
    discussed: bool
    selected: bool | None
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OutsideCriterion:
    """One criterion. `key` is short, stable and the same in every call of a file; `weight` is above zero."""

    key: str
    title: str
    weight: float


@dataclass(frozen=True, slots=True)
class OutsideReview:
    """What one reviewer says of one proposal.

    `mean` is the weighted mean of the answered criteria, None without one. `overall` is the score as given, None when
    blank or not discussed; where no overall column is mapped it is `mean`. `scores` has every criterion of the panel
    by its key; None is blank, not zero.
    """

    item: str
    reviewer: str
    overall: float | None
    mean: float | None
    scores: dict[str, float | None]
    confidence: float | None
    recommendation: str
    comment: str
    submitted: dt.date | None
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OutsidePanel:
    """One call. `call` is "" when no column splits the file; everything is in the order of the file.

    `criteria` are those answered at least once in this call. All scores lie from `scale_min` to `scale_max`; the
    overall scores from `overall_min` to `overall_max`, which differ only when a scale of their own was given. Read
    from the data (`scale_given` is false), the scale is that of all calls together. `steps` are the different scores
    used here, ascending (those of the criteria alone when the overall score has a scale of its own); `gaps` says in
    sentences where steps are unequal and which scores nobody used.
    """

    call: str
    items: tuple[OutsideItem, ...]
    reviewers: tuple[str, ...]
    criteria: tuple[OutsideCriterion, ...]
    reviews: tuple[OutsideReview, ...]
    lower_is_better: bool
    overall_given: bool
    scale_min: float
    scale_max: float
    scale_given: bool
    overall_min: float
    overall_max: float
    steps: tuple[float, ...]
    gaps: tuple[str, ...]

    @property
    def single_reviewers(self) -> tuple[str, ...]:
        """Reviewers with one review in this call: their severity cannot be told from the proposal."""
        counts = Counter(review.reviewer for review in self.reviews)
        return tuple(name for name in self.reviewers if counts[name] == 1)


@dataclass(frozen=True, slots=True)
class PanelReport:
    """What became of every row: `rows_read` = `rows_used` + len(`refused`), always.

    A refused row shows its mapped cells alone. `not_discussed` holds (call, proposal); `blank` counts for each
    criterion's title the reviews without a score on it, `never_answered` holds (call, title) of criteria that a call
    did not use; `single_reviewers` have one review in the whole file. `assumed` are sentences on what nobody said;
    `not_kept` the columns without a meaning, `blank_rows` and `rows_above` the file's other rows.
    """

    file: str
    sha256: str
    rows_read: int
    rows_used: int
    refused: tuple[Refused, ...]
    not_discussed: tuple[tuple[str, str], ...]
    blank: dict[str, int]
    never_answered: tuple[tuple[str, str], ...]
    single_reviewers: tuple[str, ...]
    assumed: tuple[str, ...]
    warnings: dict[str, Warnings]
    not_kept: tuple[str, ...]
    blank_rows: tuple[int, ...]
    rows_above: int


@dataclass(frozen=True, slots=True)
class OutsideReviews:
    """The panels of a file, in the order of their first row, and the account of it."""

    panels: tuple[OutsidePanel, ...]
    report: PanelReport
