"""A proposal as it was handed in: its record, its revisions, what changed between two, and its PDF."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, redirect, request, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action, can_on_record
from incubator.domain.clock import office_day
from incubator.domain.errors import NotFound
from incubator.domain.proposal_form import CURRENT_VERSION, FORMS, SectionSpec, sections
from incubator.domain.stages import Step
from incubator.extensions import db
from incubator.models.proposals import Revision
from incubator.queries import proposals as query
from incubator.queries.records import RecordHead
from incubator.web.formats import Sides, clock, day, word_changes
from incubator.web.guards import on_record
from incubator.web.proposals.answers import Question, read_section
from incubator.web.proposals.blueprint import blueprint
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now

MOST_NUMBER = 10_000


@dataclass(frozen=True, slots=True)
class Change:
    label: str
    sides: Sides


@blueprint.get("/pilots/<number>/proposal")
@on_record(Action.VIEW)
def read(record: RecordHead) -> Any:
    """The newest revision; a proposal not handed in yet leads to where it is written."""
    if record.revision_number == 0 and record.step in (Step.DRAFT, Step.SIGN_OFF):
        return redirect(url_for("proposals.tasks", number=record.number), 303)
    if record.revision_number == 0:
        return render_record("pages/proposals/unrevised.html", record, parts=_working_parts(record))
    return _page(record, _found(record, record.revision_number))


@blueprint.get("/pilots/<number>/proposal/revisions/<int:revision>")
@on_record(Action.VIEW)
def read_revision(record: RecordHead, revision: int) -> Any:
    return _page(record, _found(record, revision))


@blueprint.get("/pilots/<number>/proposal/changes")
@on_record(Action.VIEW)
def changes(record: RecordHead) -> Any:
    """What changed between two revisions, by default between the last two."""
    newest = record.revision_number
    after = request.args.get("to", newest, type=int)
    before = request.args.get("from", after - 1, type=int)
    old, new = _found(record, before), _found(record, after)
    found = changed_answers(old, new)
    return render_record(
        "pages/proposals/changes.html",
        record,
        old=old,
        new=new,
        changes=[change for change in found if change.sides.differs],
        same=sum(not change.sides.differs for change in found),
        revisions=query.revisions_of(db.session(), record.id),
    )


@blueprint.get("/pilots/<number>/proposal.pdf")
@on_record(Action.VIEW)
def pdf(record: RecordHead) -> Any:
    """A revision as a tagged PDF, by default the newest."""
    from incubator.exports.documents import PDF_TYPE, to_pdf

    revision = _found(record, request.args.get("revision", record.revision_number, type=int))
    author = _submitted_by(record, revision)
    content = to_pdf(revision_document(revision, author), revision.submitted_at)
    response = Response(content, mimetype=PDF_TYPE)
    name = f"{record.number}-revision-{revision.number}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def revision_parts(content: Mapping[str, Any], version: int) -> list[tuple[SectionSpec, list[Question]]]:
    """A revision's sections with their answers, by the form it was written with."""
    form = version if version in FORMS else CURRENT_VERSION
    answers = content.get("answers", {})
    return [
        (part, read_section(part, answers.get(part.key, {})))
        for part in sections(form, uses_ai=bool(content.get("uses_ai")))
    ]


def changed_answers(old: Revision, new: Revision) -> list[Change]:
    """Every answer of two revisions side by side, in the form's order; the files and authors last."""
    sides: dict[str, list[str]] = {}
    for place, revision in enumerate((old, new)):
        for label, text in _flat(revision):
            sides.setdefault(label, ["", ""])[place] = text
    return [Change(label, word_changes(before, after)) for label, (before, after) in sides.items()]


def revision_document(revision: Revision, submitted_by: str) -> Any:
    """The printable record of a revision."""
    from incubator.exports.documents import Document, Heading, Items, KeyValues, Paragraph, TagLine

    content = revision.content
    blocks: list[Any] = [
        TagLine([_("Revision %(number)s", number=revision.number)]),
        KeyValues([*_facts(content), *_seal(revision, submitted_by)]),
    ]
    for part, questions in revision_parts(content, revision.form_version):
        blocks.append(Heading(_(part.title), 1))
        for question in questions:
            blocks.append(Heading(question.label, 2))
            blocks.append(Paragraph(question.text or _("Not answered")))
    files = content.get("attachments", [])
    if files:
        blocks.append(Heading(_("Attachments"), 1))
        blocks.append(Items([f"{file['name']} – SHA-256 {file['sha256']}" for file in files]))
    return Document(
        title=str(content.get("title", "")),
        subtitle=_("Proposal as handed in"),
        blocks=blocks,
        number=str(content.get("number", "")),
        day=office_day(revision.submitted_at),
    )


def _facts(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    agency = content.get("agency") or {}
    facts = [
        (_("Number"), content.get("number", "")),
        (_("Agency"), agency.get("name", "")),
        (_("Unit"), content.get("unit", "")),
        (_("Call"), content.get("call", "")),
        (_("Theme"), content.get("theme", "")),
        (_("Authors"), ", ".join(content.get("authors", []))),
        (_("Needs it answers"), "; ".join(content.get("needs", []))),
    ]
    return [(label, str(value)) for label, value in facts if value]


def _seal(revision: Revision, submitted_by: str) -> list[tuple[str, str]]:
    when = f"{day(revision.submitted_at)}, {clock(revision.submitted_at)}"
    rows = [(_("Handed in"), when), (_("Handed in by"), submitted_by), (_("SHA-256"), revision.sha256)]
    return [row for row in rows if row[1]]


def _flat(revision: Revision) -> list[tuple[str, str]]:
    content = revision.content
    rows = [
        (f"{_(part.title)}: {question.label}", question.text)
        for part, questions in revision_parts(content, revision.form_version)
        for question in questions
    ]
    files = "\n".join(f"{file['name']} ({file['sha256'][:12]})" for file in content.get("attachments", []))
    return [*rows, (_("Attachments"), files), *((label, text) for label, text in _facts(content))]


def _found(record: RecordHead, number: int) -> Revision:
    revision = query.find_revision(db.session(), record.id, number) if 0 < number < MOST_NUMBER else None
    if revision is None:
        raise NotFound
    return revision


def _submitted_by(record: RecordHead, revision: Revision) -> str:
    rows = query.revisions_of(db.session(), record.id)
    return next((row.submitted_by for row in rows if row.number == revision.number), "")


def _working_parts(record: RecordHead) -> list[tuple[SectionSpec, list[Question]]]:
    """Answers of a record that was never submitted here: imported, or loaded with what is known."""
    copy = query.working_copy(db.session(), record.id)
    answers = copy.answers()
    return [
        (part, read_section(part, answers[part.key]))
        for part in sections(copy.form_version, uses_ai=copy.uses_ai)
        if answers.get(part.key)
    ]


def _page(record: RecordHead, revision: Revision) -> str:
    rows = query.revisions_of(db.session(), record.id)
    row = next(row for row in rows if row.number == revision.number)
    actor = current_actor()
    return render_record(
        "pages/proposals/read.html",
        record,
        revision=revision,
        row=row,
        revisions=rows,
        facts=_facts(revision.content),
        parts=revision_parts(revision.content, revision.form_version),
        files=revision.content.get("attachments", []),
        newest=revision.number == record.revision_number,
        writes=bool(can_on_record(actor, Action.WRITE, record.facts)),
        withdraws=bool(can_on_record(actor, Action.WITHDRAW, record.facts))
        and record.submitted_at is not None,
        now=now(),
    )
