"""Calls for proposals and their rubrics."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("calls", __name__)
