"""What was typed survives the end of a session."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa

from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.models.accounts import Person, RoleGrant, SignIn
from incubator.models.calls import Criterion
from incubator.models.proposals import Author, Section
from incubator.models.reviews import Review, Score
from tests.browser import Page, form_values
from tests.world import PASSWORD

OAK = "a door of old oak wood"


def end_sessions(session, now):
    session.execute(sa.update(SignIn).values(ended_at=now))
    session.commit()


@pytest.fixture
def admin(world):
    return world.person("Ada Min", Role.ADMINISTRATOR)


def invitation(**values):
    return {"name": "Ira New", "email": "ira@example.gov", "job_title": "Line one\r\nline two", **values}


def interrupted(visitor, session, now, fields, status=401):
    """The invitation form was open while the session ended, and is sent now."""
    page = visitor.get("/people/new")
    end_sessions(session, now)
    return visitor.submit(page, {"role": "evaluator", **fields}, status=status)


def test_the_text_is_shown_and_sent_after_signing_in_again(world, browser, session, now, admin):
    visitor = browser(admin)
    page = interrupted(visitor, session, now, invitation())
    assert page.heading == "Sign in"
    assert "Your text is kept. Sign in to send it." in page.text
    assert session.scalar(sa.select(Person.id).where(Person.email == "ira@example.gov")) is None
    wrong = visitor.submit(page, email=admin.email, password="not the right one", status=422)
    kept = visitor.submit(wrong, email=admin.email, password=PASSWORD)
    assert kept.heading == "Your text was kept"
    for words in ("Ira New", "ira@example.gov", "Line one", "line two", "Job title"):
        assert words in kept.text
    assert session.scalar(sa.select(Person.id).where(Person.email == "ira@example.gov")) is None
    done = visitor.submit(kept, holding="Send it now")
    assert done.heading == "The invitation of Ira New"
    assert session.scalar(sa.select(Person.job_title).where(Person.email == "ira@example.gov")) == (
        "Line one line two"
    )


def test_sending_the_kept_text_twice_counts_once(world, browser, session, now, admin):
    visitor = browser(admin)
    page = interrupted(visitor, session, now, invitation())
    kept = visitor.submit(page, email=admin.email, password=PASSWORD)
    visitor.submit(kept, holding="Send it now")
    again = visitor.submit(kept, holding="Send it now")
    assert again.heading == "Ira New"
    count = sa.select(sa.func.count()).select_from(Person).where(Person.email == "ira@example.gov")
    assert session.scalar(count) == 1


def test_somebody_else_does_not_get_the_text(world, browser, session, now, admin):
    other = world.person("Kim Ode", Role.ADMINISTRATOR)
    visitor = browser(admin)
    page = interrupted(visitor, session, now, invitation(name="A secret name"))
    landed = visitor.submit(page, email=other.email, password=PASSWORD)
    assert landed.heading == "My work"
    assert "belongs to somebody else" in landed.text
    assert "A secret name" not in landed.text


def test_tokens_and_passwords_are_not_carried(world, browser, session, now, admin):
    visitor = browser(admin)
    page = visitor.get("/account/password")
    end_sessions(session, now)
    refused = visitor.submit(
        page,
        {"present_password": PASSWORD, "password": OAK, "repeated_password": OAK},
        holding="password",
        status=401,
    )
    kept = visitor.submit(refused, email=admin.email, password=PASSWORD)
    assert "old oak" not in kept.html
    assert PASSWORD not in kept.html


def test_a_changed_parcel_is_thrown_away(world, browser, session, now, admin):
    visitor = browser(admin)
    page = interrupted(visitor, session, now, invitation())
    values = form_values(page.form())
    values |= {"email": admin.email, "password": PASSWORD}
    values["kept"] = [values["kept"][0][:-4] + "AAAA"]
    assert visitor.post("/sign-in", values).heading == "My work"


def test_files_are_named_as_lost(world, browser, session, now, admin):
    visitor = browser(admin)
    page = interrupted(visitor, session, now, invitation(file=(io.BytesIO(b"numbers"), "readings.csv")))
    assert "Choose them again afterwards: readings.csv" in page.text
    kept = visitor.submit(page, email=admin.email, password=PASSWORD)
    assert "readings.csv" in kept.text


def interrupted_plainly(visitor, session, now, fields):
    """As above, encoded plainly: the client keeps large multipart bodies in files it does not close."""
    values = {**form_values(visitor.get("/people/new").form()), "role": "evaluator", **fields}
    end_sessions(session, now)
    return Page("/people/new", visitor.client.post("/people/new", data=values))


def test_six_hundred_kilobytes_are_carried_and_too_much_is_said(world, browser, session, now, admin):
    visitor = browser(admin)
    narrative = "ähnliche Wörter über alles " * 22_000
    page = interrupted_plainly(visitor, session, now, invitation(job_title=narrative))
    kept = visitor.submit(page, email=admin.email, password=PASSWORD)
    field = next(f for f in kept.tree.iter("input") if f.get("name") == "job_title")
    assert field.get("value") == narrative
    page = interrupted_plainly(visitor, session, now, invitation(job_title="x" * 1_600_000))
    assert page.status == 401
    assert "too large to be carried along" in page.text
    assert "x" * 100 not in page.html


def test_a_script_is_told_in_its_own_language(world, browser, session, now, admin):
    visitor = browser(admin)
    token = visitor.token()
    end_sessions(session, now)
    answer = visitor.client.post(
        "/people/new", data={"csrf_token": token}, headers={"Accept": "application/json"}
    )
    assert (answer.status_code, answer.json) == (
        401,
        {"message": "You have been signed out. Your text is not saved."},
    )


def test_signing_out_twice_is_signed_out(world, browser, session, now, admin):
    visitor = browser(admin)
    token = visitor.token()
    end_sessions(session, now)
    assert visitor.post("/sign-out", {"csrf_token": token}).heading == "Sign in"


def test_a_page_from_before_a_new_sign_in_keeps_its_text(world, browser, session, now, admin):
    visitor = browser(admin)
    page = visitor.get("/people/new")
    values = {**form_values(page.form()), **invitation(), "role": "evaluator"}
    end_sessions(session, now)
    visitor.sign_in(admin.email)
    stale = visitor.client.post("/people/new", data=values, headers={"Origin": "http://localhost"})
    assert stale.status_code == 400
    assert "Your text was kept" in stale.text
    assert "Ira New" in stale.text
    for origin in ("http://evil.example", "null", ""):
        foreign = visitor.client.post("/people/new", data=values, headers={"Origin": origin})
        assert foreign.status_code == 400
        assert "Ira New" not in foreign.text
    assert session.scalar(sa.select(Person.id).where(Person.email == "ira@example.gov")) is None


def sent_after_the_end(visitor, session, now, person, page, fields, **which):
    """A form is sent after the session ended, and again from the page that comes after signing in."""
    end_sessions(session, now)
    refused = visitor.submit(page, fields, status=401, **which)
    assert "Your text is kept. Sign in to send it." in refused.text
    kept = visitor.submit(refused, email=person.email, password=PASSWORD)
    assert kept.heading == "Your text was kept"
    return kept


def test_a_section_of_a_proposal_is_kept(world, browser, session, now):
    agency = world.agency("DOT")
    author = world.person("Ann Author", (Role.SUBMITTER, agency), agency=agency)
    proposal = world.proposal("Permit helper", agency=agency, step=Step.DRAFT, authors=(author,))
    visitor = browser(author)
    page = visitor.get(f"/pilots/{proposal.number}/proposal/problem")
    text = "Permits take 51 minutes.\r\n\r\n“Twice” 🛣️ the county's."
    kept = sent_after_the_end(
        visitor, session, now, author, page, {"problem": text, "go": "draft"}, holding="problem"
    )
    assert "Permits take 51 minutes." in kept.text
    sections = sa.select(Section.answers).where(Section.proposal_id == proposal.id)
    assert session.scalars(sections).all() == []
    visitor.submit(kept, holding="Send it now")
    assert session.scalars(sections).one()["problem"] == text.replace("\r\n", "\n")


def test_a_review_is_kept(world, browser, session, now):
    call = world.call("Spring round")
    proposal = world.proposal("Permit helper", call=call, step=Step.REVIEW)
    reviewer = world.person("Rae Bell", Role.REVIEWER)
    review = world.review(proposal, reviewer)
    first = session.scalars(sa.select(Criterion.id).where(Criterion.rubric_id == call.rubric_id)).first()
    fields = {
        "go": "save",
        f"score_{first}": "4",
        f"why_{first}": "It halves the wait",
        "comment": "Ask about weekends",
    }
    visitor = browser(reviewer)
    page = visitor.get(f"/reviews/{review.id}")
    kept = sent_after_the_end(visitor, session, now, reviewer, page, fields, holding="Save and go on later")
    assert "Ask about weekends" in kept.text
    visitor.submit(kept, holding="Send it now")
    session.expire_all()
    assert session.get(Review, review.id).comment == "Ask about weekends"
    score = session.scalars(sa.select(Score).where(Score.review_id == review.id)).one()
    assert (score.criterion_id, score.value, score.justification) == (first, 4, "It halves the wait")


TEXT = "Permits take 51 minutes, and nobody knows why."
NOT_SAVED = "Your text was not saved"
FROM_HERE = {"Origin": "http://localhost"}


@pytest.fixture
def writing(world, browser):
    """An author with the page of a section open: the author, the proposal, the browser, what is sent."""
    agency = world.agency("DOT")
    author = world.person("Ann Author", (Role.SUBMITTER, agency), agency=agency)
    proposal = world.proposal("Permit helper", agency=agency, step=Step.DRAFT, authors=(author,))
    visitor = browser(author)
    address = f"/pilots/{proposal.number}/proposal/problem"
    values = {**form_values(visitor.get(address).form(holding="problem")), "problem": TEXT, "go": "draft"}
    return author, proposal, visitor, address, values


def test_signed_out_in_another_tab_the_text_is_shown(writing):
    _author, _proposal, visitor, address, values = writing
    visitor.client.delete_cookie("incubator")
    answer = visitor.client.post(address, data=values, headers=FROM_HERE)
    page = Page(address, answer)
    assert (page.status, page.heading) == (400, "You are signed out")
    assert NOT_SAVED in page.text
    assert TEXT in page.text
    assert page.text.index(TEXT) < page.text.index("Sign in in a new tab")
    told = visitor.client.post(
        f"{address}/autosave", data=values, headers={**FROM_HERE, "Accept": "application/json"}
    )
    assert (told.status_code, told.json["message"]) == (401, "You were signed out before this was sent.")
    for origin in ("http://evil.example", "null", ""):
        assert TEXT not in visitor.client.post(address, data=values, headers={"Origin": origin}).text


def test_access_that_ends_while_writing_shows_the_text(writing, session, world):
    author, _proposal, visitor, address, values = writing
    session.execute(sa.delete(Author).where(Author.person_id == author.id))
    session.execute(sa.delete(RoleGrant).where(RoleGrant.person_id == author.id))
    session.commit()
    ended = Page(address, visitor.client.post(address, data=values))
    nothing = Page(address, visitor.client.post("/pilots/DOT-9999/proposal/problem", data=values))
    assert (ended.status, NOT_SAVED in ended.text, TEXT in ended.text) == (404, True, True)
    assert ended.text == nothing.text
    told = visitor.client.post(f"{address}/autosave", data=values, headers={"Accept": "application/json"})
    assert told.status_code == 404
    assert told.json["message"] == "Not saved: this is no longer open to you. Copy your text to keep it."


def test_a_review_that_is_taken_back_shows_the_text(world, browser, session):
    proposal = world.proposal("Permit helper", call=world.call("Spring round"), step=Step.REVIEW)
    reviewer = world.person("Rae Bell", Role.REVIEWER)
    review = world.review(proposal, reviewer)
    visitor = browser(reviewer)
    page = visitor.get(f"/reviews/{review.id}")
    review.state, review.reason = ReviewState.WITHDRAWN, "Somebody else reads it."
    session.commit()
    refused = visitor.submit(page, {"comment": TEXT, "go": "save"}, holding="comment", status=404)
    assert NOT_SAVED in refused.text
    assert TEXT in refused.text


def test_a_refused_post_never_shows_passwords_or_tokens(admin, browser):
    visitor = browser(admin)
    visitor.client.delete_cookie("incubator")
    secrets = {"present_password": PASSWORD, "password": OAK, "token": "a-token", "csrf_token": "a-csrf"}
    page = visitor.client.post("/account/password", data={**secrets, "note": TEXT}, headers=FROM_HERE)
    assert TEXT in page.text
    assert [value for value in secrets.values() if value in page.text] == []
