"""Giving several proposals the same outcome, each with words of its own."""

from __future__ import annotations

from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from incubator.domain import gates as rules
from incubator.domain.access import Action
from incubator.domain.errors import DomainError, StaleVersion
from incubator.domain.gates import GATES
from incubator.domain.releases import PREPARED_TOGETHER, RELEASED_AT, Preparation
from incubator.domain.stages import EndReason, Outcome, Stage
from incubator.extensions import db
from incubator.flows import prepared as flow
from incubator.forms.releases import TogetherForm, together_form
from incubator.queries import releases as query
from incubator.queries.gates import gate_states
from incubator.queries.releases import Waiting
from incubator.queries.rounds import RoundHead
from incubator.web.call_pages import render_call
from incubator.web.failures import show_on
from incubator.web.gates import wording
from incubator.web.guards import on_call
from incubator.web.releases.blueprint import blueprint
from incubator.web.releases.preparing import end_reasons
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction


@blueprint.route("/calls/<slug>/release/together", methods=["GET", "POST"])
@on_call(Action.PREPARE_DECISIONS)
def prepare_together(call: RoundHead) -> Any:
    rows = _chosen(call)
    back = url_for("releases.show", slug=call.slug)
    if not rows:
        flash(_("Choose at least one proposal."), "info")
        return redirect(back, 303)
    form = together_form(
        {row.id: row.title for row in rows},
        outcomes=wording.outcome_choices(list(PREPARED_TOGETHER)),
        end_reasons=end_reasons(),
    )
    if form.validate_on_submit():
        try:
            with transaction() as session:
                flow.prepare_together(
                    session,
                    current_actor(),
                    call_id=call.id,
                    draft=_draft(form),
                    own={row.id: _own(form, row.id) for row in rows},
                    now=now(),
                )
                location = leads_to(session, back)
        except StaleVersion:
            return _somebody_prepared(form, rows, back)
        except DomainError as error:
            db.session.rollback()
            show_on(form, error)
        else:
            flash(
                ngettext("One decision is prepared.", "%(num)s decisions are prepared.", len(rows)), "success"
            )
            return redirect(location, 303)
    return _page(call, form, rows), 422 if form.is_submitted() else 200


def _chosen(call: RoundHead) -> list[Waiting]:
    """The proposals chosen in the list; with none chosen, all that are not prepared and at which nothing is missing,
    for one at which something is would take the outcome “Advance” from all of them."""
    numbers = request.values.getlist("number")
    rows = list(query.waiting(db.session(), current_actor(), call.id, numbers=numbers or None))
    if numbers:
        return rows
    rows = [row for row in rows if row.state is Preparation.NONE]
    blocked = _blocked(rows)
    return [row for row in rows if row not in blocked] or rows


def _blocked(rows: list[Waiting]) -> list[Waiting]:
    """Those at which a must-meet is missing."""
    gate = GATES[RELEASED_AT]
    states = gate_states(db.session(), {row.id: gate for row in rows}, now=now())
    return [row for row in rows if rules.missing(gate, states[row.id].readiness)]


def _left_out(call: RoundHead, rows: list[Waiting]) -> list[Waiting]:
    """What is not prepared and not among these, where nobody chose: something is missing there."""
    if request.values.getlist("number"):
        return []
    every = query.waiting(db.session(), current_actor(), call.id)
    shown = {row.id for row in rows}
    return [row for row in every if row.state is Preparation.NONE and row.id not in shown]


def _draft(form: TogetherForm) -> flow.Draft:
    chosen = form.end_reason.data
    return flow.Draft(
        outcome=Outcome(form.outcome.data),
        reason=form.reason.data or "",
        what_would_change=form.what_would_change.data or "",
        end_reason=EndReason(chosen) if chosen in set(EndReason) else None,
        hold_until=form.hold_until.data,
    )


def _own(form: TogetherForm, proposal_id: int) -> flow.Own:
    seen = request.form.get(f"seen-{proposal_id}", "")
    return flow.Own(
        reason=form[f"reason-{proposal_id}"].data or "",
        what_would_change=form[f"change-{proposal_id}"].data or "",
        seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None,
    )


def _somebody_prepared(form: TogetherForm, rows: list[Waiting], back: str) -> Any:
    """409: what stands for each proposal beside what was typed for it."""
    db.session.rollback()
    compared = [
        {
            "label": f"{row.number} {label}",
            "theirs": getattr(row.prepared, name) if row.prepared else "",
            "yours": "\n\n".join(filter(None, (form[name].data, form[f"{own}-{row.id}"].data))),
        }
        for row in rows
        for name, own, label in (
            ("reason", "reason", _("Reason")),
            ("what_would_change", "change", _("What would change the answer")),
        )
    ]
    return make_response(
        render_template(
            "errors/409.html",
            title=_("Somebody prepared one of these while you were writing"),
            message=_("Nothing was overwritten. Your words are below, beside what stands now."),
            rows=compared,
            reload_url=back,
        ),
        409,
    )


def _page(call: RoundHead, form: TogetherForm, rows: list[Waiting]) -> str:
    gate = GATES[RELEASED_AT]
    states = gate_states(db.session(), {row.id: gate for row in rows}, now=now())
    blocked = [row for row in rows if rules.missing(gate, states[row.id].readiness)]
    possible = [
        one
        for one in PREPARED_TOGETHER
        if not any(rules.blocking(gate, one, states[row.id].readiness) for row in rows)
    ]
    form.outcome.choices = wording.outcome_choices(possible)
    return render_call(
        "pages/releases/together.html",
        call,
        form=form,
        rows=rows,
        blocked=blocked,
        possible=possible,
        left_out=_left_out(call, rows),
        hints=wording.outcome_hints(gate, Stage.IDEA),
    )
