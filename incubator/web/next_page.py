"""Where to go after signing in: only to a page of this site."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

LONGEST = 2_000


def local_path(text: str | None) -> str | None:
    """The text when it is surely an address of our own, else None.

    Browsers read `\\` as `/`, skip tabs and line ends, and take `//host` for another site: so only
    printable ASCII that begins with one slash passes.
    """
    if not text or len(text) > LONGEST or not text.startswith("/") or text.startswith("//"):
        return None
    if not text.isascii() or not text.isprintable() or "\\" in text or " " in text:
        return None
    parts = urlsplit(text)
    return text if not parts.scheme and not parts.netloc else None


def this_page() -> str:
    """The address of this request, without the host and without an empty question mark."""
    return request.full_path.removesuffix("?")
