"""The benefits register as people see it, on the record and over the program."""

from __future__ import annotations

from datetime import timedelta

import pytest

from incubator.domain.benefits import BenefitKind, Certainty
from incubator.domain.roles import Role
from incubator.domain.stages import Stage, Step
from incubator.models.benefits import Benefit, PromisedBenefit
from incubator.models.proposals import StageSpell
from incubator.models.scaling import ScaleReadiness
from tests.conftest import NOW

FORECAST = {
    "name": "Overtime in the call center",
    "kind": "cash",
    "budget_line": "Overtime, line 4711",
    "owner_name": "Olga Owner",
    "low": "20,000",
    "likely": "$30,000",
    "high": "45,000.50",
    "years": "3",
}

NOT_A_NUMBER = "Enter a number like 1,234.5, with a point before decimals and commas only between thousands."


def rows(page, table):
    """The cells of a table's body, row by row."""
    found = next(one for one in page.tree.iter("table") if one.get("id") == table)
    return [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in found.find("tbody")]


@pytest.fixture
def piloted(world):
    lead = world.person("Lena", Role.PILOT_LEAD)
    proposal = world.proposal("Sensor lights", step=Step.RUNNING)
    world.pilot(proposal, lead_id=lead.id)
    return proposal, lead


def promised(world, proposal, **values):
    return world.add(
        PromisedBenefit(
            **{
                "proposal_id": proposal.id,
                "name": "Overtime",
                "kind": BenefitKind.CASH,
                "owner_name": "Olga Owner",
                "low": 800_00,
                "likely": 1_000_00,
                "high": 1_500_00,
                "years": 2,
                "budget_line": "" if values.get("kind", BenefitKind.CASH) is not BenefitKind.CASH else "4711",
                **values,
            }
        )
    )


def scaled(world, proposal, days_ago=200):
    since = NOW - timedelta(days=days_ago)
    proposal.stage, proposal.step = Stage.SCALE, Step.SCALING
    world.add(StageSpell(proposal_id=proposal.id, stage=Stage.SCALE, entered_at=since))
    return since


def test_a_lead_promises_changes_removes_and_takes_it_back(piloted, browser, session):
    proposal, lead = piloted
    visitor, url = browser(lead), f"/pilots/{proposal.number}/benefit"
    assert "No benefit is promised yet" in visitor.get(url).text
    page = visitor.submit(f"{url}/promises/new", **FORECAST)
    assert "$30,000 (from $20,000 to $45,000.50)" in page.text
    assert "Not fixed yet" in page.texts("span", "tag")
    row = session.query(PromisedBenefit).one()
    page = visitor.submit(f"{url}/promises/{row.id}", likely="25,000")
    assert "$25,000 (from $20,000 to $45,000.50)" in page.text
    page = visitor.submit(url, action="/remove")
    assert "No benefit is promised yet" in page.text
    page = visitor.submit(page, action="/restore")
    assert "Overtime in the call center" in page.text


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"likely": "nan"}, NOT_A_NUMBER),
        ({"likely": "1e308"}, NOT_A_NUMBER),
        ({"likely": "12.345"}, "Enter at most two digits after the point."),
        ({"likely": "30%"}, "Enter a number, not a share."),
        ({"likely": ""}, "Enter the likely figure"),
        ({"high": "1"}, "The high figure is below the likely one."),
        ({"years": "0"}, "Enter 1 to 20 years."),
        ({"starts_on": "1/1/2199"}, "It begins within 20 years. Check the year."),
        ({"budget_line": ""}, "Name the budget line that falls. Without one it is not cash."),
        ({"kind": "bogus"}, "Not a valid choice."),
    ],
)
def test_a_hostile_promise_is_refused_beside_its_field_and_kept(piloted, browser, session, typed, message):
    proposal, lead = piloted
    page = browser(lead).submit(
        f"/pilots/{proposal.number}/benefit/promises/new", status=422, **{**FORECAST, **typed}
    )
    assert page.texts("p", "error-message") == [f"Error: {message}"]
    assert 'value="Olga Owner"' in page.html
    assert session.query(PromisedBenefit).count() == 0


def test_two_people_change_a_promise(piloted, world, browser, session):
    proposal, lead = piloted
    row = promised(world, proposal)
    visitor = browser(lead)
    url = f"/pilots/{proposal.number}/benefit/promises/{row.id}"
    page = visitor.get(url)
    row.likely = 1_200_00
    session.commit()
    page = visitor.submit(page, likely="1,100", status=409)
    assert "1,200" in page.text
    assert "1,100" in page.text
    session.expire_all()
    assert session.get(PromisedBenefit, row.id).likely == 1_200_00


def test_what_came_of_a_promise_is_recorded_corrected_and_worth_something(piloted, world, browser, session):
    proposal, lead = piloted
    since = scaled(world, proposal, 400)
    proposal.spent_cents = 1_000_00
    cash = promised(world, proposal, fixed_at=since)
    hours = promised(world, proposal, name="Time of clerks", kind=BenefitKind.HOURS, fixed_at=since)
    world.add(ScaleReadiness(proposal_id=proposal.id, recurring_cents=100_00))
    visitor, url = browser(lead), f"/pilots/{proposal.number}/benefit"
    page = visitor.get(url)
    assert [row[2] for row in rows(page, f"promise-{cash.id}")] == ["Overdue", "Overdue", "Not due yet"]
    visitor.submit(
        f"{url}/promises/{cash.id}/6", certainty="confirmed", amount="600", low="500", high="700",
        realised="Payroll, January to June",
    )  # fmt: skip
    visitor.submit(f"{url}/promises/{cash.id}/12", certainty="unknown", unknown_reason="The payroll moved")
    page = visitor.submit(
        f"{url}/promises/{hours.id}/6", certainty="estimated", amount="9.5", realised="A diary of one week"
    )
    assert [row[2:4] for row in rows(page, f"promise-{cash.id}")] == [
        ["Confirmed", "$600 from $500 to $700 60% of the likely forecast, below the lowest promised"],
        ["Unknown", "–"],
        ["Not due yet", "–"],
    ]
    assert rows(page, f"promise-{hours.id}")[0][2:4] == [
        "Estimated",
        "9.5 hours 1% of the likely forecast, below the lowest promised",
    ]
    # promised: -1000 + 900/1.03 + 900/1.0609 = 722.12; so far: -1000 + (300 - 50)/1.03 = -757.28
    assert [row[2] for row in rows(page, "promised-worth")] == ["$2,000", "$1,200", "$722", "$627"]
    assert [row[2] for row in rows(page, "realised-worth")] == ["$300", "$1,050", "−$757", "−$766"]
    assert "Unknown measurements: 1. Their time is left out, not counted as nothing." in page.text
    assert (
        "On the likely figures it pays back after 1.1 years and returns 50% a year on what it costs."
        in page.text
    )
    refused = visitor.submit(f"{url}/promises/{cash.id}/6", amount="", status=422)
    assert refused.texts("p", "error-message") == ["Error: Enter the amount, or choose unknown."]
    page = visitor.submit(f"{url}/promises/{cash.id}/6", amount="650")
    assert rows(page, f"promise-{cash.id}")[0][3].startswith("$650 from $500 to $700 65% of")
    visitor.get(f"{url}/promises/{cash.id}/7", 404)
    assert session.query(Benefit).count() == 3


def test_a_fixed_forecast_offers_no_change(piloted, world, browser):
    proposal, lead = piloted
    since = scaled(world, proposal)
    fixed = promised(world, proposal, fixed_at=since)
    late = promised(world, proposal, name="Thought of later")
    visitor, url = browser(lead), f"/pilots/{proposal.number}/benefit"
    page = visitor.get(url)
    assert "Forecast fixed" in page.texts("span", "tag")
    assert "Added after the decision" in page.texts("span", "tag")
    assert [f"{url}/promises/{row.id}" in page.links() for row in (fixed, late)] == [False, True]
    refused = visitor.submit(f"{url}/promises/{fixed.id}", likely="1,200", status=422)
    assert "This forecast is fixed and is not changed any more. Add a new one beside it." in refused.text


def test_a_scaled_record_without_a_promise_is_named_beside_the_register(world, browser):
    promised(world, world.proposal("Promising", step=Step.RUNNING))
    silent = world.proposal("Silent", step=Step.RUNNING)
    world.add(StageSpell(proposal_id=silent.id, stage=Stage.SCALE, entered_at=world.now))
    page = browser(world.person("Lou", Role.LEADERSHIP)).get("/benefits")
    assert f"so not in the register: Silent ({silent.number})" in page.text


def test_who_only_reads_sees_the_register_and_no_way_to_change_it(piloted, world, browser):
    proposal, _ = piloted
    row = promised(world, proposal)
    url = f"/pilots/{proposal.number}/benefit"
    reader = browser(world.person("Lou", Role.LEADERSHIP))
    page = reader.get(url)
    assert "$1,000 (from $800 to $1,500)" in page.text
    assert "Promise a benefit" not in page.text
    for path in ("new", f"{row.id}", f"{row.id}/6"):
        reader.get(f"{url}/promises/{path}", 403)
    stranger = browser(world.person("Pat", Role.PILOT_LEAD))
    for path in ("new", f"{row.id}", f"{row.id}/6"):
        stranger.get(f"{url}/promises/{path}", 404)


# the program


def measured(world, row, months, amount, certainty=Certainty.CONFIRMED, **values):
    unknown = certainty is Certainty.UNKNOWN
    return world.add(
        Benefit(
            **{
                "proposal_id": row.proposal_id,
                "promise_id": row.id,
                "months": months,
                "certainty": certainty,
                "amount": amount,
                "realised": "" if unknown else "Counted",
                "unknown_reason": "Nobody counted" if unknown else "",
                "recorded_at": world.now,
                **values,
            }
        )
    )


@pytest.fixture
def programme(world):
    """Five pilots that brought half of their forecast, an unknown one, a late one, and one of hours."""
    found = {}
    for number in range(1, 6):
        proposal = world.proposal(f"Pilot {number}", step=Step.RUNNING)
        since = scaled(world, proposal, 400)
        row = promised(world, proposal, name=f"Saving {number}", fixed_at=since)
        measured(world, row, 6, 900_00)
        measured(world, row, 12, 500_00, Certainty.CONFIRMED if number < 4 else Certainty.ESTIMATED)
        found[number] = row
    proposal = world.proposal("Pilot of all else", step=Step.RUNNING)
    since = scaled(world, proposal, 400)
    unknown = promised(world, proposal, name="Who knows", fixed_at=since)
    measured(world, unknown, 12, None, Certainty.UNKNOWN)
    late = promised(world, proposal, name="Thought of later", fixed_at=NOW)
    measured(world, late, 12, 9_000_00)
    hours = promised(
        world,
        proposal,
        name="=Time",
        kind=BenefitKind.HOURS,
        low=1,
        likely=100_00,
        high=200_00,
        fixed_at=since,
    )
    measured(world, hours, 6, 80_00)
    promised(world, world.proposal("Not scaled", step=Step.RUNNING), name="Waits")
    return found


def test_the_programme_counts_cash_and_hours_apart_and_unknown_never_as_nothing(programme, world, browser):
    reader = browser(world.person("Lou", Role.LEADERSHIP))
    page = reader.get("/benefits")
    assert rows(page, "totals") == [
        ["Cash8 benefits", "$8,000", "$10,500", "$1,000", "1", "1"],
        ["Staff hours1 benefit", "100 hours", "80 hours", "0 hours", "0", "0"],
    ]
    assert (
        "50% of the forecast was realized, over 5 pilots (95% confidence interval 50% to 50%). "
        "1 measurement says unknown: it is in neither sum. "
        "1 benefit was added after the decision and is left out."
    ) in page.text
    assert "Pilots with both a forecast and a measured benefit: 1. What is said of them" in page.text
    assert "Scaled without a promised benefit" not in page.text
    assert "Showing 1–9 of 9 benefits" in page.text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("kind=hours", ["=Time"]),
        ("certainty=unknown", ["Who knows"]),
        ("certainty=none", ["Waits"]),
        ("certainty=estimated&sort=benefit&order=desc", ["Saving 5", "Saving 4"]),
        (
            "months=6&sort=realised&order=asc&kind=cash&certainty=confirmed",
            [f"Saving {n}" for n in range(1, 6)],
        ),
        ("months=24&certainty=confirmed", []),
        ("kind=x&certainty=y&months=7&sort=z&page=-1", None),
    ],
)
def test_the_list_and_its_files_take_the_same_filters(programme, world, browser, query, names):
    reader = browser(world.person("Lou", Role.LEADERSHIP))
    page = reader.get(f"/benefits?{query}")
    file = reader.get(f"/benefits.csv?{query}").response.text
    lines = [line for line in file.lstrip("\ufeff").splitlines() if line][1:]
    if names is None:
        assert len(lines) == 9
        return
    assert [
        name.split(" Olga")[0] for row in (rows(page, "register") if names else []) for name in row[:1]
    ] == names
    assert len(lines) == len(names)
    assert all(name.lstrip("=") in line for name, line in zip(names, lines, strict=True))


def test_a_name_that_looks_like_a_formula_is_harmless_in_the_file(programme, world, browser):
    file = browser(world.person("Lou", Role.LEADERSHIP)).get("/benefits.csv?kind=hours").response.text
    assert ",'=Time," in file
    assert ",0.01,100,200," in file.replace(".0,", ",")


def test_only_records_that_may_be_seen_count(programme, world, browser, session):
    agency = world.agency("EDU")
    own = world.proposal("Own pilot", agency=agency, step=Step.RUNNING)
    promised(world, own, name="Own saving")
    limited = browser(world.person("Eva", (Role.EVALUATOR, agency)))
    page = limited.get("/benefits")
    assert [row[0].split(" Olga")[0] for row in rows(page, "register")] == ["Own saving"]
    assert rows(page, "totals")[0][1] == "$1,000"
    assert "Saving 1" not in limited.get("/benefits.csv").response.text
    assert "Saving 1" not in limited.get("/benefits/charts/cash.csv").response.text
    browser(world.person("Sue", (Role.SUBMITTER, agency))).get("/benefits", 403)


def test_the_charts_come_as_files(programme, world, browser):
    reader = browser(world.person("Lou", Role.LEADERSHIP))
    file = reader.get("/benefits/charts/cash.csv").response.text
    assert file.splitlines()[1].startswith("Saving 1 (")
    assert len([line for line in file.splitlines() if line.endswith(",unknown")]) == 1
    reader.get("/benefits/charts/nothing.svg", 404)


def test_the_page_costs_the_same_for_one_benefit_and_for_nine(world, browser, statements, request):
    reader = browser(world.person("Lou", Role.LEADERSHIP))
    promised(world, world.proposal("Alone", step=Step.RUNNING))
    reader.get("/benefits")
    with statements() as one:
        reader.get("/benefits")
    request.getfixturevalue("programme")
    world.session.commit()
    with statements() as many:
        reader.get("/benefits")
    assert len(many) == len(one)
