"""The decision form with the evidence beside it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from incubator.domain import gates as rules
from incubator.domain.access import Action, can_on_record
from incubator.domain.choices import Choice
from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError, StaleVersion
from incubator.domain.evaluation import contradicts
from incubator.domain.folding import fold
from incubator.domain.gate_rules import may_decide
from incubator.domain.gates import GATES, Gate, GateKey, NewCondition
from incubator.domain.releases import waits_for_release
from incubator.domain.stages import EndReason, Outcome, Stage
from incubator.domain.words import END_REASONS, OUTCOMES
from incubator.extensions import db
from incubator.flows import contrary
from incubator.flows import gates as flow
from incubator.forms.gates import DecisionForm
from incubator.queries import advice, gate_evidence, gate_people, records
from incubator.queries import contrary as contrary_query
from incubator.queries import gates as gate_query
from incubator.queries.records import RecordHead
from incubator.web.failures import domain_message, show_on
from incubator.web.gates import advising, wording
from incubator.web.gates.asked import GATE_KEYS, days_of, decided_together, seen_version
from incubator.web.gates.blueprint import blueprint
from incubator.web.guards import on_record
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction


@blueprint.route(f"/pilots/<number>/gates/<{GATE_KEYS}:gate>", methods=["GET", "POST"])
@on_record(Action.DECIDE)
def decide(record: RecordHead, gate: str) -> Any:
    at = GATES[GateKey(gate)]
    page = url_for("gates.on_record", number=record.number)
    if request.method != "POST" and not _is_open(at, record):
        flash(
            _("The gate “%(gate)s” is not open for this record, or others decide there.", gate=_(at.name)),
            "info",
        )
        return redirect(page, 303)
    form = _decision_form(at, record)
    if "more" in request.form:
        form.conditions.append_entry()
        form.conditions.append_entry()
        return _decision_page(form, at, record)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                waits = _decide(session, form, at, record)
                leads_to(session, page)
        except StaleVersion as error:
            return _somebody_decided(form, error, page)
        except DomainError as error:
            _show(form, error)
        else:
            outcome = _outcome_words(form.outcome.data)
            flash(
                _("Proposed: %(outcome)s. It is decided when a second person approves it.", outcome=outcome)
                if waits
                else _("Your decision is recorded: %(outcome)s.", outcome=outcome),
                "success",
            )
            return redirect(page, 303)
    return _decision_page(form, at, record), 422 if form.is_submitted() else 200


def _is_open(at: Gate, record: RecordHead) -> bool:
    return at in rules.current_gates(record.step) and bool(may_decide(current_actor(), at, record.facts))


def _decision_form(at: Gate, record: RecordHead) -> DecisionForm:
    return DecisionForm(
        outcomes=wording.outcome_choices(list(at.outcomes)),
        stages=wording.stage_choices(rules.earlier_stages(record.stage)),
        end_reasons=[(reason.value, _(END_REASONS[reason].staff)) for reason in rules.STOP_REASONS],
    )


def _decide(session: Any, form: DecisionForm, at: Gate, record: RecordHead) -> bool:
    """Decide, or propose what goes against the criteria; whether it waits for a second person."""
    outcome = Outcome(form.outcome.data)
    waits = at.key is GateKey.G4 and contradicts(advice.standing(session, record.id).advice, outcome, at.key)
    choice = _choice(session, form, at, record, outcome)
    if waits:
        contrary.propose(
            session,
            current_actor(),
            proposal_id=record.id,
            choice=choice,
            against_advice=form.against_advice.data or "",
            seen_version=seen_version(),
            now=now(),
            base_url=current_app.config["SETTINGS"].base_url,
        )
    else:
        flow.decide(
            session,
            current_actor(),
            proposal_id=record.id,
            choice=choice,
            seen_version=seen_version(),
            now=now(),
        )
    return waits


def _choice(session: Any, form: DecisionForm, at: Gate, record: RecordHead, outcome: Outcome) -> Choice:
    return Choice(
        at.key,
        outcome,
        form.reason.data or "",
        end_reason=_member(EndReason, form.end_reason.data),
        hold_until=form.hold_until.data,
        extend_days=form.extend_days.data,
        back_to=_member(Stage, form.back_to.data),
        transferred_to=form.transferred_to.data or "",
        merged_into_id=records.find_number(session, form.merged_into.data or "")
        if outcome is Outcome.MERGE
        else None,
        conditions=_new_conditions(session, form, record),
    )


def _member(kind: Any, value: str | None) -> Any:
    return kind(value) if value in set(kind) else None


def _new_conditions(session: Any, form: DecisionForm, record: RecordHead) -> list[NewCondition]:
    """The written rows; a name of somebody around the record becomes that person."""
    rows = form.written_rows()
    known = {
        fold(name): person_id
        for person_id, name in (gate_people.around(session, record.id, record.agency_id) if rows else [])
    }
    return [
        NewCondition(
            text=row.text.data or "",
            due_on=row.due_on.data,
            owner_name=row.owner.data or "",
            owner_id=known.get(fold(row.owner.data or "")),
        )
        for row in rows
    ]


def _show(form: DecisionForm, error: DomainError) -> None:
    """A rule's message beside its field, in the rows of conditions too."""
    place, _dash, name = (error.field or "").removeprefix("conditions-").partition("-")
    if not (error.field or "").startswith("conditions-"):
        show_on(form, error)
        return
    rows = form.written_rows() or [form.conditions.entries[0].form]
    field = rows[int(place)]._fields[name]
    field.errors = [domain_message(error)]
    form.conditions.errors = [entry.errors for entry in form.conditions.entries]


def _outcome_words(value: str) -> str:
    return _(OUTCOMES[Outcome(value)].staff)


def _somebody_decided(form: DecisionForm, error: StaleVersion, page: str) -> Any:
    db.session.rollback()
    theirs = error.theirs or {"outcome": _("The record was changed"), "reason": ""}
    rows = [
        {"label": _("Decision"), "theirs": _(theirs["outcome"]), "yours": _outcome_words(form.outcome.data)},
        {"label": _("Reason"), "theirs": theirs["reason"], "yours": form.reason.data or ""},
    ]
    return make_response(
        render_template(
            "errors/409.html",
            title=_("Somebody changed this record before you decided"),
            message=_("Your decision was not recorded. Your words are below, beside what stands now."),
            rows=rows,
            reload_url=page,
        ),
        409,
    )


def _decision_page(form: DecisionForm, at: Gate, record: RecordHead) -> str:
    session = db.session()
    evidence = gate_evidence.gather(session, record.id, at, now=now())
    state = evidence.state.readiness
    together = decided_together(record, at)
    may_extend = record.due_on is not None and not gate_query.extended_since(
        session, record.id, record.stage_entered_at
    )
    possible = [
        one
        for one in at.outcomes
        if not rules.blocking(at, one, state)
        and not waits_for_release(at.key, one, decides_together=together is not None)
        and (one is not Outcome.EXTEND or may_extend)
    ]
    form.outcome.choices = wording.outcome_choices(possible)
    standing = evidence.standing if at.key is GateKey.G4 else None
    return render_record(
        "pages/gates/decide.html",
        record,
        form=form,
        gate=at,
        version=seen_version() if form.is_submitted() else record.version,
        missing=rules.missing(at, state),
        possible=possible,
        together=together,
        hints=wording.outcome_hints(at, record.stage),
        evidence=wording.readable(evidence.content),
        sees_scores=bool(can_on_record(current_actor(), Action.SEE_SCORES, record.facts)),
        people=[name for _id, name in gate_people.around(session, record.id, record.agency_id)],
        suggested=office_day(now()) + timedelta(days=30),
        idea=record.stage is Stage.IDEA,
        days=days_of(record),
        proposed=advising.proposed(standing) if standing else None,
        against=[one.value for one in possible if contradicts(standing.advice, one, at.key)]
        if standing
        else [],
        waiting=contrary_query.open_on(session, record.id) if standing else None,
    )
