"""What must hold across the demonstration's files, beyond the form of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from incubator.demonstration import illustrated as ill
from incubator.demonstration import published as pub
from incubator.demonstration.reading import DataError, Provenance

if TYPE_CHECKING:
    from incubator.demonstration.facts import Demonstration

CEILINGS = {
    2017: {1: 15_000, 2: 150_000, 3: 500_000},
    2018: {1: 20_000, 2: 175_000, 3: 650_000},
}
"""What a phase could cost in each fiscal year, in dollars, as the two reports print it."""


def check(demonstration: Demonstration) -> None:
    """Raise DataError at the first contradiction."""
    for one in (
        _unique_keys,
        _classified,
        _offices,
        _project_phases,
        _programme_figures,
        _told_apart,
        _people,
        _accounts,
        _calls,
        _proposals,
        _decisions,
        _reviews,
        _rounds,
        _pilots,
    ):
        rule: Callable[[Demonstration], None] = one
        rule(demonstration)


def _need(holds: bool, message: str) -> None:
    if not holds:
        raise DataError(message)


def _unique(kind: str, keys: Iterable[object]) -> None:
    doubled = sorted(str(key) for key, count in Counter(keys).items() if count > 1)
    _need(not doubled, f"{kind}: {', '.join(doubled)} occurs more than once")


def _ascending(what: str, numbers: Sequence[int | None]) -> None:
    given = [number for number in numbers if number is not None]
    _need(given == sorted(given), f"{what}: the order of time is broken in {given}")


def _unique_keys(demonstration: Demonstration) -> None:
    invented = demonstration.illustration
    _unique("themes", (theme.key for theme in demonstration.themes))
    _unique("technologies", (technology.key for technology in demonstration.technologies))
    _unique("agencies", (agency.code for agency in demonstration.agencies))
    for agency in demonstration.agencies:
        _unique(f"units of {agency.code}", (unit.code for unit in agency.units))
        _need(agency.code.isupper() and len(agency.code) <= 8, f"{agency.code}: up to 8 capitals are needed")
    _unique("projects", (project.key for project in demonstration.projects))
    _unique("ideas", (idea.key for idea in demonstration.ideas))
    _unique("featured", (featured.key for featured in demonstration.featured))
    _unique("state pilots", (pilot.key for pilot in demonstration.state_pilots))
    _unique("CMS pilots", (pilot.key for pilot in demonstration.cms))
    _unique("people", (person.key for person in invented.people))
    _unique("e-mail addresses", (person.email for person in invented.people))
    _unique("calls", (call.key for call in invented.calls))
    _unique("accounts", (account.agency for account in invented.accounts))
    _unique("needs", (need.key for account in invented.accounts for need in account.needs))
    _unique("proposals", (proposal.idea for proposal in invented.proposals))
    _unique("pilots", (pilot.idea for pilot in invented.pilots))
    _unique("reviews", ((review.idea, review.reviewer) for review in invented.reviews))


def _classified(demonstration: Demonstration) -> None:
    themes = {theme.key for theme in demonstration.themes}
    technologies = {technology.key for technology in demonstration.technologies}
    featured = {featured.key for featured in demonstration.featured}
    entries: list[pub.Project | pub.Idea | pub.Featured | pub.CmsPilot] = []
    entries += [*demonstration.projects, *demonstration.ideas, *demonstration.featured, *demonstration.cms]
    for entry in entries:
        _need(entry.theme in themes, f"{entry.key}: no theme {entry.theme}")
        _need(entry.technology in technologies, f"{entry.key}: no technology {entry.technology}")
    linked_entries: list[pub.Project | pub.Idea] = [*demonstration.projects, *demonstration.ideas]
    for linked in linked_entries:
        _need(linked.featured is None or linked.featured in featured, f"{linked.key}: no {linked.featured}")


def _offices(demonstration: Demonstration) -> None:
    units = {agency.code: {unit.code for unit in agency.units} for agency in demonstration.agencies}

    def known(what: str, agency: str, unit: str | None) -> None:
        _need(agency in units, f"{what}: no agency {agency}")
        _need(unit is None or unit in units[agency], f"{what}: no unit {unit} in {agency}")

    entries: list[pub.Project | pub.Idea | pub.CmsPilot] = []
    entries += [*demonstration.projects, *demonstration.ideas, *demonstration.cms]
    for entry in entries:
        known(entry.key, entry.agency, entry.unit)
    for idea in demonstration.ideas:
        for partner in idea.joint_with:
            known(idea.key, partner, None)
    for person in demonstration.illustration.people:
        known(person.key, person.agency, person.unit)
        for code in person.limited_to:
            known(person.key, code, None)
    for account in demonstration.illustration.accounts:
        known("accounts", account.agency, None)


def _project_phases(demonstration: Demonstration) -> None:
    for project in demonstration.projects:
        steps = [(phase.fiscal_year, phase.phase) for phase in project.phases]
        _need(bool(steps), f"{project.key}: no phase")
        _need(steps == sorted(set(steps)), f"{project.key}: phases out of order")
        phases = [number for _, number in steps]
        _need(phases == list(range(phases[0], phases[0] + len(phases))), f"{project.key}: a phase is skipped")
        for phase in project.phases:
            ceiling = CEILINGS.get(phase.fiscal_year, {}).get(phase.phase)
            _need(phase.ceiling_dollars == ceiling, f"{project.key}: ceiling {phase.ceiling_dollars}")


def _programme_figures(demonstration: Demonstration) -> None:
    programme = demonstration.programme
    _need(sum(reason.percent for reason in programme.end_reasons) == 100, "end reasons: not 100 percent")
    _ascending("years", [year.fiscal_year for year in programme.years])
    _unique("budgets", ((budget.fiscal_year, budget.phase) for budget in programme.budgets))
    for year in programme.years:
        _need(year.suspect == (year.ideas_printed is not None), f"{year.fiscal_year}: flag without figure")
        _need(not year.suspect or year.note is not None, f"{year.fiscal_year}: flag without note")
    funnel = programme.funnel
    _need(funnel.ideas >= funnel.investigated >= funnel.developed, "funnel: widens")


def _told_apart(demonstration: Demonstration) -> None:
    """Published files name their source; invented ones lie in their own folder."""
    for name, head in demonstration.heads.items():
        invented = name.startswith("illustration/") or name == "classification.toml"
        expected = Provenance.ILLUSTRATION if invented else Provenance.PUBLISHED
        _need(head.provenance is expected, f"{name}: is {head.provenance}")


def _people(demonstration: Demonstration) -> None:
    people = demonstration.illustration.people
    held = {role for person in people for role in person.roles}
    missing = [role for role in ill.Role if role not in held]
    _need(not missing, f"people: nobody is {', '.join(missing)}")
    for person in people:
        _need(person.email.endswith("@example.gov"), f"{person.key}: {person.email} could be real")


def _accounts(demonstration: Demonstration) -> None:
    invented = demonstration.illustration
    ideas = {idea.key for idea in demonstration.ideas}
    people = {person.key: person for person in invented.people}
    questions = len(invented.survey.questions)
    for account in invented.accounts:
        lead = people.get(account.lead)
        _need(lead is not None, f"{account.agency}: no person {account.lead}")
        assert lead is not None
        _need(account.agency in lead.limited_to, f"{account.agency}: {lead.key} does not look after it")
        ranks = sorted(need.rank for need in account.needs)
        _need(ranks == list(range(1, len(ranks) + 1)), f"{account.agency}: ranks {ranks}")
        _need(len(account.responses) <= account.invited, f"{account.agency}: more answers than invitations")
        for need in account.needs:
            _need(set(need.answered_by) <= ideas, f"{need.key}: {need.answered_by}")
        for response in account.responses:
            _need(len(response.scores) == questions, f"{account.agency}: {response.scores}")
            _need(all(1 <= score <= 5 for score in response.scores), f"{account.agency}: {response.scores}")
        for meeting in account.meetings:
            _need(set(meeting.people) <= set(people), f"{account.agency}: {meeting.people}")


def _calls(demonstration: Demonstration) -> None:
    calls = demonstration.illustration.calls
    for call in calls:
        _ascending(f"call {call.key}", [call.opens_day, call.closes_day, call.decides_day])
    running = [call.key for call in calls if call.opens_day <= 0 <= call.closes_day]
    _need(len(running) == 1, f"calls: {running} are open")


def _proposals(demonstration: Demonstration) -> None:
    invented = demonstration.illustration
    ideas = {idea.key: idea for idea in demonstration.ideas}
    calls = {call.key: call for call in invented.calls}
    people = {person.key: person for person in invented.people}
    needs = {need.key for account in invented.accounts for need in account.needs}
    reasons = {reason.key for reason in demonstration.programme.end_reasons}
    for proposal in invented.proposals:
        what = f"proposal {proposal.idea}"
        _need(proposal.idea in ideas, f"{what}: no such idea")
        _need(proposal.author in people, f"{what}: no author {proposal.author}")
        author = people[proposal.author]
        _need(ideas[proposal.idea].agency in author.limited_to, f"{what}: wrong author")
        _need(proposal.need is None or proposal.need in needs, f"{what}: no need {proposal.need}")
        _need(proposal.end_reason is None or proposal.end_reason in reasons, f"{what}: {proposal.end_reason}")
        _need(set(proposal.answers or {}) <= set(ill.SECTIONS), f"{what}: unknown section")
        _need(proposal.cost_dollars is None or set(proposal.cost_dollars) == set(ill.COSTS), f"{what}: costs")
        days = [proposal.created_day, proposal.signed_off_day, proposal.submitted_day]
        _ascending(what, [*days, *(decision.day for decision in proposal.decisions), 0])
        if proposal.call is not None and proposal.submitted_day is not None:
            call = calls[proposal.call]
            _need(call.opens_day <= proposal.submitted_day <= call.closes_day, f"{what}: outside its call")


def _decisions(demonstration: Demonstration) -> None:
    invented = demonstration.illustration
    ideas = {idea.key: idea for idea in demonstration.ideas}
    people = {person.key: person for person in invented.people}
    may = {
        ill.Gate.SCREENING: {ill.Role.COORDINATOR},
        ill.Gate.SCALE: {ill.Role.GATEKEEPER, ill.Role.LEADERSHIP},
        ill.Gate.BENEFIT: {ill.Role.LEADERSHIP},
    }
    for proposal in invented.proposals:
        for decision in proposal.decisions:
            what = f"{proposal.idea} {decision.gate}"
            person = people[decision.by]
            _need(
                bool(may.get(decision.gate, {ill.Role.GATEKEEPER}) & set(person.roles)),
                f"{what}: {person.key}",
            )
            if decision.gate is ill.Gate.SELECTION:
                _need(person.agency != ideas[proposal.idea].agency, f"{what}: {person.key} has a conflict")
            held = decision.outcome is ill.GateOutcome.HOLD
            _need(held == (decision.hold_until_day is not None), f"{what}: hold and its day")
            bound = decision.outcome is ill.GateOutcome.ADVANCE_WITH_CONDITIONS
            _need(bound == bool(decision.conditions), f"{what}: conditions")
            _second(decision, people, may, what)


def _second(
    decision: ill.Decision,
    people: dict[str, ill.Person],
    may: dict[ill.Gate, set[ill.Role]],
    what: str,
) -> None:
    _need(bool(decision.against_criteria) == (decision.second is not None), f"{what}: reason and second name")
    if decision.second is not None:
        _need(decision.gate is ill.Gate.SCALE, f"{what}: only the scale decision has criteria to follow")
        _need(decision.second != decision.by, f"{what}: the second is somebody else")
        _need(bool(may[decision.gate] & set(people[decision.second].roles)), f"{what}: {decision.second}")


def _reviews(demonstration: Demonstration) -> None:
    invented = demonstration.illustration
    ideas = {idea.key: idea for idea in demonstration.ideas}
    proposals = {proposal.idea: proposal for proposal in invented.proposals}
    people = {person.key: person for person in invented.people}
    both: list[ill.Review | ill.Assigned] = [*invented.reviews, *invented.assigned]
    for one in both:
        reviewer = people[one.reviewer]
        _need(one.idea in proposals, f"review of {one.idea}: no such proposal")
        _need(ill.Role.REVIEWER in reviewer.roles, f"review of {one.idea}: {reviewer.key} is no reviewer")
        _need(
            reviewer.agency != ideas[one.idea].agency, f"review of {one.idea}: {reviewer.key} has a conflict"
        )
    for review in invented.reviews:
        what = f"review of {review.idea} by {review.reviewer}"
        submitted = proposals[review.idea].submitted_day
        _need(submitted is not None and submitted < review.day <= 0, f"{what}: day {review.day}")
        _need(tuple(review.scores) == ill.CRITERIA, f"{what}: criteria")
        _need(all(1 <= score <= 5 for score, _ in review.scores.values()), f"{what}: score")
        _need(1 <= review.confidence <= 3, f"{what}: confidence")


def _rounds(demonstration: Demonstration) -> None:
    invented, rounds = demonstration.illustration, demonstration.illustration.rounds
    ideas = {idea.key: idea for idea in demonstration.ideas}
    people = {person.key: person for person in invented.people}
    judged = {proposal.idea for proposal in invented.proposals if proposal.call == rounds.meeting.call}
    themes = {theme.key for theme in demonstration.themes}
    experts = {expert.person for expert in rounds.experts}
    for expert in rounds.experts:
        _need(ill.Role.REVIEWER in people[expert.person].roles, f"{expert.person}: is no reviewer")
        _need(set(expert.themes) <= themes, f"{expert.person}: themes {sorted(expert.themes)}")
    told: list[tuple[str, str]] = [(bid.idea, bid.reviewer) for bid in rounds.bids]
    told += [(note.idea, note.by) for note in rounds.notes]
    told += [(summary.idea, summary.by) for summary in rounds.summaries]
    told += [(prepared.idea, prepared.by) for prepared in rounds.prepared]
    for idea, person in told:
        _need(idea in judged, f"{idea}: is not in the call that is judged")
        _need(people[person].agency != ideas[idea].agency or person == "coordinator", f"{idea}: {person}")
    for bid in rounds.bids:
        _need(bid.reviewer in experts, f"{bid.idea}: {bid.reviewer} is not on the list")
    panel = rounds.elsewhere
    lowest, highest = panel.scale
    for proposal in panel.proposals:
        for reviewer, scores in proposal.scores.items():
            what = f"{proposal.title} by {reviewer}"
            _need(len(scores) == len(panel.criteria), f"{what}: {len(scores)} scores")
            _need(all(lowest <= score <= highest for score in scores), f"{what}: off the scale")


def _pilots(demonstration: Demonstration) -> None:
    invented = demonstration.illustration
    proposals = {proposal.idea for proposal in invented.proposals}
    people = {person.key for person in invented.people}
    for pilot in invented.pilots:
        what = f"pilot {pilot.idea}"
        _need(pilot.idea in proposals, f"{what}: no such proposal")
        _need(pilot.lead in people, f"{what}: no lead {pilot.lead}")
        _ascending(what, [pilot.start_day, pilot.midpoint_day, pilot.end_day])
        _ascending(f"{what} reports", [report.day for report in pilot.reports])
        _unique(f"{what} metrics", (metric.key for metric in pilot.metrics))
        for metric in pilot.metrics:
            _metric(what, metric, people)
        for spending in pilot.spending:
            _need(spending.category in ill.COSTS, f"{what}: {spending.category}")
            _need(
                spending.first_month + len(spending.dollars) <= 0, f"{what}: money spent after the load day"
            )
            _need(min(spending.dollars) >= 0, f"{what}: negative spending")
        for risk in pilot.risks:
            _need({risk.likelihood, risk.impact} <= {1, 2, 3, 4, 5}, f"{what}: {risk.text}")


def _metric(what: str, metric: ill.Metric, people: set[str]) -> None:
    place = f"{what} {metric.key}"
    _need(metric.owner in people, f"{place}: no owner {metric.owner}")
    _need(metric.first_month + len(metric.values) <= 0, f"{place}: readings after the load day")
    _need(metric.counts is None or len(metric.counts) == len(metric.values), f"{place}: counts")
    context = metric.kind is ill.MetricKind.CONTEXT
    _need(
        context == (metric.target is None), f"{place}: a goal or guardrail needs a target, context has none"
    )
    if metric.kind is ill.MetricKind.GOAL and metric.target is not None:
        better = metric.target - metric.baseline
        _need(
            better > 0 if metric.direction == "higher" else better < 0, f"{place}: target on the wrong side"
        )
