"""A planned assignment as people read it: beside what stands now, by proposal and by reviewer, in sentences."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from incubator.analytics.assignment import LOW_FIT
from incubator.domain.assignment import BidKind, FitGrade, fit_grade
from incubator.domain.folding import fold
from incubator.domain.reviews import ReviewState
from incubator.queries.assignment import Member, Proposed, Reviewing
from incubator.queries.assignment_plans import Plan


class Turn(StrEnum):
    """What becomes of a pair compared with now."""

    NEW = "new"
    STAYS = "stays"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class Pairing:
    """One pair of the plan, or one that the plan takes back. `state` is that of a review under way."""

    proposal: Proposed
    person: Member
    fit: float
    grade: FitGrade
    bid: BidKind | None
    turn: Turn
    by_hand: bool
    state: ReviewState | None


@dataclass(frozen=True, slots=True)
class OfProposal:
    proposal: Proposed
    pairings: tuple[Pairing, ...]
    taken_back: tuple[Pairing, ...]
    lacking: int
    is_new: bool
    """It came into review after the plan was made, so that the plan says nothing of it."""


@dataclass(frozen=True, slots=True)
class OfReviewer:
    """`load` counts all their reviews in the call under the plan."""

    person: Member
    load: int
    pairings: tuple[Pairing, ...]
    taken_back: tuple[Pairing, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    proposals: tuple[OfProposal, ...]
    reviewers: tuple[OfReviewer, ...]
    new: int
    staying: int
    taken_back: int
    weak: tuple[str, ...]


def preview(plan: Plan, standing: Reviewing) -> Preview:
    """The draft against what stands now. `standing` holds what the reader may see, and nothing else shows; of
    a proposal the reader reviews only its name does."""
    everything, standing = standing.proposals, standing.unsealed()
    shown = [row for row in plan.rows if row.proposal_id in standing.proposals]
    known = [row for row in shown if row.reviewer_id in standing.people]
    # Nothing comes of an impossible plan: what is under way is shown as it stands.
    before = plan.before if plan.possible else frozenset()
    by_hand = {row.pair for row in known if row.by_hand}
    planned = {row.pair for row in known}
    gone = {
        pair
        for pair in before - planned
        if standing.reviews.get(pair) is ReviewState.ASSIGNED and pair in standing.fit
    }

    def pairing(pair: tuple[int, int], turn: Turn) -> Pairing:
        proposal, fit = standing.proposals[pair[0]], standing.fit.get(pair, 0.0)
        return Pairing(
            proposal=proposal,
            person=standing.people[pair[1]],
            fit=fit,
            grade=fit_grade(fit),
            bid=standing.bids.get(pair),
            turn=turn,
            by_hand=pair in by_hand,
            state=standing.reviews.get(pair),
        )

    here: dict[int, list[Pairing]] = defaultdict(list)
    theirs: dict[int, list[Pairing]] = defaultdict(list)
    lost: dict[int, list[Pairing]] = defaultdict(list)
    back: dict[int, list[Pairing]] = defaultdict(list)
    begun_since = {
        pair
        for pair, state in standing.reviews.items()
        if pair not in planned and pair not in gone and pair[1] in standing.people
    }
    under_way = planned | begun_since
    for pair in sorted(under_way, key=lambda pair: -standing.fit.get(pair, 0.0)):
        one = pairing(pair, Turn.STAYS if pair in standing.reviews else Turn.NEW)
        here[pair[0]].append(one)
        theirs[pair[1]].append(one)
    for pair in sorted(gone):
        one = pairing(pair, Turn.TAKEN_BACK)
        lost[pair[0]].append(one)
        back[pair[1]].append(one)
    load = standing.load(under_way)
    proposals = tuple(
        OfProposal(
            proposal=one,
            pairings=tuple(here[key]),
            taken_back=tuple(lost[key]),
            lacking=max(0, plan.wanted - len(here[key])) if key in plan.covers and not one.sealed else 0,
            is_new=key not in plan.covers,
        )
        for key, one in everything.items()
    )
    reviewers = tuple(
        OfReviewer(
            one,
            load[key],
            tuple(sorted(theirs[key], key=lambda p: fold(p.proposal.title))),
            tuple(back[key]),
        )
        for key, one in standing.people.items()
        if one.in_pool or load[key] or back[key]
    )
    return Preview(
        proposals=proposals,
        reviewers=reviewers,
        new=len(planned - standing.reviews.keys()),
        staying=len(under_way & standing.reviews.keys()),
        taken_back=len(gone),
        weak=tuple(_weak(proposals, reviewers)),
    )


def _weak(proposals: tuple[OfProposal, ...], reviewers: tuple[OfReviewer, ...]) -> list[str]:
    """What a coordinator should look at before publishing, in sentences, the gravest first."""
    told = []
    for each in proposals:
        if each.lacking:
            told.append(
                _("“%(title)s” lacks reviewers: %(count)s.", title=each.proposal.title, count=each.lacking)
            )
    for each in proposals:
        if each.pairings and each.pairings[0].fit < LOW_FIT:
            told.append(
                _(
                    "Nobody planned for “%(title)s” has said that they know its subject.",
                    title=each.proposal.title,
                )
                if each.proposal.fields
                else _(
                    "“%(title)s” names no field, so its reviewers were chosen without knowing its subject.",
                    title=each.proposal.title,
                )
            )
    for each in proposals:
        for one in each.pairings:
            if one.bid is BidKind.RATHER_NOT and one.turn is Turn.NEW:
                told.append(
                    _(
                        "%(person)s would rather not review “%(title)s”; nobody else was free.",
                        person=one.person.name,
                        title=each.proposal.title,
                    )
                    if not one.by_hand
                    else _(
                        "%(person)s would rather not review “%(title)s”.",
                        person=one.person.name,
                        title=each.proposal.title,
                    )
                )
    for person in reviewers:
        most = person.person.most
        if most is not None and person.load > most:
            told.append(
                _(
                    "%(person)s would have %(load)s reviews and takes %(most)s.",
                    person=person.person.name,
                    load=person.load,
                    most=most,
                )
            )
    full = [one.person.name for one in reviewers if one.person.most and one.load == one.person.most]
    if full:
        told.append(
            _(
                "Nobody can be moved to these people, who have all they take: %(people)s.",
                people=", ".join(full),
            )
        )
    return told


@dataclass(frozen=True, slots=True)
class Help:
    """One thing that would make the assignment possible, or more of it; `where` names the page for it."""

    sentence: str
    verdict: str
    enough: bool
    where: str


@dataclass(frozen=True, slots=True)
class Impossible:
    """Why no assignment keeps all rules. `hidden`: part of it lies with what the reader may not see."""

    missing: int
    shortages: tuple[tuple[str, ...], ...]
    helps: tuple[Help, ...]
    hidden: bool


def impossible(plan: Plan, standing: Reviewing) -> Impossible:
    """The reasons and the ways out of an impossible plan, in sentences."""
    told: dict[str, Any] = plan.outcome["impossible"]
    standing = standing.unsealed()
    shortages, hidden = [], False
    for shortage in told["shortages"]:
        if set(shortage["proposals"]) <= standing.proposals.keys():
            shortages.append(tuple(_shortage(shortage, standing)))
        else:
            hidden = True
    helps = [] if hidden else [_help(one, told["missing"]) for one in told["relaxations"]]
    return Impossible(
        missing=0 if hidden else told["missing"],
        shortages=tuple(shortages),
        helps=tuple(one for one in helps if one is not None),
        hidden=hidden,
    )


def _shortage(shortage: dict[str, Any], standing: Reviewing) -> list[str]:
    titles = ", ".join(f"“{standing.proposals[key].title}”" for key in shortage["proposals"])
    sentences = [
        _("%(titles)s: %(count)s more reviews are needed in all.", titles=titles, count=shortage["needed"])
        if len(shortage["proposals"]) > 1
        else ngettext(
            "%(titles)s needs one more review.",
            "%(titles)s needs %(num)s more reviews.",
            shortage["needed"],
            titles=titles,
        )
    ]
    names = ", ".join(standing.people[key].name for key in shortage["shared"] if key in standing.people)
    if names:
        sentences.append(
            _(
                "The people who may write several of them have room for %(room)s: %(names)s.",
                room=shortage["room"],
                names=names,
            )
            if shortage["room"]
            else _("These people may write them, but have no room left: %(names)s.", names=names)
        )
    if shortage["elsewhere"]:
        sentences.append(_("Others can write %(count)s.", count=shortage["elsewhere"]))
    if shortage["missing"] < shortage["needed"]:
        sentences.append(_("That leaves %(count)s without anybody.", count=shortage["missing"]))
    elif not names:
        sentences.append(_("Nobody else on the list may write them."))
    for rule, count in shortage["bars"]:
        words = _bar_words(rule, count)
        if words:
            sentences.append(words)
    return sentences


def _bar_words(rule: str, count: int) -> str:
    return {
        "own_agency": _(
            "Pairs ruled out because the reviewer belongs to the agency: %(count)s.", count=count
        ),
        "conflict": _("Pairs ruled out by a conflict of interest: %(count)s.", count=count),
        "refused": _("Pairs ruled out because the reviewer declined or abstained: %(count)s.", count=count),
        "taken_back": _(
            "Pairs ruled out because the review was taken back with a reason: %(count)s.", count=count
        ),
        "out_of_reach": _(
            "Pairs ruled out because the reviewer's role does not reach the agency: %(count)s.", count=count
        ),
        "by_hand": _("Pairs ruled out by hand: %(count)s.", count=count),
    }.get(rule, "")


def _help(one: dict[str, Any], missing: int) -> Help | None:
    rule, to, each = one["rule"], one["to"], one["each"]
    offers: dict[str, tuple[str, str]] = {
        "caps": (
            ngettext(
                "Raise every limit to at least one review.",
                "Raise every limit to at least %(num)s reviews.",
                to or 0,
            ),
            "people",
        ),
        "reviewers": (
            _(
                "Find more people whom nothing bars: %(to)s, if each takes %(each)s reviews.",
                to=to,
                each=each,
            ),
            "people",
        ),
        "wanted": (
            ngettext(
                "Ask for one review of each proposal.", "Ask for %(num)s reviews of each proposal.", to or 0
            ),
            "wanted",
        ),
        "by_hand": (_("Allow again what was ruled out by hand."), "discard"),
        "pins": (_("Give up what was chosen by hand."), "discard"),
        "conflict": (
            _("Have the panel's chair set conflicts of interest aside, where there is a good reason."),
            "",
        ),
        "out_of_reach": (_("Have an administrator widen the roles limited to one agency."), ""),
        "taken_back": (_("Ask again those from whom a review was taken, on the proposal's page."), ""),
    }
    if rule not in offers:
        return None
    sentence, where = offers[rule]
    verdict = (
        _("That alone is enough.")
        if one["enough"]
        else _(
            "That finds a place for %(freed)s of %(missing)s reviews.", freed=one["freed"], missing=missing
        )
    )
    return Help(sentence, verdict, one["enough"], where)
