"""Budget and expenses."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from incubator.domain.access import Action, can_on_record
from incubator.domain.clock import office_day
from incubator.domain.errors import NotFound
from incubator.extensions import db
from incubator.flows import money as flow
from incubator.forms.money import BudgetForm, ExpenseForm, StrikeForm
from incubator.queries import money as query
from incubator.queries import pilots as plan_query
from incubator.queries.records import RecordHead
from incubator.web.guards import on_record
from incubator.web.pilots import figures
from incubator.web.pilots.blueprint import blueprint, carry_out, status_of
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now


@blueprint.get("/pilots/<number>/money")
@on_record(Action.VIEW)
def money(record: RecordHead) -> Any:
    session, actor = db.session(), current_actor()
    budget = query.budget_of(session, record.id)
    expenses = query.expenses_of(session, record.id)
    standing = [row for row in expenses if row.struck_at is None]
    flows = query.Flows(
        tuple((row.planned_on, row.cents) for row in budget),
        tuple((row.spent_on, row.cents) for row in standing),
        query.weakest([*(row.provenance for row in budget), *(row.provenance for row in standing)]),
    )
    plan = plan_query.plan_of(session, record.id)
    return render_record(
        "pages/pilots/money.html",
        record,
        budget=budget,
        expenses=expenses,
        flows=flows,
        categories=query.by_category(budget, expenses),
        cost=figures.cost_figure(flows, plan, record.number, office_day(now()))
        if budget or standing
        else None,
        plans=bool(can_on_record(actor, Action.PLAN, record.facts)),
        records=bool(can_on_record(actor, Action.RECORD_READINGS, record.facts)),
    )


@blueprint.route("/pilots/<number>/budget/new", methods=["GET", "POST"])
@on_record(Action.PLAN)
def add_budget_line(record: RecordHead) -> Any:
    form: Any = BudgetForm()
    if form.validate_on_submit():
        line = flow.PlannedAmount(form.category.data, form.month.data, form.cents.data, form.note.data or "")
        answer = carry_out(
            lambda session: flow.add_budget_line(session, current_actor(), record.id, line, now=now()),
            to=_page(record),
            said=_("The amount is in the budget."),
            form=form,
        )
        if answer is not None:
            return answer
    return render_record("pages/pilots/budget_form.html", record, form=form), status_of(form)


@blueprint.post("/pilots/<number>/budget/<int:line_id>/remove")
@on_record(Action.PLAN)
def remove_budget_line(record: RecordHead, line_id: int) -> Any:
    return carry_out(
        lambda session: flow.remove_budget_line(session, current_actor(), record.id, line_id, now=now()),
        to=_page(record),
        said=_("The amount is no longer in the budget."),
    )


@blueprint.route("/pilots/<number>/expenses/new", methods=["GET", "POST"])
@on_record(Action.RECORD_READINGS)
def record_expense(record: RecordHead) -> Any:
    form: Any = ExpenseForm()
    if form.validate_on_submit():
        payment = flow.Payment(form.category.data, form.spent_on.data, form.cents.data, form.what.data)
        answer = carry_out(
            lambda session: flow.record_expense(session, current_actor(), record.id, payment, now=now()),
            to=_page(record),
            said=_("The refund is recorded.") if payment.cents < 0 else _("The expense is recorded."),
            form=form,
        )
        if answer is not None:
            return answer
    return render_record("pages/pilots/expense_form.html", record, form=form), status_of(form)


@blueprint.route("/pilots/<number>/expenses/<int:expense_id>/strike", methods=["GET", "POST"])
@on_record(Action.RECORD_READINGS)
def strike_expense(record: RecordHead, expense_id: int) -> Any:
    expense = next((row for row in query.expenses_of(db.session(), record.id) if row.id == expense_id), None)
    if expense is None:
        raise NotFound
    form = StrikeForm()
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.strike_expense(
                session, current_actor(), record.id, expense_id, form.reason.data, now=now()
            ),
            to=_page(record),
            said=_("The expense is struck; it stays on the page with your reason."),
            form=form,
        )
        if answer is not None:
            return answer
    return render_record("pages/pilots/strike_form.html", record, form=form, expense=expense), status_of(form)


def _page(record: RecordHead) -> str:
    return url_for("pilots.money", number=record.number)
