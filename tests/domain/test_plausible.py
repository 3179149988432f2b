"""Days that cannot be meant are refused with what to enter instead; unlikely ones are asked about."""

from __future__ import annotations

from datetime import date

import pytest

from incubator.domain.errors import DomainError
from incubator.domain.plausible import check_due, check_held, check_start, is_unlikely

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("check", "refused", "field", "accepted"),
    [
        (check_due, [date(2020, 1, 1), date(2026, 11, 19)], "due_on", [None, TODAY, date(2030, 1, 1)]),
        (check_held, [date(2030, 1, 1), date(2026, 11, 21)], "held_on", [TODAY, date(2019, 5, 1)]),
        (check_start, [date(1999, 3, 1), date(2024, 11, 16)], "starts_on", [None, date(2025, 1, 1), TODAY]),
    ],
)
def test_the_impossible_is_refused_with_an_example(check, refused, field, accepted):
    for day in refused:
        with pytest.raises(DomainError) as error:
            check(day, TODAY)
        assert (error.value.field, error.value.params) == (field, {"day": "11/20/2026"})
        check(day, TODAY, before=day)
    for day in accepted:
        check(day, TODAY)


def test_the_unlikely():
    assert [is_unlikely(date(year, 11, 20), TODAY) for year in (2023, 2024, 2026, 2028, 2029)] == [
        True, False, False, False, True,
    ]  # fmt: skip
    assert not is_unlikely(None, TODAY)
