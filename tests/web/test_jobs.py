"""The jobs' pages: whose they are, cancel and run again, a large export, the outbox."""

from __future__ import annotations

import csv
import dataclasses
import io
import re

import pytest
import sqlalchemy as sa

from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.models.jobs import Job, JobState, Message
from tests.jobs.working import work_off


def job(session, person, **values) -> Job:
    made = Job(**{"kind": "mail", "payload": {}, "requested_by_id": person.id, **values})
    session.add(made)
    session.commit()
    return made


def test_an_export_holds_what_its_asker_may_see(app, world, browser, session, now) -> None:
    health, roads = world.agency("HL"), world.agency("RD")
    lead = world.person("Lea Lead", (Role.AGENCY_LEAD, health), agency=health)
    mine = world.proposal("=Forms", agency=health, requested_cents=123_450)
    world.proposal("Secret camera", agency=roads)
    visitor = browser(lead)
    page = visitor.submit("/jobs", holding="Export as CSV")
    assert "It waits for its turn." in page.text
    state = visitor.client.get(f"{page.url}/state").json
    assert (state["finished"], state["percent"]) == (False, 0)
    assert work_off(app, now) == ["finished"]
    state = visitor.client.get(f"{page.url}/state").json
    assert (state["finished"], state["percent"]) == (True, 100)
    page = visitor.get(page.url)
    with visitor.client.get(f"{page.url}/file") as answer:
        rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [(row["Number"], row["Title"], row["Asked for"], row["Stage"]) for row in rows] == [
        (mine.number, "'=Forms", "1234.50", "Idea")
    ]
    assert answer.headers["Cache-Control"] == "no-store"

    coordinator = browser(world.person("Cora", Role.COORDINATOR))
    assert "Exporting all records" in coordinator.get("/jobs").text
    coordinator.get(f"{page.url}/file", status=404)
    stranger = browser(world.person("Sam", (Role.AGENCY_LEAD, roads), agency=roads))
    for address in (page.url, f"{page.url}/state", f"{page.url}/file"):
        stranger.get(address, status=404)
    assert "Exporting all records" not in "".join(stranger.get("/jobs").texts("th"))
    stranger.post(f"{page.url}/cancel", {"csrf_token": stranger.token()}, status=404)


def test_an_export_as_excel_and_a_file_that_is_gone(app, world, browser, session, now) -> None:
    world.proposal("Forms", step=Step.REVIEW)
    visitor = browser(world.person("Cora", Role.COORDINATOR))
    page = visitor.submit("/jobs", holding="Export as Excel")
    work_off(app, now)
    with visitor.client.get(f"{page.url}/file") as answer:
        assert answer.data[:2] == b"PK"
    session.expire_all()
    done = session.scalars(sa.select(Job)).one()
    for name in (done.result["file"].replace("xlsx", "csv"), "../secret", ""):
        done.result = {"file": name}
        session.commit()
        visitor.get(f"{page.url}/file", status=404)


def test_cancel_and_run_again(app, world, browser, session, now) -> None:
    person = world.person("Cora", Role.COORDINATOR)
    one = job(session, person, created_at=now)
    visitor = browser(person)
    page = visitor.submit(f"/jobs/{one.id}", holding="Cancel this job")
    assert "The job is canceled." in page.text
    assert work_off(app, now) == []
    page = visitor.submit(page, holding="Run it again")
    assert work_off(app, now) == ["finished"]
    session.expire_all()
    assert (one.state, one.attempts, one.result) == (JobState.FINISHED, 1, {"sent": 0})
    visitor.post(f"/jobs/{one.id}/again", {"csrf_token": visitor.token()}, status=422)

    running = job(session, person, state=JobState.RUNNING, created_at=now, heartbeat_at=now)
    assert "stops at its next step" in visitor.submit(f"/jobs/{running.id}", holding="Cancel this job").text

    other = browser(world.person("Ada", Role.ADMINISTRATOR))
    failed = job(session, person, state=JobState.FAILED, error="No disk", created_at=now)
    assert "No disk" in other.get(f"/jobs/{failed.id}").text
    other.post(f"/jobs/{failed.id}/again", {"csrf_token": other.token()}, status=403)


def test_a_job_of_an_unknown_kind_fails_and_says_so(app, world, session, now) -> None:
    one = job(session, world.person("Cora"), kind="nonsense", created_at=now)
    assert work_off(app, now) == ["failed"]
    session.expire_all()
    assert "nonsense" in one.error


def test_the_outbox_is_for_administrators_and_hides_what_was_sent(world, browser, session, now) -> None:
    session.add_all(
        [
            Message(address="ann@example.gov", subject="Your <b>link</b>", body="open this", created_at=now),
            Message(
                address="bob@example.gov",
                subject="Old",
                body="spent secret",
                state="sent",
                created_at=now,
                sent_at=now,
            ),
        ]
    )
    browser(world.person("Cora", Role.COORDINATOR)).get("/jobs/mail", status=403)
    page = browser(world.person("Ada", Role.ADMINISTRATOR)).get("/jobs/mail")
    assert "open this" in page.text
    assert "Your <b>link</b>" in page.text
    assert "spent secret" not in page.html
    assert "No mail server is set" in page.text


def test_where_mail_is_sent_nobody_but_its_reader_gets_a_link(
    world, browser, session, app, monkeypatch
) -> None:
    """An administrator who sends a link for a new password sees it nowhere; using it is told to its owner."""
    admin, gale = world.person("Ada", Role.ADMINISTRATOR), world.person("Gale Keeper", Role.GATEKEEPER)
    settings = dataclasses.replace(app.config["SETTINGS"], mail_server="mail.example.gov")
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    visitor = browser(admin)
    shown = visitor.submit(f"/people/{gale.id}", action=f"/people/{gale.id}/reset")
    body = session.scalars(sa.select(Message.body)).one()
    token = re.search(r"/reset/([\w-]+)", body)[1]
    outbox = visitor.get("/jobs/mail")
    assert "/reset/…" in outbox.text
    assert token not in outbox.html + shown.html
    visitor.submit("/people/new", name="Ira New", email="ira@example.gov", role="reviewer")
    newest = session.scalars(sa.select(Message.body).order_by(Message.id.desc())).first()
    assert "/invitation/" in newest
    assert re.search(r"/invitation/([\w-]+)", newest)[1] not in visitor.get("/jobs/mail").html
    stranger, password = browser(), "a long new pass phrase"
    stranger.submit(f"/reset/{token}", password=password, repeated_password=password)
    told = session.scalars(
        sa.select(Message).where(Message.recipient_id == gale.id).order_by(Message.id)
    ).all()
    assert told[-1].subject == "Your password was changed"
    assert "through a one-time link that Ada sent" in told[-1].body
    events = visitor.get(f"/people/{gale.id}").texts("p", "sentence")
    assert events[0] == "Gale Keeper (through a link that Ada sent) set a new password."
    assert "Ada sent Gale Keeper a link for a new password." in events


@pytest.mark.parametrize("count", [1, 3])
def test_the_lists_cost_the_same_whatever_their_length(
    world, browser, session, statements, now, count
) -> None:
    person = world.person("Ada", Role.ADMINISTRATOR)
    for _ in range(count):
        job(session, person, created_at=now)
        session.add(Message(address="a@b.gov", subject="s", body="b", created_at=now))
    visitor = browser(person)
    for url, most in (("/jobs", 3), ("/jobs/mail", 3)):
        with statements() as seen:
            visitor.get(url)
        assert len(seen) == most, (url, seen)


def test_a_coordinator_of_one_agency_sees_only_their_own_jobs(world, browser, session, now):
    agency = world.agency("HL")
    limited = world.person("Lim", (Role.COORDINATOR, agency))
    everywhere = world.person("Cora", Role.COORDINATOR)
    for person, message in ((limited, "mine canary"), (everywhere, "theirs canary")):
        world.add(
            Job(
                kind="mail", payload={}, requested_by_id=person.id, created_at=now, message=message,
                state=JobState.RUNNING, started_at=now, heartbeat_at=now,
            )
        )  # fmt: skip
    theirs = session.query(Job.id).filter_by(requested_by_id=everywhere.id).scalar()
    seen = browser(limited)
    page = seen.get("/jobs")
    assert "mine canary" in page.text
    assert "theirs canary" not in page.text
    seen.get(f"/jobs/{theirs}", 404)
    assert "/imports" not in seen.get("/").links()
    assert "/jobs" not in seen.get("/account").links()
    all_of_them = browser(everywhere)
    assert "mine canary" in all_of_them.get("/jobs").text
    assert "/jobs" in all_of_them.get("/account").links()


def test_an_interrupted_job_says_so(world, browser, session, now) -> None:
    person = world.person("Robin Hale", Role.COORDINATOR)
    before = now.replace(year=2025)
    quiet = job(session, person, state=JobState.RUNNING, heartbeat_at=before, created_at=before)
    page = browser(person).get(f"/jobs/{quiet.id}")
    assert "The work was interrupted. It continues within 15 seconds while a worker is running." in page.text


def test_a_person_waits_for_exports_before_asking_for_more(world, browser, session) -> None:
    visitor = browser(world.person("Robin Hale", Role.COORDINATOR))
    for _ in range(3):
        visitor.submit("/jobs", holding="Export as CSV")
    refused = visitor.submit("/jobs", holding="Export as CSV", status=422)
    assert "Three of your exports are not finished yet." in refused.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Job)) == 3
