from __future__ import annotations

import pytest

from incubator.domain.roles import Role
from incubator.jobs.administrator import invite_first_administrator
from incubator.models.accounts import Person


def link_in(words: str) -> str:
    return words.splitlines()[-1].removeprefix("http://localhost")


@pytest.fixture
def run(app, connection):
    """The command's work, within the application as the command runs it."""

    def invited(email: str, name: str) -> str:
        with app.app_context():
            return invite_first_administrator(email, name)

    return invited


def test_the_first_administrator_gets_in(run, browser, session):
    link = link_in(run("Ada@Example.gov", "Ada Min"))
    visitor = browser()
    visitor.submit(link, password="a door of old oak wood", repeated_password="a door of old oak wood")
    visitor.sign_in("ada@example.gov", "a door of old oak wood")
    assert visitor.get("/people").heading == "People"


def test_somebody_locked_out_is_helped_back_in(run, world, browser, session):
    person = world.person("Kim Ode", (Role.SUBMITTER, world.agency()), disabled_at=world.now)
    session.commit()
    words = run(person.email, "ignored")
    assert "one hour" in words
    visitor = browser()
    visitor.submit(
        link_in(words), password="a door of old oak wood", repeated_password="a door of old oak wood"
    )
    visitor.sign_in(person.email, "a door of old oak wood")
    assert visitor.get("/people").heading == "People"
    session.expire_all()
    assert session.get(Person, person.id).name == "Kim Ode"


def test_nonsense_ends_the_command_with_a_message(run):
    with pytest.raises(SystemExit, match="e-mail address"):
        run("nobody", "Nobody")
