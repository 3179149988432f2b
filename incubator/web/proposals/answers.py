"""Answers as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from incubator.domain.proposal_form import FieldKind, FieldSpec, SectionSpec
from incubator.forms.typed import PartialDayField
from incubator.web.formats import money, number
from incubator.web.proposals.blueprint import blueprint


@blueprint.app_template_global()
def answer_text(field: FieldSpec, value: Any) -> str:
    """One answer in words: amounts as dollars, choices by their label; "" when there is none.

    A value of another kind than the question asks for (from an import or an older form) reads as it is.
    """
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if field.kind is FieldKind.MONEY and isinstance(value, int):
        return money(value)
    if field.kind in (FieldKind.NUMBER, FieldKind.COUNT) and isinstance(value, int | float):
        return number(value)
    if field.kind is FieldKind.DATE:
        return _day(str(value))
    labels = dict(field.choices)
    if isinstance(value, list):
        return ", ".join(_(labels[item]) if item in labels else str(item) for item in value)
    return _(labels[value]) if value in labels else str(value)


def _day(value: str) -> str:
    return PartialDayField.written(value)


@dataclass(frozen=True, slots=True)
class Question:
    field: FieldSpec
    label: str
    text: str


def read_section(spec: SectionSpec, answers: Mapping[str, Any]) -> list[Question]:
    """A section's questions with their answers; a question that hangs on a "no" is left out."""
    return [
        Question(field, _(field.label), answer_text(field, answers.get(field.key)))
        for field in spec.fields
        if not field.only_if or answers.get(field.only_if) is True or answers.get(field.key)
    ]
