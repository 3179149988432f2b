"""Preparing the decision on one proposal, with the evidence beside it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _

from incubator.domain import gates as rules
from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError, NotFound, StaleVersion
from incubator.domain.folding import fold
from incubator.domain.gates import GATES, NewCondition
from incubator.domain.releases import PREPARED_OUTCOMES, RELEASED_AT
from incubator.domain.stages import EndReason, Outcome, Stage
from incubator.domain.words import END_REASONS
from incubator.extensions import db
from incubator.flows import prepared as flow
from incubator.forms.releases import PrepareForm
from incubator.queries import gate_evidence, gate_people, screening
from incubator.queries import releases as query
from incubator.queries.releases import Waiting
from incubator.queries.rounds import RoundHead
from incubator.web.call_pages import render_call
from incubator.web.conflicts import show_conflict
from incubator.web.failures import domain_message, show_on
from incubator.web.gates import wording
from incubator.web.guards import on_call
from incubator.web.releases.blueprint import blueprint
from incubator.web.releases.overview import may_sign_row
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, seen_version, transaction

INSERTS = ("reason", "what_would_change")
"""The texts into which a kept response can be put."""


@blueprint.route("/calls/<slug>/release/<number>", methods=["GET", "POST"])
@on_call(Action.PREPARE_DECISIONS)
def prepare(call: RoundHead, number: str) -> Any:
    row = found(call, number)
    here = url_for("releases.prepare", slug=call.slug, number=row.number)
    form = _form(row.prepared)
    if "more" in request.form:
        form.conditions.append_entry()
        form.conditions.append_entry()
        return _page(call, row, form)
    if request.form.get("insert") in INSERTS:
        _insert(form, request.form["insert"])
        return _page(call, row, form)
    if form.validate_on_submit():
        back = url_for("releases.show", slug=call.slug)
        try:
            with transaction() as session:
                flow.prepare(
                    session,
                    current_actor(),
                    proposal_id=row.id,
                    draft=_draft(form, row),
                    seen=seen_version(),
                    now=now(),
                )
                location = leads_to(session, back)
        except StaleVersion as stale:
            db.session.rollback()
            stands = found(call, number).prepared
            return show_conflict(
                form,
                _form(stands, fresh=True),
                version=stale.version,
                reload_url=here,
                action=here,
            )
        except DomainError as error:
            db.session.rollback()
            _show(form, error)
        else:
            flash(_("The decision on “%(title)s” is prepared.", title=row.title), "success")
            return redirect(location, 303)
    return _page(call, row, form), 422 if form.is_submitted() else 200


@blueprint.post("/calls/<slug>/release/<number>/unsign")
@on_call(Action.PREPARE_DECISIONS)
def unsign(call: RoundHead, number: str) -> Any:
    row = found(call, number)
    with transaction() as session:
        flow.unsign(session, current_actor(), proposal_id=row.id, now=now())
        location = leads_to(session, url_for("releases.prepare", slug=call.slug, number=row.number))
    flash(_("The signature is taken off."), "success")
    return redirect(location, 303)


def found(call: RoundHead, number: str) -> Waiting:
    """The proposal of that number among those whose decision this person may prepare."""
    rows = query.waiting(db.session(), current_actor(), call.id, numbers=[number])
    if not rows:
        raise NotFound
    return rows[0]


def end_reasons() -> list[tuple[str, str]]:
    return [(reason.value, _(END_REASONS[reason].staff)) for reason in rules.STOP_REASONS]


def _form(stands: query.Prepared | None, *, fresh: bool = False) -> PrepareForm:
    """The form as it stands; `fresh` leaves out what was typed."""
    data: dict[str, Any] = {}
    if stands is not None:
        data = {
            "outcome": stands.outcome.value,
            "reason": stands.reason,
            "what_would_change": stands.what_would_change,
            "end_reason": stands.end_reason.value if stands.end_reason else None,
            "hold_until": stands.hold_until,
            "conditions": [
                {"text": one.text, "owner": one.owner_name, "due_on": one.due_on} for one in stands.conditions
            ],
        }
    return PrepareForm(
        **({"formdata": None} if fresh else {}),
        data=data,
        outcomes=wording.outcome_choices(list(PREPARED_OUTCOMES)),
        end_reasons=end_reasons(),
    )


def _draft(form: PrepareForm, row: Waiting) -> flow.Draft:
    outcome = Outcome(form.outcome.data)
    rows = form.written_rows() if outcome is Outcome.ADVANCE_WITH_CONDITIONS else []
    known = {
        fold(name): person_id
        for person_id, name in (gate_people.around(db.session(), row.id, row.agency_id) if rows else [])
    }
    chosen = form.end_reason.data
    return flow.Draft(
        outcome=outcome,
        reason=form.reason.data or "",
        what_would_change=form.what_would_change.data or "",
        end_reason=EndReason(chosen) if chosen in set(EndReason) else None,
        hold_until=form.hold_until.data,
        conditions=tuple(
            NewCondition(
                text=one.text.data or "",
                due_on=one.due_on.data,
                owner_name=one.owner.data or "",
                owner_id=known.get(fold(one.owner.data or "")),
            )
            for one in rows
        ),
    )


def _insert(form: PrepareForm, into: str) -> None:
    chosen = request.form.get(f"snippet-{into}", "")
    kept = next((one for one in screening.snippets(db.session()) if str(one.id) == chosen), None)
    if kept is not None:
        field = form[into]
        field.data = "\n\n".join(part for part in (field.data, kept.body) if part)


def _show(form: PrepareForm, error: DomainError) -> None:
    """A rule's message beside its field, in the rows of conditions too."""
    place, _dash, name = (error.field or "").removeprefix("conditions-").partition("-")
    if not (error.field or "").startswith("conditions-"):
        show_on(form, error)
        return
    rows = form.written_rows() or [form.conditions.entries[0].form]
    rows[int(place)]._fields[name].errors = [domain_message(error)]
    form.conditions.errors = [entry.errors for entry in form.conditions.entries]


def _page(call: RoundHead, row: Waiting, form: PrepareForm) -> str:
    session, gate = db.session(), GATES[RELEASED_AT]
    evidence = gate_evidence.gather(session, row.id, gate, now=now())
    state = evidence.state.readiness
    possible = [one for one in PREPARED_OUTCOMES if not rules.blocking(gate, one, state)]
    form.outcome.choices = wording.outcome_choices(possible)
    stands = row.prepared
    return render_call(
        "pages/releases/prepare.html",
        call,
        row=row,
        form=form,
        gate=gate,
        version=seen_version() if form.is_submitted() else (stands.version if stands else flow.NO_VERSION),
        missing=rules.missing(gate, state),
        possible=possible,
        hints=wording.outcome_hints(gate, Stage.IDEA),
        evidence=wording.readable(evidence.content),
        people=[name for _id, name in gate_people.around(session, row.id, row.agency_id)],
        snippets=screening.snippets(session),
        may_sign=may_sign_row(current_actor(), row),
        held=office_day(now()) + timedelta(days=30),
    )
