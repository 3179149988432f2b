"""The list of agencies, one agency's account, and what happened on it."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from incubator.domain.access import Action, can
from incubator.domain.roles import Role
from incubator.extensions import db
from incubator.models.agencies import Agency, NeedState, Party
from incubator.queries import agencies as query
from incubator.queries import commitments as commitment_query
from incubator.queries import history as history_query
from incubator.queries import needs as need_query
from incubator.queries import surveys as survey_query
from incubator.web.agencies.blueprint import blueprint, office_today, render_agency
from incubator.web.agencies.surveys import survey_figure
from incubator.web.guards import on_agency, signed_in
from incubator.web.listing import read_cursor, read_listing
from incubator.web.sessions import current_actor

WORK_SHOWN, MEETINGS_SHOWN, EVENTS_SHOWN, SURVEYS_SHOWN = 8, 3, 8, 3
EVENTS_A_PAGE = 50
LONGEST_FILTER = 200


@blueprint.get("/agencies")
@signed_in
def index() -> Any:
    actor = current_actor()
    administers = bool(can(actor, Action.KEEP_AGENCIES))
    wanted = query.Wanted(
        text=" ".join(request.args.get("q", "").replace("\x00", "").split())[:LONGEST_FILTER],
        mine=request.args.get("show") == "mine",
        archived=administers and request.args.get("show") == "archived",
    )
    shown = "mine" if wanted.mine else "archived" if wanted.archived else ""
    listing = read_listing(query.SORTS, default="name", filters={"q": wanted.text, "show": shown})
    listing.total = query.count_agencies(db.session(), actor, wanted)
    rows = query.list_agencies(
        db.session(),
        actor,
        wanted,
        today=office_today(),
        sort=listing.sort,
        descending=listing.descending,
        offset=listing.offset,
        size=listing.size,
    )
    return render_template(
        "pages/agencies/index.html",
        listing=listing,
        rows=rows,
        wanted=wanted,
        shown=shown,
        administers=administers,
        looks_after=actor.holds(Role.COORDINATOR, Role.AGENCY_LEAD),
        today=office_today(),
    )


@blueprint.get("/agencies/<code>")
@on_agency(Action.VIEW_AGENCY)
def show(agency: Agency) -> Any:
    session, actor = db.session(), current_actor()
    needs = need_query.needs_of(session, actor, agency.id)
    commitments = commitment_query.commitments_of(session, agency.id, open_only=True)
    meetings, meetings_total = commitment_query.meetings_of(session, agency.id, size=MEETINGS_SHOWN)
    surveys = survey_query.surveys_of(session, agency.id, SURVEYS_SHOWN)
    latest = next((survey for survey in surveys if survey.closed_at is not None), None)
    results = survey_query.results_of(session, latest) if latest else None
    return render_agency(
        "pages/agencies/show.html",
        agency,
        needs=[need for need in needs if need.state is not NeedState.DROPPED],
        dropped=[need for need in needs if need.state is NeedState.DROPPED],
        open_needs=sum(need.state is NeedState.OPEN for need in needs),
        work=query.agency_work(session, actor, agency.id, WORK_SHOWN),
        sides=[
            (party, [row for row in commitments if row.party is party])
            for party in (Party.INCUBATOR, Party.AGENCY)
        ],
        overdue=sum(row.due_on is not None and row.due_on < office_today() for row in commitments),
        meetings=meetings,
        meetings_total=meetings_total,
        running=next((survey for survey in surveys if survey.closed_at is None), None),
        latest=latest,
        figure=survey_figure(agency, latest, results) if latest and results else None,
        contacts=query.contacts_of(session, agency.id),
        units=query.units_of(session, agency.id),
        events=history_query.agency_events(session, actor, agency.id, EVENTS_SHOWN),
        administers=bool(can(actor, Action.KEEP_AGENCIES)),
        proposes=bool(can(actor, Action.PROPOSE)),
    )


@blueprint.get("/agencies/<code>/history")
@on_agency(Action.VIEW_AGENCY)
def events(agency: Agency) -> Any:
    before = read_cursor("before")
    found = history_query.agency_events(db.session(), current_actor(), agency.id, EVENTS_A_PAGE + 1, before)
    address = url_for("agencies.events", code=agency.code)
    return render_agency(
        "pages/agencies/history.html",
        agency,
        events=found[:EVENTS_A_PAGE],
        older_url=f"{address}?before={found[EVENTS_A_PAGE - 1].id}" if len(found) > EVENTS_A_PAGE else "",
        newest_url=address if before is not None else "",
    )
