"""Which way is better: every number of a pilot says so once, in one word."""

from typing import Literal

Direction = Literal["up", "down"]


def sign(direction: Direction) -> int:
    """+1 when higher is better, -1 when lower is better; ValueError for any other word."""
    if direction == "up":
        return 1
    if direction == "down":
        return -1
    raise ValueError(f"direction must be 'up' or 'down', not {direction!r}")
