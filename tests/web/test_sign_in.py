from __future__ import annotations

from incubator.domain.roles import Role


def test_signing_in_and_out(world, browser):
    person = world.person("Robin Hale", Role.COORDINATOR)
    visitor = browser(person)
    assert visitor.get("/").heading == "My work"
    assert "Robin Hale" in visitor.get("/account").text
    page = visitor.post("/sign-out", {"csrf_token": visitor.token()})
    assert page.heading == "Sign in"
    assert visitor.get("/", 303).response.location.startswith("/sign-in")


def test_a_wrong_password_says_nothing_about_the_account(world, browser):
    person = world.person("Robin Hale", Role.COORDINATOR)
    visitor = browser()
    known = visitor.submit("/sign-in", email=person.email, password="not the right password", status=422)
    unknown = visitor.submit(
        "/sign-in", email="nobody@example.gov", password="not the right password", status=422
    )
    assert known.texts("p", "error-message") == unknown.texts("p", "error-message")
