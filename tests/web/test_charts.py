"""A chart on a page and as a file: from the cache, with its numbers, kept by browsers and asked for again."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from datetime import date

import pytest
from flask import render_template_string

from incubator.charts import ProcessChart, Reading
from incubator.domain.errors import NotFound
from incubator.domain.stages import Provenance
from incubator.web.charts import chart_figure, chart_file

CHART = ProcessChart(
    metric="Average wait",
    unit="min",
    direction="down",
    readings=tuple(Reading(date(2026, month, 1), 50.0 - month) for month in range(1, 10)),
    target=30.0,
)
PAGE = '{% from "components/charts.html" import figure %}{{ figure(**wait) }}'


def test_the_figure_carries_the_finding_both_drawings_and_the_numbers(app):
    with app.test_request_context():
        wait = chart_figure(CHART, "wait", "Minutes per call", source=Provenance.ILLUSTRATION)
        html = render_template_string(PAGE, wait=wait)
    assert wait["title"] == CHART.title
    assert wait["rows"][0][:2] == ["January 1, 2026", 49.0]
    assert len(wait["rows"]) == 9
    assert html.count("<svg") == 2
    assert "Illustration" in html
    assert "style=" not in html


def test_an_empty_chart_is_a_note_without_table_or_downloads(app):
    empty = ProcessChart(metric="Average wait", unit="min", direction="down", readings=())
    with app.test_request_context():
        figure = chart_figure(empty, "wait", "Minutes", endpoint="pilots.chart", number="A-1", name="money")
    assert (figure["title"], figure["rows"], figure["csv_url"], figure["png_url"]) == (
        "No readings yet",
        [],
        "",
        "",
    )


@pytest.mark.parametrize(
    ("form", "media_type", "first_bytes"),
    [
        ("svg", "image/svg+xml", b"<svg"),
        ("png", "image/png", b"\x89PNG"),
        ("csv", "text/csv", b"\xef\xbb\xbfDate,Value"),
    ],
)
def test_a_file_is_kept_by_the_browser_and_not_sent_twice(app, form, media_type, first_bytes):
    with app.test_request_context():
        first = chart_file(CHART, form, "wait")
    assert first.mimetype == media_type
    assert first.get_data().lstrip().startswith(first_bytes)
    assert first.headers["Content-Disposition"] == f"attachment; filename=wait.{form}"
    assert first.headers["Cache-Control"] == "private, no-cache"
    with app.test_request_context(headers={"If-None-Match": first.headers["ETag"]}):
        again = chart_file(CHART, form, "wait")
    assert (again.status_code, again.get_data()) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


def test_other_data_are_another_file(app):
    other = ProcessChart(
        metric="Average wait", unit="min", direction="down", readings=(Reading(date(2026, 1, 1), 1.0),)
    )
    with app.test_request_context():
        tag = chart_file(CHART, "svg", "wait").headers["ETag"]
    with app.test_request_context(headers={"If-None-Match": tag}):
        assert chart_file(other, "svg", "wait").status_code == 200


def test_an_unknown_form_does_not_exist(app):
    with app.test_request_context(), pytest.raises(NotFound):
        chart_file(CHART, "exe", "wait")


def test_the_csv_holds_every_reading(app):
    with app.test_request_context():
        text = chart_file(CHART, "csv", "wait").get_data().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert [row[1] for row in rows[1:]] == [str(50 - month) for month in range(1, 10)]


def test_a_chart_from_the_cache_does_not_load_the_drawing_library(app, tmp_path):
    program = """
import sys
from datetime import date
from pathlib import Path
from incubator.charts import Cache, ProcessChart, Reading
chart = ProcessChart(metric="Wait", unit="min", direction="down", readings=(Reading(date(2026, 1, 1), 4.0),))
drawn = Cache(Path(sys.argv[1])).get(chart)
print("matplotlib" in sys.modules, len(drawn))
"""

    def run() -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
        )
        return done.stdout.split()

    drew, first = run()
    kept, second = run()
    assert (drew, kept) == ("True", "False")
    assert first == second
