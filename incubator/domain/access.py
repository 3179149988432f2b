"""Who may do what. Deny by default: what no rule allows is refused, with the reason.

`can` answers for one object; `queries.visibility` says the same as a condition of a SELECT, and a
test holds the two together.
"""

from __future__ import annotations

from incubator.domain import pilot_rules
from incubator.domain.permission import AGENCY_WATCH as AGENCY_WATCH
from incubator.domain.permission import OVERSIGHT as OVERSIGHT
from incubator.domain.permission import UNKNOWN as UNKNOWN
from incubator.domain.permission import YES as YES
from incubator.domain.permission import Action as Action
from incubator.domain.permission import Answer as Answer
from incubator.domain.permission import Record as Record
from incubator.domain.permission import coordinates, covered
from incubator.domain.permission import own_agency as own_agency
from incubator.domain.roles import Actor, Role
from incubator.domain.stages import PRIVATE_STEPS, Stage, Step

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
    if any(covered(actor, role, record) for role in OVERSIGHT if role is not Role.GATEKEEPER):
        return True
    if record.is_conflicted:
        return False
    return (record.is_assigned and not record.names_hidden) or covered(actor, Role.GATEKEEPER, record)


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


def _view(actor: Actor, record: Record) -> Answer:
    return YES


def _write(actor: Actor, record: Record) -> Answer:
    if record.is_deleted_draft:
        return Answer(False, "This draft was deleted. Restore it to go on writing.")
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
    if coordinates(actor, record):
        return YES
    return Answer(False, "Only coordinators screen proposals.")


def _assign(actor: Actor, record: Record) -> Answer:
    if not coordinates(actor, record):
        return Answer(False, "Only coordinators assign reviewers.")
    if record.is_conflicted:
        return Answer(False, "You have a conflict of interest, so another coordinator assigns reviewers.")
    return YES


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
    if coordinates(actor, record) or covered(actor, Role.GATEKEEPER, record):
        return YES
    if record.is_assigned:
        if record.is_revealed:
            return YES
        return Answer(False, "You see the other reviews once all are in or their day has passed.")
    if covered(actor, Role.LEADERSHIP, record) and record.step not in (
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
    if record.is_conflicted and not record.is_assigned:
        return Answer(False, "Your conflict of interest is recorded already.")
    if record.is_assigned or covered(actor, Role.GATEKEEPER, record) or coordinates(actor, record):
        return YES
    return Answer(False, "Only reviewers, gatekeepers and coordinators declare conflicts of interest.")


def _decide(actor: Actor, record: Record) -> Answer:
    if record.is_published:
        return Answer(False, "This is a published record. Nobody here decides on it.")
    if own_agency(actor, record.agency_id):
        return Answer(False, "You belong to the agency that proposed this, so you cannot decide on it.")
    if record.is_conflicted:
        return Answer(False, "You have declared a conflict of interest, so you cannot decide on this.")
    if record.is_author or record.is_pilot_lead:
        return Answer(False, "You wrote this or lead its pilot, so others decide on it.")
    if record.step in (Step.SCREENING, Step.INFORMATION):
        if coordinates(actor, record):
            return YES
        return Answer(False, "Coordinators decide at screening.")
    if covered(actor, Role.GATEKEEPER, record):
        return YES
    if covered(actor, Role.LEADERSHIP, record) and (record.resume_stage or record.stage) in (
        Stage.PILOT,
        Stage.SCALE,
        Stage.IN_SERVICE,
    ):
        return YES
    return Answer(False, "Gatekeepers decide here; leadership too once the pilot runs.")


def _see_internal(actor: Actor, record: Record) -> Answer:
    if own_agency(actor, record.agency_id) or record.is_conflicted:
        return Answer(False, "This part is the incubator's own.")
    if any(covered(actor, role, record) for role in OVERSIGHT):
        return YES
    return Answer(False, "This part is the incubator's own.")


RECORD_RULES = {
    Action.VIEW: _view,
    Action.WRITE: _write,
    Action.SIGN_OFF: _sign_off,
    Action.WITHDRAW: _withdraw,
    Action.ANSWER: _answer,
    Action.SCREEN: _screen,
    Action.ASSIGN: _assign,
    Action.SCORE: _score,
    Action.SEE_REVIEWS: _see_reviews,
    Action.SEE_SCORES: _see_scores,
    Action.DECLARE_CONFLICT: _declare_conflict,
    Action.CHECK_READINESS: pilot_rules.check_readiness,
    Action.DECIDE: _decide,
    Action.PLAN: pilot_rules.plan,
    Action.WRITE_LESSON: pilot_rules.write_lesson,
    Action.RECORD_READINGS: pilot_rules.record_readings,
    Action.VERIFY_READINGS: pilot_rules.verify_readings,
    Action.CONFIRM_PLAN: pilot_rules.confirm_plan,
    Action.GIVE_VERDICTS: pilot_rules.give_verdicts,
    Action.ACCEPT_OWNERSHIP: pilot_rules.accept_ownership,
    Action.PREPARE_SCALING: pilot_rules.prepare_scaling,
    Action.APPROVE_SCALING: pilot_rules.approve_scaling,
    Action.USE_LESSON: pilot_rules.use_lesson,
    Action.SCREEN_AI: pilot_rules.screen_ai,
    Action.ENDORSE_AI: pilot_rules.endorse_ai,
    Action.ANSWER_ESCALATION: pilot_rules.answer_escalation,
    Action.REPORT_PROGRESS: pilot_rules.report_progress,
    Action.ACCEPT_PROGRESS: pilot_rules.accept_progress,
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
