"""Every field of every form, filled in by somebody who means harm or pastes by mistake: never a fault, never
half a change, and what was typed is taken and shown as text or stays in the field with the reason."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa

from tests.databases import DATABASES
from tests.house.test_crawl import contents
from tests.house.town import found_town
from tests.web.hostile import ROLES, TYPED, VALUES, Spot, collect, fault, multipart, send

EVERYTHING = {
    ("agencies.state_need", "title"),
    ("pilots.record_expense", "cents"),
    ("pilots.record_reading", "taken_on"),
    ("pilots.record_reading", "value"),
    ("reviews.assign", "due_on"),
}
"""Fields of each kind that get every value; the others get one each, in turn."""

LOOKED_AT_CLOSELY = 16
"""Of so many refusals one is compared with the database as it was, row by row."""

UNSEEN = ("0" * 12 + "9" * 5_000, "100000000000000000000", "-1", "١٢", "a\x00b", "x" * 500)
"""For what a form carries unseen, which is as much a field as what one types: versions, keys, marks."""

LEAVING = {"accounts.end_session", "accounts.sign_out_everywhere"}
"""They end the session that the other attacks need; `test_people.py` presses them."""

CHOSEN = tuple(text for text in VALUES.values() if len(text) < 100 and text.isprintable())
"""What stands for a choice nobody offered: no NUL, which no browser can send from a choice."""


def attacks(found: dict[tuple[str, str], Spot]) -> list[tuple[Spot, str, str, str]]:
    """(form, field, name of the value, value)"""
    tried, labels = [], list(VALUES)
    for place, ((endpoint, name), spot) in enumerate(sorted(found.items())):
        if endpoint in LEAVING:
            continue
        kind = dict(spot.kinds)[name]
        if kind == "hidden":
            tried.append((spot, name, "unseen", UNSEEN[place % len(UNSEEN)]))
            continue
        if kind not in TYPED:
            tried.append((spot, name, "a choice nobody offered", CHOSEN[place % len(CHOSEN)]))
            continue
        mine = labels if (endpoint, name) in EVERYTHING else [labels[place % len(labels)]]
        tried += [(spot, name, label, VALUES[label]) for label in mine]
    return tried


@pytest.mark.slow
def test_no_field_of_any_form_breaks(app, world, browser, session, connection):
    """On PostgreSQL, which minds more; on SQLite beside it one field in three."""
    town = found_town(world)
    visitors = {role: browser(town.people[role]) for role in ROLES}
    found = collect(app, town, visitors)
    assert len(found) > 380
    assert found.keys() >= EVERYTHING
    faults, refused = [], 0
    tried = attacks(found)
    if connection.dialect.name == "sqlite" and len(DATABASES) > 1:
        tried = tried[::3]
    for spot, name, label, text in tried:
        before = contents(session) if refused % LOOKED_AT_CLOSELY == 0 else None
        session.commit()
        point = connection.begin_nested()
        wrong, page = None, None
        try:
            page = send(visitors[spot.role], spot, {name: text})
            wrong = fault(spot, name, text, page)
            if page.status >= 400 and before is not None:
                session.expire_all()
                after = contents(session)
                changed = [table for table in before if before[table] != after[table]]
                wrong = wrong or (f"refused, and yet changed {changed}" if changed else None)
        except Exception as error:
            wrong = f"{type(error).__name__}: {str(error)[:300]}"
        finally:
            session.rollback()
            point.rollback()
        refused += page is not None and page.status >= 400
        if wrong:
            faults.append(f"{spot.endpoint}, {name} ({label}): {wrong}")
    for spot in {spot.action: spot for spot in found.values() if spot.endpoint not in LEAVING}.values():
        session.commit()
        point = connection.begin_nested()
        try:
            answer = visitors[spot.role].client.post(spot.action, data=all_as_files(spot))
            if answer.status_code >= 500:
                faults.append(f"{spot.endpoint}, every field a file: {answer.status_code}")
        except Exception as error:
            faults.append(f"{spot.endpoint}, every field a file: {error!r}"[:300])
        finally:
            session.rollback()
            point.rollback()
    assert faults == []
    assert refused > len(tried) // 4


def all_as_files(spot: Spot) -> dict[str, object]:
    """The form with a file in each field, but for the token."""
    token = {name: value for name, value in spot.pairs if name == "csrf_token"}
    return token | {name: (io.BytesIO(b"text"), "text.txt") for name, _kind in spot.kinds}


def test_a_form_of_thousands_of_fields_is_answered(app, world, browser, session):
    town = found_town(world)
    visitor = browser(town.people["coordinator"])
    token = visitor.token()
    address = f"/agencies/{town.own.agency.code}/needs/new"
    before = contents(session)
    many = {"csrf_token": token, **{f"field_{number}": "x" for number in range(2_000)}}
    assert visitor.client.post(address, data=many).status_code == 422
    doubled = {"csrf_token": token, "title": ["one", "two"] * 1_000}
    assert visitor.client.post(address, data=doubled).status_code == 422
    parts = multipart([("csrf_token", token), *[("f", "x")] * 4_000])
    response = visitor.client.post(address, data=parts, content_type="multipart/form-data; boundary=border")
    assert response.status_code == 413
    session.expire_all()
    assert contents(session) == before


def test_another_kind_of_content_is_refused(app, world, browser, session):
    town = found_town(world)
    visitor = browser(town.people["coordinator"])
    address = f"/agencies/{town.own.agency.code}/needs/new"
    before = contents(session)
    for kind, body in (
        ("application/json", b'{"title": "x"}'),
        ("application/json", b"{broken"),
        ("text/xml", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\x00\r\n\r\n"),
        ("application/x-www-form-urlencoded", b"%ff=%fe&csrf_token=\xff\xfe"),
        ("application/x-www-form-urlencoded; charset=utf-7", b"title=%2BADw-"),
        ("nonsense", b"\x00" * 10_000),
    ):
        response = visitor.client.post(address, data=body, content_type=kind)
        assert response.status_code == 400, kind
    session.expire_all()
    assert contents(session) == before


def test_saving_in_the_background_takes_hostile_text_too(app, world, browser, session, connection):
    """Scripts post the same fields to addresses no form names."""
    town = found_town(world)
    visitors = {role: browser(town.people[role]) for role in ("submitter", "reviewer")}
    draft = town.own.records[next(step for step in town.own.records if step.value == "draft")]
    places = {
        "submitter": (
            f"/pilots/{draft.number}/proposal/problem",
            f"/pilots/{draft.number}/proposal/problem/autosave",
        ),
        "reviewer": (
            f"/reviews/{town.own.ids['review_id']}",
            f"/reviews/{town.own.ids['review_id']}/autosave",
        ),
    }
    for role, (address, autosave) in places.items():
        page = visitors[role].get(address)
        form = next(form for form in page.forms() if form.get("data-autosave"))
        fields = [element.get("name") for element in form.iter() if element.tag == "textarea"]
        assert fields
        for label, text in VALUES.items():
            session.commit()
            point = connection.begin_nested()
            body = {
                "csrf_token": visitors[role].token(),
                "version": "0",
                fields[0]: text.replace("\ud83d", "\ufffd"),
            }
            answer = visitors[role].client.post(autosave, data=body, headers={"Accept": "application/json"})
            point.rollback()
            assert answer.status_code in (200, 409, 422), (role, label)
            assert answer.get_json(), (role, label)


def test_a_refused_value_is_no_row(world, browser, session):
    """The plainest case by hand: money that is none, said beside its field, and nothing kept of it."""
    from incubator.models.pilots import Expense

    town = found_town(world)
    visitor = browser(town.people["coordinator"])
    number = town.own.records[next(step for step in town.own.records if step.value == "running")].number
    count = session.scalar(sa.select(sa.func.count()).select_from(Expense))
    for amount in ("nan", "-inf", "1e400", "١٢٣", "9" * 30, "<script>alert(1)</script>"):
        page = visitor.submit(
            f"/pilots/{number}/expenses/new", {"cents": amount}, holding="cents", status=422
        )
        assert len(page.texts("p", "error-message")) >= 1
        field = next(element for element in page.tree.iter() if element.get("name") == "cents")
        assert (field.get("value"), field.get("aria-invalid")) == (amount, "true")
    session.expire_all()
    assert session.scalar(sa.select(sa.func.count()).select_from(Expense)) == count
