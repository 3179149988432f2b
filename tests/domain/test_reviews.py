"""When reviews of a proposal are opened to each other's authors."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

from incubator.domain.reviews import may_reveal

TODAY = date(2026, 11, 20)


def test_all_in_or_the_day_has_passed_and_never_without_a_review():
    days = (None, TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1))
    for submitted, open_ones, due_on in product(range(5), range(3), days):
        passed = due_on is not None and due_on < TODAY
        wanted = submitted > 0 and (passed or (open_ones == 0 and submitted >= 3))
        found = may_reveal(submitted=submitted, open_ones=open_ones, required=3, due_on=due_on, today=TODAY)
        assert found is wanted, (submitted, open_ones, due_on)
