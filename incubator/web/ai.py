"""Uses of AI: questions and level, practices, the way over the front door to the Governor's Office, checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action
from incubator.domain.ai import Affected, Autonomy, EscalationAnswer, PracticeState, Reversibility
from incubator.domain.ai_rules import AiAnswers, answers_from, find_practice, practices_for, rate
from incubator.domain.clock import office_day
from incubator.domain.errors import NotFound, StaleVersion
from incubator.domain.stages import Origin
from incubator.extensions import db
from incubator.flows import ai as flow
from incubator.forms.ai import CheckForm, EscalationForm, PracticeForm, QuestionsForm
from incubator.queries import ai as query
from incubator.queries.inventory import stated_impact
from incubator.queries.records import RecordHead
from incubator.web.guards import allowed, on_record
from incubator.web.pilots.blueprint import carry_out, status_of
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import seen_version
from incubator.web.words import label

blueprint = Blueprint("ai", __name__)

RANKED_FROM = 10
"""Below this many uses an agency's shares are given as counts alone."""


@blueprint.get("/pilots/<number>/ai")
@on_record(Action.VIEW)
def show(record: RecordHead) -> Any:
    session = db.session()
    screening = query.screening_of(session, record.id)
    rating = rate(screening.answers) if screening else None
    checks = query.checks_of(session, record.id)
    required = practices_for(screening.answers, screening.level) if screening else ()
    given = query.practices_of(session, screening.id) if screening else {}
    return render_record(
        "pages/ai/show.html",
        record,
        screening=screening,
        rating=rating,
        state=query.ai_state(session, [record.id])[record.id],
        practices=[
            (practice, given.get(practice.key, query.PracticeRow(practice.key))) for practice in required
        ],
        answered=_answered(screening.answers) if screening else [],
        checks=checks,
        next_check=query.next_check(
            record.stage,
            screening.level if screening and screening.answers.involved else None,
            query.launched_on(session, record.id),
            checks,
        ),
        deployed=record.stage in query.DEPLOYED,
        today=office_day(now()),
        stated=stated_impact(session, record.id) if record.origin is Origin.INVENTORY else "",
    )


def _answered(answers: AiAnswers) -> list[tuple[Any, str]]:
    """Each question with its answer in words; where no AI is involved the first is the only one."""
    asked = QuestionsForm(formdata=None)
    return [
        (asked[name].label.text, _said(value))
        for name, value in asdict(answers).items()
        if answers.involved or name == "involved"
    ]


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return label(value) if isinstance(value, StrEnum) else str(value)


@blueprint.route("/pilots/<number>/ai/questions", methods=["GET", "POST"])
@on_record(Action.SCREEN_AI)
def screen(record: RecordHead) -> Any:
    session = db.session()
    screening = query.screening_of(session, record.id)
    known = None if screening else query.known_answers(session, record.id)
    form = _questions(screening, known, uses_ai=record.uses_ai)
    if form.validate_on_submit():
        answers = _answers(form)

        def again(error: StaleVersion) -> tuple[Any, object]:
            theirs = answers_from(error.theirs)
            return QuestionsForm(formdata=None, obj=SimpleNamespace(**asdict(theirs))), error.version

        answer = carry_out(
            lambda session: flow.screen(
                session, current_actor(), record.id, answers, seen_version=form.version.data, now=now()
            ),
            to=_page(record),
            said=_("The answers are saved."),
            form=form,
            again=again,
        )
        if answer is not None:
            return answer
    voids = screening is not None and (screening.endorsed_at or screening.escalated_at)
    return (
        render_record(
            "pages/ai/questions.html",
            record,
            form=form,
            voids=bool(voids),
            prefilled=known is not None and known != AiAnswers(),
        ),
        status_of(form),
    )


def _questions(
    screening: query.ScreeningRow | None, known: AiAnswers | None, *, uses_ai: bool
) -> QuestionsForm:
    """The form with what is known; what nobody has said is left unanswered rather than answered with no."""
    if screening is not None:
        return QuestionsForm(obj=SimpleNamespace(**asdict(screening.answers), version=screening.version))
    assert known is not None
    given: dict[str, Any] = {"purpose": known.purpose, "involved": True if uses_ai else None, "version": 0}
    given |= {name: True for name in ("generative", "principal", "personal") if getattr(known, name)}
    return QuestionsForm(data=given)


def _answers(form: QuestionsForm) -> AiAnswers:
    if not form.involved.data:
        return AiAnswers(involved=False, purpose=form.purpose.data or "")
    return AiAnswers(
        involved=True,
        purpose=form.purpose.data or "",
        generative=bool(form.generative.data),
        principal=bool(form.principal.data),
        personal=bool(form.personal.data),
        autonomy=Autonomy(form.autonomy.data or ""),
        affected=Affected(form.affected.data or ""),
        reversibility=Reversibility(form.reversibility.data or ""),
        data_leave=bool(form.data_leave.data),
        vendor_model=bool(form.vendor_model.data),
    )


@blueprint.post("/pilots/<number>/ai/endorse")
@on_record(Action.ENDORSE_AI)
def endorse(record: RecordHead) -> Any:
    return carry_out(
        lambda session: flow.endorse(
            session, current_actor(), record.id, seen_version=seen_version(), now=now()
        ),
        to=_page(record),
        said=_("You have endorsed this use for your agency."),
    )


@blueprint.post("/pilots/<number>/ai/escalate")
@on_record(Action.SCREEN_AI)
def escalate(record: RecordHead) -> Any:
    return carry_out(
        lambda session: flow.escalate(
            session, current_actor(), record.id, seen_version=seen_version(), now=now()
        ),
        to=_page(record),
        said=_("The use is escalated to the Governor's Office."),
    )


@blueprint.route("/pilots/<number>/ai/answer", methods=["GET", "POST"])
@on_record(Action.ANSWER_ESCALATION)
def answer(record: RecordHead) -> Any:
    screening = _screening(record)
    form = EscalationForm(data={"version": screening.version})
    if form.validate_on_submit():

        def again(error: StaleVersion) -> tuple[Any, object]:
            return EscalationForm(formdata=None, data=_plain(error.theirs)), error.version

        done = carry_out(
            lambda session: flow.answer_escalation(
                session,
                current_actor(),
                record.id,
                EscalationAnswer(form.answer.data or ""),
                form.note.data or "",
                seen_version=form.version.data,
                now=now(),
            ),
            to=_page(record),
            said=_("The answer is recorded."),
            form=form,
            again=again,
        )
        if done is not None:
            return done
    return render_record("pages/ai/answer.html", record, form=form), status_of(form)


@blueprint.route("/pilots/<number>/ai/practices/<practice>", methods=["GET", "POST"])
@on_record(Action.SCREEN_AI)
def record_practice(record: RecordHead, practice: str) -> Any:
    screening = _screening(record)
    asked = find_practice(practice)
    if asked is None or asked not in practices_for(screening.answers, screening.level):
        raise NotFound
    row = query.practices_of(db.session(), screening.id).get(practice, query.PracticeRow(practice))
    form = PracticeForm(data={"state": row.state.value, "evidence": row.evidence, "version": row.stamp})
    if form.validate_on_submit():

        def again(error: StaleVersion) -> tuple[Any, object]:
            return PracticeForm(formdata=None, data=_plain(error.theirs)), error.version

        done = carry_out(
            lambda session: flow.record_practice(
                session,
                current_actor(),
                record.id,
                practice,
                PracticeState(form.state.data or ""),
                form.evidence.data or "",
                seen=form.version.data,
                now=now(),
            ),
            to=_page(record) + "#practices",
            said=_("How far “%(practice)s” is stands there now.", practice=_(asked.name)),
            form=form,
            again=again,
        )
        if done is not None:
            return done
    return render_record("pages/ai/practice.html", record, form=form, practice=asked), status_of(form)


@blueprint.route("/pilots/<number>/ai/checks/new", methods=["GET", "POST"])
@on_record(Action.SCREEN_AI)
def record_check(record: RecordHead) -> Any:
    screening = _screening(record)
    form = CheckForm(data={"checked_on": office_day(now())})
    if form.validate_on_submit():
        done = carry_out(
            lambda session: flow.record_check(
                session,
                current_actor(),
                record.id,
                checked_on=form.checked_on.data or office_day(now()),
                found=form.found.data or "",
                incident=form.incident.data,
                response=form.response.data or "",
                next_on=form.next_on.data,
                now=now(),
            ),
            to=_page(record) + "#checks",
            said=_("The check is recorded."),
            form=form,
        )
        if done is not None:
            return done
    return render_record("pages/ai/check.html", record, form=form, screening=screening), status_of(form)


@blueprint.get("/portfolio/statistics/ai")
@allowed(Action.SEE_STATISTICS)
def shares() -> Any:
    """How uses of AI were rated, for all and by agency, with counts; no agency is ranked."""
    rows = query.shares(db.session(), current_actor())
    whole = query.Share(
        "",
        "",
        *(sum(getattr(row, name) for row in rows) for name in ("high", "medium", "low", "waiting")),
    )
    return render_template("pages/ai/shares.html", rows=rows, whole=whole, ranked_from=RANKED_FROM)


def _screening(record: RecordHead) -> query.ScreeningRow:
    found = query.screening_of(db.session(), record.id)
    if found is None:
        raise NotFound
    return found


def _plain(theirs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: "" if value is None else str(value) for name, value in theirs.items()}


def _page(record: RecordHead) -> str:
    return url_for("ai.show", number=record.number)
