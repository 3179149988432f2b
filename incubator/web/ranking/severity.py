"""How severe reviewers are: all of them for coordinators, by name; for a reviewer their own and nobody else's."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template
from flask_babel import gettext as _

from incubator.domain.access import Action
from incubator.domain.errors import Forbidden, NotFound
from incubator.extensions import db
from incubator.queries import ranking as query
from incubator.queries.rounds import RoundHead
from incubator.web.call_pages import render_call
from incubator.web.charts import chart_figure, chart_file
from incubator.web.guards import allowed, on_call
from incubator.web.ranking import figures, sentences
from incubator.web.ranking.blueprint import blueprint
from incubator.web.ranking.show import coordinates, found_analysis
from incubator.web.sessions import current_actor

PAGE = "/calls/<slug>/ranking/reviewers"


@blueprint.get(PAGE)
@on_call(Action.SEE_RANKING)
def reviewers(call: RoundHead) -> Any:
    _require_coordinator(call)
    stands = query.standing(db.session(), current_actor(), call.id)
    found = stands.found
    figure = None
    if found is not None and found.analysis.ranking.reviewers:
        figure = chart_figure(
            figures.severity(found, found.analysis.ranking.reviewers),
            "severity",
            _("Points above or below an average reviewer of the same proposals, with 95% interval; by name."),
            endpoint="ranking.reviewers_chart",
            slug=call.slug,
        )
    return render_call(
        "pages/ranking/reviewers.html",
        call,
        stands=stands,
        figure=figure,
        scale=sentences.scale(found.sheet) if found is not None else "",
        withheld=sentences.withheld(found.analysis) if found is not None else None,
    )


@blueprint.get(f"{PAGE}.<form>")
@on_call(Action.SEE_RANKING)
def reviewers_chart(call: RoundHead, form: str) -> Response:
    _require_coordinator(call)
    found = found_analysis(call)
    if not found.analysis.ranking.reviewers:
        raise NotFound
    return chart_file(
        figures.severity(found, found.analysis.ranking.reviewers), form, f"{call.slug}-reviewers"
    )


def _require_coordinator(call: RoundHead) -> None:
    if not coordinates(call):
        raise Forbidden(
            "How severe reviewers are is for the coordinators of the call, and for each reviewer."
        )


@blueprint.get("/reviews/severity")
@allowed(Action.REVIEW_ANY)
def own() -> Any:
    """One's own severity in each call whose reviews are all in and revealed."""
    actor = current_actor()
    key = str(actor.person_id)
    calls = []
    for one in query.own_severities(db.session(), actor):
        found = one.standing.found
        mine = [] if found is None else [s for s in found.analysis.ranking.reviewers if s.key == key]
        if found is None or not mine:
            continue
        figure = chart_figure(
            figures.severity(found, mine, own=key),
            f"severity-{one.standing.terms.call_id}",
            _("Your points above or below an average reviewer of the same proposals, with 95% interval."),
        )
        calls.append({"title": one.title, "figure": figure, "scale": sentences.scale(found.sheet)})
    return render_template("pages/ranking/own.html", calls=calls)
