"""What a pilot may cost and what it did cost. The record carries both sums for the lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError, NotFound
from incubator.domain.events import EventKind
from incubator.domain.pilots import dollars
from incubator.domain.roles import Actor
from incubator.flows.pilots import begin_change
from incubator.flows.record import record
from incubator.models.pilots import BudgetLine, Expense
from incubator.models.proposals import Proposal

FAR = timedelta(days=3_660)


@dataclass(frozen=True, slots=True)
class PlannedAmount:
    """Whole cents for a category; `month` (any day of it) when the plan goes that far."""

    category: str
    month: date | None
    cents: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """Whole cents; negative for a refund."""

    category: str
    spent_on: date
    cents: int
    what: str


def add_budget_line(
    session: Session, actor: Actor, proposal_id: int, line: PlannedAmount, *, now: datetime
) -> BudgetLine:
    proposal = begin_change(session, actor, Action.PLAN, proposal_id, now)
    if line.cents <= 0:
        raise DomainError("Enter an amount above zero.", "cents")
    if line.month is not None and abs(line.month - office_day(now)) > FAR:
        raise DomainError("This month is more than ten years away. Check the year.", "month")
    row = BudgetLine(
        proposal_id=proposal_id,
        category=line.category,
        planned_on=line.month.replace(day=1) if line.month else None,
        cents=line.cents,
        note=line.note,
    )
    session.add(row)
    _count_budget(session, proposal)
    _budget_event(session, actor, proposal, now, added={"category": line.category, "cents": line.cents})
    return row


def remove_budget_line(
    session: Session, actor: Actor, proposal_id: int, line_id: int, *, now: datetime
) -> None:
    """Take a line out of the budget; what it said stays in the history."""
    proposal = begin_change(session, actor, Action.PLAN, proposal_id, now)
    row = session.scalars(
        sa.select(BudgetLine).where(BudgetLine.id == line_id, BudgetLine.proposal_id == proposal_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    removed = {"category": row.category, "cents": row.cents}
    session.delete(row)
    _count_budget(session, proposal)
    _budget_event(session, actor, proposal, now, removed=removed)


def record_expense(
    session: Session, actor: Actor, proposal_id: int, payment: Payment, *, now: datetime
) -> Expense:
    proposal = begin_change(session, actor, Action.RECORD_READINGS, proposal_id, now)
    if payment.cents == 0:
        raise DomainError("Enter an amount other than zero.", "cents")
    if payment.spent_on < office_day(now) - FAR:
        raise DomainError("This day is more than ten years ago. Check the year.", "spent_on")
    if payment.spent_on > office_day(now):
        raise DomainError("Money cannot be spent in the future. Plan it in the budget instead.", "spent_on")
    row = Expense(
        proposal_id=proposal_id,
        category=payment.category,
        spent_on=payment.spent_on,
        cents=payment.cents,
        what=payment.what,
        recorded_at=now,
        recorded_by_id=actor.person_id,
    )
    session.add(row)
    _count_spending(session, proposal)
    record(
        session,
        actor,
        now,
        EventKind.EXPENSE_RECORDED,
        proposal_id=proposal_id,
        amount=dollars(payment.cents),
        what=payment.what,
    )
    return row


def strike_expense(
    session: Session, actor: Actor, proposal_id: int, expense_id: int, reason: str, *, now: datetime
) -> Expense:
    """Take an expense out of the sums; it stays on the page with the reason."""
    proposal = begin_change(session, actor, Action.RECORD_READINGS, proposal_id, now)
    row = session.scalars(
        sa.select(Expense).where(Expense.id == expense_id, Expense.proposal_id == proposal_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    if not reason:
        raise DomainError("Say why this expense is struck.", "reason")
    if row.struck_at is not None:
        raise DomainError("This expense is struck already.")
    row.struck_at, row.strike_reason = now, reason
    _count_spending(session, proposal)
    record(
        session,
        actor,
        now,
        EventKind.EXPENSE_CORRECTED,
        proposal_id=proposal_id,
        what=row.what,
        reason=reason,
        amount=dollars(row.cents),
    )
    return row


def _count_budget(session: Session, proposal: Proposal) -> None:
    session.flush()
    proposal.planned_cents = int(
        session.scalar(
            sa.select(sa.func.coalesce(sa.func.sum(BudgetLine.cents), 0)).where(
                BudgetLine.proposal_id == proposal.id
            )
        )
        or 0
    )


def _count_spending(session: Session, proposal: Proposal) -> None:
    session.flush()
    proposal.spent_cents = int(
        session.scalar(
            sa.select(sa.func.coalesce(sa.func.sum(Expense.cents), 0)).where(
                Expense.proposal_id == proposal.id, Expense.struck_at.is_(None)
            )
        )
        or 0
    )


def _budget_event(session: Session, actor: Actor, proposal: Proposal, now: datetime, **change: Any) -> None:
    record(
        session,
        actor,
        now,
        EventKind.BUDGET_CHANGED,
        proposal_id=proposal.id,
        amount=dollars(proposal.planned_cents),
        **change,
    )
