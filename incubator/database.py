"""The declarative base, the column types and how each database is spoken to."""

from __future__ import annotations

import enum
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.sql.functions import FunctionElement

from incubator.domain.folding import fold

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

SQLITE_WITH_SOUND_WAL = (3, 51, 3)
"""Earlier releases can corrupt a database in WAL mode, so they keep a rollback journal."""


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """A moment in UTC. Refuses naive values; SQLite's are given their zone back."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("naive datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class folded(FunctionElement[str]):  # noqa: N801 - reads like a function of SQL
    """A text as `domain.folding.fold` gives it: to sort names by and to search them."""

    type = sa.Text()
    inherit_cache = True
    name = "folded"


@compiles(folded, "sqlite")
def _folded_on_sqlite(element: folded, compiler: Any, **kw: Any) -> str:
    return f"fold({compiler.process(element.clauses, **kw)})"


@compiles(folded, "postgresql")
def _folded_on_postgresql(element: folded, compiler: Any, **kw: Any) -> str:
    text = compiler.process(element.clauses, **kw)
    marks = r"E'[\u0300-\u036F\u1AB0-\u1AFF\u1DC0-\u1DFF\u20D0-\u20FF]'"
    plain = f"regexp_replace(normalize({text}, NFKD), {marks}, '', 'g')"
    return f"(replace(lower({plain}), 'ß', 'ss') COLLATE \"C\")"


def text_enum(members: type[enum.StrEnum], name: str) -> sa.Enum:
    """A text column with a CHECK of the members, named after its column: two columns of one enum
    in a table would otherwise collide."""
    return sa.Enum(
        members,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        validate_strings=True,
        values_callable=lambda kind: [member.value for member in kind],
    )


class Base(DeclarativeBase):
    registry = registry(
        metadata=sa.MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: UTCDateTime,
            str: sa.Text,
            dict[str, Any]: sa.JSON,
            list[Any]: sa.JSON,
        },
    )


_writes: ContextVar[bool] = ContextVar("writes", default=True)


@contextmanager
def reading() -> Iterator[None]:
    """Within, transactions begin as readers: they do not wait for SQLite's one writer.

    A writer takes its place at BEGIN (IMMEDIATE); a reader that later writes would lose updates or
    fail, so only code that surely reads says so.
    """
    token = _writes.set(False)
    try:
        yield
    finally:
        _writes.reset(token)


def begin_as_reader(value: bool = True) -> None:
    """Set the intent of the transactions of this request (GET, HEAD: readers)."""
    _writes.set(not value)


def _hide_rows(context: sa.ExceptionContext) -> None:
    """PostgreSQL adds the whole row to its message (“DETAIL: Failing row contains …”), which would be logged."""
    fault, raised = context.original_exception, context.sqlalchemy_exception
    detail = getattr(getattr(fault, "diag", None), "message_detail", None)
    if not detail:
        return
    for error in (fault, raised):
        if error is not None:
            error.args = tuple(
                part.replace(detail, "…") if isinstance(part, str) else part for part in error.args
            )


def _fold_or_none(text: str | None) -> str | None:
    return None if text is None else fold(text)


def configure_engine(engine: sa.Engine) -> None:
    """Keep rows out of the texts of faults; make SQLite keep what it acknowledged and serialise its writers."""
    sa.event.listen(engine, "handle_error", _hide_rows)
    if engine.dialect.name != "sqlite":
        return
    journal = "WAL" if sqlite3.sqlite_version_info >= SQLITE_WITH_SOUND_WAL else "TRUNCATE"

    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.create_function("fold", 1, _fold_or_none, deterministic=True)
        for pragma in (
            "foreign_keys=ON",
            "busy_timeout=5000",
            f"journal_mode={journal}",
            "synchronous=FULL",
            "cache_size=-32000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _writes.get() else "BEGIN")
