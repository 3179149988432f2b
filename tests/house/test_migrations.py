"""The migrations lead to the same database as the models, and back to none, on every database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import downgrade, upgrade

from incubator.database import Base
from incubator.extensions import db
from tests.databases import DATABASES, fresh_database, make_app


@pytest.fixture(params=DATABASES)
def empty(request, tmp_path) -> Iterator[Flask]:
    """An application on a database without tables."""
    with fresh_database(request.param, tmp_path) as url:
        app = make_app(url, tmp_path / "instance")
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()


def shape(engine: sa.Engine) -> dict[str, Any]:
    """Everything the database says of its tables, as plain values."""
    inspector = sa.inspect(engine)
    found: dict[str, Any] = {}
    for table in sorted(set(inspector.get_table_names()) - {"alembic_version"}):
        found[table] = {
            "columns": sorted(
                (c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)
            ),
            "primary key": inspector.get_pk_constraint(table)["constrained_columns"],
            "foreign keys": sorted(
                (str(f["name"]), tuple(f["constrained_columns"]), f["referred_table"])
                for f in inspector.get_foreign_keys(table)
            ),
            "unique": sorted(
                (str(u["name"]), tuple(u["column_names"])) for u in inspector.get_unique_constraints(table)
            ),
            "indexes": sorted(
                (str(x["name"]), tuple(str(c) for c in x["column_names"]), bool(x["unique"]))
                for x in inspector.get_indexes(table)
                if not x.get("duplicates_constraint")
            ),
            "checks": sorted((str(c["name"]), c["sqltext"]) for c in inspector.get_check_constraints(table)),
        }
    found["triggers"] = triggers(engine)
    return found


def triggers(engine: sa.Engine) -> list[str]:
    asked = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
        "postgresql": "SELECT DISTINCT trigger_name FROM information_schema.triggers ORDER BY trigger_name",
    }[engine.dialect.name]
    with engine.connect() as connection:
        return [str(name) for name in connection.exec_driver_sql(asked).scalars()]


def differences(want: dict[str, Any], got: dict[str, Any]) -> list[str]:
    lines = [f"table only in the models: {name}" for name in sorted(want.keys() - got.keys())]
    lines += [f"table only in the migrations: {name}" for name in sorted(got.keys() - want.keys())]
    for name in sorted((want.keys() & got.keys()) - {"triggers"}):
        for part in want[name]:
            if want[name][part] != got[name][part]:
                lines.append(f"{name}, {part}: models {want[name][part]}, migrations {got[name][part]}")
    if want["triggers"] != got["triggers"]:
        lines.append(f"triggers: models {want['triggers']}, migrations {got['triggers']}")
    return lines


def clear(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        Base.metadata.drop_all(connection)
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("DROP FUNCTION IF EXISTS event_refuses CASCADE")


def create_from_models() -> None:
    """As on a fresh start: making the tables on PostgreSQL marks the keys of a circle as added later, and
    SQLite, which cannot add them, would then leave them out."""
    for key in Base.metadata.tables["agency"].foreign_key_constraints:
        key._create_rule = None
    Base.metadata.create_all(db.engine)


def test_models_and_migrations_agree_and_the_way_back_is_clean(empty):
    create_from_models()
    want = shape(db.engine)
    clear(db.engine)
    upgrade()
    got = shape(db.engine)
    assert differences(want, got) == []
    downgrade(revision="base")
    assert set(sa.inspect(db.engine).get_table_names()) <= {"alembic_version"}
    assert triggers(db.engine) == []
    upgrade()
    assert differences(got, shape(db.engine)) == []


def test_upgrading_twice_changes_nothing(empty):
    upgrade()
    before = shape(db.engine)
    upgrade()
    assert shape(db.engine) == before
