"""Whether an installation is sound: what an operator looks at after an upgrade, a move or a restore."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from incubator.config import Settings
from incubator.extensions import db
from incubator.jobs.digests import changed_records, is_unchanged, kept_files
from incubator.jobs.schema import ADVICE, Standing, standing
from incubator.models.accounts import Person
from incubator.models.agencies import Agency
from incubator.models.history import Event
from incubator.models.pilots import Reading
from incubator.models.proposals import Proposal
from incubator.models.reviews import Review
from incubator.queries.chain import verify_chain

COUNTED = (
    ("people", Person),
    ("agencies", Agency),
    ("proposals and pilots", Proposal),
    ("reviews", Review),
    ("readings", Reading),
    ("events", Event),
)

MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Finding:
    sound: bool
    sentence: str


def findings(app: Flask, anchor: str | None = None) -> Iterator[Finding]:
    """One after the other, as they are found; after a database of another version nothing more is asked."""
    state = standing(app)
    if state is not Standing.CURRENT:
        yield Finding(False, ADVICE[state])
        return
    yield Finding(True, "The database has the version this program expects.")
    with app.app_context():
        session = db.session()
        if db.engine.dialect.name == "sqlite":
            yield _file(session)
        counts = [f"{_count(session, table):,} {name}" for name, table in COUNTED]
        yield Finding(True, f"It holds {', '.join(counts)}.")
        yield _attachments(session, app.config["SETTINGS"])
        yield triggers_finding(session)
        chain = verify_chain(session, anchor)
        yield Finding(chain.whole, chain.sentence)
        if not chain.events and _count(session, Proposal):
            yield Finding(False, "There are proposals but no events: the audit trail was deleted.")
        if chain.whole:
            yield from _records(session)


def _count(session: Session, table: type) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def _file(session: Session) -> Finding:
    answers = [row[0] for row in session.execute(sa.text("PRAGMA integrity_check"))]
    answers += [
        f"a row of {row[0]} points to nothing" for row in session.execute(sa.text("PRAGMA foreign_key_check"))
    ]
    if answers == ["ok"]:
        return Finding(True, "The database file is whole.")
    return Finding(False, f"The database file is damaged: {'; '.join(a for a in answers[:5] if a != 'ok')}.")


def _attachments(session: Session, settings: Settings) -> Finding:
    rows = kept_files(session)
    wrong = [key for key, size, sha256 in rows if not is_unchanged(settings.attachments / key, size, sha256)]
    if wrong:
        return Finding(
            False,
            f"{len(wrong):,} of {len(rows):,} attachments are missing or changed in "
            f"{settings.attachments}, the first of them {wrong[0]}.",
        )
    return Finding(True, f"All {len(rows):,} attachments are in their place, unchanged.")


def triggers_finding(session: Session) -> Finding:
    """Whether the database itself still refuses to change and delete events."""
    if session.get_bind().dialect.name == "sqlite":
        there = sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'event'")
        wanted = {"event_refuses_update", "event_refuses_delete"}
    else:
        there = sa.text(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'event'::regclass AND tgenabled IN ('O', 'A')"
        )
        wanted = {"event_refuses_change"}
    missing = sorted(wanted - set(session.scalars(there)))
    if missing:
        return Finding(
            False,
            f"The database no longer refuses to change events: it lacks the trigger {', '.join(missing)}.",
        )
    return Finding(True, "The database refuses to change or delete events.")


def _records(session: Session) -> Iterator[Finding]:
    wrong = list(changed_records(session))
    yield from (Finding(False, sentence) for sentence in wrong[:MOST_NAMED])
    if len(wrong) > MOST_NAMED:
        yield Finding(False, f"{len(wrong) - MOST_NAMED:,} more frozen records were changed.")
    if not wrong:
        yield Finding(True, "Revisions, decisions, sealed dossiers and locked plans are as they were frozen.")
