"""The planned assignment: worked out, looked at, published or thrown away."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, request, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action
from incubator.domain.errors import DomainError, NotFound, StaleVersion
from incubator.extensions import db
from incubator.flows import assignment as flow
from incubator.flows.jobs import request_job
from incubator.flows.publishing import PlanOutdated, publish
from incubator.forms.assignment import WorkOutForm
from incubator.jobs.queue import dispatch
from incubator.queries import assignment as query
from incubator.queries.assignment_plans import Plan, draft_of
from incubator.queries.rounds import RoundHead
from incubator.web.assignment import overview
from incubator.web.assignment.blueprint import ROOT, blueprint
from incubator.web.assignment.preview import impossible, preview
from incubator.web.call_pages import render_call
from incubator.web.failures import domain_message, show_on
from incubator.web.guards import on_call
from incubator.web.listing import read_listing
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, seen_version, transaction

PAIRS_IN_A_REQUEST = 20_000
"""Pairs of a proposal and a reviewer that are worked out while one waits; more are a job."""


@blueprint.post(f"{ROOT}/work-out")
@on_call(Action.ASSIGN_IN_CALL)
def work_out(call: RoundHead) -> Any:
    """Work an assignment out, here or in a job, in place of the draft that was shown."""
    form = WorkOutForm()
    if not form.validate():
        return overview.page(call, form, 422)
    asked: dict[str, Any] = {
        "slug": call.slug,
        "wanted": form.wanted.data,
        "keeps_unbegun": bool(form.keeps_unbegun.data),
        "seen": seen_version(),
    }
    job_id = None
    try:
        with transaction() as session:
            if query.count_pairs(session, call.id) > PAIRS_IN_A_REQUEST:
                job_id = request_job(session, current_actor(), flow.WORK_OUT, asked, now()).id
                location = leads_to(session, url_for("jobs.show", job_id=job_id))
            else:
                flow.work_out(session, current_actor(), now=now(), **asked)
                location = leads_to(session, url_for("assignment.plan", slug=call.slug))
    except StaleVersion:
        raise
    except DomainError as error:
        db.session.rollback()
        show_on(form, error)
        return overview.page(call, form, 422)
    if job_id is not None:
        dispatch(current_app._get_current_object(), job_id)  # type: ignore[attr-defined]
    return redirect(location, 303)


@blueprint.get(f"{ROOT}/plan")
@on_call(Action.ASSIGN_IN_CALL)
def plan(call: RoundHead) -> Any:
    """The draft by proposal or by reviewer, beside what stands now; where there is none, back to the start."""
    draft = draft_of(db.session(), call.id)
    if draft is None:
        return redirect(url_for("assignment.show", slug=call.slug), 303)
    return _page(call, draft)


def _page(call: RoundHead, draft: Plan, problems: tuple[str, ...] = (), status: int = 200) -> Any:
    standing = query.reviewing(db.session(), call.id, seen_by=current_actor())
    shown = preview(draft, standing)
    by = "reviewer" if request.args.get("by") == "reviewer" else ""
    rows: Any = shown.reviewers if by else shown.proposals
    listing = read_listing((), default="", filters={"by": by}, size=50)
    listing.total = len(rows)
    return (
        render_call(
            "pages/assignment/plan.html",
            call,
            draft=draft,
            shown=shown,
            rows=rows[listing.offset : listing.offset + listing.size],
            by=by,
            listing=listing,
            came_since=sum(one.is_new for one in shown.proposals),
            impossible=None if draft.possible else impossible(draft, standing),
            form=WorkOutForm(
                formdata=None,
                data={"wanted": draft.wanted, "keeps_unbegun": bool(draft.outcome.get("keeps_unbegun"))},
            ),
            problems=problems,
            forbidden=[pair for pair in draft.forbidden if pair[0] in standing.proposals],
        ),
        status,
    )


@blueprint.post(f"{ROOT}/publish")
@on_call(Action.ASSIGN_IN_CALL)
def publish_plan(call: RoundHead) -> Any:
    """Make the reviews, or say everything that has come in the way."""
    try:
        with transaction() as session:
            publish(session, current_actor(), slug=call.slug, seen=seen_version(), now=now())
            location = leads_to(session, url_for("assignment.show", slug=call.slug))
    except StaleVersion:
        raise
    except DomainError as error:
        db.session.rollback()
        draft = draft_of(db.session(), call.id)
        if draft is None:
            raise NotFound from error
        found = error.problems if isinstance(error, PlanOutdated) else (error,)
        return _page(call, draft, tuple(domain_message(one) for one in found), 422)
    flash(_("The assignment is published. Everybody concerned gets one mail."), "success")
    return redirect(location, 303)


@blueprint.post(f"{ROOT}/discard")
@on_call(Action.ASSIGN_IN_CALL)
def discard(call: RoundHead) -> Any:
    with transaction() as session:
        flow.discard(session, current_actor(), slug=call.slug, seen=seen_version(), now=now())
        location = leads_to(session, url_for("assignment.show", slug=call.slug))
    flash(_("The plan is thrown away. Nobody was told of it."), "success")
    return redirect(location, 303)
