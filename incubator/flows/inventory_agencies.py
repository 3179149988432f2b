"""The agencies and units that an inventory names: found by code or name, and made where they are new.

Every way in which a file names an agency is one `AgencyLine`. A name that is new here, or that only resembles one,
is for a person to settle before rows are brought in; the answer is kept as another name of the agency.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.agency_names import name_key, propose_code, similar_names, split_acronym
from incubator.domain.errors import DomainError
from incubator.domain.events import EventKind
from incubator.flows.record import Happening
from incubator.models.agencies import Agency, AgencyName, Unit

_NOT_CODE = re.compile(r"[^A-Z0-9]+")
_MOST_CODE = 12
_MOST_NAME = 300
NEW = "+"
"""Begins the answer that an agency is new; its code follows."""


class NamesAgency(Protocol):
    """What names an agency by its code or, without one, by its name."""

    @property
    def agency_code(self) -> str: ...
    @property
    def agency_name(self) -> str: ...


class Found(StrEnum):
    """How the agency of a row was found."""

    CODE = "code"
    NAME = "name"
    OTHER_NAME = "other_name"
    ANSWER = "answer"
    NEW = "new"
    UNSURE = "unsure"


@dataclass(slots=True)
class AgencyLine:
    """One way in which a file names an agency: `given_code` and `given_name` are the file's own words.

    `code` and `name` are those of the agency here, or those a new one would have. `alike` are agencies here, as
    (code, name), that may be meant.
    """

    key: str
    given_code: str
    given_name: str
    code: str
    name: str
    found: Found
    alike: list[tuple[str, str]] = field(default_factory=list)
    rows: int = 0

    @property
    def settled(self) -> bool:
        """Whether nobody has to be asked."""
        return self.found not in (Found.NEW, Found.UNSURE)


def agency_key(row: NamesAgency) -> str:
    """What answers about an agency are kept under: its code and name as the file has them."""
    return f"{name_key(row.agency_code)}|{name_key(row.agency_name)}"


class Directory:
    """Agencies by code and by name, and those still to be made. Reads only.

    `answers` are a person's, by `agency_key`: the code of an agency here, or "+" and a code for a new one.
    """

    def __init__(self, session: Session, answers: Mapping[str, str] | None = None, *, lock: bool = False):
        query = sa.select(Agency.code, Agency.name).order_by(Agency.id)
        rows = session.execute(query.with_for_update() if lock else query).all()
        others = session.execute(
            sa.select(Agency.code, AgencyName.name).join(Agency, Agency.id == AgencyName.agency_id)
        ).all()
        self.names = {row.code: row.name for row in rows}
        self.empty = not rows
        self._codes = {row.code.casefold(): row.code for row in rows}
        self._by_name = {name_key(row.name): row.code for row in rows}
        self._by_other = {name_key(row.name): row.code for row in others}
        self._known_names: dict[str, list[str]] = {}
        for row in (*rows, *others):
            self._known_names.setdefault(row.code, []).append(row.name)
        self._answers = answers or {}
        self.lines: dict[str, AgencyLine] = {}

    def line_of(self, row: NamesAgency) -> AgencyLine:
        """The line a row belongs to."""
        key = agency_key(row)
        line = self.lines.get(key)
        if line is None:
            line = self.lines[key] = self._line(key, row.agency_code.strip(), row.agency_name.strip())
        return line

    def open_lines(self) -> list[AgencyLine]:
        """The lines that a person has to settle. Where there is no agency at all, new ones need no question."""
        return [
            line
            for line in self.lines.values()
            if not line.settled and not (self.empty and line.found is Found.NEW)
        ]

    def names_of(self, code: str) -> list[str]:
        """Every name under which rows of this agency may have come in earlier."""
        given = [text for line in self.lines.values() if line.code == code for text in _given(line)]
        return list(dict.fromkeys((*self._known_names.get(code, ()), *given)))

    def new_agencies(self) -> dict[str, str]:
        """Names of the agencies still to be made, by code."""
        return {line.code: line.name for line in reversed(self.lines.values()) if line.code not in self.names}

    def learned(self) -> dict[str, tuple[str, str]]:
        """Names that a person said mean an agency here, as (name, code) by key: they are known from then on."""
        return {
            name_key(line.given_name): (line.given_name, line.code)
            for line in self.lines.values()
            if line.found is Found.ANSWER and line.code in self.names and self._unknown_name(line.given_name)
        }

    def _unknown_name(self, name: str) -> bool:
        key = name_key(name)
        return (
            bool(key) and key not in self._by_name and key not in self._by_other and not self._codes.get(key)
        )

    def _line(self, key: str, given_code: str, given_name: str) -> AgencyLine:
        answer = self._answers.get(key, "")
        code = answer.removeprefix(NEW)
        if code in self.names:
            return AgencyLine(key, given_code, given_name, code, self.names[code], Found.ANSWER)
        name = _full_name(given_code, given_name)
        if answer.startswith(NEW) and name_key(name) not in self._by_name:
            return AgencyLine(key, given_code, given_name, code, name, Found.ANSWER)
        return self._known(key, given_code, given_name) or self._new(key, given_code, given_name)

    def _known(self, key: str, given_code: str, given_name: str) -> AgencyLine | None:
        acronym, alone = split_acronym(given_name)
        names = [name_key(name) for name in (given_name, alone)]
        by_name = next((self._by_name[name] for name in names if name in self._by_name), None)
        by_other = next((self._by_other[name] for name in names if name in self._by_other), None)
        code = given_code or (given_name if acronym == given_name else "")
        by_code = self._codes.get(code.casefold()) or self._codes.get(_clean_code(code).casefold())
        by_code = by_code or self._codes.get(name_key(given_name))
        if by_code is not None:
            # A code alone may be another agency's: its name has to agree, or a person says so.
            name_says = by_name or by_other
            plainly = given_name.casefold() in ("", given_code.casefold(), by_code.casefold())
            same = plainly or similar_names(alone, self._known_names[by_code])
            found = Found.CODE if name_says in (by_code, None) and (same or name_says) else Found.UNSURE
            alike = [(one, self.names[one]) for one in dict.fromkeys((by_code, name_says)) if one]
            return AgencyLine(key, given_code, given_name, by_code, self.names[by_code], found, alike)
        found_code = by_name or by_other
        if found_code is None:
            return None
        how = Found.NAME if by_name else Found.OTHER_NAME
        return AgencyLine(key, given_code, given_name, found_code, self.names[found_code], how)

    def _new(self, key: str, given_code: str, given_name: str) -> AgencyLine:
        acronym, alone = split_acronym(given_name)
        initials = propose_code(given_name)
        alike = {}
        for code, names in self._known_names.items():
            if (
                similar_names(alone, names)
                or initials == code
                or acronym in (code, *map(propose_code, names))
            ):
                alike[code] = self.names[code]
        name = _full_name(given_code, given_name)
        twins = [line for line in self.lines.values() if line.code not in self.names]
        twin = next((line for line in twins if name_key(line.name) == name_key(name)), None)
        for line in twins:
            if line is not twin and similar_names(alone, [line.name]):
                alike[line.code] = line.name
        code = twin.code if twin else self._free(_clean_code(given_code) or initials)
        found = Found.UNSURE if alike else Found.NEW
        return AgencyLine(key, given_code, given_name, code, name, found, list(alike.items()))

    def _free(self, code: str) -> str:
        taken = {*self._codes, *(line.code.casefold() for line in self.lines.values())}
        candidate, number = code, 1
        while candidate.casefold() in taken:
            number += 1
            candidate = f"{code}{number}"
        return candidate


def agency_lines(
    session: Session, rows: Sequence[NamesAgency], answers: Mapping[str, str] | None = None
) -> Directory:
    """The agencies that rows name, each line with its number of rows. Reads only."""
    directory = Directory(session, answers)
    for row in rows:
        directory.line_of(row).rows += 1
    return directory


def check_settled(directory: Directory) -> None:
    """Raise unless every agency that rows name is known, or a person has said which it is."""
    open_lines = directory.open_lines()
    if open_lines:
        raise DomainError(
            "Say first which agency is meant by %(names)s.",
            names=", ".join(f"“{line.given_name or line.given_code}”" for line in open_lines[:5]),
        )


def ensure_agencies(
    session: Session, rows: Sequence[NamesAgency], answers: Mapping[str, str] | None = None
) -> tuple[list[Agency], list[Happening]]:
    """Each row's agency, in order, locked; new ones are made. The happenings are for the caller to record.

    With `answers` (even none) every agency has to be settled; without, new ones are simply made.
    """
    directory = Directory(session, answers, lock=True)
    codes = [directory.line_of(row).code for row in rows]
    if answers is not None:
        check_settled(directory)
    made = [Agency(code=code, name=name[:_MOST_NAME]) for code, name in directory.new_agencies().items()]
    session.add_all(made)
    session.flush()
    happenings = [
        Happening(EventKind.AGENCY_CREATED, agency_id=one.id, details={"agency": one.name}) for one in made
    ]
    statement = sa.select(Agency).where(Agency.code.in_(set(codes))).with_for_update()
    known = {agency.code: agency for agency in session.scalars(statement)}
    for key, (name, code) in directory.learned().items():
        session.add(AgencyName(agency_id=known[code].id, name=name, key=key))
    session.flush()
    return [known[code] for code in codes], happenings


def ensure_units(
    session: Session, named: Iterable[tuple[int, str]]
) -> tuple[dict[tuple[int, str], int], list[Happening]]:
    """Units by agency and plain name; new ones are made."""
    wanted = {(agency_id, name_key(name)): name for agency_id, name in reversed(list(named)) if name}
    agencies = {agency_id for agency_id, _ in wanted}
    query = sa.select(Unit.id, Unit.agency_id, Unit.name).where(Unit.agency_id.in_(agencies))
    found = {(row.agency_id, name_key(row.name)): row.id for row in session.execute(query)}
    new = [
        (agency_id, name)
        for (agency_id, plain), name in sorted(wanted.items())
        if (agency_id, plain) not in found
    ]
    if new:
        session.execute(sa.insert(Unit), [{"agency_id": agency_id, "name": name} for agency_id, name in new])
        found = {(row.agency_id, name_key(row.name)): row.id for row in session.execute(query)}
    happenings = [
        Happening(EventKind.UNIT_CREATED, agency_id=agency_id, details={"unit": name})
        for agency_id, name in new
    ]
    return found, happenings


def unit_key(agency_id: int, name: str) -> tuple[int, str]:
    return agency_id, name_key(name)


def _clean_code(code: str) -> str:
    return _NOT_CODE.sub("-", code.upper()).strip("-")[:_MOST_CODE].strip("-")


def _full_name(code: str, name: str) -> str:
    _, alone = split_acronym(name)
    return alone or code


def _given(line: AgencyLine) -> tuple[str, ...]:
    return tuple(text for text in (line.given_code, line.given_name) if text)
