"""Forms of metrics and their readings."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, SelectChoice, SelectField
from wtforms.validators import InputRequired, ValidationError

from incubator.domain.input import parse_number
from incubator.domain.pilots import CADENCES, DIRECTIONS, KINDS, Cadence, CriterionKind, Direction
from incubator.forms.pilots import VersionField
from incubator.forms.typed import DayField, LineField, Needed, NumberField, PlainTextField, TypedField

PASTED_LIMIT = 400_000


class SignedNumberField(TypedField):
    """A number that may be negative."""

    def read(self, text: str) -> float:
        return float(parse_number(text))

    def show(self, value: float) -> str:
        return f"{value:,.10g}" if abs(value) < 1e9 else f"{value:,.0f}"


class MetricForm(FlaskForm):
    name = LineField(
        _l("What is measured"),
        [Needed(_l("Enter what is measured"))],
        limit=120,
        description=_l("For example: average wait before a permit is issued"),
    )
    unit = LineField(
        _l("Unit"),
        [Needed(_l("Enter the unit"))],
        limit=40,
        description=_l("For example: days, %, $, calls a week"),
    )
    direction = RadioField(
        _l("Which way is better?"),
        [InputRequired(_l("Choose which way is better"))],
        choices=[SelectChoice(key.value, _l(words.staff)) for key, words in DIRECTIONS.items()],
    )
    kind = RadioField(
        _l("What is it for?"),
        [InputRequired(_l("Choose what it is for"))],
        choices=[SelectChoice(key.value, _l(words.staff)) for key, words in KINDS.items()],
        default=CriterionKind.GOAL.value,
    )
    baseline = SignedNumberField(_l("Baseline"), description=_l("As measured before the pilot began."))
    baseline_note = LineField(
        _l("How the baseline was measured"),
        limit=300,
        description=_l("For example: mean of January to June 2026, from the case system"),
    )
    target = SignedNumberField(_l("Target"), description=_l("What would be good enough to go on."))
    cadence = SelectField(
        _l("How often is it read?"),
        choices=[SelectChoice(key.value, _l(words.staff)) for key, words in CADENCES.items()],
        default=Cadence.MONTHLY.value,
    )
    owner_name = LineField(_l("Who reads it"), limit=120, description=_l("A person or an office."))
    source = LineField(
        _l("Where the numbers come from"), limit=300, description=_l("The system, report or survey.")
    )
    source_url = LineField(_l("Web address of the source"), limit=500)
    version = VersionField()

    def validate_source_url(self, field: Any) -> None:
        if field.data and not field.data.lower().startswith(("https://", "http://")):
            raise ValidationError(_("Enter an address that starts with https://"))

    def chosen(self) -> dict[str, Any]:
        """The values as the flow takes them."""
        names = ("name", "unit", "baseline", "baseline_note", "target", "owner_name", "source", "source_url")
        return {
            **{name: getattr(self, name).data for name in names},
            "direction": Direction(self.direction.data),
            "kind": CriterionKind(self.kind.data),
            "cadence": Cadence(self.cadence.data),
        }


class ReadingForm(FlaskForm):
    taken_on = DayField(_l("Day"), [Needed(_l("Enter the day of the reading"))])
    value = SignedNumberField(_l("Value"), [Needed(_l("Enter the value"))])
    denominator = NumberField(
        _l("Number of cases"), description=_l("How many cases stand behind it, if you know.")
    )
    note = LineField(_l("Note"), limit=500)
    reason = LineField(
        _l("Reason for a correction"),
        limit=500,
        description=_l("Only when this day already has another reading. The old value is kept."),
    )


class ImportForm(FlaskForm):
    pasted = PlainTextField(
        _l("Paste rows from a spreadsheet"),
        limit=PASTED_LIMIT,
        counted=False,
        description=_l(
            "A date and a value in each row; a number of cases and a note may follow. A first line with names is welcome."
        ),
    )
    file = FileField(_l("Or choose a file"), description=_l("CSV or Excel, at most 5 MB."))


class ConfirmForm(FlaskForm):
    rows = HiddenField()
    reason = LineField(
        _l("Why are the recorded values wrong?"),
        limit=500,
        description=_l("Leave this empty to keep the recorded values and take in the new days only."),
    )
