"""My reviews: the queue, and the page on which a review is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from incubator.analytics.rubric import weighted_total
from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.domain.conflicts import ConflictKind
from incubator.domain.errors import DomainError, NotFound, StaleVersion
from incubator.domain.proposal_form import sections
from incubator.domain.reviews import IncompleteReview, ReviewAnswers, why_not_revise
from incubator.domain.roles import Actor
from incubator.extensions import db
from incubator.flows import conflicts, refusing
from incubator.flows import scoring as writing
from incubator.forms.reviews import ConflictForm, ReasonForm, ScoringForm, scoring_form
from incubator.models.reviews import Review
from incubator.queries import records, scoring
from incubator.queries import reviews as query
from incubator.queries.bids import calls_to_bid_in
from incubator.queries.conflicts import ConflictRow, declared_by_oneself, set_aside_of
from incubator.queries.record_reviews import CriterionHead, ReviewRow, reviews_of
from incubator.queries.review_reading import reading
from incubator.web.autosaving import has_news, not_saved, put_back_wrong, saved_answer
from incubator.web.conflicts import show_conflict
from incubator.web.failures import show_on
from incubator.web.guards import allowed
from incubator.web.listing import read_listing
from incubator.web.proposals.answers import answer_text
from incubator.web.reviews.blueprint import blueprint
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction

RECENT = 10
HIDDEN_WITH_NAMES = frozenset({"sponsor", "owner"})
"""Questions of the proposal whose answers name people; left out where the call hides names."""


@blueprint.get("/reviews")
@allowed(Action.REVIEW_ANY)
def queue() -> Any:
    """Open reviews by due day; below, or on their own page, those that are done."""
    actor, session = current_actor(), db.session()
    done_only = request.args.get("show") == "done"
    listing = read_listing((), default="", filters={"show": "done"} if done_only else {})
    counts = query.queue_counts(session, actor, office_day(now()))
    listing.total = counts.done if done_only else counts.open
    rows = query.queue(session, actor, open_ones=not done_only, limit=listing.size, offset=listing.offset)
    recent = [] if done_only else query.queue(session, actor, open_ones=False, limit=RECENT, offset=0)
    return render_template(
        "pages/reviews/queue.html",
        rows=rows,
        recent=recent,
        counts=counts,
        listing=listing,
        done_only=done_only,
        conflicts=[] if done_only else declared_by_oneself(session, actor.person_id),
        bidding=[] if done_only else calls_to_bid_in(session, actor),
        today=office_day(now()),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """An own review with its rubric and stored scores."""

    review: scoring.OwnReview
    criteria: list[scoring.CriterionRow]
    answers: ReviewAnswers

    def form(self, *, revising: bool = False, **kwargs: Any) -> ScoringForm:
        """The form, filled with what is stored unless something was posted."""
        data = {
            "confidence": None if self.answers.confidence is None else str(self.answers.confidence),
            "recommendation": self.answers.recommendation.value if self.answers.recommendation else None,
            "needs_mentoring": self.answers.needs_mentoring,
            "comment": self.answers.comment,
        }
        for row in self.criteria:
            answer = self.answers.scores.get(row.id)
            if answer is not None:
                data[f"score_{row.id}"] = writing.score_choice(answer) or None
                data[f"why_{row.id}"] = answer.justification
        return scoring_form(self.criteria, revising=revising, data=data, **kwargs)


def load(review_id: int) -> Shown:
    session = db.session()
    review = scoring.find_own_review(session, current_actor(), review_id)
    if review is None:
        raise NotFound
    criteria = scoring.criteria_for(session, review.proposal_id)
    scores = scoring.scores_of(session, review_id)
    return Shown(review, criteria, scoring.answers_of(review, scores))


@blueprint.get("/reviews/<int(max=2147483647):review_id>")
@allowed(Action.REVIEW_ANY)
def score(review_id: int) -> Any:
    """The proposal to read beside the form, or the review as handed in."""
    shown = load(review_id)
    return _page(shown, shown.form(formdata=None))


def _page(shown: Shown, form: ScoringForm, status: int = 200, *, unsaved: bool = False) -> Any:
    writing_it = shown.review.is_open or unsaved
    more = {} if writing_it else after_handing_in(shown)
    return (
        render_template(
            "pages/reviews/score.html" if writing_it else "pages/reviews/own.html",
            **page_of(shown, form),
            **more,
            unsaved=unsaved,
        ),
        status,
    )


def page_of(shown: Shown, form: ScoringForm) -> dict[str, Any]:
    """What every page shows on which a review stands beside its proposal."""
    hidden = shown.review.names_hidden
    read = reading(db.session(), shown.review.proposal_id, names_hidden=hidden)
    typed = form.answers(shown.criteria)
    return {
        "review": shown.review,
        "criteria": shown.criteria,
        "answers": shown.answers,
        "form": form,
        "total": weighted_total(
            {str(key): answer.value for key, answer in typed.scores.items()},
            {str(row.id): float(row.weight) for row in shown.criteria},
        ),
        "reading": read,
        "proposal": _read(read.revision, names_hidden=hidden and not read.is_copy) if read else [],
        "today": office_day(now()),
    }


def after_handing_in(shown: Shown) -> dict[str, Any]:
    """The values before a revision, whether one is possible, and the others' reviews where no page of the
    record shows them."""
    review = shown.review
    first = scoring.first_scores_of(db.session(), review.id) if review.revised_at else {}
    reads_here = review.names_hidden and review.revision_facts.is_open_to_reviewers
    return {
        "first_scores": first,
        "may_revise": not why_not_revise(review.revision_facts, office_day(now())),
        "others": others_of(review) if reads_here else None,
        "aside": set_aside_of(db.session(), review.proposal_id).get(_me(), []),
    }


def others_of(review: scoring.OwnReview) -> Others | None:
    """The others' reviews as the reviewer may read them; None while they are sealed."""
    session, actor = db.session(), current_actor()
    facts = records.record_facts(session, actor, review.proposal_id)
    if facts is None:
        return None
    found = reviews_of(session, actor, facts)
    if not found.sees_scores:
        return None
    rows = [row for row in found.rows if row.open_to_reader and row.submitted_at and row.id != review.id]
    return Others(rows, found.criteria, set_aside_of(session, review.proposal_id))


@dataclass(frozen=True, slots=True)
class Others:
    """What the other reviewers handed in, with the conflicts of theirs that were set aside."""

    rows: list[ReviewRow]
    criteria: list[CriterionHead]
    aside: dict[int, list[ConflictRow]]


def _me() -> int:
    return current_actor().person_id or 0


def _read(revision: scoring.HandedIn, *, names_hidden: bool) -> list[dict[str, Any]]:
    """The revision's answers by section, as every page writes them; unanswered questions are left out."""
    told: Mapping[str, Any] = revision.content.get("answers") or {}
    read = []
    for section in sections(revision.form_version, uses_ai="ai" in told):
        answers = told.get(section.key) or {}
        rows = [
            (_(field.label), answer_text(field, answers[field.key]))
            for field in section.fields
            if answers.get(field.key) not in (None, "", [])
            and not (names_hidden and field.key in HIDDEN_WITH_NAMES)
        ]
        if rows:
            read.append({"key": section.key, "title": section.title, "rows": rows})
    return read


@blueprint.post("/reviews/<int(max=2147483647):review_id>")
@allowed(Action.REVIEW_ANY)
def save(review_id: int) -> Any:
    """Save the draft or hand in, whichever button was pressed."""
    shown = load(review_id)
    form = shown.form()
    handing_in = request.form.get("go") == "hand_in"
    if not form.validate():
        return _page(shown, form, 422)
    try:
        with transaction() as session:
            act = writing.hand_in if handing_in else writing.save_draft
            _keep(session, act, shown, form)
            location = leads_to(session, url_for("reviews.score", review_id=review_id))
    except StaleVersion as error:
        return _conflict(review_id, form, error)
    except IncompleteReview as error:
        for problem in error.problems:
            show_on(form, problem)
        return _page(shown, form, 422)
    except DomainError as error:
        show_on(form, error)
        return _page(load(review_id), form, 422, unsaved=True)
    flash(
        _("Your review is in. Thank you.") if handing_in else _("Saved. Nobody but you sees it yet."),
        "success",
    )
    return redirect(location, 303)


Act = Callable[..., Review]


def _keep(session: Session, act: Act, shown: Shown, form: ScoringForm) -> Review:
    return act(
        session,
        current_actor(),
        review_id=shown.review.id,
        answers=form.answers(shown.criteria),
        seen_version=_seen_version(),
        now=now(),
    )


def _seen_version() -> int | None:
    typed = request.form.get("version", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None


def _conflict(review_id: int, form: ScoringForm, error: StaleVersion) -> Any:
    db.session.rollback()
    address = url_for("reviews.score", review_id=review_id)
    return show_conflict(
        form,
        load(review_id).form(formdata=None),
        version=error.version,
        reload_url=address,
        action=address,
        more={"go": request.form.get("go", "")},
    )


@blueprint.post("/reviews/<int(max=2147483647):review_id>/autosave")
@allowed(Action.REVIEW_ANY)
def autosave(review_id: int) -> Any:
    """The same draft, kept in the background; answers JSON."""
    shown = load(review_id)
    form = shown.form()
    form.validate()
    saved = shown.form(formdata=None)
    problems = put_back_wrong(form, saved)
    if problems and not has_news(form, saved):
        return not_saved(problems)
    try:
        with transaction() as session:
            version = _keep(session, writing.save_draft, shown, form).version
    except StaleVersion as error:
        return jsonify(message=str(error)), 409
    except DomainError as error:
        return jsonify(message=_(error.template, **error.params)), 422
    return saved_answer(version, problems)


REFUSALS: dict[str, Callable[..., None]] = {"decline": refusing.decline, "abstain": refusing.abstain}


@blueprint.route(
    "/reviews/<int(max=2147483647):review_id>/<any(decline, abstain):how>", methods=["GET", "POST"]
)
@allowed(Action.REVIEW_ANY)
def refuse(review_id: int, how: str) -> Any:
    """Say no with a reason: before reading (decline) or after it (abstain)."""
    shown = load(review_id)
    if not shown.review.is_open:
        return redirect(url_for("reviews.score", review_id=review_id), 303)
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                REFUSALS[how](
                    session, current_actor(), review_id=review_id, reason=form.reason.data, now=now()
                )
                location = leads_to(session, url_for("reviews.queue"))
        except DomainError as error:
            show_on(form, error)
        else:
            flash(_("Thank you for saying so. The coordinator has been told."), "success")
            return redirect(location, 303)
    return (
        render_template("pages/reviews/refuse.html", review=shown.review, form=form, how=how),
        422 if form.errors else 200,
    )


@blueprint.route("/reviews/<int(max=2147483647):review_id>/conflict", methods=["GET", "POST"])
@allowed(Action.REVIEW_ANY)
def conflict(review_id: int) -> Any:
    """Declare a conflict of interest: the review ends and the record closes to its reviewer."""
    shown = load(review_id)
    form = ConflictForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                _declare(session, current_actor(), shown.review.proposal_id, form, now())
                location = leads_to(session, url_for("reviews.queue"))
        except DomainError as error:
            show_on(form, error)
        else:
            flash(_("Your conflict of interest is recorded and the review has ended."), "success")
            return redirect(location, 303)
    return (
        render_template("pages/reviews/conflict.html", review=shown.review, form=form),
        422 if form.errors else 200,
    )


def _declare(session: Session, actor: Actor, proposal_id: int, form: ConflictForm, at: datetime) -> None:
    assert actor.person_id is not None
    conflicts.declare_conflict(
        session,
        actor,
        proposal_id=proposal_id,
        person_id=actor.person_id,
        kind=ConflictKind(form.kind.data),
        reason=form.reason.data or "",
        now=at,
    )
