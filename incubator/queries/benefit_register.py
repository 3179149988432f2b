"""The benefits of all records that somebody may see: what was promised, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import folded
from incubator.domain.benefits import BenefitKind, Certainty
from incubator.domain.clock import office_day
from incubator.domain.folding import fold
from incubator.domain.roles import Actor
from incubator.domain.stages import Origin, Stage
from incubator.models.agencies import Agency
from incubator.models.benefits import Benefit, PromisedBenefit
from incubator.models.proposals import Proposal, StageSpell
from incubator.queries.benefits import MeasuredRow, added_late, measurements, says_of_forecasts
from incubator.queries.visibility import visible

NOT_MEASURED = "none"


@dataclass(frozen=True, slots=True)
class RegisterFilters:
    """`months` looks at that measurement alone, else at the latest; `certainty` may be "none": not measured."""

    agency: str = ""
    kind: BenefitKind | None = None
    certainty: str = ""
    months: int | None = None

    def given(self) -> dict[str, str]:
        """What narrows, as it stands in an address."""
        values = {
            "agency": self.agency,
            "kind": self.kind or "",
            "certainty": self.certainty,
            "months": str(self.months or ""),
        }
        return {name: str(value) for name, value in values.items() if value}


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A promise with the measurement that is looked at; amounts a year in hundredths of the unit."""

    id: int
    proposal_id: int
    number: str
    title: str
    origin: Origin
    agency_code: str
    agency_name: str
    name: str
    kind: BenefitKind
    unit: str
    owner_name: str
    low: int
    likely: int
    high: int
    years: int
    fixed_at: datetime | None
    scaled_at: datetime | None
    measured: MeasuredRow | None

    @property
    def late(self) -> bool:
        return added_late(self.fixed_at, self.scaled_at)

    @property
    def amount(self) -> int | None:
        return None if self.measured is None else self.measured.amount

    @property
    def counts(self) -> bool:
        return says_of_forecasts(self.fixed_at, self.scaled_at)

    @property
    def scaled_on(self) -> date | None:
        return None if self.scaled_at is None else office_day(self.scaled_at)


SORTS = ("title", "agency", "benefit", "kind", "forecast", "realised", "scaled")


def register(session: Session, actor: Actor, filters: RegisterFilters) -> list[RegisterRow]:
    """All promises that stand on records the actor may see and the filters ask for: two statements."""
    scaled_at = (
        sa.select(sa.func.min(StageSpell.entered_at))
        .where(StageSpell.proposal_id == Proposal.id, StageSpell.stage == Stage.SCALE)
        .correlate(Proposal)
        .scalar_subquery()
    )
    condition = [visible(actor), PromisedBenefit.removed_at.is_(None)]
    if filters.agency:
        condition.append(Agency.code == filters.agency)
    if filters.kind is not None:
        condition.append(PromisedBenefit.kind == filters.kind)
    rows = session.execute(
        sa.select(
            PromisedBenefit.id,
            PromisedBenefit.proposal_id,
            Proposal.number,
            Proposal.title,
            Proposal.origin,
            Agency.code.label("agency_code"),
            Agency.name.label("agency_name"),
            PromisedBenefit.name,
            PromisedBenefit.kind,
            PromisedBenefit.unit,
            PromisedBenefit.owner_name,
            PromisedBenefit.low,
            PromisedBenefit.likely,
            PromisedBenefit.high,
            PromisedBenefit.years,
            PromisedBenefit.fixed_at,
            scaled_at.label("scaled_at"),
        )
        .join(Proposal, Proposal.id == PromisedBenefit.proposal_id)
        .join(Agency, Agency.id == Proposal.agency_id)
        .where(*condition)
        .order_by(Proposal.title_key, PromisedBenefit.id)
    ).all()
    looked_at = (
        sa.select(PromisedBenefit.id)
        .join(Proposal, Proposal.id == PromisedBenefit.proposal_id)
        .join(Agency, Agency.id == Proposal.agency_id)
        .where(*condition)
    )
    measured = measurements(session, Benefit.promise_id.in_(looked_at))
    found = [
        RegisterRow(**row._mapping, measured=_looked_at(measured.get(row.id, ()), filters.months))
        for row in rows
    ]
    return [row for row in found if _is_asked(row, filters.certainty)]


def scaled_without_promise(session: Session, actor: Actor, agency: str) -> list[tuple[str, str]]:
    """Number and title of the records made here that were scaled and promised nothing, by title."""
    statement = (
        sa.select(Proposal.number, Proposal.title)
        .where(
            visible(actor),
            Proposal.origin == Origin.ENTERED,
            sa.exists().where(StageSpell.proposal_id == Proposal.id, StageSpell.stage == Stage.SCALE),
            ~sa.exists().where(
                PromisedBenefit.proposal_id == Proposal.id, PromisedBenefit.removed_at.is_(None)
            ),
        )
        .order_by(Proposal.title_key, Proposal.id)
    )
    if agency:
        statement = statement.join(Agency, Agency.id == Proposal.agency_id).where(Agency.code == agency)
    return [(row.number, row.title) for row in session.execute(statement)]


def register_agencies(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Codes and names of the agencies that have a promise on a record the actor may see."""
    rows = session.execute(
        sa.select(Agency.code, Agency.name)
        .where(
            sa.exists()
            .where(
                Proposal.agency_id == Agency.id,
                PromisedBenefit.proposal_id == Proposal.id,
                PromisedBenefit.removed_at.is_(None),
                visible(actor),
            )
            .correlate(Agency)
        )
        .order_by(folded(Agency.name), Agency.id)
    )
    return [(row.code, row.name) for row in rows]


def ordered(rows: Sequence[RegisterRow], sort: str, *, descending: bool) -> list[RegisterRow]:
    """In the order asked for; what is not known comes last either way."""

    def key(row: RegisterRow) -> tuple[bool, object]:
        value: object = {
            "title": fold(row.title),
            "agency": row.agency_code,
            "benefit": fold(row.name),
            "kind": row.kind,
            "forecast": row.likely,
            "realised": row.amount,
            "scaled": row.scaled_on,
        }[sort]
        return value is None, value

    known = [row for row in rows if not key(row)[0]]
    unknown = [row for row in rows if key(row)[0]]
    return sorted(known, key=lambda row: key(row)[1], reverse=descending) + unknown  # type: ignore[arg-type, return-value]


def _looked_at(measured: Sequence[MeasuredRow], months: int | None) -> MeasuredRow | None:
    if months is None:
        return max(measured, key=lambda row: row.months, default=None)
    return next((row for row in measured if row.months == months), None)


def _is_asked(row: RegisterRow, certainty: str) -> bool:
    if not certainty:
        return True
    if certainty == NOT_MEASURED:
        return row.measured is None
    return row.measured is not None and row.measured.certainty is Certainty(certainty)
