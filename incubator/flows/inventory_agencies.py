"""The agencies and units that an inventory names: found by code or name, and made where they are new."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.events import EventKind
from incubator.flows.record import Happening
from incubator.models.agencies import Agency, Unit

_NOT_CODE = re.compile(r"[^A-Z0-9]+")
_MOST_CODE = 12
_MOST_NAME = 300


class NamesAgency(Protocol):
    """What names an agency by its code or, without one, by its name."""

    @property
    def agency_code(self) -> str: ...
    @property
    def agency_name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class NewAgency:
    code: str
    name: str


class Directory:
    """Agencies by code and by name, and those still to be made. Reads only."""

    def __init__(self, session: Session, *, lock: bool = False) -> None:
        query = sa.select(Agency.code, Agency.name).order_by(Agency.id)
        rows = session.execute(query.with_for_update() if lock else query).all()
        self.codes = {row.code.casefold(): row.code for row in rows}
        self.names = {_plain(row.name): row.code for row in rows}
        self.new: list[NewAgency] = []

    def code_of(self, code: str, name: str) -> str:
        """The code of the agency that a row names, which may be one that is still to be made."""
        wanted = _clean_code(code)
        found = self.codes.get(code.casefold()) or self.codes.get(wanted.casefold())
        found = found or self.names.get(_plain(name)) or self.codes.get(_plain(name))
        if found:
            return found
        made = NewAgency(self._free(wanted or _initials(name)), name[:_MOST_NAME] or code)
        self.new.append(made)
        self.codes[made.code.casefold()] = made.code
        self.names[_plain(made.name)] = made.code
        if code:
            self.codes.setdefault(code.casefold(), made.code)
        return made.code

    def _free(self, code: str) -> str:
        candidate, number = code, 1
        while candidate.casefold() in self.codes:
            number += 1
            candidate = f"{code}{number}"
        return candidate


def agency_codes(session: Session, rows: Sequence[NamesAgency]) -> tuple[list[str], list[NewAgency]]:
    """Each row's agency code, in order, and the agencies that an import would make. Reads only."""
    directory = Directory(session)
    return [directory.code_of(row.agency_code, row.agency_name) for row in rows], directory.new


def ensure_agencies(session: Session, rows: Sequence[NamesAgency]) -> tuple[list[Agency], list[Happening]]:
    """Each row's agency, in order, locked; new ones are made. The happenings are for the caller to record."""
    directory = Directory(session, lock=True)
    codes = [directory.code_of(row.agency_code, row.agency_name) for row in rows]
    made = [Agency(code=new.code, name=new.name) for new in directory.new]
    session.add_all(made)
    session.flush()
    happenings = [
        Happening(EventKind.AGENCY_CREATED, agency_id=one.id, details={"agency": one.name}) for one in made
    ]
    statement = sa.select(Agency).where(Agency.code.in_(set(codes))).with_for_update()
    known = {agency.code: agency for agency in session.scalars(statement)}
    return [known[code] for code in codes], happenings


def ensure_units(
    session: Session, named: Iterable[tuple[int, str]]
) -> tuple[dict[tuple[int, str], int], list[Happening]]:
    """Units by agency and plain name; new ones are made."""
    wanted = {(agency_id, _plain(name)): name for agency_id, name in reversed(list(named)) if name}
    agencies = {agency_id for agency_id, _ in wanted}
    query = sa.select(Unit.id, Unit.agency_id, Unit.name).where(Unit.agency_id.in_(agencies))
    found = {(row.agency_id, _plain(row.name)): row.id for row in session.execute(query)}
    new = [
        (agency_id, name)
        for (agency_id, plain), name in sorted(wanted.items())
        if (agency_id, plain) not in found
    ]
    if new:
        session.execute(sa.insert(Unit), [{"agency_id": agency_id, "name": name} for agency_id, name in new])
        found = {(row.agency_id, _plain(row.name)): row.id for row in session.execute(query)}
    happenings = [
        Happening(EventKind.UNIT_CREATED, agency_id=agency_id, details={"unit": name})
        for agency_id, name in new
    ]
    return found, happenings


def unit_key(agency_id: int, name: str) -> tuple[int, str]:
    return agency_id, _plain(name)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _clean_code(code: str) -> str:
    return _NOT_CODE.sub("-", code.upper()).strip("-")[:_MOST_CODE].strip("-")


def _initials(name: str) -> str:
    words = [word for word in re.split(r"[^A-Za-z0-9]+", name) if word]
    capitals = "".join(word[0] for word in words if word[0].isupper() or word[0].isdigit())
    return _clean_code(capitals or "".join(word[0] for word in words)) or "AGENCY"
