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
from incubator.domain.evaluation import Advice, Weighed
from incubator.domain.gates import next_gate
from incubator.domain.pilot_summary import Criterion, Phase, result_sentences
from incubator.extensions import db
from incubator.flows import evaluation as flow
from incubator.queries import evaluation as query
from incubator.queries import metrics as metric_query
from incubator.queries import pilots as plan_query
from incubator.queries.evaluation_plan import lock_of
from incubator.queries.pilot_summary import summary_of
from incubator.queries.process_changes import days_for, limit_days
from incubator.queries.records import RecordHead
from incubator.web.charts import chart_file
from incubator.web.evaluation import figures
from incubator.web.evaluation.blueprint import blueprint
from incubator.web.evaluation.judging import Judgement, judged_only, judgements, said
from incubator.web.guards import on_record
from incubator.web.languages import gettext as _
from incubator.web.pilot_summary import say
from incubator.web.pilots.figures import is_drawn, process_figure
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
    summary = known.of(("summary", record.id), lambda: summary_of(session, record.id, today))
    alerts = query.alerts_of(session, record.id)
    drawn = known.of(("results", record.id), lambda: _drawn(record, found))
    return render_record(
        "pages/evaluation/results.html",
        record,
        summary=summary,
        finding=finding(judged),
        forest=drawn.forest,
        judgements=found,
        process=drawn.process,
        lock=lock_of(session, record.id),
        alerts=alerts,
        to_answer={one.metric_id: one for one in reversed(alerts) if one.answered_at is None}.values(),
        advice=summary.advice,
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
                judged=each.due,
            )
            for each in found
            if each.criterion.id in metrics and is_drawn(metrics[each.criterion.id])
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
    """What recording would say of the criteria that were fixed before the data; empty with nothing to record."""
    judged = [each for each in judged if not each.criterion.post_hoc]
    if not any(each.to_record for each in judged):
        return ""
    return " ".join(
        say(one)
        for one in result_sentences(
            [
                Criterion(
                    each.criterion.name,
                    Weighed(each.criterion.kind, each.proposed if each.to_record else each.judged),
                    each.criterion.horizon_on,
                )
                for each in judged
            ],
            Phase.RUNNING,
            judged[0].today,
        )
    )
