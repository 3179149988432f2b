"""Known shapes of files, and a proposal for the columns of any other."""

from collections import Counter
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from incubator.imports.mapping import DATE_KINDS, FIELDS, Mapping, fingerprint, plain_header
from incubator.imports.tables import Table
from incubator.imports.values import count_emails, is_missing, read_stage, stage_word

_LIKELY = 0.82
_SHORT_HEADER_WORDS = 4


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
    """A mapping for a table: ready to use when its profile is known, else for a person to confirm."""

    mapping: Mapping
    suggestions: tuple[Suggestion, ...] = field(default=())


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
        signature=("use case name", "agency abbreviation", "bureau", "date initiated", "date implemented"),
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

# Names under which other people's files have these columns.
ALIASES: dict[str, tuple[str, ...]] = {
    "external_id": (
        "id",
        "external id",
        "use case id",
        "project id",
        "reference",
        "number",
        "record id",
        "pilot id",
    ),
    "agency_name": ("agency", "agency name", "department", "department name", "organization", "organisation"),
    "agency_code": (
        "agency code",
        "agency abbreviation",
        "agency acronym",
        "department code",
        "abbreviation",
    ),
    "unit": ("unit", "bureau", "division", "office", "component", "bureau component", "program", "section"),
    "title": (
        "title",
        "name",
        "use case name",
        "project name",
        "pilot name",
        "project title",
        "use case",
        "project",
    ),
    "problem": (
        "problem",
        "problem solved",
        "problem statement",
        "description",
        "purpose",
        "summary",
        "need",
    ),
    "expected_outcome": (
        "expected outcome",
        "benefits",
        "expected benefits",
        "outcome",
        "outputs",
        "impact",
        "goal",
    ),
    "technology": ("technology", "classification", "ai classification", "technique", "type of technology"),
    "topic": ("topic", "topic area", "use case topic area", "domain", "category", "theme"),
    "stage": ("stage", "status", "development stage", "stage of development", "phase", "lifecycle stage"),
    "vendor": ("vendor", "vendor name", "vendors name", "supplier", "contractor", "company"),
    "high_impact": ("high impact", "is high impact", "impact level", "risk level"),
}
DATE_ALIASES: dict[str, tuple[str, ...]] = {
    "submitted": ("submitted", "date submitted", "submission date"),
    "initiated": ("initiated", "date initiated", "initiation date"),
    "development_began": ("development began", "development start date", "design start"),
    "started": ("started", "start date", "date started", "pilot start", "start", "launch date"),
    "operational": ("operational", "operational date", "go live date"),
    "implemented": ("implemented", "date implemented", "implementation date", "deployment date"),
    "ended": ("ended", "end date", "date ended", "pilot end", "end", "completion date"),
    "retired": ("retired", "date retired", "retirement date"),
}


def propose(table: Table, remembered: Mapping | None = None) -> Proposal:
    """The mapping for a table: the one remembered for its headers, a known profile's, or a guess by names.

    Only the first two come `confirmed`. A remembered mapping counts when its fingerprint is the table's and all
    its columns are there.
    """
    key = fingerprint(table.headers)
    if remembered and remembered.fingerprint == key and not remembered.problems(table.headers):
        return Proposal(remembered)
    profile = recognise(table.headers)
    if profile:
        return Proposal(_from_profile(profile, table, key))
    return _by_names(table, key)


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
        confirmed=True,
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
    mapping = Mapping(
        fingerprint=key,
        profile="proposed",
        fields={one.target: (one.header,) for one in chosen if one.target in FIELDS},
        dates={one.target: one.header for one in chosen if one.target in DATE_KINDS},
        dropped=dropped,
        confirmed=False,
    )
    return Proposal(mapping, tuple(chosen))


def _likeness(name: str, aliases: tuple[str, ...]) -> tuple[float, int]:
    """How alike, and which alias: of several exact names the earlier one wins ("agency" before "department")."""
    if name in aliases:
        return 1.0, aliases.index(name)
    best, place = 0.0, 0
    matcher = SequenceMatcher(None, b=name[:200], autojunk=False)
    for number, alias in enumerate(aliases):
        matcher.set_seq1(alias)
        # The two quick ratios are upper bounds; most pairs of names stop there.
        if (
            min(matcher.real_quick_ratio(), matcher.quick_ratio()) > max(best, _LIKELY)
            and matcher.ratio() > best
        ):
            best, place = matcher.ratio(), number
    return min(best, 0.99), place


def unknown_stage_words(table: Table, mapping: Mapping) -> dict[str, int]:
    """The stage words of the table that mean nothing here yet, with their rows; most frequent first.

    The words are those `Mapping.stage_words` is keyed by.
    """
    counts: Counter[str] = Counter()
    for header in mapping.headers_of("stage"):
        for row in table.rows:
            cell = row.cells[header]
            if not is_missing(cell) and read_stage(cell, mapping.stage_words) is None:
                counts[stage_word(cell)] += 1
    return dict(counts.most_common())
