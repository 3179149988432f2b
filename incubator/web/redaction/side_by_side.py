"""A proposal's newest revision beside the copy that reviewers get, question by question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup, escape

from incubator.domain.errors import NotFound
from incubator.domain.proposal_form import IDEA, FieldKind, FieldSpec, sections
from incubator.domain.redaction import (
    Draft,
    FileAnswer,
    FileChoice,
    Finding,
    Known,
    findings,
    first_text,
    is_words,
    phrases,
    replaced,
)
from incubator.extensions import db
from incubator.forms.redaction import AttachedFile, TextQuestion
from incubator.models.proposals import Revision
from incubator.queries import redaction as query
from incubator.queries.proposals import find_revision
from incubator.queries.records import RecordHead
from incubator.web.proposals.answers import answer_text

SEPARATOR = "|"
"""Between the field and the words in the value of a box that takes something out."""


@dataclass(frozen=True, slots=True)
class Original:
    """The newest revision: what is copied by hand (`questions`), what is handed on (`fixed`, by section),
    and the files."""

    revision: Revision
    title: str
    summary: str
    questions: tuple[TextQuestion, ...]
    texts: Mapping[tuple[str, str], str]
    fixed: Mapping[str, Sequence[tuple[str, str]]]
    section_titles: Mapping[str, str]
    files: tuple[Mapping[str, Any], ...]
    known: Known

    @property
    def attached(self) -> tuple[AttachedFile, ...]:
        return tuple(AttachedFile(file["id"], file["name"]) for file in self.files)


@dataclass(frozen=True, slots=True)
class Copy:
    """The copy as stored, or as it begins: from the original, and for what did not change since from the
    copy of the revision that reviewers read now (`begun_from`)."""

    draft: Draft
    row: query.CopyRow | None
    given: int | None
    begun_from: int | None = None
    held: Mapping[int, query.FileRow] = field(default_factory=dict)

    @property
    def version(self) -> int:
        return self.row.version if self.row else 0

    @property
    def is_ready(self) -> bool:
        return self.row is not None and self.row.ready_at is not None


def load_original(record: RecordHead) -> Original:
    """The newest revision of a record whose call hides names; NotFound for any other."""
    session = db.session()
    if not record.facts.names_hidden:
        raise NotFound
    revision = find_revision(session, record.id, record.revision_number)
    if revision is None:
        raise NotFound
    content = revision.content
    told: Mapping[str, Any] = content.get("answers") or {}
    questions: list[TextQuestion] = []
    texts: dict[tuple[str, str], str] = {}
    fixed: dict[str, list[tuple[str, str]]] = {}
    parts = sections(revision.form_version, uses_ai="ai" in told)
    for part in parts:
        for spec in part.fields:
            value = (told.get(part.key) or {}).get(spec.key)
            if value in (None, "", []) or (part.key == IDEA.key and spec.key in ("title", "summary")):
                continue
            if is_words(spec, value):
                questions.append(_question(part.key, spec))
                texts[part.key, spec.key] = answer_text(spec, value)
            else:
                fixed.setdefault(part.key, []).append((_(spec.label), answer_text(spec, value)))
    return Original(
        revision=revision,
        title=str(content.get("title") or record.title),
        summary=str(content.get("summary") or record.summary),
        questions=tuple(questions),
        texts=texts,
        fixed=fixed,
        section_titles={part.key: _(part.title) for part in parts},
        files=tuple(content.get("attachments") or ()),
        known=query.known_names(session, record.id, content),
    )


def _question(section: str, spec: FieldSpec) -> TextQuestion:
    return TextQuestion(section, spec.key, _(spec.label), spec.limit, spec.kind is FieldKind.LINE)


def load_copy(record: RecordHead, original: Original) -> Copy:
    session = db.session()
    given = query.ready_revision(session, record.id)
    row = query.find_copy(session, record.id, original.revision.number)
    if row is not None:
        held = {file.attachment_id: file for file in row.files}
        answers = {key: _answer(file) for key, file in held.items()}
        return Copy(
            Draft(row.title, row.summary, _texts(original, row.answers), answers), row, given, held=held
        )
    begun = _begin(original)
    if given is None:
        return Copy(begun, None, None)
    return Copy(_carried(record, original, begun, given), None, given, begun_from=given)


def _texts(original: Original, answers: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    return {key: str((answers.get(key[0]) or {}).get(key[1]) or "") for key in original.texts}


def _answer(file: query.FileRow) -> FileAnswer:
    if file.has_file:
        return FileAnswer(FileChoice.INSTEAD, file.name, has_file=True)
    return FileAnswer(FileChoice.AS_IT_IS if file.as_it_is else FileChoice.LEAVE_OUT, file.name)


def _begin(original: Original) -> Draft:
    texts = {key: first_text(key[1], text) for key, text in original.texts.items()}
    return Draft(original.title, original.summary, texts)


def _carried(record: RecordHead, original: Original, begun: Draft, given: int) -> Draft:
    """What did not change since the copy that reviewers read now begins as that copy has it. Files given
    instead are handed in anew."""
    session = db.session()
    before, old = find_revision(session, record.id, given), query.find_copy(session, record.id, given)
    if before is None or old is None:
        return begun
    told: Mapping[str, Any] = before.content.get("answers") or {}
    now: Mapping[str, Any] = original.revision.content.get("answers") or {}
    old_texts = _texts(original, old.answers)
    texts = {
        (section, key): old_texts[section, key]
        if (told.get(section) or {}).get(key) == (now.get(section) or {}).get(key)
        else text
        for (section, key), text in begun.texts.items()
    }
    same_title = before.content.get("title") == original.revision.content.get("title")
    same_summary = before.content.get("summary") == original.revision.content.get("summary")
    ids = {file.id for file in original.attached}
    return Draft(
        title=old.title if same_title else begun.title,
        summary=old.summary if same_summary else begun.summary,
        texts=texts,
        files={
            file.attachment_id: _answer(file)
            for file in old.files
            if file.attachment_id in ids and not file.has_file
        },
    )


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words found in the copy as it is typed, and the box that takes them out."""

    words: str
    instead: str
    times: int
    sure: bool
    value: str


@dataclass(frozen=True, slots=True)
class Row:
    """One text: the original with what was found marked, the field, and what is still found in it."""

    label: str
    original: Markup
    field_name: str
    found: tuple[Phrase, ...]
    left_empty: bool
    one_line: bool
    lines: int


@dataclass(frozen=True, slots=True)
class Part:
    key: str
    title: str
    rows: tuple[Row, ...]
    fixed: Sequence[tuple[str, str]]


def rows_of(original: Original, draft: Draft) -> tuple[tuple[Row, Row], tuple[Part, ...]]:
    """Title and summary, then the sections."""
    known = original.known
    head = (
        _row(_("Title"), "title", original.title, draft.title, known, one_line=True),
        _row(_("Summary"), "summary", original.summary, draft.summary, known, one_line=False),
    )
    parts = []
    for key, title in original.section_titles.items():
        rows = tuple(
            _row(
                one.label,
                one.field_name,
                original.texts[one.section, one.key],
                draft.texts.get((one.section, one.key), ""),
                known,
                one_line=one.one_line,
            )
            for one in original.questions
            if one.section == key
        )
        if rows or original.fixed.get(key):
            parts.append(Part(key, title, rows, original.fixed.get(key, ())))
    return head, tuple(parts)


def _row(label: str, name: str, original: str, typed: str, known: Known, *, one_line: bool) -> Row:
    found = tuple(
        Phrase(words, one.instead, times, one.sure, f"{name}{SEPARATOR}{words}")
        for words, (one, times) in phrases(findings(typed, known)).items()
    )
    return Row(
        label,
        marked(original, findings(original, known)),
        name,
        found,
        left_empty=bool(original) and not typed,
        one_line=one_line,
        lines=min(14, max(3, sum(len(line) // 55 + 1 for line in original.split("\n")))),
    )


def marked(text: str, found: Sequence[Finding]) -> Markup:
    """The text with every finding marked."""
    parts, at = Markup(), 0
    for one in found:
        parts += escape(text[at : one.start])
        mark = Markup("<mark>{}</mark>") if one.sure else Markup('<mark class="unsure">{}</mark>')
        parts += mark.format(one.text)
        at = one.end
    return parts + escape(text[at:])


def taken_out(draft: Draft, questions: Sequence[TextQuestion], known: Known, taken: Sequence[str]) -> Draft:
    """The draft without what was ticked (`field|words`) in each field."""
    chosen: dict[str, set[str]] = {}
    for value in taken:
        name, _separator, words = value.partition(SEPARATOR)
        chosen.setdefault(name, set()).add(words.replace("\r\n", "\n"))
    texts = dict(draft.texts)
    for one in questions:
        place = (one.section, one.key)
        texts[place] = replaced(texts.get(place, ""), known, chosen.get(one.field_name, set()))
    return Draft(
        title=replaced(draft.title, known, chosen.get("title", set())),
        summary=replaced(draft.summary, known, chosen.get("summary", set())),
        texts=texts,
        files=draft.files,
    )
