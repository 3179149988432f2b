"""A record whose every figure is like no other: wherever one of them is read, it is read in its right form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from lxml.html import fromstring

from incubator.domain.benefits import BenefitKind, Certainty
from incubator.domain.clock import office_day
from incubator.domain.pilots import Cadence, Direction
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.flows.jobs import request_job
from incubator.jobs import exports
from incubator.jobs.reminders import write_reminders
from incubator.jobs.workshop import Workshop
from incubator.models.benefits import Benefit, PromisedBenefit
from incubator.models.jobs import Job, Message
from incubator.models.pilots import BudgetLine, Expense, Metric, Milestone, Reading, Site
from incubator.models.proposals import Revision
from incubator.models.redaction import RedactedCopy
from incubator.models.reviews import Review
from incubator.models.scaling import ScaleReadiness
from incubator.queries.remembered import forget
from tests.exports.test_documents import command
from tests.jobs.working import work_off

MONEY = {
    "requested": 86_134_57,
    "planned": 41_273_19,
    "spent": 23_918_46,
    "recurring": 57_382_91,
    "likely": 94_216_83,
    "low": 79_541_26,
    "high": 98_763_15,
    "measured": 91_847_32,
    "budget": 761_529_48,
}
"""Cents."""
COUNTS = {"participants": 13_579, "staff_hours": 24_683, "site": 17_935}
DAYS = {
    "starts": date(2033, 3, 1),
    "pilot_starts": date(2026, 6, 17),
    "pilot_ends": date(2027, 5, 23),
    "milestone": date(2035, 8, 19),
    "promise": date(2036, 9, 27),
}
READINGS = {date(2026, 2, 14): 0.00713, date(2026, 4, 16): 0.00687, date(2026, 7, 13): 0.00618}
BASELINE, TARGET = 0.00742, 0.00529
ANSWERS = {
    "idea": {"title": "Quieter counters", "summary": "Count what matters.", "uses_ai": False},
    "pilot": {
        "participants": COUNTS["participants"],
        "months": 11,
        "start": "2033-03",
    },
    "cost": {"requested": MONEY["requested"], "staff_hours": COUNTS["staff_hours"]},
}


@dataclass(frozen=True)
class Figure:
    """A figure by its first digits, with every way in which it may be written for people and in files."""

    name: str
    seen: re.Pattern[str]
    for_people: frozenset[str]
    in_files: frozenset[str]


def figures() -> Iterator[Figure]:
    for name, cents in MONEY.items():
        dollars = Decimal(cents) / 100
        exact, whole = f"{dollars:,.2f}", f"{round(dollars):,}"
        yield Figure(
            name,
            _digits(str(cents)[:-2]),
            frozenset({f"${exact}", f"${whole}"}),
            frozenset({f"{dollars}", str(round(dollars)), f"${exact}", f"${whole}"}),
        )
    for name, count in COUNTS.items():
        yield Figure(
            name, _digits(str(count)), frozenset({f"{count:,}"}), frozenset({str(count), f"{count:,}"})
        )


def _digits(text: str) -> re.Pattern[str]:
    """The digits with or without separators between them, and whatever belongs to the number around them."""
    return re.compile(r"[−$-]*(?<![\d.,])" + "[,.]?".join(text[:-1]) + r"[,.]?\d[\d.,]*\d?[kM%]?")


FIGURES = tuple(figures())
ISO = re.compile(r"(?<![\w/.-])20\d\d-[01]\d(?:-[0-3]\d)?(?![\w-])")


def wrong(text: str, *, people: bool) -> Iterator[str]:
    """What of the text is a figure of the record in another form than its own."""
    for figure in FIGURES:
        allowed = figure.for_people if people else figure.in_files
        for found in figure.seen.finditer(text):
            if found[0].rstrip(".,") not in allowed:
                yield f"{figure.name} reads {text[max(0, found.start() - 40) : found.end() + 10]!r}"
    if people:
        for found in ISO.finditer(text):
            yield f"a raw day in {text[max(0, found.start() - 40) : found.end() + 10]!r}"
        for name, day in DAYS.items():
            for found in re.finditer(rf"(\w+ )?(\d+, )?{day.year}\b", text):
                said = found[0].strip()
                if day.year > 2030 and said not in {
                    f"{day:%B} {day.day}, {day.year}", f"{day:%B} {day.year}", f"{day:%b} {day.year}", f"{day.year}",
                }:  # fmt: skip
                    yield f"{name} reads {said!r}"


@pytest.fixture
def seeded(world: Any) -> SimpleNamespace:
    """A proposal in review whose call hides names, and a pilot at work with money, metric and benefit."""
    agency = world.agency("QQ", "Department of Quiet")
    author = world.person("Ada Author", (Role.SUBMITTER, agency), agency=agency)
    lead = world.person("Lee Lead", Role.PILOT_LEAD)
    reviewer = world.person("Rae Reviewer", Role.REVIEWER)
    call = world.call("Quiet call", slug="quiet", names_hidden=True, budget_cents=MONEY["budget"])
    in_review = world.proposal(
        "Quieter counters", agency=agency, call=call, step=Step.REVIEW, authors=(author,),
        requested_cents=MONEY["requested"],
    )  # fmt: skip
    running = world.proposal(
        "Quieter corridors", agency=agency, step=Step.SCALING, authors=(author,), requested_cents=MONEY["requested"],
        planned_cents=MONEY["planned"], spent_cents=MONEY["spent"],
    )  # fmt: skip
    content = {
        "title": "Quieter counters",
        "summary": "Count what matters.",
        "uses_ai": False,
        "answers": ANSWERS,
    }
    for proposal in (in_review, running):
        world.add(
            Revision(
                proposal_id=proposal.id, number=1, content=content, sha256="0" * 64, form_version=1, submitted_at=world.now
            )
        )  # fmt: skip
    world.add(
        RedactedCopy(
            proposal_id=in_review.id, revision_number=1, title="A copy", answers=ANSWERS, prepared_at=world.now,
            ready_at=world.now,
        )
    )  # fmt: skip
    review = world.review(in_review, reviewer)
    pilot = world.pilot(running, lead_id=lead.id, starts_on=DAYS["pilot_starts"], ends_on=DAYS["pilot_ends"])
    world.add(Site(pilot_id=pilot.id, name="Main office", participants=COUNTS["site"]))
    world.add(BudgetLine(proposal_id=running.id, category="Staff", cents=MONEY["planned"]))
    world.add(
        Expense(
            proposal_id=running.id, category="Staff", spent_on=date(2026, 7, 1), cents=MONEY["spent"], what="Time",
            recorded_at=world.now,
        )
    )  # fmt: skip
    world.add(Milestone(proposal_id=running.id, title="First corridor", due_on=DAYS["milestone"]))
    world.add(ScaleReadiness(proposal_id=running.id, recurring_cents=MONEY["recurring"]))
    promise = world.add(
        PromisedBenefit(
            proposal_id=running.id, name="Overtime", kind=BenefitKind.CASH, owner_name="Wanda", budget_line="Overtime",
            low=MONEY["low"], likely=MONEY["likely"], high=MONEY["high"], years=3, starts_on=DAYS["promise"],
        )
    )  # fmt: skip
    world.add(
        Benefit(
            proposal_id=running.id, promise_id=promise.id, months=6, certainty=Certainty.CONFIRMED, realised="Payroll.",
            amount=MONEY["measured"], recorded_at=world.now,
        )
    )  # fmt: skip
    metric = world.add(
        Metric(
            pilot_id=pilot.id, name="Faults", unit="faults", direction=Direction.DOWN, cadence=Cadence.MONTHLY,
            baseline=BASELINE, target=TARGET,
        )
    )  # fmt: skip
    for day, value in READINGS.items():
        world.add(Reading(metric_id=metric.id, taken_on=day, value=value, recorded_at=world.now))
    people = {
        "coordinator": world.person("Cora", Role.COORDINATOR),
        "gatekeeper": world.person("Gail", Role.GATEKEEPER),
        "evaluator": world.person("Evan", Role.EVALUATOR),
        "leadership": world.person("Lior", Role.LEADERSHIP),
        "administrator": world.person("Adam", Role.ADMINISTRATOR),
        "agency_lead": world.person("Alma", (Role.AGENCY_LEAD, agency), agency=agency),
        "author": author,
        "pilot_lead": lead,
        "reviewer": reviewer,
    }
    world.session.commit()
    forget()
    return SimpleNamespace(
        people=people,
        in_review=in_review.number,
        running=running.number,
        review=review.id,
        metric=metric.id,
        agency="QQ",
    )


def words_of(html: str) -> str:
    """What is read or heard on a page, drawings included; what stands in fields is not prose."""
    tree = fromstring(html)
    for element in tree.xpath("//script|//style|//head|//code|//textarea"):
        element.drop_tree()
    parts = [text.strip() for text in tree.itertext()]
    for name in ("aria-label", "alt", "title", "data-label"):
        parts += tree.xpath(f"//@{name}")
    return " ".join(filter(None, parts))


def read_all(
    visitor: Any, seeded: SimpleNamespace, tmp_path: Any, *, files: bool
) -> dict[str, tuple[str, bool]]:
    """Every page and file about the two records: the words, and whether they are for people."""
    waiting = [
        "/", "/portfolio", "/portfolio.csv", "/benefits", "/calls/quiet", "/priorities/quiet", f"/agencies/{seeded.agency}",
        f"/reviews/{seeded.review}", *(f"/pilots/{number}" for number in (seeded.in_review, seeded.running)),
    ]  # fmt: skip
    bases = tuple(f"/pilots/{number}/" for number in (seeded.in_review, seeded.running))
    seen, found = set(waiting), {}
    while waiting:
        address = waiting.pop()
        with visitor.client.get(address) as answer:
            if answer.status_code != 200:
                assert answer.status_code < 500, address
                continue
            kind, body = answer.mimetype, answer.get_data()
        if kind == "text/html":
            html = body.decode()
            found[address] = (words_of(html), True)
            for link in re.findall(r'href="(/[^"#?]*)', html):
                if (
                    link.startswith(bases)
                    and link not in seen
                    and (files or "." not in link.rpartition("/")[2])
                ):
                    seen.add(link)
                    waiting.append(link)
        elif kind == "application/pdf":
            path = tmp_path / "file.pdf"
            path.write_bytes(body)
            text = " ".join(command("pdftotext", "-raw", path, "-").replace("\u200b", "").split())
            found[address] = (text, True)
        elif kind in ("text/csv", "application/json", "image/svg+xml"):
            found[address] = (body.decode("utf-8-sig"), kind == "image/svg+xml")
    return found


EXPECTED = {
    "/reviews/{review}": ("$86,134.57", "March 2033", "13,579", "24,683"),
    "/pilots/{in_review}/proposal": ("$86,134.57", "March 2033", "13,579", "24,683"),
    "/pilots/{in_review}/redaction": ("$86,134.57", "March 2033", "13,579"),
    "/pilots/{running}/money": ("$41,273.19", "$23,918.46"),
    "/pilots/{running}/metrics/{metric}": ("0.00713", "0.00687", "0.00618", "0.00742", "0.00529"),
    "/pilots/{running}/milestones": ("August 19, 2035",),
    "/pilots/{running}/benefit": (
        "$94,216.83",
        "$79,541.26",
        "$98,763.15",
        "$91,847.32",
        "September 27, 2036",
    ),
    "/pilots/{running}/scaling": ("$57,382.91",),
    "/pilots/{running}/plan": ("June 17, 2026", "May 23, 2027", "17,935"),
    "/calls/quiet": ("$761,529.48",),
}
"""What at least one reader finds on these pages."""


def test_mails_and_the_full_export_hold_figures_in_their_right_form(seeded, world, session, app, now):
    review = session.get(Review, seeded.review)
    review.due_on = office_day(now) + timedelta(days=1)
    cora = world.actor(seeded.people["coordinator"])
    job = request_job(session, cora, exports.KIND, {"format": "csv"}, now)
    session.commit()
    assert write_reminders(Workshop(app, lambda: now)) == 1
    assert work_off(app, now) == ["finished"]
    session.expire_all()
    mails = [f"{mail.subject} {mail.body}" for mail in session.scalars(sa.select(Message))]
    assert len(mails) == 1
    assert "due tomorrow" in mails[0]
    file = app.config["SETTINGS"].instance / "exports" / session.get(Job, job.id).result["file"]
    export = file.read_text("utf-8-sig")
    assert "86134.57" in export
    assert [*wrong(export, people=False), *wrong(mails[0], people=True)] == []


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_every_figure_of_a_record_is_read_in_its_right_form(seeded, browser, tmp_path):
    faults: dict[str, str] = {}
    read: dict[str, str] = {}
    for role, person in seeded.people.items():
        for address, (text, people) in read_all(
            browser(person), seeded, tmp_path, files=role == "coordinator"
        ).items():
            read[address] = f"{read.get(address, '')} {text}"
            for fault in wrong(text, people=people):
                faults.setdefault(f"{address.partition('?')[0]}: {fault}", role)
    assert not faults, "\n".join(sorted(faults))
    missing = [
        (address, value)
        for shape, values in EXPECTED.items()
        for address in [shape.format(**vars(seeded))]
        for value in values
        if value not in read.get(address, "")
    ]
    assert not missing, str(missing)
