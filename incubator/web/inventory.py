"""Imports of inventories."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("inventory", __name__)
