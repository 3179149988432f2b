"""An office with one selected proposal, and what the evaluation of its pilot will be made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.gates import GateKey
from incubator.domain.roles import Role
from incubator.domain.stages import Outcome, Stage, Step
from incubator.extensions import db
from incubator.models.gates import Decision
from incubator.models.pilots import Metric
from tests.journeys.conftest import Site, serving
from tests.world import World

TITLE = "A helper that reads permit forms before they are sent"
PLANNED = datetime(2026, 12, 10, 17, tzinfo=UTC)
LAUNCHED = datetime(2027, 1, 4, 17, tzinfo=UTC)
QUARTERS = tuple(datetime(2027, month, 2, 17, tzinfo=UTC) for month in (4, 7, 10))
HORIZON = datetime(2028, 1, 3, 17, tzinfo=UTC)
"""With it the twelfth month since the launch ends."""

COMPLETE = "Forms complete when sent"
MINUTES = "Minutes at the counter"
COMPLAINTS = "Complaints about returned forms"
RECEIVED = "Forms received"
ASKED_TWICE = "Callers who ask twice"

CASES = 200
PILOT_COMPLETE = (
    (118, 123, 120, 117, 122, 121, 119, 124, 120, 118, 121, 117),
    (158, 161, 159, 163, 160, 162, 158, 161, 160, 164, 159, 163),
)
"""Of 200 forms in each month, in the year before the launch and in the year after it: 60 % and 80.3 %."""
COMPARED_COMPLETE = (
    (116, 119, 121, 118, 117, 120, 122, 118, 119, 116, 120, 118),
    (119, 118, 121, 117, 120, 119, 122, 118, 120, 117, 121, 119),
)
"""The same of a county without the pilot, where nothing changes."""
COUNTER = (
    (24, 36, 31, 22, 38, 29, 33, 25, 37, 30, 21, 34),
    (20, 34, 28, 19, 35, 26, 31, 22, 33, 25, 18, 33),
)
"""Means of 30 and 27 minutes: as promised, and lost in how much the months vary."""
SENT = 500
COMPLAINED = (
    (5, 4, 6, 5, 5, 4, 6, 5, 5, 6, 4, 5),
    (13, 11, 12, 12, 12, 13, 11, 12, 13, 11, 12, 13),
)
"""Of 500 forms in each month: 10 in 1,000 before, more than 20 from the launch on."""
FORMS = (
    (410, 395, 402, 388, 407, 399, 411, 393, 405, 398, 404, 400),
    (420, 415, 422, 408, 417, 419, 421, 413, 415, 418, 424, 410),
)


def months(year: int) -> list[date]:
    """The days of twelve monthly readings: those of 2026 begin in December 2025, before the plan is written."""
    if year == PLANNED.year:
        return [date(year - 1, 12, 20), *(date(year, month, 20) for month in range(1, 12))]
    return [date(year, month, 20) for month in range(1, 13)]


def pasted(head: str, rows: Sequence[tuple[object, ...]]) -> str:
    return "\n".join([head, *("\t".join(str(cell) for cell in row) for row in rows)])


def rows_of(name: str, after: int, months_wanted: slice) -> str:
    """What a spreadsheet of the source would hold for those months before (0) or after (1) the launch."""
    days = list(enumerate(months(LAUNCHED.year if after else PLANNED.year)))[months_wanted]
    if name == COMPLETE:
        both = (("pilot", PILOT_COMPLETE), ("comparison", COMPARED_COMPLETE))
        return pasted(
            "date\tcounted\tcases\tarm",
            [(day, counts[after][place], CASES, arm) for arm, counts in both for place, day in days],
        )
    if name == COMPLAINTS:
        return pasted("date\tcounted\tcases", [(day, COMPLAINED[after][place], SENT) for place, day in days])
    values = COUNTER if name == MINUTES else FORMS
    return pasted("date\tvalue", [(day, values[after][place]) for place, day in days])


@dataclass(slots=True)
class Office:
    """The served office; `emails` are everybody's by name."""

    site: Site
    number: str = ""
    emails: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.site.app.app_context(), Session(db.engine) as opened:
            yield opened

    def metric(self, session: Session, name: str) -> Metric:
        return session.scalars(sa.select(Metric).where(Metric.name == name)).one()


@contextmanager
def opened(database: str, folder: Path) -> Iterator[Office]:
    with serving(database, folder) as site:
        site.clock.move_to(PLANNED)
        office = Office(site)
        with office.session() as session:
            _settle(World(session, site.clock()), office)
            session.commit()
        yield office


def _settle(world: World, office: Office) -> None:
    agency = world.agency("DLR", "Department of Licensing")
    people = {
        "Cora Dean": world.person("Cora Dean", Role.COORDINATOR),
        "Lena Park": world.person("Lena Park", Role.PILOT_LEAD),
        "Evan Roe": world.person("Evan Roe", Role.EVALUATOR),
        "Gail Hunt": world.person("Gail Hunt", Role.GATEKEEPER),
        "Drew Stone": world.person("Drew Stone", Role.LEADERSHIP),
        "Omar Vale": world.person("Omar Vale", (Role.AGENCY_LEAD, agency), agency=agency),
    }
    proposal = world.proposal(
        TITLE, agency=agency, step=Step.DESIGN, authors=(people["Omar Vale"],), requested_cents=48_000_00
    )
    world.add(
        Decision(
            proposal_id=proposal.id,
            gate=GateKey.G1,
            outcome=Outcome.ADVANCE,
            from_stage=Stage.IDEA,
            to_stage=Stage.DESIGN,
            reason="Clear and worth trying.",
            decided_by_id=people["Gail Hunt"].id,
            decided_at=world.now,
            evidence={},
            evidence_sha256="0" * 64,
        )
    )
    office.number = proposal.number
    office.emails = {name: person.email for name, person in people.items()}
