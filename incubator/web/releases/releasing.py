"""What each agency will read, and the release itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, flash, redirect, request, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action
from incubator.domain.errors import DomainError, StaleVersion
from incubator.domain.releases import AgencySees, Preparation
from incubator.extensions import db
from incubator.flows import release as flow
from incubator.flows.decision_mail import DecisionMail, decision_mail
from incubator.queries import gate_evidence
from incubator.queries import releases as query
from incubator.queries.feedback import Feedback, feedback_ahead
from incubator.queries.releases import Recipient, Waiting
from incubator.queries.rounds import RoundHead
from incubator.web.call_pages import render_call
from incubator.web.failures import domain_message
from incubator.web.guards import on_call
from incubator.web.releases.blueprint import blueprint
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction


@dataclass(frozen=True, slots=True)
class Ahead:
    """What one agency will read: on the record's page and in its mail, and who gets it."""

    row: Waiting
    feedback: Feedback
    mail: DecisionMail
    recipients: tuple[Recipient, ...]


@blueprint.get("/calls/<slug>/release/preview")
@on_call(Action.PREPARE_DECISIONS)
def preview(call: RoundHead) -> Any:
    return _page(call)


@blueprint.post("/calls/<slug>/release")
@on_call(Action.RELEASE_DECISIONS)
def release(call: RoundHead) -> Any:
    try:
        with transaction() as session:
            flow.release(
                session,
                current_actor(),
                call_id=call.id,
                seen=request.form.get("seen", ""),
                without_unsigned="without_unsigned" in request.form,
                base_url=current_app.config["SETTINGS"].base_url,
                now=now(),
            )
            location = leads_to(session, url_for("releases.show", slug=call.slug))
    except StaleVersion:
        db.session.rollback()
        problem = _("A decision changed or was released since you opened this page. Read it again.")
        return _page(call, problem), 409
    except DomainError as error:
        db.session.rollback()
        return _page(call, domain_message(error)), 422
    flash(_("The decisions are released. The agencies' people get their mail."), "success")
    return redirect(location, 303)


def _page(call: RoundHead, problem: str = "") -> str:
    session, actor = db.session(), current_actor()
    rows = query.waiting(session, actor, call.id)
    known = {row.id for row in rows}
    obstacles = flow.obstacles_of(session, call.id, now())
    named = [one for one in obstacles if one.proposal_id in known]
    ahead = [row for row in rows if row.state is Preparation.SIGNED]
    return render_call(
        "pages/releases/preview.html",
        call,
        ahead=_ahead(call, ahead),
        tally=query.tally(ahead),
        seen=query.fingerprint(rows),
        unsigned=[one for one in named if one.unsigned],
        obstacles=[one for one in named if not one.unsigned],
        hidden=len(obstacles) - len(named),
        waiting=len(rows),
        problem=problem,
    )


def _ahead(call: RoundHead, rows: list[Waiting]) -> list[Ahead]:
    session = db.session()
    ids = [row.id for row in rows]
    said = feedback_ahead(session, call.agency_sees, gate_evidence.review_evidence(session, ids))
    people = query.recipients(session, ids)
    return [Ahead(row, said[row.id], _mail(call, row), people.get(row.id, ())) for row in rows]


def _mail(call: RoundHead, row: Waiting) -> DecisionMail:
    assert row.prepared is not None
    return decision_mail(
        number=row.number,
        title=row.title,
        call=call.title,
        outcome=row.prepared.outcome,
        reason=row.prepared.reason,
        what_would_change=row.prepared.what_would_change,
        hold_until=row.prepared.hold_until,
        conditions=row.prepared.conditions,
        with_scores=call.agency_sees is not AgencySees.NOTHING,
        base_url=current_app.config["SETTINGS"].base_url,
    )
