"""Forms of the proposal: each section's questions, built from the form as data."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import SelectField, SelectMultipleField, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from incubator.domain.proposal_form import IDEA, TRL, FieldKind, FieldSpec, SectionSpec
from incubator.forms.typed import (
    ChoiceField,
    LineField,
    MoneyField,
    Needed,
    NumberField,
    PartialDayField,
    PlainTextField,
    WholeField,
    YesNoField,
)

PREFIX = "q_"
"""Questions are kept under this prefix, since a form has names of its own (such as `data`)."""


class ChoicesField(SelectMultipleField):
    """Any number of (value, label) pairs, given as `options`, as boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, *args: Any, options: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = list(options)


class SectionForm(FlaskForm):
    """One section's questions. While `completing` is false, required questions may stay open."""

    completing = False
    spec: SectionSpec

    def question(self, key: str) -> Any:
        return self._fields[PREFIX + key]

    def validate_q_trl_after(self, field: Any) -> None:
        """A pilot may leave a technology where it is and cannot make it less ready."""
        now, after = self.question("trl_now").data, field.data
        levels = [level for level, _words in TRL]
        if now in levels and after in levels and levels.index(after) < levels.index(now):
            raise ValidationError(
                _("Readiness after the pilot must be at least that of today. Example: %(level)s.", level=now)
            )

    def answers(self) -> dict[str, Any]:
        """What was answered, by question: text, whole cents, numbers, ISO days, True or False."""
        return {field.key: self.question(field.key).data for field in self.spec.fields}


class PlacedForm(SectionForm):
    """The idea's questions with the places it belongs to. Choices are handed in."""

    unit_id = SelectField(
        _l("Unit"), coerce=lambda value: _identity(value), description=_l("The bureau or division.")
    )
    call_id = SelectField(
        _l("Call"), coerce=lambda value: _identity(value), description=_l("You can choose one later, too.")
    )
    theme_id = SelectField(
        _l("Theme"), coerce=lambda value: _identity(value), description=_l("The state's goal it serves.")
    )

    def offer(
        self,
        *,
        units: list[tuple[int, str]],
        calls: list[tuple[int, str]],
        themes: list[tuple[int, str]],
    ) -> None:
        self.unit_id.choices = [("", _("None in particular")), *units]
        self.call_id.choices = [("", _("None for now")), *calls]
        self.theme_id.choices = [("", _("None in particular")), *themes]


class StartForm(PlacedForm):
    """A new idea: also for which agency, on whose behalf, and which need it answers."""

    agency_id = SelectField(
        _l("Agency"), [Needed(_l("Choose the agency"))], coerce=lambda value: _identity(value)
    )
    on_behalf = LineField(
        _l("On behalf of"),
        limit=320,
        description=_l("E-mail address or name of the person at the agency. They become an author."),
    )
    need_id = SelectField(
        _l("The recorded need it answers"),
        coerce=lambda value: _identity(value),
        description=_l("From the agency's own list."),
    )
    spec = IDEA


def _identity(value: Any) -> int | None:
    return int(value) if value not in (None, "") else None


@cache
def section_form(spec: SectionSpec) -> type[SectionForm]:
    """The form class of a section."""
    base = PlacedForm if spec.key == IDEA.key else SectionForm
    return type(f"{spec.key.title()}Form", (base,), {"spec": spec, **_questions(spec)})


@cache
def start_form() -> type[StartForm]:
    """The form class of a new idea. Only its name is needed to begin."""
    return type("NewIdeaForm", (StartForm,), _questions(IDEA))


def initial(spec: SectionSpec, answers: Any) -> dict[str, Any]:
    """Saved answers as the data of the section's form."""
    return {PREFIX + field.key: answers.get(field.key) for field in spec.fields if field.key in answers}


def _questions(spec: SectionSpec) -> dict[str, Any]:
    return {PREFIX + field.key: _question(field) for field in spec.fields}


def _more_than_nothing(_form: Any, field: Any) -> None:
    if field.data == 0:
        raise ValidationError(_("Amount must be more than $0. Example: 25,000."))


def _at_least_one(_form: Any, field: Any) -> None:
    if field.data == 0:
        raise ValidationError(_("Enter a whole number of at least 1. Example: 12."))


def _question(field: FieldSpec) -> Any:
    only_if = PREFIX + field.only_if if field.only_if else ""
    checks: list[Any] = [Needed(_message(field), only_if=only_if)] if field.required else []
    shared: dict[str, Any] = {"name": field.key, "description": _l(field.hint) if field.hint else ""}
    label = _l(field.label)
    match field.kind:
        case FieldKind.LINE:
            return LineField(label, checks, limit=field.limit, **shared)
        case FieldKind.MONEY:
            if field.required:
                checks.append(_more_than_nothing)
            return MoneyField(label, checks, **shared)
        case FieldKind.NUMBER:
            return NumberField(label, checks, **shared)
        case FieldKind.COUNT:
            return WholeField(label, [*checks, _at_least_one], **shared)
        case FieldKind.DATE:
            return PartialDayField(label, checks, **shared)
        case FieldKind.YES_NO:
            return YesNoField(label, checks, **shared)
        case FieldKind.CHOICE:
            choices = [(value, _l(words)) for value, words in field.choices]
            return ChoiceField(label, checks, options=choices, **shared)
        case FieldKind.CHOICES:
            return ChoicesField(
                label, checks, options=[(v, _l(words)) for v, words in field.choices], **shared
            )
        case _:
            return PlainTextField(label, checks, limit=field.limit, **shared)


def _message(field: FieldSpec) -> Any:
    return _l("Answer “%(question)s”", question=field.label.rstrip("?"))


class AuthorForm(FlaskForm):
    named = LineField(
        _l("E-mail address or full name"),
        [Needed(_l("Enter an e-mail address or a name"))],
        limit=320,
        description=_l("Somebody with an account at your agency."),
    )


class ReasonForm(FlaskForm):
    reason = PlainTextField(_l("Reason"), [Needed(_l("Give a reason"))], limit=4_000)


class NoteForm(FlaskForm):
    note = PlainTextField(
        _l("What you changed"),
        [Needed(_l("Say what you changed"))],
        limit=4_000,
        description=_l("The office reads this first. It also answers the open question."),
    )


class NeedsForm(FlaskForm):
    needs = ChoicesField(_l("Needs it answers"), coerce=int)


class AttachmentForm(FlaskForm):
    file = FileField(_l("File"))
    description = LineField(
        _l("What it is"), limit=300, description=_l("For example: letter of support from the county.")
    )
