"""An agency's needs: each one's page, stating, changing, ordering, dropping and linking."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action, can
from incubator.domain.errors import NotFound
from incubator.extensions import db
from incubator.flows import needs as flow
from incubator.forms.agencies import DropNeedForm, LinkForm, NeedForm, PlaceForm
from incubator.models.agencies import Agency, Need, NeedState
from incubator.queries import needs as query
from incubator.web.agencies.blueprint import blueprint, render_agency
from incubator.web.guards import on_agency
from incubator.web.pilots.blueprint import carry_out, status_of, undoable
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import seen_version


@blueprint.get("/agencies/<code>/needs/<int:need_id>")
@on_agency(Action.VIEW_AGENCY)
def need(agency: Agency, need_id: int) -> Any:
    return _need_page(agency, need_id, PlaceForm(formdata=None), LinkForm(formdata=None))


@blueprint.route("/agencies/<code>/needs/new", methods=["GET", "POST"])
@on_agency(Action.STATE_NEED)
def state_need(agency: Agency) -> Any:
    form = _form(None)
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.state_need(session, current_actor(), now(), agency.id, _details(form)),
            to=f"{url_for('agencies.show', code=agency.code)}#needs",
            said=_("The need is added at the end of the list. Move it to where it belongs."),
            form=form,
        )
        if answer is not None:
            return answer
    return render_agency("pages/agencies/need_form.html", agency, status_of(form), form=form, need=None)


@blueprint.route("/agencies/<code>/needs/<int:need_id>/edit", methods=["GET", "POST"])
@on_agency(Action.STATE_NEED)
def change_need(agency: Agency, need_id: int) -> Any:
    row = _row(agency, need_id)
    form = _form(row)
    if form.validate_on_submit():

        def again(_error: Any) -> tuple[Any, object]:
            saved = _row(agency, need_id)
            return _form(saved, blank=True), saved.version

        answer = carry_out(
            lambda session: flow.change_need(
                session, current_actor(), now(), need_id, _details(form), seen=seen_version()
            ),
            to=_address(agency, need_id),
            said=_("The need is saved."),
            form=form,
            again=again,
        )
        if answer is not None:
            return answer
    return render_agency("pages/agencies/need_form.html", agency, status_of(form), form=form, need=row)


@blueprint.post("/agencies/<code>/needs/<int:need_id>/move")
@on_agency(Action.STATE_NEED)
def move_need(agency: Agency, need_id: int) -> Any:
    row = _row(agency, need_id)
    form: Any = PlaceForm()
    before = row.rank
    if form.validate_on_submit():
        from_list = request.form.get("from") == "list"
        said = undoable(
            _("“%(need)s” is moved.", need=row.title),
            url_for("agencies.move_need", code=agency.code, need_id=need_id),
        )
        answer = carry_out(
            lambda session: flow.move_need(
                session, current_actor(), now(), need_id, place=min(form.place.data, 1_000_000)
            ),
            to=f"{url_for('agencies.show', code=agency.code)}#needs"
            if from_list
            else _address(agency, need_id),
            said={**said, "fields": {"place": before, "from": "list" if from_list else ""}},
            form=form,
        )
        if answer is not None:
            return answer
    return _need_page(agency, need_id, form, LinkForm(formdata=None), 422)


@blueprint.route("/agencies/<code>/needs/<int:need_id>/drop", methods=["GET", "POST"])
@on_agency(Action.STATE_NEED)
def drop_need(agency: Agency, need_id: int) -> Any:
    row = _row(agency, need_id)
    form: Any = DropNeedForm()
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.drop_need(session, current_actor(), now(), need_id, form.reason.data),
            to=_address(agency, need_id),
            said=_("The need is dropped."),
            form=form,
        )
        if answer is not None:
            return answer
    return render_agency("pages/agencies/need_drop.html", agency, status_of(form), form=form, need=row)


@blueprint.post("/agencies/<code>/needs/<int:need_id>/state")
@on_agency(Action.STATE_NEED)
def set_need_state(agency: Agency, need_id: int) -> Any:
    _row(agency, need_id)
    answered = request.form.get("state") == NeedState.ANSWERED
    state = NeedState.ANSWERED if answered else NeedState.OPEN
    return carry_out(
        lambda session: flow.set_need_state(session, current_actor(), now(), need_id, state),
        to=_address(agency, need_id),
        said=_("The need is marked as answered.") if answered else _("The need is open again."),
    )


@blueprint.post("/agencies/<code>/needs/<int:need_id>/link")
@on_agency(Action.STATE_NEED)
def link_need(agency: Agency, need_id: int) -> Any:
    _row(agency, need_id)
    form: Any = LinkForm()
    number = (form.number.data or "")[:40]
    answer = carry_out(
        lambda session: flow.link_need(session, current_actor(), now(), need_id, number),
        to=_address(agency, need_id),
        said=_("%(number)s is linked to this need.", number=number.upper()),
        form=form,
    )
    return answer or _need_page(agency, need_id, PlaceForm(formdata=None), form, 422)


@blueprint.post("/agencies/<code>/needs/<int:need_id>/unlink")
@on_agency(Action.STATE_NEED)
def unlink_need(agency: Agency, need_id: int) -> Any:
    _row(agency, need_id)
    number = request.form.get("number", "").replace("\x00", "")[:40]
    undo = undoable(
        _("%(number)s no longer stands as an answer.", number=number),
        url_for("agencies.link_need", code=agency.code, need_id=need_id),
    )
    return carry_out(
        lambda session: flow.unlink_need(session, current_actor(), now(), need_id, number),
        to=_address(agency, need_id),
        said={**undo, "fields": {"number": number}},
    )


def _need_page(agency: Agency, need_id: int, place: Any, link: Any, status: int = 200) -> Any:
    session, actor = db.session(), current_actor()
    found = query.find_need(session, actor, agency.id, need_id)
    if found is None:
        raise NotFound
    link.offer(query.linkable(session, actor, agency.id, need_id))
    return render_agency(
        "pages/agencies/need.html",
        agency,
        status,
        need=found,
        form=place if place.errors else link,
        place=place,
        link=link,
        places=query.count_standing(session, agency.id),
        proposes=bool(can(actor, Action.PROPOSE)),
    )


def _row(agency: Agency, need_id: int) -> Need:
    row = query.load_need(db.session(), agency.id, need_id)
    if row is None:
        raise NotFound
    return row


def _form(row: Need | None, *, blank: bool = False) -> Any:
    more: dict[str, Any] = {"formdata": None} if blank else {}
    form = NeedForm(obj=row, **more)
    form.theme_id.offer(query.theme_choices(db.session(), also=row.theme_id if row else None))
    return form


def _details(form: Any) -> flow.NeedDetails:
    return flow.NeedDetails(
        form.title.data, form.problem.data, form.affected.data or "", form.size.data or "", form.theme_id.data
    )


def _address(agency: Agency, need_id: int) -> str:
    return url_for("agencies.need", code=agency.code, need_id=need_id)
