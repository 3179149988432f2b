"""Which column means what: answered once for a set of headers, then remembered."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace

from incubator.domain.stages import Stage

FIELDS = (
    "external_id",
    "agency_name",
    "agency_code",
    "unit",
    "title",
    "problem",
    "expected_outcome",
    "technology",
    "topic",
    "stage",
    "vendor",
    "high_impact",
    "id_and_title",
)
# Several columns may feed these; all others take one.
JOINED_FIELDS = frozenset({"problem", "expected_outcome"})
DATE_KINDS = (
    "submitted",
    "initiated",
    "development_began",
    "started",
    "operational",
    "implemented",
    "ended",
    "retired",
)

NO_AGENCY = "Say which column holds the agency, or which agency the whole file is from."

_WORDS = re.compile(r"[^\w]+|_+")


@dataclass(frozen=True, slots=True)
class Mapping:
    """The meaning of a table's columns. Headers are the table's own unique ones.

    `fields` gives the headers behind each of `FIELDS`, `dates` the header behind each of `DATE_KINDS`;
    `dropped` are contact columns that are never kept. `agency_name` and `agency_code` stand in where the file
    has no agency column or a blank cell. `stage_words` adds meanings for stage words not known here.
    `typed_in_year` is the year in which Excel turned typed months into days, when that is known of the file.
    A mapping that is not `confirmed` is a proposal for a person to look at.

    These belong to one file and are never remembered with its headers (see `for_other_files`): the agency of the
    whole file, its `sheet` and `header_row` (spreadsheet row; None when found), the order of day and month that a
    person chose for a column (`date_orders`: "mdy" or "dmy"), and what a person said of the agencies it names
    (`agencies`, by the key of `flows.inventory_agencies`: a code here, or "+CODE" for a new agency).
    """

    fingerprint: str
    profile: str
    fields: dict[str, tuple[str, ...]]
    dates: dict[str, str] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    agency_name: str = ""
    agency_code: str = ""
    stage_words: dict[str, str] = field(default_factory=dict)
    typed_in_year: int | None = None
    sheet: str = ""
    header_row: int | None = None
    date_orders: dict[str, str] = field(default_factory=dict)
    agencies: dict[str, str] = field(default_factory=dict)
    confirmed: bool = False

    def for_other_files(self) -> "Mapping":
        """What may be remembered for other files with these headers: nothing that is about this file alone."""
        return replace(
            self, agency_name="", agency_code="", sheet="", header_row=None, date_orders={}, agencies={}
        )

    def names_agency(self) -> bool:
        """Whether a column, or an answer about the whole file, says which agency a row is from."""
        return bool(
            self.headers_of("agency_name")
            or self.headers_of("agency_code")
            or self.agency_name
            or self.agency_code
        )

    def headers_of(self, name: str) -> tuple[str, ...]:
        """The headers behind a field, none when it is not mapped."""
        return self.fields.get(name, ())

    def used(self) -> frozenset[str]:
        """Every header that is mapped to a field or a date."""
        return frozenset(header for headers in self.fields.values() for header in headers) | frozenset(
            self.dates.values()
        )

    def problems(self, headers: Iterable[str]) -> list[str]:
        """What keeps this mapping from being used on a table with these headers, in plain words."""
        found = self.column_problems(headers)
        if not self.names_agency():
            found.append(NO_AGENCY)
        return found

    def column_problems(self, headers: Iterable[str]) -> list[str]:
        """The same, apart from the agency of the whole file."""
        known = set(headers)
        found = [
            f"There is no column called “{name}”."
            for name in sorted((self.used() | set(self.dropped)) - known)
        ]
        found += [f"“{name}” is not a field." for name in self.fields if name not in FIELDS]
        found += [f"“{name}” is not a kind of date." for name in self.dates if name not in DATE_KINDS]
        found += [
            f"Only one column can be the field “{name}”."
            for name, columns in self.fields.items()
            if len(columns) > 1 and name not in JOINED_FIELDS
        ]
        found += [
            f"“{stage}” is not a stage." for stage in self.stage_words.values() if stage not in set(Stage)
        ]
        found += [
            f"“{name}” is dropped and cannot be used." for name in sorted(self.used() & set(self.dropped))
        ]
        if not (self.headers_of("title") or self.headers_of("id_and_title")):
            found.append("Say which column holds the title.")
        return found

    def to_json(self) -> str:
        """As JSON text; `from_json` gives back an equal mapping."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Mapping":
        """From `to_json`'s text. Raises `ValueError` when it is something else."""
        try:
            data = json.loads(text)
            return cls(
                fingerprint=str(data["fingerprint"]),
                profile=str(data["profile"]),
                fields={str(name): tuple(map(str, headers)) for name, headers in data["fields"].items()},
                dates={str(kind): str(header) for kind, header in data["dates"].items()},
                dropped=tuple(map(str, data["dropped"])),
                agency_name=str(data["agency_name"]),
                agency_code=str(data["agency_code"]),
                stage_words={str(word): str(stage) for word, stage in data["stage_words"].items()},
                typed_in_year=None if data["typed_in_year"] is None else int(data["typed_in_year"]),
                sheet=str(data.get("sheet", "")),
                header_row=None if data.get("header_row") is None else int(data["header_row"]),
                date_orders={str(one): str(order) for one, order in data.get("date_orders", {}).items()},
                agencies={str(key): str(code) for key, code in data.get("agencies", {}).items()},
                confirmed=data["confirmed"] is True,
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError("This is not a stored mapping.") from error


def plain_header(header: str) -> str:
    """A header for comparing: no capitals, accents, quotes, underscores or punctuation, single spaces."""
    letters = unicodedata.normalize("NFKD", header.casefold()).replace("’", "").replace("'", "")
    return " ".join(
        _WORDS.sub(" ", "".join(sign for sign in letters if not unicodedata.combining(sign))).split()
    )


def fingerprint(headers: Iterable[str]) -> str:
    """A key for a set of headers, whatever their order, capitals and punctuation."""
    # Headers of signs alone have no plain form; as written they still tell two tables apart.
    plain = sorted(plain_header(header) or header for header in headers)
    return hashlib.sha256("\x1f".join(plain).encode("utf-8", "replace")).hexdigest()
