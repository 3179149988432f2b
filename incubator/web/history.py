"""What happened: the log and a record's timeline."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("history", __name__)
