"""Forms of a use of AI: its questions, the answer to an escalation, a practice, a check."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectChoice

from incubator.domain.ai import AFFECTED, AUTONOMIES, ESCALATION_ANSWERS, PRACTICE_STATES, REVERSIBILITIES
from incubator.domain.words import Words
from incubator.forms.pilots import VersionField
from incubator.forms.typed import DayField, Needed, PlainTextField, YesNoField


class OneOf(RadioField):
    """One member of an enumeration by its value; `data` is None when nothing, or nothing known, was chosen."""

    def __init__(
        self, label: Any, validators: Any = None, *, words: Mapping[Any, Words], **kwargs: Any
    ) -> None:
        self.kind: type[StrEnum] = type(next(iter(words)))
        super().__init__(
            label,
            validators,
            choices=[SelectChoice(member.value, _l(one.staff)) for member, one in words.items()],
            coerce=str,
            validate_choice=False,
            **kwargs,
        )

    def process_formdata(self, valuelist: list[str]) -> None:
        chosen = valuelist[0] if valuelist else ""
        self.data = chosen if chosen in set(self.kind) else None


def _when_involved() -> Needed:
    return Needed(only_if="involved")


class QuestionsForm(FlaskForm):
    """Where no AI is involved nothing else is asked."""

    involved = YesNoField(_l("Is artificial intelligence involved?"), [Needed()])
    purpose = PlainTextField(_l("What is it for, and what comes out of it?"), [_when_involved()], limit=4_000)
    generative = YesNoField(_l("Does it generate text, pictures, sound or code?"), [_when_involved()])
    principal = YesNoField(
        _l("Is its output a principal basis for decisions about people's rights, services or safety?"),
        [_when_involved()],
        description=_l(
            "For example who gets a benefit, who is inspected first, what a caseworker sees as the answer."
        ),
    )
    personal = YesNoField(_l("Does it handle personal information?"), [_when_involved()])
    autonomy = OneOf(_l("Who decides?"), [_when_involved()], words=AUTONOMIES)
    affected = OneOf(_l("Whom does it affect?"), [_when_involved()], words=AFFECTED)
    reversibility = OneOf(
        _l("When it is wrong, can that be put right?"), [_when_involved()], words=REVERSIBILITIES
    )
    data_leave = YesNoField(_l("Do data leave the systems the state controls?"), [_when_involved()])
    vendor_model = YesNoField(
        _l("Is the model a vendor's, trained on data the state does not know?"), [_when_involved()]
    )
    version = VersionField(default=0)


class EscalationForm(FlaskForm):
    answer = OneOf(
        _l("What was answered?"), [Needed(_l("Choose what was answered"))], words=ESCALATION_ANSWERS
    )
    note = PlainTextField(
        _l("The reason, and the limits if there are any"),
        [Needed(_l("Write what was answered"))],
        limit=4_000,
    )
    version = VersionField(default=0)


class PracticeForm(FlaskForm):
    state = OneOf(_l("How far is it?"), [Needed(_l("Choose how far it is"))], words=PRACTICE_STATES)
    evidence = PlainTextField(
        _l("What shows it, or why it is not needed"),
        limit=4_000,
        description=_l("A report, a link, a name and a day: what somebody else can look at."),
    )
    version = VersionField(default=0)


class CheckForm(FlaskForm):
    checked_on = DayField(_l("Checked on"), [Needed(_l("Enter the day"))])
    found = PlainTextField(
        _l("What did you find?"),
        [Needed(_l("Write what you found"))],
        limit=4_000,
        description=_l("Accuracy, drift, complaints, who was affected; “nothing new” counts too."),
    )
    incident = BooleanField(_l("There was an incident"))
    response = PlainTextField(_l("What was done about the incident?"), limit=4_000)
    next_on = DayField(_l("Next check"))
