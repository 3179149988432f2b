"""A panel's deliberation: its meeting, who reads a note, how a member votes and what the votes say."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from incubator.domain.access import YES, Action, Answer
from incubator.domain.gates import GATES, GateKey
from incubator.domain.roles import Actor, Role
from incubator.domain.rounds import Round, can_on_call
from incubator.domain.stages import Outcome, Step

NOTE_LIMIT = 4_000
SUMMARY_LIMIT = 10_000
REASON_LIMIT = 500
PLACE_LIMIT = 300


class NoteAudience(StrEnum):
    """Who reads a note of the panel, the narrowest first."""

    PANEL = "panel"
    REVIEWERS = "reviewers"
    AGENCY = "agency"


READERS: dict[NoteAudience, str] = {
    NoteAudience.PANEL: "The panel's members and the coordinators who have no conflict with this proposal. Nobody else, ever.",
    NoteAudience.REVIEWERS: "Also whoever reviewed this proposal, once their own review is in and the reviews are opened.",
    NoteAudience.AGENCY: "Also the agency that proposed it, without your name, when the decision is released and not before.",
}
"""Who will read a note, in a sentence beside the choice."""


def audiences(*, shares_scores: bool) -> tuple[NoteAudience, ...]:
    """The audiences a note may have. A call that keeps its reviewers apart has no notes for them: what the
    panel says would tell each what the others gave."""
    return tuple(one for one in NoteAudience if shares_scores or one is not NoteAudience.REVIEWERS)


class Vote(StrEnum):
    YES = "yes"
    NO = "no"
    ABSTAIN = "abstain"


RECOMMENDATIONS: tuple[Outcome, ...] = GATES[GateKey.G1].outcomes
"""What a panel can recommend: what can be decided at the selection gate."""


class MeetingState(StrEnum):
    AHEAD = "ahead"
    OPEN = "open"
    CLOSED = "closed"


def meeting_state(opened_at: datetime | None, closed_at: datetime | None) -> MeetingState:
    if opened_at is None:
        return MeetingState.AHEAD
    return MeetingState.OPEN if closed_at is None else MeetingState.CLOSED


def may_keep_meeting(actor: Actor, round_: Round) -> Answer:
    """May the actor set the meeting's day and place, open it and close it?"""
    answer = can_on_call(actor, Action.DELIBERATE, round_)
    if not answer:
        return answer
    chairs = actor.person_id is not None and actor.person_id == round_.chair_id
    if chairs or actor.holds_for(Role.COORDINATOR, call_id=round_.call_id):
        return YES
    return Answer(False, "The panel's chair and the coordinators of this call keep the meeting.")


def may_speak(state: MeetingState, step: Step) -> Answer:
    """May notes be added and votes be given? From the meeting's opening to its close."""
    decided = _in_review(step)
    if not decided:
        return decided
    if state is MeetingState.AHEAD:
        return Answer(False, "The meeting has not been opened yet. The chair or a coordinator opens it.")
    if state is MeetingState.CLOSED:
        return Answer(False, "The meeting is closed, so nothing is added and no vote is changed.")
    return YES


def may_sum_up(state: MeetingState, step: Step) -> Answer:
    """May the summary be written? From the meeting's opening until the decision: minutes are often finished
    after people have left."""
    if state is MeetingState.AHEAD:
        return may_speak(state, step)
    return _in_review(step)


def _in_review(step: Step) -> Answer:
    if step is Step.REVIEW:
        return YES
    return Answer(False, "This proposal is no longer in review, so what the panel said stays as it is.")


def may_strike(actor: Actor, author_id: int, round_: Round) -> Answer:
    """May the actor strike a note? Its author may, and the chair."""
    if actor.person_id is not None and actor.person_id in (author_id, round_.chair_id):
        return YES
    return Answer(False, "Whoever wrote the note strikes it, or the panel's chair.")


def sees_how_others_voted(*, own_vote_in: bool, state: MeetingState) -> bool:
    """So that nobody votes after others, how they voted is shown once one's own vote is in, or at the end."""
    return own_vote_in or state is MeetingState.CLOSED


@dataclass(frozen=True, slots=True)
class Tally:
    """Votes of those who may vote: `voters` is how many that are."""

    yes: int
    no: int
    abstain: int
    voters: int

    @property
    def voted(self) -> int:
        return self.yes + self.no + self.abstain


def tally(votes: Mapping[int, Vote], voters: Collection[int]) -> Tally:
    """Count votes by person. Whoever is no voter any more, a conflict having been found, no longer counts."""
    counted = [vote for person, vote in votes.items() if person in voters]
    return Tally(
        yes=counted.count(Vote.YES),
        no=counted.count(Vote.NO),
        abstain=counted.count(Vote.ABSTAIN),
        voters=len(voters),
    )
