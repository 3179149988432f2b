"""The reviews of one record: who reviews it, what they say, and who could be asked."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, url_for
from flask_babel import gettext as _

from incubator.analytics.rubric import agreement
from incubator.charts import ProposalScores, ScoreDots
from incubator.domain.access import Action, can_on_record
from incubator.domain.clock import office_day
from incubator.domain.conflicts import ConflictKind
from incubator.domain.errors import DomainError, Forbidden
from incubator.domain.stages import Step
from incubator.extensions import db
from incubator.flows import conflicts
from incubator.flows import reviews as flow
from incubator.forms.reviews import AssignForm, ConflictOfForm, OptionalReasonForm
from incubator.queries import record_reviews as query
from incubator.queries.conflicts import conflicts_of
from incubator.queries.panels import notes_for_reviewers
from incubator.queries.records import RecordHead
from incubator.queries.reviews import review_facts
from incubator.web.charts import chart_figure, chart_file
from incubator.web.failures import show_on
from incubator.web.guards import on_record as guarded
from incubator.web.record_pages import render_record
from incubator.web.reviews.blueprint import blueprint
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction


def _loaded(record: RecordHead) -> query.RecordReviews:
    """The reviews for somebody who has to do with them; Forbidden for everybody else."""
    actor = current_actor()
    answer = can_on_record(actor, Action.SEE_REVIEWS, record.facts)
    if not answer:
        raise Forbidden(answer.reason)
    return query.reviews_of(db.session(), actor, record.facts)


def _chart(record: RecordHead, found: query.RecordReviews) -> ScoreDots:
    totals = tuple(row.total for row in found.rows if row.open_to_reader and row.submitted_at is not None)
    return ScoreDots(proposals=(ProposalScores(record.number, totals),))


@blueprint.get("/pilots/<number>/reviews")
@guarded(Action.SEE_REVIEWS)
def on_record(record: RecordHead) -> Any:
    """Every review as the reader may see it; for coordinators the people who could be asked."""
    return _page(record)


def _page(
    record: RecordHead,
    *,
    assign: AssignForm | None = None,
    conflict: ConflictOfForm | None = None,
    status: int = 200,
) -> Any:
    session, actor = db.session(), current_actor()
    found = _loaded(record)
    assigns = bool(can_on_record(actor, Action.ASSIGN, record.facts))
    candidates = query.candidates(session, actor, record.facts) if assigns else []
    terms = query.call_terms(session, record.call_id)
    if assigns and record.step is Step.REVIEW:
        assign = assign or AssignForm(formdata=None, due_on=terms.due_on if terms else None)
        assign.people.choices = [(one.id, one.name) for one in candidates if not one.barred]
    else:
        assign = None
    if assigns:
        conflict = conflict or ConflictOfForm(formdata=None)
        conflict.person.choices = query.people_with_a_say(session, record.facts)
    chair = terms is not None and terms.chair_id is not None and terms.chair_id == actor.person_id
    known = conflicts_of(session, record.id)
    scores = [row.total for row in found.rows if row.open_to_reader and row.submitted_at is not None]
    together = agreement(scores) if found.sees_scores else None
    return (
        render_record(
            "pages/reviews/on_record.html",
            record,
            reviews=found,
            candidates=candidates,
            assign=assign,
            conflict=conflict if assigns else None,
            declares=bool(can_on_record(actor, Action.DECLARE_CONFLICT, record.facts)),
            known_conflicts=known if assigns or chair else None,
            aside={
                person_id: [row for row in known if row.person_id == person_id and row.set_aside_at]
                for person_id in {row.person_id for row in known}
            },
            chair=chair,
            facts=None if found.sealed else review_facts(session, record.id),
            together=together,
            figure=chart_figure(
                _chart(record, found),
                "scores",
                _("Weighted totals, 1 to 5, one dot for each review"),
                endpoint="reviews.chart",
                number=record.number,
            )
            if together is not None and together.n > 1
            else None,
            panel_notes=notes_for_reviewers(session, actor, record.id) if record.facts.has_scored else [],
            today=office_day(now()),
        ),
        status,
    )


@blueprint.get("/pilots/<number>/reviews/scores.<any(svg, png, csv):form>")
@guarded(Action.SEE_SCORES)
def chart(record: RecordHead, form: str) -> Response:
    """The dots as a file, under the same seal as the page."""
    found = _loaded(record)
    if not found.sees_scores:
        raise Forbidden("You see the other reviews once your own is in.")
    return chart_file(_chart(record, found), form, f"{record.number}-scores")


@blueprint.post("/pilots/<number>/reviews")
@guarded(Action.ASSIGN)
def assign(record: RecordHead) -> Any:
    """Ask the chosen people to review the proposal."""
    form = AssignForm()
    form.people.choices = [
        (one.id, one.name) for one in query.candidates(db.session(), current_actor(), record.facts)
    ]
    if form.validate():
        try:
            with transaction() as session:
                made = flow.assign(
                    session,
                    current_actor(),
                    proposal_id=record.id,
                    people=form.people.data or [],
                    due_on=form.due_on.data,
                    now=now(),
                )
                location = leads_to(session, url_for("reviews.on_record", number=record.number))
        except DomainError as error:
            db.session.rollback()
            show_on(form, error)
        else:
            flash(_("Asked %(count)s people to review; each gets an email.", count=len(made)), "success")
            return redirect(location, 303)
    return _page(record, assign=form, status=422)


@blueprint.post("/pilots/<number>/reviews/conflicts")
@guarded(Action.ASSIGN)
def declare(record: RecordHead) -> Any:
    """Record somebody else's conflict of interest."""
    form = ConflictOfForm()
    form.person.choices = query.people_with_a_say(db.session(), record.facts)
    if form.validate():
        try:
            with transaction() as session:
                conflicts.declare_conflict(
                    session,
                    current_actor(),
                    proposal_id=record.id,
                    person_id=form.person.data,
                    kind=ConflictKind(form.kind.data),
                    reason=form.reason.data or "",
                    now=now(),
                )
                location = leads_to(session, url_for("reviews.on_record", number=record.number))
        except DomainError as error:
            db.session.rollback()
            show_on(form, error)
        else:
            flash(_("The conflict of interest is recorded."), "success")
            if form.person.data == current_actor().person_id:
                return redirect(url_for("pages.home"), 303)
            return redirect(location, 303)
    return _page(record, conflict=form, status=422)


ACTS = {"take-back": flow.unassign, "give-back": flow.give_back}


@blueprint.route(
    "/pilots/<number>/reviews/<int(max=2147483647):review_id>/<any('take-back', 'give-back'):act>",
    methods=["GET", "POST"],
)
@guarded(Action.ASSIGN)
def change(record: RecordHead, review_id: int, act: str) -> Any:
    """Take an open review from somebody, or give one that is in back, with a reason."""
    found = _loaded(record)
    review = next((row for row in found.rows if row.id == review_id), None)
    if review is None or found.sealed:
        raise Forbidden("You see the other reviews once your own is in.")
    form = OptionalReasonForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                ACTS[act](
                    session, current_actor(), review_id=review_id, reason=form.reason.data or "", now=now()
                )
                location = leads_to(session, url_for("reviews.on_record", number=record.number))
        except DomainError as error:
            db.session.rollback()
            show_on(form, error)
        else:
            flash(
                _("Done. The reviewer has been told.") if act == "give-back" else _("Taken back."), "success"
            )
            return redirect(location, 303)
    return (
        render_record("pages/reviews/change.html", record, review=review, form=form, act=act),
        422 if form.errors else 200,
    )
