"""How often somebody may try. The limits slide: nothing is locked for longer than the window.

A browser in which an account has signed in before has a count of its own for that account, so strangers
who use up the account's tries keep themselves out, not the owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 10
PER_ADDRESS = 50
"""An office often shares one address: more than one account's worth, far less than a list of passwords needs."""
IN_ALL = 300
"""Failed tries from everywhere within the window: a password tried on many accounts from many addresses."""

RESETS_PER_ACCOUNT = 3
RESETS_PER_ADDRESS = 10
RESET_WINDOW = timedelta(hours=1)

REFUSAL_WINDOW = timedelta(minutes=5)
"""In which one person's refused requests are counted; how many are answered and recorded is a setting."""


class Tried(StrEnum):
    SIGN_IN = "sign_in"
    RESET = "reset"


class TooManyTries(Exception):
    """Wait until `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"too many tries, until {until:%H:%M:%S}")
        self.until = until


@dataclass(frozen=True, slots=True)
class Try:
    """Somebody trying: for which account (its key), from which network address and from which browser
    (`browser_key` is empty unless the account has signed in there before)."""

    email_key: str
    address: str
    browser_key: str = ""
