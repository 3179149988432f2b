"""What can happen, in the past tense, and the sentence for it on a timeline."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Audience(StrEnum):
    """Who reads an event on a record's timeline."""

    EVERYONE = "everyone"
    STAFF = "staff"
    ADMINISTRATORS = "administrators"


class EventKind(StrEnum):
    # accounts
    PERSON_INVITED = "person_invited"
    INVITATION_ACCEPTED = "invitation_accepted"
    PERSON_CHANGED = "person_changed"
    PERSON_DISABLED = "person_disabled"
    PERSON_ENABLED = "person_enabled"
    ROLE_GRANTED = "role_granted"
    ROLE_REVOKED = "role_revoked"
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - an event's name
    PASSWORD_RESET_ASKED = "password_reset_asked"  # noqa: S105 - an event's name
    ACCESS_REFUSED = "access_refused"
    # agencies
    AGENCY_CREATED = "agency_created"
    AGENCY_CHANGED = "agency_changed"
    UNIT_CREATED = "unit_created"
    UNIT_CHANGED = "unit_changed"
    CONTACT_ADDED = "contact_added"
    CONTACT_REMOVED = "contact_removed"
    NEED_STATED = "need_stated"
    NEED_CHANGED = "need_changed"
    NEED_MOVED = "need_moved"
    NEED_DROPPED = "need_dropped"
    NEED_LINKED = "need_linked"
    NEED_UNLINKED = "need_unlinked"
    COMMITMENT_MADE = "commitment_made"
    COMMITMENT_CHANGED = "commitment_changed"
    COMMITMENT_KEPT = "commitment_kept"
    COMMITMENT_DROPPED = "commitment_dropped"
    MEETING_HELD = "meeting_held"
    MEETING_CHANGED = "meeting_changed"
    SURVEY_OPENED = "survey_opened"
    SURVEY_CLOSED = "survey_closed"
    SURVEY_ANSWERED = "survey_answered"
    # calls and rubrics
    CALL_CREATED = "call_created"
    CALL_CHANGED = "call_changed"
    CALL_COPIED = "call_copied"
    RUBRIC_CREATED = "rubric_created"
    RUBRIC_PUBLISHED = "rubric_published"
    # proposals
    PROPOSAL_STARTED = "proposal_started"
    SECTION_SAVED = "section_saved"
    AUTHOR_ADDED = "author_added"
    AUTHOR_REMOVED = "author_removed"
    ATTACHMENT_ADDED = "attachment_added"
    ATTACHMENT_REMOVED = "attachment_removed"
    SIGN_OFF_ASKED = "sign_off_asked"
    SIGN_OFF_REFUSED = "sign_off_refused"
    PROPOSAL_SUBMITTED = "proposal_submitted"
    PROPOSAL_RESUBMITTED = "proposal_resubmitted"
    PROPOSAL_WITHDRAWN = "proposal_withdrawn"
    # screening
    INFORMATION_ASKED = "information_asked"
    INFORMATION_ANSWERED = "information_answered"
    PROPOSAL_MERGED = "proposal_merged"
    SNIPPET_CHANGED = "snippet_changed"
    # reviews
    REVIEW_ASSIGNED = "review_assigned"
    REVIEW_UNASSIGNED = "review_unassigned"
    REVIEW_SAVED = "review_saved"
    REVIEW_SUBMITTED = "review_submitted"
    REVIEW_RETURNED = "review_returned"
    REVIEW_DECLINED = "review_declined"
    REVIEW_ABSTAINED = "review_abstained"
    CONFLICT_DECLARED = "conflict_declared"
    CONFLICT_FOUND = "conflict_found"
    CONFLICT_SET_ASIDE = "conflict_set_aside"
    REVIEWS_REVEALED = "reviews_revealed"
    REVIEW_REVISED = "review_revised"
    REDACTION_SAVED = "redaction_saved"
    REDACTION_READY = "redaction_ready"
    VENDOR_TIE_DECLARED = "vendor_tie_declared"
    VENDOR_TIE_REMOVED = "vendor_tie_removed"
    # assignment
    EXPERTISE_CHANGED = "expertise_changed"
    TAGS_CHANGED = "tags_changed"
    CALL_REVIEWERS_CHANGED = "call_reviewers_changed"
    BIDS_SAVED = "bids_saved"
    ASSIGNMENT_PLANNED = "assignment_planned"
    ASSIGNMENT_ADJUSTED = "assignment_adjusted"
    ASSIGNMENT_PUBLISHED = "assignment_published"
    ASSIGNMENT_DISCARDED = "assignment_discarded"
    # panels
    DRAW_HELD = "draw_held"
    PANEL_MEETING_CHANGED = "panel_meeting_changed"
    PANEL_OPENED = "panel_opened"
    PANEL_CLOSED = "panel_closed"
    PANEL_NOTE_WRITTEN = "panel_note_written"
    PANEL_NOTE_STRUCK = "panel_note_struck"
    PANEL_SUMMARY_WRITTEN = "panel_summary_written"
    PANEL_DISCUSSED = "panel_discussed"
    PANEL_VOTED = "panel_voted"
    # releases
    DECISION_PREPARED = "decision_prepared"
    DECISION_SIGNED = "decision_signed"
    DECISION_UNSIGNED = "decision_unsigned"
    DECISIONS_RELEASED = "decisions_released"
    # gates
    READINESS_CHECKED = "readiness_checked"
    GATE_DECIDED = "gate_decided"
    DECISION_AMENDED = "decision_amended"
    CONDITION_CLOSED = "condition_closed"
    DEADLINE_EXTENDED = "deadline_extended"
    RECORD_RESUMED = "record_resumed"
    RECORD_REVIVED = "record_revived"
    STAGE_CORRECTED = "stage_corrected"
    # pilots
    PLAN_CHANGED = "plan_changed"
    SITE_CHANGED = "site_changed"
    METRIC_DEFINED = "metric_defined"
    METRIC_CHANGED = "metric_changed"
    READINGS_RECORDED = "readings_recorded"
    READING_CORRECTED = "reading_corrected"
    READING_VERIFIED = "reading_verified"
    PLAN_LOCK_PROPOSED = "plan_lock_proposed"
    PLAN_LOCK_WITHDRAWN = "plan_lock_withdrawn"
    PLAN_LOCKED = "plan_locked"
    PLAN_AMENDED = "plan_amended"
    PROCESS_CHANGE_NOTED = "process_change_noted"
    PROCESS_CHANGE_STRUCK = "process_change_struck"
    GUARDRAIL_ALERTED = "guardrail_alerted"
    GUARDRAIL_ANSWERED = "guardrail_answered"
    VERDICTS_GIVEN = "verdicts_given"
    CONTRARY_PROPOSED = "contrary_proposed"
    CONTRARY_WITHDRAWN = "contrary_withdrawn"
    DOSSIER_SEALED = "dossier_sealed"
    SCALE_READINESS_CHANGED = "scale_readiness_changed"
    OWNERSHIP_ACCEPTED = "ownership_accepted"
    SCALE_APPROVAL_GIVEN = "scale_approval_given"
    CLOSE_OUT_WRITTEN = "close_out_written"
    LESSON_USED = "lesson_used"
    LESSON_USE_REMOVED = "lesson_use_removed"
    BENEFIT_PROMISED = "benefit_promised"
    BENEFIT_PROMISE_CHANGED = "benefit_promise_changed"
    BENEFITS_FIXED = "benefits_fixed"
    BENEFIT_MEASURED = "benefit_measured"
    AI_SCREENED = "ai_screened"
    AI_ENDORSED = "ai_endorsed"
    AI_ESCALATED = "ai_escalated"
    AI_ESCALATION_ANSWERED = "ai_escalation_answered"
    AI_PRACTICE_RECORDED = "ai_practice_recorded"
    AI_CHECKED = "ai_checked"
    MEASURES_IMPORTED = "measures_imported"
    EXPENSE_RECORDED = "expense_recorded"
    EXPENSE_CORRECTED = "expense_corrected"
    BUDGET_CHANGED = "budget_changed"
    MILESTONE_CHANGED = "milestone_changed"
    MILESTONE_REACHED = "milestone_reached"
    RISK_CHANGED = "risk_changed"
    PROGRESS_SENT = "progress_sent"
    PROGRESS_RETURNED = "progress_returned"
    PROGRESS_ACCEPTED = "progress_accepted"
    LESSON_WRITTEN = "lesson_written"
    BENEFIT_RECORDED = "benefit_recorded"
    # priorities
    PRIORITY_LIST_CHANGED = "priority_list_changed"
    PRIORITY_MOVED = "priority_moved"
    # imports and jobs
    INVENTORY_IMPORTED = "inventory_imported"
    PANEL_IMPORTED = "panel_imported"
    RECORD_IMPORTED = "record_imported"
    RECORD_REIMPORTED = "record_reimported"
    DEMONSTRATION_LOADED = "demonstration_loaded"


@dataclass(frozen=True, slots=True)
class EventWords:
    sentence: str
    audience: Audience = Audience.EVERYONE
    one: str = ""
    """The sentence when its `count` is 1, where that reads differently."""


_STAFF = Audience.STAFF
_ADMIN = Audience.ADMINISTRATORS
K = EventKind

EVENTS: dict[EventKind, EventWords] = {
    K.PERSON_INVITED: EventWords("%(actor)s invited %(person)s.", _ADMIN),
    K.INVITATION_ACCEPTED: EventWords("%(person)s accepted the invitation.", _ADMIN),
    K.PERSON_CHANGED: EventWords("%(actor)s changed the account of %(person)s.", _ADMIN),
    K.PERSON_DISABLED: EventWords("%(actor)s disabled the account of %(person)s.", _ADMIN),
    K.PERSON_ENABLED: EventWords("%(actor)s enabled the account of %(person)s again.", _ADMIN),
    K.ROLE_GRANTED: EventWords("%(actor)s gave %(person)s the role %(role)s%(scope)s.", _ADMIN),
    K.ROLE_REVOKED: EventWords("%(actor)s took the role %(role)s%(scope)s from %(person)s.", _ADMIN),
    K.SIGNED_IN: EventWords("%(actor)s signed in.", _ADMIN),
    K.SIGN_IN_FAILED: EventWords("A sign-in as %(email)s failed.", _ADMIN),
    K.SIGNED_OUT: EventWords("%(actor)s signed out.", _ADMIN),
    K.SIGNED_OUT_EVERYWHERE: EventWords("%(person)s was signed out everywhere.", _ADMIN),
    K.PASSWORD_CHANGED: EventWords("%(person)s set a new password.", _ADMIN),
    K.PASSWORD_RESET_ASKED: EventWords("%(actor)s sent %(person)s a link for a new password.", _ADMIN),
    K.ACCESS_REFUSED: EventWords("%(actor)s was refused %(endpoint)s: %(reason)s", _ADMIN),
    K.AGENCY_CREATED: EventWords("%(actor)s added the agency %(agency)s."),
    K.AGENCY_CHANGED: EventWords("%(actor)s changed the agency's details."),
    K.UNIT_CREATED: EventWords("%(actor)s added the unit %(unit)s."),
    K.UNIT_CHANGED: EventWords("%(actor)s changed the unit %(unit)s."),
    K.CONTACT_ADDED: EventWords("%(actor)s added the contact %(contact)s."),
    K.CONTACT_REMOVED: EventWords("%(actor)s removed the contact %(contact)s."),
    K.NEED_STATED: EventWords("%(actor)s stated the need “%(need)s”."),
    K.NEED_CHANGED: EventWords("%(actor)s changed the need “%(need)s”."),
    K.NEED_MOVED: EventWords("%(actor)s moved the need “%(need)s” to place %(rank)s."),
    K.NEED_DROPPED: EventWords("%(actor)s dropped the need “%(need)s”: %(reason)s"),
    K.NEED_LINKED: EventWords("%(actor)s linked %(number)s to the need “%(need)s”."),
    K.NEED_UNLINKED: EventWords("%(actor)s unlinked %(number)s from the need “%(need)s”."),
    K.COMMITMENT_MADE: EventWords("%(actor)s recorded the commitment “%(commitment)s”."),
    K.COMMITMENT_CHANGED: EventWords("%(actor)s changed the commitment “%(commitment)s”."),
    K.COMMITMENT_KEPT: EventWords("%(actor)s marked the commitment “%(commitment)s” as kept."),
    K.COMMITMENT_DROPPED: EventWords("%(actor)s dropped the commitment “%(commitment)s”: %(reason)s"),
    K.MEETING_HELD: EventWords("%(actor)s recorded the meeting “%(meeting)s”."),
    K.MEETING_CHANGED: EventWords("%(actor)s changed the notes of the meeting “%(meeting)s”."),
    K.SURVEY_OPENED: EventWords("%(actor)s opened the survey “%(survey)s”."),
    K.SURVEY_CLOSED: EventWords("%(actor)s closed the survey “%(survey)s”."),
    K.SURVEY_ANSWERED: EventWords("An answer to the survey “%(survey)s” came in."),
    K.CALL_CREATED: EventWords("%(actor)s made the call “%(call)s”.", _STAFF),
    K.CALL_CHANGED: EventWords("%(actor)s changed the call “%(call)s”.", _STAFF),
    K.CALL_COPIED: EventWords("%(actor)s copied the call “%(source)s” to “%(call)s”.", _STAFF),
    K.RUBRIC_CREATED: EventWords("%(actor)s drafted the rubric %(rubric)s.", _STAFF),
    K.RUBRIC_PUBLISHED: EventWords("%(actor)s published the rubric %(rubric)s.", _STAFF),
    K.PROPOSAL_STARTED: EventWords("%(actor)s started the proposal."),
    K.SECTION_SAVED: EventWords("%(actor)s worked on “%(section)s”."),
    K.AUTHOR_ADDED: EventWords("%(actor)s added %(person)s as an author."),
    K.AUTHOR_REMOVED: EventWords("%(actor)s removed %(person)s as an author."),
    K.ATTACHMENT_ADDED: EventWords("%(actor)s attached “%(file)s”."),
    K.ATTACHMENT_REMOVED: EventWords("%(actor)s removed the attachment “%(file)s”."),
    K.SIGN_OFF_ASKED: EventWords("%(actor)s asked for the agency's sign-off."),
    K.SIGN_OFF_REFUSED: EventWords("%(actor)s turned the proposal back into a draft: %(reason)s"),
    K.PROPOSAL_SUBMITTED: EventWords("%(actor)s signed off and submitted revision %(revision)s."),
    K.PROPOSAL_RESUBMITTED: EventWords("%(actor)s submitted revision %(revision)s: %(note)s"),
    K.PROPOSAL_WITHDRAWN: EventWords("%(actor)s withdrew the proposal: %(reason)s"),
    K.INFORMATION_ASKED: EventWords("%(actor)s asked the agency for more information."),
    K.INFORMATION_ANSWERED: EventWords("%(actor)s answered the question."),
    K.PROPOSAL_MERGED: EventWords("%(actor)s merged %(number)s into %(target)s."),
    K.SNIPPET_CHANGED: EventWords("%(actor)s changed the response “%(snippet)s”.", _STAFF),
    K.REVIEW_ASSIGNED: EventWords("%(actor)s assigned the proposal to %(person)s for review.", _STAFF),
    K.REVIEW_UNASSIGNED: EventWords("%(actor)s took the review from %(person)s.", _STAFF),
    K.REVIEW_SAVED: EventWords("%(actor)s began a review.", _STAFF),
    K.REVIEW_SUBMITTED: EventWords("%(actor)s handed in a review.", _STAFF),
    K.REVIEW_RETURNED: EventWords("%(actor)s gave the review back to %(person)s: %(reason)s", _STAFF),
    K.REVIEW_DECLINED: EventWords("%(actor)s declined the review: %(reason)s", _STAFF),
    K.REVIEW_ABSTAINED: EventWords("%(actor)s abstained: %(reason)s", _STAFF),
    K.CONFLICT_DECLARED: EventWords("%(actor)s declared a conflict of interest for %(person)s.", _STAFF),
    K.CONFLICT_FOUND: EventWords("The rules found a conflict of interest of %(person)s: %(kind)s.", _STAFF),
    K.CONFLICT_SET_ASIDE: EventWords(
        "%(actor)s set the conflict of interest of %(person)s aside: %(reason)s", _STAFF
    ),
    K.REVIEWS_REVEALED: EventWords("The %(count)s reviews were opened to each other's authors.", _STAFF),
    K.REVIEW_REVISED: EventWords("%(actor)s revised a review after the others were revealed.", _STAFF),
    K.REDACTION_SAVED: EventWords("%(actor)s worked on the copy without names.", _STAFF),
    K.REDACTION_READY: EventWords("%(actor)s gave the copy without names to the reviewers.", _STAFF),
    K.VENDOR_TIE_DECLARED: EventWords("%(person)s declared a tie to the vendor %(vendor)s.", _STAFF),
    K.VENDOR_TIE_REMOVED: EventWords("%(person)s ended the tie to the vendor %(vendor)s.", _STAFF),
    K.EXPERTISE_CHANGED: EventWords("%(person)s said which fields they know.", _STAFF),
    K.TAGS_CHANGED: EventWords("%(actor)s changed the fields of the proposal.", _STAFF),
    K.CALL_REVIEWERS_CHANGED: EventWords("%(actor)s changed who reviews in the call “%(call)s”.", _STAFF),
    K.BIDS_SAVED: EventWords("%(actor)s said what they would like to review in “%(call)s”.", _STAFF),
    K.ASSIGNMENT_PLANNED: EventWords("%(actor)s had an assignment of “%(call)s” worked out.", _STAFF),
    K.ASSIGNMENT_ADJUSTED: EventWords("%(actor)s changed the planned assignment of “%(call)s”.", _STAFF),
    K.ASSIGNMENT_PUBLISHED: EventWords(
        "%(actor)s published the assignment of “%(call)s”: %(count)s reviews.",
        _STAFF,
        one="%(actor)s published the assignment of “%(call)s”: one review.",
    ),
    K.ASSIGNMENT_DISCARDED: EventWords("%(actor)s discarded the planned assignment of “%(call)s”.", _STAFF),
    K.DRAW_HELD: EventWords("%(actor)s held a draw in “%(call)s” with the seed “%(seed)s”.", _STAFF),
    K.PANEL_MEETING_CHANGED: EventWords("%(actor)s changed the panel's meeting of “%(call)s”.", _STAFF),
    K.PANEL_OPENED: EventWords("%(actor)s opened the panel's meeting of “%(call)s”.", _STAFF),
    K.PANEL_CLOSED: EventWords("%(actor)s closed the panel's meeting of “%(call)s”.", _STAFF),
    K.PANEL_NOTE_WRITTEN: EventWords("%(actor)s added a note in the panel.", _STAFF),
    K.PANEL_NOTE_STRUCK: EventWords("%(actor)s struck a note of the panel.", _STAFF),
    K.PANEL_SUMMARY_WRITTEN: EventWords("%(actor)s wrote the panel's summary.", _STAFF),
    K.PANEL_DISCUSSED: EventWords("%(actor)s marked the proposal in the panel as %(answer)s.", _STAFF),
    K.PANEL_VOTED: EventWords("%(actor)s voted in the panel.", _STAFF),
    K.DECISION_PREPARED: EventWords("%(actor)s prepared a decision.", _STAFF),
    K.DECISION_SIGNED: EventWords("%(actor)s signed the prepared decision.", _STAFF),
    K.DECISION_UNSIGNED: EventWords("%(actor)s took the signature off the prepared decision.", _STAFF),
    K.DECISIONS_RELEASED: EventWords(
        "%(actor)s released %(count)s decisions of “%(call)s”.",
        _STAFF,
        one="%(actor)s released one decision of “%(call)s”.",
    ),
    K.READINESS_CHECKED: EventWords("%(actor)s marked “%(need)s” at %(gate)s as %(answer)s."),
    K.GATE_DECIDED: EventWords("%(actor)s decided at %(gate)s: %(outcome)s. %(reason)s"),
    K.DECISION_AMENDED: EventWords("%(actor)s amended the reason of the decision at %(gate)s: %(reason)s"),
    K.CONDITION_CLOSED: EventWords("%(actor)s closed the condition “%(condition)s”."),
    K.DEADLINE_EXTENDED: EventWords("%(actor)s gave %(gate)s %(days)s more days: %(reason)s"),
    K.RECORD_RESUMED: EventWords("%(actor)s took the record off hold: %(reason)s"),
    K.RECORD_REVIVED: EventWords("%(actor)s revived the record: %(reason)s"),
    K.STAGE_CORRECTED: EventWords("The source now gives the stage %(stage)s; it was %(before)s."),
    K.PLAN_CHANGED: EventWords("%(actor)s changed the pilot's plan."),
    K.SITE_CHANGED: EventWords("%(actor)s changed the site “%(site)s”."),
    K.METRIC_DEFINED: EventWords("%(actor)s defined the metric “%(metric)s”."),
    K.METRIC_CHANGED: EventWords("%(actor)s changed the metric “%(metric)s”."),
    K.READINGS_RECORDED: EventWords(
        "%(actor)s recorded %(count)s readings of “%(metric)s”.",
        one="%(actor)s recorded a reading of “%(metric)s”.",
    ),
    K.READING_CORRECTED: EventWords("%(actor)s corrected a reading of “%(metric)s”: %(reason)s"),
    K.READING_VERIFIED: EventWords(
        "%(actor)s verified %(count)s readings of “%(metric)s”.",
        one="%(actor)s verified a reading of “%(metric)s”.",
    ),
    K.PLAN_LOCK_PROPOSED: EventWords("%(actor)s asked for the evaluation plan to be locked."),
    K.PLAN_LOCK_WITHDRAWN: EventWords("%(actor)s took back the request to lock the evaluation plan."),
    K.PLAN_LOCKED: EventWords("%(actor)s locked the evaluation plan, which %(proposer)s had proposed."),
    K.PLAN_AMENDED: EventWords("%(actor)s amended the locked plan (%(what)s): %(reason)s"),
    K.PROCESS_CHANGE_NOTED: EventWords("%(actor)s noted a change of the process on %(day)s: %(what)s"),
    K.PROCESS_CHANGE_STRUCK: EventWords("%(actor)s struck a note on the process: %(reason)s"),
    K.GUARDRAIL_ALERTED: EventWords("The guardrail “%(metric)s” calls for attention."),
    K.GUARDRAIL_ANSWERED: EventWords("%(actor)s answered the alert of “%(metric)s”: %(answer)s"),
    K.VERDICTS_GIVEN: EventWords("%(actor)s recorded the verdicts of %(count)s criteria."),
    K.CONTRARY_PROPOSED: EventWords("%(actor)s proposed to decide against the verdicts: %(reason)s", _STAFF),
    K.CONTRARY_WITHDRAWN: EventWords(
        "%(actor)s took what was proposed against the verdicts off the table: %(reason)s", _STAFF
    ),
    K.DOSSIER_SEALED: EventWords("%(actor)s sealed the evidence dossier of the decision at “%(gate)s”."),
    K.SCALE_READINESS_CHANGED: EventWords("%(actor)s changed what is prepared for scaling."),
    K.OWNERSHIP_ACCEPTED: EventWords("%(actor)s accepted the product."),
    K.SCALE_APPROVAL_GIVEN: EventWords("%(actor)s answered for %(area)s: %(state)s."),
    K.CLOSE_OUT_WRITTEN: EventWords("%(actor)s wrote the close-out."),
    K.LESSON_USED: EventWords("%(actor)s noted that the lesson of another record is used here."),
    K.LESSON_USE_REMOVED: EventWords("%(actor)s took back that the lesson of another record is used here."),
    K.BENEFIT_PROMISED: EventWords("%(actor)s promised the benefit “%(benefit)s”."),
    K.BENEFIT_PROMISE_CHANGED: EventWords("%(actor)s changed the promised benefit “%(benefit)s”."),
    K.BENEFITS_FIXED: EventWords("The promised benefits were fixed with the decision to scale."),
    K.BENEFIT_MEASURED: EventWords("%(actor)s recorded what came of “%(benefit)s” after %(months)s months."),
    K.AI_SCREENED: EventWords("%(actor)s answered the AI questions: %(level)s."),
    K.AI_ENDORSED: EventWords("%(actor)s endorsed the use of AI for the agency."),
    K.AI_ESCALATED: EventWords("%(actor)s escalated the use of AI to the Governor's Office."),
    K.AI_ESCALATION_ANSWERED: EventWords("%(actor)s recorded the answer to the escalation: %(answer)s."),
    K.AI_PRACTICE_RECORDED: EventWords("%(actor)s recorded how far “%(practice)s” is."),
    K.AI_CHECKED: EventWords("%(actor)s recorded a check of the AI in use."),
    K.MEASURES_IMPORTED: EventWords("%(actor)s imported %(count)s performance measures from %(source)s."),
    K.EXPENSE_RECORDED: EventWords("%(actor)s recorded an expense of %(amount)s for %(what)s."),
    K.EXPENSE_CORRECTED: EventWords("%(actor)s corrected the expense for %(what)s: %(reason)s"),
    K.BUDGET_CHANGED: EventWords("%(actor)s set the budget to %(amount)s."),
    K.MILESTONE_CHANGED: EventWords("%(actor)s changed the milestone “%(milestone)s”."),
    K.MILESTONE_REACHED: EventWords("%(actor)s marked the milestone “%(milestone)s” as reached."),
    K.RISK_CHANGED: EventWords("%(actor)s changed the risk “%(risk)s”."),
    K.PROGRESS_SENT: EventWords("%(actor)s sent the progress report for %(period)s."),
    K.PROGRESS_RETURNED: EventWords("%(actor)s sent the progress report for %(period)s back: %(reason)s"),
    K.PROGRESS_ACCEPTED: EventWords("%(actor)s accepted the progress report for %(period)s."),
    K.LESSON_WRITTEN: EventWords("%(actor)s wrote down a lesson."),
    K.BENEFIT_RECORDED: EventWords("%(actor)s recorded the benefit after %(months)s months."),
    K.PRIORITY_LIST_CHANGED: EventWords(
        "%(actor)s changed the limits of the priority list “%(list)s”.", _STAFF
    ),
    K.PRIORITY_MOVED: EventWords("%(actor)s moved %(number)s on the priority list: %(reason)s", _STAFF),
    K.INVENTORY_IMPORTED: EventWords(
        "%(actor)s imported “%(file)s”: %(created)s new, %(updated)s updated, %(refused)s refused.", _STAFF
    ),
    K.PANEL_IMPORTED: EventWords(
        "%(actor)s imported the scores of a panel run elsewhere from “%(file)s”: %(reviews)s reviews.", _STAFF
    ),
    K.RECORD_IMPORTED: EventWords("The record was imported from “%(file)s”, row %(row)s."),
    K.RECORD_REIMPORTED: EventWords("The record was updated from “%(file)s”, row %(row)s."),
    K.DEMONSTRATION_LOADED: EventWords("The demonstration was loaded.", _ADMIN),
}
