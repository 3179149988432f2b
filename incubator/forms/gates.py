"""Forms of the gates' pages: the decision, and the small acts between decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FieldList, Form, FormField, RadioField
from wtforms.validators import InputRequired

from incubator.forms.typed import DayField, LineField, PlainTextField, WholeField

ROWS_AT_FIRST = 3
MOST_ROWS = 20
REASON_CHARACTERS = 5_000

Choices = Sequence[tuple[str, Any]]


class Given:
    """Marks a question as needed on its page. The rule itself is asked by the flow."""

    field_flags = {"required": True}  # noqa: RUF012 - WTForms reads this attribute

    def __call__(self, form: Any, field: Any) -> None:
        return None


class ConditionForm(Form):
    """One condition. A row left blank altogether counts as not written."""

    text = LineField(_l("What must be done"), [Given()], limit=500)
    owner = LineField(_l("Who sees to it"), [Given()], limit=200)
    due_on = DayField(_l("By when"), [Given()])

    @property
    def blank(self) -> bool:
        return not (self.text.data or self.owner.data or self.due_on.data or self.due_on.errors)


class DecisionForm(FlaskForm):
    """What is decided and why; which of the other questions count depends on the outcome."""

    outcome = RadioField(_l("What do you decide?"), [InputRequired(_l("Choose what you decide"))])
    conditions = FieldList(
        FormField(ConditionForm), min_entries=ROWS_AT_FIRST, max_entries=MOST_ROWS, label=_l("Conditions")
    )
    hold_until = DayField(_l("Hold until"), [Given()])
    extend_days = WholeField(
        _l("How many more days?"),
        [Given()],
        description=_l("Counted from the day the decision is due. At most 90, and only once in a stage."),
    )
    back_to = RadioField(_l("Back to which stage?"), [Given()], validate_choice=False)
    end_reason = RadioField(_l("Why does it end?"), [Given()], validate_choice=False)
    transferred_to = LineField(_l("Who takes it over?"), [Given()], limit=200)
    merged_into = LineField(
        _l("Number of the proposal it is merged into"),
        [Given()],
        description=_l("For example CDOT-0042."),
        limit=60,
    )
    reason = PlainTextField(
        _l("Reason"),
        [Given()],
        description=_l("The agency reads this. Say what decided it, and what would change it."),
        limit=REASON_CHARACTERS,
    )

    against_advice = PlainTextField(
        _l("Why do you decide against the criteria?"),
        [Given()],
        description=_l(
            "What the verdicts do not show, or why they should not carry this decision. A second person who "
            "decides at this gate reads it and approves it, or sends it back."
        ),
        limit=REASON_CHARACTERS,
    )

    def __init__(
        self, *args: Any, outcomes: Choices, stages: Choices, end_reasons: Choices, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.outcome.choices = list(outcomes)
        self.back_to.choices = list(stages)
        self.end_reason.choices = list(end_reasons)

    def written_rows(self) -> list[ConditionForm]:
        """The conditions that were written, in order."""
        return [entry.form for entry in self.conditions.entries if not entry.form.blank]


class CheckForm(FlaskForm):
    met = RadioField(_l("Is it met?"), [InputRequired(_l("Choose an answer"))])
    note = PlainTextField(
        _l("Note"),
        description=_l("What you looked at. Needed for a no or where it does not apply."),
        limit=5_000,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.met.choices = [
            ("yes", _l("Yes, it is met")),
            ("no", _l("No")),
            ("na", _l("It does not apply")),
        ]


class CloseConditionForm(FlaskForm):
    note = PlainTextField(
        _l("How was it met?"),
        [Given()],
        description=_l("One or two sentences that stay with it."),
        limit=5_000,
    )


class ExtendForm(FlaskForm):
    days = WholeField(
        _l("How many days more?"),
        [Given()],
        description=_l("Counted from the day the decision is due. At most 90, and only once."),
    )
    reason = PlainTextField(
        _l("Why does it need more time?"), [Given()], description=_l("The agency reads this."), limit=5_000
    )


class ResumeForm(FlaskForm):
    reason = PlainTextField(
        _l("Why does it go on?"), [Given()], description=_l("The agency reads this."), limit=5_000
    )


class ReviveForm(FlaskForm):
    stage = RadioField(_l("In which stage is it taken up?"), [Given()], validate_choice=False)
    reason = PlainTextField(
        _l("What has changed since it was closed?"),
        [Given()],
        description=_l("The agency reads this."),
        limit=5_000,
    )

    def __init__(self, *args: Any, stages: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stage.choices = list(stages)


class ApproveForm(FlaskForm):
    """The second signature: there is nothing to fill in."""


class SendBackForm(FlaskForm):
    reason = PlainTextField(
        _l("Why is it not decided this way?"),
        [Given()],
        description=_l("Who proposed it reads this. It stays in the record's history."),
        limit=REASON_CHARACTERS,
    )


class AmendForm(FlaskForm):
    reason = PlainTextField(
        _l("The amended reason"),
        [Given()],
        description=_l("It is added below the first one, with your name and the day. Nothing is erased."),
        limit=5_000,
    )
