"""Names and codes of agencies: what is one name in two spellings, and what only looks like it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher

CODE = re.compile(r"[A-Z][A-Z0-9]{1,7}")

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
    """The same for two spellings that differ only in case, white space or width of letters."""
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()


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
