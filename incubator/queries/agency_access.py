"""Which agencies somebody may know of, as a condition of a SELECT.

This says the same as `domain.access.can_on_agency`; a test holds the two together.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from incubator.domain.access import ACCOUNT_READERS, AGENCY_WATCH
from incubator.domain.roles import Actor, Role


def may_see_agency(actor: Actor, agency_id: Any) -> sa.ColumnElement[bool]:
    """Whether the actor may see the agency in that column."""
    read = {grant.agency_id for grant in actor.grants if grant.role in ACCOUNT_READERS}
    kept = {
        grant.agency_id for grant in actor.grants if grant.role is Role.COORDINATOR and grant.call_id is None
    }
    if None in read | kept:
        return sa.true()
    own = {actor.agency_id, *actor.agencies(*AGENCY_WATCH)}
    return sa.type_coerce(agency_id, sa.Integer).in_(sorted(filter(None, own | read | kept)))
