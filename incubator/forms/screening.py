"""Forms of the screening's pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import SelectField

from incubator.domain.gates import MustMeet
from incubator.domain.stages import EndReason
from incubator.domain.words import END_REASONS
from incubator.forms.reviews import OpenRadioField
from incubator.forms.typed import LineField, Needed, PlainTextField

NOTE_LIMIT = 5_000
MET: Mapping[str, bool | None] = {"yes": True, "no": False, "na": None}


def _about(label: str, subject: str) -> Markup:
    """A short label that is read out with what it is about."""
    return Markup('{}<span class="hidden-text">: {}</span>').format(label, subject)


class ChecksForm(FlaskForm):
    """The must-meets; `checks_form` adds `met_<key>` and `note_<key>` for each."""

    def answers(self, needs: Sequence[MustMeet]) -> dict[str, tuple[bool | None, str]]:
        """What was answered; a must-meet left open is not among it."""
        return {
            need.key: (MET[self[f"met_{need.key}"].data], self[f"note_{need.key}"].data or "")
            for need in needs
            if self[f"met_{need.key}"].data in MET
        }


def checks_form(needs: Sequence[MustMeet], **kwargs: Any) -> ChecksForm:
    fields: dict[str, Any] = {}
    for need in needs:
        fields[f"met_{need.key}"] = OpenRadioField(
            _(need.words), choices=[("yes", _("Yes")), ("no", _("No")), ("na", _("Does not apply"))]
        )
        fields[f"note_{need.key}"] = PlainTextField(
            _about(_("Note"), _(need.words)), limit=NOTE_LIMIT, counted=False
        )
    form: ChecksForm = type("NeedsForm", (ChecksForm,), fields)(**kwargs)
    return form


class QuestionForm(FlaskForm):
    question = PlainTextField(
        _l("Your question"),
        [Needed(_l("Write the question"))],
        limit=10_000,
        counted=False,
        description=_l("The agency reads it as it stands, and answers on this page."),
    )


class AnswerForm(FlaskForm):
    answer = PlainTextField(_l("Your answer"), [Needed(_l("Write your answer"))], limit=10_000, counted=False)


class PassForm(FlaskForm):
    reason = PlainTextField(
        _l("Reason"),
        limit=5_000,
        counted=False,
        id="pass-reason",
        description=_l("Kept with the decision. Without one it says that every must-meet is met."),
    )


class DeclineForm(FlaskForm):
    end_reason = SelectField(_l("Why does it end here?"))
    reason = PlainTextField(
        _l("Reason in words"),
        [Needed(_l("Give the reason"))],
        limit=5_000,
        counted=False,
        id="decline-reason",
        description=_l("The agency reads this."),
    )

    def __init__(self, *args: Any, reasons: Sequence[EndReason], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.end_reason.choices = [("", _("Choose one"))] + [
            (member.value, _(END_REASONS[member].staff)) for member in reasons
        ]


class MergeForm(FlaskForm):
    target = LineField(
        _l("Number of the record it goes into"),
        [Needed(_l("Enter the number"))],
        limit=60,
        description=_l("For example DOT-0042. Its authors, needs and files move there."),
    )
    reason = PlainTextField(
        _l("Reason"), [Needed(_l("Give the reason"))], limit=5_000, counted=False, id="merge-reason"
    )


class SnippetForm(FlaskForm):
    title = LineField(_l("Title"), [Needed(_l("Enter a title"))], limit=120)
    body = PlainTextField(_l("Text"), [Needed(_l("Enter the text"))], limit=5_000)
    need_key = SelectField(_l("Explains the must-meet"))

    def __init__(self, *args: Any, needs: Sequence[MustMeet], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.need_key.choices = [("", _("None in particular"))] + [
            (need.key, _(need.words)) for need in needs
        ]
