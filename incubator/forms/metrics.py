"""Forms of metrics and their readings."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, SelectChoice, SelectField
from wtforms.validators import InputRequired, ValidationError

from incubator.domain.evaluation import ARMS, DESIGNS, MEASURES, PROMISES, Arm, Design, Measure, Promise
from incubator.domain.input import parse_number
from incubator.domain.pilots import CADENCES, DIRECTIONS, KINDS, Cadence, CriterionKind, Direction
from incubator.forms.pilots import AmendForm, VersionField
from incubator.forms.typed import DayField, LineField, Needed, NumberField, PlainTextField, TypedField

PASTED_LIMIT = 400_000
PERCENT = frozenset({"", "%", "percent", "per cent", "pct"})
_PLAIN = (
    "name",
    "unit",
    "baseline",
    "baseline_note",
    "baseline_from",
    "baseline_to",
    "baseline_cases",
    "target",
    "smallest_change",
    "denominator",
    "exclusions",
    "horizon_on",
    "rule",
    "expected_cases",
    "owner_name",
    "source",
    "source_url",
)


class SignedNumberField(TypedField):
    """A number that may be negative."""

    def read(self, text: str) -> float:
        return float(parse_number(text))

    def show(self, value: float) -> str:
        return f"{value:,.10g}" if abs(value) < 1e9 else f"{value:,.0f}"


class MetricForm(AmendForm):
    name = LineField(
        _l("What is measured"),
        [Needed(_l("Enter what is measured"))],
        limit=120,
        description=_l("For example: average wait before a permit is issued"),
    )
    kind = RadioField(
        _l("What is it for?"),
        [InputRequired(_l("Choose what it is for"))],
        choices=[SelectChoice(key.value, _l(words.staff)) for key, words in KINDS.items()],
        default=CriterionKind.GOAL.value,
    )
    direction = RadioField(
        _l("Which way is better?"),
        [InputRequired(_l("Choose which way is better"))],
        choices=[SelectChoice(key.value, _l(words.staff)) for key, words in DIRECTIONS.items()],
    )
    measure = RadioField(
        _l("How is a reading read?"),
        [InputRequired(_l("Choose how a reading is read"))],
        choices=[SelectChoice(key.value, _l(words.staff)) for key, words in MEASURES.items()],
        default=Measure.VALUE.value,
    )
    unit = LineField(
        _l("Unit"),
        [Needed(_l("Enter the unit"))],
        limit=40,
        description=_l("For example: days, $, calls a week. A share is in %."),
    )
    per = NumberField(
        _l("Counted for how many?"),
        description=_l("Only for a count: 1,000 when it is errors in 1,000 cases."),
    )
    denominator = LineField(
        _l("What counts as a case?"),
        limit=300,
        description=_l("For example: every application received in the month"),
    )
    exclusions = LineField(
        _l("What is left out?"),
        limit=500,
        description=_l("For example: applications withdrawn by the applicant. Decide it before the data."),
    )
    baseline = SignedNumberField(_l("Baseline"), description=_l("As measured before the pilot began."))
    baseline_from = DayField(_l("Baseline from"))
    baseline_to = DayField(_l("Baseline to"))
    baseline_cases = NumberField(_l("Cases in the baseline"))
    baseline_note = LineField(
        _l("How the baseline was measured"),
        limit=300,
        description=_l("For example: mean of January to June 2026, from the case system"),
    )
    target = SignedNumberField(
        _l("Target, or limit of a guardrail"),
        description=_l(
            "Of a goal: what would be good enough to go on. Of a guardrail: the limit that must not be crossed."
        ),
    )
    promise = RadioField(
        _l("What does the target promise?"),
        [InputRequired(_l("Choose what the target promises"))],
        choices=[SelectChoice(key.value, _l(words.staff)) for key, words in PROMISES.items()],
        default=Promise.CHANGE.value,
        description=_l("It decides when the measured baseline turns out different from the planned one."),
    )
    smallest_change = NumberField(
        _l("Smallest worthwhile change"),
        description=_l(
            "The smallest change from the baseline that would be worth the effort, in the metric's unit."
        ),
    )
    horizon_on = DayField(
        _l("Horizon"), description=_l("The day the verdict is due. Left empty, the end of the pilot.")
    )
    rule = PlainTextField(
        _l("Decision rule in your own words"),
        limit=1_000,
        description=_l("The rule itself is fixed and shown on the plan; add only what it does not say."),
    )
    design = SelectField(
        _l("Design, where it differs from the plan's"),
        choices=[
            SelectChoice("", _l("As in the plan")),
            *(SelectChoice(key.value, _l(words.staff)) for key, words in DESIGNS.items()),
        ],
    )
    cadence = SelectField(
        _l("How often is it read?"),
        choices=[SelectChoice(key.value, _l(words.staff)) for key, words in CADENCES.items()],
        default=Cadence.MONTHLY.value,
    )
    expected_cases = NumberField(
        _l("Cases expected in each period"),
        description=_l("For example 40, when it is read every month and some 40 cases come in a month."),
    )
    owner_name = LineField(_l("Who reads it"), limit=120, description=_l("A person or an office."))
    source = LineField(
        _l("Where the numbers come from"), limit=300, description=_l("The system, report or survey.")
    )
    source_url = LineField(_l("Web address of the source"), limit=500)
    version = VersionField()

    def validate(self, extra_validators: Any = None) -> bool:
        if self.measure.data == Measure.SHARE.value and (self.unit.data or "").lower() in PERCENT:
            self.unit.data = "%"
        return bool(super().validate(extra_validators))

    def validate_source_url(self, field: Any) -> None:
        if field.data and not field.data.lower().startswith(("https://", "http://")):
            raise ValidationError(_("Enter an address that starts with https://"))

    def validate_per(self, field: Any) -> None:
        if self.measure.data == Measure.RATE.value and field.data is None and not field.errors:
            raise ValidationError(_("Enter for how many it is counted, such as 1,000."))

    def chosen(self) -> dict[str, Any]:
        """The values as the flow takes them."""
        counted = self.measure.data == Measure.RATE.value
        return {
            **{name: getattr(self, name).data for name in _PLAIN},
            "direction": Direction(self.direction.data),
            "kind": CriterionKind(self.kind.data),
            "cadence": Cadence(self.cadence.data),
            "measure": Measure(self.measure.data),
            "promise": Promise(self.promise.data),
            "design": Design(self.design.data) if self.design.data else None,
            "per": float(self.per.data or 1.0) if counted else 1.0,
        }


class ReadingForm(FlaskForm):
    taken_on = DayField(_l("Day"), [Needed(_l("Enter the day of the reading"))])
    value = SignedNumberField(_l("Value"))
    numerator = NumberField(_l("Counted"))
    denominator = NumberField(
        _l("Number of cases"),
        description=_l("How many cases stand behind it, if you know. 0 if there was no case to measure."),
    )
    arm = SelectField(
        _l("Whose reading is it?"),
        choices=[SelectChoice(key.value, _l(words.staff)) for key, words in ARMS.items()],
        default=Arm.PILOT.value,
    )
    unit = LineField(
        _l("Site, agency or case"), limit=120, description=_l("Only where there are several on a day.")
    )
    note = LineField(_l("Note"), limit=500)
    reason = LineField(
        _l("Reason for a correction"),
        limit=500,
        description=_l("Only when this day already has another reading. The old value is kept."),
    )

    def validate_value(self, field: Any) -> None:
        given = (self.numerator.data is not None) or self.denominator.data == 0
        if field.data is None and not field.errors and not given:
            raise ValidationError(_("Enter the value"))


class ImportForm(FlaskForm):
    pasted = PlainTextField(
        _l("Paste rows from a spreadsheet"),
        limit=PASTED_LIMIT,
        counted=False,
        description=_l(
            "A date and a value in each row; a number of cases and a note may follow. With a first line of names, columns may also be called counted (the numerator), arm (pilot or comparison) and unit (a site, agency or case)."
        ),
    )
    file = FileField(_l("Or choose a file"), description=_l("CSV or Excel, at most 5 MB."))
    order = SelectField(
        _l("Dates in figures"),
        default="",
        choices=[
            SelectChoice("", _l("As the dates show")),
            SelectChoice("mdy", _l("Month, day, year: 3/4/2026 is March 4")),
            SelectChoice("dmy", _l("Day, month, year: 3/4/2026 is April 3")),
        ],
    )
    decimals = SelectField(
        _l("Decimals"),
        default="",
        choices=[
            SelectChoice("", _l("As the numbers show")),
            SelectChoice("point", _l("With a point: 1,234.5")),
            SelectChoice("comma", _l("With a comma: 1.234,5")),
        ],
    )
    fractions = SelectField(
        _l("Shares"),
        default="",
        choices=[
            SelectChoice("", _l("As the values show")),
            SelectChoice("no", _l("In percent: 45 is 45%")),
            SelectChoice("yes", _l("As fractions: 0.45 is 45%")),
        ],
    )


class ConfirmForm(FlaskForm):
    rows = HiddenField()
    reason = LineField(
        _l("Why are the recorded values wrong?"),
        limit=500,
        description=_l("Leave this empty to keep the recorded values and take in the new days only."),
    )
