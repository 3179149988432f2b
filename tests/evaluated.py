"""What a pilot needs before its gates, laid down straight in the tables: a locked plan, verdicts, readiness."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from incubator.domain.ai import AiLevel, PracticeState
from incubator.domain.ai_rules import answers_from, practices_for
from incubator.domain.evaluation import Verdict
from incubator.domain.gates import GateKey
from incubator.domain.pilots import Cadence, CriterionKind, Direction
from incubator.domain.scaling import ApprovalArea, ApprovalState
from incubator.models.ai import AiPractice, AiScreening
from incubator.models.evaluation import CriterionVerdict, EvaluationLock
from incubator.models.pilots import Metric, Pilot
from incubator.models.proposals import Proposal
from incubator.models.scaling import ScaleApproval, ScaleReadiness


def pilot_of(world: Any, proposal: Proposal) -> Pilot:
    """The record's pilot, begun when there is none."""
    found = world.session.scalars(sa.select(Pilot).where(Pilot.proposal_id == proposal.id)).one_or_none()
    return found or world.pilot(proposal)


def criterion(
    world: Any,
    proposal: Proposal,
    name: str = "Wait",
    kind: CriterionKind = CriterionKind.GOAL,
    **values: Any,
) -> Metric:
    """A criterion of the record's pilot: minutes, lower is better, from 50 to 20 by default."""
    values = {
        "unit": "minutes",
        "direction": Direction.DOWN,
        "baseline": 50,
        "target": 20,
        "cadence": Cadence.MONTHLY,
        **values,
    }
    metric: Metric = world.add(Metric(pilot_id=pilot_of(world, proposal).id, name=name, kind=kind, **values))
    return metric


def lock(world: Any, proposal: Proposal, **values: Any) -> EvaluationLock:
    """A plan locked by two people."""
    values = {
        "content": {"question": "Does it help?"},
        "sha256": "1" * 64,
        "proposed_at": world.now,
        "confirmed_at": world.now,
        **values,
    }
    if "proposed_by_id" not in values:
        values["proposed_by_id"] = world.person().id
    if values["confirmed_at"] is not None and "confirmed_by_id" not in values:
        values["confirmed_by_id"] = world.person().id
    row: EvaluationLock = world.add(EvaluationLock(pilot_id=pilot_of(world, proposal).id, **values))
    return row


def verdict(
    world: Any, metric: Metric, said: Verdict = Verdict.MET, *, harm: bool = False, **values: Any
) -> CriterionVerdict:
    """A standing verdict on the criterion; the one that stood is replaced."""
    world.session.execute(
        sa.update(CriterionVerdict)
        .where(CriterionVerdict.metric_id == metric.id, CriterionVerdict.replaced_at.is_(None))
        .values(replaced_at=world.now)
    )
    values = {
        "promised": -30.0,
        "estimate": -34.0,
        "low": -37.5,
        "high": -31.0,
        "completeness": 1.0,
        "horizon_on": date(2026, 10, 1),
        "content": {},
        "inputs_sha256": "2" * 64,
        "plan_sha256": "1" * 64,
        "post_hoc": metric.post_hoc_at is not None,
        "given_at": world.now,
        **values,
    }
    row: CriterionVerdict = world.add(
        CriterionVerdict(metric_id=metric.id, verdict=said, harm=harm, **values)
    )
    return row


def judge_all(world: Any, proposal: Proposal, said: Verdict = Verdict.MET) -> None:
    """The same verdict on every goal and guardrail; a goal is added where there is none."""
    wanted = (
        sa.select(Metric)
        .join(Pilot, Pilot.id == Metric.pilot_id)
        .where(Pilot.proposal_id == proposal.id, Metric.kind != CriterionKind.CONTEXT)
        .order_by(Metric.id)
    )
    metrics = list(world.session.scalars(wanted))
    if not any(metric.kind is CriterionKind.GOAL for metric in metrics):
        metrics.append(criterion(world, proposal))
    for metric in metrics:
        verdict(world, metric, said)


def prepare_scaling(world: Any, proposal: Proposal, **values: Any) -> ScaleReadiness:
    """A product owner who accepted, the money, the route and the three approvals."""
    pilot = pilot_of(world, proposal)
    if pilot.product_owner_id is None:
        pilot.product_owner_id = world.person().id
    values = {
        "owner_accepted_at": world.now,
        "owner_accepted_by_id": pilot.product_owner_id,
        "recurring_cents": 40_000_00,
        "funding_line": "General fund, operations",
        "fiscal_year": 2027,
        "procurement": "The state's price agreement",
        "support": "The agency's service desk",
        "typicality": "Two of five regions, one of them rural",
        **values,
    }
    row: ScaleReadiness = world.add(ScaleReadiness(proposal_id=proposal.id, **values))
    for area in ApprovalArea:
        world.add(
            ScaleApproval(
                proposal_id=proposal.id,
                area=area,
                state=ApprovalState.APPROVED,
                note="Looked at.",
                given_at=world.now,
            )
        )
    return row


def screen_ai(world: Any, proposal: Proposal, level: AiLevel = AiLevel.LOW, **values: Any) -> AiScreening:
    """A use of AI that its agency's IT director endorsed, with its practices done."""
    values = {
        "answers": {},
        "high_impact": level is AiLevel.HIGH,
        "assessed_at": world.now,
        "endorsed_at": world.now,
        **values,
    }
    if values["endorsed_at"] is not None and "endorsed_by_id" not in values:
        values["endorsed_by_id"] = world.person().id
    row: AiScreening = world.add(AiScreening(proposal_id=proposal.id, level=level, **values))
    for practice in practices_for(answers_from(row.answers), level):
        world.add(
            AiPractice(
                screening_id=row.id,
                practice=practice.key,
                state=PracticeState.DONE,
                evidence="On file.",
                recorded_at=world.now,
            )
        )
    return row


def prepare(world: Any, proposal: Proposal, gate: GateKey) -> None:
    """What the gate asks of evaluation, scaling and AI, in place of the work behind it."""
    if gate is GateKey.G2:
        standing = sa.select(EvaluationLock.id).where(
            EvaluationLock.pilot_id == pilot_of(world, proposal).id, EvaluationLock.withdrawn_at.is_(None)
        )
        if world.session.scalars(standing).first() is None:
            lock(world, proposal)
        if proposal.uses_ai:
            screen_ai(world, proposal)
    if gate is GateKey.G4:
        judge_all(world, proposal)
        prepare_scaling(world, proposal)
