"""What people had entered is still theirs after a migration, and after the way back."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from flask_migrate import downgrade, upgrade

from incubator.extensions import db
from tests.house.test_migrations import empty, triggers

__all__ = ["empty"]

pytestmark = pytest.mark.slow

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


def a_pilot_before() -> None:
    """A pilot with metrics, a corrected reading, benefits of every kind and two decisions, as the second
    version kept them."""
    upgrade(revision="0001")
    an_office_before()
    upgrade(revision="0002")
    put("pilot", **required("pilot", id=1, proposal_id=1))
    for metric_id, kind in ((1, "goal"), (2, "guardrail")):
        put(
            "metric",
            **required(
                "metric",
                id=metric_id,
                pilot_id=1,
                name=f"M{metric_id}",
                unit="minutes",
                direction="down",
                kind=kind,
                cadence="monthly",
                baseline=50,
                target=20,
                provenance="measured",
            ),
        )
    a_reading(1, value=31.0, replaced_at=NOW)
    a_reading(2, value=30.5, replaces_id=1, correction_reason="Typed twice")
    for months, realised, unknown in (
        (6, "Less waiting", ""),
        (12, "", "Nobody counted"),
        (24, "Some", "Partly"),
    ):
        put(
            "benefit",
            **required(
                "benefit",
                id=months,
                proposal_id=1,
                months=months,
                realised=realised,
                unknown_reason=unknown,
                hours_per_year=12.5,
            ),
        )
    for decision_id, outcome in ((1, "advance"), (2, "stop")):
        put(
            "decision",
            **required(
                "decision",
                id=decision_id,
                proposal_id=1,
                gate="g4",
                outcome=outcome,
                from_stage="pilot",
                to_stage="scale",
                reason="As read",
                end_reason="demand" if outcome == "stop" else None,
                precision="day",
                decided_by_id=1,
                evidence=json.dumps({"kept": decision_id}),
                evidence_sha256=str(decision_id) * 64,
            ),
        )


def a_reading(reading_id: int, **values: object) -> None:
    put(
        "reading",
        **required("reading", **{"id": reading_id, "metric_id": 1, "taken_on": "2026-03-01", **values}),
    )


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


READINGS = [(1, 31.0, None, True), (2, 30.5, 1, False)]
BENEFITS = [(6, "Less waiting", "", 12.5), (12, "", "Nobody counted", 12.5)]


def kept_of_readings() -> list[tuple[object, ...]]:
    rows = look("SELECT id, value, replaces_id, replaced_at IS NOT NULL FROM reading ORDER BY id")
    return [(*row[:3], bool(row[3])) for row in rows]


def kept_of_benefits() -> list[tuple[object, ...]]:
    return look("SELECT months, realised, unknown_reason, hours_per_year FROM benefit ORDER BY months")


def kept_of_decisions() -> list[tuple[object, ...]]:
    return look("SELECT id, outcome, reason, evidence_sha256 FROM decision ORDER BY id")


@pytest.mark.usefixtures("empty")
def test_what_was_there_before_pilots_were_judged_stays():
    a_pilot_before()
    guarded, decided = triggers(db.engine), kept_of_decisions()
    upgrade(revision="0003")
    assert kept_of_readings() == READINGS
    assert look("SELECT DISTINCT arm, unit, numerator FROM reading") == [("pilot", "", None)]
    assert kept_of_benefits() == [*BENEFITS, (24, "Some", "", 12.5)]
    assert look("SELECT months, certainty, promise_id, amount FROM benefit ORDER BY months") == [
        (6, "estimated", None, None),
        (12, "unknown", None, None),
        (24, "estimated", None, None),
    ]
    assert look(
        "SELECT name, kind, baseline, target, measure, per, design, horizon_on FROM metric ORDER BY id"
    ) == [
        ("M1", "goal", 50.0, 20.0, "value", 1.0, None, None),
        ("M2", "guardrail", 50.0, 20.0, "value", 1.0, None, None),
    ]
    assert kept_of_decisions() == decided
    assert look("SELECT DISTINCT advice, against_advice, approved_by_id FROM decision") == [(None, "", None)]
    assert look("SELECT question, design, comparison FROM pilot") == [("", None, "")]
    assert triggers(db.engine) >= guarded
    with pytest.raises(sa.exc.IntegrityError):
        a_reading(3, value=29.0, arm="pilot", unit="")
    with pytest.raises(sa.exc.IntegrityError):
        put("benefit", **required("benefit", id=99, proposal_id=2, months=6, realised="", unknown_reason=""))


@pytest.mark.usefixtures("empty")
def test_the_way_back_from_judged_pilots_keeps_what_the_older_shape_can_hold():
    a_pilot_before()
    upgrade(revision="0003")
    a_reading(3, value=44.0, arm="comparison", unit="", replaced_at=NOW)
    a_reading(4, value=45.0, arm="comparison", unit="", replaces_id=3, correction_reason="Typed twice")
    a_reading(5, value=29.0, arm="pilot", unit="North")
    put(
        "guardrail_alert",
        **required("guardrail_alert", id=1, metric_id=1, reading_id=4, kind="limit", answered_at=None),
    )
    put(
        "promised_benefit",
        **required(
            "promised_benefit", id=1, proposal_id=1, name="Hours", kind="hours", owner_name="Desk",
            low=1, likely=2, high=3, years=3,
        ),
    )  # fmt: skip
    put(
        "benefit",
        **required(
            "benefit", id=100, proposal_id=1, promise_id=1, months=6, certainty="confirmed",
            realised="Fewer hours", unknown_reason="", amount=2,
        ),
    )  # fmt: skip
    with db.engine.begin() as connection:
        connection.execute(
            sa.text(
                "UPDATE decision SET advice = 'extend', against_advice = 'It pays', approved_by_id = 2, "
                "approved_at = decided_at WHERE id = 1"
            )
        )
    decided = kept_of_decisions()
    downgrade(revision="0002")
    assert kept_of_readings() == READINGS
    assert kept_of_benefits() == [*BENEFITS, (24, "Some", "", 12.5)]
    assert kept_of_decisions() == decided
    assert not {"arm", "unit", "numerator"} & set(columns_of("reading"))
    assert not {"advice", "against_advice", "approved_by_id"} & set(columns_of("decision"))
    upgrade(revision="0003")
    assert look("SELECT months, certainty FROM benefit ORDER BY months") == [
        (6, "estimated"),
        (12, "unknown"),
        (24, "estimated"),
    ]
