"""What the demonstration leaves undone, done through the pages' own forms, so that each kind of page has a life."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import sqlalchemy as sa
from flask import Flask

from incubator.demonstration.cast import PASSWORD
from incubator.domain.conflicts import ConflictKind
from incubator.domain.passwords import email_key
from incubator.domain.stages import Step
from incubator.extensions import db
from incubator.models.accounts import Person
from incubator.models.calls import Call
from incubator.models.conflicts import Conflict
from incubator.models.jobs import Message
from incubator.models.proposals import Proposal
from tests.browser import Browser
from tests.jobs.working import work_off

INVENTORY = (
    b"title,agency_name,external_id,problem,stage,started,Budget\n"
    b"Faster forms,Department of Transportation,H-1,Forms take weeks,Pilot,2024-03,50\n"
    b"Faster forms,Department of Transportation,H-2,Forms take weeks,Pilot,2024-04,60\n"
    b"No agency at all,,X-1,Lost,Pilot,2020,1\n"
)
FOREIGN = b"Project name,Dept,Phase\nOld thing,Department of Transportation,Sunset\n"
"""A file whose columns somebody has to name."""

REVISED = "GSA-0041"
"""A record that waits for its agency's answer."""
DRAFT = "GSA-0042"
IMPORTED = "/pilots/DOT-0002"
"""Where the first row of the inventory ends up."""


def signed_in(app: Flask, visitor: str) -> Browser:
    browser = Browser(app.test_client())
    browser.sign_in(f"{visitor}@example.gov", PASSWORD)
    return browser


def set_the_stage(app: Flask) -> dict[str, str]:
    """Do it all; endpoint → address of the pages that mail or a form leads to, and no link."""
    coordinator, lead = signed_in(app, "alex.meadow"), signed_in(app, "jamie.harbor")
    _import(app, coordinator)
    _revise_blindly(app)
    coordinator.submit("/jobs", action="/jobs/export", holding="csv")
    _work(app)
    coordinator.submit("/rubrics/1", action="/next")
    coordinator.submit(
        "/screening/snippets",
        holding="body",
        title="Where money comes from",
        body="Name the budget line that would pay.",
    )
    _meet(app, coordinator)
    _assign(app, coordinator)
    _prepare(app, coordinator)
    lead.submit("/agencies/GSA/surveys/new", holding="invited", invited="12")
    file = (io.BytesIO(b"A letter of support.\n"), "letter.txt")
    lead.submit(f"/pilots/{DRAFT}/documents", holding="file", file=file)
    lead.submit(f"/pilots/{REVISED}/proposal/idea", holding="affected", affected="About 61,000 people.")
    lead.submit(f"/pilots/{REVISED}/proposal/check", action="/resubmit", note="The cost is clearer now.")
    return _mailed(app)


def _meet(app: Flask, coordinator: Browser) -> None:
    """A panel meets, and a note is written that its author may strike."""
    with app.app_context():
        slug, number = db.session.execute(
            sa.select(Call.slug, Proposal.number)
            .join(Call, Call.id == Proposal.call_id)
            .where(Proposal.step == Step.REVIEW)
            .order_by(Proposal.number)
        ).first()
    panel = f"/calls/{slug}/panel"
    coordinator.submit(panel, action="/open")
    coordinator.submit(f"{panel}/{number}", action="/notes", text="The cost leaves out hosting.")


def _assign(app: Flask, coordinator: Browser) -> None:
    """A plan nobody has published, and a reviewer who has been asked and has declared a tie."""
    with app.app_context():
        slug = db.session.scalars(
            sa.select(Call.slug)
            .join(Proposal, Proposal.call_id == Call.id)
            .where(Proposal.step == Step.REVIEW)
        ).first()
    page = f"/calls/{slug}/assignment"
    coordinator.submit(f"{page}/reviewers", {"go": "all"}, action="/add")
    coordinator.submit(page, action="/ask")
    coordinator.submit(page, action="/work-out")
    reviewer = signed_in(app, "taylor.brook")
    reviewer.submit("/reviews/expertise", holding="vendor", vendor="Gadget Works")


def _prepare(app: Flask, coordinator: Browser) -> None:
    """Two decisions of a call are prepared; a gatekeeper has signed one, so that its preview has something to show."""
    with app.app_context():
        waiting = db.session.execute(
            sa.select(Call.slug, Proposal.number)
            .join(Call, Call.id == Proposal.call_id)
            .where(Proposal.step == Step.REVIEW)
            .order_by(Proposal.number.desc())
            .limit(2)
        ).all()
    for slug, number in waiting:
        coordinator.submit(
            f"/calls/{slug}/release/{number}",
            holding="outcome",
            outcome="stop",
            end_reason="demand",
            reason="Too few people asked for it.",
            what_would_change="Show who would use it.",
        )
    slug, number = waiting[0]
    signed_in(app, "quinn.valley").submit(f"/calls/{slug}/release/sign?number={number}", holding="sign")


def _import(app: Flask, coordinator: Browser) -> None:
    page = coordinator.submit("/imports", holding="file", file=(io.BytesIO(INVENTORY), "ours.csv"))
    _work(app)
    coordinator.submit(coordinator.get(page.url), holding="Import these rows")
    coordinator.submit("/imports", holding="file", file=(io.BytesIO(FOREIGN), "theirs.csv"))
    _work(app)


def _revise_blindly(app: Flask) -> None:
    """A round that hides names, whose reviews are open to each other, with a conflict its chair may set aside.
    No form undoes the demonstration's days, so these are written."""
    with app.app_context():
        number, chair = "GSA-0040", _person("quinn.valley")
        record = db.session.scalars(sa.select(Proposal).where(Proposal.number == number)).one()
        call = db.session.get_one(Call, record.call_id)
        call.names_hidden, call.chair_id = True, chair.id
        record.reviews_revealed_at = datetime.now(UTC)
        db.session.add(
            Conflict(
                person_id=_person("emery.stone").id,
                proposal_id=record.id,
                kind=ConflictKind.VENDOR,
                by_rule=True,
                declared_at=datetime.now(UTC),
            )
        )
        db.session.commit()


def _person(name: str) -> Person:
    key = email_key(f"{name}@example.gov")
    return db.session.scalars(sa.select(Person).where(Person.email_key == key)).one()


def _work(app: Flask) -> None:
    assert set(work_off(app, datetime.now(UTC))) <= {"finished"}


def _mailed(app: Flask) -> dict[str, str]:
    administrator = signed_in(app, "kit.lagoon")
    administrator.submit(
        "/people/new", holding="job_title", name="Lee Arbor", email="lee.arbor@example.gov", role="reviewer"
    )
    Browser(app.test_client()).submit("/reset", email="taylor.brook@example.gov")
    with app.app_context():
        bodies = db.session.scalars(sa.select(Message.body).order_by(Message.id)).all()
    paths = re.findall(r"https?://[^/\s]+(/(?:invitation|reset)/\S+)", "\n".join(bodies))
    return {
        "accounts.reset_sent": "/reset/sent",
        "accounts.invitation": next(path for path in paths if "invitation" in path),
        "accounts.choose_after_reset": next(path for path in paths if "reset" in path),
    }
