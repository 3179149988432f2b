"""Pulse surveys: opening, answering, closing, and their results."""

from __future__ import annotations

from typing import Any

from flask import redirect, url_for
from flask_babel import gettext as _

from incubator.charts.survey_bars import Question, SurveyBars
from incubator.domain.access import Action, can_on_agency, own_agency
from incubator.domain.clock import office_day
from incubator.domain.errors import Forbidden, NotFound
from incubator.domain.surveys import LEAST_RESPONSES
from incubator.extensions import db
from incubator.flows import surveys as flow
from incubator.forms.agencies import SurveyForm, answer_form
from incubator.models.agencies import Agency
from incubator.queries import surveys as query
from incubator.web.agencies.blueprint import blueprint, render_agency
from incubator.web.charts import chart_figure, chart_file
from incubator.web.formats import number, percent
from incubator.web.guards import on_agency
from incubator.web.pilots.blueprint import carry_out, status_of
from incubator.web.sessions import current_actor, now


@blueprint.get("/agencies/<code>/surveys/<int:survey_id>")
@on_agency(Action.VIEW_AGENCY)
def survey(agency: Agency, survey_id: int) -> Any:
    found = _found(agency, survey_id)
    actor = current_actor()
    results = query.results_of(db.session(), found)
    own = own_agency(actor, agency.id)
    return render_agency(
        "pages/agencies/survey.html",
        agency,
        survey=found,
        figure=survey_figure(agency, found, results) if results else None,
        comments=results.comments if results and can_on_agency(actor, Action.KEEP_AGENCY, agency.id) else (),
        answers=own and found.closed_at is None and not flow.has_answered(db.session(), actor, found.id),
        least=LEAST_RESPONSES,
        others=[row for row in query.surveys_of(db.session(), agency.id) if row.id != found.id],
    )


@blueprint.get("/agencies/<code>/surveys/<int:survey_id>/results.<form>")
@on_agency(Action.VIEW_AGENCY)
def survey_chart(agency: Agency, survey_id: int, form: str) -> Any:
    found = _found(agency, survey_id)
    results = query.results_of(db.session(), found)
    if results is None:
        raise NotFound
    return chart_file(_bars(found, results), form, f"{agency.code}-survey-{found.id}")


@blueprint.route("/agencies/<code>/surveys/new", methods=["GET", "POST"])
@on_agency(Action.KEEP_AGENCY)
def open_survey(agency: Agency) -> Any:
    form: Any = SurveyForm(data={"title": _("Pulse survey, %(month)s", month=f"{office_day(now()):%B %Y}")})
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.open_survey(
                session,
                current_actor(),
                now(),
                agency.id,
                title=form.title.data,
                questions=form.questions.data.splitlines(),
                invited=form.invited.data,
            ),
            to=f"{url_for('agencies.show', code=agency.code)}#survey",
            said=_("The survey is open. The agency's people find it on this page."),
            form=form,
        )
        if answer is not None:
            return answer
    return render_agency("pages/agencies/survey_form.html", agency, status_of(form), form=form)


@blueprint.post("/agencies/<code>/surveys/<int:survey_id>/close")
@on_agency(Action.KEEP_AGENCY)
def close_survey(agency: Agency, survey_id: int) -> Any:
    _found(agency, survey_id)
    return carry_out(
        lambda session: flow.close_survey(session, current_actor(), now(), survey_id),
        to=_address(agency, survey_id),
        said=_("The survey is closed."),
    )


@blueprint.route("/agencies/<code>/surveys/<int:survey_id>/answer", methods=["GET", "POST"])
@on_agency(Action.VIEW_AGENCY)
def answer_survey(agency: Agency, survey_id: int) -> Any:
    found = _found(agency, survey_id)
    actor = current_actor()
    if not own_agency(actor, agency.id):
        raise Forbidden("Only the agency's own people answer this survey.")
    if found.closed_at is not None or flow.has_answered(db.session(), actor, survey_id):
        return redirect(_address(agency, survey_id), 303)
    form = answer_form(found.questions)
    if form.validate_on_submit():
        answers = {field.name: int(field.data) for field in form.questions if field.data in set("12345")}
        answer = carry_out(
            lambda session: flow.answer_survey(
                session, actor, now(), survey_id, answers, form.comment.data or ""
            ),
            to=_address(agency, survey_id),
            said=_("Thank you. Your answers are in, without your name."),
            form=form,
        )
        if answer is not None:
            return answer
    return render_agency(
        "pages/agencies/survey_answer.html",
        agency,
        status_of(form),
        form=form,
        survey=found,
        least=LEAST_RESPONSES,
    )


def survey_figure(agency: Agency, survey: query.SurveyRow, results: query.Results) -> dict[str, Any]:
    """The chart of a survey, with number and rate of its responses."""
    return chart_figure(
        _bars(survey, results),
        f"survey-{survey.id}",
        _(
            "%(title)s: %(responses)s of %(invited)s people answered (%(rate)s)",
            title=survey.title,
            responses=number(survey.responses),
            invited=number(survey.invited),
            rate=percent(survey.rate),
        ),
        source=survey.provenance,
        endpoint="agencies.survey_chart",
        code=agency.code,
        survey_id=survey.id,
    )


def _bars(survey: query.SurveyRow, results: query.Results) -> SurveyBars:
    return SurveyBars(
        questions=tuple(Question(tally.text, tally.counts) for tally in results.tallies),
        invited=survey.invited,
    )


def _found(agency: Agency, survey_id: int) -> query.SurveyRow:
    found = query.find_survey(db.session(), agency.id, survey_id)
    if found is None:
        raise NotFound
    return found


def _address(agency: Agency, survey_id: int) -> str:
    return url_for("agencies.survey", code=agency.code, survey_id=survey_id)
