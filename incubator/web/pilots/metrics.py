"""Metrics: their list, their definition, and the page of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action, can_on_record
from incubator.domain.clock import office_day
from incubator.domain.errors import NotFound, StaleVersion
from incubator.domain.evaluation import Arm, Measure
from incubator.domain.pilots import KIND_HINTS
from incubator.exports import tables
from incubator.extensions import db
from incubator.flows import metrics as flow
from incubator.flows.amendments import Amending
from incubator.forms.metrics import MetricForm, ReadingForm
from incubator.forms.pilots import AmendForm
from incubator.queries import metrics as query
from incubator.queries import pilots as plan_query
from incubator.queries import process_changes as change_query
from incubator.queries.data_quality import quality_of
from incubator.queries.evaluation_plan import lock_of
from incubator.queries.records import RecordHead
from incubator.web.guards import on_record
from incubator.web.pilots import criterion_words, figures
from incubator.web.pilots.blueprint import attachment, blueprint, carry_out, status_of, undoable
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now

SHOWN = 60
MOST_SHOWN = 5_000
ARM_NAMES = {arm.value: arm for arm in Arm}


@blueprint.get("/pilots/<number>/metrics")
@on_record(Action.VIEW)
def metrics(record: RecordHead) -> Any:
    session = db.session()
    rows = query.metrics_of(session, record.id)
    plan = plan_query.plan_of(session, record.id)
    return render_record(
        "pages/pilots/metrics.html",
        record,
        metrics=rows,
        plan=plan,
        today=office_day(now()),
        set_aside=query.set_aside(session, record.id),
        lock=lock_of(session, record.id),
        progress=figures.progress_figure(rows, record.number) if rows else None,
    )


@blueprint.route("/pilots/<number>/metrics/new", methods=["GET", "POST"])
@on_record(Action.PLAN)
def define_metric(record: RecordHead) -> Any:
    lock = lock_of(db.session(), record.id)
    form = MetricForm(locked=lock.is_locked)
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.define_metric(
                session,
                current_actor(),
                record.id,
                flow.Definition(**form.chosen()),
                now=now(),
                amending=Amending(**form.amending),
            ),
            to=url_for("pilots.metrics", number=record.number),
            said=_("The metric is defined."),
            form=form,
        )
        if answer is not None:
            return answer
    return _form_page(record, form, None), status_of(form)


@blueprint.route("/pilots/<number>/metrics/<int:metric_id>/edit", methods=["GET", "POST"])
@on_record(Action.PLAN)
def edit_metric(record: RecordHead, metric_id: int) -> Any:
    metric = load_metric(record, metric_id)
    locked = lock_of(db.session(), record.id).is_locked
    form = MetricForm(data=_typed(asdict(metric)), locked=locked)
    if form.validate_on_submit():

        def again(error: StaleVersion) -> tuple[Any, object]:
            return MetricForm(formdata=None, data=_typed(error.theirs), locked=locked), error.version

        answer = carry_out(
            lambda session: flow.change_metric(
                session,
                current_actor(),
                record.id,
                metric_id,
                flow.Definition(**form.chosen()),
                seen_version=form.version.data,
                now=now(),
                amending=Amending(**form.amending),
            ),
            to=url_for("pilots.metric", number=record.number, metric_id=metric_id),
            said=_("The metric is saved."),
            form=form,
            again=again,
        )
        if answer is not None:
            return answer
    return _form_page(record, form, metric), status_of(form)


def _form_page(record: RecordHead, form: MetricForm, metric: query.MetricRow | None) -> str:
    session = db.session()
    plan = plan_query.plan_of(session, record.id)
    return render_record(
        "pages/pilots/metric_form.html",
        record,
        form=form,
        metric=metric,
        kind_hints={kind.value: _(text) for kind, text in KIND_HINTS.items()},
        plan=plan,
        lock=lock_of(session, record.id),
        rule=criterion_words.rule(metric, plan) if metric else criterion_words.general_rule(),
    )


def _typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the form is filled with: the exposure only where something is counted."""
    shown = dict(values)
    if shown.get("measure") is not Measure.RATE:
        shown["per"] = None
    return shown


@blueprint.route("/pilots/<number>/metrics/<int:metric_id>/remove", methods=["GET", "POST"])
@on_record(Action.PLAN)
def remove_metric(record: RecordHead, metric_id: int) -> Any:
    restore = url_for("pilots.restore_metric", number=record.number, metric_id=metric_id)
    return _set_aside(
        record,
        metric_id,
        undo=False,
        said=undoable(_("The metric is set aside; its readings are kept."), restore),
        said_locked=_("The metric is set aside; its readings are kept."),
    )


@blueprint.route("/pilots/<number>/metrics/<int:metric_id>/restore", methods=["GET", "POST"])
@on_record(Action.PLAN)
def restore_metric(record: RecordHead, metric_id: int) -> Any:
    back = _("The metric is back in use.")
    return _set_aside(record, metric_id, undo=True, said=back, said_locked=back)


def _set_aside(record: RecordHead, metric_id: int, *, undo: bool, said: Any, said_locked: Any) -> Any:
    """At once while the plan is open; with a reason once it is locked, which a page asks for."""
    metric = load_metric(record, metric_id)
    lock = lock_of(db.session(), record.id)
    form = AmendForm(locked=lock.is_locked)
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.remove_metric(
                session,
                current_actor(),
                record.id,
                metric_id,
                now=now(),
                undo=undo,
                amending=Amending(**form.amending),
            ),
            to=url_for("pilots.metrics", number=record.number),
            said=said_locked if lock.is_locked else said,
            form=form,
        )
        if answer is not None:
            return answer
    page = render_record(
        "pages/pilots/set_aside_form.html", record, form=form, metric=metric, undo=undo, lock=lock
    )
    return page, status_of(form)


@blueprint.get("/pilots/<number>/metrics/<int:metric_id>")
@on_record(Action.VIEW)
def metric(record: RecordHead, metric_id: int) -> Any:
    return metric_page(record, metric_id, None)


def load_metric(record: RecordHead, metric_id: int) -> query.MetricRow:
    found = query.find_metric(db.session(), record.id, metric_id)
    if found is None:
        raise NotFound
    return found


def metric_page(record: RecordHead, metric_id: int, form: ReadingForm | None) -> Any:
    """The page of one metric; `form` is a refused reading to be shown again."""
    session, actor = db.session(), current_actor()
    row = load_metric(record, metric_id)
    plan = plan_query.plan_of(session, record.id)
    every = "all" in request.args
    arm = ARM_NAMES.get(request.args.get("arm", ""))
    limits = change_query.days_for(change_query.limit_days(session, record.id), metric_id)
    verifies = bool(can_on_record(actor, Action.VERIFY_READINGS, record.facts))
    waiting, up_to = query.waiting_for(session, metric_id, actor.person_id) if verifies else (0, 0)
    recorded = query.recorded(session, metric_id)
    records = bool(can_on_record(actor, Action.RECORD_READINGS, record.facts))
    form = form or (ReadingForm(formdata=None, data={"taken_on": office_day(now())}) if records else None)
    return render_record(
        "pages/pilots/metric.html",
        record,
        metric=row,
        plan=plan,
        empty_periods=query.empty_periods(session, metric_id) if recorded.empty else [],
        form=form,
        latest=figures.latest_words(row),
        process=figures.process_figure(row, plan, record.number, changes=limits)
        if figures.is_drawn(row)
        else None,
        readings=query.readings_of(session, metric_id, limit=MOST_SHOWN if every else SHOWN, arm=arm),
        recorded=recorded,
        arm=arm,
        lock=lock_of(session, record.id),
        rule=criterion_words.rule(row, plan),
        quality=quality_of(session, row, plan, office_day(now())),
        changes=change_query.changes_of(session, record.id, metric_id),
        shown=SHOWN,
        every=every,
        corrections=query.corrections_of(session, metric_id),
        targets=query.targets_of(session, metric_id),
        waiting=waiting,
        up_to=up_to,
        due_on=row.due_on(plan.starts_on, plan.ends_on),
        today=office_day(now()),
    )


@blueprint.get("/pilots/<number>/metrics/<int:metric_id>/readings.csv")
@on_record(Action.VIEW)
def readings_csv(record: RecordHead, metric_id: int) -> Any:
    """Every current reading, oldest first, in a form the import reads back."""
    row = load_metric(record, metric_id)
    readings = query.readings_of(db.session(), metric_id)
    header = [
        _("Date"),
        _("Value"),
        _("Counted"),
        _("Denominator"),
        _("Arm"),
        _("Unit"),
        _("Note"),
        _("Recorded by"),
        _("Recorded"),
        _("Verified by"),
        _("Value before correction"),
        _("Reason for correction"),
    ]
    lines = (
        (
            reading.taken_on,
            reading.value,
            reading.numerator,
            reading.denominator,
            reading.arm.value,
            reading.unit,
            reading.note,
            reading.recorded_by,
            reading.recorded_at,
            reading.verified_by,
            reading.was,
            reading.reason,
        )
        for reading in reversed(readings)
    )
    content = b"".join(tables.to_csv(tables.Table(row.name, header, lines)))
    return attachment(content, tables.CSV_TYPE, f"{record.number}-metric-{row.id}-readings.csv")
