"""The rules that bar somebody from judging a proposal."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from incubator.domain.conflicts import (
    ConflictKind,
    Judge,
    Judged,
    Tie,
    TieKind,
    conflicts,
    is_recent,
    may_be_set_aside,
    names_vendor,
    vendor_key,
)

TODAY = date(2026, 11, 20)
K = ConflictKind


def test_each_rule_and_nothing_else():
    cases = [
        (Judge(1), Judged(9), set()),
        (Judge(1), Judged(9, writers=frozenset({1})), {K.AUTHOR}),
        (Judge(1, manager_id=2), Judged(9, writers=frozenset({2})), {K.MANAGEMENT}),
        (Judge(1), Judged(9, writers=frozenset({2}), managers=frozenset({1})), {K.MANAGEMENT}),
        (Judge(1, manager_id=3), Judged(9, writers=frozenset({2}), managers=frozenset({3})), set()),
        (Judge(1, manager_id=2), Judged(9, writers=frozenset({1, 2})), {K.AUTHOR}),
    ]
    for judge, judged, wanted in cases:
        assert conflicts(judge, judged, TODAY) == wanted


def test_ties_to_a_vendor_bar_where_the_proposal_names_it():
    ties = (
        Tie(TieKind.INTEREST, "acme"),
        Tie(TieKind.CONTRACT, "beta labs", date(2025, 1, 1)),
        Tie(TieKind.CONTRACT, "gamma", date(2024, 11, 19)),
    )
    judge = Judge(1, ties=ties)
    for vendor, wanted in [
        ("acme", {K.VENDOR}),
        ("beta labs and acme", {K.VENDOR, K.CONTRACT}),
        ("gamma", set()),
        ("acmex", set()),
        ("", set()),
    ]:
        assert conflicts(judge, Judged(9, vendor_key=vendor), TODAY) == wanted, vendor


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Acmé Systems, Inc.", "acme systems"),
        ("  ACME   SYSTEMS  LLC", "acme systems"),
        ("Acme Systems Co., Ltd.", "acme systems"),
        ("Inc.", "inc"),
        ("", ""),
        ("東京", "東京"),
        ("O'Neill & Sons", "o neill sons"),
    ],
)
def test_a_vendor_is_compared_by_its_name_alone(written, key):
    assert vendor_key(written) == key
    assert vendor_key(key) == key


def test_a_line_may_name_several_vendors():
    assert names_vendor("Acme, Inc. with Beta Labs", "acme")
    assert names_vendor("Acme, Inc. with Beta Labs", "beta labs")
    assert not names_vendor("Acme, Inc. with Beta Labs", "beta la")
    assert not names_vendor("anything", "")


def test_a_contract_is_recent_for_two_years_to_the_day():
    assert is_recent(None, TODAY)
    assert is_recent(date(2024, 11, 20), TODAY)
    assert not is_recent(date(2024, 11, 19), TODAY)
    assert is_recent(date(2024, 2, 29), date(2026, 3, 1))
    assert not is_recent(date(2024, 2, 29), date(2026, 3, 2))
    assert is_recent(date(2027, 1, 1), TODAY)


def test_own_agency_is_never_set_aside():
    assert may_be_set_aside([K.VENDOR, K.AUTHOR])
    for kind, other in product(K, K):
        assert may_be_set_aside([kind, other]) is (K.OWN_AGENCY not in (kind, other))
