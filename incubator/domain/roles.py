"""Who somebody is to the incubator. One person may hold several roles, each limited to an agency or a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    SUBMITTER = "submitter"
    AGENCY_LEAD = "agency_lead"
    COORDINATOR = "coordinator"
    REVIEWER = "reviewer"
    GATEKEEPER = "gatekeeper"
    PILOT_LEAD = "pilot_lead"
    EVALUATOR = "evaluator"
    LEADERSHIP = "leadership"
    ADMINISTRATOR = "administrator"


AGENCY_ROLES: frozenset[Role] = frozenset({Role.SUBMITTER, Role.AGENCY_LEAD})
"""Roles that mean nothing without an agency."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role, limited to one agency or one call when these are given."""

    role: Role
    agency_id: int | None = None
    call_id: int | None = None

    def covers(self, agency_id: int | None, call_id: int | None) -> bool:
        return self.agency_id in (None, agency_id) and self.call_id in (None, call_id)


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who acts, as the rules see them. The system acts with `person_id` None."""

    person_id: int | None
    name: str
    agency_id: int | None = None
    grants: tuple[Grant, ...] = ()
    on_behalf_of_id: int | None = None
    roles: frozenset[Role] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        object.__setattr__(self, "roles", frozenset(grant.role for grant in self.grants))

    def holds(self, *roles: Role) -> bool:
        """Whether the actor holds any of the roles anywhere."""
        return not self.roles.isdisjoint(roles)

    def holds_for(self, role: Role, *, agency_id: int | None = None, call_id: int | None = None) -> bool:
        """Whether a grant of the role covers the agency and the call of an object."""
        return any(grant.role is role and grant.covers(agency_id, call_id) for grant in self.grants)

    def agencies(self, *roles: Role) -> frozenset[int]:
        """The agencies to which grants of these roles are limited."""
        return frozenset(g.agency_id for g in self.grants if g.role in roles and g.agency_id is not None)

    def everywhere(self, role: Role) -> bool:
        """Whether the role is held without any limit."""
        return any(g.role is role and g.agency_id is None and g.call_id is None for g in self.grants)


SYSTEM = Actor(person_id=None, name="Incubator")
