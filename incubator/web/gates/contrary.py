"""The second signature under a decision that goes against the criteria."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action, can_on_record
from incubator.domain.errors import DomainError, NotFound, StaleVersion
from incubator.domain.gate_rules import may_approve
from incubator.domain.gates import GATES
from incubator.domain.words import OUTCOMES
from incubator.extensions import db
from incubator.flows import contrary as flow
from incubator.forms import gates as forms
from incubator.queries import contrary as query
from incubator.queries import gate_evidence
from incubator.queries.records import RecordHead
from incubator.web.failures import conflict_page, show_on
from incubator.web.gates import advising, wording
from incubator.web.gates.acts import act
from incubator.web.gates.blueprint import blueprint
from incubator.web.guards import on_record
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction


@blueprint.route("/pilots/<number>/contrary/<int:contrary_id>", methods=["GET", "POST"])
@on_record(Action.DECIDE)
def approve(record: RecordHead, contrary_id: int) -> Any:
    page = url_for("gates.on_record", number=record.number)
    form = forms.ApproveForm()
    one = _open(record, contrary_id)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                flow.approve(session, current_actor(), contrary_id=contrary_id, now=now())
                leads_to(session, page)
        except StaleVersion as error:
            return conflict_page(form, error, reload_url=page)
        except DomainError as error:
            show_on(form, error)
        else:
            flash(_("You approved it: the decision is taken."), "success")
            return redirect(page, 303)
    if one is None:
        flash(_("It does not wait for a signature any more."), "info")
        return redirect(page, 303)
    return _page(form, record, one), 422 if form.is_submitted() else 200


def _open(record: RecordHead, contrary_id: int) -> query.Waiting | None:
    """What waits under this number; None once it is settled, NotFound when it never was of this record."""
    session = db.session()
    if query.belongs(session, contrary_id) != record.id:
        raise NotFound
    found = query.open_on(session, record.id)
    return found if found is not None and found.id == contrary_id else None


def _page(form: forms.ApproveForm, record: RecordHead, one: query.Waiting) -> str:
    actor, gate = current_actor(), GATES[one.gate]
    evidence = gate_evidence.gather(db.session(), record.id, gate, now=now())
    return render_record(
        "pages/gates/contrary.html",
        record,
        form=form,
        one=one,
        gate=gate,
        proposed=advising.proposed(evidence.standing) if evidence.standing else None,
        evidence=wording.readable(evidence.content),
        sees_scores=bool(can_on_record(actor, Action.SEE_SCORES, record.facts)),
        may_approve=may_approve(actor, gate, record.facts, proposed_by_id=one.by_id),
        mine=one.by_id == actor.person_id,
        changed=record.version != one.seen_version,
    )


@blueprint.route("/pilots/<number>/contrary/<int:contrary_id>/send-back", methods=["GET", "POST"])
@on_record(Action.DECIDE)
def send_back(record: RecordHead, contrary_id: int) -> Any:
    one = _open(record, contrary_id)
    if one is None:
        flash(_("It does not wait for a signature any more."), "info")
        return redirect(url_for("gates.on_record", number=record.number), 303)
    mine = one.by_id == current_actor().person_id
    form = forms.SendBackForm()
    return act(
        record,
        form,
        lambda session: flow.withdraw(
            session,
            current_actor(),
            contrary_id=contrary_id,
            reason=form.reason.data or "",
            now=now(),
            base_url=current_app.config["SETTINGS"].base_url,
        ),
        done=_("It is taken back.") if mine else _("It is sent back."),
        heading=_("Take it back") if mine else _("Send it back"),
        lede=_("Nothing is decided. It can be decided anew, this way or another."),
        facts=[(_("Proposed by"), one.by), (_("Decision"), _(OUTCOMES[one.outcome].staff))],
        button_label=_("Take it back") if mine else _("Send it back"),
    )
