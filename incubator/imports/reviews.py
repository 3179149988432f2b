"""Reviews of a panel run elsewhere: a table and the meaning of its columns to one panel for each call."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import TypeVar

from incubator.domain.rubrics import criterion_key
from incubator.imports.problems import ImportProblem
from incubator.imports.report import MOST_EXAMPLES, Example, Refused, Warnings
from incubator.imports.review_mapping import ReviewMapping
from incubator.imports.review_panels import (
    OutsideCriterion,
    OutsideItem,
    OutsidePanel,
    OutsideReview,
    OutsideReviews,
    PanelReport,
)
from incubator.imports.review_rows import ReviewRow, RowReader, RowRefusal
from incubator.imports.review_scores import step_gaps, weighted_mean
from incubator.imports.tables import Table

_EXAMPLE_CHARACTERS = 160
_TWO_SCALES = 3
_WHOLE = re.compile(r"(\d+)\.0+", re.ASCII)

T = TypeVar("T")


def read_reviews(table: Table, mapping: ReviewMapping) -> OutsideReviews:
    """Every row of the table, in a panel or refused with its reason.

    Refused is a row without proposal, reviewer, call or any score, with a score that is no number or lies outside a
    scale that was given, with more cells than columns, or that repeats an earlier review (the first is kept).
    Raises `ImportProblem` when the mapping does not fit the table, or when all its proposals were not discussed.
    """
    problems = mapping.problems(table.headers)
    if problems:
        raise ImportProblem("The columns are not settled: %(problems)s", problems=" ".join(problems))
    intake = _Intake(table, mapping)
    for row in table.rows:
        try:
            intake.add(intake.reader.read(row))
        except RowRefusal as refusal:
            intake.refuse(row.number, str(refusal))
    intake.refuse_scoreless()
    return intake.result()


@dataclass(slots=True)
class _Gathered:
    """The rows of one review: one in a wide file, one for each criterion in a long one."""

    rows: list[ReviewRow] = field(default_factory=list)

    @property
    def scores(self) -> dict[str, float | None]:
        return {name: value for row in self.rows for name, value in row.scores.items()}

    @property
    def overall(self) -> float | None:
        return next((row.overall for row in self.rows if row.overall is not None), None)

    @property
    def not_discussed(self) -> bool:
        return self.overall is None and any(row.not_discussed for row in self.rows)

    @property
    def has_score(self) -> bool:
        return self.overall is not None or any(value is not None for value in self.scores.values())


@dataclass(frozen=True, slots=True)
class _Scales:
    criteria: tuple[float, float]
    overall: tuple[float, float]
    given: bool


class _Intake:
    """The rows of a file as they come together to reviews."""

    def __init__(self, table: Table, mapping: ReviewMapping) -> None:
        self.table, self.mapping = table, mapping
        self.warnings: dict[str, Warnings] = {}
        self.reader = RowReader(table, mapping, self.warn)
        self.reviews: dict[tuple[str, str, str], _Gathered] = {}
        self.rows: dict[int, ReviewRow] = {}
        self.refused: dict[int, str] = {}

    def warn(self, kind: str, row: int, text: str) -> None:
        found = self.warnings.setdefault(kind, Warnings())
        found.count += 1
        if len(found.examples) < MOST_EXAMPLES:
            found.examples.append(Example(row, "", text[:_EXAMPLE_CHARACTERS]))

    def refuse(self, number: int, reason: str) -> None:
        self.rows.pop(number, None)
        self.refused[number] = reason

    def add(self, row: ReviewRow) -> None:
        """Raises RowRefusal for a row that says again what an earlier one holds."""
        if row.reviewer:
            gathered = self.reviews.get((row.call, row.item, row.reviewer), _Gathered())
            for earlier in gathered.rows:
                self._check_repeat(row, earlier)
            gathered.rows.append(row)
            self.reviews[row.call, row.item, row.reviewer] = gathered
        self.rows[row.number] = row

    def _check_repeat(self, row: ReviewRow, earlier: ReviewRow) -> None:
        if not self.mapping.is_long or earlier.scores.keys() & row.scores.keys():
            if earlier.same_as(row):
                raise RowRefusal(f"repeats row {earlier.number}")
            what = "criterion of the same review" if self.mapping.is_long else "proposal and reviewer"
            raise RowRefusal(f"the same {what} as row {earlier.number} with other answers; the first is kept")
        if None not in (earlier.overall, row.overall) and earlier.overall != row.overall:
            raise RowRefusal(f"another overall score than row {earlier.number} has for the same review")

    def refuse_scoreless(self) -> None:
        """A review without any score is none, unless its proposal was not discussed and something is said of it."""
        for key, gathered in list(self.reviews.items()):
            if gathered.has_score:
                continue
            if not gathered.not_discussed:
                for row in gathered.rows:
                    self.refuse(row.number, "no score")
            if not gathered.not_discussed or not any(row.has_words for row in gathered.rows):
                del self.reviews[key]

    def result(self) -> OutsideReviews:
        criteria = self._criteria()
        by_call: dict[str, list[OutsideReview]] = {row.call: [] for row in self.rows.values()}
        for (call, _, _), gathered in self.reviews.items():
            by_call[call].append(self._review(gathered, criteria))
        panels: tuple[OutsidePanel, ...] = ()
        if self.rows:
            scales = self._scales([review for reviews in by_call.values() for review in reviews])
            items = self._items()
            panels = tuple(
                self._panel(call, items[call], reviews, tuple(criteria.values()), scales)
                for call, reviews in by_call.items()
            )
        self._note_spellings()
        return OutsideReviews(panels, self._report(panels, tuple(criteria.values())))

    def _criteria(self) -> dict[str, OutsideCriterion]:
        """Each criterion of the file by the name its scores go by: those of the mapping first, in its order."""
        names = dict.fromkeys(name for row in self.rows.values() for name in row.scores)
        weights = self._weights()
        found: dict[str, OutsideCriterion] = {}
        for name in dict.fromkeys((*self.reader.named, *names)):
            title = self.reader.titles[name]
            key = criterion_key(title, [one.key for one in found.values()])
            found[name] = OutsideCriterion(key, title, weights.get(name, 1.0))
        return found

    def _weights(self) -> dict[str, float]:
        weights: dict[str, float] = {}
        for row in self.rows.values():
            for name in row.scores:
                if row.weight is not None and weights.setdefault(name, row.weight) != row.weight:
                    self.warn("another weight for the same criterion; the first is kept", row.number, name)
        return weights | self.reader.weights

    def _review(self, gathered: _Gathered, criteria: dict[str, OutsideCriterion]) -> OutsideReview:
        rows, scores = gathered.rows, gathered.scores
        mean = weighted_mean((one.weight, scores.get(name)) for name, one in criteria.items())
        given = "overall" in self.mapping.columns
        if given and gathered.overall is None and not gathered.not_discussed:
            self.warn("no overall score", rows[0].number, "")
        return OutsideReview(
            item=rows[0].item,
            reviewer=rows[0].reviewer,
            overall=gathered.overall if given else mean,
            mean=mean,
            scores={one.key: scores.get(name) for name, one in criteria.items()},
            confidence=self._one("confidence", ((row.number, row.confidence) for row in rows)),
            recommendation=self._one("recommendation", ((row.number, row.recommendation) for row in rows))
            or "",
            comment="\n\n".join(dict.fromkeys(row.comment for row in rows if row.comment)),
            submitted=self._one("date", ((row.number, row.submitted) for row in rows)),
            rows=tuple(row.number for row in rows),
        )

    def _one(self, what: str, found: Iterable[tuple[int, T]]) -> T | None:
        """The first answer of several rows on the same thing; another one is said."""
        first: T | None = None
        for number, value in found:
            if value in (None, ""):
                continue
            if first is None:
                first = value
            elif value != first:
                self.warn(f"another {what} for the same thing; the first is kept", number, str(value))
        return first

    def _items(self) -> dict[str, list[OutsideItem]]:
        """The proposals of each call."""
        together: dict[tuple[str, str], list[ReviewRow]] = {}
        for row in self.rows.values():
            together.setdefault((row.call, row.item), []).append(row)
        scored = {key[:2] for key, gathered in self.reviews.items() if gathered.overall is not None}
        if "overall" not in self.mapping.columns:
            scored = {key[:2] for key, gathered in self.reviews.items() if gathered.has_score}
        items: dict[str, list[OutsideItem]] = {}
        for (call, key), rows in together.items():
            triaged = [row for row in rows if row.not_discussed]
            if triaged and (call, key) in scored:
                self.warn(
                    "not discussed in one row and scored in another; kept as discussed",
                    triaged[0].number,
                    key,
                )
            item = OutsideItem(
                key=key,
                title=self._one("title", ((row.number, row.title) for row in rows)) or "",
                group=self._one("group", ((row.number, row.group) for row in rows)) or "",
                discussed=not triaged or (call, key) in scored,
                selected=self._one("outcome", ((row.number, row.selected) for row in rows)),
                rows=tuple(row.number for row in rows),
            )
            items.setdefault(call, []).append(item)
        return items

    def _scales(self, reviews: Sequence[OutsideReview]) -> _Scales:
        given, own = self.mapping.scale, self.mapping.overall_scale
        criteria, overall = _criterion_scores(reviews), self._overall_scores(reviews)
        together = criteria if own else criteria + overall
        if not criteria and not overall:
            raise ImportProblem("No row holds a score: none of these proposals was discussed.")
        if own and not together:
            return _Scales(given or own, own, given=True)
        scale = given or (min(together), max(together))
        return _Scales(scale, own or scale, given=given is not None)

    def _overall_scores(self, reviews: Iterable[OutsideReview]) -> list[float]:
        given = "overall" in self.mapping.columns
        return [review.overall for review in reviews if given and review.overall is not None]

    def _panel(
        self,
        call: str,
        items: Sequence[OutsideItem],
        reviews: Sequence[OutsideReview],
        criteria: Sequence[OutsideCriterion],
        scales: _Scales,
    ) -> OutsidePanel:
        answered = {key for review in reviews for key, value in review.scores.items() if value is not None}
        kept = tuple(
            replace(review, scores={key: value for key, value in review.scores.items() if key in answered})
            for review in reviews
        )
        scores = _criterion_scores(kept)
        if not scores or not self.mapping.overall_scale:
            scores += self._overall_scores(kept)
        steps = tuple(sorted(set(scores)))
        ends = scales.criteria if answered else scales.overall
        return OutsidePanel(
            call=call,
            items=tuple(items),
            reviewers=tuple(dict.fromkeys(review.reviewer for review in kept)),
            criteria=tuple(one for one in criteria if one.key in answered),
            reviews=kept,
            lower_is_better=bool(self.mapping.lower_is_better),
            overall_given="overall" in self.mapping.columns,
            scale_min=scales.criteria[0],
            scale_max=scales.criteria[1],
            scale_given=scales.given,
            overall_min=scales.overall[0],
            overall_max=scales.overall[1],
            steps=steps,
            gaps=step_gaps(steps, *ends),
        )

    def _note_spellings(self) -> None:
        for what in ("item", "reviewer"):
            first: dict[tuple[str, str], str] = {}
            said = set()
            for row in self.rows.values():
                text = row.item if what == "item" else row.reviewer
                known = first.setdefault((row.call if what == "item" else "", _alike(text)), text)
                if known != text and text not in said:
                    said.add(text)
                    name = "proposal" if what == "item" else "reviewer"
                    self.warn(f"{name} written in two ways; kept as two", row.number, f"{known} and {text}")

    def _report(self, panels: Sequence[OutsidePanel], criteria: Sequence[OutsideCriterion]) -> PanelReport:
        used = self.mapping.used()
        cells = {
            row.number: {name: row.cells[name] for name in row.cells if name in used}
            for row in self.table.rows
        }
        reviews = [review for panel in panels for review in panel.reviews]
        counts = Counter(review.reviewer for review in reviews)
        return PanelReport(
            file=self.table.name,
            sha256=self.table.sha256,
            rows_read=len(self.table.rows),
            rows_used=len(self.rows),
            refused=tuple(
                Refused(number, reason, cells[number]) for number, reason in sorted(self.refused.items())
            ),
            not_discussed=tuple(
                (panel.call, item.key) for panel in panels for item in panel.items if not item.discussed
            ),
            blank={
                one.title: sum(review.scores.get(one.key) is None for review in reviews) for one in criteria
            },
            never_answered=tuple(
                (panel.call, one.title) for panel in panels for one in criteria if one not in panel.criteria
            ),
            single_reviewers=tuple(name for name, count in counts.items() if count == 1),
            assumed=tuple(self._assumed(panels)),
            warnings=self.warnings,
            not_kept=tuple(header for header in self.table.headers if header not in used),
            blank_rows=self.table.blank_rows,
            rows_above=len(self.table.preamble),
        )

    def _assumed(self, panels: Sequence[OutsidePanel]) -> Iterator[str]:
        if not panels:
            return
        if self.mapping.lower_is_better is None:
            yield "A higher score is taken as the better one."
        if contrary := _against_outcome(panels):
            yield contrary
        low, high = panels[0].scale_min, panels[0].scale_max
        if not panels[0].scale_given:
            yield f"The scale is read from the scores: {low:.12g} to {high:.12g}."
        if self.reader.decimal_comma:
            yield "A comma in a number is read as the decimal sign: “1,5” is 1.5."
        reviews = [review for panel in panels for review in panel.reviews]
        criteria, overall = _criterion_scores(reviews), self._overall_scores(reviews)
        if criteria and overall and self.mapping.overall_scale is None:
            most, other = max(map(abs, overall)), max(map(abs, criteria))
            if max(most, other) > _TWO_SCALES * min(most, other):
                yield (
                    f"Overall scores reach {most:.12g} and criteria {other:.12g}: "
                    "if these are two scales, give the overall score its own."
                )


def _criterion_scores(reviews: Iterable[OutsideReview]) -> list[float]:
    return [value for review in reviews for value in review.scores.values() if value is not None]


def _against_outcome(panels: Sequence[OutsidePanel]) -> str:
    """A sentence when the selected proposals have the worse scores, as they would if the scale ran the other way."""
    scores: dict[bool, list[float]] = {True: [], False: []}
    for panel in panels:
        selected = {item.key: item.selected for item in panel.items}
        for review in panel.reviews:
            outcome = selected[review.item]
            if outcome is not None and review.overall is not None:
                scores[outcome].append(review.overall)
    if not scores[True] or not scores[False]:
        return ""
    difference = fmean(scores[True]) - fmean(scores[False])
    if difference and (difference < 0) != panels[0].lower_is_better:
        lower, said = ("lower", "higher") if difference < 0 else ("higher", "lower")
        return f"Selected proposals have the {lower} scores, yet {said} is taken as better: is that right?"
    return ""


def _alike(text: str) -> str:
    """A key without what a spreadsheet or a hand changes: capitals, and the “.0” of a whole number."""
    return _WHOLE.sub(r"\1", text) if _WHOLE.fullmatch(text) else text.casefold()
