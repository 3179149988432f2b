"""Readiness, decisions, conditions and the list of decisions to make."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("gates", __name__)
