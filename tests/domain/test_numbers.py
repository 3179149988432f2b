"""Recorded numbers read as they were recorded, computed ones in four digits, on pages, in charts and in files."""

import math

import pytest

from incubator.charts import words
from incubator.domain.numbers import number, rounded
from incubator.domain.pilots import with_unit


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0042, "0.0042"), (0.005, "0.005"), (62.45, "62.45"), (1234.56, "1,234.56"), (12_400, "12,400"), (0, "0"), (-0.0, "0"),
        (10 / 3, "3.333"), (-200 / 3, "−66.67"), (0.1 + 0.2, "0.3"), (1 / 300, "0.003333"), (123456.789, "123,457"),
        (99.99999, "100"), (4e-7, "4e−07"), (1e13, "1e+13"), (math.nan, "–"), (True, "1"),
    ],
)  # fmt: skip
def test_a_number_keeps_the_digits_that_matter(value, written):
    assert number(value) == written
    assert with_unit(value, "") == written
    if math.isfinite(value):
        assert words.number(value) == written


def test_a_file_holds_a_computed_number_without_noise():
    assert [str(rounded(value, 8)) for value in (0.1 + 0.2, 1 / 3, 0.0042, 7.0)] == [
        "0.3",
        "0.33333333",
        "0.0042",
        "7",
    ]
    assert float(rounded(1e308)) == 1e308
    assert rounded(0.0) == 0


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (1, "dollars", "$1"),
        (12.5, "USD", "$12.50"),
        (-1234.567, "$", "−$1,234.57"),
        (0.683, "dollars", "$0.68"),
        (0.0042, "$", "$0.0042"),
        (-3, "$", "−$3"),
        (45, "percent", "45%"),
        (1, "days", "1 day"),
        (1.4, "days", "1.4 days"),
        (1, "calls a month", "1 call a month"),
        (1, "entries", "1 entry"),
        (1, "min", "1 min"),
        (1, "loss", "1 loss"),
        (2, "points", "2 points"),
    ],
)
def test_a_unit_agrees_with_its_number(value, unit, written):
    assert with_unit(value, unit) == written
