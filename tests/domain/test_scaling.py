"""What stands before a pilot is scaled, and the fiscal years that may be named."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime
from itertools import product

import pytest

from incubator.domain.scaling import (
    NEEDS,
    ApprovalArea,
    ApprovalState,
    ScaleState,
    fiscal_year_of,
    fiscal_years,
    scale_state,
)

STANDING = {
    "owner_id": 7,
    "accepted_by_id": 7,
    "accepted_at": datetime(2026, 11, 1, tzinfo=UTC),
    "recurring_cents": 1,
    "funding_line": "Line",
    "fiscal_year": 2028,
    "procurement": "Route",
    "support": "Desk",
    "typicality": "Typical",
    "approvals": dict.fromkeys(ApprovalArea, ApprovalState.APPROVED),
}


def test_each_need_is_a_field_of_the_state():
    assert set(NEEDS) == {field.name for field in fields(ScaleState)}


def test_with_everything_it_is_ready():
    assert scale_state(**STANDING).missing == ()
    assert scale_state(**STANDING).ready


@pytest.mark.parametrize(
    ("without", "need"),
    [
        ({"owner_id": 8}, "owner_accepted"),
        ({"owner_id": None}, "owner_accepted"),
        ({"owner_id": None, "accepted_by_id": None}, "owner_accepted"),
        ({"accepted_at": None}, "owner_accepted"),
        ({"recurring_cents": None}, "funding"),
        ({"funding_line": " \n"}, "funding"),
        ({"fiscal_year": None}, "funding"),
        ({"procurement": " "}, "procurement"),
        ({"support": ""}, "support"),
        ({"typicality": ""}, "typical_site"),
        ({"approvals": {}}, "approvals"),
    ],
)
def test_each_need_fails_alone(without, need):
    assert scale_state(**{**STANDING, **without}).missing == (need,)


@pytest.mark.parametrize("states", list(product(ApprovalState, repeat=3)))
def test_approvals_stand_when_all_three_are_settled(states):
    settled = {ApprovalState.APPROVED, ApprovalState.NOT_NEEDED}
    approvals = dict(zip(ApprovalArea, states, strict=True))
    assert scale_state(**{**STANDING, "approvals": approvals}).approvals is (set(states) <= settled)


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2026, 6, 30), 2026),
        (date(2026, 7, 1), 2027),
        (date(2026, 12, 31), 2027),
        (date(2027, 1, 1), 2027),
    ],
)
def test_the_fiscal_year_is_named_after_the_year_in_which_it_ends(day, year):
    assert fiscal_year_of(day) == year
    assert (fiscal_years(day)[0], fiscal_years(day)[-1]) == (year, year + 10)
