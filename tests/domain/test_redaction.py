"""What a proposal's text says about who wrote it, found and taken out where somebody chose so."""

from __future__ import annotations

import pytest

from incubator.domain.proposal_form import FieldKind, FieldSpec
from incubator.domain.redaction import (
    INSTEAD,
    Draft,
    FileAnswer,
    FileChoice,
    Finding,
    Known,
    NameKind,
    findings,
    first_text,
    is_words,
    left_in,
    phrases,
    replaced,
    reviewers_file_name,
    sponsor_name,
    unanswered_files,
)

K = NameKind
KNOWN = Known(
    people=("María López", "Bo Wu"),
    sponsor="Dana Ruiz, Deputy Director",
    agency_name="Colorado Department of Labor and Employment",
    agency_code="CDLE",
    unit="Front Range Office",
)


def found(text, known=KNOWN):
    return [(one.text, one.kind, one.sure) for one in findings(text, known)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Written by María López.", [("María López", K.PERSON, True)]),
        ("Written by maria lopez", [("maria lopez", K.PERSON, True)]),
        ("MARÍA  LÓPEZ's idea", [("MARÍA  LÓPEZ", K.PERSON, True)]),
        ("by María\nLópez today", [("María\nLópez", K.PERSON, True)]),
        ("by María T. López", [("María T. López", K.PERSON, True)]),
        ("López, María (lead)", [("López, María", K.PERSON, True)]),
        ("ask Ms. López", [("Ms. López", K.PERSON, False)]),
        ("Dr. María López said", [("Dr. María López", K.PERSON, True)]),
        ("María says so", [("María", K.PERSON, False)]),
        ("a maria of sorts; Marias", []),
        ("Bo and Wu", []),
        ("Bo Wu", [("Bo Wu", K.PERSON, True)]),
        ("Bowu, Bo Wulf", []),
        ("Dana Ruiz wants it", [("Dana Ruiz", K.PERSON, True)]),
        ("The Deputy Director wants it", []),
        (
            "the Colorado Department of Labor and Employment",
            [("Colorado Department of Labor and Employment", K.AGENCY, True)],
        ),
        ("department of labor\nand employment", [("department of labor\nand employment", K.AGENCY, True)]),
        ("Employment in Colorado", []),
        ("CDLE asks", [("CDLE", K.AGENCY, True)]),
        ("see CDLE-0042.", [("CDLE-0042", K.AGENCY, True)]),
        ("cdle, XCDLE, CDLEX", []),
        ("our front range office", [("front range office", K.UNIT, True)]),
        ("write to m.lopez+x@cdle.state.co.us.", [("m.lopez+x@cdle.state.co.us", K.EMAIL, True)]),
        ("not@valid, @home", []),
        ("call 303-555-0100", [("303-555-0100", K.PHONE, True)]),
        ("call (303) 555-0100 ext. 12!", [("(303) 555-0100 ext. 12", K.PHONE, True)]),
        ("call +1 303.555.0100", [("+1 303.555.0100", K.PHONE, True)]),
        ("case 1303-555-01001, 51 minutes, 2026-11-20", []),
        ("see https://cdle.example/a?b=1.", [("https://cdle.example/a?b=1", K.WEB, False)]),
        ("(www.example.gov/labor)", [("www.example.gov/labor", K.WEB, False)]),
        ("on labor.state.co.us today; help us. now", [("labor.state.co.us", K.WEB, False)]),
    ],
)
def test_what_is_found_and_what_is_not(text, expected):
    assert found(text) == expected


def test_places_are_places_in_the_original_text():
    text = "Überzeugt: María López (CDLE) – ﬁne, Dana Ruiz"
    assert [text[one.start : one.end] for one in findings(text, KNOWN)] == [
        "María López",
        "CDLE",
        "Dana Ruiz",
    ]


def test_of_two_that_meet_the_longer_stands():
    assert found("María López López") == [("María López", K.PERSON, True), ("López", K.PERSON, False)]
    known = Known(people=("Ann Labor",), agency_name="Department of Labor", agency_code="DOL")
    assert found("Department of Labor", known) == [("Department of Labor", K.AGENCY, True)]


def test_nothing_known_still_finds_addresses_and_numbers():
    assert found("Ann, a@b.gov, 303 555 0100", Known()) == [
        ("a@b.gov", K.EMAIL, True),
        ("303 555 0100", K.PHONE, True),
    ]
    assert found("", Known()) == found("Nobody here", Known(people=("", " "), unit=" ")) == []


@pytest.mark.parametrize("kept", ["Colorado Office", "Office of Things", "The Works"])
def test_a_short_name_is_not_cut_to_a_general_word(kept):
    assert found("the Office", Known(agency_name=kept)) == []


@pytest.mark.parametrize("text", ["a" * 20_000, "a." * 10_000, "1" * 20_000, "María " * 3_000, "-" * 20_000])
def test_long_texts_are_read_in_one_go(text):
    assert len(findings(text, KNOWN)) in (0, 3_000)


def test_only_what_was_chosen_is_taken_out():
    text = "María López (CDLE) and María; CDLE again, López."
    assert replaced(text, KNOWN, ()) == text
    assert replaced(text, KNOWN, {"CDLE"}) == "María López ([agency]) and María; [agency] again, López."
    assert replaced(text, KNOWN, {"CDLE", "María López", "López", "María"}) == (
        "[name] ([agency]) and [name]; [agency] again, [name]."
    )
    assert replaced(text, KNOWN, {"again"}) == text


def test_what_stands_instead_is_found_no_more():
    assert findings(" ".join(INSTEAD.values()), KNOWN) == ()
    assert set(INSTEAD) == set(NameKind)


def test_phrases_are_counted_in_order():
    counted = phrases(findings("CDLE, Bo Wu, CDLE", KNOWN))
    assert {words: times for words, (_one, times) in counted.items()} == {"CDLE": 2, "Bo Wu": 1}
    assert counted["Bo Wu"][0] == Finding(6, 11, "Bo Wu", K.PERSON)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Dana Ruiz, Deputy Director", "Dana Ruiz"),
        ("Dana Ruiz (IT)", "Dana Ruiz"),
        ("Dana Ruiz – Deputy", "Dana Ruiz"),
        ("Dana Ruiz - Deputy", "Dana Ruiz"),
        ("Jean-Luc Ruiz", "Jean-Luc Ruiz"),
        ("", ""),
    ],
)
def test_the_name_in_a_sponsors_line(line, name):
    assert sponsor_name(line) == name


def test_a_copy_is_whole_with_a_title_and_an_answer_for_every_file():
    files = {4: "budget.xlsx", 7: "letter.pdf", 9: "plan.pdf"}
    draft = Draft(
        title=" ", files={4: FileAnswer(FileChoice.LEAVE_OUT), 7: FileAnswer(FileChoice.INSTEAD, "Letter")}
    )
    assert [(str(one), one.field) for one in unanswered_files(draft, files)] == [
        ("Give the proposal a name that reviewers may read.", "title"),
        ("Choose the file reviewers get instead of “letter.pdf”.", "upload_7"),
        ("Say what reviewers get of “plan.pdf”.", "file_9"),
    ]
    whole = Draft(
        title="Permits",
        files={
            4: FileAnswer(FileChoice.AS_IT_IS),
            7: FileAnswer(FileChoice.INSTEAD, has_file=True),
            9: FileAnswer(FileChoice.LEAVE_OUT),
        },
    )
    assert unanswered_files(whole, files) == unanswered_files(Draft(title="Permits"), {}) == ()


def test_what_is_left_in_counts_only_sure_findings_that_reviewers_would_read():
    draft = Draft(
        title="CDLE permits",
        summary="By María López for CDLE, says María",
        texts={("problem", "problem"): "Call 303-555-0100"},
        files={1: FileAnswer(FileChoice.AS_IT_IS, "CDLE plan"), 2: FileAnswer(FileChoice.LEAVE_OUT, "Bo Wu")},
    )
    assert left_in(draft, KNOWN) == {"CDLE": 3, "María López": 1, "303-555-0100": 1}
    assert left_in(Draft(title="Permits"), KNOWN) == {}


def test_a_question_that_asks_for_a_name_begins_empty():
    assert first_text("sponsor", "Dana Ruiz") == first_text("owner", "Dana Ruiz") == ""
    assert first_text("problem", "Long waits") == "Long waits"


@pytest.mark.parametrize(
    ("name", "media_type", "expected"),
    [
        ("", "application/pdf", "Attachment 2.pdf"),
        ("Letter of support", "application/pdf", "Letter of support.pdf"),
        ("Letter.PDF", "application/pdf", "Letter.pdf"),
        ("Letter.pdf", "text/plain", "Letter.txt"),
        ("Version 2.1", "text/plain", "Version 2.1.txt"),
        ("../a/b", "text/plain", "b.txt"),
        ("Plan", "application/unknown", "Plan"),
    ],
)
def test_reviewers_read_a_plain_file_name(name, media_type, expected):
    assert reviewers_file_name(name, media_type, 2) == expected


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (FieldKind.LINE, "x", True),
        (FieldKind.TEXT, "", True),
        (FieldKind.MONEY, 5_000, False),
        (FieldKind.NUMBER, 12.5, False),
        (FieldKind.NUMBER, "about 12 at CDLE", True),
        (FieldKind.DATE, "2027-03", False),
        (FieldKind.DATE, "2027-03-15", False),
        (FieldKind.DATE, "when Ann is back", True),
        (FieldKind.YES_NO, True, False),
        (FieldKind.CHOICE, "a", False),
        (FieldKind.CHOICE, "ask Ann", True),
        (FieldKind.CHOICES, ["a"], False),
        (FieldKind.CHOICES, ["a", "ask Ann"], True),
    ],
)
def test_which_answers_are_words(kind, value, words):
    assert is_words(FieldSpec("q", "Question", kind, choices=(("a", "A"),)), value) is words


def test_a_question_for_a_name_is_words_whatever_it_holds():
    assert is_words(FieldSpec("owner", "Owner", FieldKind.NUMBER), 3)
