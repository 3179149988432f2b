from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("screening", __name__)
