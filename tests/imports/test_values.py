"""Missing answers, stage words, addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incubator.domain.stages import Stage
from incubator.imports.values import count_emails, is_missing, present, read_stage, split_id, tidy_paragraphs
from incubator.imports.words import full_technology, full_topic


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "\u00a0", "N/A", "NA", "n/a", "N/a", "N/A ", "\nN/A\n", "n.a.", "#N/A", "Not Applicable"),
        *("Not applicable.", "not applicable", "None", "none", "NULL", "-", "--", "—", "?", "TBD", "TODO"),
        *("To be determined", "Unknown", "Not available.", "Blank/Not Provided", "[]", "nan"),
    ],
)
def test_spellings_of_missing(text):
    assert is_missing(text)
    assert present(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "No",
        "0",
        "None of the above",
        "N/A - retired before use",
        "NASA",
        "NA-CI Salesforce",
        "Nil Street",
        "False",
    ],
)
def test_answers_are_not_missing(text):
    assert not is_missing(text)


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("Pre-deployment", Stage.DESIGN),
        ("a) a) Pre-deployment – Not yet in use.", Stage.DESIGN),
        ("Pre-Deployment - Not yet in use.", Stage.DESIGN),
        ("b)  b)  Pilot – In use by a few.", Stage.PILOT),
        ("c)  Deployed ñ In daily use.", Stage.IN_SERVICE),
        ("d) Retired", Stage.CLOSED),
        ("Initiated", Stage.IDEA),
        ("Planned", Stage.IDEA),
        ("Ideation", Stage.IDEA),
        ("Acquisition and/or Development", Stage.DESIGN),
        (" implementation and  assessment\n", Stage.PILOT),
        ("Operation and Maintenance", Stage.IN_SERVICE),
        ("In production", Stage.IN_SERVICE),
        ("In mission", Stage.IN_SERVICE),
        ("Research or  Administrative Action Complete", Stage.CLOSED),
        ("in_service", Stage.IN_SERVICE),
        ("", None),
        ("N/A", None),
        ("Pilot complete, deciding", None),
        ("Not yet deployed", None),
    ],
)
def test_stage_words(text, stage):
    assert read_stage(text) is stage


def test_answers_given_by_a_person_come_first():
    assert read_stage("b) Sandbox – small test", {"sandbox": "pilot"}) is Stage.PILOT
    assert read_stage("Deployed", {"deployed": "scale"}) is Stage.SCALE


def test_short_and_long_words_meet():
    assert full_technology("NLP") == full_technology("Natural Language Processing: AI that reads.") != ""
    assert full_technology("Classical ML") == "Classical/Predictive Machine Learning"
    assert full_topic("IT") == "Information Technology"
    assert full_topic("Fisheries") == "Fisheries"


def test_paragraphs_keep_their_lines_and_lose_the_rest():
    assert tidy_paragraphs(" one_x000D_\n• two\t\r\n\r\n\r\n\r\nthree \r") == "one\n• two\n\nthree"


def test_addresses_in_text():
    assert count_emails("write to a.b@dot.gov or ai-team@doh.state.us.") == 2
    assert count_emails("@home at 5 @ 3") == 0


def test_a_megabyte_before_an_address_is_no_trouble():
    assert count_emails("a" * 1_000_000 + "@dot.gov") == 1
    assert count_emails("a." * 500_000 + "@" + "a." * 500_000) == 0
    assert count_emails("@" * 1_000_000) == 0


@given(st.text(max_size=300))
def test_no_text_breaks_the_readers(text):
    assert present(text) == "" or not is_missing(text)
    assert read_stage(text) is None or isinstance(read_stage(text), Stage)
    assert count_emails(text) >= 0


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("Development and Acquisition", "design"),
        ("Initiation", "idea"),
        ("Implementation", "pilot"),
        ("Pilot phase", "pilot"),
        ("In pilot", "pilot"),
        ("Stage 4 - Operation and Maintenance: the system is used", "in_service"),
        ("Live", "in_service"),
        ("Completed", "closed"),
        ("Cancelled", "closed"),
        ("Not yet deployed", None),
    ],
)
def test_stages_in_the_words_agencies_use(text, stage):
    assert read_stage(text) == stage


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("HHS-12 - Bus lanes", ("HHS-12", "Bus lanes")),
        ("A7: Bus lanes", ("A7", "Bus lanes")),
        ("2025 plan: thing", ("", "2025 plan: thing")),
        ("Bus lanes", ("", "Bus lanes")),
    ],
)
def test_an_id_in_front_of_a_name(cell, parts):
    assert split_id(cell) == parts
