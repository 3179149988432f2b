"""What is done at screening: checking, asking, answering, passing on, declining, merging."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from incubator.domain.access import Action
from incubator.domain.errors import DomainError, StaleVersion
from incubator.domain.gates import STOP_REASONS
from incubator.domain.stages import EndReason
from incubator.extensions import db
from incubator.flows import screening as flow
from incubator.forms.screening import AnswerForm, DeclineForm, MergeForm, PassForm, QuestionForm, checks_form
from incubator.queries import screening as query
from incubator.queries.records import RecordHead
from incubator.web.conflicts import show_conflict
from incubator.web.failures import show_on
from incubator.web.guards import on_record
from incubator.web.screening.blueprint import blueprint
from incubator.web.screening.show import CONFIRMED, page
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction


def _seen() -> int:
    """The version the form showed; a form without one is never the newest."""
    typed = request.form.get("version", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else -1


def _act(
    record: RecordHead, name: str, form: Any, act: Callable[[Session], Any], done: str, saved: Any = None
) -> Any:
    """Run one act of the page. A refusal shows the page again with the form as typed; a stale version
    shows both texts, with the way to send one's own again over what stands."""
    if not form.validate():
        return page(record, 422, **{name: form})
    here = url_for("screening.show", number=record.number)
    try:
        with transaction() as session:
            act(session)
            location = leads_to(session, here)
    except StaleVersion as error:
        db.session.rollback()
        empty = saved() if saved else type(form)(formdata=None, **_needed(form))
        return show_conflict(form, empty, version=error.version, reload_url=here, action=request.path)
    except DomainError as error:
        db.session.rollback()
        show_on(form, error)
        return page(record, 422, **{name: form})
    flash(done, "success")
    return redirect(location, 303)


def _needed(form: Any) -> dict[str, Any]:
    return {"reasons": STOP_REASONS} if isinstance(form, DeclineForm) else {}


@blueprint.post("/pilots/<number>/screening/checks")
@on_record(Action.SCREEN)
def check(record: RecordHead) -> Any:
    form = checks_form(CONFIRMED)
    return _act(
        record,
        "checks",
        form,
        lambda session: flow.check(
            session,
            current_actor(),
            proposal_id=record.id,
            answers=form.answers(CONFIRMED),
            seen_version=_seen(),
            now=now(),
        ),
        _("Saved."),
        saved=lambda: checks_form(CONFIRMED, formdata=None, data=query.stands(db.session(), record.id)),
    )


@blueprint.post("/pilots/<number>/screening/question")
@on_record(Action.SCREEN)
def ask(record: RecordHead) -> Any:
    """Ask the agency, or only put a kept response into the text (without a script in the browser)."""
    form = QuestionForm()
    if request.form.get("go") == "insert":
        chosen = request.form.get("snippet", "")
        found = next((one for one in query.snippets(db.session()) if str(one.id) == chosen), None)
        if found is not None:
            form.question.data = "\n\n".join(part for part in (form.question.data, found.body) if part)
            form.question.raw_data = [form.question.data]
        return page(record, question=form)
    return _act(
        record,
        "question",
        form,
        lambda session: flow.ask(
            session,
            current_actor(),
            proposal_id=record.id,
            question=form.question.data or "",
            seen_version=_seen(),
            now=now(),
        ),
        _("The question is with the agency."),
    )


@blueprint.post("/pilots/<number>/screening/answer")
@on_record(Action.ANSWER)
def answer(record: RecordHead) -> Any:
    form = AnswerForm()
    return _act(
        record,
        "answer",
        form,
        lambda session: flow.answer(
            session, current_actor(), proposal_id=record.id, text=form.answer.data or "", now=now()
        ),
        _("Thank you. Your answer is with the coordinator."),
    )


@blueprint.post("/pilots/<number>/screening/pass")
@on_record(Action.SCREEN)
def pass_on(record: RecordHead) -> Any:
    form = PassForm()
    return _act(
        record,
        "passing",
        form,
        lambda session: flow.pass_on(
            session,
            current_actor(),
            proposal_id=record.id,
            reason=form.reason.data or "",
            seen_version=_seen(),
            now=now(),
        ),
        _("Screening is passed. Ask reviewers next."),
    )


@blueprint.post("/pilots/<number>/screening/decline")
@on_record(Action.SCREEN)
def decline(record: RecordHead) -> Any:
    form = DeclineForm(reasons=STOP_REASONS)
    return _act(
        record,
        "decline",
        form,
        lambda session: flow.turn_down(
            session,
            current_actor(),
            proposal_id=record.id,
            reason=form.reason.data or "",
            end_reason=EndReason(form.end_reason.data) if form.end_reason.data else None,
            seen_version=_seen(),
            now=now(),
        ),
        _("Declined. The agency has been told."),
    )


@blueprint.post("/pilots/<number>/screening/merge")
@on_record(Action.SCREEN)
def merge(record: RecordHead) -> Any:
    form = MergeForm()
    return _act(
        record,
        "merge",
        form,
        lambda session: flow.merge(
            session,
            current_actor(),
            proposal_id=record.id,
            target_number=form.target.data or "",
            reason=form.reason.data or "",
            seen_version=_seen(),
            now=now(),
        ),
        _("Merged. Both histories say so."),
    )
