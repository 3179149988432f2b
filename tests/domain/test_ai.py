"""The rule table of AI levels, over every combination of answers; the practices; the routing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from incubator.domain.ai import Affected, AiLevel, Autonomy, EscalationAnswer, Reversibility
from incubator.domain.ai_rules import (
    NOT_INVOLVED,
    NOTHING_RAISES_IT,
    PRACTICES,
    RULES,
    AiAnswers,
    AiState,
    ai_state,
    answers_from,
    check_due,
    practices_for,
    rate,
)

BOTH = (False, True)
EVERY = [
    AiAnswers(True, "Sorts letters", *rest)
    for rest in product(BOTH, BOTH, BOTH, Autonomy, Affected, Reversibility, BOTH, BOTH)
]
LOW = AiAnswers(purpose="Sorts letters")
MEDIUM = replace(LOW, personal=True)
HIGH = replace(LOW, principal=True)


def expected(a: AiAnswers) -> AiLevel:
    """The rules again in one expression each, written apart from the table."""
    public = a.affected in (Affected.SOME, Affected.MANY)
    if a.principal or (
        public and (a.autonomy is Autonomy.ACTS_ALONE or a.reversibility is Reversibility.NEVER)
    ):
        return AiLevel.HIGH
    if (
        a.personal
        or a.data_leave
        or a.affected is Affected.MANY
        or (a.generative and public)
        or a.autonomy is Autonomy.ACTS_ALONE
        or a.reversibility is not Reversibility.EASILY
    ):
        return AiLevel.MEDIUM
    return AiLevel.LOW


def test_every_combination_of_answers_has_its_level():
    assert len(EVERY) == 2**3 * 27 * 2**2
    assert [a for a in EVERY if rate(a).level is not expected(a)] == []
    counts = {level: sum(rate(a).level is level for a in EVERY) for level in AiLevel}
    assert counts == {AiLevel.LOW: 12, AiLevel.MEDIUM: 260, AiLevel.HIGH: 592}


def test_no_answer_that_adds_a_risk_ever_lowers_the_level():
    order = list(AiLevel)
    for a in EVERY:
        for name in ("generative", "principal", "personal", "data_leave", "vendor_model"):
            worse = replace(a, **{name: True})
            assert order.index(rate(worse).level) >= order.index(rate(a).level)


def test_high_impact_is_the_principal_basis_alone_and_always_high():
    for a in EVERY:
        assert rate(a).high_impact is a.principal
        assert not a.principal or rate(a).level is AiLevel.HIGH


def test_every_rule_is_the_only_reason_for_some_use():
    for rule in RULES:
        assert [a for a in EVERY if [r for r in RULES if r.holds(a)] == [rule]], rule.key


def test_the_table_begins_with_the_highest():
    levels = [list(AiLevel).index(rule.level) for rule in RULES]
    assert levels == sorted(levels, reverse=True)


def test_the_grounds_are_those_of_the_level_and_the_others_are_kept_apart():
    rating = rate(replace(HIGH, personal=True, data_leave=True))
    assert rating.because == (
        "its output is a principal basis for decisions about people's rights, services or safety",
    )
    assert rating.also == ("it handles personal information", "data leave the systems the state controls")
    assert rate(LOW).because == (NOTHING_RAISES_IT,)


def test_what_involves_no_ai_is_low_whatever_else_was_answered():
    rating = rate(replace(HIGH, involved=False))
    assert (rating.level, rating.high_impact, rating.because) == (AiLevel.LOW, False, (NOT_INVOLVED,))
    assert practices_for(replace(HIGH, involved=False), AiLevel.LOW) == ()


@pytest.mark.parametrize(
    ("answers", "keys"),
    [
        (LOW, ["risk_assessment"]),
        (replace(LOW, vendor_model=True), ["risk_assessment", "vendor_facts"]),
        (MEDIUM, ["risk_assessment", "testing", "training", "monitoring"]),
        (
            HIGH,
            [
                "risk_assessment",
                "testing",
                "training",
                "monitoring",
                "impact_assessment",
                "oversight",
                "appeal",
                "feedback",
            ],
        ),
        (
            replace(LOW, generative=True, affected=Affected.SOME),
            ["risk_assessment", "notice", "testing", "training", "monitoring"],
        ),
    ],
)
def test_the_practices_of_each_level(answers, keys):
    assert [practice.key for practice in practices_for(answers, rate(answers).level)] == keys


def test_answers_come_back_as_they_were_kept():
    for a in EVERY[::37]:
        assert answers_from(a.kept()) == a
    assert answers_from({}) == AiAnswers()


ALL = frozenset(practice.key for practice in PRACTICES)


def test_what_uses_no_ai_has_nothing_to_wait_for():
    assert ai_state(uses_ai=False, answers=None) == AiState()
    assert AiState().ready


def test_what_uses_ai_waits_for_its_questions():
    state = ai_state(uses_ai=True, answers=None)
    assert (state.ready, state.screened, state.missing) == (False, False, ("The AI questions are answered",))


def test_low_and_medium_need_the_front_door_and_their_practices_only():
    for answers in (LOW, MEDIUM):
        assert ai_state(uses_ai=True, answers=answers, endorsed=True, settled=ALL).ready
        assert ai_state(uses_ai=True, answers=answers, settled=ALL).missing == (
            "The agency's IT director endorses the use",
        )


@pytest.mark.parametrize(
    ("escalated", "answer", "settled", "missing"),
    [
        (False, None, False, "The use is escalated to the Governor's Office"),
        (True, None, False, "The Governor's Office answers the escalation"),
        (True, EscalationAnswer.ALLOWED, True, None),
        (True, EscalationAnswer.ALLOWED_WITH_LIMITS, True, None),
        (
            True,
            EscalationAnswer.REFUSED,
            False,
            "The Governor's Office has refused this use: change it and ask again",
        ),
    ],
)
def test_high_goes_up_and_waits_for_its_answer(escalated, answer, settled, missing):
    state = ai_state(
        uses_ai=True, answers=HIGH, endorsed=True, escalated=escalated, answer=answer, settled=ALL
    )
    assert state.escalation_settled is settled
    assert state.missing == (() if missing is None else (missing,))
    assert state.refused is (answer is EscalationAnswer.REFUSED)


def test_what_is_done_in_use_does_not_hold_up_a_launch():
    before = {practice.key for practice in PRACTICES if practice.before_launch}
    assert ALL - before == {"monitoring", "feedback"}
    state = ai_state(
        uses_ai=True,
        answers=HIGH,
        endorsed=True,
        escalated=True,
        answer=EscalationAnswer.ALLOWED,
        settled=frozenset(before),
    )
    assert state.ready


@pytest.mark.parametrize(
    ("level", "launched", "next_on", "checked", "due"),
    [
        (AiLevel.LOW, date(2026, 1, 1), None, False, None),
        (AiLevel.MEDIUM, date(2026, 1, 1), None, False, date(2026, 4, 1)),
        (AiLevel.HIGH, None, None, False, None),
        (AiLevel.HIGH, date(2026, 1, 1), date(2026, 9, 1), True, date(2026, 9, 1)),
        (AiLevel.LOW, date(2026, 1, 1), date(2026, 9, 1), True, date(2026, 9, 1)),
        (AiLevel.LOW, date(2026, 1, 1), None, True, None),
        (None, date(2026, 1, 1), None, False, None),
    ],
)
def test_when_the_next_check_is_due(level, launched, next_on, checked, due):
    assert check_due(level, launched, next_on, checked=checked) == due
