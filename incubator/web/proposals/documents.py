"""Files of a proposal: listed, attached, removed, and always handed out as downloads."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, request, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action, can_on_record
from incubator.domain.attachments import MEDIA_TYPES
from incubator.domain.errors import DomainError, NotFound
from incubator.extensions import db
from incubator.flows import attachments as flow
from incubator.forms.proposals import AttachmentForm
from incubator.queries import proposals as query
from incubator.queries.records import RecordHead
from incubator.web.downloads import handed_out
from incubator.web.failures import show_on
from incubator.web.formats import number as number_words
from incubator.web.guards import on_record
from incubator.web.proposals.blueprint import blueprint
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction
from incubator.web.undo import flash_with_undo

MOST_ID = 2**31


@blueprint.app_template_filter("file_size")
def file_size(size: int) -> str:
    """48 KB, 1.2 MB."""
    if size < 1_000_000:
        return _("%(count)s KB", count=number_words(max(1, round(size / 1_000))))
    return _("%(count)s MB", count=number_words(round(size / 1_000_000, 1)))


@blueprint.get("/pilots/<number>/documents")
@on_record(Action.VIEW)
def documents(record: RecordHead) -> Any:
    return _page(record, AttachmentForm(formdata=None))


@blueprint.post("/pilots/<number>/documents")
@on_record(Action.WRITE)
def attach(record: RecordHead) -> Any:
    form = AttachmentForm()
    settings = current_app.config["SETTINGS"]
    upload = form.file.data
    if not upload:
        form.validate()
        form.file.errors = [_("Choose a file")]
        return _page(record, form), 422
    if form.validate():
        try:
            with transaction() as session:
                row = flow.attach(
                    session,
                    current_actor(),
                    now(),
                    record.id,
                    name=upload.filename or "",
                    content=upload.stream,
                    description=form.description.data or "",
                    folder=settings.attachments,
                    megabytes=settings.attachment_megabytes,
                )
                name = row.name
                address = leads_to(session, url_for("proposals.documents", number=record.number))
            flash(_("“%(file)s” is attached.", file=name), "success")
            return redirect(address, 303)
        except DomainError as error:
            db.session.rollback()
            show_on(form, error)
    return _page(record, form), 422


@blueprint.post("/pilots/<number>/documents/<int:attachment_id>/remove")
@on_record(Action.WRITE)
def remove_document(record: RecordHead, attachment_id: int) -> Any:
    here = url_for("proposals.documents", number=record.number)
    with transaction() as session:
        name = flow.remove(session, current_actor(), now(), record.id, _known(attachment_id)).name
        leads_to(session, here)
    undo = url_for("proposals.put_back_document", number=record.number, attachment_id=attachment_id)
    flash_with_undo(_("“%(file)s” is removed.", file=name), undo)
    return redirect(here, 303)


@blueprint.post("/pilots/<number>/documents/<int:attachment_id>/put-back")
@on_record(Action.WRITE)
def put_back_document(record: RecordHead, attachment_id: int) -> Any:
    here = url_for("proposals.documents", number=record.number)
    with transaction() as session:
        name = flow.put_back(session, current_actor(), now(), record.id, _known(attachment_id)).name
        leads_to(session, here)
    flash(_("“%(file)s” is back.", file=name), "success")
    return redirect(here, 303)


@blueprint.get("/pilots/<number>/documents/<int:attachment_id>")
@on_record(Action.VIEW)
def download(record: RecordHead, attachment_id: int) -> Any:
    """The file itself: never shown by the browser within this site, whatever it holds."""
    row = query.find_attachment(db.session(), record.id, _known(attachment_id))
    if row is None:
        raise NotFound
    return handed_out(row.storage_key, row.name, row.media_type, row.size)


def _known(attachment_id: int) -> int:
    if attachment_id >= MOST_ID:
        raise NotFound
    return attachment_id


def _page(record: RecordHead, form: AttachmentForm) -> str:
    session = db.session()
    return render_record(
        "pages/proposals/documents.html",
        record,
        form=form,
        files=query.attachments_of(session, record.id),
        revisions=query.revisions_of(session, record.id),
        writes=bool(can_on_record(current_actor(), Action.WRITE, record.facts)),
        kinds=sorted(MEDIA_TYPES),
        accept=",".join(f".{kind}" for kind in sorted(MEDIA_TYPES)),
        megabytes=current_app.config["SETTINGS"].attachment_megabytes,
        refused=request.method == "POST",
    )
