"""The accounts that the demonstration comes with."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.roles import Role
from incubator.models.accounts import LinkPurpose, OneTimeLink, Person, RoleGrant
from incubator.models.agencies import Agency

DOMAIN = "@example.gov"
"""Where the invented people of the demonstration receive their mail: nowhere."""

INVITED = LinkPurpose.INVITATION


@dataclass(frozen=True, slots=True)
class ReadyAccount:
    name: str
    email: str
    job_title: str
    agency: str | None
    """Its code; None for people of the incubator's own office."""
    roles: tuple[Role, ...]


def ready_accounts(session: Session) -> tuple[ReadyAccount, ...]:
    """Those whose printed password still holds, in the order of the roles in which work flows."""
    rows = session.execute(
        sa.select(Person.id, Person.name, Person.email, Person.job_title, Agency.code, RoleGrant.role)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .outerjoin(Agency, Agency.id == Person.agency_id)
        .where(
            Person.email_key.endswith(DOMAIN, autoescape=True),
            Person.password_epoch == 1,
            Person.disabled_at.is_(None),
            sa.not_(sa.exists().where(OneTimeLink.person_id == Person.id, OneTimeLink.purpose == INVITED)),
        )
    ).all()
    roles: defaultdict[int, set[Role]] = defaultdict(set)
    for row in rows:
        roles[row.id].add(row.role)
    order = list(Role)
    accounts = {
        row.id: ReadyAccount(
            row.name, row.email, row.job_title, row.code, tuple(sorted(roles[row.id], key=order.index))
        )
        for row in rows
    }
    return tuple(
        sorted(accounts.values(), key=lambda one: ([order.index(role) for role in one.roles], one.name))
    )
