from __future__ import annotations

import pytest
import sqlalchemy as sa

from incubator.domain.errors import DomainError, Forbidden, StaleVersion
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.flows import screening as flow
from incubator.flows import snippets
from incubator.models.gates import GateCheck
from incubator.models.screening import InformationRequest


@pytest.fixture
def coordinator(world):
    return world.actor(world.person("Cora Dean", Role.COORDINATOR))


def test_checks_are_kept_all_or_none(world, session, now, coordinator):
    proposal = world.proposal()
    answers = {"real_problem": (True, ""), "no_market": (False, "")}
    with pytest.raises(DomainError) as refused, session.begin_nested():
        flow.check(
            session,
            coordinator,
            proposal_id=proposal.id,
            answers=answers,
            seen_version=proposal.version,
            now=now,
        )
    assert refused.value.field == "note_no_market"
    assert session.scalar(sa.select(sa.func.count()).select_from(GateCheck)) == 0


def test_a_stale_page_is_shown_what_stands(world, session, now, coordinator):
    proposal = world.proposal()
    seen = proposal.version
    given = {"proposal_id": proposal.id, "seen_version": seen, "now": now}
    flow.check(session, coordinator, answers={"real_problem": (True, "Seen")}, **given)
    with pytest.raises(StaleVersion) as stale:
        flow.check(session, coordinator, answers={"real_problem": (False, "No")}, **given)
    assert stale.value.theirs == {"met_real_problem": "yes", "note_real_problem": "Seen"}


@pytest.mark.parametrize("step", [Step.INFORMATION, Step.REVIEW, Step.CLOSED])
def test_questions_are_asked_only_while_screening(world, session, now, coordinator, step):
    proposal = world.proposal(step=step)
    with pytest.raises(DomainError):
        flow.ask(
            session,
            coordinator,
            proposal_id=proposal.id,
            question="Why?",
            seen_version=proposal.version,
            now=now,
        )
    assert session.scalar(sa.select(sa.func.count()).select_from(InformationRequest)) == 0


def test_a_question_is_answered_once(world, session, now, coordinator):
    author = world.person("Author Ann")
    proposal = world.proposal(authors=(author,))
    flow.ask(
        session, coordinator, proposal_id=proposal.id, question="Why?", seen_version=proposal.version, now=now
    )
    actor = world.actor(author)
    flow.answer(session, actor, proposal_id=proposal.id, text="Because", now=now)
    with pytest.raises(Forbidden, match="No question is open"):
        flow.answer(session, actor, proposal_id=proposal.id, text="Because again", now=now)


def test_only_coordinators_keep_responses(world, session, now):
    with pytest.raises(Forbidden):
        snippets.add(
            session,
            world.actor(world.person("Rae Bell", Role.REVIEWER)),
            title="T",
            body="B",
            need_key="",
            now=now,
        )
