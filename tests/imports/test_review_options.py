"""What `--map` says: columns with any name, mapping files, everything that is wrong at once, and guesses."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incubator.imports.problems import ImportProblem
from incubator.imports.review_guess import propose
from incubator.imports.review_mapping import CriterionColumn, ReviewMapping
from incubator.imports.review_options import read_mapping
from incubator.imports.tables import read_text

HEADERS = ("ID", "RevID", "Score", "ScoreAvg", "Impact", "Approach", "Risk: cost", "a=b", "Year")
NEEDED = ("proposal=ID", "reviewer=RevID")


def criteria(*options, headers=HEADERS):
    return [(one.column, one.weight) for one in read_mapping((*NEEDED, *options), headers).criteria]


def problem(*options, headers=HEADERS):
    with pytest.raises(ImportProblem) as raised:
        read_mapping(options, headers)
    return str(raised.value).removeprefix("The columns are not settled: ")


def test_targets_columns_and_weights():
    mapping = read_mapping(
        ("proposal=ID", "reviewer=RevID", "overall=Score", "criterion=Impact:2.5", "criterion=Approach"),
        HEADERS,
    )
    assert mapping == ReviewMapping(
        {"proposal": "ID", "reviewer": "RevID", "overall": "Score"},
        (CriterionColumn("Impact", 2.5), CriterionColumn("Approach", 1.0)),
    )
    assert not mapping.is_long
    assert mapping.number_columns() == ("Score", "Impact", "Approach")


def test_columns_with_signs_in_their_names():
    assert read_mapping((*NEEDED, "overall=a=b"), HEADERS).columns["overall"] == "a=b"
    assert criteria("criterion=Risk: cost") == [("Risk: cost", 1)]
    assert criteria("criterion=Risk: cost:3") == [("Risk: cost", 3)]
    assert criteria('criterion="Risk: cost":3') == [("Risk: cost", 3)]
    assert criteria("criterion=a=b:2") == [("a=b", 2)]


def test_a_column_that_looks_like_a_weight():
    both = (*HEADERS, "Impact:2", "Approach 2", 'say "x"')
    assert criteria("criterion=Impact:2", headers=both) == [("Impact:2", 1)]
    assert criteria('criterion="Impact":2', headers=both) == [("Impact", 2)]
    assert criteria('criterion="Impact:2":3', headers=both) == [("Impact:2", 3)]
    assert criteria("criterion=Approach:2", headers=both) == [("Approach", 2)]
    assert criteria('criterion="say ""x""":2', headers=both) == [('say "x"', 2)]
    assert criteria('criterion=say "x"', headers=both) == [('say "x"', 1)]


def test_capitals_and_punctuation_may_differ_where_one_column_fits():
    mapping = read_mapping(("proposal=id", "reviewer=revid", "overall=SCORE", "criterion=risk cost"), HEADERS)
    assert mapping.columns == {"proposal": "ID", "reviewer": "RevID", "overall": "Score"}
    assert mapping.criteria == (CriterionColumn("Risk: cost"),)
    assert problem(*NEEDED, "overall=total", headers=("ID", "RevID", "Total", "TOTAL")).startswith(
        "There is no column called “total”."
    )


def test_all_that_is_wrong_is_said_at_once_with_the_nearest_names():
    assert problem("proposal=ID", "overall=Scor", "overall=Score", "criterion=Impct:2", "propsal=ID") == (
        "“propsal” is nothing a column can be. It can be: proposal. "
        "“overall” is given more than once; one column can be it. "
        "There is no column called “Impct”. Nearest: “Impact”. "
        "There is no column called “Scor”. Nearest: “Score”, “ScoreAvg”. "
        "Say which column holds the reviewer: reviewer=COLUMN. It may be “RevID”."
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            NEEDED,
            "Say which columns hold scores: overall=COLUMN, criterion=COLUMN for each criterion, or both.",
        ),
        ((*NEEDED, "overall=zzzz"), "The columns are: “ID”, “RevID”, “Score”,"),
        ((*NEEDED, "overall=Score", "confidence=Score"), "“Score” cannot be overall and confidence at once."),
        ((*NEEDED, "overall=Score", "criterion=Score"), "“Score” cannot be overall and criterion at once."),
        ((*NEEDED, "criterion=Impact", "criterion=impact:2"), "“Impact” is given as a criterion 2 times."),
        ((*NEEDED, "criterion=Impact:0"), "The weight of “Impact” must be a number above zero"),
        ((*NEEDED, "criterion=Impact:-1"), "The weight of “Impact” must be a number above zero"),
        ((*NEEDED, "criterion=Impact:much"), "The weight of “Impact” must be a number above zero"),
        ((*NEEDED, "criterion=Impact:inf"), "The weight of “Impact” must be a number above zero"),
        ((*NEEDED, "criterion=Impact:nan"), "The weight of “Impact” must be a number above zero"),
        (
            (*NEEDED, "criterion_name=Impact"),
            "Say which column holds the score of each criterion: score=COLUMN.",
        ),
        ((*NEEDED, "score=Score"), "“score” goes with a column of criteria: criterion_name=COLUMN."),
        ((*NEEDED, "overall=Score", "columns.toml"), "“columns.toml” is neither TARGET=COLUMN nor a file"),
        ((*NEEDED, "overall=Score", "\0"), "is neither TARGET=COLUMN nor a file"),
        ((*NEEDED, "overall="), "There is no column called “”."),
    ],
)
def test_mappings_that_cannot_be_used(options, said):
    assert said in problem(*options)


def test_a_scale_of_overall_scores_needs_overall_scores():
    mapping = ReviewMapping(
        {"proposal": "ID", "reviewer": "RevID"}, (CriterionColumn("Impact"),), overall_scale=(1.0, 9.0)
    )
    assert mapping.problems(HEADERS) == [
        "“overall_scale” goes with a column of overall scores: overall=COLUMN."
    ]


def test_one_column_may_name_the_proposal_and_split_the_file():
    mapping = read_mapping(
        ("proposal=ID", "title=ID", "reviewer=RevID", "overall=Score", "call=Year", "group=Year"), HEADERS
    )
    assert mapping.columns["title"] == "ID"
    assert mapping.columns["call"] == mapping.columns["group"] == "Year"


TOML = """
proposal = "ID"
reviewer = "RevID"
overall = "a=b"
criterion = ["Risk: cost", { column = "Impact", weight = 2, title = "Impact if it works" }]
lower_is_better = true
scale = [1, 5]
overall_scale = [10, 90]
not_discussed = ["streamlined"]
blank = ["", "-9"]
selected = ["paid"]
declined = ["unpaid"]
"""


def test_a_mapping_file(made):
    expected = ReviewMapping(
        {"proposal": "ID", "reviewer": "RevID", "overall": "a=b"},
        (CriterionColumn("Risk: cost"), CriterionColumn("Impact", 2.0, "Impact if it works")),
        lower_is_better=True,
        scale=(1.0, 5.0),
        overall_scale=(10.0, 90.0),
        not_discussed=("streamlined",),
        blank=("", "-9"),
        selected=("paid",),
        declined=("unpaid",),
    )
    assert read_mapping([str(made(TOML, "columns.toml"))], HEADERS) == expected
    as_json = {
        "proposal": "ID",
        "reviewer": "RevID",
        "overall": "a=b",
        "criterion": ["Risk: cost", {"column": "Impact", "weight": 2, "title": "Impact if it works"}],
        "lower_is_better": True,
        "scale": [1, 5],
        "overall_scale": [10, 90],
        "not_discussed": ["streamlined"],
        "blank": ["", "-9"],
        "selected": ["paid"],
        "declined": ["unpaid"],
    }
    assert read_mapping([str(made(json.dumps(as_json), "columns.json"))], HEADERS) == expected
    more = read_mapping([str(made(TOML, "columns.toml")), "criterion=Approach:3", "call=Year"], HEADERS)
    assert more == replace(
        expected,
        columns={**expected.columns, "call": "Year"},
        criteria=(*expected.criteria, CriterionColumn("Approach", 3.0)),
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("proposal = ", "is neither TOML nor JSON"),
        ("{not json", "is neither TOML nor JSON"),
        (b"\xff\xfe\x00", "is neither TOML nor JSON"),
        ("{" + '"a":{' * 5_000, "is neither TOML nor JSON"),
        ('criteria = ["Impact"]', "“criteria” means nothing in a mapping file. Meant may be: criterion"),
        ("proposal = 5", "“proposal” must be the name of a column."),
        ('criterion = "Impact"', "“criterion” must be a list of criteria."),
        ("criterion = [5]", "A criterion is the name of a column, or {column, weight, title}."),
        ('criterion = [{column = "Impact", wheight = 2}]', "A criterion is the name of a column"),
        (
            'criterion = [{column = "Impact", weight = 0}]',
            "The weight of “Impact” must be a number above zero",
        ),
        ('criterion = [{column = "Impact", weight = nan}]', "A criterion is the name of a column"),
        (
            'criterion = ["Approach", {column = "Impact", title = "approach"}]',
            "Two criteria are called “approach”.",
        ),
        ("scale = [5, 1]", "The two numbers of “scale” must be the lowest and the highest score."),
        ("scale = [1, inf]", "“scale” must be two numbers, such as [1, 5]."),
        ("scale = [1, 2, 3]", "The value of “scale” is of the wrong kind."),
        ('lower_is_better = "yes"', "The value of “lower_is_better” is of the wrong kind."),
        ('blank = "NA"', "The value of “blank” is of the wrong kind."),
        ("x" * 1_000_001, "is too large to be one"),
    ],
)
def test_mapping_files_that_cannot_be_used(made, content, said):
    assert said in problem(*NEEDED, "overall=Score", str(made(content, "columns.toml")))


names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8) | st.sampled_from(
    ["Impact", "Impact:2", '"Impact":2', '"Impact"', "a=b", "impact 2", ":", '"', "1:1"]
)
weights = st.floats(0.001, 1_000_000)


@given(st.lists(names, min_size=4, max_size=9, unique_by=str.casefold), st.data())
def test_what_a_mapping_says_as_options_is_read_back(headers, data):
    proposal, reviewer, overall, *others = headers
    mapping = ReviewMapping(
        {"proposal": proposal, "reviewer": reviewer, "overall": overall},
        tuple(CriterionColumn(name, data.draw(weights)) for name in others),
    )
    assert read_mapping(mapping.options(), headers) == mapping


def test_a_guess_for_a_grant_agencys_file():
    table = read_text(
        "Application ID,Applicant gender,Reviewer,Overall Score,Innovation,Innovation comments,Approach,ScoreAvg,"
        "Rev_Rank,Fiscal Year,Decision,Budget,Years in post\n"
        "A1,1,R1,20,2,good,3,20,1,2025,Funded,250000,4\nA2,2,R2,ND,2,,4,,2,2025,Not funded,90000,5\n"
    )
    found = propose(table)
    assert found.mapping.options() == (
        "proposal=Application ID",
        "reviewer=Reviewer",
        "overall=Overall Score",
        "call=Fiscal Year",
        "outcome=Decision",
        "criterion=Innovation",
        "criterion=Approach",
    )
    assert found.left_out == (
        "Applicant gender",
        "Innovation comments",
        "ScoreAvg",
        "Rev_Rank",
        "Budget",
        "Years in post",
    )
    assert read_mapping(found.mapping.options(), table.headers) == found.mapping


def test_a_guess_for_a_file_with_one_row_for_each_criterion():
    table = read_text(
        'Number,Title,Agency,Call,Reviewer,Handed in,Weighted total,Would select,"Sure, 1 to 3",Comment,Criterion,'
        "Weight,Score,Justification\nDOT-0001,Bus lanes,DOT,2026,Reader 1,2026-03-01,4.2,Yes,3,fine,Feasibility,15,4,so\n"
    )
    found = propose(table)
    assert dict(found.mapping.columns) == {
        "proposal": "Number",
        "reviewer": "Reviewer",
        "overall": "Weighted total",
        "criterion_name": "Criterion",
        "score": "Score",
        "weight": "Weight",
        "title": "Title",
        "group": "Agency",
        "call": "Call",
        "confidence": "Sure, 1 to 3",
        "recommendation": "Would select",
        "comment": "Comment",
        "submitted": "Handed in",
    }
    assert found.left_out == ("Justification",)
    assert found.mapping.problems(table.headers) == []


def test_nothing_is_guessed_where_nothing_fits():
    table = read_text("colour,weight\nred,5\n")
    assert propose(table).mapping == ReviewMapping()
    assert len(propose(table).mapping.problems(table.headers)) == 3
