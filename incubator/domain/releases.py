"""Decisions that are prepared, signed and released together, and what the agency is shown with them."""

from __future__ import annotations

from enum import StrEnum

from incubator.domain.access import YES, Answer, Record, own_agency
from incubator.domain.gate_rules import may_decide
from incubator.domain.gates import ADVANCES, GATES, GateKey
from incubator.domain.roles import Actor, Role
from incubator.domain.stages import Outcome, Step


class AgencySees(StrEnum):
    """What a call promises its agencies about the scores, each adding to the one before."""

    NOTHING = "nothing"
    TOTAL = "total"
    CRITERIA = "criteria"
    COMMENTS = "comments"

    def includes(self, other: AgencySees) -> bool:
        order = list(AgencySees)
        return order.index(self) >= order.index(other)


class Preparation(StrEnum):
    """How far the decision on a proposal has come before its release."""

    NONE = "none"
    PREPARED = "prepared"
    SIGNED = "signed"
    CHANGED = "changed"
    """It was signed, and then the proposal changed: somebody looks again and signs anew."""


RELEASED_AT = GateKey.G1
"""The gate whose decisions a call may release together."""

PREPARED_OUTCOMES: tuple[Outcome, ...] = (
    Outcome.ADVANCE,
    Outcome.ADVANCE_WITH_CONDITIONS,
    Outcome.HOLD,
    Outcome.REWORK,
    Outcome.STOP,
)
"""What can wait for a release. A transfer or a merge changes another record at once, so it is decided by
itself."""

PREPARED_TOGETHER: tuple[Outcome, ...] = tuple(
    outcome for outcome in PREPARED_OUTCOMES if outcome is not Outcome.ADVANCE_WITH_CONDITIONS
)
"""What several proposals can be given at once; conditions are written for one proposal."""

ANSWERS: dict[Outcome, str] = {
    Outcome.ADVANCE: "It is selected and goes on to the stage “Design”.",
    Outcome.ADVANCE_WITH_CONDITIONS: "It is selected and goes on to the stage “Design”, with conditions.",
    Outcome.HOLD: "It waits until the day named below and is then looked at again.",
    Outcome.REWORK: "It comes back to you for changes. Once you answer, it is looked at again.",
    Outcome.STOP: "It is not selected.",
}
"""What the agency reads first."""


def preparation(
    *, prepared: bool, signed: bool = False, seen_version: int | None = None, version: int = 0
) -> Preparation:
    """How far a decision has come. A signature stands for the version of the proposal that was seen."""
    if not prepared:
        return Preparation.NONE
    if not signed:
        return Preparation.PREPARED
    return Preparation.SIGNED if seen_version == version else Preparation.CHANGED


def asks_what_would_change(outcome: Outcome) -> bool:
    """Whoever is not selected learns what would change the answer."""
    return outcome not in ADVANCES


def waits_for_release(gate: GateKey, outcome: Outcome, *, decides_together: bool) -> bool:
    """Whether this decision is not taken by itself but released with the others of its call."""
    return decides_together and gate is RELEASED_AT and outcome in PREPARED_OUTCOMES


def may_prepare(actor: Actor, record: Record) -> Answer:
    """May the actor read and prepare the decision on this proposal before its release?

    Coordinators and gatekeepers who could judge it: not of the agency, not its authors, no conflict, no
    review of it still to write.
    """
    if own_agency(actor, record.agency_id):
        return Answer(False, "You belong to the agency that proposed this, so others prepare its decision.")
    if record.is_conflicted:
        return Answer(False, "You have a conflict of interest here, so others prepare this decision.")
    if record.is_author or record.is_pilot_lead:
        return Answer(False, "You wrote this, so others prepare its decision.")
    if record.is_assigned and not record.has_scored:
        return Answer(False, "You prepare this decision once your own review is in.")
    if record.step is not Step.REVIEW:
        return Answer(False, "This proposal is not waiting for the decision on selection.")
    limits = {"agency_id": record.agency_id, "call_id": record.call_id}
    if any(actor.holds_for(role, **limits) for role in (Role.COORDINATOR, Role.GATEKEEPER)):
        return YES
    return Answer(False, "Coordinators and gatekeepers prepare decisions.")


def may_sign(actor: Actor, record: Record, *, prepared_by_id: int | None) -> Answer:
    """May the actor sign the prepared decision? Who may decide at the gate, and did not prepare it: two
    people stand behind each decision."""
    answer = may_prepare(actor, record)
    if not answer:
        return answer
    answer = may_decide(actor, GATES[RELEASED_AT], record)
    if answer and prepared_by_id is not None and prepared_by_id == actor.person_id:
        return Answer(False, "You prepared this, so another gatekeeper signs it.")
    return answer


def reads_feedback(actor: Actor, record: Record) -> bool:
    """Whether the actor is one of those to whom a call promises what its reviewers said: the proposal's
    authors, its agency's lead and those who propose for the agency."""
    return record.is_author or any(
        actor.holds_for(role, agency_id=record.agency_id) for role in (Role.AGENCY_LEAD, Role.SUBMITTER)
    )
