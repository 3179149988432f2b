"""Who may do what to a pilot, from its plan to the benefit. Each rule answers with its reason."""

from __future__ import annotations

from incubator.domain.permission import YES, Answer, Record, coordinates, covered, own_agency
from incubator.domain.roles import Actor, Role
from incubator.domain.stages import Stage


def check_readiness(actor: Actor, record: Record) -> Answer:
    if record.is_pilot_lead:
        return YES
    if record.is_conflicted:
        return Answer(False, "You have declared a conflict of interest, so somebody else confirms this.")
    if coordinates(actor, record) or covered(actor, Role.EVALUATOR, record):
        return YES
    return Answer(False, "Coordinators, evaluators and the pilot's lead keep the readiness list.")


def plan(actor: Actor, record: Record) -> Answer:
    if record.stage not in (Stage.DESIGN, Stage.PILOT, Stage.SCALE):
        return Answer(False, "The plan is made in the design stage.")
    if record.is_pilot_lead or coordinates(actor, record) or covered(actor, Role.EVALUATOR, record):
        return YES
    return Answer(False, "The pilot's lead, coordinators and evaluators keep the plan.")


def write_lesson(actor: Actor, record: Record) -> Answer:
    """The lesson and the benefit outlast the plan: what was stopped teaches too."""
    reached = record.resume_stage or record.stage
    if reached is Stage.IDEA or (reached is Stage.DESIGN and record.stage is not Stage.CLOSED):
        return Answer(False, "A lesson is written once there is a pilot, or when the work has ended.")
    if record.is_pilot_lead or coordinates(actor, record) or covered(actor, Role.EVALUATOR, record):
        return YES
    return Answer(False, "The pilot's lead, coordinators and evaluators write the lesson.")


def record_readings(actor: Actor, record: Record) -> Answer:
    if record.stage not in (Stage.DESIGN, Stage.PILOT, Stage.SCALE, Stage.IN_SERVICE):
        return Answer(False, "Readings are recorded from the design stage on.")
    if record.is_pilot_lead or coordinates(actor, record) or covered(actor, Role.EVALUATOR, record):
        return YES
    return Answer(False, "The pilot's lead, coordinators and evaluators record readings.")


def verify_readings(actor: Actor, record: Record) -> Answer:
    if record.is_pilot_lead:
        return Answer(False, "Somebody other than the pilot's lead verifies the readings.")
    if coordinates(actor, record) or covered(actor, Role.EVALUATOR, record):
        return YES
    return Answer(False, "Coordinators and evaluators verify readings.")


def confirm_plan(actor: Actor, record: Record) -> Answer:
    """The second name under a plan; that it is another person's than the first the flow asks."""
    if record.stage not in (Stage.DESIGN, Stage.PILOT):
        return Answer(False, "The plan is locked before the pilot is launched.")
    if record.is_pilot_lead:
        return Answer(False, "Somebody other than the pilot's lead confirms the plan.")
    if any(covered(actor, role, record) for role in (Role.COORDINATOR, Role.EVALUATOR, Role.GATEKEEPER)):
        return YES
    return Answer(False, "Coordinators, evaluators and gatekeepers confirm the plan.")


def give_verdicts(actor: Actor, record: Record) -> Answer:
    if (record.resume_stage or record.stage) not in (Stage.PILOT, Stage.SCALE):
        return Answer(False, "Verdicts are given while the pilot runs.")
    if record.is_pilot_lead:
        return Answer(False, "Somebody other than the pilot's lead records the verdicts.")
    if coordinates(actor, record) or covered(actor, Role.EVALUATOR, record):
        return YES
    return Answer(False, "Evaluators and coordinators record the verdicts.")


def accept_ownership(actor: Actor, record: Record) -> Answer:
    if record.stage not in (Stage.PILOT, Stage.SCALE):
        return Answer(False, "The product is handed over once the pilot runs.")
    if record.is_product_owner:
        return YES
    return Answer(False, "The product owner accepts in person.")


def prepare_scaling(actor: Actor, record: Record) -> Answer:
    if record.stage not in (Stage.DESIGN, Stage.PILOT, Stage.SCALE):
        return Answer(False, "Scaling is prepared from the design stage on.")
    if (
        record.is_pilot_lead
        or record.is_product_owner
        or coordinates(actor, record)
        or covered(actor, Role.EVALUATOR, record)
        or actor.holds_for(Role.AGENCY_LEAD, agency_id=record.agency_id)
    ):
        return YES
    return Answer(
        False, "The pilot's lead, the product owner, the agency's lead and the incubator prepare it."
    )


def approve_scaling(actor: Actor, record: Record) -> Answer:
    if record.stage not in (Stage.DESIGN, Stage.PILOT, Stage.SCALE):
        return Answer(False, "Approvals are given from the design stage on.")
    if record.is_pilot_lead:
        return Answer(False, "Somebody other than the pilot's lead records approvals.")
    if coordinates(actor, record) or covered(actor, Role.EVALUATOR, record):
        return YES
    return Answer(False, "Coordinators and evaluators record approvals.")


def use_lesson(actor: Actor, record: Record) -> Answer:
    if (
        record.is_author
        or record.is_pilot_lead
        or actor.holds_for(Role.AGENCY_LEAD, agency_id=record.agency_id)
        or coordinates(actor, record)
        or covered(actor, Role.EVALUATOR, record)
    ):
        return YES
    return Answer(False, "The people who work on this record note which lessons it uses.")


def screen_ai(actor: Actor, record: Record) -> Answer:
    if record.stage is Stage.CLOSED:
        return Answer(False, "This work has ended.")
    return use_lesson(actor, record)


def endorse_ai(actor: Actor, record: Record) -> Answer:
    if actor.holds_for(Role.AGENCY_LEAD, agency_id=record.agency_id):
        return YES
    return Answer(False, "The agency's IT director is the front door for uses of AI.")


def answer_escalation(actor: Actor, record: Record) -> Answer:
    if own_agency(actor, record.agency_id):
        return Answer(False, "You belong to the agency that proposed this, so others answer.")
    if covered(actor, Role.LEADERSHIP, record) or coordinates(actor, record):
        return YES
    return Answer(False, "Leadership, or a coordinator for the Governor's Office, records the answer.")


def report_progress(actor: Actor, record: Record) -> Answer:
    if record.stage not in (Stage.PILOT, Stage.SCALE):
        return Answer(False, "Progress is reported while the pilot runs.")
    if record.is_pilot_lead or coordinates(actor, record):
        return YES
    return Answer(False, "The pilot's lead reports progress.")


def accept_progress(actor: Actor, record: Record) -> Answer:
    if record.is_pilot_lead:
        return Answer(False, "Somebody other than the pilot's lead accepts the report.")
    if coordinates(actor, record):
        return YES
    return Answer(False, "Coordinators accept progress reports.")
