"""Where attachments' bytes lie: one file each, under a random key, outside of what the web serves."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from incubator.domain.attachments import kind_of
from incubator.domain.errors import DomainError, NotFound

_KEY = re.compile(r"[0-9a-f]{48}")
_PART = 1 << 20
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Stored:
    key: str
    size: int
    sha256: str
    media_type: str


def keep(folder: Path, name: str, content: BinaryIO, *, megabytes: int) -> Stored:
    """Write the content to the disk for good and give back its key.

    Refuses, with DomainError, more than `megabytes` million bytes and content that does not fit the
    name; then nothing is left behind. The row is written by the caller, after this.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, part = tempfile.mkstemp(dir=folder, suffix=".part")
    try:
        with os.fdopen(handle, "w+b") as file:
            size, digest = _copy(content, file, megabytes * MEGABYTE, megabytes)
            kind = kind_of(name, file)
            file.flush()
            os.fsync(file.fileno())
        key = secrets.token_hex(24)
        Path(part).rename(folder / key)
        _sync_folder(folder)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    return Stored(key, size, digest, kind.media_type)


def open_kept(folder: Path, key: str) -> BinaryIO:
    """The bytes of a key. Raises NotFound when there are none; a link in the store is never followed."""
    if not _KEY.fullmatch(key):
        raise NotFound
    try:
        handle = os.open(
            folder / key, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        )
    except OSError:
        raise NotFound from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise NotFound
    return os.fdopen(handle, "rb")


def discard(folder: Path, key: str) -> None:
    """Take a file back whose row was not written."""
    if _KEY.fullmatch(key):
        (folder / key).unlink(missing_ok=True)


def remove_orphans(folder: Path, known: Collection[str], *, older_than: float) -> int:
    """Delete files that no row names and that were last written before `older_than` (seconds since 1970),
    left by a crash between file and row. Answers how many."""
    if not folder.is_dir():
        return 0
    gone = 0
    for file in folder.iterdir():
        ours = _KEY.fullmatch(file.name) or file.name.endswith(".part")
        if ours and file.name not in known and file.lstat().st_mtime < older_than:
            file.unlink(missing_ok=True)
            gone += 1
    return gone


def _copy(source: BinaryIO, target: BinaryIO, limit: int, megabytes: int) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    while part := source.read(_PART):
        size += len(part)
        if size > limit:
            raise DomainError("The file is larger than %(most)s MB.", "file", most=megabytes)
        digest.update(part)
        target.write(part)
    if not size:
        raise DomainError("The file is empty.", "file")
    return size, digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
