"""Published performance measures: what a figure says, and where every row of the real file goes."""

from __future__ import annotations

from collections import Counter

import pytest

from incubator.domain.pilots import Direction
from incubator.imports.measure_figures import Figure, Guess, Kind, guess, read_figure
from incubator.imports.measures import read_measures, understand
from incubator.imports.problems import ImportProblem
from incubator.imports.tables import read_text

HEADER = "edition,cabinet,department,program,strategy,measure,period_label,value"


def read(*rows):
    return understand(read_text("\n".join([HEADER, *rows])))


def row(value, *, edition="fy18_adopted", period="FY16 Actual", measure="# of visits", program="Parks"):
    return f'{edition},C,Parks & Recreation,{program},S,{measure},{period},"{value}"'


@pytest.mark.parametrize(
    ("written", "kind", "value", "unit", "remark"),
    [
        ("", Kind.BLANK, None, "", ""),
        ("  ", Kind.BLANK, None, "", ""),
        ("1,234", Kind.NUMBER, 1234.0, "", ""),
        ("-12", Kind.NUMBER, -12.0, "", ""),
        ("$1,250.50", Kind.NUMBER, 1250.5, "$", ""),
        ("98%", Kind.SHARE, 98.0, "%", ""),
        ("-3%", Kind.SHARE, -3.0, "%", ""),
        ("4.2M", Kind.MILLIONS, 4_200_000.0, "", ""),
        ("3 Weeks", Kind.OWN_UNIT, 3.0, "weeks", ""),
        ("20 encounters per 1,000 residents", Kind.OWN_UNIT, 20.0, "encounters per 1,000 residents", ""),
        ("2016 (calendar year)", Kind.REMARK, 2016.0, "", "calendar year"),
        ("98% (estimated)", Kind.REMARK, 98.0, "%", "estimated"),
        ("N/A%", Kind.MISSING, None, "", ""),
        ("n/a", Kind.MISSING, None, "", ""),
        ("TBD", Kind.MISSING, None, "", ""),
        ("12 Hour%", Kind.UNCLEAR, None, "", ""),
        ("about 12", Kind.UNCLEAR, None, "", ""),
        ("(calendar year)", Kind.UNCLEAR, None, "", ""),
        ("1,23", Kind.UNCLEAR, None, "", ""),
        ("nan", Kind.UNCLEAR, None, "", ""),
        ("inf", Kind.UNCLEAR, None, "", ""),
        ("1e308", Kind.UNCLEAR, None, "", ""),
        ("9" * 40 + "M", Kind.UNCLEAR, None, "", ""),
        ("=1+1", Kind.UNCLEAR, None, "", ""),
        ("١٢", Kind.UNCLEAR, None, "", ""),
    ],
)
def test_a_figure_is_read_or_kept_as_it_is_written(written, kind, value, unit, remark):
    assert read_figure(written) == Figure(kind, value, " ".join(written.split()), unit, remark)


@pytest.mark.parametrize(
    ("name", "figures", "expected"),
    [
        ("% of requests completed on time", ["95%"], Guess("%", Direction.UP)),
        ("% of missed trash requests completed on time", ["95%"], Guess("%", Direction.UP)),
        ("% of complaints investigated", ["95%"], Guess("%", None)),
        ("Average time to complete a sign repair request (days)", ["4"], Guess("days", Direction.DOWN)),
        ("Overall customer satisfaction (out of 5)", ["4.1"], Guess("out of 5", Direction.UP)),
        ("Avg. rating on surveys (Scale- 1 to 5, 3-5 favorable)", ["4"], Guess("out of 5", Direction.UP)),
        ("Ozone level (ppm)", ["0.06"], Guess("ppm", Direction.DOWN)),
        ("Average time for designer selection", ["8 Weeks"], Guess("weeks", Direction.DOWN)),
        ("# of visits", ["1,234"], Guess("", None)),
        ("Parking fines", ["$12"], Guess("$", None)),
    ],
)
def test_unit_and_direction_are_guessed_from_the_words_or_left_open(name, figures, expected):
    assert guess(name, [read_figure(figure) for figure in figures]) == expected


def test_the_latest_edition_stands_and_differences_are_told():
    found = read(
        row("100", edition="fy18_recommended"),
        row("110", edition="fy19_recommended"),
        row("105", edition="fy18_adopted"),
        row("", edition="fy19_adopted"),
        row("7", edition="fy18_recommended", period="FY18 Target"),
        row("8", edition="fy18_adopted", period="FY18 Target"),
    )
    (measure,) = found.programs[0].measures
    assert [(entry.ends_on.isoformat(), entry.figure.value) for entry in measure.actuals()] == [
        ("2016-06-30", 110.0)
    ]
    assert [(entry.edition.label, entry.figure.written) for entry in measure.targets()] == [
        ("FY18 adopted", "8"),
        ("FY18 recommended", "7"),
    ]
    assert measure.target().figure.value == 8.0
    assert [(one.period, one.is_target, one.stands, one.others) for one in found.report.differences] == [
        ("FY16", False, "110", (("FY18 adopted", "105"), ("FY18 recommended", "100"))),
        ("FY18", True, "8", (("FY18 recommended", "7"),)),
    ]


def test_editions_that_spell_a_name_otherwise_mean_the_same_measure():
    found = read(
        row("1", edition="fy18_recommended").replace("Parks & Recreation", "Parks and  recreation"),
        row("2", edition="fy19_adopted", period="FY17 Actual", measure="# of  Visits"),
    )
    (program,) = found.programs
    assert (program.department, [measure.name for measure in program.measures]) == (
        "Parks & Recreation",
        ["# of Visits"],
    )
    assert [entry.figure.value for entry in program.measures[0].actuals()] == [1.0, 2.0]


def test_what_is_written_in_another_unit_keeps_its_words_and_no_value():
    found = read(
        row("2M", period="FY17 Target", measure="Savings"),
        row("1.6", measure="Savings"),
        row("8 Weeks", period="FY17 Target", measure="Time (days)"),
        row("30", measure="Time (days)"),
    )
    targets = [measure.targets()[0].figure for measure in found.programs[0].measures]
    assert [(figure.value, figure.written) for figure in targets] == [(None, "2M"), (None, "8 Weeks")]
    assert found.report.noticed == ("“Savings” is written in millions in one place and plainly in another.",)


def test_rows_without_a_place_are_refused_with_their_reason():
    found = read(
        row("1", edition="2019"),
        row("1", period="Last year"),
        row("1", measure=""),
        row("1"),
        row("1"),
    )
    assert found.report.refused == (
        (2, "The edition “2019” is not known."),
        (3, "The period “Last year” is not known."),
        (4, "The department, the program or the measure is not named."),
    )
    assert (found.report.rows, found.report.read, found.report.repeated) == (5, Counter({Kind.NUMBER: 2}), 1)


def test_a_file_of_something_else_is_refused():
    with pytest.raises(ImportProblem, match="no column “edition”"):
        understand(read_text("a,b\n1,2"))


def test_every_row_of_the_real_file_has_its_place(shared_data):
    found = read_measures(shared_data / "boston_budget" / "boston_performance_measures.csv")
    report = found.report
    assert report.read == {
        Kind.NUMBER: 3022, Kind.SHARE: 1188, Kind.BLANK: 1640, Kind.MISSING: 4, Kind.OWN_UNIT: 4,
        Kind.MILLIONS: 2, Kind.REMARK: 2, Kind.UNCLEAR: 2,
    }  # fmt: skip
    assert (report.rows, sum(report.read.values()), report.refused, report.repeated) == (5864, 5864, (), 32)
    assert [written for _row, _measure, written in report.unclear] == [
        "1 Hour%", "N/A%", "N/A%", "N/A", "N/A", "1 Hour%"
    ]  # fmt: skip
    measures = [measure for program in found.programs for measure in program.measures]
    assert (len({program.department for program in found.programs}), len(found.programs), len(measures)) == (
        40,
        96,
        480,
    )
    assert (
        sum(len(measure.actuals()) for measure in measures),
        sum(len(measure.targets()) for measure in measures),
    ) == (686, 2671)
    assert Counter(one.is_target for one in report.differences) == {True: 439, False: 64}
    assert (report.guessed, report.without_direction) == (182, 298)
    assert sum(len(measure.entries) for measure in measures) == 5864
