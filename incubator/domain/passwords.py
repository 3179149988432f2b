"""Passwords: Argon2id, at least 15 characters, none of the common ones (NIST SP 800-63B-4)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from incubator.domain.errors import DomainError

SHORTEST, LONGEST = 15, 256
FEWEST_OWN = 5
"""Characters that must be left when the owner's own words are taken out."""

COMMON = frozenset(
    {
        "administrator123",
        "bubblegumbubblegum",
        "changemechangeme",
        "correcthorsebatterystaple",
        "defaultpassword",
        "iamtheadministrator",
        "ilovemyfamily123",
        "iloveyouforever",
        "iloveyousomuch",
        "itsasecretpassword",
        "letmeinletmeinplease",
        "mypasswordispassword",
        "newpassword12345",
        "password123456789",
        "password12345678",
        "passw0rdpassw0rd",
        "securepassword1",
        "securepassword123",
        "temporarypassword",
        "thisisapassword",
        "thisismypassword",
        "unbreakablepassword",
        "welcome123456789",
        "whatismypassword",
    }
)

RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "09876543210987654321",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertyuiop[]asdfghjkl;'zxcvbnm,./",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "qazwsxedcrfvtgbyhnujmikolp",
)
"""Rows of the keyboard and the alphabet: a password made of such runs alone is guessed at once."""

EMAIL = re.compile(
    r"[^@\s\"(),:;<>\[\]\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?\.[A-Za-z]{2,24}"
)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def check_new_password(password: str, *, about: tuple[str, ...] = ()) -> None:
    """Raise DomainError unless this can be a password. `about` are words of its owner it may not consist of."""
    if len(password) > LONGEST:
        raise DomainError("Use at most %(most)s characters.", "password", most=LONGEST)
    normal = _normal(password)
    if len(normal) < SHORTEST:
        raise DomainError(
            "Use at least %(least)s characters. A short sentence works well.", "password", least=SHORTEST
        )
    plain = "".join(normal.casefold().split())
    if plain in COMMON or len(set(plain)) < 5 or _repeats(plain) or _runs(plain):
        raise DomainError("This password is too easy to guess. Choose another.", "password")
    left = plain
    for word in sorted(_words(about), key=len, reverse=True):
        left = left.replace(word, "")
    if len(left) < FEWEST_OWN:
        raise DomainError("Choose a password that is not your name or e-mail address.", "password")


def _words(about: tuple[str, ...]) -> set[str]:
    """The owner's words, whole and in parts of at least three letters."""
    found = set()
    for text in about:
        lowered = text.casefold()
        found |= {"".join(lowered.split()), *re.findall(r"\w{3,}", lowered)}
    return found - {""}


def _repeats(plain: str) -> bool:
    """Whether it is one short piece said over and over: passwordpassword, abc123abc123abc123."""
    return any((plain[:size] * len(plain))[: len(plain)] == plain for size in range(1, len(plain) // 2 + 1))


def _runs(plain: str) -> bool:
    """Whether it falls wholly into runs of four or more along a row of the keyboard or the alphabet."""
    place = 0
    while place < len(plain):
        longest = 0
        for run in (*RUNS, *(row[::-1] for row in RUNS)):
            length = 4
            while place + length <= len(plain) and plain[place : place + length] in run:
                longest = max(longest, length)
                length += 1
        if not longest:
            return False
        place += longest
    return True


def hash_password(password: str) -> str:
    return _hasher().hash(_normal(password))


def matches(password: str, stored: str) -> bool:
    """Whether the password is the stored one. Takes about as long when there is none stored."""
    if len(password) > LONGEST:
        return False
    try:
        return _hasher().verify(stored or _nobody(), _normal(password)) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return _hasher().hash("nobody has this password, it only takes the same time")


def email_key(email: str) -> str:
    """The form under which an address is unique: ` Alice@X.gov`, `alice@x.gov` and one with invisible
    characters inside are one."""
    normal = unicodedata.normalize("NFKC", email).casefold()
    return "".join(sign for sign in normal if unicodedata.category(sign)[0] not in "CZ")


def check_email(email: str) -> str:
    """The address as it is kept. Raises DomainError unless it is plain: letters of other scripts look
    like ours and would allow a second account under the same name."""
    normal = unicodedata.normalize("NFKC", email)
    address = "".join(sign for sign in normal if unicodedata.category(sign)[0] not in "CZ")
    if not address.isascii() or not EMAIL.fullmatch(address) or ".." in address:
        raise DomainError("Enter an e-mail address like name@agency.gov, in plain letters.", "email")
    return address
