"""The words of permission: what may be done, what is known of a record, how it is answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from incubator.domain.roles import Actor, Role
from incubator.domain.stages import Stage, Step


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
    CONFIRM_PLAN = "confirm_plan"
    GIVE_VERDICTS = "give_verdicts"
    ACCEPT_OWNERSHIP = "accept_ownership"
    PREPARE_SCALING = "prepare_scaling"
    APPROVE_SCALING = "approve_scaling"
    USE_LESSON = "use_lesson"
    SCREEN_AI = "screen_ai"
    ENDORSE_AI = "endorse_ai"
    ANSWER_ESCALATION = "answer_escalation"
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
    is_deleted_draft: bool = False
    """Deleted by its authors, who still find it at its address and can restore it."""
    is_published: bool = False
    """What another government published about its work: history, on which nobody here decides."""


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


def own_agency(actor: Actor, agency_id: int) -> bool:
    """Own agency is always a conflict for scoring and deciding."""
    return actor.agency_id == agency_id or agency_id in actor.agencies(*AGENCY_WATCH)


def covered(actor: Actor, role: Role, record: Record) -> bool:
    return actor.holds_for(role, agency_id=record.agency_id, call_id=record.call_id)


def coordinates(actor: Actor, record: Record) -> bool:
    return covered(actor, Role.COORDINATOR, record)
