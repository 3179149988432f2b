"""One-time links: only the hash of the token is kept, and a new password ends those sent before it."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.models.accounts import LinkPurpose, OneTimeLink, Person

VALID_FOR: dict[LinkPurpose, timedelta] = {
    LinkPurpose.INVITATION: timedelta(days=7),
    LinkPurpose.RESET: timedelta(hours=1),
}

PATHS = {LinkPurpose.INVITATION: "invitation", LinkPurpose.RESET: "reset"}


def address(base_url: str, purpose: LinkPurpose, token: str) -> str:
    """What is opened. It begins with the installation's own address from the settings, never with what a
    request claims to have asked for."""
    return f"{base_url}/{PATHS[purpose]}/{token}"


def mask(text: str) -> str:
    """The text of a mail without the tokens of one-time links."""
    return _LINK.sub(r"\1…", text)


_LINK = re.compile(rf"(/(?:{'|'.join(PATHS.values())})/)[\w-]{{20,}}")


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def make_link(session: Session, person: Person, purpose: LinkPurpose, now: datetime) -> str:
    """A new link's token. Earlier unused links of that purpose stop working."""
    token = secrets.token_urlsafe(32)
    session.execute(
        sa.update(OneTimeLink)
        .where(
            OneTimeLink.person_id == person.id,
            OneTimeLink.purpose == purpose,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > now,
        )
        .values(expires_at=now)
    )
    session.add(
        OneTimeLink(
            token_hash=token_hash(token),
            purpose=purpose,
            person_id=person.id,
            password_epoch=person.password_epoch,
            created_at=now,
            expires_at=now + VALID_FOR[purpose],
        )
    )
    return token


def use_link(session: Session, token: str, purpose: LinkPurpose, now: datetime) -> Person | None:
    """The person of a living link, which is used up by this; None when it does not work (any more).

    Two at once: the row is claimed by a conditional UPDATE, so one of them gets it.
    """
    claimed = session.execute(
        sa.update(OneTimeLink)
        .where(
            OneTimeLink.token_hash == token_hash(token),
            OneTimeLink.purpose == purpose,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > now,
        )
        .values(used_at=now)
        .returning(OneTimeLink.person_id, OneTimeLink.password_epoch)
    ).one_or_none()
    if claimed is None:
        return None
    person = session.get_one(Person, claimed.person_id)
    alive = person.password_epoch == claimed.password_epoch and person.disabled_at is None
    return person if alive else None
