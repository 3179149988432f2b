from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.events import EventKind
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.models.accounts import Person, RoleGrant, SignIn
from incubator.models.history import Event
from tests.conftest import NOW
from tests.world import PASSWORD

NEW = "a door of old oak wood"


@pytest.fixture
def admin(world):
    return world.person("Ada Min", Role.ADMINISTRATOR, email="ada@example.gov")


def names(page):
    return [
        text.removesuffix("Clerk")
        for text in (
            " ".join("".join(row.itertext()).split())
            for row in page.tree.iter("th")
            if row.get("scope") == "row"
        )
    ]


def test_the_list_filters_sorts_and_searches(world, browser, admin):
    roads = world.agency("DOT", "Department of Roads")
    world.person("Kim Ode", (Role.SUBMITTER, roads), agency=roads, job_title="Clerk")
    world.person("Bo 100%", Role.REVIEWER, email="bo@example.gov")
    gone = world.person("Di Gone", (Role.AGENCY_LEAD, roads), disabled_at=world.now)
    assert gone.disabled_at
    visitor = browser(admin)

    def listed(query: str) -> list[str]:
        return names(visitor.get(f"/people{query}"))

    assert listed("") == ["Ada Min", "Bo 100%", "Di Gone", "Kim Ode"]
    assert listed("?sort=name&order=desc") == ["Kim Ode", "Di Gone", "Bo 100%", "Ada Min"]
    assert listed("?q=kim") == ["Kim Ode"]
    assert listed("?q=clerk+ode") == ["Kim Ode"]
    assert listed("?q=0%25") == ["Bo 100%"]
    assert listed("?q=_") == []
    assert listed(f"?agency={roads.id}") == ["Di Gone", "Kim Ode"]
    assert listed("?role=reviewer") == ["Bo 100%"]
    assert listed("?state=disabled") == ["Di Gone"]
    assert listed(f"?state=active&agency={roads.id}&role=submitter") == ["Kim Ode"]
    assert listed("?sort=seen&order=desc")[0] == "Ada Min"
    assert listed("?role=king&state=odd&agency=9999999999999999999&page=-1&sort=x';--&q=%00") == listed("")
    page = visitor.get("/people?q=kim&role=submitter")
    assert page.texts("ul", "chips")[0].startswith("Remove filter: Search: kim")


def test_the_list_asks_the_database_as_often_for_three_as_for_one(world, browser, admin, statements):
    visitor = browser(admin)
    visitor.get("/people")

    def asked() -> int:
        with statements() as seen:
            visitor.get("/people")
        return len(seen)

    one = asked()
    for _number in range(3):
        world.person("", Role.REVIEWER, Role.EVALUATOR)
    world.session.commit()
    assert (one, asked()) == (5, 5)


def test_from_invitation_to_first_page(world, browser, session, admin):
    roads = world.agency("DOT", "Department of Roads")
    visitor = browser(admin)
    page = visitor.submit(
        "/people/new",
        name="Ira New",
        email="Ira.New@example.gov",
        role="submitter",
        scope_agency_id=str(roads.id),
        agency_id=str(roads.id),
    )
    assert page.heading == "The invitation of Ira New"
    field = next(f for f in page.tree.iter("input") if f.get("id") == "link")
    address = field.get("value")
    assert address.startswith("http://localhost/invitation/")
    person = session.scalars(sa.select(Person).where(Person.email_key == "ira.new@example.gov")).one()
    shown = visitor.get(f"/people/{person.id}")
    assert "Invited, not accepted yet" in shown.text
    assert address not in shown.html
    newcomer = browser()
    welcome = newcomer.get(address.removeprefix("http://localhost"))
    assert welcome.heading == "Welcome, Ira New"
    own = newcomer.submit(
        welcome, password="ira.new@example.gov", repeated_password="ira.new@example.gov", status=422
    )
    assert "not your name or e-mail address" in own.text
    newcomer.submit(own, password=NEW, repeated_password=NEW)
    assert newcomer.sign_in("ira.new@example.gov", NEW).heading == "My work"
    account = newcomer.get("/account")
    assert "Submitter for Department of Roads" in account.text
    events = visitor.get(f"/people/{person.id}").texts("p", "sentence")
    assert events == [
        "Ira New signed in.",
        "Ira New (through a link that Ada Min sent) set a new password.",
        "Ira New (through a link that Ada Min sent) accepted the invitation.",
        "Ada Min gave Ira New the role Submitter for Department of Roads.",
        "Ada Min invited Ira New.",
    ]


def test_an_invitation_is_refused_beside_its_field_with_the_text_kept(world, browser, admin):
    world.person("Kim Ode", email="kim@example.gov")
    page = browser(admin).submit(
        "/people/new", name="Other Kim", email="KIM@example.gov", role="submitter", status=422
    )
    assert page.texts("p", "error-message") == [
        "Error: There is an account with this e-mail address already."
    ]
    assert "Other Kim" in page.html
    page = browser(admin).submit(
        "/people/new", name="Other Kim", email="other@example.gov", role="submitter", status=422
    )
    assert "Choose the agency" in page.texts("p", "error-message")[0]


def test_roles_are_given_and_taken(world, browser, session, admin):
    person = world.person("Kim Ode", Role.EVALUATOR)
    call = world.call("Spring call")
    visitor = browser(admin)
    page = visitor.get(f"/people/{person.id}")
    page = visitor.submit(page, {"role": "reviewer", "call_id": str(call.id)}, holding="Give the role")
    assert "Spring call" in page.text
    page = visitor.submit(
        page, {"role": "reviewer", "call_id": str(call.id)}, holding="Give the role", status=422
    )
    assert "holds this role already" in page.text
    page = visitor.submit(f"/people/{person.id}", action="/remove")
    held = session.scalars(sa.select(RoleGrant.role).where(RoleGrant.person_id == person.id)).all()
    assert held == [Role.REVIEWER]


def test_the_last_administrator_is_told_why(world, browser, session, admin):
    visitor = browser(admin)
    page = visitor.submit(f"/people/{admin.id}", action="/remove")
    assert "This is the last administrator." in page.text
    assert "Deactivate account" not in page.text
    page = visitor.post(f"/people/{admin.id}/disable", {"csrf_token": visitor.token()})
    assert "You cannot disable your own account" in page.text


def test_open_duties_are_listed_and_reassigned_before_an_account_is_deactivated(
    world, browser, session, admin
):
    """A successor gets what they may have; what is left stands on the person's page."""
    roads = world.agency("DOT", "Department of Roads")
    leaving = world.person("Kim Ode", Role.PILOT_LEAD, Role.REVIEWER, Role.GATEKEEPER)
    successor = world.person("Lee New", Role.PILOT_LEAD, Role.COORDINATOR)
    reviewed = world.proposal("Permit helper", agency=roads, step=Step.REVIEW)
    review = world.review(reviewed, leaving)
    decided = world.review(world.proposal("Decided", agency=roads, step=Step.DESIGN), leaving)
    pilot = world.pilot(world.proposal("Snow radar", agency=roads, step=Step.RUNNING), lead_id=leaving.id)
    call = world.call("Spring call", chair_id=leaving.id)
    roads.relationship_manager_id = roads.it_director_id = leaving.id
    session.commit()
    visitor = browser(admin)
    shown = visitor.get(f"/people/{leaving.id}/disable")
    for duty in (
        "Snow radar",
        "Spring call",
        "Relationship manager of",
        "IT director of",
        "Department of Roads",
        "Reviews that are not submitted yet",
    ):
        assert duty in shown.text
    assert "Permit helper" not in shown.text
    page = visitor.submit(shown, successor=str(successor.id), holding="Deactivate account")
    assert "2 duties still need somebody." in page.text
    assert "IT director of Department of Roads" in page.text, "its own people and agency leads may be"
    assert "Chairs the panel of Spring call" in page.text
    session.expire_all()
    assert (pilot.lead_id, roads.relationship_manager_id, call.chair_id) == (
        successor.id, successor.id, leaving.id,
    )  # fmt: skip
    assert (review.state.value, decided.state.value) == ("withdrawn", "assigned")
    assert leaving.disabled_at is not None


def test_disabling_and_undoing_it(world, browser, session, admin):
    person = world.person("Kim Ode", Role.EVALUATOR)
    theirs = browser(person)
    visitor = browser(admin)
    page = visitor.submit(f"/people/{person.id}/disable", holding="Deactivate account")
    assert "deactivated and signed out everywhere" in page.text
    theirs.get("/account", 303)
    page = visitor.submit(page, holding="Undo")
    assert "The account is open again." in page.text
    assert theirs.sign_in(person.email).heading == "My work"


def test_signing_somebody_out_everywhere(world, browser, session, admin):
    person = world.person("Kim Ode")
    one, two = browser(person), browser(person)
    visitor = browser(admin)
    page = visitor.submit(f"/people/{person.id}", holding="Sign out everywhere")
    assert "signed out everywhere" in page.text
    one.get("/account", 303)
    two.get("/account", 303)
    assert visitor.get("/account").heading == "Your account"


def test_two_administrators_at_one_form(world, browser, session, admin):
    person = world.person("Kim Ode")
    visitor = browser(admin)
    page = visitor.get(f"/people/{person.id}/details")
    visitor.submit(f"/people/{person.id}/details", name="Kim Oder")
    stale = visitor.submit(page, name="Kimberly Ode", status=409)
    assert "Kim Oder" in stale.text
    assert "Kimberly Ode" in stale.text
    session.expire_all()
    assert session.get(Person, person.id).name == "Kim Oder"


def test_unknown_people_and_huge_numbers(browser, admin):
    visitor = browser(admin)
    for address in ("/people/999999", f"/people/{10**20}", "/people/-1", "/people/x", "/people/0"):
        visitor.get(address, 404)


def test_nobody_else_sees_people(world, browser, session, admin):
    for role in set(Role) - {Role.ADMINISTRATOR}:
        visitor = browser(world.person("", (role, world.agency())))
        for address in ("/people", "/people/new", f"/people/{admin.id}", f"/people/{admin.id}/details"):
            page = visitor.get(address, 403)
            assert "ada@example.gov" not in page.html


def test_mass_assignment_changes_nothing_else(world, browser, session, admin):
    person = world.person("Kim Ode")
    visitor = browser(person)
    visitor.submit(
        "/account/details",
        {
            "email": "new@example.gov",
            "agency_id": "1",
            "role": "administrator",
            "disabled_at": "x",
            "id": "1",
        },
        name="Kim Oder",
        holding="name",
    )
    session.expire_all()
    row = session.get(Person, person.id)
    assert (row.name, row.email, row.agency_id) == ("Kim Oder", person.email, None)
    assert session.scalar(sa.select(RoleGrant.id).where(RoleGrant.person_id == person.id)) is None


def test_ones_own_sessions(world, browser, session):
    person = world.person("Kim Ode")
    here, there = browser(person), browser(person)
    there.client.environ_base["HTTP_USER_AGENT"] = "x"
    row = session.scalars(sa.select(SignIn).order_by(SignIn.id.desc())).first()
    row.browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
    session.commit()
    page = here.get("/account")
    assert "Firefox on Windows" in page.text
    assert page.texts("span", "tag") == ["This browser"]
    page = here.submit(page, action=f"/account/sessions/{row.id}/end")
    assert "That session has ended." in page.text
    there.get("/account", 303)
    stranger = browser(world.person("Bo Ss"))
    mine = session.scalars(
        sa.select(SignIn.id).where(SignIn.person_id == person.id, SignIn.ended_at.is_(None))
    ).one()
    stranger.post(f"/account/sessions/{mine}/end", {"csrf_token": stranger.token()}, status=404)
    assert here.submit("/account", holding="Sign out everywhere").heading == "Sign in"
    here.get("/account", 303)


def test_changing_ones_password(world, browser, session):
    person = world.person("Kim Ode")
    here, there, copied = browser(person), browser(person), browser()
    copied.client._cookies = dict(here.client._cookies)
    refused = here.submit(
        "/account/password",
        present_password="wrong",
        password=NEW,
        repeated_password=NEW,
        holding="present_password",
        status=422,
    )
    assert "not your present password" in refused.text
    done = here.submit(
        refused, present_password=PASSWORD, password=NEW, repeated_password=NEW, holding="present_password"
    )
    assert done.heading == "Your account"
    for elsewhere in (there, copied):
        elsewhere.get("/account", 303)
    assert browser().sign_in(person.email, NEW).heading == "My work"


def test_a_stolen_session_does_not_try_passwords_for_long(world, browser):
    person = world.person("Kim Ode")
    visitor = browser(person)
    for _try in range(10):
        visitor.submit(
            "/account/password",
            present_password="no",
            password=NEW,
            repeated_password=NEW,
            holding="present_password",
            status=422,
        )
    visitor.submit(
        "/account/password",
        present_password=PASSWORD,
        password=NEW,
        repeated_password=NEW,
        holding="present_password",
        status=429,
    )


def test_a_time_zone_is_kept(world, browser, session):
    person = world.person("Kim Ode")
    visitor = browser(person)
    visitor.submit("/account/details", time_zone="Pacific/Honolulu", holding="time_zone")
    page = visitor.get("/account")
    assert "Hawaii" in page.text


def test_a_refusal_is_in_the_audit_trail(world, browser, session):
    visitor = browser(world.person("Kim Ode", Role.EVALUATOR))
    visitor.get("/people", 403)
    visitor.post("/people/new", {"csrf_token": visitor.token()}, status=403)
    rows = session.execute(
        sa.select(Event.actor_name, Event.details)
        .where(Event.kind == EventKind.ACCESS_REFUSED)
        .order_by(Event.id)
    ).all()
    reason = "Your roles do not include this."
    assert [tuple(row) for row in rows] == [
        ("Kim Ode", {"endpoint": "GET /people", "reason": reason}),
        ("Kim Ode", {"endpoint": "POST /people/new", "reason": reason}),
    ]


def test_a_page_asked_again_and_again_does_not_keep_the_session_alive(world, browser, session, app):
    """No page may be renewed by a script that polls; the mark on the view says so."""
    polling = [name for name, view in app.view_functions.items() if getattr(view, "polls", False)]
    visitor = browser(world.person("Kim Ode", Role.ADMINISTRATOR, Role.COORDINATOR))
    row = session.scalars(sa.select(SignIn)).one()
    for endpoint in polling:
        rule = next(rule for rule in app.url_map.iter_rules(endpoint))
        row.seen_at = seen = NOW - timedelta(minutes=20)
        session.commit()
        values = dict.fromkeys(rule.arguments, 999)
        with app.test_request_context():
            address = app.url_map.bind("localhost").build(endpoint, values)
        visitor.client.get(address)
        session.refresh(row)
        assert row.seen_at == seen
