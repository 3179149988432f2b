"""What the demonstration leaves undone, done through the pages' own forms, so that each kind of page has a life."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from incubator.demonstration.cast import PASSWORD
from incubator.domain.benefits import BenefitKind
from incubator.domain.clock import office_day
from incubator.domain.conflicts import ConflictKind
from incubator.domain.gates import GateKey
from incubator.domain.passwords import email_key
from incubator.domain.pilots import Cadence, CriterionKind, Direction
from incubator.domain.stages import Outcome, Step
from incubator.extensions import db
from incubator.flows.attachment_store import keep
from incubator.models.accounts import Person
from incubator.models.benefits import PromisedBenefit
from incubator.models.calls import Call
from incubator.models.conflicts import Conflict
from incubator.models.evaluation import ProcessChange
from incubator.models.gates import ContraryDecision
from incubator.models.jobs import Message
from incubator.models.pilots import Metric, Pilot, ProgressReport
from incubator.models.proposals import Attachment, Proposal
from incubator.models.redaction import RedactedCopy, RedactedFile
from incubator.queries.advice import standing
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
UNKNOWN = b"title,agency_name,problem,stage\nMoorings on a map,Bureau of Harbors,Boats wait,Pilot\n"
"""A file from an agency that is not known here."""

REVISED = "GSA-0041"
"""A record that waits for its agency's answer."""
DRAFT = "GSA-0042"
LACKS_A_COPY = "GSA-0040"
"""A record in review; its call comes to hide names, and its copy without names is still to be made."""
JUDGED = "USDA-0001"
"""A pilot whose horizon is reached."""
IMPORTED = "/pilots/DOT-0002"
"""Where the first row of the inventory ends up."""


def signed_in(app: Flask, visitor: str) -> Browser:
    browser = Browser(app.test_client())
    browser.sign_in(f"{visitor}@example.gov", PASSWORD)
    return browser


def set_the_stage(app: Flask) -> dict[str, str]:
    """Do it all; endpoint → address of the pages that mail or a form leads to, and no link."""
    coordinator, lead = signed_in(app, "alex.meadow"), signed_in(app, "jamie.harbor")
    _draw_a_line(app)
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
    _declare_a_tie(app)
    _prepare(app, coordinator)
    _judge(app)
    lead.submit("/agencies/GSA/surveys/new", holding="invited", invited="12")
    file = (io.BytesIO(b"A letter of support.\n"), "letter.txt")
    lead.submit(f"/pilots/{DRAFT}/documents", holding="file", file=file)
    lead.submit(f"/pilots/{REVISED}/proposal/idea", holding="affected", affected="About 61,000 people.")
    lead.submit(f"/pilots/{REVISED}/proposal/check", action="/resubmit", note="The cost is clearer now.")
    return _mailed(app)


def _draw_a_line(app: Flask) -> None:
    """Calls with so many places that their scores have a line, and the right to decide by lots."""
    with app.app_context():
        for call in db.session.scalars(sa.select(Call)):
            call.places, call.allows_draw = 3, True
        db.session.commit()


def _meet(app: Flask, coordinator: Browser) -> None:
    """In the panel's open meeting a note is written that its author may strike."""
    with app.app_context():
        slug, number = db.session.execute(
            sa.select(Call.slug, Proposal.number)
            .join(Call, Call.id == Proposal.call_id)
            .where(Proposal.step == Step.REVIEW)
            .order_by(Proposal.number)
        ).first()
    panel = f"/calls/{slug}/panel"
    coordinator.submit(f"{panel}/{number}", action="/notes", text="The cost leaves out hosting.")


def _declare_a_tie(app: Flask) -> None:
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


def _judge(app: Flask) -> None:
    """On a pilot that is judged: a criterion set aside, a change of the process, a benefit that is still open, a
    report that is begun, and a decision against the criteria that waits for its second name."""
    with app.app_context():
        pilot = db.session.scalars(
            sa.select(Pilot).join(Proposal, Proposal.id == Pilot.proposal_id).where(Proposal.number == JUDGED)
        ).one()
        now = datetime.now(UTC)
        aside = Metric(
            pilot_id=pilot.id,
            name="Calls about the survey",
            unit="a month",
            direction=Direction.DOWN,
            kind=CriterionKind.CONTEXT,
            cadence=Cadence.MONTHLY,
            archived_at=now,
        )
        change = ProcessChange(
            pilot_id=pilot.id,
            happened_on=office_day(now),
            what="A new form",
            recorded_at=now,
            recorded_by_id=None,
        )
        promise = PromisedBenefit(
            proposal_id=pilot.proposal_id,
            name="Hours of interviewers",
            kind=BenefitKind.HOURS,
            owner_name="The field office",
            low=10_000,
            likely=20_000,
            high=30_000,
            years=3,
        )
        proposal = db.session.get_one(Proposal, pilot.proposal_id)
        waiting = ContraryDecision(
            proposal_id=proposal.id,
            gate=GateKey.G4,
            outcome=Outcome.ADVANCE,
            reason="Five states have asked for it.",
            advice=standing(db.session(), proposal.id).advice,
            against_advice="The interval leaves room for what was promised.",
            details={},
            seen_version=proposal.version,
            proposed_at=now,
            proposed_by_id=_person("quinn.valley").id,
        )
        begun = ProgressReport(proposal_id=proposal.id, period="After the end", done="Half a sentence")
        db.session.add_all([aside, change, promise, waiting, begun])
        db.session.commit()


def _import(app: Flask, coordinator: Browser) -> None:
    page = coordinator.submit("/imports", holding="file", file=(io.BytesIO(INVENTORY), "ours.csv"))
    _work(app)
    coordinator.submit(coordinator.get(page.url), holding="Import these rows")
    coordinator.submit("/imports", holding="file", file=(io.BytesIO(FOREIGN), "theirs.csv"))
    coordinator.submit("/imports", holding="file", file=(io.BytesIO(UNKNOWN), "harbors.csv"))
    _work(app)


def _revise_blindly(app: Flask) -> None:
    """A round that hides names, whose reviews are open to each other, with copies and their files, one copy
    still to be made, and conflicts that its chair may set aside. No form undoes the demonstration's days, so
    these are written."""
    now = datetime.now(UTC)
    with app.app_context():
        lacking = db.session.scalars(sa.select(Proposal).where(Proposal.number == LACKS_A_COPY)).one()
        call = db.session.get_one(Call, lacking.call_id)
        call.names_hidden, call.chair_id = True, _person("quinn.valley").id
        tied = _person("emery.stone").id
        for record in db.session.scalars(
            sa.select(Proposal).where(Proposal.call_id == call.id, Proposal.step == Step.REVIEW)
        ).all():
            record.reviews_revealed_at = now
            db.session.add(
                Conflict(
                    person_id=tied,
                    proposal_id=record.id,
                    kind=ConflictKind.VENDOR,
                    by_rule=True,
                    declared_at=now,
                )
            )
            if record is not lacking:
                _copy_without_names(app.config["SETTINGS"].attachments, record, now)
        db.session.commit()


def _copy_without_names(folder: Path, record: Proposal, now: datetime) -> None:
    stored = keep(folder, "counts.csv", io.BytesIO(b"year,cases\n2026,12\n"), megabytes=1)
    file = Attachment(
        proposal_id=record.id,
        name="counts.csv",
        media_type=stored.media_type,
        size=stored.size,
        sha256=stored.sha256,
        storage_key=stored.key,
        added_at=now,
    )
    copy = RedactedCopy(
        proposal_id=record.id,
        revision_number=record.revision_number,
        title=record.title,
        summary=record.summary,
        answers={"problem": {"problem": "People wait."}},
        prepared_at=now,
        ready_at=now,
    )
    db.session.add_all((file, copy))
    db.session.flush()
    db.session.add(
        RedactedFile(copy_id=copy.id, attachment_id=file.id, as_it_is=True, name="Counts.csv", added_at=now)
    )


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
