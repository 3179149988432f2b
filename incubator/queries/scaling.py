"""What is prepared for scaling a pilot, and what of it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.domain.scaling import ApprovalArea, ApprovalState, ScaleState
from incubator.domain.scaling import scale_state as state_of
from incubator.models.accounts import Person
from incubator.models.pilots import Pilot
from incubator.models.scaling import ScaleApproval, ScaleReadiness


@dataclass(frozen=True, slots=True)
class ReadinessRow:
    """What is written down, with the product owner of the plan and the one who accepted.

    All empty, with version 0, before anybody saved something.
    """

    owner_id: int | None = None
    owner_name: str | None = None
    owner_accepted_at: datetime | None = None
    owner_accepted_by_id: int | None = None
    accepted_by_name: str | None = None
    owner_note: str = ""
    recurring_cents: int | None = None
    funding_line: str = ""
    fiscal_year: int | None = None
    procurement: str = ""
    support: str = ""
    typicality: str = ""
    version: int = 0

    @property
    def acceptance_lapsed(self) -> bool:
        """Somebody accepted, and the product has had another owner since."""
        return self.owner_accepted_at is not None and self.owner_accepted_by_id != self.owner_id


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    area: ApprovalArea
    state: ApprovalState = ApprovalState.OPEN
    note: str = ""
    given_at: datetime | None = None
    given_by: str | None = None

    @property
    def stamp(self) -> int:
        """What a form shows of the answer, to notice that somebody else answered meanwhile."""
        return 0 if self.given_at is None else round(self.given_at.timestamp() * 1_000_000)


def readiness_of(session: Session, proposal_id: int) -> ReadinessRow:
    """Read from the plan and the readiness together: either may be there without the other."""
    owner, accepted_by = aliased(Person), aliased(Person)
    row = session.execute(
        sa.select(
            Pilot.product_owner_id.label("owner_id"),
            owner.name.label("owner_name"),
            ScaleReadiness.owner_accepted_at,
            ScaleReadiness.owner_accepted_by_id,
            accepted_by.name.label("accepted_by_name"),
            sa.func.coalesce(ScaleReadiness.owner_note, "").label("owner_note"),
            ScaleReadiness.recurring_cents,
            sa.func.coalesce(ScaleReadiness.funding_line, "").label("funding_line"),
            ScaleReadiness.fiscal_year,
            sa.func.coalesce(ScaleReadiness.procurement, "").label("procurement"),
            sa.func.coalesce(ScaleReadiness.support, "").label("support"),
            sa.func.coalesce(ScaleReadiness.typicality, "").label("typicality"),
            sa.func.coalesce(ScaleReadiness.version, 0).label("version"),
        )
        .select_from(_both(sa.literal(proposal_id)))
        .outerjoin(owner, owner.id == Pilot.product_owner_id)
        .outerjoin(accepted_by, accepted_by.id == ScaleReadiness.owner_accepted_by_id)
    ).one()
    return ReadinessRow(**row._mapping)


def _both(proposal_id: sa.ColumnElement[int]) -> sa.FromClause:
    one = sa.select(proposal_id.label("proposal_id")).subquery()
    return one.outerjoin(Pilot, Pilot.proposal_id == one.c.proposal_id).outerjoin(
        ScaleReadiness, ScaleReadiness.proposal_id == one.c.proposal_id
    )


def approvals_of(session: Session, proposal_id: int) -> list[ApprovalRow]:
    """One row for each area, in the areas' order; what nobody answered is open."""
    rows = session.execute(
        sa.select(
            ScaleApproval.area,
            ScaleApproval.state,
            ScaleApproval.note,
            ScaleApproval.given_at,
            Person.name.label("given_by"),
        )
        .outerjoin(Person, Person.id == ScaleApproval.given_by_id)
        .where(ScaleApproval.proposal_id == proposal_id)
    )
    given = {row.area: ApprovalRow(**row._mapping) for row in rows}
    return [given.get(area, ApprovalRow(area)) for area in ApprovalArea]


def state_from(readiness: ReadinessRow, approvals: Mapping[ApprovalArea, ApprovalState]) -> ScaleState:
    return state_of(
        owner_id=readiness.owner_id,
        accepted_by_id=readiness.owner_accepted_by_id,
        accepted_at=readiness.owner_accepted_at,
        recurring_cents=readiness.recurring_cents,
        funding_line=readiness.funding_line,
        fiscal_year=readiness.fiscal_year,
        procurement=readiness.procurement,
        support=readiness.support,
        typicality=readiness.typicality,
        approvals=approvals,
    )


def scale_state(session: Session, ids: Sequence[int]) -> dict[int, ScaleState]:
    """What stands of each record's readiness to scale; every id asked for is answered. Two statements."""
    if not ids:
        return {}
    given: dict[int, dict[ApprovalArea, ApprovalState]] = {}
    for row in session.execute(
        sa.select(ScaleApproval.proposal_id, ScaleApproval.area, ScaleApproval.state).where(
            ScaleApproval.proposal_id.in_(ids)
        )
    ):
        given.setdefault(row.proposal_id, {})[row.area] = row.state
    found = {
        row.proposal_id: state_of(
            owner_id=row.product_owner_id,
            accepted_by_id=row.owner_accepted_by_id,
            accepted_at=row.owner_accepted_at,
            recurring_cents=row.recurring_cents,
            funding_line=row.funding_line,
            fiscal_year=row.fiscal_year,
            procurement=row.procurement,
            support=row.support,
            typicality=row.typicality,
            approvals=given.get(row.proposal_id, {}),
        )
        for row in session.execute(
            sa.select(
                ScaleReadiness.proposal_id,
                Pilot.product_owner_id,
                ScaleReadiness.owner_accepted_by_id,
                ScaleReadiness.owner_accepted_at,
                ScaleReadiness.recurring_cents,
                ScaleReadiness.funding_line,
                ScaleReadiness.fiscal_year,
                ScaleReadiness.procurement,
                ScaleReadiness.support,
                ScaleReadiness.typicality,
            )
            .outerjoin(Pilot, Pilot.proposal_id == ScaleReadiness.proposal_id)
            .where(ScaleReadiness.proposal_id.in_(ids))
        )
    }
    nothing = ReadinessRow()
    return {
        proposal_id: found.get(proposal_id) or state_from(nothing, given.get(proposal_id, {}))
        for proposal_id in ids
    }
