"""The way in for whoever runs the installation: an administrator's account and its one-time link."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from flask import current_app

from incubator.domain.errors import DomainError
from incubator.domain.passwords import email_key
from incubator.domain.roles import Actor, Grant, Role
from incubator.extensions import db
from incubator.flows import accounts, people
from incubator.models.accounts import Person, RoleGrant
from incubator.queries.accounts import find_person_by_email

OPERATOR = Actor(person_id=None, name="The operator", grants=(Grant(Role.ADMINISTRATOR),))


def invite_first_administrator(email: str, name: str) -> str:
    """Make an administrator, or help one back in, and say which link to open.

    An existing account is enabled, made an administrator and given a link for a new password. Ends the
    command with a message when the name or the address cannot be.
    """
    settings = current_app.config["SETTINGS"]
    session = db.session()
    moment = datetime.now(UTC)
    known = {"base_url": settings.base_url, "office": settings.office_name, "now": moment}
    try:
        person = find_person_by_email(session, email_key(email))
        if person is None:
            sent = people.invite(session, OPERATOR, name=name, email=email, role=Role.ADMINISTRATOR, **known)
            link, lasts = sent.link, "seven days"
        else:
            _make_administrator(person, moment)
            if person.password_hash:
                link, lasts = accounts.send_reset(session, OPERATOR, person, **known), "one hour"
            else:
                link, lasts = people.invite_again(session, OPERATOR, person.id, **known).link, "seven days"
        session.commit()
    except DomainError as error:
        session.rollback()
        raise SystemExit(error.message) from error
    return f"Open this link within {lasts} and choose a password; it works once:\n{link}"


def _make_administrator(person: Person, moment: datetime) -> None:
    session = db.session()
    people.enable(session, OPERATOR, person.id, moment)
    held = session.scalar(
        sa.select(RoleGrant.id).where(RoleGrant.person_id == person.id, RoleGrant.role == Role.ADMINISTRATOR)
    )
    if held is None:
        people.grant(
            session,
            OPERATOR,
            person_id=person.id,
            role=Role.ADMINISTRATOR,
            scope=people.Scope(),
            now=moment,
        )
