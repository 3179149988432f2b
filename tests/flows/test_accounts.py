from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.errors import DomainError, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.passwords import email_key, hash_password, matches
from incubator.domain.roles import Role
from incubator.domain.throttling import PER_ADDRESS, WINDOW, TooManyTries, Try
from incubator.flows import accounts, links
from incubator.models.accounts import LinkPurpose, OneTimeLink, Person, SignIn, SignInAttempt
from incubator.models.history import Event
from incubator.models.jobs import Message
from incubator.queries import accounts as query

BASE = "https://incubator.example.gov"
ASK = {"base_url": BASE, "office": "the office"}


def try_in(session, now, email, *, address="192.0.2.1", browser_key="", right=False):
    key = email_key(email)
    checked = query.find_credentials(session, key) if right else None
    return accounts.sign_in(
        session,
        Try(key, address, browser_key),
        email=email,
        checked=checked,
        token_hash=f"hash {session.scalar(sa.select(sa.func.count()).select_from(SignIn))}",
        browser="Firefox",
        now=now,
    )


def events(session, kind):
    return list(session.scalars(sa.select(Event.details).where(Event.kind == kind).order_by(Event.id)))


def test_ten_failures_stop_an_account_and_the_window_slides(world, session, now):
    person = world.person("Robin Hale")
    for minute in range(10):
        assert (
            try_in(session, now + timedelta(minutes=minute), person.email, address=f"192.0.2.{minute}")
            is False
        )
    at = now + timedelta(minutes=10)
    with pytest.raises(TooManyTries) as stopped:
        try_in(session, at, person.email, address="192.0.2.99", right=True)
    assert stopped.value.until == now + WINDOW
    assert try_in(session, now + WINDOW, person.email, address="192.0.2.99", right=True) is True
    assert len(events(session, EventKind.SIGN_IN_FAILED)) == 10


def test_what_is_refused_does_not_lengthen_the_wait(world, session, now):
    person = world.person("Robin Hale")
    for _try in range(10):
        try_in(session, now, person.email)
    for minute in range(1, 15):
        with pytest.raises(TooManyTries) as stopped:
            try_in(session, now + timedelta(minutes=minute), person.email)
        assert stopped.value.until == now + WINDOW


def test_one_password_on_many_accounts_is_stopped_by_address(world, session, now):
    person = world.person("Robin Hale")
    for number in range(PER_ADDRESS):
        assert try_in(session, now, f"p{number}@example.gov", address="198.51.100.7") is False
    with pytest.raises(TooManyTries):
        try_in(session, now, person.email, address="198.51.100.7", right=True)
    assert try_in(session, now, person.email, address="198.51.100.8", right=True) is True


def test_many_addresses_meet_the_limit_for_all(world, session, now):
    person = world.person("Robin Hale")
    session.add_all(
        SignInAttempt(email_key=f"p{n}@example.gov", address=f"10.0.{n // 250}.{n % 250}", at=now)
        for n in range(300)
    )
    session.flush()
    with pytest.raises(TooManyTries):
        try_in(session, now, person.email, address="203.0.113.5", right=True)
    assert try_in(session, now, person.email, browser_key="known", right=True) is True


def test_strangers_do_not_lock_the_owners_browser(world, session, now):
    person = world.person("Robin Hale")
    for number in range(10):
        try_in(session, now, person.email, address=f"192.0.2.{number}")
    assert try_in(session, now, person.email, browser_key="of this account", right=True) is True


def test_a_known_browser_has_a_limit_too(world, session, now):
    person = world.person("Robin Hale")
    for _try in range(10):
        try_in(session, now, person.email, browser_key="stolen")
    with pytest.raises(TooManyTries):
        try_in(session, now, person.email, browser_key="stolen", right=True)


def test_success_forgets_the_own_failures_but_not_the_addresss(world, session, now):
    person = world.person("Robin Hale")
    others = [f"p{number}@example.gov" for number in range(PER_ADDRESS)]
    for email in others[:5]:
        try_in(session, now, email)
    for _try in range(4):
        try_in(session, now, person.email)
    assert try_in(session, now, person.email, right=True) is True
    for email in others[5:]:
        try_in(session, now, email)
    with pytest.raises(TooManyTries):
        try_in(session, now, person.email, right=True)


def test_a_password_changed_since_it_was_checked_does_not_open(world, session, now):
    person = world.person("Robin Hale")
    checked = query.find_credentials(session, person.email_key)
    person.password_epoch += 1
    session.flush()
    begun = accounts.sign_in(
        session,
        Try(person.email_key, "192.0.2.1"),
        email=person.email,
        checked=checked,
        token_hash="t",
        browser="",
        now=now,
    )
    assert begun is False
    assert session.scalar(sa.select(sa.func.count()).select_from(SignIn)) == 0


def ask(session, now, email, address="192.0.2.1"):
    accounts.ask_for_reset(session, Try(email_key(email), address), now, **ASK)


def sent_links(session):
    return [
        next(line for line in body.splitlines() if line.startswith(BASE)).rpartition("/")[2]
        for body in session.scalars(sa.select(Message.body).order_by(Message.id))
    ]


def choose(session, token, now, purpose=LinkPurpose.RESET):
    return accounts.choose_password(
        session, token=token, purpose=purpose, password_hash=hash_password("new words for a door"), now=now
    )


def test_a_reset_link_works_once_and_only_its_hash_is_kept(world, session, now):
    person = world.person("Robin Hale")
    session.add(SignIn(token_hash="old", person_id=person.id, password_epoch=0, created_at=now, seen_at=now))
    ask(session, now, person.email)
    (token,) = sent_links(session)
    message = session.scalars(sa.select(Message)).one()
    assert (message.address, message.recipient_id) == (person.email, person.id)
    link = session.scalars(sa.select(OneTimeLink)).one()
    assert link.token_hash == links.token_hash(token)
    assert token not in str(session.execute(sa.select(OneTimeLink.__table__)).all())
    assert choose(session, token, now + timedelta(minutes=59)).id == person.id
    session.refresh(person)
    assert matches("new words for a door", person.password_hash)
    assert session.scalars(sa.select(SignIn.ended_at)).one() == now + timedelta(minutes=59)
    with pytest.raises(NotFound):
        choose(session, token, now + timedelta(minutes=59))


def test_a_reset_link_lasts_an_hour(world, session, now):
    person = world.person("Robin Hale")
    ask(session, now, person.email)
    with pytest.raises(NotFound):
        choose(session, sent_links(session)[0], now + timedelta(hours=1))


def test_a_reset_link_dies_when_the_password_changes_or_a_newer_one_comes(world, session, now):
    person = world.person("Robin Hale")
    ask(session, now, person.email)
    ask(session, now, person.email)
    first, second = sent_links(session)
    with pytest.raises(NotFound):
        choose(session, first, now)
    person.password_epoch += 1
    session.flush()
    with pytest.raises(NotFound):
        choose(session, second, now)


def test_a_link_serves_its_own_purpose_only(world, session, now):
    person = world.person("Robin Hale")
    ask(session, now, person.email)
    with pytest.raises(NotFound):
        choose(session, sent_links(session)[0], now, LinkPurpose.INVITATION)


def test_nobody_is_mailed_who_cannot_sign_in(world, session, now):
    world.person("Dana Gone", email="gone@example.gov", disabled_at=now)
    invited = world.person("Ira New", email="new@example.gov")
    invited.password_hash = ""
    session.flush()
    for email in ("gone@example.gov", "new@example.gov", "nobody@example.gov"):
        ask(session, now, email)
    assert session.scalars(sa.select(Message.id)).all() == []
    assert session.scalar(sa.select(sa.func.count()).select_from(SignInAttempt)) == 3


def test_an_account_gets_three_mails_an_hour_and_an_address_asks_ten_times(world, session, now):
    person = world.person("Robin Hale")
    for number in range(10):
        ask(session, now, person.email, address="192.0.2.1" if number else "192.0.2.2")
    assert len(sent_links(session)) == 3
    ask(session, now, "other@example.gov")
    with pytest.raises(TooManyTries):
        ask(session, now, "another@example.gov")


def test_asking_for_resets_does_not_use_up_sign_ins(world, session, now):
    person = world.person("Robin Hale")
    for _try in range(10):
        ask(session, now, person.email)
    assert try_in(session, now, person.email, right=True) is True


def test_a_new_password_ends_the_other_sessions(world, session, now):
    person = world.person("Robin Hale", Role.COORDINATOR)
    rows = [
        world.add(
            SignIn(token_hash=f"t{n}", person_id=person.id, password_epoch=0, created_at=now, seen_at=now)
        )
        for n in range(2)
    ]
    seen = query.own_credentials(session, person.id)
    accounts.change_password(
        session,
        world.actor(person),
        seen=seen,
        password_hash=hash_password("new words for a door"),
        sign_in_id=rows[0].id,
        token_hash="new",
        now=now,
    )
    since = {"idle_since": now - timedelta(minutes=1), "begun_since": now - timedelta(minutes=1)}
    assert query.find_sign_in(session, "new", **since).person_id == person.id
    assert query.find_sign_in(session, "t0", **since) is None
    assert query.find_sign_in(session, "t1", **since) is None
    with pytest.raises(DomainError) as refused:
        accounts.change_password(
            session,
            world.actor(person),
            seen=seen,
            password_hash="x",
            sign_in_id=rows[0].id,
            token_hash="newer",
            now=now,
        )
    assert refused.value.field == "present_password"


def test_nobody_ends_a_strangers_session(world, session, now):
    robin, kim = world.person("Robin Hale"), world.person("Kim Ode")
    row = world.add(SignIn(token_hash="t", person_id=kim.id, password_epoch=0, created_at=now, seen_at=now))
    with pytest.raises(NotFound):
        accounts.end_sign_in(session, world.actor(robin), row.id, now)
    accounts.end_sign_in(session, world.actor(kim), row.id, now)
    session.refresh(row)
    assert row.ended_at == now


def test_own_details(world, session, now):
    person = world.person("Robin Hale")
    actor = world.actor(person)
    accounts.change_details(
        session, actor, seen=1, name="  Robin\tMae  Hale\n", time_zone="America/Chicago", now=now
    )
    assert (person.name, person.time_zone) == ("Robin Mae Hale", "America/Chicago")
    assert events(session, EventKind.PERSON_CHANGED) == [{"person": "Robin Mae Hale", "person_id": person.id}]
    with pytest.raises(StaleVersion) as stale:
        accounts.change_details(session, actor, seen=1, name="Rob", time_zone="", now=now)
    assert stale.value.theirs["name"] == "Robin Mae Hale"
    for name, zone, field in (("", "", "name"), ("x" * 201, "", "name"), ("Rob", "Mars/Base", "time_zone")):
        with pytest.raises(DomainError) as refused:
            accounts.change_details(session, actor, seen=person.version, name=name, time_zone=zone, now=now)
        assert refused.value.field == field


def test_saving_the_same_details_is_no_event(world, session, now):
    person = world.person("Robin Hale")
    accounts.change_details(session, world.actor(person), seen=1, name="Robin Hale", time_zone="", now=now)
    assert events(session, EventKind.PERSON_CHANGED) == []
    assert session.get(Person, person.id).version == 1
