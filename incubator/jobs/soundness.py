"""Whether an installation is sound: what an operator looks at after an upgrade, a move or a restore."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from incubator.config import Settings
from incubator.extensions import db
from incubator.jobs.schema import ADVICE, Standing, standing
from incubator.models.accounts import Person
from incubator.models.agencies import Agency
from incubator.models.dossiers import Dossier
from incubator.models.history import Event
from incubator.models.pilots import Reading
from incubator.models.proposals import Attachment, Proposal
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
        chain = verify_chain(session, anchor)
        yield Finding(chain.whole, chain.sentence)


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
    rows = session.execute(
        sa.union_all(
            sa.select(Attachment.storage_key, Attachment.size), sa.select(Dossier.stored_as, Dossier.size)
        )
    ).all()
    wrong = [
        row.storage_key
        for row in rows
        if not (path := settings.attachments / row.storage_key).is_file() or path.stat().st_size != row.size
    ]
    if wrong:
        return Finding(
            False,
            f"{len(wrong):,} of {len(rows):,} attachments are missing or have another size in "
            f"{settings.attachments}, the first of them {wrong[0]}.",
        )
    return Finding(True, f"All {len(rows):,} attachments are in their place.")
