"""What the agency and the incubator promised each other."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action
from incubator.domain.errors import NotFound
from incubator.extensions import db
from incubator.flows import commitments as flow
from incubator.forms.agencies import CommitmentForm, DropCommitmentForm
from incubator.models.agencies import Agency, Commitment, CommitmentState, Party
from incubator.queries import commitments as query
from incubator.web.agencies.blueprint import blueprint, party_words, render_agency
from incubator.web.guards import on_agency
from incubator.web.pilots.blueprint import carry_out, status_of, undoable
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import seen_version
from incubator.web.unlikely import ask_about


@blueprint.get("/agencies/<code>/commitments")
@on_agency(Action.VIEW_AGENCY)
def commitments(agency: Agency) -> Any:
    rows = query.commitments_of(db.session(), agency.id)
    return render_agency(
        "pages/agencies/commitments.html",
        agency,
        sides=[
            (party, [row for row in rows if row.party is party and row.state is CommitmentState.OPEN])
            for party in (Party.INCUBATOR, Party.AGENCY)
        ],
        closed=[row for row in rows if row.state is not CommitmentState.OPEN],
    )


@blueprint.route("/agencies/<code>/commitments/new", methods=["GET", "POST"])
@on_agency(Action.KEEP_AGENCY)
def make_commitment(agency: Agency) -> Any:
    form = _form(agency, None)
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.make_commitment(session, current_actor(), now(), agency.id, _details(form)),
            to=_address(agency),
            said=_("The commitment is recorded."),
            form=form,
        )
        if answer is not None:
            ask_about(form.due_on.data)
            return answer
    return render_agency(
        "pages/agencies/commitment_form.html", agency, status_of(form), form=form, commitment=None
    )


@blueprint.route("/agencies/<code>/commitments/<int:commitment_id>/edit", methods=["GET", "POST"])
@on_agency(Action.KEEP_AGENCY)
def change_commitment(agency: Agency, commitment_id: int) -> Any:
    row = _row(agency, commitment_id)
    form = _form(agency, row)
    if form.validate_on_submit():

        def again(_error: Any) -> tuple[Any, object]:
            saved = _row(agency, commitment_id)
            return _form(agency, saved, blank=True), saved.version

        answer = carry_out(
            lambda session: flow.change_commitment(
                session, current_actor(), now(), commitment_id, _details(form), seen=seen_version()
            ),
            to=_address(agency),
            said=_("The commitment is saved."),
            form=form,
            again=again,
        )
        if answer is not None:
            ask_about(form.due_on.data)
            return answer
    return render_agency(
        "pages/agencies/commitment_form.html", agency, status_of(form), form=form, commitment=row
    )


@blueprint.post("/agencies/<code>/commitments/<int:commitment_id>/keep")
@on_agency(Action.KEEP_AGENCY)
def keep_commitment(agency: Agency, commitment_id: int) -> Any:
    _row(agency, commitment_id)
    return carry_out(
        lambda session: flow.close_commitment(
            session, current_actor(), now(), commitment_id, CommitmentState.KEPT
        ),
        to=_address(agency),
        said=undoable(
            _("The commitment is kept."),
            url_for("agencies.reopen_commitment", code=agency.code, commitment_id=commitment_id),
        ),
    )


@blueprint.route("/agencies/<code>/commitments/<int:commitment_id>/drop", methods=["GET", "POST"])
@on_agency(Action.KEEP_AGENCY)
def drop_commitment(agency: Agency, commitment_id: int) -> Any:
    row = _row(agency, commitment_id)
    form: Any = DropCommitmentForm()
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.close_commitment(
                session,
                current_actor(),
                now(),
                commitment_id,
                CommitmentState.DROPPED,
                form.note.data,
            ),
            to=_address(agency),
            said=_("The commitment is dropped."),
            form=form,
        )
        if answer is not None:
            return answer
    return render_agency(
        "pages/agencies/commitment_drop.html", agency, status_of(form), form=form, commitment=row
    )


@blueprint.post("/agencies/<code>/commitments/<int:commitment_id>/reopen")
@on_agency(Action.KEEP_AGENCY)
def reopen_commitment(agency: Agency, commitment_id: int) -> Any:
    _row(agency, commitment_id)
    return carry_out(
        lambda session: flow.reopen_commitment(session, current_actor(), now(), commitment_id),
        to=_address(agency),
        said=_("The commitment is open again."),
    )


def _row(agency: Agency, commitment_id: int) -> Commitment:
    row = query.find_commitment(db.session(), agency.id, commitment_id)
    if row is None:
        raise NotFound
    return row


def _form(agency: Agency, row: Commitment | None, *, blank: bool = False) -> Any:
    more: dict[str, Any] = {"formdata": None} if blank else {}
    asked = request.args.get("party", "")
    values = {"party": asked if asked in list(Party) else Party.INCUBATOR.value} if row is None else {}
    form = CommitmentForm(obj=row, data=values, **more)
    form.offer((party.value, party_words(party, agency)) for party in (Party.INCUBATOR, Party.AGENCY))
    return form


def _details(form: Any) -> flow.CommitmentDetails:
    return flow.CommitmentDetails(
        Party(form.party.data), form.promise.data, form.owner_name.data or "", form.due_on.data
    )


def _address(agency: Agency) -> str:
    return url_for("agencies.commitments", code=agency.code)
