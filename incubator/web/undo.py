"""A notice with an Undo button."""

from __future__ import annotations

from typing import Any

from flask import flash
from flask_babel import gettext as _


def flash_with_undo(text: str, undo_url: str) -> None:
    """Say what was done, and offer to undo it by a POST to `undo_url`."""
    notice: Any = {"text": text, "undo_url": undo_url, "undo_label": _("Undo")}
    flash(notice, "success")
