"""Drawing lots among proposals that the scores cannot tell apart, in a way that anybody can repeat by hand."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _

from incubator.analytics.lottery import draw_lots
from incubator.domain.access import Action
from incubator.domain.errors import DomainError, Forbidden
from incubator.extensions import db
from incubator.flows import ranking as flow
from incubator.forms.ranking import DrawForm
from incubator.queries import ranking as query
from incubator.queries.ranking import Standing
from incubator.queries.rounds import RoundHead
from incubator.web.call_pages import render_call
from incubator.web.failures import show_on
from incubator.web.guards import on_call
from incubator.web.ranking.blueprint import blueprint
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction


@blueprint.route("/calls/<slug>/ranking/draw", methods=["GET", "POST"])
@on_call(Action.SEE_RANKING)
def draw(call: RoundHead) -> Any:
    form = DrawForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                flow.hold_draw(
                    session,
                    current_actor(),
                    call_id=call.id,
                    seed=form.seed.data,
                    reason=form.reason.data,
                    now=now(),
                )
                target = leads_to(session, url_for("ranking.draw", slug=call.slug))
            flash(_("The draw is held. Anybody can repeat it as described below."), "success")
            return redirect(target, 303)
        except DomainError as error:
            db.session.rollback()
            show_on(form, error)
    stands = query.standing(db.session(), current_actor(), call.id)
    answer = render_call("pages/ranking/draw.html", call, form=form, **_shown(call, stands))
    return answer, 422 if form.errors else 200


def _shown(call: RoundHead, stands: Standing) -> dict[str, Any]:
    if not call.allows_draw:
        raise Forbidden("This call does not decide by a draw.")
    if not stands.whole:
        raise Forbidden("Draws are shown to those who have no conflict of interest in this call.")
    session = db.session()
    pool, places = flow.pool_of(stands.found) if stands.found is not None else ((), 0)
    titles = {} if stands.found is None else {item.key: item.label for item in stands.found.sheet.items}
    return {
        "refusal": flow.why_no_draw(session, current_actor(), call.facts, call.allows_draw, stands),
        "pool": [(key, titles.get(key, key)) for key in pool],
        "places": places,
        "titles": titles,
        "held": [
            (one, draw_lots(one.pool, places=one.places, seed=one.seed))
            for one in query.draws_of(session, call.id)
        ],
    }
