"""How migrations reach the database. On SQLite a batch change rebuilds a table, so foreign keys rest
meanwhile and are checked before the commit; otherwise a rebuilt parent would delete its children."""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app


def ours(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """The queue keeps tables of its own in the same PostgreSQL database."""
    return not (kind == "table" and name is not None and name.startswith("huey"))


def run() -> None:
    migrate = current_app.extensions["migrate"]
    options = dict(migrate.configure_args)
    with migrate.db.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=migrate.db.metadatas[None],
            include_object=ours,
            transaction_per_migration=False,
            **options,
        )
        with context.begin_transaction():
            context.run_migrations()
            if sqlite:
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                if broken:
                    raise RuntimeError(f"the migration left dangling references: {broken}")
        if sqlite:
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=ON")


run()
