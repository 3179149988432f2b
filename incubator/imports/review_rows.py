"""One row of a panel's file: what it says, or why it is not taken in."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches

from incubator.imports.dates import Precision, read_date
from incubator.imports.problems import ImportProblem
from incubator.imports.review_mapping import MOST_CRITERIA, ReviewMapping, shown
from incubator.imports.review_scores import Answer, ScoreError, ScoreReader, has_decimal_commas, plain_words
from incubator.imports.tables import Row, Table
from incubator.imports.values import tidy, tidy_paragraphs

MOST_KEY = 200

# A kind of warning, the spreadsheet row, and the text it is about.
Warn = Callable[[str, int, str], None]


class RowRefusal(Exception):
    """Why one row is not taken in."""


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One understood row. `scores` goes by the criterion's name in the file: its column, or its plain name if long.

    `reviewer` is "" only for a row that says no more than that a proposal was not discussed.
    """

    number: int
    call: str
    item: str
    reviewer: str
    title: str
    group: str
    selected: bool | None
    overall: float | None
    not_discussed: bool
    scores: dict[str, float | None]
    weight: float | None
    confidence: float | None
    recommendation: str
    comment: str
    submitted: dt.date | None

    @property
    def has_words(self) -> bool:
        """Whether the reviewer said something beside scores."""
        return bool(self.comment or self.recommendation) or self.confidence is not None

    def same_as(self, other: "ReviewRow") -> bool:
        """Whether both rows say the same."""
        return self == replace(other, number=self.number)


class RowReader:
    """Reads the rows of one table.

    `titles`, `weights` and `named` tell of the criteria: titles for each name met so far, and weights and order as
    the mapping gives them. `decimal_comma` is whether "1,5" is one and a half in this table.
    """

    def __init__(self, table: Table, mapping: ReviewMapping, warn: Warn) -> None:
        self.mapping, self.warn = mapping, warn
        columns = mapping.number_columns()
        cells = {header: [row.cells[header] for row in table.rows] for header in columns}
        self.decimal_comma = has_decimal_commas(cell for column in cells.values() for cell in column)
        self.scores = ScoreReader(
            plain_words(mapping.blank), plain_words(mapping.not_discussed), self.decimal_comma
        )
        self.mixed = frozenset(header for header, column in cells.items() if self._is_mixed(column))
        self.words = {
            **dict.fromkeys(plain_words(mapping.selected), True),
            **dict.fromkeys(plain_words(mapping.declined), False),
        }
        originals = zip(table.headers, table.original_headers, strict=True)
        self.unnamed = frozenset(header for header, original in originals if not original.strip())
        self.ragged = frozenset(table.ragged_rows)
        self.titles: dict[str, str] = {}
        self.weights: dict[str, float] = {}
        for one in mapping.criteria:
            name = self._name(one.column)
            self.titles[name] = one.title or one.column
            if one.weight != 1 or "weight" not in mapping.columns:
                self.weights[name] = one.weight
        self.named = tuple(self.titles)
        if mapping.is_long:
            self._check_names(table)

    def read(self, row: Row) -> ReviewRow:
        """Raises RowRefusal with every reason."""
        reasons: list[str] = []
        if row.number in self.ragged and any(row.cells[header].strip() for header in self.unnamed):
            raise RowRefusal("more cells than columns; put a number or text with a comma in quotation marks")
        call = self._key(row, "call", reasons) if "call" in self.mapping.columns else ""
        item = self._key(row, "proposal", reasons)
        overall = self._overall(row, reasons)
        answers = self._answers(row, reasons)
        not_discussed = overall.not_discussed or (
            "overall" not in self.mapping.columns and _only_undiscussed(answers)
        )
        scores = {name: answer.value for name, answer in answers.items()}
        read = ReviewRow(
            number=row.number,
            call=call,
            item=item,
            reviewer=self._text(row, "reviewer"),
            title=self._text(row, "title"),
            group=self._text(row, "group"),
            selected=self._selected(row),
            overall=overall.value,
            not_discussed=not_discussed,
            scores=scores,
            weight=self._weight(row, reasons),
            confidence=self._confidence(row),
            recommendation=self._text(row, "recommendation"),
            comment=self._comment(row),
            submitted=self._submitted(row),
        )
        scored = any(value is not None for value in scores.values())
        if not read.reviewer and (scored or read.has_words or not not_discussed):
            self._key(row, "reviewer", reasons)
        elif len(read.reviewer) > MOST_KEY:
            reasons.append(f"reviewer: longer than {MOST_KEY} characters")
        if reasons:
            raise RowRefusal("; ".join(reasons))
        return read

    def _cell(self, row: Row, target: str) -> str:
        column = self.mapping.columns.get(target)
        return "" if column is None else row.cells[column]

    def _text(self, row: Row, target: str) -> str:
        cell = self._cell(row, target)
        return "" if self.scores.is_blank(cell) else tidy(cell)

    def _comment(self, row: Row) -> str:
        cell = self._cell(row, "comment")
        return "" if self.scores.is_blank(cell) else tidy_paragraphs(cell)

    def _key(self, row: Row, target: str, reasons: list[str]) -> str:
        text = self._text(row, target)
        if not text:
            said = tidy(self._cell(row, target))
            reasons.append(
                f"no {target.removesuffix('_name')}" + (f" (the cell says “{shown(said)}”)" if said else "")
            )
        elif len(text) > MOST_KEY:
            reasons.append(f"{target}: longer than {MOST_KEY} characters")
        return text

    def _overall(self, row: Row, reasons: list[str]) -> Answer:
        column = self.mapping.columns.get("overall")
        scale = self.mapping.overall_scale or self.mapping.scale
        return Answer() if column is None else self._score(row, column, column, scale, reasons)

    def _answers(self, row: Row, reasons: list[str]) -> dict[str, Answer]:
        scale = self.mapping.scale
        if not self.mapping.is_long:
            columns = [one.column for one in self.mapping.criteria]
            return {column: self._score(row, column, column, scale, reasons) for column in columns}
        title = self._key(row, "criterion_name", reasons)
        name, column = self._name(title), self.mapping.columns["score"]
        self.titles.setdefault(name, title)
        return {name: self._score(row, column, title, scale, reasons)}

    def _score(
        self, row: Row, column: str, title: str, scale: tuple[float, float] | None, reasons: list[str]
    ) -> Answer:
        try:
            answer = self.scores.read(row.cells[column])
        except ScoreError as error:
            reasons.append(f"{shown(title)}: {error}")
            return Answer()
        if answer.value is None:
            return answer
        if answer.percent and column in self.mixed:
            reasons.append(f"{shown(title)}: a percentage among plain numbers")
        elif scale is not None and not scale[0] <= answer.value <= scale[1]:
            reasons.append(
                f"{shown(title)}: {answer.value:.12g} is outside the scale from {scale[0]:.12g} to {scale[1]:.12g}"
            )
        if answer.worded:
            self.warn("words after a score; the number is kept", row.number, tidy(row.cells[column]))
        if answer.percent:
            self.warn("percent sign left out: 80 % is read as 80", row.number, tidy(row.cells[column]))
        return answer

    def _weight(self, row: Row, reasons: list[str]) -> float | None:
        column = self.mapping.columns.get("weight")
        if column is None:
            return None
        weight = self._score(row, column, column, None, reasons).value
        if weight is not None and weight <= 0:
            reasons.append(f"{shown(column)}: a weight must be above zero")
        return weight

    def _confidence(self, row: Row) -> float | None:
        cell = self._cell(row, "confidence")
        try:
            return self.scores.read(cell).value
        except ScoreError:
            self.warn("confidence that is not a number; left out", row.number, tidy(cell[:MOST_KEY]))
            return None

    def _selected(self, row: Row) -> bool | None:
        text = self._text(row, "outcome")
        selected = self.words.get(text.casefold())
        if text and selected is None:
            self.warn("outcome in words that are not known; left open", row.number, text)
        return selected

    def _submitted(self, row: Row) -> dt.date | None:
        text = self._text(row, "submitted")
        if not text:
            return None
        typed = self.mapping.columns["submitted"] in row.dated
        found = read_date(text, "submitted", typed_as_date=typed)
        if found.precision is not Precision.DAY:
            self.warn("date that is not a day; left out", row.number, text)
            return None
        return found.parsed

    def _name(self, text: str) -> str:
        return tidy(text).casefold() if self.mapping.is_long else text

    def _is_mixed(self, cells: list[str]) -> bool:
        signs = set()
        for cell in cells:
            try:
                answer = self.scores.read(cell)
            except ScoreError:
                continue
            if answer.value is not None:
                signs.add(answer.percent)
        return len(signs) > 1

    def _check_names(self, table: Table) -> None:
        column = self.mapping.columns["criterion_name"]
        there = {self._name(row.cells[column]): tidy(row.cells[column]) for row in table.rows}
        if len(there) > MOST_CRITERIA:
            raise ImportProblem(
                "“%(column)s” names %(count)s criteria; at most %(most)s are read. Is it the right column?",
                column=shown(column),
                count=len(there),
                most=MOST_CRITERIA,
            )
        for name in self.named:
            if name not in there:
                near = get_close_matches(name[:MOST_KEY], there, n=3) or list(there)[:10]
                raise ImportProblem(
                    "No row of “%(column)s” is about “%(name)s”. There are: %(names)s.",
                    column=shown(column),
                    name=shown(self.titles[name]),
                    names=", ".join(f"“{shown(there[one])}”" for one in near),
                )


def _only_undiscussed(answers: dict[str, Answer]) -> bool:
    filled = [answer for answer in answers.values() if answer.value is not None or answer.not_discussed]
    return bool(filled) and all(answer.not_discussed for answer in filled)
