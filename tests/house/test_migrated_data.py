"""What people had entered is still theirs after a migration, and after the way back."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from flask_migrate import downgrade, upgrade

from incubator.extensions import db
from tests.house.test_migrations import empty, triggers

__all__ = ["empty"]

NOW = "2026-11-20 17:00:00+00:00"


def put(table: str, **values: object) -> None:
    columns = ", ".join(f'"{name}"' for name in values)
    places = ", ".join(f":{name}" for name in values)
    with db.engine.begin() as connection:
        connection.execute(sa.text(f'INSERT INTO "{table}" ({columns}) VALUES ({places})'), values)


def look(statement: str) -> list[tuple[object, ...]]:
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(statement))]


def an_office_before() -> None:
    """Two calls, two proposals in review, a conflict and an event, as the first version kept them."""
    put("agency", **required("agency", id=1, code="AG", name="Agency"))
    for person_id in (1, 2):
        put(
            "person",
            **required(
                "person",
                id=person_id,
                name=f"P{person_id}",
                email=f"p{person_id}@example.gov",
                email_key=f"p{person_id}@example.gov",
            ),
        )
    put("rubric", **required("rubric", id=1, name="R", number=1))
    for call_id, shares in ((1, True), (2, False)):
        put(
            "call",
            **required(
                "call",
                id=call_id,
                slug=f"c{call_id}",
                title="C",
                rubric_id=1,
                shares_scores=shares,
                opens_at="2026-01-01 00:00:00+00:00",
                closes_at=NOW,
                form_version=1,
            ),
        )
    for proposal_id in (1, 2):
        put(
            "proposal",
            **required(
                "proposal",
                id=proposal_id,
                number=f"AG-{proposal_id}",
                title="T",
                agency_id=1,
                call_id=proposal_id,
                stage="idea",
                step="review",
                origin="entered",
                submitted_at=NOW,
            ),
        )
    put(
        "section",
        **required(
            "section", id=1, proposal_id=1, key="vendor", answers=json.dumps({"vendor": "Acme, Inc."})
        ),
    )
    put(
        "review",
        **required("review", id=1, proposal_id=1, reviewer_id=1, state="submitted", submitted_at=NOW),
    )
    put(
        "review",
        **required("review", id=2, proposal_id=2, reviewer_id=1, state="submitted", submitted_at=NOW),
    )
    put("review", **required("review", id=3, proposal_id=2, reviewer_id=2, state="assigned"))
    put("conflict", **required("conflict", id=1, person_id=2, proposal_id=1, kind="vendor"))
    put("event", **required("event", kind="person_invited", actor_name="Somebody"))


def columns_of(table: str) -> dict[str, dict[str, object]]:
    return {column["name"]: column for column in sa.inspect(db.engine).get_columns(table)}


def required(table: str, **given: object) -> dict[str, object]:
    """The values given, and something plain for every other column that must have one."""
    values = dict(given)
    for name, column in columns_of(table).items():
        if name in values or column["nullable"] or name == "id":
            continue
        kind = column["type"].python_type if not isinstance(column["type"], sa.JSON) else dict
        values[name] = {int: 1, float: 1.0, bool: False, str: "", dict: "{}"}.get(kind, NOW)
    return values


@pytest.mark.usefixtures("empty")
def test_what_was_there_before_a_call_was_worked_on_as_a_whole_stays():
    upgrade(revision="0001")
    an_office_before()
    guarded = triggers(db.engine)
    upgrade()
    assert look("SELECT id, agency_sees, decides_together, outside FROM call ORDER BY id") == [
        (1, "total", False, False),
        (2, "nothing", False, False),
    ]
    revealed = look("SELECT id, vendor, reviews_revealed_at IS NOT NULL FROM proposal ORDER BY id")
    assert [(row[0], row[1], bool(row[2])) for row in revealed] == [(1, "Acme, Inc.", True), (2, "", False)]
    assert look("SELECT person_id, kind, by_rule, override_reason FROM conflict") == [
        (2, "vendor", False, "")
    ]
    assert look("SELECT revision_reason FROM review") == [("",)] * 3
    assert look("SELECT scale_min, scale_max, lower_is_better FROM rubric") == [(1.0, 5.0, False)]
    assert triggers(db.engine) == guarded
    assert len(guarded) > 0
    with pytest.raises(sa.exc.DBAPIError, match="events are written once"), db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE event SET actor_name = 'Somebody else'"))


@pytest.mark.usefixtures("empty")
def test_the_way_back_keeps_one_conflict_a_pair_and_none_that_only_a_rule_found():
    upgrade(revision="0001")
    an_office_before()
    upgrade()
    put("conflict", **required("conflict", id=2, person_id=2, proposal_id=1, kind="author"))
    put("conflict", **required("conflict", id=3, person_id=1, proposal_id=2, kind="contract", by_rule=True))
    downgrade(revision="0001")
    assert look("SELECT id, person_id, proposal_id, kind FROM conflict") == [(1, 2, 1, "vendor")]
    assert look("SELECT count(*) FROM review") == [(3,)]
    assert look("SELECT count(*) FROM event") == [(1,)]
