"""Metrics and readings in the browser: typed, pasted, uploaded, corrected, verified."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest

from incubator.domain.evaluation import Measure
from incubator.models.pilots import Metric, Reading
from tests.web.test_pilots import Arranged, seen

PASTED = """date,value,denominator,note
2026-09-01,41.5,120,first month
2026-10-01,"1,038.0",130,
2026-10-32,5,1,
2026-11-01,nan,1,
2027-01-01,5,1,
2026-10-01,9,1,
2026-09-01,41.5,120,
"""


@pytest.fixture
def arranged(world):
    return Arranged(world)


@pytest.fixture
def metric(arranged):
    return arranged.metric("Average wait")


def page_of(arranged, metric):
    return f"{arranged.url}/metrics/{metric.id}"


def recorded(session):
    rows = session.query(Reading).filter(Reading.replaced_at.is_(None)).order_by(Reading.taken_on)
    return [(row.taken_on.isoformat(), row.value) for row in rows]


DEFINITION = {
    "name": "Calls answered",
    "unit": "%",
    "direction": "up",
    "kind": "goal",
    "baseline": "52",
    "target": "75 %",
    "cadence": "weekly",
}


def test_a_metric_is_defined_and_stands_in_the_list(arranged, browser, session):
    page = browser(arranged.lead).submit(f"{arranged.url}/metrics/new", DEFINITION)
    assert "The metric is defined." in seen(page)
    assert "Calls answered Goal · Higher is better · Measured 52% 75%" in seen(page)
    assert session.query(Metric).filter_by(name="Calls answered").one().target == 75.0


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"target": "nan"}, "Enter a number like"),
        ({"target": "inf"}, "Enter a number like"),
        ({"baseline": "1e400"}, "Enter a number like"),
        ({"baseline": "9" * 19}, "This number is too large."),
        ({"target": "52"}, "must differ"),
        ({"target": "40"}, "worse than the baseline"),
        ({"direction": None}, "Choose which way is better"),
        ({"source_url": "javascript:alert(1)"}, "Enter an address that starts with https://"),
        ({"name": "x" * 121}, "too long"),
        ({"name": " \u00a0 "}, "Enter what is measured"),
    ],
)
def test_a_hostile_metric_is_refused_beside_its_field(arranged, browser, session, typed, message):
    page = browser(arranged.lead).submit(f"{arranged.url}/metrics/new", {**DEFINITION, **typed}, status=422)
    assert any(message in text for text in page.texts("p", "error-message"))
    assert session.query(Metric).count() == 0


@pytest.mark.parametrize("name", ["$\\frac{$ saves $5 vs $6", "漢字 🚀 مرحبا", "{" * 110, "=1+1"])
def test_any_name_and_any_number_can_be_drawn(arranged, browser, name):
    metric = arranged.metric(name, 9e14, -9e14, 0)
    page = browser(arranged.lead).get(page_of(arranged, metric))
    assert page.heading == name
    assert "<svg" in page.html


def test_a_reading_is_typed_and_seen(arranged, metric, browser, session):
    page = browser(arranged.lead).submit(
        page_of(arranged, metric), holding="taken_on", taken_on="Oct 1, 2026", value="41.5", denominator="120"
    )
    assert "The reading is recorded." in seen(page)
    assert recorded(session) == [("2026-10-01", 41.5)]
    assert "October 1, 2026 41.5 min 120" in seen(page)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"value": "nan"}, "Enter a number like"),
        ({"value": "-inf"}, "Enter a number like"),
        ({"value": "1e99"}, "This number is too large."),
        ({"value": ""}, "Enter the value"),
        ({"denominator": "0"}, "must be above zero"),
        ({"denominator": "-3"}, "not negative"),
        ({"taken_on": "12/1/2026"}, "cannot lie in the future"),
        ({"taken_on": "2/30/2026"}, "has no day 30"),
    ],
)
def test_a_hostile_reading_is_refused_beside_its_field(arranged, metric, browser, session, typed, message):
    values = {"taken_on": "10/1/2026", "value": "41.5", "note": "Keep this", **typed}
    page = browser(arranged.lead).submit(page_of(arranged, metric), values, holding="taken_on", status=422)
    assert any(message in text for text in page.texts("p", "error-message"))
    assert "Keep this" in page.html
    assert recorded(session) == []


def test_a_second_value_for_a_day_asks_for_a_reason_and_keeps_the_first(arranged, metric, browser, session):
    visitor = browser(arranged.lead)
    values = {"taken_on": "10/1/2026", "value": "41.5"}
    visitor.submit(page_of(arranged, metric), values, holding="taken_on")
    page = visitor.submit(
        page_of(arranged, metric), {**values, "value": "40"}, holding="taken_on", status=422
    )
    assert "This day already has another reading." in page.texts("p", "error-message")[0]
    page = visitor.submit(page, holding="taken_on", reason="A typing error")
    assert recorded(session) == [("2026-10-01", 40.0)]
    assert "corrected, was 41.5 min" in seen(page)
    assert "October 1, 2026: 41.5 min became 40 min" in seen(page)
    assert "A typing error" in seen(page)


def test_a_double_click_records_one_reading(arranged, metric, browser, session):
    visitor = browser(arranged.lead)
    page = visitor.get(page_of(arranged, metric))
    for _ in range(2):
        visitor.submit(page, holding="taken_on", taken_on="10/1/2026", value="41.5")
    assert recorded(session) == [("2026-10-01", 41.5)]


def test_pasted_rows_are_shown_before_anything_is_recorded(arranged, metric, browser, session):
    visitor = browser(arranged.lead)
    preview = visitor.submit(f"{page_of(arranged, metric)}/readings/import", pasted=PASTED)
    assert preview.heading == "What was understood"
    assert (
        "New readings 2 Already recorded 0 Repeated in the file 1 Different from what is recorded 0 Rows refused 4"
        in seen(preview)
    )
    assert "October 2026 has no day 32." in seen(preview)
    assert "2027-01-01 is in the future" in seen(preview)
    assert "another value for the same day stands above" in seen(preview)
    assert recorded(session) == []
    page = visitor.submit(preview, holding="rows")
    assert page.heading == "Average wait"
    assert recorded(session) == [("2026-09-01", 41.5), ("2026-10-01", 1038.0)]


def test_the_same_file_twice_does_not_double(arranged, metric, browser, session):
    visitor = browser(arranged.lead)
    address = f"{page_of(arranged, metric)}/readings/import"
    rows = b"Date;Value\r\n2026-09-01;41.5\r\n2026-10-01;40\r\n"
    for expected in (2, 0):
        preview = visitor.submit(address, file=(io.BytesIO(rows), "readings.csv"))
        if expected:
            visitor.submit(preview, holding="rows")
        else:
            assert "There is nothing new to record." in seen(preview)
    assert len(recorded(session)) == 2


def test_a_file_with_other_values_corrects_only_with_a_reason(arranged, metric, browser, session):
    visitor = browser(arranged.lead)
    address = f"{page_of(arranged, metric)}/readings/import"
    visitor.submit(visitor.submit(address, pasted="2026-09-01,41.5\n2026-10-01,40"), holding="rows")
    changed = "date,value\n2026-09-01,39\n2026-11-01,38"
    visitor.submit(visitor.submit(address, pasted=changed), holding="rows")
    assert recorded(session) == [("2026-09-01", 41.5), ("2026-10-01", 40.0), ("2026-11-01", 38.0)]
    preview = visitor.submit(address, pasted=changed)
    assert "September 1, 2026 41.5 min 39 min" in seen(preview)
    visitor.submit(preview, holding="rows", reason="A corrected export")
    assert recorded(session)[0] == ("2026-09-01", 39.0)
    assert session.query(Reading).count() == 4


@pytest.mark.parametrize("pasted", ["", "hello", "a,b\n1,2", "date\n2026-01-01", "\x00", "𝟙" * 500])
def test_what_is_no_table_is_refused_and_kept(arranged, metric, browser, session, pasted):
    page = browser(arranged.lead).submit(
        f"{page_of(arranged, metric)}/readings/import", pasted=pasted, status=422
    )
    assert page.texts("p", "error-message")
    assert recorded(session) == []


def test_a_forged_confirmation_is_read_again(arranged, metric, browser, session):
    visitor = browser(arranged.lead)
    preview = visitor.submit(f"{page_of(arranged, metric)}/readings/import", pasted="2026-09-01,41.5")
    visitor.submit(preview, holding="rows", rows="date,value\n2026-09-01,inf\n2026-10-01,5")
    assert recorded(session) == [("2026-10-01", 5.0)]
    visitor.submit(preview, holding="rows", rows="nonsense", _key="another", status=422)
    assert recorded(session) == [("2026-10-01", 5.0)]


def test_somebody_else_verifies_and_the_lead_has_no_button(arranged, metric, browser, session):
    arranged.world.add(
        Reading(
            metric_id=metric.id,
            taken_on=date(2026, 10, 1),
            value=4,
            recorded_at=arranged.world.now,
            recorded_by_id=arranged.lead.id,
        )
    )
    lead, evan = browser(arranged.lead), browser(arranged.evan)
    assert "wait to be verified" not in lead.get(page_of(arranged, metric)).text
    refused = lead.post(
        f"{page_of(arranged, metric)}/verify",
        {"csrf_token": lead.token(), "up_to": "999999"},
        status=403,
    )
    assert "Somebody other than the pilot's lead" in refused.text
    page = evan.submit(page_of(arranged, metric), action="/verify")
    assert "The readings are verified." in seen(page)
    session.expire_all()
    assert session.query(Reading).one().verified_by_id == arranged.evan.id


@pytest.mark.parametrize("up_to", ["", "x", "-1", "9" * 40, "١٢"])
def test_a_hostile_reading_number_verifies_nothing(arranged, metric, browser, session, up_to):
    arranged.world.add(
        Reading(metric_id=metric.id, taken_on=date(2026, 10, 1), value=4, recorded_at=arranged.world.now)
    )
    evan = browser(arranged.evan)
    evan.submit(page_of(arranged, metric), action="/verify", up_to=up_to)
    session.expire_all()
    assert session.query(Reading).one().verified_at is None


def test_the_readings_can_be_taken_away_and_brought_back(arranged, browser, session):
    metric = arranged.metric("Average wait", 50.25, 44)
    visitor = browser(arranged.lead)
    answer = visitor.client.get(f"{page_of(arranged, metric)}/readings.csv")
    text = answer.get_data().decode("utf-8-sig")
    assert text.splitlines()[1].startswith("2026-01-01,50.25,,,pilot,,,Lena Lead,")
    preview = visitor.submit(f"{page_of(arranged, metric)}/readings/import", pasted=text)
    assert "There is nothing new to record." in seen(preview)


def test_a_metric_set_aside_keeps_its_readings(arranged, browser, session):
    metric = arranged.metric("Average wait", 50, 44)
    visitor = browser(arranged.lead)
    page = visitor.submit(page_of(arranged, metric), action="/remove")
    assert "Set aside" in page.texts("h2")
    assert len(recorded(session)) == 2
    page = visitor.submit(page, action="/restore")
    assert "Set aside" not in page.texts("h2")


@pytest.mark.parametrize("count", [1, 3])
def test_the_pages_cost_the_same_for_one_reading_and_for_three(arranged, browser, statements, count):
    made = [arranged.metric(f"Metric {place}", *range(40, 40 + count)) for place in range(count)]
    visitor = browser(arranged.evan)
    with statements() as of_list:
        visitor.get(f"{arranged.url}/metrics")
    with statements() as of_one:
        visitor.get(page_of(arranged, made[0]))
    assert (len(of_list), len(of_one)) == (7, 15)


def test_another_pilots_metric_is_not_reached_by_number(arranged, world, browser):
    metric = arranged.metric("Average wait", 50)
    other = Arranged.__new__(Arranged)
    other.__dict__ = {**arranged.__dict__, "proposal": world.proposal("Other", step=arranged.proposal.step)}
    foreign = f"/pilots/{other.proposal.number}/metrics/{metric.id}"
    visitor = browser(arranged.cora)
    for path in ("", "/edit", "/chart.png", "/readings.csv", "/readings/import"):
        visitor.get(foreign + path, 404)
    visitor.post(foreign + "/remove", {"csrf_token": visitor.token()}, status=404)


def test_a_share_no_count_can_give_is_asked_about(arranged, metric, browser, session):
    metric.measure, metric.unit = Measure.SHARE, "%"
    session.commit()
    visitor = browser(arranged.lead)
    page = visitor.submit(
        f"{page_of(arranged, metric)}/readings/import",
        pasted="date,value,n\n2026-08,0.45,100\n2026-09,0.5,100\n2026-10,0,0\n",
        status=422,
    )
    assert "Row 2 says 0.45% of 100 cases, which no count can give." in seen(page)
    preview = visitor.submit(page, {"fractions": "yes"}, holding="pasted")
    assert "1 row reports a period with 0 cases." in seen(preview)
    visitor.submit(preview, holding="rows")
    assert recorded(session) == [("2026-08-01", 45.0), ("2026-09-01", 50.0)]


@pytest.mark.parametrize(
    ("baseline", "pasted", "asked"),
    [
        (60.0, "2026-08,0.45\n", "0.45% or 45%"),
        (None, "2026-08,0.455\n2026-09,1\n", "0.455% or 45.5%"),
        (60.0, "2026-08,0.45\n2026-09,45\n", ""),
        (60.0, "2026-08,0.45%\n", ""),
        (60.0, "2026-08,0\n", ""),
        (0.8, "2026-08,0.45\n", ""),
    ],
)
def test_shares_that_may_all_be_fractions_are_asked_about(
    arranged, metric, browser, session, baseline, pasted, asked
):
    metric.measure, metric.unit, metric.baseline, metric.target = Measure.SHARE, "%", baseline, None
    session.commit()
    url = f"{page_of(arranged, metric)}/readings/import"
    visitor = browser(arranged.lead)
    page = visitor.submit(url, pasted=f"date,value\n{pasted}", status=422 if asked else 200)
    assert ("No share is over 1" in seen(page)) is bool(asked)
    assert asked in seen(page)
    if asked:
        preview = visitor.submit(page, {"fractions": "yes"}, holding="pasted")
        visitor.submit(preview, holding="rows")
        assert recorded(session)[0] == ("2026-08-01", 100 * float(pasted.split(",")[1].split("\n")[0]))


def test_an_uploaded_file_is_kept_while_its_dates_are_asked_about(arranged, metric, browser, session):
    visitor = browser(arranged.lead)
    url = f"{page_of(arranged, metric)}/readings/import"
    page = visitor.submit(url, file=(io.BytesIO(b"date,value\n03/04/2026,$5\n"), "a.csv"), status=422)
    assert "Say whether the month or the day comes first: 03/04/2026 can be read both ways" in seen(page)
    preview = visitor.submit(page, {"order": "dmy"}, holding="pasted")
    assert "1 value is written in dollars, but the metric is in" in seen(preview)
    visitor.submit(preview, holding="rows")
    assert recorded(session) == [("2026-04-03", 5.0)]


def test_a_period_without_cases_counts_as_reported(arranged, browser, session):
    share = arranged.metric("First-call resolution", unit="%", measure=Measure.SHARE)
    lead, address = browser(arranged.lead), page_of(arranged, share)
    typed = {"taken_on": "10/1/2026", "numerator": "0", "denominator": "0"}
    page = lead.submit(address, typed, holding="taken_on")
    assert "Periods without cases October 1, 2026" in seen(page)
    preview = lead.submit(
        f"{address}/readings/import",
        pasted="date,counted,out of\n2026-08-01,3,7\n2026-09-01,0,0\n2026-09-01,0,0\n2026-10-01,0,0\n",
    )
    assert (
        "1 row reports a period with 0 cases. It has no value, and it counts as reported: September 1"
        in seen(preview)
    )
    page = lead.submit(preview, holding="rows")
    assert "Periods without cases October 1, 2026" in seen(page)
    assert "September 1, 2026 Recorded by" in seen(page)
    assert recorded(session) == [("2026-08-01", pytest.approx(300 / 7))]
    # A reading that comes later takes its place; a day with a reading is not said to have been empty.
    page = lead.submit(address, {**typed, "numerator": "2", "denominator": "5"}, holding="taken_on")
    assert "Periods without cases September 1, 2026" in seen(page)
    page = lead.submit(address, typed, holding="taken_on", status=422)
    assert "This day has a reading, so it had cases." in page.texts("p", "error-message")[0]
    again = lead.submit(f"{address}/readings/import", pasted="date,counted,out of\n2026-08-01,0,0\n")
    assert "0 cases, but a reading is recorded for this day." in seen(again)
    assert "There is nothing new to record." in seen(again)


def test_no_reading_is_missing_where_there_was_nothing_to_measure(arranged, browser, session):
    share = arranged.metric("Complaints upheld", unit="%", measure=Measure.SHARE)
    lead, address = browser(arranged.lead), page_of(arranged, share)
    before = seen(lead.get(address))
    page = lead.submit(address, holding="taken_on", taken_on="11/19/2026", numerator="0", denominator="0")
    counts = [int(re.search(r"(\d+) of \d+ planned readings", text)[1]) for text in (before, seen(page))]
    assert counts == [0, 1]


def test_a_typed_share_that_may_be_a_fraction_is_asked_about(arranged, browser, session):
    share = arranged.metric("Gave up", unit="%", measure=Measure.SHARE, baseline=17.4, target=10.0)
    lead, address = browser(arranged.lead), page_of(arranged, share)
    page = lead.submit(address, holding="taken_on", taken_on="10/1/2026", value="0.54", status=422)
    assert "Is this 0.54% or 54%? Write it with the percent sign." in page.texts("p", "error-message")[0]
    lead.submit(page, holding="taken_on", value="0.54%")
    assert recorded(session) == [("2026-10-01", 0.54)]
    rare = arranged.metric("Errors", unit="%", measure=Measure.SHARE, baseline=0.9, target=0.5)
    lead.submit(page_of(arranged, rare), holding="taken_on", taken_on="10/1/2026", value="0.4")


def test_a_value_that_its_counts_do_not_give_is_refused_in_the_preview(arranged, browser, session):
    share = arranged.metric("Solved at once", unit="percent", measure=Measure.SHARE)
    lead = browser(arranged.lead)
    preview = lead.submit(
        f"{page_of(arranged, share)}/readings/import",
        pasted="date,value,counted,out of\n2026-08-01,50%,81,200\n2026-09-01,41%,81,200\n",
    )
    assert "New readings 1" in seen(preview)
    assert "the value does not follow from the count and the cases" in seen(preview)
    assert "Another unit" not in seen(preview), "percent is percent"
    lead.submit(preview, holding="rows")
    assert recorded(session) == [("2026-09-01", 41.0)]
