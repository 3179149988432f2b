"""Which broker carries the queue."""

from __future__ import annotations

from incubator.config import Settings


def broker_url(settings: Settings) -> str | None:
    """The one named for the queue, else Redis, else the PostgreSQL database itself; None is a local file."""
    if settings.queue_url or settings.redis_url:
        return settings.queue_url or settings.redis_url
    return settings.database_url if settings.database_url.startswith("postgresql") else None
