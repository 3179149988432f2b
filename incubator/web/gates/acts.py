"""The small acts between decisions: answering a must-meet, closing a condition, giving time, coming back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from incubator.domain.access import Action, can_on_record
from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.gate_rules import may_check
from incubator.domain.gates import GATES, CheckKind, GateKey
from incubator.domain.stages import MAIN_STAGES, Stage
from incubator.domain.words import OUTCOMES
from incubator.extensions import db
from incubator.flows import gates as flow
from incubator.flows import readiness, returning
from incubator.forms import gates as forms
from incubator.queries import gates as query
from incubator.queries.records import RecordHead
from incubator.web.failures import conflict_page, show_on
from incubator.web.gates import wording
from incubator.web.gates.asked import GATE_KEYS, seen_version
from incubator.web.gates.blueprint import blueprint
from incubator.web.guards import on_record
from incubator.web.record_pages import reached, render_record
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction

ANSWERS: dict[str, bool | None] = {"yes": True, "no": False, "na": None}


def act(
    record: RecordHead, form: Any, change: Callable[[Session], Any], *, done: str, at: str = "", **page: Any
) -> Any:
    """Show a small form; once it is filled in, make the change and lead back to the gates' page."""
    leads = url_for("gates.on_record", number=record.number) + at
    if form.validate_on_submit():
        try:
            with transaction() as session:
                change(session)
                leads_to(session, leads)
        except StaleVersion as error:
            return conflict_page(form, error, reload_url=leads)
        except DomainError as error:
            show_on(form, error)
        else:
            flash(done, "success")
            return redirect(leads, 303)
    version = seen_version() if form.is_submitted() else record.version
    shown = render_record("pages/gates/act.html", record, form=form, version=version, back=leads, **page)
    return shown, 422 if form.is_submitted() else 200


@blueprint.route(f"/pilots/<number>/gates/<{GATE_KEYS}:gate>/<key>", methods=["GET", "POST"])
@on_record(Action.VIEW)
def check(record: RecordHead, gate: str, key: str) -> Any:
    at = GATES[GateKey(gate)]
    need = next((n for n in at.must_meets if n.key == key and n.kind is CheckKind.CONFIRMED), None)
    if need is None:
        raise NotFound
    answer = may_check(current_actor(), need, record.facts)
    if not answer:
        raise Forbidden(answer.reason)
    earlier = query.gate_state(db.session(), record.id, at, now=now()).checks.get(key)
    form = forms.CheckForm(
        met={True: "yes", False: "no", None: "na"}[earlier.met] if earlier else None,
        note=earlier.note if earlier else "",
    )
    return act(
        record,
        form,
        lambda session: readiness.check(
            session,
            current_actor(),
            proposal_id=record.id,
            gate=at.key,
            key=key,
            met=ANSWERS[form.met.data],
            note=form.note.data or "",
            now=now(),
        ),
        done=_("Your answer is recorded."),
        heading=_(need.words),
        lede=_("A must-meet of the gate “%(gate)s”: %(question)s", gate=_(at.name), question=_(at.question)),
        earlier=earlier,
        button_label=_("Save the answer"),
    )


@blueprint.route("/pilots/<number>/conditions/<int:condition_id>", methods=["GET", "POST"])
@on_record(Action.VIEW)
def close_condition(record: RecordHead, condition_id: int) -> Any:
    found = next((c for c in query.conditions(db.session(), record.id) if c.id == condition_id), None)
    if found is None:
        raise NotFound
    actor = current_actor()
    answer = can_on_record(actor, Action.CHECK_READINESS, record.facts)
    if not answer and (found.owner_id is None or found.owner_id != actor.person_id):
        raise Forbidden(answer.reason)
    form = forms.CloseConditionForm()
    return act(
        record,
        form,
        lambda session: readiness.close_condition(
            session, actor, condition_id=condition_id, note=form.note.data or "", now=now()
        ),
        done=_("The condition is closed."),
        at="#conditions",
        heading=_("Close a condition"),
        lede=found.text,
        facts=[(_("Who sees to it"), found.owner), (_("Due"), found.due_on)],
        button_label=_("Close the condition"),
    )


@blueprint.route("/pilots/<number>/gates/extend", methods=["GET", "POST"])
@on_record(Action.DECIDE)
def extend(record: RecordHead) -> Any:
    form = forms.ExtendForm()
    return act(
        record,
        form,
        lambda session: readiness.extend_deadline(
            session,
            current_actor(),
            proposal_id=record.id,
            days=form.days.data or 0,
            reason=form.reason.data or "",
            now=now(),
        ),
        done=_("More time is given."),
        heading=_("Give more time"),
        lede=_("Time is given once in each stage. After that it is decided."),
        facts=[(_("Decision due"), record.due_on)],
        button_label=_("Give more time"),
    )


@blueprint.route("/pilots/<number>/gates/resume", methods=["GET", "POST"])
@on_record(Action.DECIDE)
def resume(record: RecordHead) -> Any:
    form = forms.ResumeForm()
    return act(
        record,
        form,
        lambda session: returning.resume(
            session,
            current_actor(),
            proposal_id=record.id,
            reason=form.reason.data or "",
            seen_version=seen_version(),
            now=now(),
        ),
        done=_("The record is off hold."),
        heading=_("Take it off hold"),
        lede=_("It goes back to the stage it was in, and its time there begins anew."),
        facts=[(_("On hold until"), record.hold_until)],
        button_label=_("Take it off hold"),
    )


@blueprint.route("/pilots/<number>/gates/revive", methods=["GET", "POST"])
@on_record(Action.DECIDE)
def revive(record: RecordHead) -> Any:
    ended_in = reached(record)
    stages = MAIN_STAGES[: MAIN_STAGES.index(ended_in) + 1]
    form = forms.ReviveForm(stages=wording.stage_choices(stages), stage=ended_in.value)
    return act(
        record,
        form,
        lambda session: returning.revive(
            session,
            current_actor(),
            proposal_id=record.id,
            reason=form.reason.data or "",
            stage=Stage(form.stage.data) if form.stage.data in set(MAIN_STAGES) else None,
            seen_version=seen_version(),
            now=now(),
        ),
        done=_("The record is taken up again."),
        heading=_("Take it up again"),
        lede=_("Closed work can come back when something has changed. Its history stays."),
        button_label=_("Take it up again"),
    )


@blueprint.route("/pilots/<number>/decisions/<int:decision_id>/amend", methods=["GET", "POST"])
@on_record(Action.VIEW)
def amend(record: RecordHead, decision_id: int) -> Any:
    actor = current_actor()
    found = next((d for d in query.decisions(db.session(), record.id) if d.id == decision_id), None)
    if found is None or found.amends_id is not None:
        raise NotFound
    answer = flow.may_amend(actor, record.facts, decided_by_id=found.by_id)
    if not answer:
        raise Forbidden(answer.reason)
    form = forms.AmendForm()
    return act(
        record,
        form,
        lambda session: flow.amend(
            session,
            actor,
            decision_id=decision_id,
            reason=form.reason.data or "",
            seen_version=seen_version(),
            now=now(),
        ),
        done=_("The amendment is recorded."),
        heading=_("Amend the reason"),
        lede=_("What was decided stays. A new entry says what should be read with it."),
        facts=[
            (_(GATES[found.gate].name), _(OUTCOMES[found.outcome].staff)),
            (_("Reason given"), found.reason),
        ],
        button_label=_("Add the amendment"),
    )
