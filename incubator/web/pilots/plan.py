"""The plan and its sites."""

from __future__ import annotations

from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from incubator.domain.access import Action
from incubator.domain.errors import NotFound, StaleVersion
from incubator.domain.evaluation import DESIGN_HINTS
from incubator.domain.pilots import PRACTICES
from incubator.extensions import db
from incubator.flows import pilots as flow
from incubator.flows.amendments import Amending
from incubator.forms.pilots import PlanForm, SiteForm
from incubator.queries import evaluation_plan as lock_query
from incubator.queries import metrics as metric_query
from incubator.queries import pilots as query
from incubator.queries.records import RecordHead
from incubator.web.guards import on_record
from incubator.web.pilots import criterion_words
from incubator.web.pilots.blueprint import blueprint, carry_out, status_of, undoable
from incubator.web.pilots.lock import lacking, may_confirm
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now
from incubator.web.unlikely import ask_about

PLAN_FIELDS = tuple(flow.Plan.__dataclass_fields__)


@blueprint.get("/pilots/<number>/plan")
@on_record(Action.VIEW)
def plan(record: RecordHead) -> Any:
    session = db.session()
    row = query.plan_of(session, record.id)
    lock = lock_query.lock_of(session, record.id)
    criteria = metric_query.metrics_of(session, record.id)
    content = lock_query.plan_content(session, record.id)
    return render_record(
        "pages/pilots/plan.html",
        record,
        plan=row,
        sites=query.sites_of(session, record.id),
        practices=PRACTICES,
        criteria=[(each, criterion_words.rule(each, row)) for each in criteria],
        lock=lock,
        confirms=may_confirm(record, lock),
        lacking=lacking(record, content) if not lock.is_locked else [],
        overtaken=lock.waiting is not None and lock.waiting.sha256 != lock_query.plan_digest(content),
    )


@blueprint.route("/pilots/<number>/plan/edit", methods=["GET", "POST"])
@on_record(Action.PLAN)
def edit_plan(record: RecordHead) -> Any:
    session = db.session()
    row = query.plan_of(session, record.id)
    people = {
        "leads": query.possible_leads(session, row.lead_id),
        "owners": query.possible_owners(session, record.agency_id, row.product_owner_id),
    }
    lock = lock_query.lock_of(session, record.id)
    form = PlanForm(obj=row, locked=lock.is_locked, **people)
    if form.validate_on_submit():
        values = {name: form[name].data for name in PLAN_FIELDS}
        changed = flow.Plan(**values | {"design": form.chosen_design})

        def again(error: StaleVersion) -> tuple[Any, object]:
            saved = PlanForm(
                formdata=None, obj=SimpleNamespace(**error.theirs), locked=lock.is_locked, **people
            )
            return saved, error.version

        answer = carry_out(
            lambda session: flow.save_plan(
                session,
                current_actor(),
                record.id,
                changed,
                seen_version=form.version.data,
                now=now(),
                amending=Amending(**form.amending),
            ),
            to=url_for("pilots.plan", number=record.number),
            said=_("The plan is saved."),
            form=form,
            again=again,
        )
        if answer is not None:
            ask_about(form.starts_on.data)
            return answer
    page = render_record(
        "pages/pilots/plan_form.html", record, form=form, lock=lock, design_hints=DESIGN_HINTS
    )
    return page, status_of(form)


@blueprint.route("/pilots/<number>/sites/new", methods=["GET", "POST"])
@on_record(Action.PLAN)
def add_site(record: RecordHead) -> Any:
    form = SiteForm()
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.add_site(session, current_actor(), record.id, _details(form), now=now()),
            to=url_for("pilots.plan", number=record.number),
            said=_("The site is added."),
            form=form,
        )
        if answer is not None:
            return answer
    return render_record("pages/pilots/site_form.html", record, form=form, site=None), status_of(form)


@blueprint.route("/pilots/<number>/sites/<int:site_id>", methods=["GET", "POST"])
@on_record(Action.PLAN)
def edit_site(record: RecordHead, site_id: int) -> Any:
    site = query.find_site(db.session(), record.id, site_id)
    if site is None:
        raise NotFound
    form = SiteForm(data=asdict(site))
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.change_site(
                session, current_actor(), record.id, site_id, _details(form), now=now()
            ),
            to=url_for("pilots.plan", number=record.number),
            said=_("The site is saved."),
            form=form,
        )
        if answer is not None:
            return answer
    return render_record("pages/pilots/site_form.html", record, form=form, site=site), status_of(form)


@blueprint.post("/pilots/<number>/sites/<int:site_id>/remove")
@on_record(Action.PLAN)
def remove_site(record: RecordHead, site_id: int) -> Any:
    return carry_out(
        lambda session: flow.remove_site(session, current_actor(), record.id, site_id, now=now()),
        to=url_for("pilots.plan", number=record.number),
        said=undoable(
            _("The site is removed."), url_for("pilots.restore_site", number=record.number, site_id=site_id)
        ),
    )


@blueprint.post("/pilots/<number>/sites/<int:site_id>/restore")
@on_record(Action.PLAN)
def restore_site(record: RecordHead, site_id: int) -> Any:
    return carry_out(
        lambda session: flow.remove_site(session, current_actor(), record.id, site_id, now=now(), undo=True),
        to=url_for("pilots.plan", number=record.number),
        said=_("The site is back."),
    )


def _details(form: SiteForm) -> flow.SiteDetails:
    return flow.SiteDetails(form.name.data, form.participants.data, form.starts_on.data, form.note.data or "")
