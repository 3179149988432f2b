"""The portfolio: list, statistics, briefing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from incubator.domain.access import Action
from incubator.domain.errors import NotFound
from incubator.web.guards import allowed

blueprint = Blueprint("portfolio", __name__)


@blueprint.get("/portfolio")
@allowed(Action.SEE_PORTFOLIO)
def index() -> Any:
    raise NotFound
