from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("dossiers", __name__)
