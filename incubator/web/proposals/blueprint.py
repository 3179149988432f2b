"""The blueprint that the area's modules share."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("proposals", __name__)
