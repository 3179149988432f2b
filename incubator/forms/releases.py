"""Forms of a call's decisions before their release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import FieldList, FormField, RadioField
from wtforms.validators import InputRequired

from incubator.forms.gates import MOST_ROWS, ROWS_AT_FIRST, Choices, ConditionForm, Given
from incubator.forms.typed import DayField, PlainTextField

LIMIT = 5_000


class PrepareForm(FlaskForm):
    """The decision on one proposal; which of the questions count depends on the outcome."""

    outcome = RadioField(_l("What is to be decided?"), [InputRequired(_l("Choose what is to be decided"))])
    conditions = FieldList(
        FormField(ConditionForm), min_entries=ROWS_AT_FIRST, max_entries=MOST_ROWS, label=_l("Conditions")
    )
    hold_until = DayField(_l("Hold until"), [Given()])
    end_reason = RadioField(_l("Why does it end?"), [Given()], validate_choice=False)
    reason = PlainTextField(
        _l("Reason"), [Given()], description=_l("The agency reads this. Say what decided it."), limit=LIMIT
    )
    what_would_change = PlainTextField(
        _l("What would change the answer?"),
        [Given()],
        description=_l("The agency reads this. Say what they could do, and when it is worth trying again."),
        limit=LIMIT,
    )

    def __init__(self, *args: Any, outcomes: Choices, end_reasons: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outcome.choices = list(outcomes)
        self.end_reason.choices = list(end_reasons)

    def written_rows(self) -> list[ConditionForm]:
        """The conditions that were written, in order."""
        return [entry.form for entry in self.conditions.entries if not entry.form.blank]


class TogetherForm(FlaskForm):
    """The same outcome for several proposals; `together_form` adds `reason-<id>` and `change-<id>` for each."""

    outcome = RadioField(
        _l("What is to be decided on all of them?"), [InputRequired(_l("Choose what is to be decided"))]
    )
    hold_until = DayField(_l("Hold until"), [Given()])
    end_reason = RadioField(_l("Why do they end?"), [Given()], validate_choice=False)
    reason = PlainTextField(
        _l("Reason for all"),
        description=_l("Each agency reads this first, then what you write about its own proposal."),
        limit=LIMIT,
    )
    what_would_change = PlainTextField(
        _l("What would change the answer, for all"),
        description=_l("Each agency reads this first, then what you write about its own proposal."),
        limit=LIMIT,
    )

    def __init__(self, *args: Any, outcomes: Choices, end_reasons: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outcome.choices = list(outcomes)
        self.end_reason.choices = list(end_reasons)


def together_form(
    proposals: Mapping[int, str], *, outcomes: Choices, end_reasons: Choices, **kwargs: Any
) -> TogetherForm:
    """The form for these proposals, by id and title."""
    fields: dict[str, Any] = {}
    for proposal_id, title in proposals.items():
        fields[f"reason-{proposal_id}"] = PlainTextField(
            _about(_("Reason"), title), limit=LIMIT, counted=False
        )
        fields[f"change-{proposal_id}"] = PlainTextField(
            _about(_("What would change the answer"), title), limit=LIMIT, counted=False
        )
    form: TogetherForm = type("ProposalsForm", (TogetherForm,), fields)(
        outcomes=outcomes, end_reasons=end_reasons, **kwargs
    )
    return form


def _about(label: str, title: str) -> Markup:
    """A short label that is read out with the proposal it is about."""
    return Markup('{}<span class="hidden-text">: {}</span>').format(label, title)
