"""The outbox against a real socket: sent once, kept while the server is away, never broken open."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from incubator.flows.mail import post
from incubator.jobs.mail import PAUSES_MINUTES, send_waiting
from incubator.jobs.workshop import Workshop
from incubator.models.jobs import Message, MessageState


class Sink(socketserver.ThreadingTCPServer):
    """A mail server that keeps what it is given; `refuse` holds addresses it does not take."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.got: list[bytes] = []
        self.refuse: dict[str, str] = {}
        self.drop_after_data = False
        self.heard: list[str] = []
        """The first word of each line, in small letters."""

    @property
    def port(self) -> int:
        return self.server_address[1]


class Talk(socketserver.StreamRequestHandler):
    server: Sink

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.say("220 sink")
        while line := self.rfile.readline().decode().strip():
            word = line[:4].upper()
            self.server.heard.append(word.lower())
            if word == "DATA":
                self.say("354 go on")
                self.keep()
                if self.server.drop_after_data:
                    return
            elif word == "QUIT":
                self.say("221 bye")
                return
            elif word == "RCPT" and (address := line[9:].partition(">")[0]) in self.server.refuse:
                self.say(self.server.refuse[address])
                continue
            self.say("250 fine")

    def keep(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        self.server.got.append(b"".join(lines))


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Post:
    """The outbox and a clock that the test moves."""

    def __init__(self, app: Flask, session: Session, port: int, now: datetime) -> None:
        self.session, self.now = session, now
        settings = replace(
            app.config["SETTINGS"], mail_server="127.0.0.1", mail_port=port, mail_without_tls=True
        )
        app.config["SETTINGS"] = settings
        self.workshop = Workshop(app, clock=lambda: self.now)

    def write(self, address: str = "ann@example.gov", subject: str = "Hello", body: str = "Text\n") -> None:
        post(self.session, recipient_id=None, address=address, subject=subject, body=body, now=self.now)
        self.session.commit()

    def send(self) -> int:
        sent = send_waiting(self.workshop)
        self.session.expire_all()
        return sent

    def one(self) -> Message:
        return self.session.scalars(sa.select(Message)).one()


@pytest.fixture
def outbox(app: Flask, session: Session, sink: Sink, now: datetime) -> Iterator[Post]:
    before = app.config["SETTINGS"]
    yield Post(app, session, sink.port, now)
    app.config["SETTINGS"] = before


def test_a_message_is_sent_once(outbox, sink) -> None:
    outbox.write(subject="Résumé due", body="Ünïcode\n.dot\n")
    assert (outbox.send(), outbox.send()) == (1, 0)
    (raw,) = sink.got
    mail = message_from_bytes(raw, policy=default)
    assert (mail["To"], mail["Subject"]) == ("ann@example.gov", "Résumé due")
    assert outbox.one().state is MessageState.SENT
    assert outbox.one().sent_at == outbox.now


LINK = "http://localhost/reset/" + "Ab3-_" * 8


def test_a_one_time_link_is_sent_and_not_kept(outbox, sink) -> None:
    outbox.write(body=f"Choose it here:\n{LINK}\n")
    outbox.send()
    assert LINK in message_from_bytes(sink.got[0], policy=default).get_content()
    assert outbox.one().body == "Choose it here:\nhttp://localhost/reset/…\n"


def test_nothing_goes_over_a_connection_in_clear_unless_the_setting_allows_it(app, outbox, sink) -> None:
    app.config["SETTINGS"] = replace(
        app.config["SETTINGS"], mail_without_tls=False, mail_user="us", mail_password="a secret"
    )
    outbox.write()
    assert outbox.send() == 0
    assert (sink.got, sink.heard) == ([], ["ehlo", "quit"])
    message = outbox.one()
    assert (message.state, message.attempts) == (MessageState.WAITING, 1)
    assert "offers no encryption (STARTTLS)" in message.error


def test_without_a_server_it_waits(app, session, now) -> None:
    workshop = Workshop(app, clock=lambda: now)
    post(session, recipient_id=None, address="a@b.gov", subject="s", body="b", now=now)
    session.commit()
    assert send_waiting(workshop) == 0
    assert session.scalars(sa.select(Message)).one().attempts == 0


def test_a_server_that_is_away_is_tried_later_and_the_message_goes_once(outbox, sink) -> None:
    outbox.write()
    settings = outbox.workshop.app.config["SETTINGS"]
    outbox.workshop.app.config["SETTINGS"] = replace(settings, mail_port=1)
    assert outbox.send() == 0
    assert (outbox.one().state, outbox.one().attempts) == (MessageState.WAITING, 1)
    assert "refused" in outbox.one().error
    outbox.workshop.app.config["SETTINGS"] = settings
    assert outbox.send() == 0, "not at once again"
    outbox.now += timedelta(minutes=PAUSES_MINUTES[0])
    assert (outbox.send(), outbox.send(), len(sink.got)) == (1, 0, 1)


def test_a_connection_that_breaks_is_tried_again_under_the_same_name(outbox, sink) -> None:
    outbox.write()
    sink.drop_after_data = True
    assert outbox.send() == 0
    sink.drop_after_data = False
    outbox.now += timedelta(minutes=1)
    assert outbox.send() == 1
    first, second = (message_from_bytes(raw)["Message-ID"] for raw in sink.got)
    assert first == second, "by this the receiving server knows a repetition"


def test_a_message_is_given_up_at_last(outbox) -> None:
    outbox.write()
    outbox.workshop.app.config["SETTINGS"] = replace(outbox.workshop.settings, mail_port=1)
    for pause in (*PAUSES_MINUTES, 0):
        assert outbox.one().state is MessageState.WAITING
        outbox.send()
        outbox.now += timedelta(minutes=pause)
    assert (outbox.one().state, outbox.one().attempts) == (MessageState.FAILED, len(PAUSES_MINUTES) + 1)


def test_one_refused_address_stops_no_other(outbox, sink) -> None:
    sink.refuse = {"gone@example.gov": "550 no such person", "full@example.gov": "452 full"}
    for address in ("gone@example.gov", "full@example.gov", "ann@example.gov"):
        outbox.write(address)
    assert outbox.send() == 1
    rows = outbox.session.scalars(sa.select(Message).order_by(Message.id)).all()
    assert [row.state for row in rows] == [MessageState.FAILED, MessageState.WAITING, MessageState.SENT]


@pytest.mark.parametrize("field", ["address", "subject"])
def test_a_head_cannot_be_extended(outbox, sink, field) -> None:
    value = "ann@example.gov\r\nBcc: eve@example.gov"
    outbox.session.add(
        Message(
            **{
                "address": "ann@example.gov",
                "subject": "s",
                "body": "b",
                "created_at": outbox.now,
                field: value,
            }
        )
    )
    outbox.session.commit()
    outbox.send()
    for raw in sink.got:
        mail = message_from_bytes(raw, policy=default)
        assert mail["Bcc"] is None
        assert mail["To"] == "ann@example.gov"
    if field == "address":
        assert (outbox.one().state, sink.got) == (MessageState.FAILED, [])
