"""Home, the accessibility statement, and the sign of life."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, current_app, jsonify, render_template

from incubator.extensions import db
from incubator.models.history import ChainHead
from incubator.web.guards import public, signed_in
from incubator.web.home import render_home

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
@signed_in
def home() -> Any:
    return render_home()


@blueprint.get("/accessibility")
@public
def accessibility() -> Any:
    return render_template(
        "pages/accessibility.html", contacts=current_app.config["SETTINGS"].accessibility_contacts
    )


@blueprint.get("/healthz")
@public
def health() -> Any:
    """Whether the application and its database answer."""
    db.session.scalar(sa.select(ChainHead.id))  # SQLite answers “SELECT 1” without looking at its file
    return jsonify(status="ok")
