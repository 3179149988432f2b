"""Screening, questions to the agency, merging duplicates, responses kept for reuse."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("screening", __name__)
