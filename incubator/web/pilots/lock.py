"""Locking the evaluation plan: what it lacks, the first name, the second, and taking the first back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from incubator.domain.access import Action, can_on_record
from incubator.domain.errors import NotFound
from incubator.domain.evaluation_plan import missing
from incubator.extensions import db
from incubator.flows import evaluation_plan as flow
from incubator.forms.evaluation_plan import ConfirmLockForm, ProposeLockForm
from incubator.queries import evaluation_plan as query
from incubator.queries import metrics as metric_query
from incubator.queries import pilots as plan_query
from incubator.queries.records import RecordHead
from incubator.web.guards import on_record
from incubator.web.languages import gettext as _
from incubator.web.pilots import criterion_words
from incubator.web.pilots.blueprint import blueprint, carry_out, status_of
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now


@dataclass(frozen=True, slots=True)
class Lacking:
    """Something the plan lacks, with the address where it is entered."""

    words: str
    url: str


def lacking(record: RecordHead, content: dict[str, Any]) -> list[Lacking]:
    """What the plan lacks before it can be locked, each with a link to its field."""
    return [
        Lacking(_(each.template, **each.params), _field_url(record, each.field, each.metric_id))
        for each in missing(content)
    ]


def _field_url(record: RecordHead, field: str, metric_id: int | None) -> str:
    if metric_id is not None:
        return url_for("pilots.edit_metric", number=record.number, metric_id=metric_id, _anchor=field)
    if field == "criteria":
        return url_for("pilots.define_metric", number=record.number)
    return url_for("pilots.edit_plan", number=record.number, _anchor=field)


@blueprint.route("/pilots/<number>/plan/lock", methods=["GET", "POST"])
@on_record(Action.PLAN)
def propose_lock(record: RecordHead) -> Any:
    """The plan as it would be locked, with what it lacks and what it could not detect."""
    session = db.session()
    content = query.plan_content(session, record.id)
    form = ProposeLockForm(data={"seen": query.plan_digest(content)})
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.propose_lock(
                session, current_actor(), record.id, seen_sha256=form.seen.data or "", now=now()
            ),
            to=url_for("pilots.plan", number=record.number),
            said=_("The lock is proposed. Now somebody else confirms the plan."),
            form=form,
        )
        if answer is not None:
            return answer
        form.seen.data = query.plan_digest(content)
    page = render_record(
        "pages/pilots/lock_form.html",
        record,
        form=form,
        lock=query.lock_of(session, record.id),
        lacking=lacking(record, content),
        underpowered=_underpowered(flow.underpowered(session, record.id)),
        **_shown(record),
    )
    return page, status_of(form)


@blueprint.route("/pilots/<number>/plan/lock/<int:lock_id>", methods=["GET", "POST"])
@on_record(Action.CONFIRM_PLAN)
def confirm_lock(record: RecordHead, lock_id: int) -> Any:
    """Read the plan and put the second name under it."""
    session = db.session()
    waiting = query.lock_of(session, record.id).waiting
    if request.method != "POST" and (waiting is None or waiting.id != lock_id):
        raise NotFound
    form = ConfirmLockForm(data={"seen": waiting.sha256 if waiting else ""})
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.confirm_lock(
                session,
                current_actor(),
                record.id,
                lock_id,
                seen_sha256=form.seen.data or "",
                reason=form.reason.data or "",
                now=now(),
            ),
            to=url_for("pilots.plan", number=record.number),
            said=_("The plan is locked. From now on every change is an amendment."),
            form=form,
        )
        if answer is not None:
            return answer
    if waiting is None:
        raise NotFound
    page = render_record(
        "pages/pilots/lock_confirm.html",
        record,
        form=form,
        waiting=waiting,
        own=waiting.proposed_by_id == current_actor().person_id,
        overtaken=waiting.sha256 != query.plan_digest(query.plan_content(session, record.id)),
        underpowered=_underpowered(waiting.underpowered),
        **_shown(record),
    )
    return page, status_of(form)


@blueprint.post("/pilots/<number>/plan/lock/<int:lock_id>/withdraw")
@on_record(Action.PLAN)
def withdraw_lock(record: RecordHead, lock_id: int) -> Any:
    return carry_out(
        lambda session: flow.withdraw_lock(session, current_actor(), record.id, lock_id, now=now()),
        to=url_for("pilots.plan", number=record.number),
        said=_("The proposal to lock the plan is taken back."),
    )


def may_confirm(record: RecordHead, lock: query.LockState) -> bool:
    """Whether this person may put the second name under the plan that waits."""
    actor = current_actor()
    return (
        lock.waiting is not None
        and lock.waiting.proposed_by_id != actor.person_id
        and bool(can_on_record(actor, Action.CONFIRM_PLAN, record.facts))
    )


def _shown(record: RecordHead) -> dict[str, Any]:
    """The plan in full, as both who propose and who confirm read it."""
    session = db.session()
    plan = plan_query.plan_of(session, record.id)
    rows = metric_query.metrics_of(session, record.id)
    return {"plan": plan, "criteria": [(each, criterion_words.rule(each, plan)) for each in rows]}


def _underpowered(rows: Any) -> list[tuple[str, str]]:
    return [(each["name"], criterion_words.said(each)) for each in rows]
