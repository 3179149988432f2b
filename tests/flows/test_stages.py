"""Random lives of records: whatever is decided, a record is in one lawful place at a time."""

from __future__ import annotations

import itertools
from datetime import timedelta

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incubator.domain import gates
from incubator.domain.gates import GATES, STOP_REASONS, NewCondition
from incubator.domain.roles import Role
from incubator.domain.stages import STAGE_OF, Outcome, Stage, Step
from incubator.flows import returning
from incubator.flows.readiness import close_condition, extend_deadline
from incubator.models.gates import Condition, Decision, GateCheck
from incubator.models.pilots import Metric, Pilot
from incubator.models.proposals import Proposal, StageSpell
from incubator.queries.gate_evidence import digest
from tests.flows.deciders import add_benefit, confirm, decide, fill_plan, read

choices = st.lists(st.integers(min_value=0, max_value=10_000), min_size=1, max_size=9)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(choices=choices)
def test_random_lives(session, world, choices):
    life = Life(session, world)
    for choice in choices:
        life.step(choice)
        life.check()


class Life:
    """A record and people who decide on it as chance has it."""

    def __init__(self, session, world) -> None:
        self.session, self.world = session, world
        self.now = world.now
        person = world.person("", Role.GATEKEEPER, Role.COORDINATOR)
        self.actor = world.actor(person)
        self.lead = world.person()
        self.target = world.proposal(step=Step.DESIGN)
        call = world.call(reviews_required=0)
        self.record: Proposal = world.proposal(
            step=Step.SCREENING, call=call, stage_entered_at=self.now, step_entered_at=self.now
        )
        session.query(StageSpell).filter_by(proposal_id=self.record.id).update({"entered_at": self.now})

    def step(self, choice: int) -> None:
        self.now += timedelta(days=1 + choice % 40)
        record = self.record
        if record.stage is Stage.ON_HOLD:
            self._return(returning.resume)
        elif record.stage is Stage.CLOSED:
            back = (record.resume_stage, *gates.earlier_stages(record.resume_stage))
            self._return(returning.revive, stage=back[choice % len(back)])
        elif record.step is Step.INFORMATION:
            # The agency answers; that flow is its own, the move is this one's.
            record.step = Step.SCREENING
            self.session.flush()
        else:
            self._decide(choice)

    def _return(self, act, **more) -> None:
        act(
            self.session,
            self.actor,
            proposal_id=self.record.id,
            reason="It goes on.",
            seen_version=self.record.version,
            now=self.now,
            **more,
        )

    def _decide(self, choice: int) -> None:
        possible = gates.current_gates(self.record.step)
        gate = possible[choice % len(possible)]
        outcome = gate.outcomes[choice // 7 % len(gate.outcomes)]
        if outcome in gates.ADVANCES:
            self._make_ready(gate)
        earlier = gates.earlier_stages(self.record.stage)
        due_on = self.record.due_on
        # More time must lead past today.
        in_time = due_on is not None and due_on + timedelta(days=9) > self.now.date()
        if choice % 5 == 0 and in_time and not self._extended():
            extend_deadline(
                self.session, self.actor, proposal_id=self.record.id, days=9, reason="Time.", now=self.now
            )
        decide(
            self.session,
            self.actor,
            self.record,
            gate.key,
            outcome,
            self.now,
            end_reason=STOP_REASONS[choice % len(STOP_REASONS)],
            hold_until=self.now.date() + timedelta(days=20),
            back_to=earlier[choice % len(earlier)] if earlier else None,
            transferred_to="The county",
            merged_into_id=self.target.id,
            conditions=[NewCondition("Do it", self.now.date(), "Somebody")],
        )

    def _extended(self) -> bool:
        from incubator.queries.gates import extended_since

        return bool(extended_since(self.session, self.record.id, self.record.stage_entered_at))

    def _make_ready(self, gate) -> None:
        record, session = self.record, self.session
        self.world.now = self.now
        session.query(GateCheck).filter_by(proposal_id=record.id, gate=gate.key).delete()
        confirm(self.world, record, gate.key)
        pilot = session.scalars(sa.select(Pilot).where(Pilot.proposal_id == record.id)).one_or_none()
        if record.stage is not Stage.IDEA:
            if pilot is None or not session.query(Metric).filter_by(pilot_id=pilot.id).count():
                pilot = fill_plan(self.world, record, self.lead, pilot)
            read(self.world, pilot)
            pilot.lesson = "Learned."
            add_benefit(self.world, record, months=len(session.scalars(sa.select(Decision.id)).all()) + 1)
        for condition in session.scalars(
            sa.select(Condition).where(Condition.proposal_id == record.id, Condition.closed_at.is_(None))
        ):
            close_condition(session, self.actor, condition_id=condition.id, note="Done.", now=self.now)

    def check(self) -> None:
        record = self.record
        self.session.flush()
        self.session.expire_all()
        assert STAGE_OF[record.step] is record.stage
        assert (
            (record.stage is Stage.CLOSED) is (record.outcome is not None) is (record.closed_at is not None)
        )
        assert (record.end_reason is not None) is (record.stage is Stage.CLOSED)
        assert (record.resume_stage is not None) is (record.stage in (Stage.ON_HOLD, Stage.CLOSED))
        assert record.resume_stage not in (Stage.ON_HOLD, Stage.CLOSED)
        assert (record.hold_until is not None) is (record.stage is Stage.ON_HOLD)
        assert (record.merged_into_id is not None) is (record.outcome is Outcome.MERGE)
        if record.midpoint_passed:
            reached = record.resume_stage or record.stage
            assert reached in (Stage.PILOT, Stage.SCALE, Stage.IN_SERVICE)
        self._check_spells()
        self._check_decisions()

    def _check_spells(self) -> None:
        spells = self.session.scalars(
            sa.select(StageSpell).where(StageSpell.proposal_id == self.record.id).order_by(StageSpell.id)
        ).all()
        assert [spell.stage for spell in spells if spell.left_at is None] == [self.record.stage]
        assert spells[-1].left_at is None
        assert spells[-1].entered_at == self.record.stage_entered_at
        for before, after in itertools.pairwise(spells):
            assert before.entered_at < before.left_at == after.entered_at
            assert before.stage is not after.stage
            assert before.next_stage is after.stage

    def _check_decisions(self) -> None:
        decisions = self.session.scalars(
            sa.select(Decision).where(Decision.proposal_id == self.record.id).order_by(Decision.id)
        ).all()
        for decision in decisions:
            assert decision.outcome in GATES[decision.gate].outcomes
            assert decision.evidence_sha256 == digest(decision.evidence)
            assert len(decision.evidence["decisions"]) == decisions.index(decision)
