"""What people do with their own account: sign in and out, change their details and their password."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import available_timezones

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.errors import DomainError, NotFound
from incubator.domain.events import EventKind
from incubator.domain.roles import SYSTEM, Actor
from incubator.domain.throttling import (
    RESET_WINDOW,
    RESETS_PER_ACCOUNT,
    WINDOW,
    TooManyTries,
    Tried,
    Try,
)
from incubator.flows import links, mail
from incubator.flows.record import record
from incubator.flows.versions import check_version, locked
from incubator.models.accounts import LinkPurpose, OneTimeLink, Person, SignIn, SignInAttempt
from incubator.models.history import ChainHead
from incubator.queries import accounts as query

NAME_LIMIT = 200


def sign_in(
    session: Session,
    attempt: Try,
    *,
    email: str,
    checked: query.Credentials | None,
    token_hash: str,
    browser: str,
    now: datetime,
) -> bool:
    """Begin a session, or count a failure. `checked` is the account whose password was right, if any.

    Raises TooManyTries, for right and wrong passwords alike. The tries are counted under the lock of the
    audit trail, so that as many at once as you like never get more than the limit.
    """
    session.execute(sa.select(ChainHead.id).with_for_update())
    refuse_too_many(session, attempt, Tried.SIGN_IN, now)
    person = session.get(Person, checked.person_id, populate_existing=True) if checked else None
    if (
        person is None
        or checked is None
        or person.disabled_at is not None
        or person.password_epoch != checked.password_epoch
    ):
        count_wrong_password(session, attempt, email=email, now=now)
        return False
    session.execute(
        sa.delete(SignInAttempt).where(
            SignInAttempt.tried == Tried.SIGN_IN,
            SignInAttempt.email_key == attempt.email_key,
            SignInAttempt.address == attempt.address,
        )
    )
    session.add(
        SignIn(
            token_hash=token_hash,
            person_id=person.id,
            password_epoch=person.password_epoch,
            created_at=now,
            seen_at=now,
            browser=browser,
        )
    )
    record(session, Actor(person_id=person.id, name=person.name), now, EventKind.SIGNED_IN)
    return True


def refuse_too_many(session: Session, attempt: Try, tried: Tried, now: datetime) -> None:
    until = query.wait_until(session, attempt, tried, now)
    if until is not None:
        raise TooManyTries(until)


def count_wrong_password(session: Session, attempt: Try, *, email: str, now: datetime) -> None:
    """Count a failure and say so in the audit trail."""
    _count(session, attempt, Tried.SIGN_IN, now)
    record(session, SYSTEM, now, EventKind.SIGN_IN_FAILED, email=printable(email)[:320])


def printable(text: str) -> str:
    """Text from strangers without control characters."""
    return "".join(sign if sign.isprintable() else "�" for sign in text)


def _count(session: Session, attempt: Try, tried: Tried, now: datetime) -> None:
    session.execute(sa.delete(SignInAttempt).where(SignInAttempt.at < now - 4 * WINDOW))
    session.add(
        SignInAttempt(
            tried=tried,
            email_key=attempt.email_key,
            address=attempt.address,
            browser_key=attempt.browser_key,
            at=now,
        )
    )


def renew_sign_in(session: Session, sign_in_id: int, now: datetime) -> None:
    session.execute(sa.update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=now))


def end_sign_in(session: Session, actor: Actor, sign_in_id: int, now: datetime) -> None:
    """Sign out of one of one's own browsers. Raises NotFound for somebody else's."""
    ended = session.execute(
        sa.update(SignIn)
        .where(
            SignIn.id == sign_in_id,
            SignIn.person_id == actor.person_id,
            SignIn.ended_at.is_(None),
        )
        .values(ended_at=now)
        .returning(SignIn.id)
    ).one_or_none()
    if ended is None:
        raise NotFound
    record(session, actor, now, EventKind.SIGNED_OUT)


def end_every_sign_in(
    session: Session, actor: Actor, person: Person, now: datetime, *, keep: int | None = None
) -> int:
    """End the person's sessions, except `keep`; how many there were."""
    ended = session.scalars(
        sa.update(SignIn)
        .where(SignIn.person_id == person.id, SignIn.ended_at.is_(None), SignIn.id != (keep or 0))
        .values(ended_at=now)
        .returning(SignIn.id)
    ).all()
    record(session, actor, now, EventKind.SIGNED_OUT_EVERYWHERE, person=person.name, person_id=person.id)
    return len(ended)


def sign_out_everywhere(session: Session, actor: Actor, now: datetime, *, keep: int | None = None) -> int:
    """End one's own sessions, except `keep`; how many there were."""
    return end_every_sign_in(session, actor, session.get_one(Person, actor.person_id), now, keep=keep)


def change_details(
    session: Session, actor: Actor, *, seen: int | None, name: str, time_zone: str, now: datetime
) -> None:
    """Change one's own name and time zone."""
    person = session.get_one(Person, actor.person_id)
    check_version(person, seen, {"name": person.name, "time_zone": person.time_zone})
    if time_zone and time_zone not in available_timezones():
        raise DomainError("Choose a time zone from the list.", "time_zone")
    person.name, person.time_zone = check_name(name), time_zone
    if session.is_modified(person):
        record(session, actor, now, EventKind.PERSON_CHANGED, person=person.name, person_id=person.id)


def check_name(name: str) -> str:
    """The name on one line. Raises DomainError when nothing is left or it is too long."""
    tidy = " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())
    if not tidy:
        raise DomainError("Enter a name.", "name")
    if len(tidy) > NAME_LIMIT:
        raise DomainError("Use at most %(most)s characters.", "name", most=NAME_LIMIT)
    return tidy


def change_password(
    session: Session,
    actor: Actor,
    *,
    seen: query.Credentials,
    password_hash: str,
    sign_in_id: int,
    token_hash: str,
    now: datetime,
) -> None:
    """Set a new password, checked and hashed before; the person's other sessions end, and this one, `sign_in_id`,
    goes on under a new token.

    `seen` is what the present password was checked against: when somebody was faster, raises DomainError.
    """
    person = locked(session, Person, seen.person_id)
    if person is None or person.password_epoch != seen.password_epoch:
        raise DomainError("Your password was changed in the meantime. Sign in again.", "present_password")
    _set_password(session, actor, person, password_hash, now)
    session.execute(
        sa.update(SignIn)
        .where(SignIn.id == sign_in_id, SignIn.person_id == person.id)
        .values(password_epoch=person.password_epoch, token_hash=token_hash)
    )


def _set_password(
    session: Session, actor: Actor, person: Person, password_hash: str, now: datetime, through: str = ""
) -> None:
    person.password_hash = password_hash
    person.password_epoch += 1
    named = through or person.name
    record(session, actor, now, EventKind.PASSWORD_CHANGED, person=named, person_id=person.id)


def _tell_of_link(session: Session, person: Person, purpose: LinkPurpose, sender: str, now: datetime) -> None:
    """A mail to the account's owner, in case somebody else used the link."""
    sent = f" that {sender} sent" if sender else ""
    accepted = purpose is LinkPurpose.INVITATION
    mail.post(
        session,
        recipient_id=person.id,
        address=person.email,
        subject="Your account is active" if accepted else "Your password was changed",
        body=(
            f"Hello {person.name},\n\na password was set for your account through a one-time link{sent}, and it was "
            "signed out everywhere else.\n\nIf it wasn't you, tell an administrator at once: somebody else can use "
            "your account.\n"
        ),
        now=now,
    )


def ask_for_reset(session: Session, attempt: Try, now: datetime, *, base_url: str, office: str) -> None:
    """Send a link to choose a new password, if there is such an account; whoever asks learns nothing.

    Raises TooManyTries by network address. An account gets at most three such mails in an hour, counted under the
    lock of the audit trail, so that as many at once as you like never get more.
    """
    session.execute(sa.select(ChainHead.id).with_for_update())
    refuse_too_many(session, attempt, Tried.RESET, now)
    _count(session, attempt, Tried.RESET, now)
    person = query.find_person_by_email(session, attempt.email_key)
    if person is None or person.disabled_at is not None or not person.password_hash:
        return
    sent = session.scalar(
        sa.select(sa.func.count())
        .select_from(OneTimeLink)
        .where(
            OneTimeLink.person_id == person.id,
            OneTimeLink.purpose == LinkPurpose.RESET,
            OneTimeLink.created_at > now - RESET_WINDOW,
        )
    )
    if (sent or 0) >= RESETS_PER_ACCOUNT:
        return
    send_reset(session, SYSTEM, person, now, base_url=base_url, office=office)


def send_reset(
    session: Session, actor: Actor, person: Person, now: datetime, *, base_url: str, office: str
) -> str:
    """Mail a link to choose a new password, and give it back."""
    token = links.make_link(session, person, LinkPurpose.RESET, now)
    link = links.address(base_url, LinkPurpose.RESET, token)
    mail.post(
        session,
        recipient_id=person.id,
        address=person.email,
        subject="Choose a new password",
        body=(
            f"Somebody, probably you, asked for a new password for your account at {office}.\n\n"
            f"Choose it here within one hour:\n{link}\n\n"
            "The link works once. If you did not ask for it, do nothing: your password stays as it is.\n"
        ),
        now=now,
    )
    record(session, actor, now, EventKind.PASSWORD_RESET_ASKED, person=person.name, person_id=person.id)
    return link


def choose_password(
    session: Session, *, token: str, purpose: LinkPurpose, password_hash: str, now: datetime
) -> Person:
    """Set the password through a one-time link; it accepts an invitation or ends a forgotten password.

    All sessions end, the person is told by mail, and the trail names who sent the link. Raises NotFound when the link
    does not work (any more).
    """
    person = links.use_link(session, token, purpose, now)
    if person is None:
        raise NotFound
    actor = Actor(person_id=person.id, name=person.name)
    sender = query.sender_of_link(session, person.id, purpose)
    through = f"{person.name} (through a link that {sender} sent)" if sender else person.name
    if purpose is LinkPurpose.INVITATION:
        record(session, actor, now, EventKind.INVITATION_ACCEPTED, person=through, person_id=person.id)
    _set_password(session, actor, person, password_hash, now, through)
    _tell_of_link(session, person, purpose, sender, now)
    session.execute(
        sa.update(SignIn).where(SignIn.person_id == person.id, SignIn.ended_at.is_(None)).values(ended_at=now)
    )
    return person
