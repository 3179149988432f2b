"""The benefits register of one record: promises, and what came of each after 6, 12 and 24 months."""

from __future__ import annotations

from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from incubator.domain.access import Action
from incubator.domain.benefits import BENEFIT_MONTHS, BenefitKind, Certainty
from incubator.domain.errors import NotFound, StaleVersion
from incubator.extensions import db
from incubator.flows import benefits as flow
from incubator.forms.benefits import MeasurementForm, PromiseForm
from incubator.queries import benefits as query
from incubator.queries.records import RecordHead
from incubator.web.benefit_words import amount, unit_words
from incubator.web.guards import on_record
from incubator.web.pilots.blueprint import blueprint, carry_out, status_of, undoable
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now


@blueprint.route("/pilots/<number>/benefit/promises/new", methods=["GET", "POST"])
@on_record(Action.WRITE_LESSON)
def promise_benefit(record: RecordHead) -> Any:
    form: Any = PromiseForm(data={"kind": BenefitKind.HOURS})
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.promise_benefit(
                session, current_actor(), record.id, _promise(form), now=now()
            ),
            to=_page(record),
            said=_("The benefit is on the register."),
            form=form,
        )
        if answer is not None:
            return answer
    late = query.scaled_at(db.session(), record.id) is not None
    return render_record(
        "pages/pilots/promise_form.html", record, form=form, promise=None, late=late
    ), status_of(form)


@blueprint.route("/pilots/<number>/benefit/promises/<int:promise_id>", methods=["GET", "POST"])
@on_record(Action.WRITE_LESSON)
def edit_promise(record: RecordHead, promise_id: int) -> Any:
    row = _find(record, promise_id)
    form: Any = PromiseForm(obj=row)
    if form.validate_on_submit():

        def again(error: StaleVersion) -> tuple[Any, object]:
            return PromiseForm(formdata=None, obj=SimpleNamespace(**error.theirs)), error.version

        answer = carry_out(
            lambda session: flow.change_promise(
                session,
                current_actor(),
                record.id,
                promise_id,
                _promise(form),
                seen_version=form.version.data,
                now=now(),
            ),
            to=_page(record),
            said=_("The promise is saved."),
            form=form,
            again=again,
        )
        if answer is not None:
            return answer
    return render_record(
        "pages/pilots/promise_form.html", record, form=form, promise=row, late=row.late
    ), status_of(form)


@blueprint.post("/pilots/<number>/benefit/promises/<int:promise_id>/remove")
@on_record(Action.WRITE_LESSON)
def remove_promise(record: RecordHead, promise_id: int) -> Any:
    return carry_out(
        lambda session: flow.remove_promise(session, current_actor(), record.id, promise_id, now=now()),
        to=_page(record),
        said=undoable(
            _("The benefit is off the register."),
            url_for("pilots.restore_promise", number=record.number, promise_id=promise_id),
        ),
    )


@blueprint.post("/pilots/<number>/benefit/promises/<int:promise_id>/restore")
@on_record(Action.WRITE_LESSON)
def restore_promise(record: RecordHead, promise_id: int) -> Any:
    return carry_out(
        lambda session: flow.remove_promise(
            session, current_actor(), record.id, promise_id, now=now(), undo=True
        ),
        to=_page(record),
        said=_("The benefit is back on the register."),
    )


@blueprint.route("/pilots/<number>/benefit/promises/<int:promise_id>/<int:months>", methods=["GET", "POST"])
@on_record(Action.WRITE_LESSON)
def measure_benefit(record: RecordHead, promise_id: int, months: int) -> Any:
    if months not in BENEFIT_MONTHS:
        raise NotFound
    promise = _find(record, promise_id)
    standing = promise.at(months)
    form: Any = MeasurementForm(
        data={} if standing is None else {**asdict(standing), "version": flow.stamp(standing.recorded_at)}
    )
    if form.validate_on_submit():
        measured = flow.Measured(
            months,
            Certainty(form.certainty.data),
            form.amount.data,
            form.low.data,
            form.high.data,
            form.realised.data or "",
            form.unknown_reason.data or "",
        )

        def again(error: StaleVersion) -> tuple[Any, object]:
            return MeasurementForm(formdata=None, obj=SimpleNamespace(**error.theirs)), error.version

        answer = carry_out(
            lambda session: flow.measure_benefit(
                session, current_actor(), record.id, promise_id, measured, seen=form.version.data, now=now()
            ),
            to=_page(record),
            said=_("What came of it is recorded."),
            form=form,
            again=again,
        )
        if answer is not None:
            return answer
    return render_record(
        "pages/pilots/measurement_form.html",
        record,
        form=form,
        promise=promise,
        months=months,
        due_on=promise.due_on(months),
        suffix=unit_words(promise.kind, promise.unit),
        likely=amount(promise.likely, promise.kind, promise.unit),
        low=amount(promise.low, promise.kind, promise.unit),
        high=amount(promise.high, promise.kind, promise.unit),
    ), status_of(form)


def _promise(form: Any) -> flow.Promise:
    return flow.Promise(
        form.name.data,
        BenefitKind(form.kind.data),
        form.unit.data or "",
        form.owner_name.data,
        form.baseline.data,
        form.baseline_note.data or "",
        form.low.data,
        form.likely.data,
        form.high.data,
        form.years.data,
        form.starts_on.data,
        form.budget_line.data or "",
    )


def _find(record: RecordHead, promise_id: int) -> query.PromiseRow:
    row = next((row for row in query.promises_of(db.session(), record.id) if row.id == promise_id), None)
    if row is None:
        raise NotFound
    return row


def _page(record: RecordHead) -> str:
    return url_for("pilots.benefits", number=record.number)
