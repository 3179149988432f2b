import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incubator.charts import words
from incubator.charts.sheet import LARGEST, Scale, span, spread, ticks

anything = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (29, "29"), (3.6, "3.6"), (0.042, "0.042"), (-5, "−5"), (12_400, "12,400"), (1_234_567, "1.2M"), (99.96, "99.96"),
        (123.45, "123.45"), (1e308, "1e+308"), (0.00001, "0.00001"), (0, "0"), (999_999, "999,999"),
    ],
)  # fmt: skip
def test_numbers(value, text):
    assert words.number(value) == text


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (0, "$0"),
        (85_000, "$850"),
        (1_250_000, "$12.5k"),
        (-10_500_000, "−$105k"),
        (120_000_000, "$1.2M"),
        (10**13, "$100B"),
        (32_050_000, "$321k"),
        (99_996_000, "$1M"),
        (9_994_900, "$99.9k"),
    ],
)
def test_money(cents, text):
    assert words.money(cents) == text


def test_shares():
    shares = [words.percent(x) for x in (0, 0.001, 0.005, 0.48, 0.999, 1, -0.5)]
    assert shares == ["0%", "<1%", "1%", "48%", ">99%", "100%", "−50%"]
    assert words.with_unit(71, "%") == "71%"
    assert words.with_unit(-3, "$") == "−$3"
    assert words.with_unit(3, "") == "3"
    assert (words.plural(1, "reply", "replies"), words.plural(2000, "reply", "replies")) == (
        "1 reply",
        "2,000 replies",
    )
    assert [words.listed(x) for x in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_text_is_one_printable_line():
    assert words.clean("a\x00b\r\n\tc\u2028d") == "a b c d"
    assert words.clean("\u202eevil\u2066\ud800") == "evil"
    assert words.clean("x" * 10**6) == "x" * 199 + "…"
    assert words.clean("👩🏽‍💻 漢字 مرحبا") == "👩🏽‍💻 漢字 مرحبا"


@given(st.text())
def test_clean_text_survives_xml_and_a_second_cleaning(text):
    once = words.clean(text)
    once.encode("utf-8")
    assert len(once) <= 200
    assert words.clean(once) == once
    assert once.isprintable() or all(char.isprintable() or ord(char) > 127 for char in once)


def test_only_numbers_are_finite():
    assert words.finite(3) == 3.0
    assert [words.finite(x) for x in (None, math.nan, math.inf, -math.inf, 10**400)] == [None] * 5


@given(st.lists(anything, max_size=6), st.booleans())
def test_every_span_holds_its_values_and_has_round_ticks(values, zero):
    low, high = span(values, zero=zero)
    assert -LARGEST <= low < high <= LARGEST
    assert all(low <= max(min(value, LARGEST), -LARGEST) <= high for value in values)
    found = ticks(low, high)
    assert found == sorted(found)
    assert len(found) <= 8
    scale = Scale(low, high, 300.0, 20.0)
    assert all(19.99 <= scale(tick) <= 300.01 for tick in found)


def test_ticks_are_the_numbers_people_expect():
    assert ticks(0, 100) == [0, 20, 40, 60, 80, 100]
    assert ticks(29.4, 64.1) == [30, 40, 50, 60]
    assert ticks(-1, 1, 5) == [-1, -0.5, 0, 0.5, 1]


@given(st.lists(st.floats(0, 300), min_size=1, max_size=8))
def test_spread_labels_keep_their_order_and_distance(wanted):
    placed = spread(wanted, 17, 0, 300)
    assert all(-1e-9 <= place <= 300 for place in placed)
    inside = sorted(placed)
    assert all(later - earlier >= 17 - 1e-9 for earlier, later in itertools.pairwise(inside))
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    assert [placed[i] for i in order] == inside
