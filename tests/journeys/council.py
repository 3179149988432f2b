"""A call with twelve proposals, eight reviewers and a panel, served for people to run it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.clock import office_day
from incubator.domain.gates import GateKey
from incubator.domain.roles import Role
from incubator.domain.stages import Outcome, Stage, Step
from incubator.extensions import db
from incubator.models.assignment import Expertise
from incubator.models.calls import Call, Criterion
from incubator.models.gates import Decision, GateCheck
from incubator.models.proposals import Revision
from tests.journeys.conftest import Site, serving
from tests.world import World

IDEAS = (
    ("Text reminders before a hearing", "digital_service"),
    ("Potholes found by garbage trucks", "mapping"),
    ("Interpreters by video", "digital_service"),
    ("One sign-in for benefits", "identity"),
    ("Leaks found from water meters", "data"),
    ("Plain-language letters", "ai"),
    ("Bridge inspection by drone", "mapping"),
    ("Shared evaluation data", "data"),
    ("Patching before the weekend", "security"),
    ("A map of snow plows", "mapping"),
    ("Forms that remember", "digital_service"),
    ("Sorting the mail room", "ai"),
)
QUALITY = (5, 4, 3, 5, 4, 2, 3, 4, 1, 2, 4, 1)
"""What each proposal is worth, as its reviewers see it; severe and kind reviewers differ from it by one."""
VENDOR = 4
"""The place of the proposal that names a vendor."""
REVIEWERS = {
    "Ada Moss": ("digital_service", "ai"),
    "Ben Fern": ("mapping", "data"),
    "Cleo Birch": ("identity", "security"),
    "Dan Heath": ("digital_service", "mapping"),
    "Eve Larch": ("data", "ai"),
    "Finn Reed": ("security", "digital_service"),
    "Gia Slate": ("mapping", "ai"),
    "Hugo Pine": ("data", "identity"),
}
SEVERE, KIND = "Dan Heath", "Gia Slate"
TIED, DECLINES, LATE, BIDS = "Hugo Pine", "Finn Reed", "Gia Slate", "Ada Moss"
AT_MOST = 6


@dataclass(slots=True)
class Council:
    """The served call. `numbers` are the proposals', in the order of `IDEAS`; `emails` everybody's by name."""

    site: Site
    slug: str = "winter"
    call_id: int = 0
    numbers: list[str] = field(default_factory=list)
    emails: dict[str, str] = field(default_factory=dict)

    def title(self, number: str) -> str:
        return IDEAS[self.numbers.index(number)][0]

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.site.app.app_context(), Session(db.engine) as opened:
            yield opened


@contextmanager
def convened(database: str, folder: Path) -> Iterator[Council]:
    with serving(database, folder) as site:
        council = Council(site)
        with council.session() as session:
            _settle(World(session, datetime.now(UTC)), session, council)
            session.commit()
        yield council


def _settle(world: World, session: Session, council: Council) -> None:
    now = world.now
    people = {
        "Cora Dean": world.person("Cora Dean", Role.COORDINATOR),
        "Quinn Vale": world.person("Quinn Vale", Role.GATEKEEPER),
        "Drew Stone": world.person("Drew Stone", Role.GATEKEEPER),
    }
    agencies = [
        world.agency("DOT", "Department of Transportation"),
        world.agency("DOL", "Department of Labor"),
        world.agency("DOH", "Department of Health"),
    ]
    people["Gale Marsh"] = world.person("Gale Marsh", Role.GATEKEEPER, agency=agencies[2])
    for name, fields in REVIEWERS.items():
        people[name] = world.person(name, Role.REVIEWER)
        for level, tag in zip((3, 2), fields, strict=True):
            world.add(Expertise(person_id=people[name].id, tag=tag, level=level))
    people["Robin Hale"] = world.person("Robin Hale", (Role.SUBMITTER, agencies[0]))
    people["Morgan Low"] = world.person("Morgan Low", (Role.AGENCY_LEAD, agencies[1]))
    rubric = world.rubric(60, 40)
    session.execute(
        sa.update(Criterion)
        .where(Criterion.rubric_id == rubric.id, Criterion.position == 0)
        .values(key="impact", title="Impact if it works")
    )
    call = world.call(
        "Winter call",
        rubric=rubric,
        slug=council.slug,
        opens_at=now - timedelta(days=60),
        closes_at=now - timedelta(days=10),
        reviews_due_on=office_day(now + timedelta(days=5)),
        reviews_required=3,
        reviews_most=AT_MOST,
        decides_together=True,
        agency_sees="comments",
        chair_id=people["Quinn Vale"].id,
        places=4,
    )
    council.call_id = call.id
    for place, (title, technology) in enumerate(IDEAS):
        agency = agencies[place % 3]
        author = people["Robin Hale"] if agency is agencies[0] else None
        proposal = world.proposal(
            title,
            agency=agency,
            call=call,
            step=Step.REVIEW,
            authors=(author,) if author else (),
            technology=technology if technology != "ai" else "",
            uses_ai=technology == "ai",
            vendor="Acme Metering, Inc." if place == VENDOR else "",
            requested_cents=(20 + place) * 1_000_00,
        )
        council.numbers.append(proposal.number)
        _hand_in(world, proposal, title, people["Cora Dean"])
    council.emails = {name: person.email for name, person in people.items()}


def _hand_in(world: World, proposal: Any, title: str, coordinator: Any) -> None:
    """What is there once a proposal has passed screening, and nothing is held against it."""
    problem = f"Why {title.lower()} would help is written here."
    world.add(
        Revision(
            proposal_id=proposal.id,
            number=1,
            content={
                "title": title,
                "summary": proposal.summary,
                "answers": {"problem": {"problem": problem}},
            },
            sha256="0" * 64,
            form_version=1,
            submitted_at=proposal.submitted_at,
        )
    )
    world.add(
        Decision(
            proposal_id=proposal.id,
            gate=GateKey.G0,
            outcome=Outcome.ADVANCE,
            from_stage=Stage.IDEA,
            to_stage=Stage.IDEA,
            reason="Fits the call.",
            decided_by_id=coordinator.id,
            decided_at=world.now - timedelta(days=8),
            evidence={},
            evidence_sha256="0" * 64,
        )
    )
    world.add(
        GateCheck(
            proposal_id=proposal.id,
            gate=GateKey.G1,
            key="no_red_flag",
            met=True,
            checked_by_id=coordinator.id,
            checked_at=world.now,
        )
    )


def let_the_day_pass(council: Council) -> None:
    """The day on which reviews were due lies behind us."""
    with council.session() as session:
        yesterday = office_day(datetime.now(UTC) - timedelta(days=1))
        session.execute(sa.update(Call).where(Call.id == council.call_id).values(reviews_due_on=yesterday))
        session.commit()
