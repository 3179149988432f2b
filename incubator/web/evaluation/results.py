"""The results of a pilot on one page, and the verdicts as they are recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response

from incubator.charts.chart import Chart
from incubator.domain.access import Action, can_on_record
from incubator.domain.clock import office_day
from incubator.domain.errors import StaleVersion
from incubator.domain.evaluation import Advice, Verdict
from incubator.domain.gates import next_gate
from incubator.domain.pilots import CriterionKind
from incubator.extensions import db
from incubator.flows import evaluation as flow
from incubator.queries import evaluation as query
from incubator.queries import metrics as metric_query
from incubator.queries import pilots as plan_query
from incubator.queries.advice import standing
from incubator.queries.evaluation_plan import lock_of
from incubator.queries.process_changes import days_for, limit_days
from incubator.queries.records import RecordHead
from incubator.web.charts import chart_file
from incubator.web.evaluation import figures
from incubator.web.evaluation.blueprint import blueprint
from incubator.web.evaluation.judging import Judgement, judged_only, judgements, said
from incubator.web.formats import day
from incubator.web.guards import on_record
from incubator.web.languages import gettext as _
from incubator.web.pilots.figures import process_figure
from incubator.web.portfolio_charts import my_memory
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction


@blueprint.get("/pilots/<number>/results")
@on_record(Action.VIEW)
def results(record: RecordHead) -> Any:
    session, today = db.session(), office_day(now())
    known = my_memory()
    found = known.of(("judgements", record.id), lambda: judgements(session, record.id, today))
    judged = judged_only(found)
    given = any(each.criterion.given is not None for each in judged)
    stands = standing(session, record.id) if given else None
    drawn = known.of(("results", record.id), lambda: _drawn(record, found))
    return render_record(
        "pages/evaluation/results.html",
        record,
        finding=finding(judged),
        forest=drawn.forest,
        judgements=found,
        process=drawn.process,
        lock=stands.lock if stands is not None else lock_of(session, record.id),
        alerts=query.alerts_of(session, record.id),
        advice=stands.advice if stands is not None else None,
        waits=Advice.WAIT,
        said=said,
        to_record=[each for each in judged if each.to_record],
        shown=shown_state(found),
        dossier=next_gate(record.step, midpoint_passed=record.midpoint_passed)
        if can_on_record(current_actor(), Action.SEE_INTERNAL, record.facts)
        else None,
        gives_verdicts=bool(can_on_record(current_actor(), Action.GIVE_VERDICTS, record.facts)),
        today=today,
    )


@dataclass(frozen=True, slots=True)
class Drawn:
    """The page's figures as the `figure` macro takes them; those of the process by criterion."""

    forest: dict[str, Any] | None
    process: dict[int, dict[str, Any]]


def _drawn(record: RecordHead, found: list[Judgement]) -> Drawn:
    session = db.session()
    metrics = {row.id: row for row in metric_query.metrics_of(session, record.id)}
    plan = plan_query.plan_of(session, record.id)
    limits = limit_days(session, record.id)
    return Drawn(
        figures.forest_figure(found, record.number) if judged_only(found) else None,
        {
            each.criterion.id: process_figure(
                metrics[each.criterion.id],
                plan,
                record.number,
                f"process-{each.criterion.id}",
                days_for(limits, each.criterion.id),
                with_table=False,
            )
            for each in found
            if each.criterion.id in metrics and metrics[each.criterion.id].points
        },
    )


@blueprint.post("/pilots/<number>/results/verdicts")
@on_record(Action.GIVE_VERDICTS)
def give_verdicts(record: RecordHead) -> Any:
    """Record the verdicts that the rule proposes from what was shown."""
    session, today = db.session(), office_day(now())
    found = judgements(session, record.id, today)
    if request.form.get("shown", "") != shown_state(found):
        raise StaleVersion({}, 0)
    answers = {
        each.criterion.id: (each.criterion.inputs_sha256, each.answer)
        for each in found
        if each.answer is not None
    }
    to = url_for("evaluation.results", number=record.number)
    with transaction() as writing:
        given = flow.give_verdicts(writing, current_actor(), record.id, answers, now=now())
        leads_to(writing, to)
    flash(
        ngettext("%(num)s verdict is recorded.", "%(num)s verdicts are recorded.", len(given))
        if given
        else _("These verdicts were recorded already."),
        "success",
    )
    return redirect(to, 303)


def shown_state(found: list[Judgement]) -> str:
    """What the button was shown with: recorded is what was seen, or nothing."""
    return "-".join(each.criterion.inputs_sha256[:12] for each in found if each.to_record)


@blueprint.get("/pilots/<number>/results/verdicts.<form>")
@on_record(Action.VIEW)
def forest(record: RecordHead, form: str) -> Response:
    found = judgements(db.session(), record.id, office_day(now()))
    chart: Chart = figures.forest_chart(found)
    return chart_file(chart, form, f"{record.number}-verdicts")


def finding(judged: list[Judgement]) -> str:
    """The results in a sentence or two, of what was fixed before the data."""
    judged = [each for each in judged if not each.criterion.post_hoc]
    if not judged:
        return _("No criterion says yet what success is.")
    waiting = [each for each in judged if each.judged.verdict is Verdict.NOT_YET]
    if len(waiting) == len(judged):
        return _not_yet(waiting)
    goals = [each for each in judged if each.criterion.kind is CriterionKind.GOAL]
    met = sum(each.judged.verdict is Verdict.MET for each in goals)
    sentences = [
        ngettext("%(met)s of %(num)s goal met.", "%(met)s of %(num)s goals met.", len(goals), met=met)
    ]
    unclear = sum(each.judged.verdict is Verdict.INCONCLUSIVE for each in judged)
    if unclear:
        sentences.append(
            ngettext("%(num)s criterion is inconclusive.", "%(num)s criteria are inconclusive.", unclear)
        )
    harmed = [
        each.criterion.name
        for each in judged
        if each.criterion.kind is CriterionKind.GUARDRAIL
        and (
            each.judged.verdict is Verdict.NOT_MET
            or (each.judged.harm and each.judged.verdict is not Verdict.MET)
        )
    ]
    if harmed:
        sentences.append(_("Harmed: %(names)s.", names=", ".join(harmed)))
    return " ".join(sentences)


def _not_yet(waiting: list[Judgement]) -> str:
    horizons = [each.criterion.horizon_on for each in waiting if each.criterion.horizon_on is not None]
    if any(each.due for each in waiting):
        return _("The horizon is reached, but too few of the planned readings are in for a verdict.")
    if not horizons:
        return _("No day is set yet on which the results are judged.")
    return _(
        "No verdict before %(day)s: until then this page shows data, because who looks again and again finds"
        " success too often.",
        day=day(min(horizons)),
    )
