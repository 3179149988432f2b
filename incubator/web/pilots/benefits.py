"""What was learned, and whether the benefit came about."""

from __future__ import annotations

from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from incubator.domain.access import Action, can_on_record
from incubator.domain.benefits import BENEFIT_MONTHS
from incubator.domain.clock import office_day
from incubator.domain.errors import NotFound, StaleVersion
from incubator.domain.stages import Stage
from incubator.extensions import db
from incubator.flows import benefits as flow
from incubator.flows import pilots as plan_flow
from incubator.forms.pilots import BenefitForm, LessonForm
from incubator.queries import benefits as query
from incubator.queries import pilots as plan_query
from incubator.queries.records import RecordHead
from incubator.web.benefit_words import (
    amount,
    fared_words,
    fixed_words,
    promised_words,
    realised_words,
    unit_words,
)
from incubator.web.guards import on_record
from incubator.web.pilots.blueprint import blueprint, carry_out, status_of
from incubator.web.record_pages import reached, render_record
from incubator.web.sessions import current_actor, now


@blueprint.get("/pilots/<number>/benefit")
@on_record(Action.VIEW)
def benefits(record: RecordHead) -> Any:
    session = db.session()
    rows = {row.months: row for row in query.benefits_of(session, record.id)}
    promises = query.promises_of(session, record.id)
    costs = query.costs_of(session, record.id)
    records = bool(can_on_record(current_actor(), Action.WRITE_LESSON, record.facts))
    return render_record(
        "pages/pilots/benefits.html",
        record,
        plan=plan_query.plan_of(session, record.id),
        promises=promises,
        promised=promised_words(promises, costs),
        realised=realised_words(promises, costs),
        amount=amount,
        unit_words=unit_words,
        fared_words=fared_words,
        fixed_words=fixed_words,
        months_asked=BENEFIT_MONTHS,
        earliest=office_day(now()) + flow.EARLIEST,
        today=office_day(now()),
        benefits=[(months, rows.get(months)) for months in BENEFIT_MONTHS],
        scaled_at=query.scaled_at(session, record.id),
        promises_more=records and reached(record) in (Stage.PILOT, Stage.SCALE, Stage.IN_SERVICE),
        records=records and reached(record) in (Stage.SCALE, Stage.IN_SERVICE),
    )


@blueprint.route("/pilots/<number>/lesson", methods=["GET", "POST"])
@on_record(Action.WRITE_LESSON)
def write_lesson(record: RecordHead) -> Any:
    form = LessonForm(obj=plan_query.plan_of(db.session(), record.id))
    if form.validate_on_submit():

        def again(error: StaleVersion) -> tuple[Any, object]:
            return LessonForm(formdata=None, obj=SimpleNamespace(**error.theirs)), error.version

        answer = carry_out(
            lambda session: plan_flow.write_lesson(
                session,
                current_actor(),
                record.id,
                form.lesson.data,
                seen_version=form.version.data,
                now=now(),
            ),
            to=_page(record),
            said=_("The lesson is written down."),
            form=form,
            again=again,
        )
        if answer is not None:
            return answer
    return render_record("pages/pilots/lesson_form.html", record, form=form), status_of(form)


@blueprint.route("/pilots/<number>/benefit/<int:months>", methods=["GET", "POST"])
@on_record(Action.WRITE_LESSON)
def record_benefit(record: RecordHead, months: int) -> Any:
    if months not in BENEFIT_MONTHS:
        raise NotFound
    rows = {row.months: row for row in query.benefits_of(db.session(), record.id)}
    row = rows.get(months)
    form = BenefitForm(data={} if row is None else {**asdict(row), "version": flow.stamp(row.recorded_at)})
    if form.validate_on_submit():
        details = flow.BenefitDetails(
            months,
            form.forecast.data or "",
            form.realised.data or "",
            form.unknown_reason.data or "",
            form.cents_per_year.data,
            form.hours_per_year.data,
        )

        def again(error: StaleVersion) -> tuple[Any, object]:
            return BenefitForm(formdata=None, obj=SimpleNamespace(**error.theirs)), error.version

        answer = carry_out(
            lambda session: flow.record_benefit(
                session, current_actor(), record.id, details, seen=form.version.data, now=now()
            ),
            to=_page(record),
            said=_("The benefit is recorded."),
            form=form,
            again=again,
        )
        if answer is not None:
            return answer
    return render_record("pages/pilots/benefit_form.html", record, form=form, months=months), status_of(form)


def _page(record: RecordHead) -> str:
    return url_for("pilots.benefits", number=record.number)
