"""Known shapes of files, and a proposal for the columns of any other."""

from collections import Counter
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from functools import cache

from incubator.imports.column_names import ALIASES, DATE_ALIASES
from incubator.imports.mapping import DATE_KINDS, FIELDS, Mapping, fingerprint, plain_header
from incubator.imports.tables import Table
from incubator.imports.values import count_emails, is_missing, read_stage, split_id, stage_word, tidy

_LIKELY = 0.85
_SHORT_WORD = 5
_SHORT_HEADER_WORDS = 4
_MOST_WORDING = 300


@dataclass(frozen=True, slots=True)
class Profile:
    """A known file. Header names are plain (see `plain_header`); a long question may be given by its beginning."""

    name: str
    label: str
    signature: tuple[str, ...]
    fields: MappingType[str, tuple[str, ...]]
    dates: MappingType[str, str]
    dropped: tuple[str, ...] = ()
    typed_in_year: int | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Why a column was proposed for a field: `score` 1 is the same name, less is a likeness."""

    header: str
    target: str
    score: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping for a table: ready to use when its profile is known, else for a person to confirm.

    `agency_from` says where a proposed agency of the whole file was found (see `agency_guess.Guess`).
    """

    mapping: Mapping
    suggestions: tuple[Suggestion, ...] = field(default=())
    agency_from: str = ""


@dataclass(frozen=True, slots=True)
class StageWord:
    """A stage in the file's own wording, and in how many rows it stands."""

    wording: str
    rows: int


PROFILES = (
    Profile(
        name="omb_2025",
        label="Federal AI use case inventory 2025 (CSV)",
        signature=(
            "use case name",
            "agency bureau",
            "development stage",
            "operational date",
            "problem solved",
        ),
        fields={
            "external_id": ("id",),
            "agency_name": ("agency name",),
            "agency_code": ("agency",),
            "unit": ("agency bureau",),
            "title": ("use case name",),
            "problem": ("problem solved",),
            "expected_outcome": ("benefits", "system outputs"),
            "technology": ("classification",),
            "topic": ("topic area",),
            "stage": ("development stage",),
            "vendor": ("vendor name",),
            "high_impact": ("is high impact",),
        },
        dates={"operational": "operational date"},
        dropped=("contact email",),
    ),
    Profile(
        name="omb_2025",
        label="Federal AI use case inventory 2025 (Excel)",
        signature=(
            "use case name",
            "bureau component",
            "stage of development",
            "is the ai use case high impact",
            "date when ai use case became operational",
        ),
        fields={
            "external_id": ("use case id",),
            "agency_name": ("agency name",),
            "agency_code": ("agency abbreviation",),
            "unit": ("bureau component",),
            "title": ("use case name",),
            "problem": ("what problem is the ai intended to solve",),
            "expected_outcome": (
                "what are the expected benefits and positive",
                "describe the ai systems outputs",
            ),
            "technology": ("ai classification",),
            "topic": ("use case topic area",),
            "stage": ("stage of development",),
            "vendor": ("vendor s name",),
            "high_impact": ("is the ai use case high impact",),
        },
        dates={"operational": "date when ai use case became operational"},
        dropped=("email address",),
    ),
    Profile(
        name="omb_2024",
        label="Federal AI use case inventory 2024",
        signature=("use case name", "bureau", "date initiated", "date implemented"),
        fields={
            "agency_name": ("agency",),
            "agency_code": ("agency abbreviation",),
            "unit": ("bureau",),
            "title": ("use case name",),
            "problem": ("what is the intended purpose and expected benefits of the ai",),
            "expected_outcome": ("describe the ai systems outputs",),
            "topic": ("use case topic area",),
            "stage": ("stage of development",),
            "high_impact": ("is the ai use case rights impacting",),
        },
        dates={
            "initiated": "date initiated",
            "development_began": "date when acquisition and or development began",
            "implemented": "date implemented",
            "retired": "date retired",
        },
        typed_in_year=2024,
    ),
    Profile(
        name="omb_2024",
        label="Federal AI use case inventory 2024 (first release)",
        signature=("2 use case name", "3 abr", "16 dev stage", "18 date initiated"),
        fields={
            "agency_name": ("3 agency",),
            "agency_code": ("3 abr",),
            "unit": ("4 bureau",),
            "title": ("2 use case name",),
            "problem": ("11 purpose benefits",),
            "expected_outcome": ("12 outputs",),
            "topic": ("8 topic area",),
            "stage": ("16 dev stage",),
            "high_impact": ("17 impact type",),
        },
        dates={
            "initiated": "18 date initiated",
            "development_began": "19 date acq dev began",
            "implemented": "20 date implemented",
            "retired": "21 date retired",
        },
        typed_in_year=2024,
    ),
    Profile(
        name="own",
        label="This application's own field names",
        signature=("title", "agency name", "problem", "stage"),
        fields={name: (name.replace("_", " "),) for name in FIELDS},
        dates={kind: kind.replace("_", " ") for kind in DATE_KINDS},
    ),
)


def propose(table: Table, remembered: Mapping | None = None) -> Proposal:
    """The mapping for a table: the one remembered for its headers, a known profile's, or a guess by names.

    Only the first two come `confirmed`, and only when a column names the agency. A remembered mapping counts when
    its fingerprint is the table's and all its columns are there.
    """
    key = fingerprint(table.headers)
    known = remembered.for_other_files() if remembered and remembered.fingerprint == key else None
    if known is None or known.column_problems(table.headers):
        profile = recognise(table.headers)
        if profile is None:
            return _by_names(table, key)
        known = _from_profile(profile, table, key)
    return Proposal(replace(known, confirmed=not known.problems(table.headers)))


def recognise(headers: tuple[str, ...]) -> Profile | None:
    """The known profile whose whole signature is among the headers, else None."""
    plain = [plain_header(header) for header in headers]
    for profile in PROFILES:
        if all(_find(name, plain) is not None for name in profile.signature):
            return profile
    return None


def contact_columns(table: Table) -> tuple[str, ...]:
    """Headers of columns for e-mail addresses: named so, or filled mostly with bare addresses."""
    return tuple(header for header in table.headers if _is_contact(table, header))


def _is_contact(table: Table, header: str) -> bool:
    words = plain_header(header).split()
    named = "email" in words or ("mail" in words and "e" in words)
    if named and len(words) <= _SHORT_HEADER_WORDS:
        return True
    filled = [cell for row in table.rows if (cell := row.cells[header].strip())]
    bare = sum(
        1 for cell in filled if len(cell) < 300 and "@" in cell and count_emails(cell) and " " not in cell
    )
    return bare * 2 > len(filled)


def _from_profile(profile: Profile, table: Table, key: str) -> Mapping:
    plain = [plain_header(header) for header in table.headers]

    def header(name: str) -> str | None:
        place = _find(name, plain)
        return None if place is None else table.headers[place]

    fields = {
        name: tuple(found for wanted in columns if (found := header(wanted)))
        for name, columns in profile.fields.items()
    }
    used = {found for headers in fields.values() for found in headers}
    named = tuple(found for wanted in profile.dropped if (found := header(wanted)))
    dropped = tuple(dict.fromkeys(named + tuple(one for one in contact_columns(table) if one not in used)))
    return Mapping(
        fingerprint=key,
        profile=profile.name,
        fields={name: headers for name, headers in fields.items() if headers},
        dates={kind: found for kind, wanted in profile.dates.items() if (found := header(wanted))},
        dropped=dropped,
        typed_in_year=profile.typed_in_year,
    )


def _find(name: str, plain: list[str]) -> int | None:
    if name in plain:
        return plain.index(name)
    longer = [place for place, header in enumerate(plain) if header.startswith(name + " ")]
    return longer[0] if longer and " " in name else None


def _by_names(table: Table, key: str) -> Proposal:
    dropped = contact_columns(table)
    plain = {header: plain_header(header) for header in table.headers if header not in dropped}
    targets = {name: (name.replace("_", " "), *ALIASES[name]) for name in FIELDS}
    targets |= {kind: (kind.replace("_", " "), *DATE_ALIASES[kind]) for kind in DATE_KINDS}
    ranked = sorted(
        (
            (-score, place, Suggestion(header, target, score))
            for header, name in plain.items()
            for target, aliases in targets.items()
            for score, place in [_likeness(name, aliases)]
            if score >= _LIKELY
        ),
        key=lambda one: one[:2],
    )
    chosen: list[Suggestion] = []
    for _, _, suggestion in ranked:
        if not any(one.header == suggestion.header or one.target == suggestion.target for one in chosen):
            chosen.append(suggestion)
    fields: dict[str, tuple[str, ...]] = {one.target: (one.header,) for one in chosen if one.target in FIELDS}
    if "external_id" not in fields and _shared_with_id(table, fields.get("title", ())):
        fields["id_and_title"] = fields.pop("title")
    mapping = Mapping(
        fingerprint=key,
        profile="proposed",
        fields=fields,
        dates={one.target: one.header for one in chosen if one.target in DATE_KINDS},
        dropped=dropped,
        confirmed=False,
    )
    return Proposal(mapping, tuple(chosen))


def _shared_with_id(table: Table, headers: tuple[str, ...]) -> bool:
    """Whether nearly all titles begin with an id."""
    titles = [
        row.cells[header].strip() for header in headers for row in table.rows if row.cells[header].strip()
    ]
    return len(titles) > 1 and sum(bool(split_id(title)[0]) for title in titles) * 10 >= len(titles) * 9


def _likeness(name: str, aliases: tuple[str, ...]) -> tuple[float, int]:
    """How alike, and which alias: of several exact names the earlier one wins ("agency" before "department").

    A slip of the pen is alike word by word: "problem statment". "Deployment phase" is no "deployment date".
    """
    if name in aliases:
        return 1.0, aliases.index(name)
    best, place, words = 0.0, 0, name.split()
    for number, alias in enumerate(aliases):
        others = alias.split()
        if len(words) == len(others) and len(name) < 80:
            score = min(map(_word_likeness, words, others))
            if score > best:
                best, place = score, number
    return min(best, 0.99), place


@cache
def _word_likeness(one: str, other: str) -> float:
    if one == other:
        return 1.0
    # Of short words another letter makes another word: "end" and "and".
    if min(len(one), len(other)) < _SHORT_WORD or one[0] != other[0]:
        return 0.0
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def unknown_stage_words(table: Table, mapping: Mapping) -> dict[str, StageWord]:
    """The stage words of the table that mean nothing here yet; most frequent first.

    The words are those `Mapping.stage_words` is keyed by.
    """
    counts: Counter[str] = Counter()
    wording: dict[str, str] = {}
    for header in mapping.headers_of("stage"):
        for row in table.rows:
            cell = row.cells[header]
            if not is_missing(cell) and read_stage(cell, mapping.stage_words) is None:
                counts[stage_word(cell)] += 1
                wording.setdefault(stage_word(cell), tidy(cell)[:_MOST_WORDING])
    return {word: StageWord(wording[word], count) for word, count in counts.most_common()}
