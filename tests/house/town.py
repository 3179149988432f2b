"""A small state with two agencies, one person per role, and a record at each stage in both: what the checks
of the whole walk through. `OWN` is the agency to which every limited role is limited."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from incubator.domain.ai import AiLevel
from incubator.domain.ai_rules import AiAnswers
from incubator.domain.benefits import BenefitKind
from incubator.domain.conflicts import TieKind
from incubator.domain.evaluation import Advice, AlertKind
from incubator.domain.gates import GateKey
from incubator.domain.panels import NoteAudience
from incubator.domain.pilots import Cadence, CriterionKind, Direction
from incubator.domain.roles import AGENCY_ROLES, Role
from incubator.domain.stages import Outcome, Stage, Step
from incubator.models.accounts import Person, RoleGrant
from incubator.models.agencies import Agency, Commitment, Contact, Meeting, Need, Party, Survey, Unit
from incubator.models.ai import AiScreening
from incubator.models.assignment import CallReviewer
from incubator.models.benefits import PromisedBenefit
from incubator.models.calls import Call
from incubator.models.conflicts import VendorTie
from incubator.models.evaluation import EvaluationLock, GuardrailAlert, ProcessChange
from incubator.models.gates import Condition, ContraryDecision, Decision
from incubator.models.inventory import ImportBatch, MergeSuggestion
from incubator.models.jobs import Job
from incubator.models.panels import PanelNote
from incubator.models.pilots import (
    BudgetLine,
    Expense,
    Metric,
    Milestone,
    Pilot,
    ProgressReport,
    Reading,
    Risk,
    Site,
)
from incubator.models.priorities import PriorityList, PriorityMove
from incubator.models.proposals import Attachment, Proposal, Revision
from incubator.models.screening import Snippet
from tests.world import World

NOBODY = "no role"
OF_A_CALL = {"call coordinator": Role.COORDINATOR, "panel chair": Role.GATEKEEPER}
"""Who works on the own call as a whole: assigning, ranking, the panel, the release."""
STEPS = (
    Step.DRAFT,
    Step.SIGN_OFF,
    Step.SCREENING,
    Step.INFORMATION,
    Step.REVIEW,
    Step.DESIGN,
    Step.RUNNING,
    Step.SCALING,
    Step.IN_SERVICE,
    Step.ON_HOLD,
    Step.CLOSED,
)


@dataclass
class Side:
    """One agency with its records and the rows that belong to its running pilot."""

    agency: Agency
    call: Call
    records: dict[Step, Proposal] = field(default_factory=dict)
    ids: dict[str, Any] = field(default_factory=dict)


@dataclass
class Town:
    own: Side
    other: Side
    people: dict[str, Person]


def found_town(world: World) -> Town:
    own, other = _side(world, "OWN"), _side(world, "OTH")
    people = {role.value: _person(world, role, own) for role in Role}
    for name, role in OF_A_CALL.items():
        people[name] = world.person(f"The {name}")
        world.add(RoleGrant(person_id=people[name].id, role=role, call_id=own.call.id, granted_at=world.now))
    own.call.chair_id = people["panel chair"].id
    people[NOBODY] = world.person("Noor Norole")
    for side in (own, other):
        _people_it(world, side, people if side is own else None)
    return Town(own, other, people)


def _side(world: World, code: str) -> Side:
    agency = world.agency(code, f"Department {code}")
    return Side(agency, world.call(f"Call {code}", slug=f"call-{code.lower()}"))


def _person(world: World, role: Role, own: Side) -> Person:
    home = own.agency if role in AGENCY_ROLES else None
    if role is Role.ADMINISTRATOR:
        return world.person(f"The {role.value}", role)
    person = world.person(f"The {role.value}", agency=home)
    # Outside its agency a role must find nothing; so all but the administrator's are limited.
    world.add(RoleGrant(person_id=person.id, role=role, agency_id=own.agency.id, granted_at=world.now))
    return person


def _people_it(world: World, side: Side, people: dict[str, Person] | None) -> None:
    author = people["submitter"] if people else world.person("", (Role.SUBMITTER, side.agency))
    lead = people["pilot_lead"] if people else world.person("", Role.PILOT_LEAD)
    reviewer = people["reviewer"] if people else world.person("", Role.REVIEWER)
    for step in STEPS:
        more: dict[str, Any] = {"resume_stage": Stage.PILOT} if step is Step.ON_HOLD else {}
        proposal = world.proposal(
            f"{side.agency.code} {step.value}",
            agency=side.agency,
            call=side.call,
            step=step,
            authors=(author,),
            **more,
        )
        side.records[step] = proposal
        if step not in (Step.DRAFT, Step.SIGN_OFF):
            world.add(
                Revision(
                    proposal_id=proposal.id,
                    number=1,
                    content={},
                    sha256="0" * 64,
                    form_version=1,
                    submitted_at=world.now,
                )
            )
        if step in (Step.DESIGN, Step.RUNNING, Step.SCALING, Step.IN_SERVICE):
            taught = "Salt ate the cables." if step is Step.SCALING else ""
            world.pilot(proposal, lead_id=lead.id, lesson=taught)
    review = world.review(side.records[Step.REVIEW], reviewer)
    note = world.add(
        PanelNote(
            proposal_id=side.records[Step.REVIEW].id,
            author_id=people["gatekeeper"].id if people else lead.id,
            audience=NoteAudience.PANEL,
            text="Costs look low.",
            written_at=world.now,
        )
    )
    world.add(CallReviewer(call_id=side.call.id, person_id=reviewer.id, most=5, added_at=world.now))
    tie = VendorTie(
        person_id=reviewer.id,
        kind=TieKind.CONTRACT,
        vendor="Acme",
        vendor_key="acme",
        declared_at=world.now,
    )
    world.add(
        AiScreening(
            proposal_id=side.records[Step.RUNNING].id,
            answers=AiAnswers(purpose="Sorts letters", principal=True).kept(),
            level=AiLevel.HIGH,
            high_impact=True,
            assessed_at=world.now,
        )
    )
    side.ids |= {
        "source": side.records[Step.SCALING].number,
        "review_id": review.id,
        "note_id": note.id,
        "person_id": author.id,
        "sign_in_id": 0,
        "tie_id": world.add(tie).id,
        "proposal_id": side.records[Step.REVIEW].id,
    }
    _fill_pilot(world, side)
    _fill_agency(world, side, author)


def _fill_pilot(world: World, side: Side) -> None:
    proposal, now = side.records[Step.RUNNING], world.now
    pilot_id = world.session.query(Pilot).filter_by(proposal_id=proposal.id).one().id
    metric = world.add(
        Metric(
            pilot_id=pilot_id,
            name="Days to answer",
            unit="days",
            direction=Direction.DOWN,
            cadence=Cadence.MONTHLY,
            baseline=12.0,
            target=5.0,
        )
    )
    for month in range(1, 5):
        world.add(
            Reading(metric_id=metric.id, taken_on=date(2026, month, 1), value=12.0 - month, recorded_at=now)
        )
    guardrail = world.add(
        Metric(
            pilot_id=pilot_id,
            name="Complaints",
            unit="a week",
            direction=Direction.DOWN,
            kind=CriterionKind.GUARDRAIL,
            cadence=Cadence.WEEKLY,
            baseline=5.0,
            target=9.0,
        )
    )
    guarded = world.add(
        Reading(metric_id=guardrail.id, taken_on=date(2026, 4, 1), value=10.0, recorded_at=now)
    )
    rows = {
        "metric_id": metric,
        "lock_id": EvaluationLock(
            pilot_id=pilot_id,
            content={"plan": {}, "criteria": []},
            sha256="0" * 64,
            proposed_at=now,
            proposed_by_id=world.person("Who proposed the plan").id,
            underpowered=[],
        ),
        "change_id": ProcessChange(
            pilot_id=pilot_id, happened_on=date(2026, 8, 1), what="A second clerk", recorded_at=now
        ),
        "alert_id": GuardrailAlert(
            metric_id=guardrail.id, reading_id=guarded.id, kind=AlertKind.LIMIT, raised_at=now
        ),
        "site_id": Site(pilot_id=pilot_id, name="Main office"),
        "milestone_id": Milestone(proposal_id=proposal.id, title="First site", due_on=date(2026, 12, 1)),
        "risk_id": Risk(proposal_id=proposal.id, title="Staff leave", likelihood=2, impact=3),
        "expense_id": Expense(
            proposal_id=proposal.id,
            category="Staff",
            spent_on=date(2026, 7, 1),
            cents=5_000,
            what="Time",
            recorded_at=now,
        ),
        "report_id": ProgressReport(proposal_id=proposal.id, period="2026-10"),
        "promise_id": PromisedBenefit(
            proposal_id=proposal.id,
            name="Time of clerks",
            kind=BenefitKind.HOURS,
            owner_name="The office",
            low=10_000,
            likely=20_000,
            high=30_000,
            years=3,
        ),
        "line_id": BudgetLine(proposal_id=proposal.id, category="Staff", cents=90_000),
        "attachment_id": Attachment(
            proposal_id=proposal.id,
            name="plan.pdf",
            media_type="application/pdf",
            size=3,
            sha256="0" * 64,
            storage_key=f"no file {proposal.id}",
            added_at=now,
            removed_at=now,
        ),
        "decision_id": Decision(
            proposal_id=proposal.id,
            gate=GateKey.G2,
            outcome=Outcome.ADVANCE_WITH_CONDITIONS,
            from_stage=Stage.DESIGN,
            to_stage=Stage.PILOT,
            reason="Ready.",
            decided_at=now,
            evidence={},
            evidence_sha256="0" * 64,
        ),
    }
    for name, row in rows.items():
        side.ids[name] = world.add(row).id
    side.ids["contrary_id"] = world.add(
        ContraryDecision(
            proposal_id=proposal.id,
            gate=GateKey.G4,
            outcome=Outcome.ADVANCE,
            reason="It helps.",
            advice=Advice.WAIT,
            against_advice="The winter was mild.",
            details={"end_reason": None, "conditions": [], "verdicts": []},
            seen_version=proposal.version,
            proposed_at=now,
            proposed_by_id=world.person().id,
        )
    ).id
    condition = Condition(
        decision_id=side.ids["decision_id"],
        proposal_id=proposal.id,
        text="Name a product owner",
        owner_name="The office",
        due_on=now.date() + timedelta(days=20),
    )
    side.ids["condition_id"] = world.add(condition).id
    side.ids["file_id"] = side.ids["attachment_id"]


def _fill_agency(world: World, side: Side, author: Person) -> None:
    agency, now = side.agency, world.now
    rows = {
        "unit_id": Unit(agency_id=agency.id, name="Front desk"),
        "contact_id": Contact(agency_id=agency.id, name="Pat Desk"),
        "need_id": Need(agency_id=agency.id, title="Fewer forms", problem="Too many", rank=1, stated_at=now),
        "commitment_id": Commitment(
            agency_id=agency.id, party=Party.AGENCY, promise="Name a contact", made_at=now
        ),
        "meeting_id": Meeting(agency_id=agency.id, title="Kick-off", held_on=now.date()),
        "survey_id": Survey(
            agency_id=agency.id,
            title="Pulse",
            questions=[{"key": "q1", "text": "It helps"}],
            invited=5,
            opened_at=now,
        ),
        "batch_id": ImportBatch(file_name="inventory.csv", sha256="0" * 64, uploaded_at=now),
        "job_id": Job(kind="nothing", created_at=now),
        "snippet_id": Snippet(title="More data", body="Please tell us more."),
        "list_id": PriorityList(call_id=side.call.id, changed_at=now),
    }
    for name, row in rows.items():
        side.ids[name] = world.add(row).id
    running = side.records[Step.RUNNING].id
    move = PriorityMove(
        list_id=side.ids["list_id"],
        proposal_id=running,
        from_position=2,
        to_position=1,
        reason="Law",
        moved_at=now,
    )
    twins = MergeSuggestion(
        batch_id=side.ids["batch_id"],
        first_id=side.records[Step.SCREENING].id,
        second_id=running,
        reason="The same title",
        similarity=0.9,
    )
    side.ids |= {
        "move_id": world.add(move).id,
        "suggestion_id": world.add(twins).id,
        "rubric_id": side.call.rubric_id,
        "grant_id": world.session.query(RoleGrant).filter_by(person_id=author.id).first().id,
    }
