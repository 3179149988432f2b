"""Tags, and how like a lesson is to what somebody writes."""

from __future__ import annotations

import math

import pytest

from incubator.domain.lessons import (
    FIRST_CHARACTERS,
    LONGEST_TAG,
    Kind,
    first_lines,
    likeness,
    likest,
    normalised,
    rarity,
    tags_from,
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Data   Quality ", "data quality"),
        ("#Vendor", "vendor"),
        ("STRASSE", "strasse"),
        ("", ""),
        ("#", ""),
        ("a" * 99, "a" * LONGEST_TAG),
    ],
)
def test_a_tag_is_kept_in_one_way(typed, kept):
    assert normalised(typed) == kept
    assert normalised(kept) == kept


def test_chosen_and_typed_tags_are_each_there_once():
    assert tags_from(("vendor", "scope"), "Scope; #Winter, winter ,, ") == ("vendor", "scope", "winter")


def kind(*words, **more):
    """Words of its title, unless `title` says otherwise."""
    return Kind(frozenset(words), frozenset(more.pop("title", words)), **more)


def test_a_rare_word_tells_more_than_a_common_one():
    lessons = {1: kind("permit", "drone"), 2: kind("permit"), 3: kind("permit"), 4: kind("permit")}
    rare = rarity(lessons.values())
    assert rare == {"permit": math.log(24 / 4), "drone": 3.0}
    assert likeness(kind("drone", "permit"), lessons[1], rare) == pytest.approx(3.0 + math.log(6))


def test_a_word_of_the_summary_counts_by_half():
    rare = {"permit": 2.0}
    assert likeness(kind("permit"), kind("permit"), rare) == 2.0
    assert likeness(kind("permit", title=()), kind("permit"), rare) == 1.0
    assert likeness(kind("permit"), kind("permit", title=()), rare) == 1.0


def test_tags_technology_and_theme_add_their_weight():
    lesson = kind(tags=frozenset({"data quality"}), technology="ai", theme_id=3)
    assert likeness(kind(technology="ai"), lesson, {}) == 1.5
    assert likeness(kind(theme_id=3), lesson, {}) == 1.0
    assert likeness(kind("data", "quality"), lesson, {}) == 2.0
    assert likeness(kind("data"), lesson, {}) == 0.0
    assert likeness(kind(tags=frozenset({"data quality"})), lesson, {}) == 2.0
    assert likeness(kind(), kind(), {}) == 0.0


def test_the_best_come_first_equals_by_id_and_too_little_is_nothing():
    lessons = {
        7: kind("snowplow", "sensor", technology="iot"),
        5: kind("snowplow", "sensor", technology="iot"),
        2: kind("letters"),
        1: kind("snowplow", "sensor", technology="iot", theme_id=4),
        9: kind(technology="iot"),
    }
    wanted = kind("snowplow", "sensor", technology="iot", theme_id=4)
    assert likest(wanted, lessons, limit=10) == [1, 5, 7]
    assert likest(wanted, lessons, limit=1) == [1]
    assert likest(wanted, {}, limit=3) == []


def test_one_word_alone_is_never_enough():
    assert likest(kind("snowplow"), {1: kind("snowplow", "sensor")}, limit=3) == []
    assert likest(kind("snowplow", theme_id=1), {1: kind("snowplow", theme_id=1)}, limit=3) == [1]


def test_the_first_lines_end_at_a_word():
    assert first_lines("Short\n text") == "Short text"
    long = first_lines("word " * 200)
    assert long.endswith("word …")
    assert len(long) <= FIRST_CHARACTERS + 2
