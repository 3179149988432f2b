"""Which agencies somebody may know of, as a condition of a SELECT.

This says the same as `domain.access.can_on_agency`; a test holds the two together.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from incubator.domain.access import AGENCY_WATCH
from incubator.domain.roles import Actor, Role

ALL_AGENCIES = (Role.LEADERSHIP, Role.ADMINISTRATOR, Role.EVALUATOR, Role.GATEKEEPER)


def may_see_agency(actor: Actor, agency_id: Any) -> sa.ColumnElement[bool]:
    """Whether the actor may see the agency in that column."""
    if actor.holds(*ALL_AGENCIES) or actor.everywhere(Role.COORDINATOR):
        return sa.true()
    coordinated = {
        grant.agency_id
        for grant in actor.grants
        if grant.role is Role.COORDINATOR and grant.agency_id is not None and grant.call_id is None
    }
    own = {actor.agency_id} if actor.agency_id is not None else set()
    return sa.type_coerce(agency_id, sa.Integer).in_(
        sorted(own | coordinated | actor.agencies(*AGENCY_WATCH))
    )
