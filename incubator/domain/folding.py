"""The key under which names are compared, sorted and searched."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """The same for every spelling of a name that differs only in case, accents, width or Unicode form.

    >>> fold("Mun\u0303oz") == fold("MUÑOZ") == "munoz"
    True
    """
    plain = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()
