"""The demonstration shows readiness, close-outs, lessons and uses of AI in every state a page can have."""

from __future__ import annotations

from collections import Counter

import pytest
import sqlalchemy as sa

from incubator.domain.ai import AiLevel, EscalationAnswer
from incubator.extensions import db
from incubator.models.ai import AiCheck, AiScreening
from incubator.models.proposals import Proposal
from incubator.models.scaling import CloseOut, LessonTag, LessonUse, ScaleReadiness
from incubator.queries import ai as ai_query
from incubator.queries.scaling import scale_state


@pytest.fixture(scope="module")
def session(demonstration):
    with demonstration.app_context():
        yield db.session()
        db.session.remove()


def test_one_pilot_is_ready_to_scale_and_one_is_not(session):
    # Of the pilots scaled years ago only the recurring cost is known.
    prepared = sa.select(ScaleReadiness.proposal_id).where(ScaleReadiness.procurement != "")
    ids = session.scalars(prepared).all()
    missing = sorted(state.missing for state in scale_state(session, ids).values())
    assert missing == [(), ("owner_accepted", "funding", "approvals")]


def test_uses_of_ai_stand_at_every_level_one_refused_one_limited_one_waiting(session):
    assert Counter(session.scalars(sa.select(AiScreening.level))) == {
        AiLevel.HIGH: 3,
        AiLevel.MEDIUM: 1,
        AiLevel.LOW: 1,
    }
    answers = session.scalars(
        sa.select(AiScreening.escalation_answer).where(AiScreening.escalated_at.is_not(None))
    ).all()
    assert Counter(answers) == {
        EscalationAnswer.REFUSED: 1,
        EscalationAnswer.ALLOWED_WITH_LIMITS: 1,
        None: 1,
    }
    ids = session.scalars(sa.select(AiScreening.proposal_id)).all()
    assert sum(state.ready for state in ai_query.ai_state(session, ids).values()) == 3
    assert Counter(session.scalars(sa.select(AiCheck.incident))) == {False: 2, True: 1}


def test_close_outs_have_tags_and_their_lessons_are_used(session):
    assert session.scalar(sa.select(sa.func.count()).select_from(CloseOut)) == 3
    assert session.scalar(sa.select(sa.func.count()).select_from(LessonTag)) == 10
    uses = session.execute(
        sa.select(Proposal.title)
        .join(LessonUse, LessonUse.source_id == Proposal.id)
        .where(LessonUse.removed_at.is_(None))
        .order_by(Proposal.title)
    ).scalars()
    assert list(uses) == [
        "Improving Access to Translated Content on Government Sites",
        "Privacy-Protected Engagement with Online Government Services",
    ]
