"""The one blueprint of the gates' pages."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("gates", __name__)
