"""Working out analyses ahead: one record that cannot be analyzed is told once and stops no other."""

from __future__ import annotations

import sqlalchemy as sa

from incubator.jobs import evaluation as work
from incubator.models.evaluation import MetricAnalysis
from incubator.models.jobs import Job, JobState
from tests.jobs.working import work_off
from tests.judged import Judged
from tests.sealing import workshop


def test_one_record_that_fails_is_reported_once_and_the_others_go_on(
    app, world, session, browser, now, monkeypatch, caplog
):
    judged = Judged(world)
    broken = judged.share("Rooms ready in time", (55, 60), (40, 60), target=88.0)
    fine = judged.share("Staff who would keep it", (30, 60), (34, 60), target=60.0)
    session.commit()
    answer = work.answer

    def failing(question, observations):
        if question.target == broken.target:
            raise ZeroDivisionError("float division by zero")
        return answer(question, observations)

    monkeypatch.setattr(work, "answer", failing)
    shop = workshop(app, now)
    assert [work.evaluate(shop, [judged.proposal.id]) for _ in range(3)] == [1, 0, 0]
    assert session.scalars(sa.select(MetricAnalysis.metric_id)).all() == [fine.id]
    job = session.scalars(sa.select(Job)).one()
    assert (job.kind, job.payload, job.state) == (
        work.EVALUATE,
        {"proposal_id": judged.proposal.id},
        JobState.FAILED,
    )
    assert caplog.text.count("Traceback") == 1
    visitor = browser(judged.cora)
    page = visitor.get(f"/jobs/{job.id}")
    assert "ZeroDivisionError: float division by zero" in page.text
    monkeypatch.setattr(work, "answer", answer)
    visitor.submit(page, action="/again")
    assert work_off(app, now) == ["finished"]
    session.expire_all()
    assert {*session.scalars(sa.select(MetricAnalysis.metric_id))} == {broken.id, fine.id}
