from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("redaction", __name__)
