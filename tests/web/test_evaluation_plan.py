"""The evaluation plan in the browser: planned, locked by two, amended, and what it could detect."""

from __future__ import annotations

from datetime import date

import pytest

from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.models.evaluation import Amendment, EvaluationLock, ProcessChange
from incubator.models.pilots import Metric, Pilot, Reading
from tests.conftest import NOW
from tests.web.test_pilots import seen

PLAN = {
    "question": "Do people wait less?",
    "design": "before_after",
    "starts_on": "9/1/2026",
    "ends_on": "9/1/2027",
    "objectives": "Shorter waits",
    "methodology": "Read every month",
    "scalability": "Two counties ask for it",
    "analysis": "The change of the mean",
    "communication": "A letter each quarter",
}
WAIT = {
    "name": "Average wait",
    "kind": "goal",
    "direction": "down",
    "measure": "value",
    "unit": "min",
    "baseline": "50",
    "target": "30",
    "smallest_change": "15",
    "cadence": "monthly",
    "owner_name": "Service desk",
    "source": "Case system",
}
AMENDED = {"amend_reason": "The counter was closed.", "data_seen": "no"}


class Planned:
    """A record in the design stage with its people, at the address of its plan."""

    def __init__(self, world, browser):
        self.world = world
        agency = world.agency("DOT", "Department of Roads")
        self.proposal = world.proposal(
            "Permit helper", agency=agency, step=Step.DESIGN, technology="digital_service"
        )
        self.people = {
            name: world.person(name, role)
            for name, role in (("Lena", Role.PILOT_LEAD), ("Evan", Role.EVALUATOR), ("Gail", Role.GATEKEEPER))
        }
        world.pilot(self.proposal, lead_id=self.people["Lena"].id)
        self.url = f"/pilots/{self.proposal.number}"
        self.lena, self.evan, self.gail = map(browser, self.people.values())

    def complete(self):
        self.lena.submit(f"{self.url}/plan/edit", {**PLAN, "lead_id": str(self.people["Lena"].id)})
        self.lena.submit(f"{self.url}/metrics/new", WAIT)
        self.metric = self.world.session.query(Metric).filter_by(name="Average wait").one()
        self.edit = f"{self.url}/metrics/{self.metric.id}/edit"
        for month, value in enumerate((48, 52, 50, 47, 53, 51, 49, 50), start=1):
            self.world.add(
                Reading(
                    metric_id=self.metric.id,
                    taken_on=date(2026, month, 1),
                    value=value,
                    recorded_at=self.world.now,
                )
            )

    def propose(self):
        self.lena.submit(f"{self.url}/plan/lock", {})
        return f"{self.url}/plan/lock/{self.world.session.query(EvaluationLock).one().id}"

    def lock(self):
        self.complete()
        self.gail.submit(self.propose(), {})


@pytest.fixture
def planned(world, browser):
    return Planned(world, browser)


def test_the_page_names_what_lacks_and_leads_to_it(planned):
    page = planned.lena.get(f"{planned.url}/plan")
    assert "Write the question the pilot is to answer." in seen(page)
    assert "Define at least one goal." in seen(page)
    assert f"{planned.url}/plan/edit#question" in page.links()
    refused = planned.lena.submit(f"{planned.url}/plan/lock", {}, status=422)
    assert "Write the question the pilot is to answer." in seen(refused)


def test_a_plan_is_locked_by_two_and_says_so_everywhere(planned):
    planned.complete()
    page = planned.lena.get(f"{planned.url}/plan/lock")
    assert "Do people wait less?" in seen(page)
    assert "lies at or beyond −20 min (from 50 min to 30 min)" in seen(page)
    confirm = planned.propose()
    assert "The plan waits for its second name" in seen(planned.lena.get(f"{planned.url}/plan"))
    assert confirm in planned.evan.get(f"{planned.url}/plan").links()
    done = planned.gail.submit(confirm, {})
    assert "The plan is locked. From now on every change is an amendment." in seen(done)
    for path in ("/plan", "/metrics", f"/metrics/{planned.metric.id}", "/plan/power"):
        assert "by Lena and Gail, no amendments" in seen(planned.evan.get(planned.url + path)), path


def test_the_lead_and_who_proposed_it_do_not_confirm(planned):
    planned.complete()
    confirm = planned.propose()
    planned.lena.get(confirm, status=403)
    planned.gail.get(f"{planned.url}/plan/lock", status=403)
    planned.gail.get(f"{planned.url}/plan/lock/987654", status=404)


def test_a_plan_that_changed_is_not_confirmed(planned, session):
    planned.complete()
    confirm = planned.propose()
    stale = {"seen": session.query(EvaluationLock).one().sha256, "csrf_token": planned.gail.token()}
    planned.lena.submit(planned.edit, {**WAIT, "target": "35"})
    planned.gail.post(confirm, stale, status=409)
    assert "The plan changed since it was proposed" in seen(planned.gail.get(f"{planned.url}/plan"))
    assert session.query(EvaluationLock).one().confirmed_at is None


def test_an_underpowered_plan_asks_for_a_reason_beside_its_field(planned, session):
    planned.complete()
    planned.lena.submit(planned.edit, {**WAIT, "smallest_change": "0.1"})
    confirm = planned.propose()
    refused = planned.gail.submit(confirm, {"reason": " "}, status=422)
    assert "Say why the plan is locked although it could miss" in seen(refused)
    planned.gail.submit(confirm, {"reason": "The old system ends in May."})
    assert session.query(EvaluationLock).one().accepted_reason == "The old system ends in May."
    assert "Gail locked the plan although Average wait could miss" in seen(
        planned.evan.get(f"{planned.url}/plan")
    )


def test_who_proposed_takes_it_back(planned, session):
    planned.complete()
    confirm = planned.propose()
    planned.evan.post(f"{confirm}/withdraw", {"csrf_token": planned.evan.token()}, status=403)
    planned.lena.submit(f"{planned.url}/plan", action=f"{confirm}/withdraw")
    assert session.query(EvaluationLock).one().withdrawn_at is not None
    planned.gail.get(confirm, status=404)


def test_an_amendment_asks_why_and_keeps_what_was_typed(planned, session):
    planned.lock()
    refused = planned.lena.submit(planned.edit, {**WAIT, "target": "40", "source": "New system"}, status=422)
    assert "The plan is locked: say why it is changed." in seen(refused)
    assert "New system" in [field.get("value") for field in refused.tree.iter() if field.get("value")]
    planned.lena.submit(planned.edit, {**WAIT, "target": "40", **AMENDED})
    assert session.query(Amendment).one().changes == {"target": {"was": 30.0, "is": 40.0}}
    page = seen(planned.evan.get(f"{planned.url}/metrics/{planned.metric.id}"))
    assert "Target or limit 30 → became 40" in page
    assert "No data had been seen when this was decided." in page
    assert "The counter was closed." in seen(planned.evan.get(f"{planned.url}/plan"))


def test_what_is_added_afterwards_is_marked_everywhere(planned):
    planned.lock()
    planned.lena.submit(f"{planned.url}/metrics/new", {**WAIT, "name": "Visits"}, status=422)
    planned.lena.submit(f"{planned.url}/metrics/new", {**WAIT, "name": "Visits", **AMENDED})
    for path in ("/plan", "/metrics"):
        page = seen(planned.evan.get(planned.url + path))
        assert page.count("Added afterwards: cannot carry the decision") == 1, path


def test_a_locked_criterion_is_set_aside_with_a_reason(planned, session):
    planned.lock()
    remove = f"{planned.url}/metrics/{planned.metric.id}/remove"
    planned.lena.submit(remove, {}, status=422)
    assert session.get(Metric, planned.metric.id).archived_at is None
    planned.lena.submit(remove, AMENDED)
    assert session.query(Amendment).one().changes == {"set_aside": {"was": False, "is": True}}


def test_a_template_gives_criteria_to_start_from(planned, session):
    page = planned.lena.get(f"{planned.url}/plan/templates")
    assert "Applications finished (Goal)" in seen(page)
    refused = planned.lena.submit(f"{planned.url}/plan/templates", {}, status=422)
    assert "Tick at least one criterion." in seen(refused)
    planned.lena.submit(f"{planned.url}/plan/templates", {"chosen": ["completion", "calls"]})
    rows = session.query(Metric).order_by(Metric.id)
    assert [(row.name, row.measure.value, row.per, row.baseline) for row in rows] == [
        ("Applications finished", "share", 1.0, None),
        ("Calls for help", "rate", 100.0, None),
    ]
    again = seen(planned.lena.get(f"{planned.url}/plan/templates"))
    assert "Already in the plan: Applications finished, Calls for help." in again
    other = seen(planned.lena.get(f"{planned.url}/plan/templates?kind=security"))
    assert "Days until a serious weakness is closed" in other


@pytest.mark.parametrize("kind", ["", "nonsense", "'\"><script>"])
def test_an_unknown_kind_has_the_template_of_the_record(planned, kind):
    page = planned.lena.get(f"{planned.url}/plan/templates?kind={kind}")
    assert page.heading == "Start from a template"


def test_the_page_says_what_the_pilot_could_detect(planned):
    planned.complete()
    page = seen(planned.evan.get(f"{planned.url}/plan/power"))
    assert "Detects the worthwhile change" in page
    assert "The smallest worthwhile change, 15, can be detected from month 8 on." in page
    csv = planned.evan.client.get(f"{planned.url}/metrics/{planned.metric.id}/power.csv")
    assert csv.get_data().decode("utf-8-sig").splitlines()[0].startswith("Month,Cases,Smallest detectable")


def test_a_share_typed_with_its_counts_and_a_rate_that_says_for_how_many(planned, session):
    planned.complete()
    share = {**WAIT, "name": "Finished", "measure": "share", "unit": "", "direction": "up", "target": "75 %"}
    planned.lena.submit(f"{planned.url}/metrics/new", share)
    rate = {**WAIT, "name": "Errors", "measure": "rate", "unit": "errors"}
    refused = planned.lena.submit(f"{planned.url}/metrics/new", rate, status=422)
    assert "Enter for how many it is counted" in seen(refused)
    metric = session.query(Metric).filter_by(name="Finished").one()
    assert (metric.unit, metric.target) == ("%", 75.0)
    page = f"{planned.url}/metrics/{metric.id}"
    form = {"taken_on": "10/1/2026", "numerator": "13", "denominator": "20", "unit": "North"}
    planned.lena.submit(page, form, holding="taken_on")
    row = session.query(Reading).filter_by(metric_id=metric.id).one()
    assert (row.value, row.numerator, row.denominator, row.unit) == (65.0, 13.0, 20.0, "North")


def test_pasted_counts_of_two_sides_are_recorded(planned, session):
    planned.complete()
    metric = planned.metric
    text = (
        "date,value,arm,site\n2026-10-01,41,pilot,North\n2026-10-01,47,control,North\n2026-10-01,9,other,X\n"
    )
    page = f"{planned.url}/metrics/{metric.id}/readings/import"
    preview = planned.lena.submit(page, {"pasted": text})
    assert "arm: neither pilot nor comparison" in seen(preview)
    planned.lena.submit(preview, holding="rows")
    rows = session.query(Reading).filter_by(metric_id=metric.id, taken_on=date(2026, 10, 1))
    assert sorted((row.arm.value, row.unit, row.value) for row in rows) == [
        ("comparison", "North", 47.0),
        ("pilot", "North", 41.0),
    ]
    listed = planned.evan.get(f"{planned.url}/metrics/{metric.id}?arm=comparison")
    assert "Comparison (1)" in seen(listed)


def test_a_change_of_the_process_is_noted_and_struck(planned, session):
    planned.complete()
    new = f"{planned.url}/process-changes/new?metric={planned.metric.id}"
    refused = planned.lena.submit(
        new, {"happened_on": f"1/1/{NOW.year + 2}", "what": "A second clerk"}, status=422
    )
    assert "A change that has not happened yet cannot be noted." in seen(refused)
    note = {"happened_on": "3/1/2026", "what": "A second clerk", "new_limits": "y"}
    page = seen(planned.lena.submit(new, note))
    assert "A second clerk" in page
    assert "New limits from here" in page
    change = session.query(ProcessChange).one()
    struck = planned.lena.submit(
        f"{planned.url}/process-changes/{change.id}/strike", {"reason": "It was another office"}
    )
    assert "It was another office" in seen(struck)
    assert "New limits from here" not in seen(struck)


def test_a_stale_plan_shows_both_versions(planned, session):
    planned.complete()
    version = session.query(Pilot).one().version
    lead = str(planned.people["Lena"].id)
    planned.lena.submit(f"{planned.url}/plan/edit", {**PLAN, "lead_id": lead, "question": "Theirs"})
    token = planned.evan.token()
    page = planned.evan.post(
        f"{planned.url}/plan/edit",
        {**PLAN, "lead_id": lead, "question": "Mine", "version": str(version), "csrf_token": token},
        status=409,
    )
    assert "Theirs" in seen(page)
    assert "Mine" in seen(page)
