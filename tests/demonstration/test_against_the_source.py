"""Facts equal the source's; sentences never do; no one's name is carried over."""

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

from incubator.demonstration.facts import load

Rows = list[dict[str, str]]
Source = Callable[[str], Rows]
DEMONSTRATION = load()
LEDGER = "gsa_10x/10x_project_ledger_fy17_fy18.csv"
IDEAS = "gsa_10x/10x_selected_ideas_fy21_fy23.csv"
FEATURED = "gsa_10x/10x_featured_projects.csv"
WORDS_IN_A_ROW = 8


def test_ceilings_and_outcomes_equal_the_ledger(source: Source) -> None:
    printed = {
        (row["project_key"], row["fiscal_year"], row["phase"]): (
            int(row["phase_ceiling_usd"]),
            row["decision_derived"].removeprefix("stop_")
            if "goal_met" in row["decision_derived"]
            else row["decision_derived"],
            row["funding_source"],
            int(row["source_page"]),
        )
        for row in source(LEDGER)
    }
    ours = {
        (project.key, f"FY{phase.fiscal_year - 2000}", str(phase.phase)): (
            phase.ceiling_dollars,
            phase.outcome.value,
            phase.funding,
            phase.page,
        )
        for project in DEMONSTRATION.projects
        for phase in project.phases
    }
    assert ours == printed


def test_submitting_offices_equal_the_ledger(source: Source) -> None:
    paths = {
        (agency.code, unit.code): unit.path for agency in DEMONSTRATION.agencies for unit in agency.units
    }
    stated: dict[str, set[str]] = {}
    for row in source(LEDGER):
        offices = stated.setdefault(row["project_key"], set())
        if row["request_origin"]:
            offices.add(row["request_origin"].split()[-1])
    for project in DEMONSTRATION.projects:
        assert project.origin_stated == bool(stated[project.key])
        if project.origin_stated:
            assert paths[project.agency, project.unit] in stated[project.key]


def test_ideas_equal_the_announcements(source: Source) -> None:
    printed = [
        (_plain(row["title"]), row["cohort"], row["announced"], bool(row["submitting_org"]))
        for row in source(IDEAS)
    ]
    ours = [
        (_plain(idea.title), f"FY{idea.cohort - 2000}", idea.announced.isoformat(), idea.origin_stated)
        for idea in DEMONSTRATION.ideas
    ]
    assert ours == printed


def test_the_office_named_is_the_office_printed(source: Source) -> None:
    names = {agency.code: agency.name for agency in DEMONSTRATION.agencies}
    for idea, row in zip(DEMONSTRATION.ideas, source(IDEAS), strict=True):
        if idea.origin_stated:
            core = _plain(names[idea.agency]).removeprefix("u s ").removeprefix("the ")
            assert core in _plain(row["submitting_org"]), idea.key


def test_features_equal_the_website(source: Source) -> None:
    printed = {
        row["slug"]: (_plain(row["title"]), int(row["phase"]), row["status"].lower().replace(" ", "_"))
        for row in source(FEATURED)
    }
    ours = {one.key: (_plain(one.title), one.phase, one.status.value) for one in DEMONSTRATION.featured}
    assert ours == printed


def test_programme_figures_equal_the_source(source: Source) -> None:
    printed = [
        tuple(int(row[key]) for key in ("ideas_received", "projects_kicked_off", "projects_closed_out"))
        for row in source("gsa_10x/10x_program_by_fy.csv")
    ]
    years = DEMONSTRATION.programme.years
    ours = [(year.ideas_printed or year.ideas_received, year.kicked_off, year.closed_out) for year in years]
    assert ours == printed
    columns = ("planned_projects", "planned_usd", "actual_projects", "actual_usd", "hours_worked")
    money = [
        tuple(int(row[key]) if row[key] else None for key in columns)
        for row in source("gsa_10x/10x_phase_budget_by_fy.csv")
    ]
    assert money == [
        (one.planned_projects, one.planned_dollars, one.actual_projects, one.actual_dollars, one.hours_worked)
        for one in DEMONSTRATION.programme.budgets
    ]


def test_state_figures_equal_the_source(source: Source) -> None:
    printed = sorted(
        (row["jurisdiction"], float(row["value"]), row["source_url"])
        for row in source("state_pilots/state_government_genai_pilots.csv")
    )
    ours = sorted(
        (pilot.jurisdiction, figure.value, figure.source_url)
        for pilot in DEMONSTRATION.state_pilots
        for figure in pilot.figures
    )
    assert ours == printed


def test_no_sentence_is_the_sources(shared_data: Path) -> None:
    """No eight words in a row are shared, titles apart."""
    theirs: set[tuple[str, ...]] = set()
    for folder in ("gsa_10x", "state_pilots", "cms_ai_explorers"):
        for file in sorted((shared_data / folder).glob("*.csv")):
            theirs |= _shingles(file.read_text(encoding="utf-8"))
    assert len(theirs) > 10_000
    for title in _titles():
        theirs -= _shingles(title)
    shared = {
        " ".join(words): text
        for text in _texts(DEMONSTRATION)
        for words in _shingles(text) & theirs
        if not text.startswith("http")
    }
    assert shared == {}


def test_no_one_named_in_the_source_is_named_here(source: Source) -> None:
    """People stand in the source's submitter and team fields, and after words such as "submitted by"."""
    named: set[str] = set()
    for row in (*source(FEATURED), *source(IDEAS), *source(LEDGER)):
        for key, value in row.items():
            if any(part in key for part in ("submitter", "team", "author", "contact")):
                named |= set(_NAME.findall(value))
            named |= set(_CREDIT.findall(value))
    ours = "\n".join(_texts(DEMONSTRATION))
    assert {name for name in named if name in ours} == set()


def test_no_personal_name_stands_in_what_is_published() -> None:
    """A given name followed by a capitalised word is taken for a person."""
    illustration = set(_texts(DEMONSTRATION.illustration))
    people = {person.name for person in DEMONSTRATION.illustration.people}
    for text in _texts(DEMONSTRATION):
        found = {match.group() for match in _PERSON.finditer(text)}
        assert found <= (people if text in illustration else set()), text


def test_the_search_for_names_finds_names() -> None:
    assert _PERSON.search("Led by Maria Delgado of the team.")
    assert _CREDIT.findall("This was submitted by Maria Delgado in May") == ["Maria Delgado"]
    assert not _PERSON.search("The Federal Acquisition Service")


_NAME = re.compile(r"[A-Z][a-z]+(?: [A-Z]\.)? [A-Z][a-z]+")
_CREDIT = re.compile(r"(?:submitted by|Submitted by|led by|created by|authored by) ([A-Z][a-z]+ [A-Z][a-z]+)")
_GIVEN = (
    "James Robert John Michael David William Richard Joseph Thomas Charles Christopher Daniel Matthew Anthony Mark "
    "Steven Paul Andrew Joshua Kenneth Kevin Brian George Timothy Jason Jeffrey Ryan Jacob Gary Nicholas Eric Jonathan "
    "Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Alexander Patrick Jack Peter Mary Patricia Jennifer "
    "Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Betty Margaret Sandra Ashley Kimberly Emily Donna "
    "Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Sharon Laura Cynthia Kathleen Amy Angela Anna Maria "
    "Nicole Samantha Katherine Rachel Catherine Heather Diane Julie Christina Kelly Victoria Martha Hannah Alicia Ana"
)
_PERSON = re.compile(rf"\b(?:{'|'.join(_GIVEN.split())}) [A-Z][a-z]+\b")


def _plain(text: str) -> str:
    return " ".join(_words(text))


def _words(text: str) -> list[str]:
    return re.findall(r"[\w]+", text.lower().replace("’", "").replace("'", ""))


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = _words(text)
    return {tuple(words[n : n + WORDS_IN_A_ROW]) for n in range(len(words) - WORDS_IN_A_ROW + 1)}


def _titles() -> Iterator[str]:
    for one in (*DEMONSTRATION.projects, *DEMONSTRATION.ideas, *DEMONSTRATION.featured):
        yield one.title
    for project in DEMONSTRATION.projects:
        yield from project.formerly


def _texts(value: object) -> Iterator[str]:
    """Every text within dataclasses, tuples and mappings."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
    elif isinstance(value, dict):
        for entry in value.values():
            yield from _texts(entry)
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)
