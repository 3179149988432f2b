"""Making the file of a decision for the worker, which knows of no pages."""

from __future__ import annotations

from datetime import datetime

from flask import Flask, g

from incubator.queries.dossiers import Decided
from incubator.web.dossiers.document import file_of

DOSSIER_FILE = "incubator.dossier_file"
"""Where the application keeps `make_file`."""


def make_file(app: Flask, found: Decided, made_at: datetime) -> bytes:
    """The dossier of a decision as a PDF, in the words of the staff."""
    with app.app_context():
        g.reads_as_staff = True
        return file_of(found.evidence, found, made_at)


def register_dossiers(app: Flask) -> None:
    app.extensions[DOSSIER_FILE] = make_file
