"""Panels run elsewhere: a published one whole, and small files for everything that can go wrong."""

import csv
import datetime as dt
import io
from contextlib import suppress
from dataclasses import replace
from statistics import fmean

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from incubator.imports.problems import ImportProblem
from incubator.imports.review_guess import propose
from incubator.imports.review_mapping import CriterionColumn, ReviewMapping
from incubator.imports.review_options import read_mapping
from incubator.imports.review_panels import OutsideCriterion, OutsideItem, OutsideReview
from incubator.imports.review_scores import has_decimal_commas, step_gaps
from incubator.imports.reviews import read_reviews
from incubator.imports.tables import read_table, read_text

WIDE = ("proposal=id", "reviewer=who", "overall=score")


def read(text, *options, **settings):
    table = read_text(text)
    return read_reviews(table, replace(read_mapping(options, table.headers), **settings))


def only(found):
    (panel,) = found.panels
    return panel


def overalls(found):
    return [(one.item, one.reviewer, one.overall) for panel in found.panels for one in panel.reviews]


def refused(found):
    return [(one.row, one.reason) for one in found.report.refused]


def warned(found):
    return {kind: one.count for kind, one in found.report.warnings.items()}


@pytest.fixture(scope="module")
def aibs(shared_data):
    table = read_table(shared_data / "review_aibs" / "aibs_grant_scores.csv")
    return table, read_reviews(table, replace(propose(table).mapping, lower_is_better=True))


def test_a_published_panel_is_understood_by_its_headers(aibs):
    table, _ = aibs
    assert propose(table).mapping.options() == (
        "proposal=ID",
        "reviewer=RevID",
        "overall=Score",
        "group=PropType",
        "call=Year",
        "confidence=RevExp",
        *(f"criterion={name}" for name in ("Innovation", "Approach", "Investig", "Signif", "Impact")),
    )


def test_a_published_panel_comes_in_whole_as_three_calls(aibs):
    _, found = aibs
    assert [(one.call, len(one.items), len(one.reviewers), len(one.reviews)) for one in found.panels] == [
        ("2014", 21, 18, 63),
        ("2017", 22, 16, 66),
        ("2015", 29, 16, 87),
    ]
    assert len({name for panel in found.panels for name in panel.reviewers}) == 26
    for panel in found.panels:
        assert panel.lower_is_better
        assert (panel.scale_min, panel.scale_max, panel.overall_min, panel.overall_max) == (1, 5, 1, 5)
        assert not panel.scale_given
        assert all(item.discussed and len(item.rows) == 3 for item in panel.items)
    groups = [item.group for panel in found.panels for item in panel.items]
    assert (groups.count("Standard"), groups.count("Pilot")) == (55, 17)


def test_a_published_panels_scores_are_those_of_its_rows(aibs):
    table, found = aibs
    rows = {row.number: row.cells for row in table.rows}
    seen = []
    for panel in found.panels:
        for review in panel.reviews:
            (number,) = review.rows
            cells = rows[number]
            seen.append(number)
            assert (panel.call, review.item, review.reviewer) == (cells["Year"], cells["ID"], cells["RevID"])
            assert (review.overall, review.confidence) == (float(cells["Score"]), float(cells["RevExp"]))
            written = {one.key: cells[one.title] for one in panel.criteria}
            assert review.scores == {key: float(text) for key, text in written.items()}
            assert review.mean == pytest.approx(fmean(review.scores.values()), abs=1e-12)
    assert sorted(seen) == sorted(rows)


def test_a_published_panels_report(aibs):
    _, found = aibs
    report = found.report
    assert (report.rows_read, report.rows_used, report.refused, report.not_discussed) == (216, 216, (), ())
    assert report.blank == {"Innovation": 0, "Approach": 0, "Investig": 0, "Signif": 0, "Impact": 153}
    assert report.never_answered == (("2017", "Impact"), ("2015", "Impact"))
    assert sorted(report.single_reviewers) == ["21", "25", "5"]
    assert [panel.single_reviewers for panel in found.panels] == [("1", "5", "25"), (), ("21",)]
    assert report.assumed == ("The scale is read from the scores: 1 to 5.",)
    assert {"PIGender", "RevGender", "RevRank", "PIID"} <= set(report.not_kept)
    assert report.warnings == {}
    last = found.panels[1]
    assert last.steps == (1.0, 2.0, 2.5, 2.6, 2.7, 2.8, 2.9, 3.0, 3.2, 3.5, 3.7, 4.0)
    assert last.gaps == (
        "The steps between the scores used are not equal: from 0.1 to 1.",
        "Never used: 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.1 and 19 more.",
    )


def test_every_part_of_a_review():
    found = read(
        "id,who,score,Innovation,Way,name,dept,sure,rec,said,on,result,gender\n"
        'P1,R1,4,5,3,Bus lanes,DOT,2,Yes,"Good \r\nwork ",2026-03-01,Funded,f\n'
        "P1,R2,3,,2,Bus lanes,DOT,N/A,-,,3/2/2026,funded,m\n"
        "P2,R1,2,2,NA,Maps,DOH,1,No,,,Rejected,f\n",
        *WIDE,
        *("title=name", "group=dept", "confidence=sure", "recommendation=rec", "comment=said"),
        *("submitted=on", "outcome=result", "criterion=Innovation:3", "criterion=Way"),
    )
    panel = only(found)
    assert panel.items == (
        OutsideItem("P1", "Bus lanes", "DOT", True, True, (2, 3)),
        OutsideItem("P2", "Maps", "DOH", True, False, (4,)),
    )
    assert panel.criteria == (
        OutsideCriterion("innovation", "Innovation", 3.0),
        OutsideCriterion("way", "Way", 1.0),
    )
    day = dt.date(2026, 3, 1)
    assert panel.reviews == (
        OutsideReview(
            "P1", "R1", 4.0, 4.5, {"innovation": 5.0, "way": 3.0}, 2.0, "Yes", "Good\nwork", day, (2,)
        ),
        OutsideReview(
            "P1", "R2", 3.0, 2.0, {"innovation": None, "way": 2.0}, None, "", "", dt.date(2026, 3, 2), (3,)
        ),
        OutsideReview("P2", "R1", 2.0, 2.0, {"innovation": 2.0, "way": None}, 1.0, "No", "", None, (4,)),
    )
    assert (panel.call, panel.reviewers, panel.steps) == ("", ("R1", "R2"), (2.0, 3.0, 4.0, 5.0))
    assert panel.gaps == ()
    assert found.report.blank == {"Innovation": 1, "Way": 1}
    assert found.report.not_kept == ("gender",)
    assert found.report.assumed == (
        "A higher score is taken as the better one.",
        "The scale is read from the scores: 2 to 5.",
    )


def test_without_an_overall_column_it_is_the_weighted_mean_of_what_was_answered():
    found = read(
        "id,who,A,B\nP1,R1,1,4\nP1,R2,,4\n", "proposal=id", "reviewer=who", "criterion=A:3", "criterion=B"
    )
    assert not only(found).overall_given
    assert [(one.overall, one.mean) for one in only(found).reviews] == [(1.75, 1.75), (4.0, 4.0)]
    assert only(found).steps == (1.0, 4.0)


def test_a_blank_overall_score_stays_blank_beside_the_criteria():
    found = read("id,who,score,A\nP1,R1,,4\nP1,R2,3,2\n", *WIDE, "criterion=A")
    assert [(one.overall, one.mean) for one in only(found).reviews] == [(None, 4.0), (3.0, 2.0)]
    assert warned(found) == {"no overall score": 1}


def test_refusals_are_numbered_and_name_every_reason():
    found = read(
        "id,who,score,A,gender\nP1,R1,4,3,f\nP1,,4,3,f\n,R2,4,3,f\nP1,R2,high,x,f\nP1,R3,6,3,f\nP1,R1,4,3,m\n"
        "P1,R1,5,3,f\n\nP1,R4,,,f\nP1,NA,4,4,f\nP2,R1,2,5,f\n",
        *WIDE,
        "criterion=A",
        scale=(1.0, 5.0),
    )
    assert refused(found) == [
        (3, "no reviewer"),
        (4, "no proposal"),
        (5, "score: “high” is not a number; A: “x” is not a number"),
        (6, "score: 6 is outside the scale from 1 to 5"),
        (7, "repeats row 2"),
        (8, "the same proposal and reviewer as row 2 with other answers; the first is kept"),
        (10, "no score"),
        (11, "no reviewer (the cell says “NA”)"),
    ]
    assert overalls(found) == [("P1", "R1", 4.0), ("P2", "R1", 2.0)]
    report = found.report
    assert (report.rows_read, report.rows_used, report.blank_rows) == (10, 2, (9,))
    assert report.refused[2].raw == {"id": "P1", "who": "R2", "score": "high", "A": "x"}
    assert report.assumed == ("A higher score is taken as the better one.",)


@pytest.mark.parametrize(
    "cell",
    [
        "nan",
        "inf",
        "-inf",
        "1e400",
        "9" * 30,
        "(3)",
        "$3",
        "-$3",
        "3/5",
        "TRUE",
        "1_0",
        "x" * 500,
        "٣",
        "2 - 3",
    ],
)
def test_cells_that_are_no_scores(cell):
    found = read(f'id,who,score\nP1,R1,4\nP1,R2,"{cell}"\n', *WIDE)
    assert [row for row, _ in refused(found)] == [3]
    assert overalls(found) == [("P1", "R1", 4.0)]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("3.5", 3.5),
        (" 3 ", 3),
        ("−1", -1),
        ("2.3333333333333335", 2.3333333333333335),
        ("4: accept, good", 4),
        ("4 – Strong", 4),
        ("3 (good)", 3),
        ("-1: weak reject", -1),
        ("1,250", 1250),
    ],
)
def test_scores_as_people_write_them(cell, value):
    assert overalls(read(f'id,who,score\nP1,R1,"{cell}"\n', *WIDE)) == [("P1", "R1", value)]


def test_words_after_a_score_are_counted():
    found = read("id,who,score\nP1,R1,4: accept\nP1,R2,2: reject\n", *WIDE)
    assert warned(found) == {"words after a score; the number is kept": 2}


def test_decimal_commas_of_a_file_with_semicolons(made):
    table = read_table(made("id;who;score;A\nP1;R1;1,5;2,333\nP2;R1;3;4\n".encode("utf-8-sig")))
    found = read_reviews(table, read_mapping((*WIDE, "criterion=A"), table.headers))
    assert [(one.overall, one.scores) for one in only(found).reviews] == [
        (1.5, {"a": 2.333}),
        (3.0, {"a": 4.0}),
    ]
    assert "A comma in a number is read as the decimal sign: “1,5” is 1.5." in found.report.assumed


def test_commas_are_decimal_only_where_none_groups_thousands():
    assert has_decimal_commas(["1,5", "2,333", "4"])
    assert has_decimal_commas(["0,333"])
    assert not has_decimal_commas(["1,250", "2,333"])
    assert not has_decimal_commas(["1,5", "1,234.5"])
    found = read('id,who,score\nP1,R1,"1,234.5"\nP1,R2,"1,5"\n', *WIDE)
    assert refused(found) == [(3, "score: “1,5” is not a number")]


def test_a_decimal_comma_without_quotation_marks_moves_no_cell():
    found = read("id,who,score,A\nP1,R1,4,3\nP1,R2,1,5,3\nP1,R3,4,2\n", *WIDE, "criterion=A")
    assert refused(found) == [
        (3, "more cells than columns; put a number or text with a comma in quotation marks")
    ]


def test_an_index_column_without_a_name_is_no_reason_to_refuse():
    assert overalls(read(",id,who,score\n0,P1,R1,4\n1,P2,R1,3\n", *WIDE)) == [
        ("P1", "R1", 4),
        ("P2", "R1", 3),
    ]


def test_percentages():
    found = read("id,who,score\nP1,R1,80 %\nP2,R1,65%\n", *WIDE)
    assert overalls(found) == [("P1", "R1", 80), ("P2", "R1", 65)]
    assert warned(found) == {"percent sign left out: 80 % is read as 80": 2}
    mixed = read("id,who,score\nP1,R1,80%\nP2,R1,4\n", *WIDE)
    assert refused(mixed) == [(2, "score: a percentage among plain numbers")]


TRIAGED = (
    "id,who,score,A\nP1,R1,20,2\nP1,R2,30,3\nP2,R1,ND,5\nP2,R2,nd,\nP3,,Not Discussed,\nP4,R1,DNC,6\nP4,R2,40,4\n"
    "P5,,ND,4\n"
)


def test_proposals_that_were_not_discussed_stay_with_their_criterion_scores():
    found = read(TRIAGED, *WIDE, "criterion=A", overall_scale=(10.0, 90.0), scale=(1.0, 9.0))
    panel = only(found)
    assert [(one.key, one.discussed, one.rows) for one in panel.items] == [
        ("P1", True, (2, 3)),
        ("P2", False, (4, 5)),
        ("P3", False, (6,)),
        ("P4", True, (7, 8)),
    ]
    assert [(one.item, one.reviewer, one.overall, one.mean) for one in panel.reviews] == [
        ("P1", "R1", 20.0, 2.0),
        ("P1", "R2", 30.0, 3.0),
        ("P2", "R1", None, 5.0),
        ("P4", "R1", None, 6.0),
        ("P4", "R2", 40.0, 4.0),
    ]
    assert found.report.not_discussed == (("", "P2"), ("", "P3"))
    assert refused(found) == [(9, "no reviewer")]
    assert warned(found) == {"not discussed in one row and scored in another; kept as discussed": 1}
    assert (panel.scale_min, panel.scale_max, panel.overall_min, panel.overall_max) == (1, 9, 10, 90)
    assert panel.steps == (2.0, 3.0, 4.0, 5.0, 6.0)
    assert panel.gaps == ("Never used: 1, 7, 8, 9.",)


def test_not_discussed_in_every_criterion_where_there_is_no_overall_score():
    found = read(
        "id,who,A,B\nP1,R1,3,ND\nP2,R1,ND,\n", "proposal=id", "reviewer=who", "criterion=A", "criterion=B"
    )
    assert [(one.key, one.discussed) for one in only(found).items] == [("P1", True), ("P2", False)]
    assert overalls(found) == [("P1", "R1", 3.0)]


def test_nothing_but_undiscussed_proposals():
    with pytest.raises(ImportProblem, match="none of these proposals was discussed"):
        read("id,who,score\nP1,R1,ND\nP2,,ND\n", *WIDE)


def test_a_file_of_which_nothing_can_be_used_still_has_its_account():
    found = read("id,who,score\nP1,R1,good\nP2,R1,bad\n", *WIDE)
    assert found.panels == ()
    assert (found.report.rows_read, found.report.rows_used, len(found.report.refused)) == (2, 0, 2)
    assert found.report.assumed == ()


def test_own_words_for_blank_and_not_discussed():
    found = read(
        "id,who,score\nP1,R1,-9\nP1,R2,4\nP2,R1,streamlined\nP2,R2,ND\n",
        *WIDE,
        blank=("-9",),
        not_discussed=("Streamlined",),
    )
    assert refused(found) == [(2, "no score"), (5, "score: “ND” is not a number")]
    assert found.report.not_discussed == (("", "P2"),)


def test_two_scales_in_one_file_are_noticed():
    found = read("id,who,score,A\nP1,R1,20,2\nP2,R1,80,9\n", *WIDE, "criterion=A")
    assert found.report.assumed[-1] == (
        "Overall scores reach 80 and criteria 9: if these are two scales, give the overall score its own."
    )


def test_an_overall_scale_leaves_the_criteria_theirs():
    found = read(
        "id,who,score,A\nP1,R1,20,2\nP2,R1,80,9\nP3,R1,95,4\n",
        *WIDE,
        "criterion=A",
        overall_scale=(10.0, 90.0),
    )
    panel = only(found)
    assert (panel.scale_min, panel.scale_max, panel.overall_min, panel.overall_max) == (2, 9, 10, 90)
    assert refused(found) == [(4, "score: 95 is outside the scale from 10 to 90")]
    assert found.report.assumed[-1] == "The scale is read from the scores: 2 to 9."
    found = read("id,who,score\nP1,R1,20\n", *WIDE, overall_scale=(10.0, 90.0))
    assert found.report.assumed == ("A higher score is taken as the better one.",)
    alone = only(found)
    assert alone.scale_given
    assert (alone.scale_min, alone.scale_max, alone.steps) == (10, 90, (20.0,))


def test_an_outcome_against_the_scores_is_noticed():
    text = "id,who,score,out\nP1,R1,1,yes\nP2,R1,2,yes\nP3,R1,4,no\nP4,R1,5,maybe\n"
    found = read(text, *WIDE, "outcome=out")
    assert "Selected proposals have the lower scores, yet higher is taken as better: is that right?" in (
        found.report.assumed
    )
    assert [one.selected for one in only(found).items] == [True, True, False, None]
    assert warned(found) == {"outcome in words that are not known; left open": 1}
    turned = read(text, *WIDE, "outcome=out", lower_is_better=True)
    assert turned.report.assumed == ("The scale is read from the scores: 1 to 5.",)


def test_what_rows_of_one_proposal_say_differently_is_counted():
    found = read(
        "id,who,score,name,sure,on\nP1,R1,4,Bus lanes,high,2026-01\nP1,R2,3,Bus Lane,2,2026-01-05\np1,r1,2,Maps,1,\n",
        *WIDE,
        *("title=name", "confidence=sure", "submitted=on"),
    )
    assert [(one.key, one.title) for one in only(found).items] == [("P1", "Bus lanes"), ("p1", "Maps")]
    assert warned(found) == {
        "confidence that is not a number; left out": 1,
        "date that is not a day; left out": 1,
        "another title for the same thing; the first is kept": 1,
        "proposal written in two ways; kept as two": 1,
        "reviewer written in two ways; kept as two": 1,
    }
    assert [
        example.text
        for example in found.report.warnings["proposal written in two ways; kept as two"].examples
    ] == ["P1 and p1"]


def test_a_title_may_stand_in_a_later_row_alone():
    found = read("id,who,score,name\nP1,R1,4,\nP1,R2,3,Bus lanes\n", *WIDE, "title=name")
    assert only(found).items[0].title == "Bus lanes"
    assert warned(found) == {}


def test_names_too_long_to_be_keys():
    found = read(f"id,who,score\n{'P' * 201},R1,4\nP1,{'R' * 201},4\n{'P' * 200},{'R' * 200},4\n", *WIDE)
    assert refused(found) == [
        (2, "proposal: longer than 200 characters"),
        (3, "reviewer: longer than 200 characters"),
    ]
    assert found.report.rows_used == 1


def test_the_same_proposal_and_reviewer_in_two_calls_are_two_reviews():
    found = read("id,who,score,year\nP1,R1,4,2025\nP1,R1,3,2026\nP1,R1,3,\n", *WIDE, "call=year")
    assert [(one.call, len(one.reviews), one.steps) for one in found.panels] == [
        ("2025", 1, (4.0,)),
        ("2026", 1, (3.0,)),
    ]
    assert refused(found) == [(4, "no call")]
    assert found.report.single_reviewers == ()
    assert [panel.single_reviewers for panel in found.panels] == [("R1",), ("R1",)]


LONG = "id,who,what,value,total,share,note\n"
LONG_OPTIONS = ("proposal=id", "reviewer=who", "criterion_name=what", "score=value")


def test_one_row_for_each_criterion():
    found = read(
        LONG
        + "P1,R1,Impact,4,3.5,2,first\nP1,R1,Feasibility,3,3.5,1,second\nP1,R2,impact ,2,2,2,\nP2,R1,Impact,N/A,1,2,\n"
        "P1,R1,Impact,4,3.5,2,first\nP1,R1,IMPACT,1,3.5,2,\nP1,R2,Feasibility,5,4,1,\nP1,R3,,4,4,1,\nP1,R4,Impact,,,2,\n",
        *LONG_OPTIONS,
        *("overall=total", "weight=share", "comment=note"),
    )
    panel = only(found)
    assert panel.criteria == (
        OutsideCriterion("impact", "Impact", 2.0),
        OutsideCriterion("feasibility", "Feasibility", 1.0),
    )
    assert [(one.item, one.reviewer, one.overall, one.scores, one.rows) for one in panel.reviews] == [
        ("P1", "R1", 3.5, {"impact": 4.0, "feasibility": 3.0}, (2, 3)),
        ("P1", "R2", 2.0, {"impact": 2.0, "feasibility": None}, (4,)),
        ("P2", "R1", 1.0, {"impact": None, "feasibility": None}, (5,)),
    ]
    assert panel.reviews[0].mean == pytest.approx(11 / 3)
    assert panel.reviews[0].comment == "first\n\nsecond"
    assert refused(found) == [
        (6, "repeats row 2"),
        (7, "the same criterion of the same review as row 2 with other answers; the first is kept"),
        (8, "another overall score than row 4 has for the same review"),
        (9, "no criterion"),
        (10, "no score"),
    ]
    assert found.report.blank == {"Impact": 1, "Feasibility": 2}


def test_criteria_of_a_long_file_can_be_ordered_weighted_and_named(made):
    table = read_text(LONG + "P1,R1,Impact,4,,,\nP1,R1,Risk: cost,3,,,\n")
    options = (*LONG_OPTIONS, "criterion=risk: COST:3")
    panel = only(read_reviews(table, read_mapping(options, table.headers)))
    assert [(one.key, one.weight) for one in panel.criteria] == [("risk_cost", 3.0), ("impact", 1.0)]
    assert panel.reviews[0].overall == 3.25
    with pytest.raises(ImportProblem, match=r"No row of “what” is about “Impct”\. There are: “Impact”\."):
        read_reviews(table, read_mapping((*LONG_OPTIONS, "criterion=Impct"), table.headers))


def test_a_long_file_with_a_number_column_taken_for_the_criteria():
    rows = "".join(f"P{n},R1,{n},4,,,\n" for n in range(200))
    with pytest.raises(ImportProblem, match=r"names 200 criteria; at most 100 are read\. Is it"):
        read(LONG + rows, *LONG_OPTIONS)


def test_weights_of_a_long_file_hold_unless_another_is_given():
    text = LONG + "P1,R1,Impact,4,,2,\nP1,R1,Cost,3,,3,\n"
    weights = [
        one.weight for one in only(read(text, *LONG_OPTIONS, "weight=share", "criterion=Cost")).criteria
    ]
    assert weights == [3.0, 2.0]
    weights = [
        one.weight for one in only(read(text, *LONG_OPTIONS, "weight=share", "criterion=Cost:7")).criteria
    ]
    assert weights == [7.0, 2.0]


def test_another_weight_for_a_criterion_is_counted():
    found = read(
        LONG + "P1,R1,Impact,4,,2,\nP2,R1,Impact,3,,5,\nP3,R1,Impact,3,,0,\n", *LONG_OPTIONS, "weight=share"
    )
    assert [one.weight for one in only(found).criteria] == [2.0]
    assert warned(found) == {"another weight for the same criterion; the first is kept": 1}
    assert refused(found) == [(4, "share: a weight must be above zero")]


def test_a_workbook(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [
        ("Panel of 2026",),
        (),
        ("id", "who", "score", "on"),
        (7, "R1", 4.5, dt.date(2026, 3, 1)),
        (8, "R1", dt.date(2026, 5, 3), None),
    ]:
        sheet.append(row)
    book.save(tmp_path / "panel.xlsx")
    table = read_table(tmp_path / "panel.xlsx")
    found = read_reviews(table, read_mapping((*WIDE, "submitted=on"), table.headers))
    assert [(one.item, one.overall, one.submitted, one.rows) for one in only(found).reviews] == [
        ("7", 4.5, dt.date(2026, 3, 1), (4,))
    ]
    assert refused(found) == [(5, "score: “2026-05-03” is not a number")]
    assert found.report.rows_above == 2


def test_a_mapping_for_another_file():
    table = read_text("id,who\nP1,R1\n")
    with pytest.raises(ImportProblem, match="There is no column called “score”"):
        read_reviews(table, ReviewMapping({"proposal": "id", "reviewer": "who", "overall": "score"}))


@pytest.mark.parametrize(
    ("used", "scale", "said"),
    [
        ((1, 2, 3, 4, 5), (1, 5), ()),
        ((2, 3), (1, 5), ("Never used: 1, 4, 5.",)),
        (
            (1, 2, 3, 5),
            (1, 5),
            ("The steps between the scores used are not equal: from 1 to 2.", "Never used: 4."),
        ),
        ((1, 1.5, 2, 2.5), (1, 2.5), ()),
        ((0.1, 0.2, 0.3), (0.1, 0.3), ()),
        ((1, 2.3333333333333335), (1, 5), ("The scores lie on no common step.",)),
        ((3,), (3, 3), ()),
        ((), (1, 5), ()),
    ],
)
def test_steps_of_a_scale(used, scale, said):
    assert step_gaps(used, *scale) == said


TARGETS = ("proposal", "reviewer", "overall", "title", "group", "call", "confidence", "comment")
anything = st.text(max_size=6)
keys = st.sampled_from(["P1", "P2", "R1", "R1", "r1", "NA", ""])
numbers = st.sampled_from(["1", "2", "3", "4.5", "ND", "", "NA", "1,5", "5: fine", "80%", "1e400", "nan"])
names = st.sampled_from(["Impact", "impact ", "Cost", ""])
row = st.tuples(
    keys, keys, numbers, anything, anything, st.sampled_from(["2025", "2026", "-"]), numbers, anything
)


@given(
    st.lists(st.tuples(row, numbers | names, numbers, st.sampled_from([(), ("", "x")])), max_size=12),
    st.lists(st.lists(anything, max_size=11), max_size=2),
    st.booleans(),
    st.booleans(),
)
def test_no_row_is_ever_lost(likely, unlikely, is_long, with_overall):
    rows = [[*start, first, second, *more] for start, first, second, more in likely] + unlikely
    out = io.StringIO(newline="")
    csv.writer(out).writerows([[f"column {n}" for n in range(10)], *rows])
    columns = {target: f"column {n}" for n, target in enumerate(TARGETS)}
    criteria = ()
    if is_long:
        columns |= {"criterion_name": "column 8", "score": "column 9"}
    else:
        criteria = (CriterionColumn("column 8", 2.0), CriterionColumn("column 9"))
    if not with_overall:
        del columns["overall"]
    with suppress(ImportProblem):
        table = read_text(out.getvalue())
        propose(table)
        found = read_reviews(table, ReviewMapping(columns, criteria))
        report = found.report
        used = [row for panel in found.panels for item in panel.items for row in item.rows]
        assert report.rows_read == len(table.rows) == report.rows_used + len(report.refused)
        assert sorted(used + [one.row for one in report.refused]) == [row.number for row in table.rows]
        for panel in found.panels:
            assert {one.item for one in panel.reviews} <= {one.key for one in panel.items}
            pairs = [(one.item, one.reviewer) for one in panel.reviews]
            assert len(pairs) == len(set(pairs))
            for review in panel.reviews:
                assert set(review.scores) == {one.key for one in panel.criteria}
                for value in (review.overall, review.mean, *review.scores.values()):
                    assert value is None or panel.scale_min - 1e-6 <= value <= panel.scale_max + 1e-6
