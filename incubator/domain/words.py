"""The words people read for every state: one place, two labels, a tone for the tag."""

from __future__ import annotations

from dataclasses import dataclass

from incubator.domain.assignment import Barrier, BidKind, FitGrade
from incubator.domain.conflicts import ConflictKind, TieKind
from incubator.domain.gates import GateKey
from incubator.domain.panels import NoteAudience, Vote
from incubator.domain.releases import AgencySees, Preparation
from incubator.domain.reviews import Recommendation, ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import EndReason, Origin, Outcome, Precision, Provenance, Stage, Step


@dataclass(frozen=True, slots=True)
class Words:
    """`staff` is what the incubator says, `plain` what the agency reads; `tone` styles the tag
    (neutral, go, wait, late, done, stop)."""

    staff: str
    plain: str = ""
    tone: str = "neutral"

    def label(self, *, staff: bool) -> str:
        return self.staff if staff or not self.plain else self.plain


STAGES: dict[Stage, Words] = {
    Stage.IDEA: Words("Idea", "Idea", "neutral"),
    Stage.DESIGN: Words("Design", "Being planned", "go"),
    Stage.PILOT: Words("Pilot", "Pilot running", "go"),
    Stage.SCALE: Words("Scale", "Being rolled out", "go"),
    Stage.IN_SERVICE: Words("In service", "In service", "done"),
    Stage.ON_HOLD: Words("On hold", "On hold", "wait"),
    Stage.CLOSED: Words("Closed", "Closed", "neutral"),
}

STEPS: dict[Step, Words] = {
    Step.DRAFT: Words("Draft", "Draft", "neutral"),
    Step.SIGN_OFF: Words("Waiting for the agency's sign-off", "Waiting for your agency's sign-off", "wait"),
    Step.SCREENING: Words("Screening", "Handed in", "go"),
    Step.INFORMATION: Words("Waiting for the agency's answer", "We asked you a question", "wait"),
    Step.REVIEW: Words("In review", "Being reviewed", "go"),
    Step.DESIGN: Words("Design", "Selected, being planned", "go"),
    Step.RUNNING: Words("Pilot running", "Pilot running", "go"),
    Step.SCALING: Words("Scaling", "Being rolled out", "go"),
    Step.IN_SERVICE: Words("In service", "In service", "done"),
    Step.ON_HOLD: Words("On hold", "On hold", "wait"),
    Step.CLOSED: Words("Closed", "Closed", "neutral"),
}

OUTCOMES: dict[Outcome, Words] = {
    Outcome.ADVANCE: Words("Advance", "Moved on", "done"),
    Outcome.ADVANCE_WITH_CONDITIONS: Words("Advance with conditions", "Moved on, with conditions", "done"),
    Outcome.HOLD: Words("Hold", "Put on hold", "wait"),
    Outcome.REWORK: Words("Rework", "Sent back for changes", "wait"),
    Outcome.STOP: Words("Stop", "Stopped", "stop"),
    Outcome.GOAL_MET: Words("Goal met", "Ended, goal met", "done"),
    Outcome.TRANSFER: Words("Transfer", "Handed over", "neutral"),
    Outcome.MERGE: Words("Merge", "Merged with another", "neutral"),
    Outcome.REVIVE: Words("Revive", "Taken up again", "go"),
    Outcome.EXTEND: Words("Extend", "Given more time", "wait"),
    Outcome.WITHDRAW: Words("Withdraw", "Withdrawn", "neutral"),
    Outcome.ENDED: Words("Outcome not recorded", "Outcome not recorded", "neutral"),
}

END_REASONS: dict[EndReason, Words] = {
    EndReason.DEMAND: Words("Too little demand or adoption"),
    EndReason.FEASIBILITY: Words("Not feasible"),
    EndReason.GOALS_MET: Words("Goals met"),
    EndReason.REDUNDANT: Words("Already done elsewhere"),
    EndReason.MERGED: Words("Merged with another"),
    EndReason.OTHER_FUNDING: Words("Found other funding"),
    EndReason.SECURITY_PRIVACY: Words("Security or privacy"),
    EndReason.VENDOR: Words("Vendor"),
    EndReason.TIME_LIMIT: Words("Time limit reached"),
    EndReason.WITHDRAWN: Words("Withdrawn by the agency"),
    EndReason.TRANSFERRED: Words("Handed over to another office"),
    EndReason.UNKNOWN: Words("Reason not recorded"),
    EndReason.NO_EFFECT: Words("No effect shown"),
}

ROLES: dict[Role, Words] = {
    Role.SUBMITTER: Words("Submitter"),
    Role.AGENCY_LEAD: Words("Agency lead"),
    Role.COORDINATOR: Words("Coordinator"),
    Role.REVIEWER: Words("Reviewer"),
    Role.GATEKEEPER: Words("Gatekeeper"),
    Role.PILOT_LEAD: Words("Pilot lead"),
    Role.EVALUATOR: Words("Evaluator"),
    Role.LEADERSHIP: Words("Leadership"),
    Role.ADMINISTRATOR: Words("Administrator"),
}

GATE_LABELS: dict[GateKey, str] = {
    GateKey.G0: "Screening",
    GateKey.G1: "Selection",
    GateKey.G2: "Launch",
    GateKey.G3: "Midpoint",
    GateKey.G4: "Scale",
    GateKey.G5: "Benefit check",
}

ORIGINS: dict[Origin, Words] = {
    Origin.ENTERED: Words("Entered here"),
    Origin.INVENTORY: Words("Imported inventory"),
    Origin.DEMONSTRATION: Words("Published record"),
}

PRECISIONS: dict[Precision, Words] = {
    Precision.DAY: Words("Day"),
    Precision.MONTH: Words("Month only"),
    Precision.QUARTER: Words("Quarter only"),
    Precision.YEAR: Words("Year only"),
    Precision.FISCAL_YEAR: Words("Fiscal year only"),
    Precision.NONE: Words("No date could be read"),
}

PROVENANCES: dict[Provenance, Words] = {
    Provenance.MEASURED: Words("Measured", tone="neutral"),
    Provenance.PUBLISHED: Words("Published figure", tone="neutral"),
    Provenance.ILLUSTRATION: Words("Illustration, not real data", tone="late"),
}

REVIEW_STATES: dict[ReviewState, Words] = {
    ReviewState.ASSIGNED: Words("Not begun", tone="neutral"),
    ReviewState.STARTED: Words("Begun", tone="go"),
    ReviewState.SUBMITTED: Words("Handed in", tone="done"),
    ReviewState.ABSTAINED: Words("Abstained", tone="neutral"),
    ReviewState.DECLINED: Words("Declined", tone="stop"),
    ReviewState.WITHDRAWN: Words("Taken back", tone="stop"),
}

RECOMMENDATIONS: dict[Recommendation, Words] = {
    Recommendation.NO: Words("No", tone="stop"),
    Recommendation.MAYBE: Words("Maybe", tone="wait"),
    Recommendation.YES: Words("Yes", tone="done"),
}

CONFLICT_KINDS: dict[ConflictKind, Words] = {
    ConflictKind.OWN_AGENCY: Words("Works for the agency that proposed it"),
    ConflictKind.MANAGEMENT: Words("Manages, or is managed by, somebody involved"),
    ConflictKind.VENDOR: Words("A tie to a vendor involved"),
    ConflictKind.AUTHOR: Words("Wrote the proposal or helped with it"),
    ConflictKind.CONTRACT: Words("A contract or money at stake"),
    ConflictKind.OTHER: Words("Another reason"),
}

TIE_KINDS: dict[TieKind, Words] = {
    TieKind.INTEREST: Words("Money, family or a position there"),
    TieKind.CONTRACT: Words("Worked for it, or under contract with it"),
}

BIDS: dict[BidKind, Words] = {
    BidKind.WANT: Words("I would like to", tone="done"),
    BidKind.CAN: Words("I can", tone="go"),
    BidKind.RATHER_NOT: Words("Rather not", tone="wait"),
}

FITS: dict[FitGrade, Words] = {
    FitGrade.HARDLY: Words("Hardly knows it", tone="late"),
    FitGrade.A_LITTLE: Words("Knows a little of it", tone="wait"),
    FitGrade.FAIRLY: Words("Knows it fairly well", tone="neutral"),
    FitGrade.WELL: Words("Knows it well", tone="go"),
    FitGrade.VERY_WELL: Words("Knows it very well", tone="done"),
}

BARRIERS: dict[Barrier, Words] = {
    Barrier.OWN_AGENCY: Words("Works for the agency that proposed it"),
    Barrier.CONFLICT: Words("Has a conflict of interest"),
    Barrier.REFUSED: Words("Declined or abstained"),
    Barrier.TAKEN_BACK: Words("The review was taken back, with a reason"),
    Barrier.OUT_OF_REACH: Words("Their role does not reach this agency"),
    Barrier.BY_HAND: Words("Ruled out by hand"),
    Barrier.REVIEWS_IT: Words("Reviews it already"),
    Barrier.LIMIT: Words("Has as many reviews as they take"),
}

NOTE_AUDIENCES: dict[NoteAudience, Words] = {
    NoteAudience.PANEL: Words("The panel only", tone="neutral"),
    NoteAudience.REVIEWERS: Words("The panel and this proposal's reviewers", tone="wait"),
    NoteAudience.AGENCY: Words("The agency too, with the decision", tone="late"),
}

VOTES: dict[Vote, Words] = {
    Vote.YES: Words("Yes", tone="done"),
    Vote.NO: Words("No", tone="stop"),
    Vote.ABSTAIN: Words("Abstain", tone="neutral"),
}

PREPARATIONS: dict[Preparation, Words] = {
    Preparation.NONE: Words("Not prepared", tone="neutral"),
    Preparation.PREPARED: Words("Prepared", tone="wait"),
    Preparation.SIGNED: Words("Signed", tone="done"),
    Preparation.CHANGED: Words("Look at it again", tone="late"),
}

AGENCY_SEES: dict[AgencySees, Words] = {
    AgencySees.NOTHING: Words("The decision and its reason, no scores"),
    AgencySees.TOTAL: Words("Also the mean total of the reviews"),
    AgencySees.CRITERIA: Words("Also the mean of each criterion"),
    AgencySees.COMMENTS: Words("Also what the reviewers wrote, without names"),
}
