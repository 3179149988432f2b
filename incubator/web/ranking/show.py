"""The page of a call's scores and ranking: the last result at once, however stale, and how far the next one is."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, jsonify, redirect, request, url_for
from flask_babel import gettext as _

from incubator.analytics.timeliness import timeliness
from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.domain.errors import NotFound
from incubator.domain.roles import Role
from incubator.extensions import db
from incubator.flows import ranking as flow
from incubator.jobs.queue import dispatch
from incubator.queries import jobs as job_query
from incubator.queries import ranking as query
from incubator.queries.ranking import Analysed, Standing
from incubator.queries.rounds import RoundHead
from incubator.web.call_pages import render_call
from incubator.web.charts import chart_figure, chart_file
from incubator.web.guards import on_call, polls
from incubator.web.listing import read_listing
from incubator.web.ranking import figures, sentences
from incubator.web.ranking.blueprint import blueprint
from incubator.web.ranking.rows import SORTS, ScoreRow, counts, ordered, rows_of
from incubator.web.ranking.strips import strip
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction

PAGE = "/calls/<slug>/ranking"
SIZE = 25


@blueprint.get(PAGE)
@on_call(Action.SEE_RANKING)
def show(call: RoundHead) -> Any:
    session, actor = db.session(), current_actor()
    stands = query.standing(session, actor, call.id)
    parts: dict[str, Any] = {} if stands.found is None else _result(call, stands.found)
    return render_call(
        "pages/ranking/show.html",
        call,
        stands=stands,
        progress=_progress(stands),
        coordinates=coordinates(call),
        now=now(),
        draw=_draw_of(call, stands),
        **parts,
    )


def coordinates(call: RoundHead) -> bool:
    return current_actor().holds_for(Role.COORDINATOR, call_id=call.id)


def _result(call: RoundHead, found: Analysed) -> dict[str, Any]:
    analysis, sheet = found.analysis, found.sheet
    rows = rows_of(found)
    counted = counts(rows)
    wanted = request.args.get("band", "")
    choices = sentences.band_choices(counted)
    band = wanted if wanted in dict(choices) else ""
    listing = read_listing(SORTS, default="place", filters={"band": band}, size=SIZE)
    kept = ordered(
        [row for row in rows if not band or row.band_name == band], listing.sort, listing.descending
    )
    listing.total = len(kept)
    return {
        "analysis": analysis,
        "sheet": sheet,
        "trust": sentences.trust(analysis),
        "trust_meaning": sentences.trust_meaning(analysis),
        "scale": sentences.scale(sheet),
        "line": sentences.line(analysis, counted),
        "withheld": sentences.withheld(analysis),
        "apart": sentences.apart(analysis, sheet),
        "counted": counted,
        "rows": kept[listing.offset : listing.offset + SIZE],
        "strip": lambda row: strip(sheet, row),
        "listing": listing,
        "band": band,
        "bands": choices,
        "figures": figures.figures(found, rows, call.slug) | _timeliness(call),
        "agreement": sentences.agreement_lines(analysis, sheet),
        "weights": _telling_weights(found),
        "weights_finding": sentences.weights_finding(analysis.weights) if analysis.weights else "",
        "weights_numbers": sentences.weights_numbers(analysis.weights) if analysis.weights else "",
        "method": sentences.method_facts(analysis),
    }


def _telling_weights(found: Analysed) -> list[sentences.WeightLine]:
    """The changes of a weight that change who is among the best; the file holds all that were tried."""
    if found.analysis.weights is None:
        return []
    lines = sentences.weight_lines(found.analysis.weights, found.sheet)
    return [one for one in lines if one.enters or one.leaves]


def _timeliness(call: RoundHead) -> dict[str, Any]:
    if call.outside:
        return {}
    due = query.reviews_due(db.session(), current_actor(), call.id)
    chart = figures.timeliness(timeliness(due, today=office_day(now())))
    if chart.is_empty:
        return {}
    subtitle = _("Share of the reviews asked for that were in, by days from the day they were due.")
    figure = chart_figure(
        chart, "timeliness", subtitle, endpoint="ranking.chart", slug=call.slug, figure="timeliness"
    )
    return {"timeliness": figure}


def _draw_of(call: RoundHead, stands: Standing) -> dict[str, Any] | None:
    """The draws held and whether one may be held now; None where the call has none or the reader has a conflict."""
    if not call.allows_draw or not stands.whole:
        return None
    return {
        "held": query.draws_of(db.session(), call.id),
        "refusal": flow.why_no_draw(db.session(), current_actor(), call.facts, call.allows_draw, stands),
    }


def _progress(stands: Standing) -> dict[str, Any] | None:
    """The work under way as the progress bar reads it, None where nothing is awaited."""
    if not stands.stale:
        return None
    percent, message = None, _("It is done in the background. You can leave this page.")
    if stands.job_id is not None:
        percent = job_query.percent_of(db.session(), stands.job_id)
    return {
        "label": _("The scores are being worked out"),
        "percent": percent or 0,
        "message": message,
        "finished": False,
        "url": "",
    }


@blueprint.get(f"{PAGE}/state")
@on_call(Action.SEE_RANKING)
@polls
def state(call: RoundHead) -> Any:
    """How far the work is, for the page's script."""
    progress = _progress(query.standing(db.session(), current_actor(), call.id))
    return jsonify(progress or {"label": "", "percent": 100, "message": "", "finished": True, "url": ""})


@blueprint.post(PAGE)
@on_call(Action.SEE_RANKING)
def work_out(call: RoundHead) -> Any:
    with transaction() as session:
        job_id = flow.ask_by_hand(session, current_actor(), call.id, now())
        target = leads_to(session, url_for("ranking.show", slug=call.slug))
    dispatch(current_app._get_current_object(), job_id)  # type: ignore[attr-defined]
    return redirect(target, 303)


@blueprint.get(f"{PAGE}/charts/<figure>.<form>")
@on_call(Action.SEE_RANKING)
def chart(call: RoundHead, figure: str, form: str) -> Response:
    """One chart as a file, of all proposals and not just those around the line."""
    session, actor = db.session(), current_actor()
    name = f"{call.slug}-{figure}"
    if figure == "timeliness" and not call.outside:
        due = query.reviews_due(session, actor, call.id)
        return chart_file(figures.timeliness(timeliness(due, today=office_day(now()))), form, name)
    found = found_analysis(call)
    if figure not in figures.BUILDERS or not figures.is_shown(found, figure):
        raise NotFound
    return chart_file(figures.BUILDERS[figure](found, _placed(rows_of(found))), form, name)


def found_analysis(call: RoundHead) -> Analysed:
    """The analysis for this reader. Raises NotFound while there is none."""
    found = query.standing(db.session(), current_actor(), call.id).found
    if found is None:
        raise NotFound
    return found


def _placed(rows: list[ScoreRow]) -> list[ScoreRow]:
    return [row for row in rows if row.place is not None]
