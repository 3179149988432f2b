"""What administrators do: agencies and their units."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action, can
from incubator.domain.errors import Forbidden, NotFound
from incubator.extensions import db
from incubator.flows import agencies as flow
from incubator.forms.agencies import AgencyForm, NewAgencyForm, UnitForm
from incubator.models.agencies import Agency, Unit
from incubator.queries import agencies as query
from incubator.web.agencies.blueprint import blueprint, render_agency
from incubator.web.guards import allowed, on_agency
from incubator.web.pilots.blueprint import carry_out, status_of, undoable
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import seen_version


@blueprint.route("/agencies/new", methods=["GET", "POST"])
@allowed(Action.KEEP_AGENCIES)
def create() -> Any:
    form: Any = NewAgencyForm()
    _offer_people(form, None)
    if form.validate_on_submit():
        code = form.code.data.upper()
        answer = carry_out(
            lambda session: flow.create_agency(
                session, current_actor(), now(), code, _details(form), distinct=form.distinct.data
            ),
            to=url_for("agencies.show", code=code),
            said=_("%(name)s is added.", name=form.name.data),
            form=form,
        )
        if answer is not None:
            return answer
    return render_template("pages/agencies/agency_form.html", form=form, agency=None), status_of(form)


@blueprint.route("/agencies/<code>/edit", methods=["GET", "POST"])
@on_agency(Action.VIEW_AGENCY)
def change(agency: Agency) -> Any:
    _administer()
    agency_id = agency.id
    form = _form(agency)
    if form.validate_on_submit():

        def again(_error: Any) -> tuple[Any, object]:
            saved = db.session().get_one(Agency, agency_id)
            return _form(saved, blank=True), saved.version

        answer = carry_out(
            lambda session: flow.change_agency(
                session,
                current_actor(),
                now(),
                agency_id,
                _details(form),
                seen=seen_version(),
                distinct=form.distinct.data,
            ),
            to=url_for("agencies.show", code=agency.code),
            said=_("The agency is saved."),
            form=form,
            again=again,
        )
        if answer is not None:
            return answer
    return render_agency("pages/agencies/agency_form.html", agency, status_of(form), form=form)


@blueprint.post("/agencies/<code>/archive")
@on_agency(Action.VIEW_AGENCY)
def archive(agency: Agency) -> Any:
    _administer()
    return carry_out(
        lambda session: flow.archive_agency(session, current_actor(), now(), agency.id),
        to=url_for("agencies.index"),
        said=undoable(
            _("%(name)s is archived.", name=agency.name), url_for("agencies.restore", code=agency.code)
        ),
    )


@blueprint.post("/agencies/<code>/restore")
@on_agency(Action.VIEW_AGENCY)
def restore(agency: Agency) -> Any:
    _administer()
    return carry_out(
        lambda session: flow.archive_agency(session, current_actor(), now(), agency.id, archived=False),
        to=url_for("agencies.show", code=agency.code),
        said=_("%(name)s is back on the list.", name=agency.name),
    )


@blueprint.route("/agencies/<code>/units", methods=["GET", "POST"])
@on_agency(Action.VIEW_AGENCY)
def units(agency: Agency) -> Any:
    _administer()
    form: Any = UnitForm()
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.add_unit(session, current_actor(), now(), agency.id, form.name.data),
            to=_units(agency),
            said=_("The unit is added."),
            form=form,
        )
        if answer is not None:
            return answer
    rows = query.units_of(db.session(), agency.id, archived=True)
    return render_agency("pages/agencies/units.html", agency, status_of(form), form=form, units=rows)


@blueprint.route("/agencies/<code>/units/<int:unit_id>", methods=["GET", "POST"])
@on_agency(Action.VIEW_AGENCY)
def rename_unit(agency: Agency, unit_id: int) -> Any:
    _administer()
    unit = _unit(agency, unit_id)
    form: Any = UnitForm(obj=unit)
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.rename_unit(session, current_actor(), now(), unit_id, form.name.data),
            to=_units(agency),
            said=_("The unit is renamed."),
            form=form,
        )
        if answer is not None:
            return answer
    return render_agency("pages/agencies/unit_form.html", agency, status_of(form), form=form, unit=unit)


@blueprint.post("/agencies/<code>/units/<int:unit_id>/archive")
@on_agency(Action.VIEW_AGENCY)
def archive_unit(agency: Agency, unit_id: int) -> Any:
    _administer()
    name = _unit(agency, unit_id).name
    return carry_out(
        lambda session: flow.archive_unit(session, current_actor(), now(), unit_id),
        to=_units(agency),
        said=undoable(
            _("%(name)s is archived.", name=name),
            url_for("agencies.restore_unit", code=agency.code, unit_id=unit_id),
        ),
    )


@blueprint.post("/agencies/<code>/units/<int:unit_id>/restore")
@on_agency(Action.VIEW_AGENCY)
def restore_unit(agency: Agency, unit_id: int) -> Any:
    _administer()
    name = _unit(agency, unit_id).name
    return carry_out(
        lambda session: flow.archive_unit(session, current_actor(), now(), unit_id, archived=False),
        to=_units(agency),
        said=_("%(name)s is back.", name=name),
    )


def _administer() -> None:
    """Beside the guard, which knows the agency: only administrators go on."""
    answer = can(current_actor(), Action.KEEP_AGENCIES)
    if not answer:
        raise Forbidden(answer.reason)


def _form(agency: Agency, *, blank: bool = False) -> Any:
    more: dict[str, Any] = {"formdata": None} if blank else {}
    form = AgencyForm(obj=agency, **more)
    _offer_people(form, agency)
    return form


def _offer_people(form: Any, agency: Agency | None) -> None:
    session = db.session()
    form.relationship_manager_id.offer(
        query.manager_choices(session, also=agency.relationship_manager_id if agency else None)
    )
    form.it_director_id.offer(
        query.director_choices(
            session, agency.id if agency else None, also=agency.it_director_id if agency else None
        )
    )


def _details(form: Any) -> flow.AgencyDetails:
    return flow.AgencyDetails(
        form.name.data,
        form.purpose.data or "",
        form.website.data or "",
        form.relationship_manager_id.data,
        form.it_director_id.data,
    )


def _unit(agency: Agency, unit_id: int) -> Unit:
    unit = query.find_unit(db.session(), agency.id, unit_id)
    if unit is None:
        raise NotFound
    return unit


def _units(agency: Agency) -> str:
    return url_for("agencies.units", code=agency.code)
