"""Forms of the evaluation plan's lock, its templates and the changes of a process."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from incubator.forms.pilots import AmendForm
from incubator.forms.typed import DayField, LineField, Needed, PlainTextField


class ProposeLockForm(FlaskForm):
    seen = HiddenField()


class ConfirmLockForm(FlaskForm):
    seen = HiddenField()
    reason = PlainTextField(
        _l("Why lock the plan all the same?"),
        limit=2_000,
        description=_l("Your name stands beside this, in the plan and at every gate."),
    )


class ProcessChangeForm(FlaskForm):
    happened_on = DayField(_l("Day"), [Needed(_l("Enter the day of the change"))])
    what = LineField(
        _l("What changed?"),
        [Needed(_l("Say what changed"))],
        limit=500,
        description=_l("For example: the form got a second page; two clerks left; the counting rule changed"),
    )
    metric_id = SelectField(_l("Which metric does it touch?"), coerce=str)
    new_limits = BooleanField(
        _l("Start new limits in the process chart here"),
        description=_l(
            "Only when the process is a different one from this day on. The old limits stay drawn before it."
        ),
    )

    def __init__(self, *args: Any, metrics: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.metric_id.choices = [
            ("", _("All metrics of the pilot")),
            *((str(key), name) for key, name in metrics),
        ]

    @property
    def chosen_metric(self) -> int | None:
        return int(self.metric_id.data) if self.metric_id.data else None


class StrikeForm(FlaskForm):
    reason = LineField(_l("Why is the note wrong?"), [Needed(_l("Say why the note is struck"))], limit=500)


class TemplateForm(AmendForm):
    """The criteria a template suggests, to be ticked one by one."""

    chosen = SelectMultipleField(
        _l("Which criteria do you want to start with?"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def __init__(self, *args: Any, suggestions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.chosen.choices = list(suggestions)

    def validate_chosen(self, field: Any) -> None:
        if not field.data and not field.errors:
            raise ValidationError(_("Tick at least one criterion."))
