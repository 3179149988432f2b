"""The one blueprint of the pages of a call's decisions."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("releases", __name__)
