"""Every reviewer's total per proposal, with mean and median, so that no average hides a split."""

from dataclasses import dataclass
from typing import ClassVar

from incubator.analytics.rubric import Agreement, agreement
from incubator.charts import words
from incubator.charts.chart import Cell, Chart, Table


@dataclass(frozen=True)
class ProposalScores:
    """One proposal with the weighted totals (1-5) of its reviews; None and NaN are left out."""

    label: str
    totals: tuple[float | None, ...]

    @property
    def known(self) -> tuple[float, ...]:
        found = (words.finite(total) for total in self.totals)
        return tuple(sorted(total for total in found if total is not None))

    @property
    def agreement(self) -> Agreement | None:
        return agreement(self.known)


@dataclass(frozen=True, kw_only=True)
class ScoreDots(Chart):
    """Proposals in the order given (usually ranked)."""

    EMPTY: ClassVar[str] = "No reviews yet"

    proposals: tuple[ProposalScores, ...]
    lowest: float = 1.0
    highest: float = 5.0

    @property
    def is_empty(self) -> bool:
        return not any(proposal.known for proposal in self.proposals)

    def finding(self) -> str:
        scored = [a for p in self.proposals if (a := p.agreement) is not None]
        split = sum(a.split for a in scored)
        if len(scored) == 1:
            return f"{'Reviewers are split' if split else 'Reviewers agree'}: mean {scored[0].mean:.1f}, median {scored[0].median:.1f}"
        if not split:
            return f"Reviewers agree on all {words.plural(len(scored), 'proposal')}"
        return f"Reviewers are split on {words.count(split)} of {words.plural(len(scored), 'proposal')}"

    def numbers(self) -> str:
        reviews = sum(len(p.known) for p in self.proposals)
        best = max(
            (p for p in self.proposals if p.known), key=lambda p: p.agreement.mean if p.agreement else 0.0
        )
        mean = best.agreement.mean if best.agreement else 0.0
        return (
            f"{words.plural(reviews, 'review')}; highest mean {mean:.1f} for {words.clean(best.label, 80)}."
        )

    def table(self) -> Table:
        header = ("Proposal", "Reviews", "Mean", "Median", "Lowest", "Highest", "Split", "Totals")
        rows: list[tuple[Cell, ...]] = []
        for p in self.proposals:
            a, totals = p.agreement, ", ".join(f"{total:.2f}" for total in p.known)
            if a is None:
                rows.append((words.clean(p.label), 0, None, None, None, None, None, None))
            else:
                split = "yes" if a.split else "no"
                rows.append((words.clean(p.label), a.n, a.mean, a.median, a.lowest, a.highest, split, totals))
        return Table(header, rows)
