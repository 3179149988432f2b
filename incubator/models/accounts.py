"""People, their roles, their sign-ins and the one-time links sent to them."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.database import Base, text_enum
from incubator.domain.roles import Role
from incubator.domain.throttling import Tried
from incubator.models.agencies import Agency, Unit


class LinkPurpose(enum.StrEnum):
    INVITATION = "invitation"
    RESET = "reset"


class Person(Base):
    """Somebody with an account. `password_hash` is empty until the invitation is accepted;
    `password_epoch` grows with every new password and ends older links and sign-ins."""

    __tablename__ = "person"
    __table_args__ = (sa.Index("uq_person_email_key", "email_key", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]
    email_key: Mapped[str]
    job_title: Mapped[str] = mapped_column(default="")
    agency_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    time_zone: Mapped[str] = mapped_column(default="")
    manager_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    password_hash: Mapped[str] = mapped_column(default="")
    password_epoch: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(nullable=False)

    agency: Mapped[Agency | None] = relationship(lazy="raise_on_sql", foreign_keys=[agency_id])
    unit: Mapped[Unit | None] = relationship(lazy="raise_on_sql")
    grants: Mapped[list[RoleGrant]] = relationship(
        lazy="raise_on_sql", back_populates="person", foreign_keys="RoleGrant.person_id"
    )

    __mapper_args__ = {"version_id_col": version}


class RoleGrant(Base):
    """A role held by a person, limited to an agency or a call when these are set."""

    __tablename__ = "role_grant"
    __table_args__ = (
        sa.CheckConstraint(
            "role NOT IN ('submitter', 'agency_lead') OR agency_id IS NOT NULL",
            name="agency_roles_have_an_agency",
        ),
        sa.UniqueConstraint("person_id", "role", "agency_id", "call_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    role: Mapped[Role] = mapped_column(text_enum(Role, "role"))
    agency_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    call_id: Mapped[int | None] = mapped_column(sa.ForeignKey("call.id"), index=True)
    granted_at: Mapped[datetime]

    person: Mapped[Person] = relationship(
        lazy="raise_on_sql", back_populates="grants", foreign_keys=[person_id]
    )
    agency: Mapped[Agency | None] = relationship(lazy="raise_on_sql", foreign_keys=[agency_id])


class SignIn(Base):
    """One browser's session: revocable, and known only by the hash of its token."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    password_epoch: Mapped[int]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    browser: Mapped[str] = mapped_column(default="")

    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class OneTimeLink(Base):
    """An invitation or a password reset; used once, and dead when the password changes."""

    __tablename__ = "one_time_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[LinkPurpose] = mapped_column(text_enum(LinkPurpose, "purpose"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    password_epoch: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class SignInAttempt(Base):
    """A failed sign-in or a reset asked for, counted by account and by address across workers and
    restarts. `browser_key` is set when it came from a browser the account had signed in from before."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        sa.Index(None, "email_key", "at"),
        sa.Index(None, "address", "at"),
        sa.Index("ix_sign_in_attempt_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tried: Mapped[Tried] = mapped_column(text_enum(Tried, "tried"), default=Tried.SIGN_IN)
    email_key: Mapped[str]
    address: Mapped[str]
    browser_key: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]


class SubmissionKey(Base):
    """A form that was already acted on: posting it again answers with the same place."""

    __tablename__ = "submission_key"

    key: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    location: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
