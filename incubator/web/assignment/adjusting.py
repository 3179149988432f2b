"""Changing a planned assignment by hand, one proposal at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _

from incubator.analytics.assignment import next_best
from incubator.domain.access import Action
from incubator.domain.assignment import Barrier, BidKind, FitGrade, fit_grade
from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.folding import fold
from incubator.extensions import db
from incubator.flows import assignment as flow
from incubator.forms.assignment import ChangePairForm
from incubator.queries import assignment as query
from incubator.queries.assignment_plans import Plan, draft_of
from incubator.queries.rounds import RoundHead
from incubator.web.assignment.blueprint import ROOT, blueprint
from incubator.web.assignment.preview import OfProposal, preview
from incubator.web.call_pages import render_call
from incubator.web.failures import show_on
from incubator.web.guards import on_call
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, seen_version, transaction
from incubator.web.words import label


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody who could be put in, with what that means: `load` reviews now, `most` at most."""

    id: int
    name: str
    agency_name: str | None
    grade: FitGrade
    bid: BidKind | None
    load: int
    most: int
    ruled_out_by_hand: bool

    @property
    def goes_over(self) -> bool:
        return self.load >= self.most


@dataclass(frozen=True, slots=True)
class Barred:
    name: str
    why: Barrier


@dataclass(frozen=True, slots=True)
class Shown:
    """One proposal of the draft, with everybody who could be put in and everybody who may not."""

    draft: Plan
    standing: query.Reviewing
    row: OfProposal
    choices: list[Choice]
    barred: list[Barred]

    def fill(self, form: ChangePairForm) -> None:
        nobody = ("", _("Nobody"))
        form.out.choices = [nobody, *_outs(self.row, self.standing, self.draft)]
        form.into.choices = [nobody, *((str(one.id), one.name) for one in self.choices)]


def _load(call: RoundHead, proposal_id: int) -> Shown:
    standing = query.reviewing(db.session(), call.id, seen_by=current_actor())
    draft = draft_of(db.session(), call.id)
    if draft is None or proposal_id not in standing.proposals or proposal_id not in draft.covers:
        raise NotFound
    if standing.proposals[proposal_id].sealed:
        raise Forbidden("You review this proposal. Another coordinator changes who else does.")
    standing = standing.unsealed()
    row = next(one for one in preview(draft, standing).proposals if one.proposal.id == proposal_id)
    return Shown(draft, standing, row, *_candidates(draft, standing, proposal_id))


@blueprint.route(f"{ROOT}/plan/<int:proposal_id>", methods=["GET", "POST"])
@on_call(Action.ASSIGN_IN_CALL)
def change(call: RoundHead, proposal_id: int) -> Any:
    """Take somebody out, put somebody in, or both, with what each choice would mean."""
    shown = _load(call, proposal_id)
    form = ChangePairForm(data={"out": "", "into": ""})
    shown.fill(form)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                flow.change(
                    session,
                    current_actor(),
                    slug=call.slug,
                    proposal_id=proposal_id,
                    out_id=form.chosen("out"),
                    in_id=form.chosen("into"),
                    seen=seen_version(),
                    now=now(),
                )
                location = leads_to(session, url_for("assignment.plan", slug=call.slug))
        except StaleVersion:
            db.session.rollback()
            shown = _load(call, proposal_id)
            shown.fill(form)
            return _page(call, shown, form, 409)
        except DomainError as error:
            db.session.rollback()
            show_on(form, error)
        else:
            flash(_("The plan for “%(title)s” is changed.", title=shown.row.proposal.title), "success")
            return redirect(location, 303)
    return _page(call, shown, form, 422 if form.errors else 200)


def _page(call: RoundHead, shown: Shown, form: ChangePairForm, status: int) -> Any:
    """The form; under 409 as the plan stands now, with what was chosen."""
    told = {str(one.id): _told(one) for one in shown.choices}
    page = render_call(
        "pages/assignment/change.html",
        call,
        row=shown.row,
        draft=shown.draft,
        choices=shown.choices,
        barred=shown.barred,
        form=form,
        told_out={
            value: _told_out(value, shown.draft, shown.standing)
            for value, _name in form.out.choices or []
            if value
        },
        told_in=told,
        stale=status == 409,
    )
    return page, status


def _outs(row: OfProposal, standing: query.Reviewing, draft: Plan) -> Iterator[tuple[str, str]]:
    """Who can be taken out: planned, and not begun."""
    for one in row.pairings:
        pair = (row.proposal.id, one.person.id)
        if pair in draft.pairs and standing.reviews.get(pair) not in query.BEGUN:
            yield str(one.person.id), one.person.name


def _candidates(
    draft: Plan, standing: query.Reviewing, proposal_id: int
) -> tuple[list[Choice], list[Barred]]:
    """Everybody on the list who is not planned for the proposal: who could be, best first, and who cannot."""
    planned = {pair for pair in draft.pairs if pair[0] in standing.proposals}
    loads = standing.load(planned)
    # With the plan's pairs as chosen by hand, the order is the one in which a lost reviewer would be replaced.
    ranked = next_best(standing.to_round(keeping=(), pinned=planned), proposal_id)
    free = [one.reviewer for one in ranked.candidates]
    over = [one.reviewer for one in ranked.ruled_out if one.rules == (Barrier.LIMIT,)]
    over.sort(key=lambda key: (-standing.fit[proposal_id, key], loads[key], key))
    choices = []
    for key in (*free, *over):
        person, pair = standing.people[key], (proposal_id, key)
        if pair in planned:
            continue
        choices.append(
            Choice(
                id=key,
                name=person.name,
                agency_name=person.agency_name,
                grade=fit_grade(standing.fit[pair]),
                bid=standing.bids.get(pair),
                load=loads[key],
                most=person.most or 0,
                ruled_out_by_hand=pair in draft.forbidden,
            )
        )
    barred = [
        Barred(standing.people[person].name, why)
        for (proposal, person), why in standing.barred.items()
        if proposal == proposal_id and person in standing.pool and (proposal, person) not in planned
    ]
    return choices, sorted(barred, key=lambda one: fold(one.name))


def _told(one: Choice) -> str:
    """What putting somebody in means."""
    parts = [label(one.grade)]
    if one.bid is not None:
        parts.append(_("said “%(bid)s”", bid=label(one.bid)))
    parts.append(
        _("would have %(load)s reviews, more than the %(most)s they take", load=one.load + 1, most=one.most)
        if one.goes_over
        else _("would have %(load)s of %(most)s reviews", load=one.load + 1, most=one.most)
    )
    if one.ruled_out_by_hand:
        parts.append(_("was ruled out by hand; choosing allows it again"))
    return "; ".join(parts)


def _told_out(value: str, draft: Plan, standing: query.Reviewing) -> str:
    """What taking somebody out means."""
    person = standing.people[int(value)]
    load = standing.load(pair for pair in draft.pairs if pair[0] in standing.proposals)[person.id] - 1
    if person.most is None:
        return _("would have %(load)s reviews", load=load)
    return _("would have %(load)s of %(most)s reviews", load=load, most=person.most)
