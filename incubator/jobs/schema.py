"""Which version the database has, against the one this program expects."""

from __future__ import annotations

import enum

import sqlalchemy as sa
from flask import Flask

from incubator.extensions import db


class Standing(enum.Enum):
    CURRENT = "current"
    EMPTY = "empty"
    OLDER = "older"
    NEWER = "newer"
    UNVERSIONED = "unversioned"
    """Tables that the migrations did not make."""


ADVICE = {
    Standing.EMPTY: "There is no database yet. Make it with: incubator init",
    Standing.OLDER: (
        "The database is of an older version. Keep a copy first (incubator backup FILE), then run: incubator init"
    ),
    Standing.NEWER: (
        "The database was written by a newer version of this program. Install that version, or set "
        "INCUBATOR_INSTANCE or INCUBATOR_DATABASE_URL to another place."
    ),
    Standing.UNVERSIONED: "The database holds tables that the migrations of this program did not make.",
}
"""What to do, in a sentence, for every standing but the current one."""


def standing(app: Flask) -> Standing:
    """Reads only; a SQLite file that is not there is made, empty, by the driver."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from flask_migrate import Config

    config = Config()
    config.set_main_option("script_location", app.extensions["migrate"].directory)
    scripts = ScriptDirectory.from_config(config)
    with app.app_context(), db.engine.connect() as connection:
        current = set(MigrationContext.configure(connection).get_current_heads())
        tables = set(sa.inspect(connection).get_table_names())
    if current == set(scripts.get_heads()):
        return Standing.CURRENT
    known = {script.revision for script in scripts.walk_revisions()}
    if current:
        return Standing.OLDER if current <= known else Standing.NEWER
    ours = {table for table in tables if not table.startswith("huey") and table != "alembic_version"}
    return Standing.UNVERSIONED if ours else Standing.EMPTY
