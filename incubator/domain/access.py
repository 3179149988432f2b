"""Who may do what. Deny by default: what no rule allows is refused, with the reason.

`can` answers for one object; `queries.visibility` says the same as a condition of a SELECT, and a
test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from incubator.domain.roles import Actor, Role
from incubator.domain.stages import PRIVATE_STEPS, Stage, Step


class Action(StrEnum):
    # on a record
    VIEW = "view"
    WRITE = "write"
    SIGN_OFF = "sign_off"
    WITHDRAW = "withdraw"
    ANSWER = "answer"
    SCREEN = "screen"
    ASSIGN = "assign"
    SCORE = "score"
    SEE_REVIEWS = "see_reviews"
    SEE_SCORES = "see_scores"
    DECLARE_CONFLICT = "declare_conflict"
    CHECK_READINESS = "check_readiness"
    DECIDE = "decide"
    PLAN = "plan"
    WRITE_LESSON = "write_lesson"
    RECORD_READINGS = "record_readings"
    VERIFY_READINGS = "verify_readings"
    REPORT_PROGRESS = "report_progress"
    ACCEPT_PROGRESS = "accept_progress"
    SEE_INTERNAL = "see_internal"
    # on an agency
    VIEW_AGENCY = "view_agency"
    KEEP_AGENCY = "keep_agency"
    STATE_NEED = "state_need"
    # on the whole
    PROPOSE = "propose"
    SEE_PORTFOLIO = "see_portfolio"
    SEE_STATISTICS = "see_statistics"
    PRIORITISE = "prioritise"
    KEEP_CALLS = "keep_calls"
    SEE_CALLS = "see_calls"
    SCREEN_ANY = "screen_any"
    REVIEW_ANY = "review_any"
    DECLARE_TIES = "declare_ties"
    DECIDE_ANY = "decide_any"
    KEEP_RUBRICS = "keep_rubrics"
    KEEP_PEOPLE = "keep_people"
    KEEP_AGENCIES = "keep_agencies"
    SEE_HISTORY = "see_history"
    IMPORT = "import"
    SEE_JOBS = "see_jobs"
    # on a call's reviewing
    ASSIGN_IN_CALL = "assign_in_call"
    SEE_RANKING = "see_ranking"
    DELIBERATE = "deliberate"
    VOTE = "vote"
    PREPARE_DECISIONS = "prepare_decisions"
    RELEASE_DECISIONS = "release_decisions"


@dataclass(frozen=True, slots=True)
class Record:
    """What the rules need to know of a proposal or pilot and of the actor's ties to it."""

    id: int
    agency_id: int
    call_id: int | None
    stage: Stage
    step: Step
    resume_stage: Stage | None = None
    is_author: bool = False
    is_assigned: bool = False
    has_scored: bool = False
    is_revealed: bool = False
    is_conflicted: bool = False
    is_pilot_lead: bool = False
    is_product_owner: bool = False
    names_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether it is allowed and, if not, why. `known` False means: answer as if it did not exist."""

    allowed: bool
    reason: str = ""
    known: bool = True

    def __bool__(self) -> bool:
        return self.allowed


YES = Answer(True)
UNKNOWN = Answer(False, "There is no such record.", known=False)

OVERSIGHT = (Role.COORDINATOR, Role.GATEKEEPER, Role.EVALUATOR, Role.LEADERSHIP, Role.ADMINISTRATOR)
"""Roles that see every submitted record within the limits of their grants."""

AGENCY_WATCH = (Role.SUBMITTER, Role.AGENCY_LEAD)

WHOLE: dict[Action, frozenset[Role]] = {
    Action.PROPOSE: frozenset({Role.SUBMITTER, Role.AGENCY_LEAD, Role.COORDINATOR}),
    Action.SEE_PORTFOLIO: frozenset(Role),
    Action.SEE_STATISTICS: frozenset(
        {Role.COORDINATOR, Role.GATEKEEPER, Role.EVALUATOR, Role.LEADERSHIP, Role.ADMINISTRATOR}
    ),
    Action.PRIORITISE: frozenset({Role.COORDINATOR, Role.GATEKEEPER, Role.LEADERSHIP}),
    Action.KEEP_CALLS: frozenset({Role.COORDINATOR, Role.ADMINISTRATOR}),
    Action.SEE_CALLS: frozenset(Role),
    Action.SCREEN_ANY: frozenset({Role.COORDINATOR}),
    Action.REVIEW_ANY: frozenset({Role.REVIEWER}),
    Action.DECLARE_TIES: frozenset({Role.REVIEWER, Role.GATEKEEPER}),
    Action.DECIDE_ANY: frozenset({Role.GATEKEEPER, Role.LEADERSHIP, Role.COORDINATOR}),
    Action.KEEP_RUBRICS: frozenset({Role.COORDINATOR, Role.ADMINISTRATOR}),
    Action.KEEP_PEOPLE: frozenset({Role.ADMINISTRATOR}),
    Action.KEEP_AGENCIES: frozenset({Role.ADMINISTRATOR}),
    Action.SEE_HISTORY: frozenset({Role.COORDINATOR, Role.LEADERSHIP, Role.ADMINISTRATOR}),
    Action.IMPORT: frozenset({Role.COORDINATOR, Role.ADMINISTRATOR}),
    Action.SEE_JOBS: frozenset({Role.COORDINATOR, Role.ADMINISTRATOR}),
}


FOR_ALL_AGENCIES: frozenset[Action] = frozenset({Action.IMPORT, Action.SEE_JOBS})
"""What touches every agency at once, so that a role limited to one agency or call does not allow it."""


def can(actor: Actor, action: Action) -> Answer:
    """May the actor do this at all, somewhere?"""
    if action in FOR_ALL_AGENCIES:
        if any(actor.everywhere(role) for role in WHOLE[action]):
            return YES
        return Answer(False, "This is for coordinators and administrators of all agencies.")
    if actor.holds(*WHOLE.get(action, frozenset())):
        return YES
    return Answer(False, "Your roles do not include this.")


def own_agency(actor: Actor, agency_id: int) -> bool:
    """Own agency is always a conflict for scoring and deciding."""
    return actor.agency_id == agency_id or agency_id in actor.agencies(*AGENCY_WATCH)


def may_view(actor: Actor, record: Record) -> bool:
    if record.is_author or actor.holds_for(Role.AGENCY_LEAD, agency_id=record.agency_id):
        return True
    if record.step is Step.DRAFT:
        return False
    if actor.holds_for(Role.SUBMITTER, agency_id=record.agency_id):
        return True
    if record.step in PRIVATE_STEPS:
        return False
    if record.is_pilot_lead or record.is_product_owner:
        return True
    if any(_covered(actor, role, record) for role in OVERSIGHT if role is not Role.GATEKEEPER):
        return True
    if record.is_conflicted:
        return False
    return (record.is_assigned and not record.names_hidden) or _covered(actor, Role.GATEKEEPER, record)


def knows(actor: Actor, record: Record) -> bool:
    """Whether the actor knows of the record at all: in a call that hides names, a reviewer has the
    proposal on the scoring page, but none of the pages that say whose it is."""
    return may_view(actor, record) or (record.is_assigned and not record.is_conflicted)


WITHOUT_NAMES: frozenset[Action] = frozenset({Action.SCORE, Action.DECLARE_CONFLICT})
"""What a reviewer does without seeing the record's pages."""


def can_on_record(actor: Actor, action: Action, record: Record) -> Answer:
    """May the actor do this to this proposal or pilot?"""
    if not (may_view(actor, record) or (action in WITHOUT_NAMES and knows(actor, record))):
        return UNKNOWN
    rule = RECORD_RULES.get(action)
    if rule is None:
        return Answer(False, "This is not allowed.")
    return rule(actor, record)


def _covered(actor: Actor, role: Role, record: Record) -> bool:
    return actor.holds_for(role, agency_id=record.agency_id, call_id=record.call_id)


def _coordinates(actor: Actor, record: Record) -> bool:
    return _covered(actor, Role.COORDINATOR, record)


def _view(actor: Actor, record: Record) -> Answer:
    return YES


def _write(actor: Actor, record: Record) -> Answer:
    if record.step is Step.SIGN_OFF:
        return Answer(False, "The agency's lead is reading the proposal. Take it back to change something.")
    if record.step not in (Step.DRAFT, Step.INFORMATION):
        return Answer(
            False, "The proposal has been handed in. Ask the coordinator to send it back for changes."
        )
    if record.is_author or actor.holds_for(Role.AGENCY_LEAD, agency_id=record.agency_id):
        return YES
    return Answer(False, "Only the proposal's authors and the agency's lead can change it.")


def _sign_off(actor: Actor, record: Record) -> Answer:
    if record.step is not Step.SIGN_OFF:
        return Answer(False, "The proposal is not waiting for sign-off.")
    if actor.holds_for(Role.AGENCY_LEAD, agency_id=record.agency_id):
        return YES
    return Answer(False, "Only the agency's lead can sign off for the agency.")


def _withdraw(actor: Actor, record: Record) -> Answer:
    if record.stage is not Stage.IDEA:
        return Answer(False, "A proposal can be withdrawn until it is selected.")
    if record.is_author or actor.holds_for(Role.AGENCY_LEAD, agency_id=record.agency_id):
        return YES
    return Answer(False, "Only the proposal's authors and the agency's lead can withdraw it.")


def _answer(actor: Actor, record: Record) -> Answer:
    if record.step is not Step.INFORMATION:
        return Answer(False, "No question is open on this proposal.")
    if record.is_author or actor.holds_for(Role.AGENCY_LEAD, agency_id=record.agency_id):
        return YES
    return Answer(False, "Only the proposal's authors and the agency's lead can answer.")


def _screen(actor: Actor, record: Record) -> Answer:
    if _coordinates(actor, record):
        return YES
    return Answer(False, "Only coordinators screen proposals.")


def _score(actor: Actor, record: Record) -> Answer:
    if own_agency(actor, record.agency_id):
        return Answer(False, "You belong to the agency that proposed this, so you cannot score it.")
    if record.is_conflicted:
        return Answer(False, "You have declared a conflict of interest, so you cannot score this.")
    if record.is_author:
        return Answer(False, "You wrote this, so you cannot score it.")
    if not record.is_assigned:
        return Answer(False, "This proposal is not assigned to you.")
    return YES


def _see_reviews(actor: Actor, record: Record) -> Answer:
    """The page of a record's reviews; what the reviews of others say is for SEE_SCORES."""
    return YES if record.is_assigned else _see_internal(actor, record)


def _see_scores(actor: Actor, record: Record) -> Answer:
    if record.is_assigned and not record.has_scored:
        return Answer(False, "You see the other reviews once your own is in.")
    if record.is_conflicted or own_agency(actor, record.agency_id):
        return Answer(False, "Scores are not shown where you have a conflict of interest.")
    if _coordinates(actor, record) or _covered(actor, Role.GATEKEEPER, record):
        return YES
    if record.is_assigned:
        if record.is_revealed:
            return YES
        return Answer(False, "You see the other reviews once all are in or their day has passed.")
    if _covered(actor, Role.LEADERSHIP, record) and record.step not in (
        Step.SCREENING,
        Step.INFORMATION,
        Step.REVIEW,
    ):
        return YES
    return Answer(
        False, "Scores are shown to coordinators and the panel, and to leadership after the decision."
    )


def is_sealed(actor: Actor, record: Record) -> bool:
    """Whether the actor reviews this and learns nothing yet of the others' reviews, not even how many are in."""
    return record.is_assigned and not _see_scores(actor, record)


def _declare_conflict(actor: Actor, record: Record) -> Answer:
    if record.is_assigned or _covered(actor, Role.GATEKEEPER, record):
        return YES
    return Answer(False, "Only reviewers and the panel declare conflicts.")


def _check_readiness(actor: Actor, record: Record) -> Answer:
    if record.is_pilot_lead or _coordinates(actor, record) or _covered(actor, Role.EVALUATOR, record):
        return YES
    return Answer(False, "Coordinators, evaluators and the pilot's lead keep the readiness list.")


def _decide(actor: Actor, record: Record) -> Answer:
    if own_agency(actor, record.agency_id):
        return Answer(False, "You belong to the agency that proposed this, so you cannot decide on it.")
    if record.is_conflicted:
        return Answer(False, "You have declared a conflict of interest, so you cannot decide on this.")
    if record.is_author or record.is_pilot_lead:
        return Answer(False, "You wrote this or lead its pilot, so others decide on it.")
    if record.step in (Step.SCREENING, Step.INFORMATION):
        if _coordinates(actor, record):
            return YES
        return Answer(False, "Coordinators decide at screening.")
    if _covered(actor, Role.GATEKEEPER, record):
        return YES
    if _covered(actor, Role.LEADERSHIP, record) and (record.resume_stage or record.stage) in (
        Stage.PILOT,
        Stage.SCALE,
        Stage.IN_SERVICE,
    ):
        return YES
    return Answer(False, "Gatekeepers decide here; leadership too once the pilot runs.")


def _plan(actor: Actor, record: Record) -> Answer:
    if record.stage not in (Stage.DESIGN, Stage.PILOT, Stage.SCALE):
        return Answer(False, "The plan is made in the design stage.")
    if record.is_pilot_lead or _coordinates(actor, record) or _covered(actor, Role.EVALUATOR, record):
        return YES
    return Answer(False, "The pilot's lead, coordinators and evaluators keep the plan.")


def _write_lesson(actor: Actor, record: Record) -> Answer:
    """The lesson and the benefit outlast the plan: what was stopped teaches too."""
    reached = record.resume_stage or record.stage
    if reached is Stage.IDEA or (reached is Stage.DESIGN and record.stage is not Stage.CLOSED):
        return Answer(False, "A lesson is written once there is a pilot, or when the work has ended.")
    if record.is_pilot_lead or _coordinates(actor, record) or _covered(actor, Role.EVALUATOR, record):
        return YES
    return Answer(False, "The pilot's lead, coordinators and evaluators write the lesson.")


def _record_readings(actor: Actor, record: Record) -> Answer:
    if record.stage not in (Stage.DESIGN, Stage.PILOT, Stage.SCALE, Stage.IN_SERVICE):
        return Answer(False, "Readings are recorded from the design stage on.")
    if record.is_pilot_lead or _coordinates(actor, record) or _covered(actor, Role.EVALUATOR, record):
        return YES
    return Answer(False, "The pilot's lead, coordinators and evaluators record readings.")


def _verify_readings(actor: Actor, record: Record) -> Answer:
    if record.is_pilot_lead:
        return Answer(False, "Somebody other than the pilot's lead verifies the readings.")
    if _coordinates(actor, record) or _covered(actor, Role.EVALUATOR, record):
        return YES
    return Answer(False, "Coordinators and evaluators verify readings.")


def _report_progress(actor: Actor, record: Record) -> Answer:
    if record.stage not in (Stage.PILOT, Stage.SCALE):
        return Answer(False, "Progress is reported while the pilot runs.")
    if record.is_pilot_lead or _coordinates(actor, record):
        return YES
    return Answer(False, "The pilot's lead reports progress.")


def _accept_progress(actor: Actor, record: Record) -> Answer:
    if record.is_pilot_lead:
        return Answer(False, "Somebody other than the pilot's lead accepts the report.")
    return _screen(actor, record)


def _see_internal(actor: Actor, record: Record) -> Answer:
    if own_agency(actor, record.agency_id) or record.is_conflicted:
        return Answer(False, "This part is the incubator's own.")
    if any(_covered(actor, role, record) for role in OVERSIGHT):
        return YES
    return Answer(False, "This part is the incubator's own.")


RECORD_RULES = {
    Action.VIEW: _view,
    Action.WRITE: _write,
    Action.SIGN_OFF: _sign_off,
    Action.WITHDRAW: _withdraw,
    Action.ANSWER: _answer,
    Action.SCREEN: _screen,
    Action.ASSIGN: _screen,
    Action.SCORE: _score,
    Action.SEE_REVIEWS: _see_reviews,
    Action.SEE_SCORES: _see_scores,
    Action.DECLARE_CONFLICT: _declare_conflict,
    Action.CHECK_READINESS: _check_readiness,
    Action.DECIDE: _decide,
    Action.PLAN: _plan,
    Action.WRITE_LESSON: _write_lesson,
    Action.RECORD_READINGS: _record_readings,
    Action.VERIFY_READINGS: _verify_readings,
    Action.REPORT_PROGRESS: _report_progress,
    Action.ACCEPT_PROGRESS: _accept_progress,
    Action.SEE_INTERNAL: _see_internal,
}


ACCOUNT_READERS = (Role.LEADERSHIP, Role.ADMINISTRATOR, Role.EVALUATOR, Role.GATEKEEPER)
"""Roles that read agencies' accounts: all of them, or the one to which the grant is limited."""


def can_on_agency(actor: Actor, action: Action, agency_id: int) -> Answer:
    """May the actor do this on an agency's account?"""
    own = own_agency(actor, agency_id)
    keeps = actor.holds_for(Role.AGENCY_LEAD, agency_id=agency_id) or actor.holds_for(
        Role.COORDINATOR, agency_id=agency_id
    )
    reads = (
        own
        or keeps
        or any(
            grant.role in ACCOUNT_READERS and grant.agency_id in (None, agency_id) for grant in actor.grants
        )
    )
    if not reads:
        return Answer(False, "There is no such agency.", known=False)
    if action is Action.VIEW_AGENCY:
        return YES
    if action is Action.KEEP_AGENCY:
        return YES if keeps else Answer(False, "The agency's lead and coordinators keep this account.")
    if action is Action.STATE_NEED:
        submits = actor.holds_for(Role.SUBMITTER, agency_id=agency_id)
        return YES if keeps or submits else Answer(False, "Only the agency's own people state its needs.")
    return Answer(False, "This is not allowed.")
