"""Agencies as customers: their accounts, needs, commitments, meetings and surveys."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from incubator.domain.access import Action
from incubator.domain.errors import NotFound
from incubator.web.guards import on_agency

blueprint = Blueprint("agencies", __name__)


@blueprint.get("/agencies/<code>")
@on_agency(Action.VIEW_AGENCY)
def show(agency: Any) -> Any:
    raise NotFound
