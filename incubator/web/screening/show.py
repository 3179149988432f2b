"""One proposal's screening: for coordinators to decide, for the agency to read and answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from incubator.domain import gates as rules
from incubator.domain.access import Action, can_on_record, own_agency
from incubator.domain.clock import office_day
from incubator.domain.errors import NotFound
from incubator.domain.gate_rules import may_decide
from incubator.domain.gates import GATES, CheckKind, GateKey
from incubator.domain.stages import PRIVATE_STEPS, Step
from incubator.extensions import db
from incubator.forms.screening import AnswerForm, DeclineForm, MergeForm, PassForm, QuestionForm, checks_form
from incubator.queries import gates as gate_query
from incubator.queries import screening as query
from incubator.queries.records import RecordHead
from incubator.web.guards import on_record
from incubator.web.record_pages import render_record
from incubator.web.screening.blueprint import blueprint
from incubator.web.sessions import current_actor, now

GATE = GATES[GateKey.G0]
CONFIRMED = tuple(need for need in GATE.must_meets if need.kind is CheckKind.CONFIRMED)


@dataclass(slots=True)
class Forms:
    """The forms of the page; those not given are fresh."""

    checks: Any = None
    question: Any = None
    answer: Any = None
    passing: Any = None
    decline: Any = None
    merge: Any = None
    failed: Any = field(init=False, default=None)

    def __post_init__(self) -> None:
        given = (self.checks, self.question, self.answer, self.passing, self.decline, self.merge)
        self.failed = next((form for form in given if form is not None and form.errors), None)


@blueprint.get("/pilots/<number>/screening", endpoint="show")
@on_record(Action.VIEW)
def show(record: RecordHead) -> Any:
    """The screening of a record; before it is handed in there is none."""
    return page(record)


def page(record: RecordHead, status: int = 200, **given: Any) -> Any:
    """The page, with a refused form in place of a fresh one."""
    if record.step in PRIVATE_STEPS:
        raise NotFound
    actor, session = current_actor(), db.session()
    screens = bool(can_on_record(actor, Action.SCREEN, record.facts))
    internal = bool(can_on_record(actor, Action.SEE_INTERNAL, record.facts))
    of_agency = record.facts.is_author or own_agency(actor, record.agency_id)
    state = gate_query.gate_state(session, record.id, GATE, now=now())
    forms = Forms(**given)
    open_now = record.step in (Step.SCREENING, Step.INFORMATION)
    if screens:
        _fill(forms, state)
    missing = rules.missing(GATE, state.readiness)
    return (
        render_record(
            "pages/screening/show.html",
            record,
            gate=GATE,
            needs=_needs(state, internal=internal),
            confirmed=CONFIRMED,
            missing=missing,
            open_now=open_now,
            screens=screens,
            internal=internal,
            deciding=record.step is Step.SCREENING and bool(may_decide(actor, GATE, record.facts)),
            answers=bool(can_on_record(actor, Action.ANSWER, record.facts)),
            forms=forms,
            answer_form=forms.answer or AnswerForm(formdata=None),
            questions=query.questions(session, record.id) if internal or of_agency else [],
            sent_back=query.sent_back_for(session, record.id) if record.step is Step.INFORMATION else None,
            duplicates=query.duplicates(
                session, actor, proposal_id=record.id, title=record.title, summary=record.summary
            )
            if screens and open_now
            else [],
            snippets=query.snippets(session) if screens and open_now else [],
            today=office_day(now()),
        ),
        status,
    )


def _fill(forms: Forms, state: gate_query.GateState) -> None:
    stored = {
        name: value
        for need in CONFIRMED
        if need.key in state.checks
        for name, value in (
            (f"met_{need.key}", query.choice_of(state.checks[need.key].met)),
            (f"note_{need.key}", state.checks[need.key].note),
        )
    }
    forms.checks = forms.checks or checks_form(CONFIRMED, formdata=None, data=stored)
    forms.question = forms.question or QuestionForm(formdata=None)
    forms.passing = forms.passing or PassForm(formdata=None)
    forms.decline = forms.decline or DeclineForm(formdata=None, reasons=rules.STOP_REASONS)
    forms.merge = forms.merge or MergeForm(formdata=None)


def _needs(state: gate_query.GateState, *, internal: bool) -> list[dict[str, Any]]:
    """The must-meets with what is known of them; notes only for those who may read the internal part."""
    listed = []
    for need in GATE.must_meets:
        check = state.checks.get(need.key)
        answer: bool | None
        if need.kind is CheckKind.AUTOMATIC:
            looked, answer = True, state.readiness.facts.get(need.key, False)
        else:
            looked, answer = check is not None, check.met if check else None
        listed.append(
            {
                "words": need.words,
                "mover": need.mover,
                "looked": looked,
                "met": answer,
                "automatic": need.kind is CheckKind.AUTOMATIC,
                "note": check.note if check and internal else "",
                "by": check.by if check and internal else None,
                "at": check.at if check and internal else None,
            }
        )
    return listed
