"""How far the assignment of a call has come, and the next step of it."""

from __future__ import annotations

from typing import Any

from incubator.domain.access import Action
from incubator.extensions import db
from incubator.forms.assignment import WorkOutForm
from incubator.queries import assignment as query
from incubator.queries.assignment_plans import draft_of, last_published
from incubator.queries.rounds import RoundHead
from incubator.web.assignment.blueprint import ROOT, blueprint
from incubator.web.call_pages import render_call
from incubator.web.guards import on_call
from incubator.web.listing import read_listing
from incubator.web.reviews.expertise import field_words
from incubator.web.sessions import current_actor


@blueprint.get(ROOT)
@on_call(Action.ASSIGN_IN_CALL)
def show(call: RoundHead) -> Any:
    """Who reviews, what they said, the plan, and the proposals with their fields and reviewers."""
    return page(call)


def page(call: RoundHead, form: WorkOutForm | None = None, status: int = 200) -> Any:
    session = db.session()
    everything = query.reviewing(session, call.id, seen_by=current_actor())
    standing = everything.unsealed()
    listing = read_listing((), default="", filters={}, size=50)
    listing.total = len(everything.proposals)
    proposals = list(everything.proposals.values())[listing.offset : listing.offset + listing.size]
    lacking = standing.lacking()
    pool = standing.pool
    load = standing.load(standing.reviews)
    answered = {person for _, person in standing.bids}
    return (
        render_call(
            "pages/assignment/show.html",
            call,
            in_review=len(everything.proposals),
            proposals=proposals,
            listing=listing,
            lacking=lacking,
            to_find=sum(lacking.values()),
            reviewers_of={
                one.id: [
                    standing.people[person] for proposal, person in standing.reviews if proposal == one.id
                ]
                for one in proposals
            },
            pool=pool,
            room=sum(max(0, (one.most or 0) - load[key]) for key, one in pool.items()),
            answered=sum(key in answered for key in pool),
            said=sum(bool(one.levels) for one in pool.values()),
            unasked=sum(one.asked_at is None for one in pool.values()),
            no_fields=sum(not one.fields for one in everything.proposals.values()),
            words=field_words(),
            draft=draft_of(session, call.id),
            published_at=last_published(session, call.id),
            form=form or WorkOutForm(formdata=None, data={"wanted": call.reviews_required}),
        ),
        status,
    )
