"""Passwords: Argon2id, at least 15 characters, none of the common ones (NIST SP 800-63B-4)."""

from __future__ import annotations

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from incubator.domain.errors import DomainError

SHORTEST, LONGEST = 15, 256

COMMON = frozenset(
    {
        "123456789012345",
        "1234567890123456",
        "passwordpassword",
        "password12345678",
        "qwertyuiopasdfgh",
        "qwertyuiopasdfghjkl",
        "correcthorsebatterystaple",
        "iloveyouiloveyou",
        "administrator123",
        "letmeinletmeinletmein",
        "changemechangeme",
        "welcome123456789",
        "abcdefghijklmnop",
    }
)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def check_new_password(password: str, *, about: tuple[str, ...] = ()) -> None:
    """Raise DomainError unless this can be a password. `about` are words of its owner it may not be."""
    normal = _normal(password)
    if len(normal) < SHORTEST:
        raise DomainError(
            "Use at least %(least)s characters. A short sentence works well.", "password", least=SHORTEST
        )
    if len(normal) > LONGEST:
        raise DomainError("Use at most %(most)s characters.", "password", most=LONGEST)
    lowered = normal.casefold()
    plain = lowered.replace(" ", "")
    if lowered in COMMON or plain in COMMON or len(set(lowered)) < 5:
        raise DomainError("This password is too easy to guess. Choose another.", "password")
    if any(word and plain in (word.casefold(), word.casefold() * 2) for word in about):
        raise DomainError("Choose a password that is not your name or e-mail address.", "password")


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
    """The form under which an address is unique: ` Alice@X.gov` and `alice@x.gov` are one."""
    return unicodedata.normalize("NFKC", email).strip().casefold()
