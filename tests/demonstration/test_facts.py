"""The demonstration's facts: what must be there, and that it stands on its own."""

import itertools
from collections import Counter
from datetime import date
from importlib.resources import files

import pytest

from incubator.demonstration.facts import call_title, fiscal_year_days, load, month_days, placed
from incubator.demonstration.illustrated import Gate, Role, Standing
from incubator.demonstration.published import LaterEvent, Outcome
from incubator.demonstration.reading import Provenance

DEMONSTRATION = load()


def test_the_ledger_is_complete() -> None:
    outcomes = Counter(phase.outcome for project in DEMONSTRATION.projects for phase in project.phases)
    assert len(DEMONSTRATION.projects) == 38
    assert outcomes == {
        Outcome.ADVANCE: 20,
        Outcome.STOP: 9,
        Outcome.GOAL_MET: 6,
        Outcome.CANCELLED: 3,
        Outcome.HOLD: 1,
        Outcome.IN_PROGRESS: 15,
        Outcome.APPROVED_NOT_STARTED: 1,
    }
    years = Counter(
        (phase.fiscal_year, phase.phase) for one in DEMONSTRATION.projects for phase in one.phases
    )
    assert years == {(2017, 1): 19, (2017, 2): 4, (2017, 3): 1, (2018, 1): 16, (2018, 2): 12, (2018, 3): 3}


def test_ideas_and_features_are_complete() -> None:
    assert Counter(idea.cohort for idea in DEMONSTRATION.ideas) == {2021: 22, 2022: 25, 2023: 17}
    assert Counter(one.status for one in DEMONSTRATION.featured) == {
        "in_progress": 7,
        "done": 3,
        "graduated": 6,
    }


def test_histories_that_run_over_several_years() -> None:
    eligibility = DEMONSTRATION.project("eligibility")
    assert [(phase.fiscal_year, phase.phase) for phase in eligibility.phases] == [
        (2017, 1),
        (2018, 2),
        (2018, 3),
    ]
    assert [later.event for later in eligibility.later] == [LaterEvent.PHASE_4, LaterEvent.GRADUATED]
    assert eligibility.formerly == ("Eligibility and Enrollment",)
    assert "U.S. Data Federation" in (eligibility.phases[2].source_note or "")
    federation = DEMONSTRATION.project("us-data-federation")
    assert [phase.phase for phase in federation.phases] == [2, 3]
    assert [later.event for later in federation.later] == [LaterEvent.PHASE_4, LaterEvent.GRADUATED]
    notifications = DEMONSTRATION.project("notifications").phases[-1]
    assert (notifications.phase, notifications.outcome) == (2, Outcome.STOP)
    assert "look at it again" in notifications.reason
    assert [phase.phase for phase in DEMONSTRATION.project("grantee-reporting").phases] == [1, 2, 3]
    assert DEMONSTRATION.project("pra-guide").later[-1].event is LaterEvent.GRADUATED


def test_an_unstated_office_is_said_to_be_unstated() -> None:
    unstated = [one for one in (*DEMONSTRATION.projects, *DEMONSTRATION.ideas) if not one.origin_stated]
    assert {(one.agency, one.unit) for one in unstated} == {("GSA", "10X")}
    assert len([idea for idea in DEMONSTRATION.ideas if not idea.origin_stated]) == 22


def test_the_typing_error_of_2022_is_flagged_and_not_used() -> None:
    suspects = [year for year in DEMONSTRATION.programme.years if year.suspect]
    assert [(year.fiscal_year, year.ideas_received, year.ideas_printed) for year in suspects] == [
        (2022, 181, 1881)
    ]
    funnel = DEMONSTRATION.programme.funnel
    assert (funnel.ideas, funnel.investigated, funnel.developed) == (181, 25, 7)
    assert [reason.percent for reason in DEMONSTRATION.programme.end_reasons] == [48, 26, 11, 7, 4, 4]


def test_invented_and_published_are_told_apart() -> None:
    invented = DEMONSTRATION.illustration
    everything_invented = (
        *invented.people,
        *invented.calls,
        *invented.accounts,
        *invented.proposals,
        *invented.reviews,
        *invented.pilots,
        *(metric for pilot in invented.pilots for metric in pilot.metrics),
    )
    assert {one.provenance for one in everything_invented} == {Provenance.ILLUSTRATION}
    published = (*DEMONSTRATION.projects, *DEMONSTRATION.ideas, *DEMONSTRATION.featured, *DEMONSTRATION.cms)
    assert {one.provenance for one in published} == {Provenance.PUBLISHED}
    assert {one.provenance for one in DEMONSTRATION.state_pilots} == {Provenance.PUBLISHED}


def test_every_published_figure_names_its_page_and_what_was_read() -> None:
    figures = [figure for pilot in DEMONSTRATION.state_pilots for figure in pilot.figures]
    assert len(figures) == 10
    assert all(figure.source_url.startswith("https://") for figure in figures)
    assert all(figure.verification.startswith(("Read", "Participants")) for figure in figures)
    assert [pilot.completed for pilot in DEMONSTRATION.cms].count(True) == 2


def test_every_role_and_every_standing_is_shown() -> None:
    invented = DEMONSTRATION.illustration
    assert {role for person in invented.people for role in person.roles} == set(Role)
    assert {proposal.standing for proposal in invented.proposals} == set(Standing)


def test_reviewed_proposals_have_three_reviews_and_reasons_of_their_own() -> None:
    invented = DEMONSTRATION.illustration
    reviews = Counter(review.idea for review in invented.reviews)
    assigned = Counter(one.idea for one in invented.assigned)
    assert len(reviews) == 16
    assert {reviews[idea] + assigned[idea] for idea in reviews} == {3}
    comments = [review.comment for review in invented.reviews]
    assert len(set(comments)) == len(comments)
    reasons = [reason for review in invented.reviews for _, reason in review.scores.values()]
    assert len(reasons) == 47 * 7
    assert max(map(len, reasons)) > 60
    assert len(set(reasons)) > len(reasons) * 0.75


def test_a_submitted_proposal_is_complete() -> None:
    unfinished = {Standing.DRAFT_IDEA: 0, Standing.DRAFT_FULL: 4}
    for proposal in DEMONSTRATION.illustration.proposals:
        assert len(proposal.answers or {}) == unfinished.get(proposal.standing, 13), proposal.idea
        if proposal.submitted_day is not None:
            assert None not in (proposal.cost_dollars, proposal.staff_hours, proposal.weeks), proposal.idea


def test_reviews_lie_between_screening_and_selection() -> None:
    invented = DEMONSTRATION.illustration
    proposals = {proposal.idea: proposal for proposal in invented.proposals}
    for review in invented.reviews:
        days = {decision.gate: decision.day for decision in reversed(proposals[review.idea].decisions)}
        assert days[Gate.SCREENING] < review.day < days.get(Gate.SELECTION, 1), (review.idea, review.reviewer)


def test_pilots_follow_their_launch() -> None:
    invented = DEMONSTRATION.illustration
    proposals = {proposal.idea: proposal for proposal in invented.proposals}
    for pilot in invented.pilots:
        launches = [one.day for one in proposals[pilot.idea].decisions if one.gate is Gate.LAUNCH]
        assert len(launches) == 1
        assert 0 <= pilot.start_day - launches[0] <= 14
        assert all((one.done_day or -1) <= 0 for one in pilot.milestones)
        assert all(one.day <= 0 for one in pilot.reports)
        for spending in pilot.spending:
            assert sum(spending.dollars) <= spending.budget_dollars * 1.15, (pilot.idea, spending.category)


def test_series_behave_as_they_are_described() -> None:
    pilots = {pilot.idea: pilot for pilot in DEMONSTRATION.illustration.pilots}
    metrics = {metric.key: metric for pilot in pilots.values() for metric in pilot.metrics}
    lengths = {len(metric.values) for metric in metrics.values()}
    assert lengths == {5, 15, 18, 20, 27, 33}

    def mean(key: str, first: int, last: int | None = None) -> float:
        values = metrics[key].values[first:last]
        return sum(values) / len(values)

    assert mean("days-to-permit", -4) < 0.75 * mean("days-to-permit", 0, 12)
    assert abs(mean("reached", 12) - mean("reached", 0, 12)) < 0.25
    limit = metrics["phone-gave-up"].target
    assert limit is not None
    assert mean("phone-gave-up", 0, 12) < limit < mean("phone-gave-up", -3)


def test_phases_are_placed_by_a_stated_convention() -> None:
    assert fiscal_year_days(2017) == (date(2016, 10, 1), date(2017, 9, 30))
    one_year = placed(DEMONSTRATION.project("boise-ato"))
    assert [(span.first_day, span.last_day) for span in one_year] == [
        (date(2016, 10, 1), date(2017, 3, 31)),
        (date(2017, 4, 1), date(2017, 9, 30)),
    ]
    assert {span.precision for span in one_year} == {"fiscal year"}
    for project in DEMONSTRATION.projects:
        spans = placed(project)
        assert all(span.first_day < span.last_day for span in spans)
        assert all(a.last_day < b.first_day for a, b in itertools.pairwise(spans))


@pytest.mark.parametrize(
    ("load_day", "offset", "expected"),
    [
        (date(2027, 3, 31), -1, (date(2027, 2, 27), date(2027, 3, 26))),
        (date(2028, 3, 1), -1, (date(2028, 1, 26), date(2028, 2, 25))),
        (date(2027, 1, 15), -13, (date(2025, 12, 11), date(2026, 1, 10))),
        (date(2026, 12, 31), 0, (date(2026, 12, 27), date(2027, 1, 26))),
    ],
)
def test_months_count_from_the_load_day(load_day: date, offset: int, expected: tuple[date, date]) -> None:
    assert month_days(load_day, offset) == expected


def test_a_call_is_named_after_its_season() -> None:
    assert call_title(date(2027, 3, 1)) == "Spring 2027 call"
    assert call_title(date(2026, 12, 5)) == "Winter 2027 call"
    assert call_title(date(2027, 2, 28)) == "Winter 2027 call"


@pytest.mark.parametrize("month", range(1, 13))
def test_calls_have_names_of_their_own_on_any_load_day(month: int) -> None:
    load_day = date(2027, month, 28).toordinal()
    calls = DEMONSTRATION.illustration.calls
    titles = {call_title(date.fromordinal(load_day + call.opens_day)) for call in calls}
    assert len(titles) == len(calls)


def test_the_files_lie_in_the_package_and_each_says_what_it_is() -> None:
    folder = files("incubator.demonstration").joinpath("data")
    for name in DEMONSTRATION.heads:
        text = folder.joinpath(*name.split("/")).read_text(encoding="utf-8")
        assert text.startswith("# ")
