"""Rubrics: their versions, and drafting the next one criterion by criterion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action, can
from incubator.domain.errors import DomainError, NotFound, StaleVersion
from incubator.domain.rubrics import CriterionSpec, criterion_key, shares
from incubator.extensions import db
from incubator.flows import calls as call_flow
from incubator.flows import rubrics as flow
from incubator.forms.calls import CriterionForm, RubricNameForm
from incubator.models.calls import Rubric
from incubator.queries import calls as query
from incubator.web.conflicts import show_conflict
from incubator.web.failures import domain_message, show_on
from incubator.web.guards import allowed
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction

blueprint = Blueprint("rubrics", __name__)

NEW = "new"


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as a page shows it; `mark` tells a later save what it was."""

    rubric_id: int
    mark: str
    criteria: list[CriterionSpec]


@blueprint.get("/rubrics")
@allowed(Action.SEE_CALLS)
def index() -> Any:
    keeps = bool(can(current_actor(), Action.KEEP_RUBRICS))
    rubrics = query.list_rubrics(db.session())
    return render_template(
        "pages/calls/rubrics.html",
        rubrics=[rubric for rubric in rubrics if keeps or rubric.published_at is not None],
        keeps=keeps,
    )


@blueprint.post("/rubrics/standard")
@allowed(Action.KEEP_RUBRICS)
def standard() -> Any:
    with transaction() as session:
        rubric = call_flow.default_rubric(session, current_actor(), now())
        address = leads_to(session, url_for("rubrics.show", rubric_id=rubric.id))
    return redirect(address, 303)


@blueprint.get("/rubrics/<int:rubric_id>")
@allowed(Action.SEE_CALLS)
def show(rubric_id: int) -> Any:
    return _page(_found(rubric_id))


@blueprint.post("/rubrics/<int:rubric_id>/next")
@allowed(Action.KEEP_RUBRICS)
def draft_next(rubric_id: int) -> Any:
    _found(rubric_id)
    try:
        with transaction() as session:
            rubric = flow.next_version(session, current_actor(), now(), rubric_id)
            address = leads_to(session, url_for("rubrics.show", rubric_id=rubric.id))
    except DomainError as error:
        return _refused(rubric_id, error)
    flash(_("This draft starts as a copy. Change it, then publish it."), "success")
    return redirect(address, 303)


@blueprint.post("/rubrics/<int:rubric_id>/copy")
@allowed(Action.KEEP_RUBRICS)
def copy(rubric_id: int) -> Any:
    source = _found(rubric_id)
    form = RubricNameForm()
    if form.validate_on_submit():
        criteria = flow.specs_of(source)
        with transaction() as session:
            rubric = flow.draft_rubric(session, current_actor(), now(), form.name.data, criteria)
            address = leads_to(session, url_for("rubrics.show", rubric_id=rubric.id))
        flash(_("This draft starts as a copy. Change it, then publish it."), "success")
        return redirect(address, 303)
    return _page(source, form), 422


@blueprint.post("/rubrics/<int:rubric_id>/publish")
@allowed(Action.KEEP_RUBRICS)
def publish(rubric_id: int) -> Any:
    _found(rubric_id)
    try:
        with transaction() as session:
            flow.publish_rubric(session, current_actor(), now(), rubric_id)
            address = leads_to(session, url_for("rubrics.show", rubric_id=rubric_id))
    except DomainError as error:
        return _refused(rubric_id, error)
    flash(_("Published. Calls can use this version; it stays as it is."), "success")
    return redirect(address, 303)


@blueprint.route("/rubrics/<int:rubric_id>/criteria/<key>", methods=["GET", "POST"])
@allowed(Action.KEEP_RUBRICS)
def criterion(rubric_id: int, key: str) -> Any:
    """Change one criterion of a draft, or add one (`key` is "new")."""
    draft = _draft(rubric_id)
    spec = next((criterion for criterion in draft.criteria if criterion.key == key), None)
    if spec is None and key != NEW:
        raise NotFound
    form = CriterionForm(data=_values(spec) if spec else {})
    if form.validate_on_submit():
        changed = _with(draft.criteria, key, form)
        try:
            return _save(rubric_id, changed, _("The criterion is saved."))
        except StaleVersion:
            return _conflict(rubric_id, key, form)
        except DomainError as error:
            show_on(form, _beside(error))
    return (
        render_template(
            "pages/calls/criterion.html", form=form, rubric=_found(rubric_id), spec=spec, mark=draft.mark
        ),
        422 if form.errors else 200,
    )


@blueprint.post("/rubrics/<int:rubric_id>/criteria/<key>/move")
@allowed(Action.KEEP_RUBRICS)
def move(rubric_id: int, key: str) -> Any:
    """One place up or down."""
    draft = _draft(rubric_id)
    place = _place(draft, key)
    target = place + (-1 if request.form.get("to") == "up" else 1)
    criteria = list(draft.criteria)
    if 0 <= target < len(criteria):
        criteria[place], criteria[target] = criteria[target], criteria[place]
    try:
        return _save(rubric_id, criteria, _("The order is saved."))
    except DomainError as error:
        return _refused(rubric_id, error)


@blueprint.post("/rubrics/<int:rubric_id>/criteria/<key>/remove")
@allowed(Action.KEEP_RUBRICS)
def remove(rubric_id: int, key: str) -> Any:
    draft = _draft(rubric_id)
    place = _place(draft, key)
    try:
        return _save(
            rubric_id, draft.criteria[:place] + draft.criteria[place + 1 :], _("The criterion is removed.")
        )
    except DomainError as error:
        return _refused(rubric_id, error)


def _found(rubric_id: int) -> Rubric:
    """The rubric; a draft only for those who keep rubrics."""
    rubric = query.find_rubric(db.session(), rubric_id) if rubric_id < 2**31 else None
    if rubric is None or (rubric.published_at is None and not can(current_actor(), Action.KEEP_RUBRICS)):
        raise NotFound
    return rubric


def _draft(rubric_id: int) -> Draft:
    rubric = _found(rubric_id)
    criteria = flow.specs_of(rubric)
    return Draft(rubric_id, flow.fingerprint(rubric.name, criteria), criteria)


def _place(draft: Draft, key: str) -> int:
    for place, spec in enumerate(draft.criteria):
        if spec.key == key:
            return place
    raise NotFound


def _page(rubric: Rubric, form: RubricNameForm | None = None, messages: tuple[str, ...] = ()) -> Any:
    criteria = flow.specs_of(rubric)
    weights = shares([spec.weight for spec in criteria])
    return render_template(
        "pages/calls/rubric.html",
        rubric=rubric,
        criteria=list(zip(criteria, weights, strict=True)),
        mark=flow.fingerprint(rubric.name, criteria),
        keeps=bool(can(current_actor(), Action.KEEP_RUBRICS)),
        name_form=form or RubricNameForm(formdata=None),
        messages=messages,
    )


def _refused(rubric_id: int, error: DomainError) -> Any:
    db.session.rollback()
    status = 409 if isinstance(error, StaleVersion) else 422
    return _page(_found(rubric_id), messages=(domain_message(error),)), status


def _save(rubric_id: int, criteria: list[CriterionSpec], message: str) -> Any:
    with transaction() as session:
        flow.change_rubric(
            session, current_actor(), now(), rubric_id, criteria, seen=request.form.get("version", "")
        )
        address = leads_to(session, url_for("rubrics.show", rubric_id=rubric_id))
    flash(message, "success")
    return redirect(address, 303)


def _values(spec: CriterionSpec) -> dict[str, Any]:
    anchors = {f"anchor_{score}": words for score, words in enumerate(spec.anchors, start=1)}
    return {"title": spec.title, "description": spec.description, "weight": spec.weight, **anchors}


def _with(criteria: list[CriterionSpec], key: str, form: CriterionForm) -> list[CriterionSpec]:
    taken = [spec.key for spec in criteria]
    made = CriterionSpec(
        criterion_key(form.title.data, taken) if key == NEW else key,
        form.title.data,
        form.description.data or "",
        form.weight.data or 0,
        form.anchors,
    )
    if key == NEW:
        return [*criteria, made]
    return [made if spec.key == key else spec for spec in criteria]


def _beside(error: DomainError) -> DomainError:
    """A rule about a weight belongs beside the weight."""
    return DomainError(error.template, "weight" if "weight" in error.template else "title", **error.params)


def _conflict(rubric_id: int, key: str, form: CriterionForm) -> Any:
    db.session.rollback()
    draft = _draft(rubric_id)
    spec = next((criterion for criterion in draft.criteria if criterion.key == key), None)
    saved = CriterionForm(formdata=None, data=_values(spec) if spec else {})
    here = url_for("rubrics.criterion", rubric_id=rubric_id, key=key if spec or key == NEW else NEW)
    return show_conflict(form, saved, version=draft.mark, reload_url=here, action=here)
