"""The ranked list of a call against money and teams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action
from incubator.domain.errors import DomainError, NotFound, StaleVersion
from incubator.domain.priorities import Limits, Place, Ranking, rank
from incubator.extensions import db
from incubator.flows import priorities as flow
from incubator.forms.priorities import LimitsForm, MoveForm
from incubator.queries import priorities as query
from incubator.web.failures import conflict_page, show_on
from incubator.web.guards import allowed
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction

blueprint = Blueprint("priorities", __name__)

LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Row:
    """A proposal where it stands, with the hand move that put it there."""

    proposal: query.Ranked
    place: Place
    move: query.HandMove | None


@dataclass(frozen=True, slots=True)
class Board:
    """A call's list as this person sees it. `limits` are the list's own or those that this person tries out;
    `left` is what they leave after what was already selected and the pilots under way."""

    call: query.CallHead
    limits: Limits
    committed: query.Committed
    left: Limits
    ranking: Ranking
    rows: tuple[Row, ...]
    refusal: str

    @property
    def tried(self) -> bool:
        """Whether these are limits that this person tries out, which nobody else sees."""
        return self.limits != self.call.limits

    @property
    def shows_scores(self) -> bool:
        """Whether this person sees the scores that order the list."""
        return not self.rows or any(row.proposal.shown_score is not None for row in self.rows)

    @property
    def taken_cents(self) -> int:
        return sum(row.proposal.cost_cents or 0 for row in self.rows if row.place.funded)

    def row(self, number: str) -> Row:
        found = next((row for row in self.rows if row.proposal.number == number), None)
        if found is None:
            raise NotFound
        return found


def load_board(slug: str, limits: Limits | None = None) -> Board:
    session, actor = db.session(), current_actor()
    call = query.find_call(session, slug)
    if call is None:
        raise NotFound
    proposals = query.ranked_proposals(session, actor, call.id)
    moves = query.standing_moves(session, call.list_id, [one.id for one in proposals])
    committed = query.committed(session, actor, call.id)
    limits = limits or call.limits
    left = Limits(
        None if limits.budget is None else max(0, limits.budget - committed.cents),
        None if limits.teams is None else max(0, limits.teams - committed.teams),
    )
    ranking = rank((one.candidate for one in proposals), left, [one.move for one in moves])
    by_id, by_move = {one.id: one for one in proposals}, {one.id: one for one in moves}
    return Board(
        call=call,
        limits=limits,
        committed=committed,
        left=left,
        ranking=ranking,
        rows=tuple(
            Row(by_id[place.candidate.key], place, by_move.get(place.moved_by or 0))
            for place in ranking.places
        ),
        refusal=query.may_change(session, actor, call.id),
    )


@blueprint.get("/priorities")
@allowed(Action.PRIORITISE)
def index() -> Any:
    return render_template(
        "pages/priorities/index.html", calls=query.calls_with_lists(db.session(), current_actor())
    )


@blueprint.get("/priorities/<slug>")
@allowed(Action.PRIORITISE)
def show(slug: str) -> Any:
    """The list against its limits, or against those in the address, which are tried out and kept nowhere."""
    if "budget" not in request.args and "teams" not in request.args:
        board = load_board(slug)
        return _page(board, _limits_form(board.limits))
    form = LimitsForm(formdata=request.args, meta={"csrf": False})
    if form.validate():
        try:
            flow.check_limits(form.budget.data, form.teams.data)
            return _page(load_board(slug, Limits(form.budget.data, form.teams.data)), form)
        except DomainError as error:
            show_on(form, error)
    return _page(load_board(slug), form)


def _limits_form(limits: Limits) -> LimitsForm:
    return LimitsForm(formdata=None, data={"budget": limits.budget, "teams": limits.teams})


def _page(board: Board, form: LimitsForm) -> Any:
    page = render_template("pages/priorities/show.html", board=board, call=board.call, form=form)
    return page, 422 if form.errors or form.form_errors else 200


@blueprint.post("/priorities/<slug>/limits")
@allowed(Action.PRIORITISE)
def limits(slug: str) -> Any:
    """Adopt the limits that were tried out, for everybody."""
    call, form = _call(slug), LimitsForm()
    if form.validate():
        try:
            with transaction() as session:
                flow.set_limits(
                    session,
                    current_actor(),
                    now(),
                    call.id,
                    budget_cents=form.budget.data,
                    teams=form.teams.data,
                    seen_version=_seen(),
                )
                location = leads_to(session, url_for("priorities.show", slug=slug))
            flash(_("The limits were adopted for everybody."), "success")
            return redirect(location, 303)
        except StaleVersion as error:
            return conflict_page(form, error, reload_url=url_for("priorities.show", slug=slug))
        except DomainError as error:
            show_on(form, error)
    return _page(load_board(slug), form)


@blueprint.route("/priorities/<slug>/move/<number>", methods=["GET", "POST"])
@allowed(Action.PRIORITISE)
def move(slug: str, number: str) -> Any:
    """Put a proposal at another position; `to` in the address fills the position in."""
    board = load_board(slug)
    row = board.row(number)
    form = MoveForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                flow.move_proposal(
                    session,
                    current_actor(),
                    now(),
                    board.call.id,
                    row.proposal.id,
                    to_position=form.position.data,
                    reason=form.reason.data or "",
                    seen_version=_seen(),
                )
                location = leads_to(session, url_for("priorities.show", slug=slug))
            flash(_("%(number)s was moved.", number=number), "success")
            return redirect(location, 303)
        except StaleVersion as error:
            return conflict_page(form, error, reload_url=url_for("priorities.show", slug=slug))
        except DomainError as error:
            show_on(form, error)
    elif request.method != "POST":
        form.position.data = _asked_position(len(board.rows))
    page = render_template("pages/priorities/move.html", board=board, call=board.call, row=row, form=form)
    return page, 422 if form.errors or form.form_errors else 200


def _asked_position(last: int) -> int | None:
    text = request.args.get("to", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return None
    return int(text) if 1 <= int(text) <= last else None


@blueprint.post(f"/priorities/<slug>/moves/<int(max={LARGEST_ID}):move_id>/undo")
@allowed(Action.PRIORITISE)
def undo(slug: str, move_id: int) -> Any:
    call = _call(slug)
    with transaction() as session:
        flow.undo_move(session, current_actor(), now(), call.id, move_id, seen_version=_seen())
        location = leads_to(session, url_for("priorities.show", slug=slug))
    flash(_("The move was taken back."), "success")
    return redirect(location, 303)


def _call(slug: str) -> query.CallHead:
    found = query.find_call(db.session(), slug)
    if found is None:
        raise NotFound
    return found


def _seen() -> int | None:
    """The version of the list that the form showed."""
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
