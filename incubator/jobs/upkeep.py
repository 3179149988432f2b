"""Throwing away what nobody needs any more: files without a row, spent links, old form keys, old exports."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from incubator.charts.cache import Cache
from incubator.flows.attachments import remove_orphans
from incubator.jobs.workshop import Workshop
from incubator.models.accounts import OneTimeLink, SubmissionKey
from incubator.queries.inventory import kept_uploads

UPLOAD_DAYS = 1
EXPORT_DAYS = 7
LINK_DAYS = 30
KEY_DAYS = 7
CHART_BYTES = 300_000_000


def exports_folder(workshop: Workshop) -> Path:
    """Where finished exports lie."""
    return workshop.settings.instance / "exports"


def tidy_up(workshop: Workshop) -> dict[str, int]:
    """What went, by kind."""
    now = workshop.clock()
    with workshop.reading() as session:
        needed = kept_uploads(session)
    # A file that was just written may belong to a row that is not committed yet, so only old ones go.
    gone = {
        "uploads": _remove(workshop.settings.uploads, now - timedelta(days=UPLOAD_DAYS), needed),
        "exports": _remove(exports_folder(workshop), now - timedelta(days=EXPORT_DAYS), set()),
        "charts": Cache(workshop.settings.chart_cache).prune(CHART_BYTES),
    }
    with workshop.reading() as session:
        gone["attachments"] = remove_orphans(session, now, workshop.settings.attachments)
    with workshop.writing() as session:
        for name, statement in (
            ("links", sa.delete(OneTimeLink).where(OneTimeLink.expires_at < now - timedelta(days=LINK_DAYS))),
            ("keys", sa.delete(SubmissionKey).where(SubmissionKey.at < now - timedelta(days=KEY_DAYS))),
        ):
            gone[name] = session.execute(statement).rowcount  # type: ignore[attr-defined]
    return gone


def _remove(folder: Path, before: datetime, needed: set[str]) -> int:
    gone = 0
    for path in folder.glob("*"):
        try:
            old = path.lstat().st_mtime < before.timestamp()
            if old and path.name not in needed and not path.is_dir():
                path.unlink()
                gone += 1
        except FileNotFoundError:
            continue
    return gone
