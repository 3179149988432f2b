"""What recurs: reminders once a day for each person, and throwing away what nobody needs."""

from __future__ import annotations

import os
from datetime import timedelta

import sqlalchemy as sa

from incubator.domain.conflicts import ConflictKind
from incubator.domain.gates import GateKey
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import Outcome, Stage, Step
from incubator.jobs.reminders import write_reminders
from incubator.jobs.upkeep import tidy_up
from incubator.jobs.worker import draw_charts
from incubator.jobs.workshop import Workshop
from incubator.models.accounts import LinkPurpose, OneTimeLink, SubmissionKey
from incubator.models.conflicts import Conflict
from incubator.models.gates import Condition, Decision
from incubator.models.inventory import ImportBatch
from incubator.models.jobs import Message
from incubator.models.proposals import Attachment


def test_each_person_gets_one_reminder_a_day(app, world, session, now) -> None:
    today = now.date()
    ann, bob, eve = (world.person(name, Role.REVIEWER) for name in ("Ann", "Bob", "Eve"))
    camera = world.proposal("Road camera", step=Step.REVIEW)
    forms = world.proposal("Faster forms", step=Step.REVIEW)
    world.review(camera, ann, due_on=today + timedelta(days=1))
    world.review(forms, ann, due_on=today - timedelta(days=1))
    world.review(camera, bob, due_on=today, state=ReviewState.SUBMITTED)
    world.review(forms, bob, due_on=today + timedelta(days=2))
    world.review(camera, eve, due_on=today)
    world.add(
        Conflict(
            person_id=eve.id,
            proposal_id=camera.id,
            kind=ConflictKind.VENDOR,
            declared_at=now,
        )
    )
    decision = world.add(
        Decision(
            proposal_id=forms.id,
            gate=GateKey.G1,
            outcome=Outcome.ADVANCE_WITH_CONDITIONS,
            from_stage=Stage.IDEA,
            to_stage=Stage.DESIGN,
            reason="Good",
            decided_at=now,
            evidence={},
            evidence_sha256="0" * 64,
        )
    )
    world.add(
        Condition(
            decision_id=decision.id,
            proposal_id=forms.id,
            text="Name a sponsor",
            owner_id=ann.id,
            due_on=today,
        )
    )
    session.commit()
    workshop = Workshop(app, clock=lambda: now)
    assert (write_reminders(workshop), write_reminders(workshop)) == (1, 0)
    message = session.scalars(sa.select(Message)).one()
    assert (message.address, message.subject) == (ann.email, "A deadline has passed")
    lines = [line for line in message.body.splitlines() if "due" in line]
    yesterday = today - timedelta(days=1)
    assert lines == [
        f"Review {forms.number} “Faster forms”, was due on November {yesterday.day}, 2026",
        f"Condition on {forms.number}: Name a sponsor, due today",
        f"Review {camera.number} “Road camera”, due tomorrow",
    ]
    assert "http://localhost/reviews" in message.body

    at_night = now.replace(hour=9) + timedelta(days=1)  # 2 a.m. in Denver
    assert write_reminders(Workshop(app, clock=lambda: at_night)) == 0
    next_day = now + timedelta(days=1)
    assert write_reminders(Workshop(app, clock=lambda: next_day)) == 2


def test_upkeep_keeps_what_is_needed(app, world, session, now) -> None:
    person = world.person("Ann")
    uploads = app.config["SETTINGS"].uploads
    uploads.mkdir(parents=True, exist_ok=True)
    old = now.timestamp() - 3 * 86_400
    for name, age in (("needed", old), ("orphan", old), ("fresh", now.timestamp())):
        (uploads / name).write_bytes(b"x")
        os.utime(uploads / name, (age, age))
    world.add(ImportBatch(file_name="a.csv", sha256="0", storage_key="needed", uploaded_at=now))
    for number, days in (("1", 40), ("2", 1)):
        at = now - timedelta(days=days)
        world.add(SubmissionKey(key=number, person_id=person.id, at=at))
        world.add(
            OneTimeLink(
                token_hash=number,
                purpose=LinkPurpose.RESET,
                person_id=person.id,
                password_epoch=0,
                created_at=at,
                expires_at=at,
            )
        )
    attachments = app.config["SETTINGS"].attachments
    attachments.mkdir(parents=True, exist_ok=True)
    named, orphan = attachments / ("a" * 48), attachments / ("b" * 48)
    for file in (named, orphan):
        file.write_bytes(b"x")
        os.utime(file, (old, old))
    world.add(
        Attachment(
            proposal_id=world.proposal().id, name="a.pdf", media_type="application/pdf", size=1, sha256="0",
            storage_key=named.name, added_at=now,
        )
    )  # fmt: skip
    session.commit()
    gone = tidy_up(Workshop(app, clock=lambda: now))
    assert (gone["links"], gone["keys"], gone["attachments"]) == (1, 1, 1)
    assert named.exists()
    assert not orphan.exists()
    named.unlink()
    assert {path.name for path in uploads.glob("*")} >= {"needed", "fresh"}
    assert not (uploads / "orphan").exists()
    assert session.scalars(sa.select(SubmissionKey.key)).all() == ["2"]
    for name in ("needed", "fresh"):
        (uploads / name).unlink()


def test_charts_are_drawn_before_somebody_looks(app, world, session, browser, now) -> None:
    for step in (Step.REVIEW, Step.DESIGN, Step.RUNNING):
        world.proposal(f"At {step}", step=step, due_on=world.now.date() + timedelta(days=90))
    session.commit()
    folder = app.config["SETTINGS"].chart_cache / "drawn"

    def drawn() -> set[str]:
        return {path.name for path in folder.glob("*/*")}

    before = drawn()
    assert draw_charts(Workshop(app, clock=lambda: now)) == 10
    ahead = drawn()
    assert len(ahead - before) > 0
    visitor = browser(world.person("Dee", Role.LEADERSHIP))
    for url in ("/", "/portfolio/statistics"):
        assert "<svg" in visitor.get(url).html
    assert drawn() == ahead, "the pages draw nothing that was not there"
