"""What administrators do with accounts."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.passwords import hash_password
from incubator.domain.roles import Role
from incubator.flows import accounts, people
from incubator.flows.people import Scope
from incubator.models.accounts import LinkPurpose, Person, RoleGrant, SignIn
from incubator.models.history import Event
from incubator.models.jobs import Message, MessageState

BASE = "https://incubator.example.gov"
ASK = {"base_url": BASE, "office": "the office"}


@pytest.fixture
def admin(world):
    return world.actor(world.person("Ada Min", Role.ADMINISTRATOR))


def invite(session, admin, now, email="ira@example.gov", **values):
    return people.invite(session, admin, name="Ira New", email=email, now=now, **ASK, **values)


def kinds(session):
    return list(session.scalars(sa.select(Event.kind).order_by(Event.id)))


def grants(session, person_id):
    rows = session.execute(
        sa.select(RoleGrant.role, RoleGrant.agency_id, RoleGrant.call_id)
        .where(RoleGrant.person_id == person_id)
        .order_by(RoleGrant.id)
    )
    return [tuple(row) for row in rows]


def test_an_invitation_makes_an_account_a_role_and_a_mail(world, session, now, admin):
    agency = world.agency("DOT")
    sent = invite(session, admin, now, role=Role.SUBMITTER, scope=Scope(agency.id), agency_id=agency.id)
    person = session.get(Person, sent.person_id)
    assert (person.name, person.email, person.password_hash) == ("Ira New", "ira@example.gov", "")
    assert grants(session, person.id) == [(Role.SUBMITTER, agency.id, None)]
    message = session.scalars(sa.select(Message)).one()
    assert message.address == "ira@example.gov"
    assert sent.link in message.body
    assert sent.link.startswith(f"{BASE}/invitation/")
    assert kinds(session) == [EventKind.PERSON_INVITED, EventKind.ROLE_GRANTED]
    assert session.scalars(sa.select(Event.details).order_by(Event.id.desc())).first() == {
        "person": "Ira New",
        "person_id": person.id,
        "role": "Submitter",
        "scope": " for Department DOT",
    }


def test_an_invitation_is_accepted_once_within_seven_days(session, now, admin):
    token = invite(session, admin, now).link.rpartition("/")[2]
    values = {
        "token": token,
        "purpose": LinkPurpose.INVITATION,
        "password_hash": hash_password("a b c d e f"),
    }
    with pytest.raises(NotFound):
        accounts.choose_password(session, now=now + timedelta(days=7), **values)
    person = accounts.choose_password(session, now=now + timedelta(days=6), **values)
    assert person.password_hash == values["password_hash"]
    assert kinds(session)[-2:] == [EventKind.INVITATION_ACCEPTED, EventKind.PASSWORD_CHANGED]
    with pytest.raises(NotFound):
        accounts.choose_password(session, now=now + timedelta(days=6), **values)


def test_a_second_invitation_replaces_the_first(session, now, admin):
    first = invite(session, admin, now)
    second = people.invite_again(session, admin, first.person_id, now=now, **ASK)
    values = {"purpose": LinkPurpose.INVITATION, "password_hash": "x", "now": now}
    with pytest.raises(NotFound):
        accounts.choose_password(session, token=first.link.rpartition("/")[2], **values)
    accounts.choose_password(session, token=second.link.rpartition("/")[2], **values)
    with pytest.raises(DomainError, match="accepted the invitation already"):
        people.invite_again(session, admin, first.person_id, now=now, **ASK)


@pytest.mark.parametrize(
    "email", [" ira@example.gov", "IRA@Example.gov", "ir\u200ba@example.gov", "ｉｒａ@example.gov"]
)
def test_no_second_account_under_the_same_address(session, now, admin, email):
    invite(session, admin, now)
    with pytest.raises(DomainError) as refused:
        invite(session, admin, now, email=email)
    assert refused.value.field == "email"


def test_a_look_alike_from_another_script_is_no_address(session, now, admin):
    with pytest.raises(DomainError) as refused:
        invite(session, admin, now, email="irа@example.gov")
    assert refused.value.field == "email"


def test_the_database_itself_keeps_addresses_apart(world, session):
    world.person("One", email="one@example.gov")
    with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
        world.person("Two", email="One@example.gov")


def test_roles_with_their_limits(world, session, now, admin):
    agency, call = world.agency("DOT"), world.call("Spring")
    person = world.person("Kim Ode")

    def give(role, scope=None):
        people.grant(session, admin, person_id=person.id, role=role, scope=scope or Scope(), now=now)

    give(Role.REVIEWER, Scope(call_id=call.id))
    give(Role.REVIEWER)
    give(Role.COORDINATOR, Scope(agency.id, call.id))
    assert grants(session, person.id) == [
        (Role.REVIEWER, None, call.id),
        (Role.REVIEWER, None, None),
        (Role.COORDINATOR, agency.id, call.id),
    ]
    last = session.scalars(sa.select(Event.details).order_by(Event.id.desc())).first()
    assert last["scope"] == " for Department DOT and Spring"
    for role, scope, field in (
        (Role.REVIEWER, Scope(), "role"),
        (Role.SUBMITTER, Scope(), "scope_agency_id"),
        (Role.AGENCY_LEAD, Scope(call_id=call.id), "scope_agency_id"),
        (Role.ADMINISTRATOR, Scope(agency.id), "role"),
        (Role.EVALUATOR, Scope(agency_id=999_999), "scope_agency_id"),
        (Role.EVALUATOR, Scope(call_id=999_999), "call_id"),
    ):
        with pytest.raises(DomainError) as refused:
            give(role, scope)
        assert refused.value.field == field
    assert len(grants(session, person.id)) == 3


def test_the_last_administrator_stays(world, session, now, admin):
    own = session.scalars(sa.select(RoleGrant.id).where(RoleGrant.person_id == admin.person_id)).one()
    invited = invite(session, admin, now, role=Role.ADMINISTRATOR)
    disabled = world.person("Di Sabled", Role.ADMINISTRATOR, disabled_at=now)
    with pytest.raises(DomainError, match="last administrator"):
        people.revoke(session, admin, person_id=admin.person_id, grant_id=own, now=now)
    other = world.actor(world.person("Bo Ss", Role.ADMINISTRATOR))
    people.disable(session, other, admin.person_id, now)
    with pytest.raises(DomainError, match="last administrator"):
        people.revoke(
            session,
            other,
            person_id=other.person_id,
            grant_id=session.scalars(
                sa.select(RoleGrant.id).where(RoleGrant.person_id == other.person_id)
            ).one(),
            now=now,
        )
    assert {invited.person_id, disabled.id} & {other.person_id} == set()
    people.enable(session, other, disabled.id, now)
    people.disable(session, world.actor(disabled), other.person_id, now)
    with pytest.raises(DomainError, match="own account"):
        people.disable(session, world.actor(disabled), disabled.id, now)


def test_the_last_administrator_is_not_disabled_by_somebody_in_passing(world, session, now, admin):
    """The actor's roles were read before; meanwhile somebody else took the other administrator's role away."""
    other = world.person("Bo Ss", Role.ADMINISTRATOR)
    stale = world.actor(other)
    session.execute(sa.delete(RoleGrant).where(RoleGrant.person_id == other.id))
    with pytest.raises(DomainError, match="last administrator"):
        people.disable(session, stale, admin.person_id, now)


def test_disabling_ends_sessions_and_enabling_opens_again(world, session, now, admin):
    person = world.person("Kim Ode")
    row = world.add(
        SignIn(token_hash="t", person_id=person.id, password_epoch=0, created_at=now, seen_at=now)
    )
    for state in MessageState:
        world.add(
            Message(
                recipient_id=person.id,
                address="k@example.gov",
                subject="s",
                body="b",
                state=state,
                created_at=now,
            )
        )
    people.disable(session, admin, person.id, now)
    assert MessageState.WAITING not in session.scalars(sa.select(Message.state)).all(), "nobody reads it"
    assert session.scalar(sa.select(sa.func.count()).select_from(Message)) == len(MessageState) - 1
    session.refresh(row)
    assert (person.disabled_at, row.ended_at) == (now, now)
    people.disable(session, admin, person.id, now + timedelta(days=1))
    assert person.disabled_at == now
    with pytest.raises(DomainError, match="no password to replace"):
        people.send_reset(session, admin, person.id, now=now, **ASK)
    people.enable(session, admin, person.id, now)
    assert person.disabled_at is None
    assert kinds(session) == [EventKind.PERSON_DISABLED, EventKind.PERSON_ENABLED]


def test_changing_details(world, session, now, admin):
    agency = world.agency("DOT")
    person, other = world.person("Kim Ode"), world.person("Bo Ss")
    values = {"name": "Kim Oder", "job_title": " Clerk ", "agency_id": agency.id, "now": now}
    people.change_person(session, admin, person.id, seen=1, email="kim@example.gov", **values)
    assert (person.name, person.email_key, person.job_title) == ("Kim Oder", "kim@example.gov", "Clerk")
    assert person.agency_id == agency.id
    with pytest.raises(DomainError) as taken:
        people.change_person(session, admin, person.id, seen=2, email=other.email.upper(), **values)
    assert taken.value.field == "email"
    with pytest.raises(StaleVersion):
        people.change_person(session, admin, person.id, seen=1, email="kim@example.gov", **values)


def test_only_administrators_keep_people(world, session, now):
    person = world.person("Kim Ode")
    for role in set(Role) - {Role.ADMINISTRATOR}:
        agency = world.agency()
        actor = world.actor(world.person("", (role, agency)))
        for attempt in (
            lambda who=actor: invite(session, who, now),
            lambda who=actor: people.disable(session, who, person.id, now),
            lambda who=actor: people.enable(session, who, person.id, now),
            lambda who=actor: people.sign_out(session, who, person.id, now),
            lambda who=actor: people.send_reset(session, who, person.id, now=now, **ASK),
            lambda who=actor: people.invite_again(session, who, person.id, now=now, **ASK),
            lambda who=actor: people.revoke(session, who, person_id=person.id, grant_id=1, now=now),
            lambda who=actor: people.grant(
                session, who, person_id=who.person_id, role=Role.ADMINISTRATOR, scope=Scope(), now=now
            ),
        ):
            with pytest.raises(Forbidden):
                attempt()
    assert kinds(session) == []


def test_a_grant_of_somebody_else_is_not_taken_through_ones_own_page(world, session, now, admin):
    person, other = world.person("Kim Ode", Role.EVALUATOR), world.person("Bo Ss", Role.EVALUATOR)
    theirs = session.scalars(sa.select(RoleGrant.id).where(RoleGrant.person_id == other.id)).one()
    with pytest.raises(NotFound):
        people.revoke(session, admin, person_id=person.id, grant_id=theirs, now=now)
    assert grants(session, other.id) == [(Role.EVALUATOR, None, None)]
