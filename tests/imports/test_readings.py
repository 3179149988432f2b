"""Metric readings pasted or uploaded: each row understood, or refused with its reasons."""

import csv
import datetime as dt
import io
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incubator.domain.input import Precision
from incubator.imports.problems import ImportProblem
from incubator.imports.readings import Answers, Undecided, preview_file, preview_text
from tests.analytics.shared_data import shared

TODAY = dt.date(2026, 6, 30)


def preview(text, **options):
    return preview_text(text, today=TODAY, **options)


def test_rows_as_people_write_them():
    found = preview(
        'Date,Value,Out of,Comment\n1/31/2026,"1,234.5","2,000",after the move\nJan 2026,12 %,,\n2026-02-28,$3,,\n'
    )
    assert found.columns == {"Date": "date", "Value": "value", "Out of": "denominator", "Comment": "note"}
    assert [(one.row, one.on, one.value, one.denominator, one.note) for one in found.understood] == [
        (2, dt.date(2026, 1, 31), Decimal("1234.5"), Decimal(2000), "after the move"),
        (3, dt.date(2026, 1, 1), Decimal(12), None, ""),
        (4, dt.date(2026, 2, 28), Decimal(3), None, ""),
    ]
    assert [(one.precision, one.percent, one.dollars) for one in found.understood] == [
        (Precision.DAY, False, False),
        (Precision.MONTH, True, False),
        (Precision.DAY, False, True),
    ]
    assert found.understood[1].remarks == ("a month alone: kept under its first day, 2026-01-01",)
    assert found.refused == ()


@pytest.mark.parametrize(
    ("row", "reasons"),
    [
        ("2/30/2026,1,,", ["date: February 2026 has no day 30."]),
        (",1,,", ["date: Enter a value."]),
        ("1/1/2026,,,", ["value: Enter a value."]),
        ("1/1/2026,١٢,,", ["value: Use the digits 0 to 9."]),
        ("7/13/2026,1,,", ["date: 2026-07-13 is in the future"]),
        ("1/1/2026,1,0,", ["denominator: must be above zero"]),
        ("1/1/2026,1,-4,", ["denominator: must be above zero"]),
        ("1/1/9999,1,,", ["date: Enter a year from 1900 to 2200."]),
        ("1/1/2026,123456789012345678901234567890,,", ["value: This number has more than 20 digits."]),
        (
            "1/1/2026,1,234.5,9,x",
            ["more cells than columns; put a number or date with a comma in quotation marks"],
        ),
    ],
)
def test_refusals_name_every_reason(row, reasons):
    found = preview(f"date,value,denominator,note\n1/1/2026,1,2,fine\n{row}\n")
    assert [(one.row, list(one.reasons)) for one in found.refused] == [(3, reasons)]
    assert found.refused[0].cells[: row.count(",") + 1] == tuple(row.split(","))
    assert [one.row for one in found.understood] == [2]


@pytest.mark.parametrize("value", ["nan", "inf", "1e400", "sNaN", "1_000"])
def test_values_that_are_no_numbers(value):
    found = preview(f'date,value\n1/1/2026,"{value}"\n')
    assert found.understood == ()
    assert found.refused[0].reasons[0].startswith("value: Enter a number like")


def test_a_spreadsheet_selection_without_header():
    found = preview("1/31/2026\t5\n2/28/2026\t1,006\n\n3/31/2026\t7\tnine\n")
    assert [(one.row, one.value) for one in found.understood] == [(1, 5), (2, 1006)]
    assert [one.row for one in found.refused] == [4]
    assert found.blank == (3,)


def test_one_line_is_enough():
    assert [one.value for one in preview("2026-01-01,5").understood] == [5]


def test_several_metrics_and_unknown_ones():
    found = preview(
        "metric,date,value\nWait time,1/1/2026,5\nwait-time ,1/1/2026,6\nCost,1/1/2026,7\n",
        metrics=["Wait time"],
    )
    assert [(one.metric, one.value, one.remarks) for one in found.understood] == [
        ("Wait time", 5, ()),
        ("Wait time", 6, ("the same date as row 2",)),
    ]
    assert found.refused[0].reasons == ("metric: this pilot has none called “Cost”",)


def test_columns_of_no_meaning_are_named_and_titles_counted():
    found = preview("Readings of the spring\n\ndate,value,weather\n1/1/2026,5,rain\n")
    assert (found.ignored, found.above, [one.row for one in found.understood]) == (("weather",), (1,), [4])


@pytest.mark.parametrize("name", ["Cases", "number of cases", "Out of", "n"])
def test_the_number_of_cases_goes_by_the_names_the_form_gives_it(name):
    (row,) = preview(f"date,counted,{name}\n1/1/2026,12,200\n").understood
    assert (row.numerator, row.denominator) == (12, 200)


def test_an_uploaded_windows_file(made):
    found = preview_file(made("date;value;note\n1/1/2026;5;caf\xe9\n".encode("cp1252")), today=TODAY)
    assert [(one.value, one.note) for one in found.understood] == [(5, "café")]


@pytest.mark.parametrize(
    "text", ["", " \n ", "colour,weight\nred,5\n", "date,colour\n1/1/2026,red\n", "5\n6\n"]
)
def test_no_readings_at_all(text):
    with pytest.raises(ImportProblem):
        preview(text)


@given(st.lists(st.tuples(st.text(max_size=10), st.text(max_size=10)), max_size=6))
def test_no_row_is_ever_lost(pairs):
    out = io.StringIO(newline="")
    csv.writer(out).writerows([("date", "value"), ("1/1/2026", "1"), ("1/2/2026", "2"), *pairs])
    with suppress(ImportProblem):
        found = preview(out.getvalue())
        rows = [one.row for one in found.understood] + [one.row for one in found.refused] + list(found.blank)
        assert sorted(rows) == list(range(min(rows), min(rows) + len(rows)))


def test_beside_an_exposure_n_is_what_was_counted():
    found = preview("month,n,days\n2014-11-01,9,16000.5\n")
    assert found.columns == {"month": "date", "n": "numerator", "days": "denominator"}
    (one,) = found.understood
    assert (one.value, one.numerator, one.denominator) == (None, Decimal(9), Decimal("16000.5"))
    assert preview("month,value,n\n2014-11-01,12,40\n").columns["n"] == "denominator"


def test_the_published_series_of_infections_comes_in_whole():
    found = preview_file(shared("charts_spc", "qicharts2_cdi.csv"), today=TODAY)
    assert (len(found.understood), found.refused) == (36, ())
    before, after = found.understood[:24], found.understood[24:]
    rates = [
        float(10_000 * sum(one.numerator for one in part) / sum(one.denominator for one in part))
        for part in (before, after)
    ]
    assert [round(rate, 2) for rate in rates] == [13.02, 5.01]
    assert found.understood[24].note == "Intervention begins"


def shown(text, **options):
    preview = preview_text(text, today=TODAY, **options)
    return [
        (one.on.isoformat(), one.value and float(one.value), one.denominator and float(one.denominator))
        for one in preview.understood
    ], [one.reasons for one in preview.refused]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (
            "Month,Number of calls\nAug-25,12\nSep-25,13\n",
            [("2025-08-01", 12, None), ("2025-09-01", 13, None)],
        ),
        ("date,value\n45901,12\n", [("2025-09-01", 12, None)]),
        ("date,value\n12/1/25,3\n12/13/25,4\n", [("2025-12-01", 3, None), ("2025-12-13", 4, None)]),
        ("date,value\n02/05/2026,1\n13/04/2026,2\n", [("2026-05-02", 1, None), ("2026-04-13", 2, None)]),
        ("date,Waiting time,Clerks\n2026-01,3,9\n", [("2026-01-01", 3, None)]),
    ],
)
def test_columns_and_dates_as_spreadsheets_have_them(text, rows):
    assert shown(text, name="waiting time") == (rows, [])


@pytest.mark.parametrize(
    ("text", "asks", "answers", "rows"),
    [
        ("date,value\n03/04/2026,1\n", "order", Answers(order="dmy"), [("2026-04-03", 1, None)]),
        (
            "date;value\n2026-01;1,5\n2026-02;1.234,5\n",
            "decimals",
            Answers(decimals="comma"),
            [("2026-01-01", 1.5, None), ("2026-02-01", 1234.5, None)],
        ),
    ],
)
def test_what_can_be_read_in_two_ways_is_asked(text, asks, answers, rows):
    with pytest.raises(Undecided) as caught:
        shown(text)
    assert caught.value.asks == asks
    assert shown(text, answers=answers) == (rows, [])
    assert shown(caught.value.text, answers=answers) == (rows, []), "the rows can be sent again as text"


def test_a_point_is_no_thousands_mark_where_three_digits_do_not_follow():
    text = "date;value\n2026-01;0.45\n2026-02;12.5\n2026-03;34.25%\n2026-04;0.450\n2026-05;1.234,5\n2026-06;34,25%\n"
    preview = preview_text(text, today=TODAY, answers=Answers(decimals="comma"))
    assert [float(one.value) for one in preview.understood] == [1234.5, 34.25]
    assert [one.cells[1] for one in preview.refused] == ["0.45", "12.5", "34.25%", "0.450"]
    assert preview.refused[0].reasons == ("value: 0.45 is not written with a comma before decimals",)


def test_a_period_without_cases_is_reported_and_an_error_is_named():
    preview = preview_text("date,counted,out of\n2026-01,0,0\n2026-02,1,4\n2026-03,#DIV/0!,3\n", today=TODAY)
    assert [(row.on.isoformat(), row.value) for row in preview.empty] == [("2026-01-01", None)]
    assert [one.row for one in preview.understood] == [3]
    assert preview.refused[0].reasons[0] == "counted: the cell holds the Excel error #DIV/0!"


def test_dates_in_both_orders_are_said_to_be_so():
    with pytest.raises(Undecided) as caught:
        preview_text("date,value\n11/28/2026,1\n13/1/2026,2\n", today=TODAY)
    assert "Some dates have the month first and some the day, such as 13/1/2026." in str(caught.value)
    with pytest.raises(Undecided) as caught:
        preview_text("date,value\n3/4/2026,1\n5/6/2026,2\n", today=TODAY)
    assert "3/4/2026 can be read both ways" in str(caught.value)
