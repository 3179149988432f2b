"""Checking the answers, the agency's sign-off, new revisions, withdrawing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action, can_on_record
from incubator.domain.errors import DomainError, Forbidden, StaleVersion
from incubator.domain.proposal_form import sections
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.extensions import db
from incubator.flows import proposals as flow
from incubator.flows.revisions import gaps
from incubator.forms.proposals import NoteForm, ReasonForm
from incubator.queries import proposals as query
from incubator.queries.records import RecordHead
from incubator.web.failures import domain_message, show_on
from incubator.web.guards import on_record
from incubator.web.pilots.blueprint import carry_out, undoable
from incubator.web.proposals.answers import read_section
from incubator.web.proposals.blueprint import blueprint
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, seen_version, transaction

BEFORE_SCREENING = (Step.DRAFT, Step.SIGN_OFF, Step.INFORMATION)
Change = Callable[[Any, int | None], object]


@blueprint.get("/pilots/<number>/proposal/check")
@on_record(Action.VIEW)
def check(record: RecordHead) -> Any:
    if record.step not in BEFORE_SCREENING or not _may_look(record):
        return redirect(url_for("proposals.read", number=record.number), 303)
    return _page(record)


@blueprint.post("/pilots/<number>/proposal/ask")
@on_record(Action.WRITE)
def ask_for_sign_off(record: RecordHead) -> Any:
    """Hand it to the lead; a lead who presses this signs in the same go."""
    actor, moment = current_actor(), now()
    if _is_lead(record):
        return _do(
            record,
            lambda session, seen: flow.submit_at_once(session, actor, moment, record.id, seen=seen),
            _("Signed off and handed in."),
            "proposals.read",
        )
    return _do(
        record,
        lambda session, seen: flow.ask_for_sign_off(session, actor, moment, record.id, seen=seen),
        _("Your agency's lead is asked to sign off."),
        "proposals.tasks",
    )


@blueprint.post("/pilots/<number>/proposal/sign-off")
@on_record(Action.SIGN_OFF)
def sign_off(record: RecordHead) -> Any:
    actor, moment = current_actor(), now()
    return _do(
        record,
        lambda session, seen: flow.sign_off(session, actor, moment, record.id, seen=seen),
        _("Signed off and handed in."),
        "proposals.read",
    )


@blueprint.post("/pilots/<number>/proposal/send-back")
@on_record(Action.SIGN_OFF)
def send_back(record: RecordHead) -> Any:
    actor, moment = current_actor(), now()
    form = ReasonForm()
    if not form.validate():
        return _page(record, reason_form=form), 422
    return _do(
        record,
        lambda session, _seen: flow.send_back(session, actor, moment, record.id, form.reason.data),
        _("The proposal is back with its authors."),
        "proposals.tasks",
        reason_form=form,
    )


@blueprint.post("/pilots/<number>/proposal/take-back")
@on_record(Action.WITHDRAW)
def take_back(record: RecordHead) -> Any:
    actor, moment = current_actor(), now()
    return _do(
        record,
        lambda session, _seen: flow.take_back(session, actor, moment, record.id),
        _("You can change the proposal again."),
        "proposals.tasks",
    )


@blueprint.post("/pilots/<number>/proposal/delete")
@on_record(Action.WRITE)
def delete(record: RecordHead) -> Any:
    return carry_out(
        lambda session: flow.delete_draft(session, current_actor(), now(), record.id),
        to=url_for("pages.home"),
        said=undoable(
            _("The draft “%(title)s” is deleted.", title=record.title),
            url_for("proposals.restore", number=record.number),
        ),
    )


@blueprint.post("/pilots/<number>/proposal/restore")
@on_record(Action.VIEW)
def restore(record: RecordHead) -> Any:
    return carry_out(
        lambda session: flow.restore_draft(session, current_actor(), now(), record.id),
        to=url_for("proposals.tasks", number=record.number),
        said=_("The draft is restored."),
    )


@blueprint.post("/pilots/<number>/proposal/resubmit")
@on_record(Action.WRITE)
def resubmit(record: RecordHead) -> Any:
    actor, moment = current_actor(), now()
    form = NoteForm()
    if not form.validate():
        return _page(record, note_form=form), 422
    return _do(
        record,
        lambda session, seen: flow.resubmit(session, actor, moment, record.id, form.note.data, seen=seen),
        _("The new revision is handed in."),
        "proposals.read",
        note_form=form,
    )


@blueprint.route("/pilots/<number>/withdraw", methods=["GET", "POST"])
@on_record(Action.WITHDRAW)
def withdraw(record: RecordHead) -> Any:
    if record.submitted_at is None:
        raise Forbidden("A draft has not been handed in: only your agency knows of it.")
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                flow.withdraw(session, current_actor(), now(), record.id, form.reason.data)
                address = leads_to(session, url_for("proposals.read", number=record.number))
            flash(_("The proposal is withdrawn."), "success")
            return redirect(address, 303)
        except DomainError as error:
            db.session.rollback()
            show_on(form, error)
    answer = render_record("pages/proposals/withdraw.html", record, form=form)
    return answer, 422 if form.errors else 200


def _do(record: RecordHead, change: Change, message: str, endpoint: str, **forms: Any) -> Any:
    """One change with the version the page showed; a refusal shows the page again."""
    try:
        with transaction() as session:
            change(session, seen_version())
            address = leads_to(session, url_for(endpoint, number=record.number))
    except StaleVersion as stale:
        db.session.rollback()
        return _page(
            record, messages=(domain_message(stale), _("Below is the proposal as it stands now."))
        ), 409
    except DomainError as error:
        db.session.rollback()
        form = next(iter(forms.values()), None)
        if form is not None:
            show_on(form, error)
            return _page(record, **forms), 422
        return _page(record, messages=(domain_message(error),)), 422
    flash(message, "success")
    return redirect(address, 303)


def _is_lead(record: RecordHead) -> bool:
    return current_actor().holds_for(Role.AGENCY_LEAD, agency_id=record.agency_id)


def _may_look(record: RecordHead) -> bool:
    """The working copy is for those who write it or sign it."""
    facts = record.facts
    return facts.is_author or _is_lead(record)


def _page(
    record: RecordHead,
    *,
    messages: tuple[str, ...] = (),
    reason_form: ReasonForm | None = None,
    note_form: NoteForm | None = None,
) -> str:
    session = db.session()
    copy = query.working_copy(session, record.id)
    actor = current_actor()
    answers = copy.answers()
    parts = sections(copy.form_version, uses_ai=copy.uses_ai)
    return render_record(
        "pages/proposals/check.html",
        record,
        copy=copy,
        parts=[(part, read_section(part, answers.get(part.key, {}))) for part in parts],
        gaps=gaps(copy.form_version, copy.uses_ai, answers),
        files=query.attachments_of(session, record.id),
        authors=query.authors_of(session, record.id),
        leads=query.leads_of_agency(session, record.agency_id),
        writes=bool(can_on_record(actor, Action.WRITE, record.facts)),
        signs=bool(can_on_record(actor, Action.SIGN_OFF, record.facts)),
        is_lead=_is_lead(record),
        closed=copy.call_closes_at is not None
        and copy.submitted_at is None
        and (now() >= copy.call_closes_at or copy.call_archived_at is not None),
        upcoming=copy.call_opens_at is not None and now() < copy.call_opens_at,
        reason_form=reason_form or ReasonForm(formdata=None),
        note_form=note_form or NoteForm(formdata=None),
        messages=messages,
    )
