"""The demonstration's data, read from the package and checked. No database is touched.

>>> demonstration = load()
>>> demonstration.project("eligibility").phases[-1].outcome
<Outcome.IN_PROGRESS: 'in_progress'>
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from incubator.demonstration import illustrated as ill
from incubator.demonstration import illustrated_rounds as rounds
from incubator.demonstration import published as pub
from incubator.demonstration.checks import check
from incubator.demonstration.reading import DataError, DataFile, Head, Provenance
from incubator.domain.pilots import months_after

__all__ = [
    "DataError",
    "Demonstration",
    "Illustration",
    "PlacedPhase",
    "Provenance",
    "call_title",
    "fiscal_year_days",
    "load",
    "month_days",
    "placed",
]


@dataclass(frozen=True)
class Illustration:
    """Everything invented, in file order."""

    people: tuple[ill.Person, ...]
    calls: tuple[ill.Call, ...]
    survey: ill.Survey
    accounts: tuple[ill.Account, ...]
    proposals: tuple[ill.Proposal, ...]
    reviews: tuple[ill.Review, ...]
    assigned: tuple[ill.Assigned, ...]
    pilots: tuple[ill.Pilot, ...]
    rounds: rounds.Rounds

    def person(self, key: str) -> ill.Person:
        return next(person for person in self.people if person.key == key)


@dataclass(frozen=True)
class Demonstration:
    """Published facts and, apart from them, the illustration. ``heads`` maps file names to their heads."""

    heads: Mapping[str, Head]
    themes: tuple[pub.Theme, ...]
    technologies: tuple[pub.Technology, ...]
    agencies: tuple[pub.Agency, ...]
    projects: tuple[pub.Project, ...]
    ideas: tuple[pub.Idea, ...]
    featured: tuple[pub.Featured, ...]
    programme: pub.Programme
    state_pilots: tuple[pub.StatePilot, ...]
    cms: tuple[pub.CmsPilot, ...]
    illustration: Illustration

    def project(self, key: str) -> pub.Project:
        return next(project for project in self.projects if project.key == key)

    def idea(self, key: str) -> pub.Idea:
        return next(idea for idea in self.ideas if idea.key == key)


@cache
def load() -> Demonstration:
    """Read and check every file.

    Raises DataError naming the first place where a key is unknown or missing, a reference leads nowhere,
    dates run backwards, or figures do not add up.
    """
    classification = DataFile("classification.toml")
    agencies = DataFile("agencies.toml")
    projects = DataFile("projects.toml")
    ideas = DataFile("ideas.toml")
    featured = DataFile("featured.toml")
    programme = DataFile("programme.toml")
    state = DataFile("state_pilots.toml")
    cms = DataFile("cms_pilots.toml")
    illustration, illustrated_files = _illustration()
    read = (classification, agencies, projects, ideas, featured, programme, state, cms, *illustrated_files)
    demonstration = Demonstration(
        heads={file.name: file.head for file in read},
        themes=classification.rows("themes", pub.Theme),
        technologies=classification.rows("technologies", pub.Technology),
        agencies=agencies.rows("agencies", pub.Agency),
        projects=projects.rows("projects", pub.Project),
        ideas=ideas.rows("ideas", pub.Idea),
        featured=featured.rows("featured", pub.Featured),
        programme=_programme(programme),
        state_pilots=state.rows("pilots", pub.StatePilot),
        cms=cms.rows("cms", pub.CmsPilot),
        illustration=illustration,
    )
    check(demonstration)
    return demonstration


def _programme(file: DataFile) -> pub.Programme:
    return pub.Programme(
        years=file.rows("years", pub.Year),
        budgets=file.rows("budgets", pub.PhaseBudget),
        funnel=file.row("funnel", pub.Funnel),
        end_reasons=file.rows("end_reasons", pub.EndReason),
        criteria=file.rows("criteria", pub.Criterion),
        provenance=file.head.provenance,
    )


def _illustration() -> tuple[Illustration, tuple[DataFile, ...]]:
    people = DataFile("illustration/people.toml")
    calls = DataFile("illustration/calls.toml")
    accounts = DataFile("illustration/accounts.toml")
    proposals = DataFile("illustration/proposals.toml")
    reviews = DataFile("illustration/reviews.toml")
    pilots = DataFile("illustration/pilots.toml")
    judged = DataFile("illustration/rounds.toml")
    elsewhere = DataFile("illustration/panel.toml")
    illustration = Illustration(
        people=people.rows("people", ill.Person),
        calls=calls.rows("calls", ill.Call),
        survey=accounts.row("survey", ill.Survey),
        accounts=accounts.rows("accounts", ill.Account),
        proposals=proposals.rows("proposals", ill.Proposal),
        reviews=reviews.rows("reviews", ill.Review),
        assigned=reviews.rows("assigned", ill.Assigned),
        pilots=pilots.rows("pilots", ill.Pilot),
        rounds=rounds.Rounds(
            experts=judged.rows("experts", rounds.Expert),
            bids=judged.rows("bids", rounds.Bid),
            meeting=judged.row("meeting", rounds.PanelMeeting),
            notes=judged.rows("notes", rounds.Note),
            summaries=judged.rows("summaries", rounds.Summary),
            prepared=judged.rows("prepared", rounds.Prepared),
            fourth_reader=judged.row("fourth_reader", rounds.FourthReader),
            elsewhere=elsewhere.row("panel", rounds.OutsidePanel),
        ),
    )
    return illustration, (people, calls, accounts, proposals, reviews, pilots, judged, elsewhere)


def fiscal_year_days(year: int) -> tuple[date, date]:
    """First and last day of a US federal fiscal year."""
    return date(year - 1, 10, 1), date(year, 9, 30)


@dataclass(frozen=True)
class PlacedPhase:
    """A phase on a time line. The days are a convention for ordering and drawing, never a published date."""

    phase: pub.Phase
    first_day: date
    last_day: date
    precision: str = "fiscal year"


def placed(project: pub.Project) -> tuple[PlacedPhase, ...]:
    """The project's phases on a time line, in order.

    The source knows years only. Phases of one project in the same fiscal year share that year in equal
    parts, in phase order; a decision is placed on the last day of its part.
    """
    spans = []
    for phase in project.phases:
        year = [one for one in project.phases if one.fiscal_year == phase.fiscal_year]
        first, last = fiscal_year_days(phase.fiscal_year)
        days, position = (last - first).days + 1, year.index(phase)
        spans.append(
            PlacedPhase(
                phase=phase,
                first_day=first + timedelta(days=days * position // len(year)),
                last_day=first + timedelta(days=days * (position + 1) // len(year) - 1),
            )
        )
    return tuple(spans)


LAST_MONTH_OVER = timedelta(days=4)
"""The next monthly reading is due 31 days after the last one's first day: a few days ago in any month."""


def month_days(load_day: date, offset: int) -> tuple[date, date]:
    """First and last day of the month of readings ``offset`` months from the last one that is over.

    Months begin at the same distance from the load day, as the story's other days do. With months of the
    calendar, whether a reading lies before a launch would depend on the day it is loaded.
    """
    over = load_day - LAST_MONTH_OVER
    return months_after(over, offset), months_after(over, offset + 1) - timedelta(days=1)


def call_title(opens: date) -> str:
    """A call's name from the day it opens: "Spring 2027 call". December counts to the coming winter."""
    season = ("Winter", "Spring", "Summer", "Autumn")[opens.month % 12 // 3]
    return f"{season} {opens.year + (opens.month == 12)} call"
