"""Names and codes of agencies: what is one name in two spellings, and what only looks like it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from incubator.domain.folding import fold, plain_letters

CODE = re.compile(r"[A-Z][A-Z0-9]{1,7}")
_MOST_CODE = 8
_ACRONYM_FIRST = re.compile(r"(?P<code>[A-Z][A-Z0-9]{1,7})\s*(?:[–—:]|\s-)\s*(?P<name>.*[a-z].*)")
_ACRONYM_LAST = re.compile(r"(?P<name>.*[a-z].*?)\s*\((?P<code>[A-Z][A-Z0-9]{1,7})\)")

_SHORT = {
    "dept": "department",
    "dep": "department",
    "div": "division",
    "comm": "commission",
    "auth": "authority",
    "admin": "administration",
    "natl": "national",
    "svcs": "services",
    "svc": "services",
    "service": "services",
    "govt": "government",
    "ofc": "office",
    "bd": "board",
    "transp": "transportation",
    "ed": "education",
    "env": "environment",
    "&": "and",
}
_SMALL = frozenset({"of", "the", "and", "for", "on", "state", "in"})
_GENERAL = frozenset({"department", "division", "office", "agency", "bureau"})
_ALIKE = 0.88


def name_key(name: str) -> str:
    """The same for two spellings that differ only in case, accents, white space or width of letters."""
    return " ".join(fold(name).split())


def split_acronym(name: str) -> tuple[str, str]:
    """The acronym that is written with a name, and the name alone: "APHIS - Animal and Plant …", "… (APHIS)".

    A name that is nothing but an acronym is both. The acronym is "" where there is none.
    """
    plain = " ".join(name.split())
    if CODE.fullmatch(plain):
        return plain, plain
    before, after = _ACRONYM_FIRST.fullmatch(plain), _ACRONYM_LAST.fullmatch(plain)
    if before:
        return before["code"], before["name"]
    return (after["code"], after["name"]) if after else ("", plain)


def propose_code(name: str) -> str:
    """A code for a new agency: the acronym in its name, else the initials of its words, else its beginning."""
    acronym, alone = split_acronym(name)
    if acronym:
        return acronym
    words = re.findall(r"[A-Z0-9]+(?:\.[A-Z0-9]\b)*|[a-z0-9]+", plain_letters(alone), re.IGNORECASE)
    capitals = "".join(
        word.replace(".", "") if "." in word else word[0] for word in words if word[0].isupper()
    )
    initials = (
        capitals if len(capitals) > 1 else "".join(word[0] for word in words if word.lower() not in _SMALL)
    )
    code = initials if len(initials) > 1 else "".join(words)[:4]
    code = code.upper()[:_MOST_CODE].lstrip("0123456789")
    return code if CODE.fullmatch(code) else "AGENCY"


def similar_names(name: str, others: Iterable[str]) -> list[str]:
    """Those of `others` that may mean the same agency: shortened words, other small words, another order,
    or a slip of the pen."""
    words = _words(name)
    return [other for other in others if _alike(words, _words(other))]


def _words(name: str) -> list[str]:
    found = re.findall(r"\w+|&", name_key(name))
    spelled = (_SHORT.get(word, word) for word in found)
    return [word for word in spelled if word not in _SMALL]


def _alike(one: list[str], two: list[str]) -> bool:
    if not one or not two:
        return False
    if set(one) == set(two):
        return True
    smaller, larger = sorted((set(one) - _GENERAL, set(two) - _GENERAL), key=len)
    # "Labor and Employment" may be "Colorado Department of Labor and Employment".
    if len(smaller) >= 2 and smaller <= larger and len(larger - smaller) <= 1:
        return True
    return SequenceMatcher(None, " ".join(sorted(one)), " ".join(sorted(two))).ratio() >= _ALIKE
