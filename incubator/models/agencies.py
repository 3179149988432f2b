"""Agencies as customers: units, contacts, needs, commitments, meetings and surveys."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.database import Base, text_enum
from incubator.domain.stages import Provenance

if TYPE_CHECKING:
    from incubator.models.accounts import Person


class Party(enum.StrEnum):
    AGENCY = "agency"
    INCUBATOR = "incubator"


class CommitmentState(enum.StrEnum):
    OPEN = "open"
    KEPT = "kept"
    DROPPED = "dropped"


class NeedState(enum.StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    DROPPED = "dropped"


class Agency(Base):
    """A state agency. `next_number` is the counter for its records' numbers (CODE-0001)."""

    __tablename__ = "agency"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str] = mapped_column(default="")
    website: Mapped[str] = mapped_column(default="")
    relationship_manager_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("person.id", use_alter=True), index=True
    )
    it_director_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id", use_alter=True), index=True)
    next_number: Mapped[int] = mapped_column(default=1)
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(nullable=False)

    units: Mapped[list[Unit]] = relationship(lazy="raise_on_sql", back_populates="agency")
    relationship_manager: Mapped[Person | None] = relationship(
        lazy="raise_on_sql", foreign_keys=[relationship_manager_id]
    )
    it_director: Mapped[Person | None] = relationship(lazy="raise_on_sql", foreign_keys=[it_director_id])

    __mapper_args__ = {"version_id_col": version}


class Unit(Base):
    """A bureau or division of an agency."""

    __tablename__ = "unit"
    __table_args__ = (sa.UniqueConstraint("agency_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("agency.id"))
    name: Mapped[str]
    archived_at: Mapped[datetime | None]

    agency: Mapped[Agency] = relationship(lazy="raise_on_sql", back_populates="units")


class AgencyName(Base):
    """Another name of an agency: a former one, or one that a person said means it. `key` is its `name_key`."""

    __tablename__ = "agency_name"

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    name: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)


class Contact(Base):
    """Somebody at the agency to call, with or without an account."""

    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    name: Mapped[str]
    job_title: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    removed_at: Mapped[datetime | None]


class Theme(Base):
    """A strategic goal of the state that needs and proposals serve."""

    __tablename__ = "theme"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    archived_at: Mapped[datetime | None]


class Need(Base):
    """What an agency needs, in its own words and its own order of importance."""

    __tablename__ = "need"
    __table_args__ = (sa.CheckConstraint("rank > 0", name="rank_is_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    title: Mapped[str]
    problem: Mapped[str]
    affected: Mapped[str] = mapped_column(default="")
    size: Mapped[str] = mapped_column(default="")
    rank: Mapped[int]
    theme_id: Mapped[int | None] = mapped_column(sa.ForeignKey("theme.id"), index=True)
    state: Mapped[NeedState] = mapped_column(text_enum(NeedState, "state"), default=NeedState.OPEN)
    provenance: Mapped[Provenance] = mapped_column(
        text_enum(Provenance, "provenance"), default=Provenance.MEASURED
    )
    stated_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    stated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(nullable=False)

    agency: Mapped[Agency] = relationship(lazy="raise_on_sql")
    theme: Mapped[Theme | None] = relationship(lazy="raise_on_sql")

    __mapper_args__ = {"version_id_col": version}


class Commitment(Base):
    """What one side promised the other, by when."""

    __tablename__ = "commitment"
    __table_args__ = (
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_when_not_open"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    party: Mapped[Party] = mapped_column(text_enum(Party, "party"))
    promise: Mapped[str]
    owner_name: Mapped[str] = mapped_column(default="")
    due_on: Mapped[date | None]
    state: Mapped[CommitmentState] = mapped_column(
        text_enum(CommitmentState, "state"), default=CommitmentState.OPEN
    )
    closed_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}


class Meeting(Base):
    """A meeting with the agency and what was said."""

    __tablename__ = "meeting"

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    title: Mapped[str]
    held_on: Mapped[date]
    attendees: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}


class Survey(Base):
    """A short pulse survey of one agency's people. `questions` is a list of {key, text}; each is
    answered from 1 (strongly disagree) to 5 (strongly agree)."""

    __tablename__ = "survey"

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    title: Mapped[str]
    questions: Mapped[list[Any]]
    invited: Mapped[int]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    provenance: Mapped[Provenance] = mapped_column(
        text_enum(Provenance, "provenance"), default=Provenance.MEASURED
    )


class SurveyResponse(Base):
    """One person's answers. `respondent_hash` keeps a second answer out without keeping the name."""

    __tablename__ = "survey_response"
    __table_args__ = (sa.UniqueConstraint("survey_id", "respondent_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(sa.ForeignKey("survey.id"))
    respondent_hash: Mapped[str]
    answers: Mapped[dict[str, Any]]
    comment: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime]
