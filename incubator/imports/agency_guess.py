"""Which agency a file without an agency column is from, as its sheet, title rows or file name say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from incubator.imports.identity import plain_title
from incubator.imports.tables import Table

_OFFICIAL = re.compile(
    r"(?:(?:U\.S\.|[A-Z][\w'’]+) )*"
    r"(?:Department|Office|Bureau|Division|Administration|Agency|Commission|Board|Institute) (?:of|for) "
    r"(?:the )?[A-Z][\w'’]+(?:(?:,? (?:and|of|the|&))* [A-Z][\w'’]+)*"
)
_ACRONYM = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Z0-9]{1,7}(?![A-Za-z0-9])")
_YEAR = re.compile(r"(?:FY|CY|Q|V)[0-9]*")
_NO_AGENCY = frozenset(
    [
        "AI",
        "CSV",
        "XLS",
        "XLSX",
        "OMB",
        "FY",
        "ID",
        "IT",
        "ML",
        "LLM",
        "USE",
        "CASE",
        "CASES",
        "INVENTORY",
        "FINAL",
        "DRAFT",
        "SHEET",
        "DATA",
        "US",
        "USA",
        "PUBLIC",
        "NEW",
        "V1",
        "V2",
    ]
)
_WORDS_OF_FILES = re.compile(r"\b(?:AI|Use|Cases?|Inventory|Compliance|Plan|Final|Draft|FY ?\d*|20\d\d)\b.*$")


@dataclass(frozen=True, slots=True)
class Guess:
    """The name or code of an agency, and where it was found: "sheet", "title", "file" or, for none, ""."""

    name: str = ""
    place: str = ""


def guess_agency(table: Table, agencies: Mapping[str, Iterable[str]]) -> Guess:
    """The agency of a whole file, for a person to confirm. `agencies` are the names of those here, by code.

    An agency that is known here comes first, then words that look like the name of one, then a short name.
    """
    titles = " ".join(cell for _, cells in table.preamble for cell in cells if cell.strip())
    stem = re.sub(r"[_\s]+", " ", table.name.rpartition(".")[0] or table.name)
    places = [("title", titles), ("sheet", table.sheet.replace("_", " ")), ("file", stem)]
    for place, text in places:
        for code, names in agencies.items():
            if _mentions(text, code, names):
                return Guess(next(iter(names), code), place)
    for place, text in places:
        official = _OFFICIAL.search(text)
        name = _WORDS_OF_FILES.sub("", official[0]).strip(" -–,") if official else ""
        if name:
            return Guess(name, place)
    for place, text in places:
        for word in _ACRONYM.findall(text):
            if word not in _NO_AGENCY and not _YEAR.fullmatch(word):
                return Guess(word, place)
    return Guess()


def _mentions(text: str, code: str, names: Iterable[str]) -> bool:
    plain = f" {plain_title(text)} "
    if any(len(name) > 3 and f" {plain_title(name)} " in plain for name in names):
        return True
    return code in _ACRONYM.findall(text) and code not in _NO_AGENCY
