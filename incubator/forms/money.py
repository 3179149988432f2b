"""Forms of a pilot's budget and expenses."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField

from incubator.domain.input import parse_money, parse_partial_date
from incubator.domain.pilots import BUDGET_CATEGORIES
from incubator.forms.typed import DayField, LineField, MoneyField, Needed, TypedField

CATEGORIES = [SelectChoice(name, _l(name)) for name in BUDGET_CATEGORIES]


class SignedMoneyField(TypedField):
    """Dollars as typed, negative for a refund; `data` in whole cents."""

    def read(self, text: str) -> int:
        return parse_money(text, allow_negative=True)

    def show(self, value: int) -> str:
        dollars, cents = divmod(abs(value), 100)
        return f"{'-' if value < 0 else ''}{dollars:,}" + (f".{cents:02}" if cents else "")


class MonthField(TypedField):
    """A month, or a day of it; `data` is its first day."""

    def read(self, text: str) -> date:
        return parse_partial_date(text)[0].replace(day=1)

    def show(self, value: date) -> str:
        return f"{value:%B %Y}"


class BudgetForm(FlaskForm):
    category = SelectField(_l("Category"), choices=CATEGORIES)
    cents = MoneyField(_l("Amount"), [Needed(_l("Enter an amount"))])
    month = MonthField(
        _l("Month"),
        description=_l("For example, March 2027. Leave it empty to spread the amount over the pilot."),
    )
    note = LineField(_l("What for"), limit=300)


class ExpenseForm(FlaskForm):
    category = SelectField(_l("Category"), choices=CATEGORIES)
    cents = SignedMoneyField(
        _l("Amount"),
        [Needed(_l("Enter an amount"))],
        description=_l("A refund is negative, for example -120.50."),
    )
    spent_on = DayField(_l("Day"), [Needed(_l("Enter the day"))])
    what = LineField(
        _l("What for"),
        [Needed(_l("Say what the money was for"))],
        limit=300,
        description=_l("For a refund, also why the money came back."),
    )


class StrikeForm(FlaskForm):
    reason = LineField(_l("Why is it wrong?"), [Needed(_l("Say why this expense is struck"))], limit=500)
