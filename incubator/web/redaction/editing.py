"""Preparing the copy without names: read beside the original, saved as a draft, given to the reviewers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from flask import current_app, flash, jsonify, redirect, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from incubator.domain.access import Action
from incubator.domain.attachments import MEDIA_TYPES
from incubator.domain.errors import DomainError, StaleVersion
from incubator.domain.redaction import Draft, FileAnswer, IncompleteCopy, left_in
from incubator.extensions import db
from incubator.flows import redaction as flow
from incubator.forms.redaction import RedactionForm, data_of, redaction_form, upload_form
from incubator.queries.records import RecordHead
from incubator.queries.visibility import BEFORE_THE_DECISION
from incubator.web.autosaving import saved_answer
from incubator.web.conflicts import show_conflict
from incubator.web.failures import domain_message, show_on
from incubator.web.guards import on_record
from incubator.web.record_pages import render_record
from incubator.web.redaction.blueprint import blueprint
from incubator.web.redaction.side_by_side import Copy, Original, load_copy, load_original, rows_of, taken_out
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, seen_version, transaction


@blueprint.get("/pilots/<number>/redaction")
@on_record(Action.SCREEN)
def show(record: RecordHead) -> Any:
    """Every answer beside the text that reviewers get, with what was found marked."""
    original = load_original(record)
    copy = load_copy(record, original)
    form = _form(original, formdata=None, data=data_of(copy.draft))
    return _page(record, original, copy, form, upload_form(original.attached, formdata=None))


@blueprint.post("/pilots/<number>/redaction")
@on_record(Action.SCREEN)
def save(record: RecordHead) -> Any:
    """Save the draft, take out what is ticked and save, or give the copy to the reviewers."""
    original = load_original(record)
    copy = load_copy(record, original)
    form, uploads = _form(original), upload_form(original.attached)
    giving = request.form.get("go") == "give" or copy.is_ready
    if not form.validate():
        return _page(record, original, copy, form, uploads, 422)
    draft = form.draft(original.questions, original.attached)
    if request.form.get("go") == "take":
        draft = taken_out(draft, original.questions, original.known, request.form.getlist("take")[:2_000])
    try:
        with transaction() as session:
            act: Callable[..., Any] = flow.save_copy
            if giving:
                may_stay = bool(form["may_stay"].data) or request.form.get("go") == "take"
                act = partial(flow.give_to_reviewers, may_stay=may_stay)
            act(
                session,
                current_actor(),
                now(),
                record.id,
                draft,
                seen=seen_version() or 0,
                uploads=_uploads(uploads),
                storage=_storage(),
            )
            location = leads_to(session, url_for("redaction.show", number=record.number))
    except StaleVersion as stale:
        return _conflict(record, original, form, stale)
    except IncompleteCopy as error:
        db.session.rollback()
        for problem in error.problems:
            _show(form, uploads, problem)
        return _page(record, original, copy, form, uploads, 422)
    except DomainError as error:
        db.session.rollback()
        _show(form, uploads, error)
        return _page(record, original, copy, form, uploads, 422)
    flash(
        _("Reviewers read this copy from now on.") if giving else _("Saved. Reviewers do not see it yet."),
        "success",
    )
    return redirect(location, 303)


@blueprint.post("/pilots/<number>/redaction/autosave")
@on_record(Action.SCREEN)
def autosave(record: RecordHead) -> Any:
    """The same draft, kept in the background without files; answers JSON."""
    original = load_original(record)
    form = _form(original)
    if not form.validate():
        first = next(iter(form.errors.values()))[0]
        return jsonify(message=_("Not saved yet: %(problem)s", problem=first)), 422
    try:
        with transaction() as session:
            version = flow.save_copy(
                session,
                current_actor(),
                now(),
                record.id,
                form.draft(original.questions, original.attached),
                seen=seen_version() or 0,
                storage=_storage(),
                in_background=True,
            ).version
    except StaleVersion as stale:
        return jsonify(message=_("Someone else saved this first."), version=stale.version), 409
    except DomainError as error:
        return jsonify(message=_("Not saved yet: %(problem)s", problem=domain_message(error))), 422
    return saved_answer(version, {})


def _form(original: Original, **kwargs: Any) -> RedactionForm:
    return redaction_form(original.questions, original.attached, **kwargs)


def _uploads(form: FlaskForm) -> Mapping[int, flow.Upload]:
    found = {}
    for name, field in form._fields.items():
        if name.startswith("upload_") and field.data:
            found[int(name.removeprefix("upload_"))] = flow.Upload(
                field.data.filename or "", field.data.stream
            )
    return found


def _storage() -> flow.Storage:
    settings = current_app.config["SETTINGS"]
    return flow.Storage(settings.attachments, settings.attachment_megabytes)


def _show(form: RedactionForm, uploads: FlaskForm, error: DomainError) -> None:
    show_on(uploads if error.field in uploads._fields else form, error)


def _conflict(record: RecordHead, original: Original, form: RedactionForm, stale: StaleVersion) -> Any:
    db.session.rollback()
    copy = load_copy(record, original)
    address = url_for("redaction.show", number=record.number)
    return show_conflict(
        form,
        _form(original, formdata=None, data=data_of(copy.draft)),
        version=stale.version,
        reload_url=address,
        action=address,
        more={"go": request.form.get("go", "")},
    )


def _page(
    record: RecordHead,
    original: Original,
    copy: Copy,
    form: RedactionForm,
    uploads: FlaskForm,
    status: int = 200,
) -> Any:
    draft: Draft = form.draft(original.questions, original.attached)
    head, parts = rows_of(original, draft)
    posted = request.method == "POST"
    return (
        render_record(
            "pages/redaction/show.html",
            record,
            form=form,
            uploads=uploads,
            failed=uploads if uploads.errors else form,
            copy=copy,
            revision=original.revision,
            head=head,
            parts=parts,
            files=original.files,
            answers={file.id: draft.files.get(file.id, FileAnswer()) for file in original.attached},
            left=sum(left_in(draft, original.known).values()),
            taken=request.form.getlist("take") if posted else None,
            version=seen_version() or 0 if posted else copy.version,
            changeable=record.step in BEFORE_THE_DECISION,
            accept=",".join(f".{kind}" for kind in sorted(MEDIA_TYPES)),
            megabytes=current_app.config["SETTINGS"].attachment_megabytes,
        ),
        status,
    )
