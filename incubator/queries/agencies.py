"""Agencies and their accounts."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.models.agencies import Agency


def find_agency(session: Session, code: str) -> Agency | None:
    return session.scalars(sa.select(Agency).where(Agency.code == code)).one_or_none()
