"""A draw that anybody can recompute by hand."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Ticket:
    """One proposal in the draw: its number (64 hexadecimal digits) and whether it won."""

    key: str
    number: str
    won: bool


def draw_lots(keys: Iterable[str], *, places: int, seed: str) -> tuple[Ticket, ...]:
    """Draw `places` of the keys; tickets come in the order drawn.

    A key's number is the SHA-256, as lower-case hexadecimal, of the UTF-8 text made of the seed, a vertical
    bar and the key, without spaces or line end: `printf '%s|%s' SEED KEY | sha256sum`. Numbers are sorted
    as text, smallest first, and the first `places` win. The seed should be something nobody could choose
    with the result in mind, such as a public number named before it was drawn. ValueError for a key given
    twice, negative places, or an empty seed.
    """
    names = list(keys)
    if len(set(names)) != len(names):
        raise ValueError("a key is in the draw twice")
    if places < 0:
        raise ValueError("places must not be negative")
    if not seed:
        raise ValueError("a draw needs a seed")
    numbered = sorted((hashlib.sha256(f"{seed}|{key}".encode()).hexdigest(), key) for key in names)
    return tuple(Ticket(key, number, turn < places) for turn, (number, key) in enumerate(numbered))
