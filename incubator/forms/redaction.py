"""The form of the copy without names, built from a proposal's answers and attachments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField

from incubator.domain.redaction import Draft, FileAnswer, FileChoice
from incubator.forms.reviews import OpenRadioField
from incubator.forms.typed import LineField, PlainTextField

TITLE_LIMIT = 200
SUMMARY_LIMIT = 1_000
NAME_LIMIT = 100


@dataclass(frozen=True, slots=True)
class TextQuestion:
    """A question whose copy is written: where it belongs, its words, and how long the answer may be."""

    section: str
    key: str
    label: str
    limit: int
    one_line: bool

    @property
    def field_name(self) -> str:
        return f"text_{self.section}_{self.key}"


@dataclass(frozen=True, slots=True)
class AttachedFile:
    id: int
    name: str


class RedactionForm(FlaskForm):
    """The copy as typed; `redaction_form` adds a field for each question and three for each file."""

    def draft(self, questions: Sequence[TextQuestion], files: Sequence[AttachedFile]) -> Draft:
        return Draft(
            title=self["title"].data or "",
            summary=self["summary"].data or "",
            texts={(one.section, one.key): self[one.field_name].data or "" for one in questions},
            files={file.id: self._answer(file.id) for file in files},
        )

    def _answer(self, key: int) -> FileAnswer:
        chosen = self[f"file_{key}"].data
        known = {choice.value for choice in FileChoice}
        return FileAnswer(FileChoice(chosen) if chosen in known else None, self[f"name_{key}"].data or "")


def redaction_form(
    questions: Sequence[TextQuestion], files: Sequence[AttachedFile], **kwargs: Any
) -> RedactionForm:
    """The form for one proposal. Uploads are in a form of their own, since files are never shown again."""
    fields: dict[str, Any] = {
        "title": LineField(_("Title for reviewers"), limit=TITLE_LIMIT),
        "summary": PlainTextField(_("Summary for reviewers"), limit=SUMMARY_LIMIT, counted=False),
    }
    for one in questions:
        kind = LineField if one.one_line else PlainTextField
        more = {} if one.one_line else {"counted": False}
        fields[one.field_name] = kind(
            _("For reviewers: %(question)s", question=one.label), limit=one.limit, **more
        )
    for file in files:
        fields[f"file_{file.id}"] = OpenRadioField(
            _("What reviewers get of “%(file)s”", file=file.name),
            choices=[
                (FileChoice.AS_IT_IS.value, _("The file as it is: I looked through it and it names nobody")),
                (FileChoice.INSTEAD.value, _("Another file instead")),
                (FileChoice.LEAVE_OUT.value, _("Nothing: leave it out")),
            ],
        )
        fields[f"name_{file.id}"] = LineField(
            _("Its name for reviewers"),
            limit=NAME_LIMIT,
            description=_("For example: Letter of support. Never the original name by itself."),
        )
    fields["may_stay"] = BooleanField(_("I have read what was found. What is still there may stay."))
    form: RedactionForm = type("CopyForm", (RedactionForm,), fields)(**kwargs)
    return form


def upload_form(files: Sequence[AttachedFile], **kwargs: Any) -> FlaskForm:
    """One field for each attachment: the file reviewers get instead."""
    fields = {
        f"upload_{file.id}": FileField(_("The file instead of “%(file)s”", file=file.name)) for file in files
    }
    form: FlaskForm = type("UploadForm", (FlaskForm,), fields)(**kwargs)
    return form


def data_of(draft: Draft, may_stay: bool = False) -> Mapping[str, Any]:
    """A copy as the form's data."""
    data: dict[str, Any] = {"title": draft.title, "summary": draft.summary, "may_stay": may_stay}
    for (section, key), text in draft.texts.items():
        data[f"text_{section}_{key}"] = text
    for file_id, answer in draft.files.items():
        data[f"file_{file_id}"] = answer.choice.value if answer.choice else None
        data[f"name_{file_id}"] = answer.name
    return data
