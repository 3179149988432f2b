"""The ranked list against money and teams."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("priorities", __name__)
