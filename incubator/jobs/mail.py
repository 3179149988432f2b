"""Sending the outbox. A message is taken by one worker at a time and marked as sent before the next; once it is sent
or given up, the one-time links in it are no longer kept.

Should the worker die between the server's answer and that mark, the message is tried again under the same
Message-ID, by which receiving servers know a repetition.
"""

from __future__ import annotations

import hashlib
import logging
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import sqlalchemy as sa

from incubator.config import Settings
from incubator.flows.links import mask
from incubator.jobs.workshop import Workshop
from incubator.models.jobs import Message, MessageState

log = logging.getLogger(__name__)

PAUSES_MINUTES = (1, 5, 15, 60, 240, 720, 1440)
"""How long to wait after each try that failed; the try after the last pause is the last."""

_AT_A_TIME = 200
_TIMEOUT_SECONDS = 20


def send_waiting(workshop: Workshop) -> int:
    """Send what is due; how many were sent. Without a mail server everything stays in the outbox."""
    if not workshop.settings.mail_server:
        return 0
    due = _due(workshop)
    if not due:
        return 0
    sent = 0
    try:
        with _server(workshop.settings) as server:
            for message_id in due:
                sent += _send(workshop, server, message_id)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("the mail server does not answer: %s", error)
        _note(workshop, due, f"{type(error).__name__}: {error}")
    return sent


def _due(workshop: Workshop) -> list[int]:
    now = workshop.clock()
    with workshop.reading() as session:
        rows = session.execute(
            sa.select(Message.id, Message.attempts, Message.tried_at)
            .where(Message.state == MessageState.WAITING)
            .order_by(Message.id)
        ).all()
    return [row.id for row in rows if is_due(row.tried_at, row.attempts, now)][:_AT_A_TIME]


def is_due(tried_at: datetime | None, attempts: int, now: datetime) -> bool:
    """Whether a message that was tried so often, and last then, is to be tried now."""
    if tried_at is None or attempts == 0:
        return True
    return now >= tried_at + timedelta(minutes=PAUSES_MINUTES[min(attempts, len(PAUSES_MINUTES)) - 1])


def _send(workshop: Workshop, server: smtplib.SMTP, message_id: int) -> int:
    taken = _take(workshop, message_id)
    if taken is None:
        return 0
    address, content = taken
    try:
        server.send_message(content, workshop.settings.mail_sender, [address])
    except smtplib.SMTPRecipientsRefused as refused:
        code, text = next(iter(refused.recipients.values()))
        _failed(workshop, message_id, f"{code} {text!r}", final=code >= 500)
        return 0
    except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused, smtplib.SMTPNotSupportedError) as error:
        _failed(workshop, message_id, f"{type(error).__name__}: {error}", final=False)
        return 0
    except (OSError, smtplib.SMTPException) as error:
        _failed(workshop, message_id, f"{type(error).__name__}: {error}", final=False)
        raise
    with workshop.writing() as session:
        message = session.get_one(Message, message_id)
        message.state, message.sent_at, message.error = MessageState.SENT, workshop.clock(), ""
        message.body = mask(message.body)
    return 1


def _take(workshop: Workshop, message_id: int) -> tuple[str, EmailMessage] | None:
    """Count the attempt before it is made: another worker then finds the message not due."""
    now = workshop.clock()
    with workshop.writing() as session:
        message = session.scalars(
            sa.select(Message)
            .where(Message.id == message_id, Message.state == MessageState.WAITING)
            .with_for_update(skip_locked=True)
        ).one_or_none()
        if message is None or not is_due(message.tried_at, message.attempts, now):
            return None
        message.attempts += 1
        message.tried_at = now
        try:
            return message.address, compose(workshop.settings, message)
        except ValueError as error:
            message.state, message.error = MessageState.FAILED, f"This cannot be an address: {error}"
            return None


def compose(settings: Settings, message: Message) -> EmailMessage:
    """The mail for an outbox row. Raises ValueError for an address that is none, or for a line break in a head."""
    content = EmailMessage(policy=SMTP)
    name, _, domain = message.address.rpartition("@")
    content["From"] = f"{settings.product_name} <{settings.mail_sender}>"
    content["To"] = Address(username=name, domain=domain)
    content["Subject"] = " ".join(message.subject.split())
    content["Date"] = format_datetime(message.created_at)
    sender_domain = settings.mail_sender.rpartition("@")[2] or "localhost"
    mark = hashlib.sha256(f"{settings.database_url} {message.id} {message.created_at}".encode()).hexdigest()
    content["Message-ID"] = f"<{message.id}.{mark[:24]}@{sender_domain}>"
    content["Auto-Submitted"] = "auto-generated"
    content.set_content(message.body)
    return content


def _note(workshop: Workshop, due: list[int], why: str) -> None:
    """The server could not be reached: that counts as an attempt for all that were not tried by now."""
    now = workshop.clock()
    for message_id in due:
        with workshop.writing() as session:
            message = session.get(Message, message_id)
            if message is None or message.state is not MessageState.WAITING:
                continue
            if is_due(message.tried_at, message.attempts, now):
                message.attempts += 1
                message.tried_at = now
                message.error = why[:500]
                _give_up_at_last(message)


def _failed(workshop: Workshop, message_id: int, why: str, *, final: bool) -> None:
    with workshop.writing() as session:
        message = session.get_one(Message, message_id)
        message.error = why[:500]
        if final:
            message.state, message.body = MessageState.FAILED, mask(message.body)
        _give_up_at_last(message)


def _give_up_at_last(message: Message) -> None:
    if message.attempts > len(PAUSES_MINUTES):
        message.state, message.body = MessageState.FAILED, mask(message.body)


@contextmanager
def _server(settings: Settings) -> Iterator[smtplib.SMTP]:
    secure = settings.mail_port == 465
    context = ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(settings.mail_server, settings.mail_port, timeout=_TIMEOUT_SECONDS, context=context)
        if secure
        else smtplib.SMTP(settings.mail_server, settings.mail_port, timeout=_TIMEOUT_SECONDS)
    ) as server:
        server.ehlo()
        if not secure and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif not secure and not settings.mail_without_tls:
            raise smtplib.SMTPNotSupportedError(
                "The mail server offers no encryption (STARTTLS), so nothing was sent. Use one that does, or set "
                "INCUBATOR_MAIL_WITHOUT_TLS=1 where the network itself is trusted."
            )
        if settings.mail_user:
            server.login(settings.mail_user, settings.mail_password)
        yield server
