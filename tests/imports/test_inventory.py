"""Other agencies' files: columns proposed, answers remembered, identities, and rows refused with their reason."""

import json
import re
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incubator.domain.agency_names import propose_code
from incubator.imports.agency_guess import guess_agency
from incubator.imports.identity import SIMILAR, Known, dice, identify, plain_title, suggest_merges, trigrams
from incubator.imports.inventory import read_inventory
from incubator.imports.mapping import FIELDS, Mapping, fingerprint, plain_header
from incubator.imports.problems import ImportProblem
from incubator.imports.profiles import StageWord, contact_columns, propose, unknown_stage_words
from incubator.imports.tables import read_text

FOREIGN = """Project Name,Dept,Problem Statment,Status,Go-Live Date,Contact Email,Who
Bus lanes,DOT,Buses are late,Sandbox,3/31/2026,bus@dot.gov,
Permit chat,DOH,Calls wait,Pilot,FY26,chat@doh.gov,call x@doh.gov
"""


def known(reference, title, *, agency="DOT", external_id="", unit="", content=""):
    return Known(reference, agency, external_id, title, unit, content)


def test_unknown_headers_get_a_proposal_to_confirm():
    proposal = propose(read_text(FOREIGN))
    mapping = proposal.mapping
    assert not mapping.confirmed
    assert mapping.profile == "proposed"
    assert mapping.fields == {
        "title": ("Project Name",),
        "agency_name": ("Dept",),
        "problem": ("Problem Statment",),
        "stage": ("Status",),
    }
    assert mapping.dates == {"operational": "Go-Live Date"}
    assert mapping.dropped == ("Contact Email",)
    assert {one.header for one in proposal.suggestions if one.score == 1} == {
        "Project Name",
        "Dept",
        "Status",
        "Go-Live Date",
    }
    nobody = replace(mapping, fields={"title": ("Project Name",)})
    assert nobody.problems(read_text(FOREIGN).headers) == [
        "Say which column holds the agency, or which agency the whole file is from."
    ]


def answered(table):
    mapping = propose(table).mapping
    return Mapping(
        fingerprint=mapping.fingerprint,
        profile="by hand",
        fields={**mapping.fields, "agency_name": (), "agency_code": ("Dept",)},
        dates=mapping.dates,
        dropped=mapping.dropped,
        stage_words={"sandbox": "pilot"},
        confirmed=True,
    )


def test_answers_are_remembered_for_the_same_headers_in_any_order():
    table = read_text(FOREIGN)
    stored = Mapping.from_json(answered(table).to_json())
    assert stored == answered(table)
    later = read_text(
        "status,DEPT,Who,project name,Problem Statment,Go-live date,Contact e-mail\nPilot,DOT,,A,B,,\n"
    )
    assert fingerprint(later.headers) != fingerprint(table.headers)
    turned = read_text(
        "Status,Dept,Who,Project Name,Problem Statment,Go-Live Date,Contact Email\nPilot,DOT,,A,B,,\n"
    )
    assert propose(turned, stored).mapping == stored
    assert propose(later, stored).mapping.profile == "proposed"


def test_rows_by_a_confirmed_mapping():
    table = read_text(FOREIGN)
    inventory = read_inventory(table, answered(table))
    first, second = inventory.rows
    assert (first.title, first.agency_code, first.stage, first.stage_raw) == (
        "Bus lanes",
        "DOT",
        "pilot",
        "Sandbox",
    )
    assert [(date.kind, date.raw, date.guess) for date in second.dates] == [("operational", "FY26", True)]
    assert second.extra == {"Who": "call x@doh.gov"}
    assert "Contact Email" not in first.source
    report = inventory.report
    assert (report.unmapped, report.dropped) == (["Who"], {"Contact Email": 2})
    assert {kind: found.count for kind, found in report.warnings.items()} == {
        "date guessed": 1,
        "e-mail address in a text column": 1,
        "no id: known by its title": 2,
    }
    told = json.loads(report.to_json())
    assert told["stages"] == {"pilot": 2}
    assert "x@doh.gov" not in report.to_json()


def test_a_file_from_one_agency():
    table = read_text("title,stage\nBus lanes,Pilot\nMaps,Idea\n")
    given = Mapping(
        fingerprint(table.headers),
        "by hand",
        {"title": ("title",)},
        agency_name="Transport",
        agency_code="DOT",
    )
    assert [(row.agency_name, row.agency_code) for row in read_inventory(table, given).rows] == [
        ("Transport", "DOT")
    ] * 2


def test_own_field_names_need_no_questions():
    table = read_text(
        ",".join(FIELDS) + ",started\n" + ",".join(f"{name} x" for name in FIELDS) + ",2026-01\n"
    )
    mapping = propose(table).mapping
    assert (mapping.profile, mapping.confirmed, mapping.dates) == ("own", True, {"started": "started"})
    assert mapping.fields == {name: (name,) for name in FIELDS}
    row = read_inventory(table, mapping).rows[0]
    assert (row.vendor, row.unit, row.stage) == ("vendor x", "unit x", None)


def test_refused_rows_are_in_the_report_with_their_cells():
    text = "title,agency name,problem,stage,external id,e-mail\n"
    text += "A,,p,Idea,,a@b.gov\n,DOT,,Idea,N/A,\n,DOT,,Idea,7,\n,DOT,Buses bunch up,Odd,,\nB,DOT,p,Idea,,\n"
    table = read_text(text)
    inventory = read_inventory(table, propose(table).mapping)
    report = inventory.report
    assert [(one.row, one.reason) for one in report.refused] == [
        (2, "no agency"),
        (3, "no title, no id and no description"),
    ]
    assert report.refused[0].raw == {
        **dict.fromkeys(["agency name", "external id"], ""),
        "title": "A",
        "problem": "p",
        "stage": "Idea",
    }
    assert [(row.row, row.title) for row in inventory.rows] == [
        (4, "Untitled (7)"),
        (5, "Untitled (Buses bunch up)"),
        (6, "B"),
    ]
    assert (report.rows_read, report.rows_ready, report.stages) == (5, 3, {"idea": 2, "": 1})
    assert (
        report.unaccounted((row.row for row in inventory.rows), (row.number for row in table.rows)) == set()
    )
    assert report.unaccounted([4, 5], range(2, 7)) == {6}


def test_a_mapping_that_does_not_fit_is_refused():
    table = read_text("title,agency\nA,DOT\n")
    fields = {"title": ("title", "agency"), "colour": ("title",)}
    wrong = Mapping("", "by hand", fields, {"born": "nowhere"}, ("agency",), stage_words={"odd": "limbo"})
    with pytest.raises(ImportProblem, match="The columns are not settled") as caught:
        read_inventory(table, wrong)
    for part in (
        "no column called “nowhere”",
        "“colour” is not a field",
        "“born” is not a kind of date",
        "“limbo” is not a stage",
        "Only one column can be the field “title”",
        "“agency” is dropped and cannot be used",
        "which agency the whole file is from",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"fingerprint": 1}', '{"fields": []}'])
def test_a_stored_mapping_that_is_none(text):
    with pytest.raises(ValueError, match="not a stored mapping"):
        Mapping.from_json(text)


def test_contact_columns_by_name_or_by_content():
    table = read_text(
        "title,E-mail address,POC,Should we email users about outages?\nA,x,a@b.gov,No\nB,,c@d.gov,write to e@f.gov\n"
    )
    assert contact_columns(table) == ("E-mail address", "POC")


def test_headers_are_compared_without_decoration():
    assert plain_header(" Describe the AI system’s\n Outputs. ") == plain_header(
        "describe_the AI systems outputs"
    )


def test_the_id_makes_the_identity_and_the_title_only_without_one():
    rows = [
        known("row 2", "Old name", external_id="DOT–12"),
        known("row 3", "Bus lanes", external_id="TBD", unit="Roads"),
        known("row 4", "BUS  lanes!", unit="roads", content="second"),
        known("row 5", "Bus lanes", agency="DOH"),
    ]
    found = identify(rows)
    assert [(one.key, one.weak, one.shared) for one in found] == [
        ("dot # dot-12", False, False),
        ("dot ~ bus lanes ~ roads", True, True),
        ("dot ~ bus lanes ~ roads (2)", True, True),
        ("doh ~ bus lanes", True, False),
    ]
    assert identify([known("row 2", "New name", external_id="dot-12 ")])[0].key == found[0].key


def test_merges_are_suggested_within_an_agency_only():
    rows = [
        known("row 2", "Permit assistant chatbot", external_id="1"),
        known("row 3", "Permit assistant chat bot", external_id="2"),
        known("row 4", "Permit assistant chatbot", external_id="3"),
        known("row 5", "Permit assistant chatbot", agency="DOH"),
        known("row 6", "Something else", external_id="1"),
        known("row 7", "Bridge sensors phase 1"),
        known("row 8", "Bridge sensors phase 2"),
    ]
    found = [(one.first, one.second, one.reason) for one in suggest_merges(rows)]
    assert sorted(found) == [
        ("row 2", "row 3", "similar title"),
        ("row 2", "row 4", "same title"),
        ("row 2", "row 6", "same id"),
    ]


def test_stored_records_are_compared_with_rows_and_not_among_themselves():
    stored = [known("record 1", "Bus lanes"), known("record 2", "Bus lanes")]
    found = suggest_merges([known("row 2", "Bus lanes", unit="Roads")], stored)
    assert [(one.first, one.second, one.similarity) for one in found] == [("record 1", "row 2", 1.0)]


@given(st.lists(st.text("ab c1", min_size=4, max_size=14), max_size=25, unique_by=plain_title))
def test_no_similar_pair_is_missed(titles):
    """The quick search gives exactly what comparing every pair gives."""
    rows = [known(f"row {place}", title) for place, title in enumerate(titles) if plain_title(title)]
    expected = set()
    for one, other in combinations(rows, 2):
        first, second = plain_title(one.title), plain_title(other.title)
        same_numbers = sorted(re.findall(r"\d+", first)) == sorted(re.findall(r"\d+", second))
        if dice(trigrams(first), trigrams(second)) >= SIMILAR and same_numbers:
            expected.add(frozenset((one.reference, other.reference)))
    assert {frozenset((pair.first, pair.second)) for pair in suggest_merges(rows)} == expected


def test_stage_words_to_ask_about():
    table = read_text(
        "title,agency,stage\nA,DOT,b) Sandbox – tiny\nB,DOT,sandbox\nC,DOT,Pilot\nD,DOT,N/A\nE,DOT,Limbo\n"
    )
    assert unknown_stage_words(table, propose(table).mapping) == {
        "sandbox": StageWord("b) Sandbox – tiny", 2),
        "limbo": StageWord("Limbo", 1),
    }


def test_a_title_of_any_length_gives_a_key_an_index_can_hold():
    long, longer = identify([known("row 2", "a " * 200_000), known("row 3", "a " * 200_001)])
    assert long.key != longer.key
    assert max(len(long.key), len(longer.key)) < 500
    assert not long.shared


def test_five_hundred_unknown_columns_are_proposed_for():
    names = [f"What would you say about matter number {place} of this long form" for place in range(499)]
    mapping = propose(read_text(",".join(["project title", *names]) + "\n" + "x," * 499 + "x\n")).mapping
    assert mapping.fields == {"title": ("project title",)}


def test_columns_are_found_by_what_their_names_say():
    table = read_text(
        "Use Case Identifier,Use Case Name,Summary of Use Case,Contact,Deployment Phase,Risk Classification\n"
        "1,A,b,Jo,Live,High\n"
    )
    mapping = propose(table).mapping
    assert mapping.fields == {
        "external_id": ("Use Case Identifier",),
        "title": ("Use Case Name",),
        "problem": ("Summary of Use Case",),
        "stage": ("Deployment Phase",),
        "high_impact": ("Risk Classification",),
    }
    assert mapping.dates == {}
    shared = read_text("Project,Agency\nR-1 - Bridge,Roads\nR-2 - Road,Roads\n")
    mapping = replace(propose(shared).mapping, confirmed=True)
    assert mapping.fields["id_and_title"] == ("Project",)
    assert [(row.external_id, row.title) for row in read_inventory(shared, mapping).rows] == [
        ("R-1", "Bridge"),
        ("R-2", "Road"),
    ]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("2025_DOI_AI_inventory.csv", ("Department of the Interior", "file")),
        ("Department of Example Services AI Use Cases 2025.csv", ("Department of Example Services", "file")),
        ("FY25 NASA final.xlsx", ("NASA", "file")),
        ("AI inventory 2025.csv", ("", "")),
    ],
)
def test_the_agency_of_a_file_is_proposed_from_its_name(name, found):
    known = {"DOI": ["Department of the Interior"]}
    guess = guess_agency(read_text("Title\nA\n", name=name), known)
    assert (guess.name, guess.place) == found


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("BIS", "BIS"),
        ("USTDA", "USTDA"),
        ("APHIS - Animal and Plant Health Inspection Service", "APHIS"),
        ("Bureau of Industry and Security (BIS)", "BIS"),
        ("U.S. Trade and Development Agency", "USTDA"),
        ("Department of Health", "DH"),
        ("Labor", "LABO"),
    ],
)
def test_codes_of_new_agencies(name, code):
    assert propose_code(name) == code
