"""The key under which names are compared, sorted and searched."""

from __future__ import annotations

import unicodedata


def plain_letters(text: str) -> str:
    """The text without accents and in its plain Unicode form."""
    parted = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in parted if not unicodedata.combining(sign))


def fold(text: str) -> str:
    """The same for every spelling of a name that differs only in case, accents, width or Unicode form.

    >>> fold("Mun\u0303oz") == fold("MUÑOZ") == "munoz"
    True
    """
    return plain_letters(text).casefold()
