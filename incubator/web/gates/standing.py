"""Where a record stands: its next gate, what is missing, conditions and decisions so far."""

from __future__ import annotations

from typing import Any

from incubator.domain import gates as rules
from incubator.domain.access import Action, can_on_record, is_sealed
from incubator.domain.clock import office_day
from incubator.domain.gate_rules import may_check, may_decide
from incubator.domain.gates import GATES, Gate
from incubator.domain.next_steps import gate_of
from incubator.domain.releases import reads_feedback
from incubator.domain.stages import Step
from incubator.extensions import db
from incubator.queries import advice, contrary, feedback, gate_evidence
from incubator.queries import gates as query
from incubator.queries.next_steps import NextStep
from incubator.queries.records import RecordHead
from incubator.web import next_steps
from incubator.web.gates import advising, wording
from incubator.web.gates.asked import days_of, decided_together
from incubator.web.gates.blueprint import blueprint
from incubator.web.guards import on_record
from incubator.web.next_steps import waiting_on
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now


@blueprint.get("/pilots/<number>/gates", endpoint="on_record")
@on_record(Action.VIEW)
def show(record: RecordHead) -> Any:
    actor, moment, session = current_actor(), now(), db.session()
    whole = bool(can_on_record(actor, Action.SEE_INTERNAL, record.facts)) or bool(
        can_on_record(actor, Action.CHECK_READINESS, record.facts)
    )
    internal = bool(can_on_record(actor, Action.SEE_INTERNAL, record.facts))
    gate = None if record.facts.is_published else gate_of(record.step, midpoint_passed=record.midpoint_passed)
    found = next_steps.of_record(record)
    decisions = query.decisions(session, record.id)
    extended = query.extended_since(session, record.id, record.stage_entered_at)
    judged = whole and record.step is Step.RUNNING
    standing = advice.standing(session, record.id) if judged else None
    frozen = gate_evidence.frozen(session, record.id) if internal and decisions else {}
    return render_record(
        "pages/gates/on_record.html",
        record,
        gate=gate,
        needs=_needs(record, gate, found, whole=whole),
        who=waiting_on(found, named=next_steps.names_people(record)),
        whole=whole,
        internal=internal,
        open_gates=[one for one in rules.current_gates(record.step) if may_decide(actor, one, record.facts)],
        dossier=gate is not None and gate in rules.current_gates(record.step),
        may_decide=bool(can_on_record(actor, Action.DECIDE, record.facts)),
        sees_scores=bool(can_on_record(actor, Action.SEE_SCORES, record.facts)),
        decisions=[one for one in decisions if one.amends_id is None],
        amendments=_by_earlier(decisions),
        conditions=query.conditions(session, record.id),
        frozen={key: advising.readable(content) for key, content in frozen.items()},
        feedback=feedback.feedback(session, record.id) if reads_feedback(actor, record.facts) else None,
        extended=extended,
        may_extend=gate is not None
        and record.due_on is not None
        and not extended
        and bool(may_decide(actor, gate, record.facts)),
        days=days_of(record),
        gates=GATES,
        together=decided_together(record, gate),
        today=office_day(moment),
        proposed=advising.proposed(standing)
        if standing and (standing.lock.is_locked or standing.criteria)
        else None,
        waiting=contrary.open_on(session, record.id) if judged and internal else None,
        me=actor.person_id,
    )


def _needs(record: RecordHead, gate: Gate | None, found: NextStep, *, whole: bool) -> list[wording.Need]:
    if gate is None:
        return []
    session, actor = db.session(), current_actor()
    state = query.gate_state(session, record.id, gate, now=now())
    return wording.readiness_list(
        gate,
        state,
        record,
        people=found.meeting if whole else {},
        answerable={need.key: bool(may_check(actor, need, record.facts)) for need in gate.must_meets},
        whole=whole,
        sealed=is_sealed(actor, record.facts),
    )


def _by_earlier(decisions: tuple[query.DecisionRow, ...]) -> dict[int, list[query.DecisionRow]]:
    found: dict[int, list[query.DecisionRow]] = {}
    for decision in reversed(decisions):
        if decision.amends_id is not None:
            found.setdefault(decision.amends_id, []).append(decision)
    return found
