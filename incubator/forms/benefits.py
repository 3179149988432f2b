"""Forms of the benefits register: a promise, and what came of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from incubator.domain.benefits import BENEFIT_KINDS, CERTAINTIES
from incubator.domain.input import InputError, parse_number
from incubator.forms.pilots import VersionField
from incubator.forms.typed import (
    ChoiceField,
    DayField,
    LineField,
    Needed,
    PlainTextField,
    TypedField,
    WholeField,
)


class HundredthsField(TypedField):
    """A number with at most two decimals, also below nothing; `data` in whole hundredths."""

    def read(self, text: str) -> int:
        if "%" in text:
            raise InputError("Enter a number, not a share.")
        hundredths = parse_number(text) * 100
        if hundredths != hundredths.to_integral_value():
            raise InputError("Enter at most two digits after the point.")
        return int(hundredths)

    def show(self, value: int) -> str:
        return f"{(Decimal(value) / 100).normalize():,f}"


class KindField(ChoiceField):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        options = [(kind.value, _l(words.staff)) for kind, words in BENEFIT_KINDS.items()]
        super().__init__(*args, options=options, **kwargs)


class CertaintyField(ChoiceField):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        options = [(one.value, _l(words.staff)) for one, words in CERTAINTIES.items()]
        super().__init__(*args, options=options, **kwargs)


class PromiseForm(FlaskForm):
    name = LineField(
        _l("Benefit"),
        [Needed(_l("Name the benefit"))],
        limit=200,
        description=_l("One thing that gets better, such as “Overtime in the call center”."),
    )
    kind = KindField(
        _l("Kind"),
        description=_l(
            "Hours saved are hours. They are cash only where a budget line falls because of them."
        ),
    )
    unit = LineField(
        _l("Unit"), limit=60, description=_l("Only for something else that is counted, such as “visits”.")
    )
    budget_line = LineField(
        _l("Budget line that falls"), limit=200, description=_l("Needed for cash: where the money is saved.")
    )
    owner_name = LineField(
        _l("Owner"),
        [Needed(_l("Say who answers for it"))],
        limit=200,
        description=_l("Who answers for this benefit after scaling."),
    )
    baseline = HundredthsField(_l("Baseline a year"), description=_l("What it is now, before any gain."))
    baseline_note = LineField(
        _l("Where the baseline comes from"),
        limit=500,
        description=_l("Source, period and how it was counted."),
    )
    low = HundredthsField(_l("Low"), [Needed(_l("Enter the low figure"))])
    likely = HundredthsField(_l("Likely"), [Needed(_l("Enter the likely figure"))])
    high = HundredthsField(_l("High"), [Needed(_l("Enter the high figure"))])
    years = WholeField(
        _l("For how many years"), [Needed(_l("Enter the number of years"))], description=_l("1 to 20.")
    )
    starts_on = DayField(
        _l("From"), description=_l("Leave it empty if it begins with the scaling. For example, July 1, 2027.")
    )
    version = VersionField()


class MeasurementForm(FlaskForm):
    certainty = CertaintyField(
        _l("How sure is it?"),
        description=_l(
            "Confirmed: somebody other than its owner checked it. Estimated: worked out, not checked."
        ),
    )
    amount = HundredthsField(_l("Amount a year"))
    low = HundredthsField(_l("At the least"))
    high = HundredthsField(_l("At the most"))
    realised = PlainTextField(
        _l("What does the figure rest on?"),
        limit=4_000,
        description=_l("Where it was counted, for which months, and who checked it."),
    )
    unknown_reason = PlainTextField(
        _l("If it is unknown: why?"),
        limit=2_000,
        description=_l("“Unknown” with its reason is an honest answer."),
    )
    version = VersionField(default=0)
