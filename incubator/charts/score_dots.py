"""Every reviewer's total per proposal, with mean and median, so that no average hides a split."""

from dataclasses import dataclass
from typing import ClassVar

from incubator.analytics.rubric import Agreement, agreement
from incubator.charts import words
from incubator.charts.chart import Cell, Chart, Table
from incubator.charts.points import Points

SUMMABLE = 1e300
"""Totals beyond this are no scores, and their sum would leave the floats."""


@dataclass(frozen=True)
class ProposalScores:
    """One proposal with the weighted totals of its reviewers; None, NaN and absurd sizes are left out.

    `calibrated` is the mean adjusted for how strict its reviewers are; it stands beside the mean, never instead.
    """

    label: str
    totals: tuple[float | None, ...]
    calibrated: float | None = None

    @property
    def known(self) -> tuple[float, ...]:
        found = (words.finite(total) for total in self.totals)
        return tuple(sorted(total for total in found if total is not None and abs(total) <= SUMMABLE))

    @property
    def adjusted(self) -> float | None:
        """The calibrated mean where there is a mean to stand beside."""
        return words.finite(self.calibrated) if self.known else None


@dataclass(frozen=True, kw_only=True)
class ScoreDots(Chart):
    """Proposals in the order given (usually ranked).

    `split_at` is how many points apart reviewers count as split; None stands for half the scale.
    """

    VERSION: ClassVar[int] = 3
    EMPTY: ClassVar[str] = "No reviews yet"

    proposals: tuple[ProposalScores, ...]
    lowest: float = 1.0
    highest: float = 5.0
    lower_is_better: bool = False
    split_at: float | None = None

    @property
    def points(self) -> Points:
        return Points(self.lowest, self.highest, self.lower_is_better)

    @property
    def apart(self) -> float:
        """How many points apart reviewers count as split."""
        given = words.finite(self.split_at)
        low, high = self.points.ends
        return high / 2 - low / 2 if given is None else given

    @property
    def is_calibrated(self) -> bool:
        """True when any proposal has a calibrated mean to show."""
        return any(proposal.adjusted is not None for proposal in self.proposals)

    @property
    def is_empty(self) -> bool:
        return not any(proposal.known for proposal in self.proposals)

    def agreement(self, proposal: ProposalScores) -> Agreement | None:
        return agreement(proposal.known, self.apart)

    def finding(self) -> str:
        scored = [a for p in self.proposals if (a := self.agreement(p)) is not None]
        split = sum(a.split for a in scored)
        if len(scored) == 1:
            mean, median = (self.points.write(value) for value in (scored[0].mean, scored[0].median))
            return f"{'Reviewers are split' if split else 'Reviewers are not split'}: mean {mean}, median {median}"
        if not split:
            return f"Reviewers are split on none of {words.plural(len(scored), 'proposal')}"
        return f"Reviewers are split on {words.count(split)} of {words.plural(len(scored), 'proposal')}"

    def numbers(self) -> str:
        reviews = sum(len(p.known) for p in self.proposals)
        means = [(a.mean, p.label) for p in self.proposals if (a := self.agreement(p)) is not None]
        pick = min if self.lower_is_better else max
        mean, label = pick(means, key=lambda pair: pair[0])
        best = "best mean" if self.lower_is_better else "highest mean"
        return f"{words.plural(reviews, 'review')}; {best} {self.points.write(mean)} for {words.clean(label, 80)}."

    def table(self) -> Table:
        calibrated = self.is_calibrated
        adjusted = ("Calibrated",) if calibrated else ()
        header = ("Proposal", "Reviews", "Mean", *adjusted, "Median", "Lowest", "Highest", "Split", "Totals")
        rows: list[tuple[Cell, ...]] = []
        for p in self.proposals:
            a, totals = self.agreement(p), ", ".join(f"{total:.2f}" for total in p.known)
            beside = (p.adjusted,) if calibrated else ()
            if a is None:
                rows.append((words.clean(p.label), 0, None, *beside, None, None, None, None, None))
            else:
                split = "yes" if a.split else "no"
                rows.append(
                    (words.clean(p.label), a.n, a.mean, *beside, a.median, a.lowest, a.highest, split, totals)
                )
        return Table(header, rows)
