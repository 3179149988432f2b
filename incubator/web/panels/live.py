"""The parts of a proposal's page that change while several people work on it, for the script that asks for them."""

from __future__ import annotations

from typing import Any

from flask import jsonify, make_response, render_template, request
from werkzeug.http import generate_etag

from incubator.extensions import db
from incubator.queries import panels as query
from incubator.queries.rounds import RoundHead
from incubator.web.guards import polls
from incubator.web.panels.blueprint import ITEM, blueprint, in_the_room, item_of
from incubator.web.panels.proposal import shared


@blueprint.get(f"{ITEM}/live")
@in_the_room()
@polls
def live(call: RoundHead, number: str) -> Any:
    """Notes, votes and summary as they stand, as HTML in JSON; 304 when the asker has just these.

    It is guarded as the page is, so that a conflict found during the meeting closes both at once.
    """
    session = db.session()
    meeting = query.find_meeting(session, call.id)
    row = item_of(call, meeting, number)
    said = query.summaries(session, [row.id]).get(row.id, query.SummaryRow())
    parts = {**shared(call, meeting, row, said), "call": call, "meeting": meeting}
    answer = jsonify(
        state=meeting.state.value,
        notes=render_template("pages/panels/notes.html", **parts),
        votes=render_template("pages/panels/votes.html", **parts),
        summary=render_template("pages/panels/summary.html", **parts),
        form={
            "version": said.version,
            "summary": said.text,
            "recommendation": said.recommendation.value if said.recommendation else "",
        },
    )
    tag = generate_etag(answer.get_data())
    if request.if_none_match.contains(tag):
        answer = make_response("", 304)
    answer.set_etag(tag)
    return answer
