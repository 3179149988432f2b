"""Reading prepared decisions and signing them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from incubator.domain.access import Action
from incubator.domain.errors import DomainError, StaleVersion
from incubator.domain.releases import Preparation
from incubator.extensions import db
from incubator.flows import prepared as flow
from incubator.queries import releases as query
from incubator.queries.releases import Waiting
from incubator.queries.rounds import RoundHead
from incubator.web.call_pages import render_call
from incubator.web.failures import domain_message
from incubator.web.guards import on_call
from incubator.web.releases.blueprint import blueprint
from incubator.web.releases.overview import may_sign_row, missing_at_the_gate, signs
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction


@blueprint.route("/calls/<slug>/release/sign", methods=["GET", "POST"])
@on_call(Action.PREPARE_DECISIONS)
def sign(call: RoundHead) -> Any:
    if request.method != "POST":
        return _page(call)
    back = url_for("releases.show", slug=call.slug)
    try:
        with transaction() as session:
            signed = flow.sign(session, current_actor(), call_id=call.id, seen=_seen(call), now=now())
            location = leads_to(session, back)
    except StaleVersion:
        db.session.rollback()
        problem = _("One of these changed since you opened this page. Read them again, then sign.")
        return _page(call, problem), 409
    except DomainError as error:
        db.session.rollback()
        return _page(call, domain_message(error)), 422
    flash(ngettext("You signed one decision.", "You signed %(num)s decisions.", len(signed)), "success")
    return redirect(location, 303)


def _seen(call: RoundHead) -> dict[int, flow.Seen]:
    """What was read of each decision that is to be signed: the versions that the page showed."""
    numbers = request.form.getlist("sign")
    rows = query.waiting(db.session(), current_actor(), call.id, numbers=numbers)
    return {row.id: _versions(request.form.get(f"seen-{row.number}", "")) for row in rows}


def _versions(text: str) -> flow.Seen:
    first, _dash, second = text.partition("-")
    prepared, proposal = (
        int(part) if part.isascii() and part.isdigit() and len(part) < 10 else None
        for part in (first, second)
    )
    return flow.Seen(prepared, proposal)


def _page(call: RoundHead, problem: str = "") -> str:
    actor = current_actor()
    numbers = request.values.getlist("number") or request.form.getlist("sign")
    rows = [
        row
        for row in query.waiting(db.session(), actor, call.id, numbers=numbers or None)
        if row.prepared is not None and (numbers or row.state is not Preparation.SIGNED)
    ]
    answers = {row.id: may_sign_row(actor, row) for row in rows}
    if not numbers and signs(actor, call):
        rows = [row for row in rows if answers[row.id]]
    return render_call(
        "pages/releases/sign.html",
        call,
        rows=rows,
        answers=answers,
        missing=missing_at_the_gate(rows),
        problem=problem,
        mine=[row for row in rows if _is_signed_by(row, actor.person_id)],
    )


def _is_signed_by(row: Waiting, person_id: int | None) -> bool:
    return (
        row.state is Preparation.SIGNED
        and row.prepared is not None
        and row.prepared.signed_by_id == person_id
    )
