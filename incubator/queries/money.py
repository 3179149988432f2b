"""A pilot's budget and expenses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.stages import Provenance
from incubator.models.accounts import Person
from incubator.models.pilots import BudgetLine, Expense


@dataclass(frozen=True, slots=True)
class BudgetRow:
    id: int
    category: str
    planned_on: date | None
    cents: int
    note: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class ExpenseRow:
    id: int
    category: str
    spent_on: date
    cents: int
    what: str
    recorded_at: datetime
    recorded_by: str | None
    struck_at: datetime | None
    strike_reason: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """Whole cents planned and spent in a category."""

    category: str
    planned: int
    spent: int


@dataclass(frozen=True, slots=True)
class Flows:
    """Amounts as charts need them: planned by day (None: no month), spent by day, and what the figures are."""

    planned: tuple[tuple[date | None, int], ...]
    spent: tuple[tuple[date, int], ...]
    provenance: Provenance | None

    @property
    def budget(self) -> int:
        return sum(cents for _, cents in self.planned)

    @property
    def total_spent(self) -> int:
        return sum(cents for _, cents in self.spent)


def flows_of(session: Session, proposal_id: int) -> Flows:
    """Planned and spent amounts in one statement, struck expenses left out."""
    plan = sa.select(
        sa.literal(True).label("plan"),
        BudgetLine.planned_on.label("day"),
        BudgetLine.cents,
        BudgetLine.provenance,
    ).where(BudgetLine.proposal_id == proposal_id)
    costs = sa.select(
        sa.literal(False).label("plan"), Expense.spent_on.label("day"), Expense.cents, Expense.provenance
    ).where(Expense.proposal_id == proposal_id, Expense.struck_at.is_(None))
    both = sa.union_all(plan, costs).subquery()
    rows = session.execute(
        sa.select(both.c.plan, both.c.day, sa.func.sum(both.c.cents).label("cents"), both.c.provenance)
        .group_by(both.c.plan, both.c.day, both.c.provenance)
        .order_by(both.c.plan, both.c.day)
    ).all()
    return Flows(
        tuple((row.day, int(row.cents)) for row in rows if row.plan),
        tuple((row.day, int(row.cents)) for row in rows if not row.plan),
        weakest([row.provenance for row in rows]),
    )


def weakest(kinds: Sequence[Provenance]) -> Provenance | None:
    """What a sum of such figures is: an illustration if any of them is one."""
    order = (Provenance.ILLUSTRATION, Provenance.PUBLISHED, Provenance.MEASURED)
    return next((kind for kind in order if kind in kinds), None)


def budget_of(session: Session, proposal_id: int) -> list[BudgetRow]:
    rows = session.execute(
        sa.select(
            BudgetLine.id,
            BudgetLine.category,
            BudgetLine.planned_on,
            BudgetLine.cents,
            BudgetLine.note,
            BudgetLine.provenance,
        )
        .where(BudgetLine.proposal_id == proposal_id)
        .order_by(BudgetLine.category, BudgetLine.planned_on, BudgetLine.id)
    )
    return [BudgetRow(**row._mapping) for row in rows]


def expenses_of(session: Session, proposal_id: int) -> list[ExpenseRow]:
    """Expenses, newest first; struck ones stay on the page."""
    rows = session.execute(
        sa.select(
            Expense.id,
            Expense.category,
            Expense.spent_on,
            Expense.cents,
            Expense.what,
            Expense.recorded_at,
            Person.name.label("recorded_by"),
            Expense.struck_at,
            Expense.strike_reason,
            Expense.provenance,
        )
        .outerjoin(Person, Person.id == Expense.recorded_by_id)
        .where(Expense.proposal_id == proposal_id)
        .order_by(Expense.spent_on.desc(), Expense.id.desc())
    )
    return [ExpenseRow(**row._mapping) for row in rows]


def by_category(budget: Sequence[BudgetRow], expenses: Sequence[ExpenseRow]) -> list[CategoryRow]:
    """Budget against spending, by category in alphabetical order."""
    planned: dict[str, int] = defaultdict(int)
    spent: dict[str, int] = defaultdict(int)
    for line in budget:
        planned[line.category] += line.cents
    for expense in expenses:
        if expense.struck_at is None:
            spent[expense.category] += expense.cents
    return [CategoryRow(name, planned[name], spent[name]) for name in sorted({*planned, *spent})]
