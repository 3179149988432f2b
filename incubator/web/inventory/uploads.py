"""Taking an uploaded file in: its name made harmless, its bytes under a random name outside the web root."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from incubator.imports.encoding import decode
from incubator.imports.limits import Limits
from incubator.imports.workbooks import OLE_MAGIC, ZIP_MAGIC

_PIECE = 1 << 20
_HEAD = 4096
_MOST_NAME = 120


@dataclass(frozen=True, slots=True)
class Upload:
    key: str
    path: Path
    sha256: str
    size: int


def keep_table(stream: BinaryIO, folder: Path, limits: Limits) -> Upload:
    """Write a table to the folder for good. Raises ImportProblem when it cannot be one; a failure leaves nothing."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = secrets.token_hex(16)
    path, digest, size = folder / key, hashlib.sha256(), 0
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            while piece := stream.read(_PIECE):
                if not size and not piece.startswith((ZIP_MAGIC, OLE_MAGIC)):
                    decode(piece[:_HEAD])
                size += len(piece)
                limits.check_bytes(size)
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        limits.check_bytes(size)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Upload(key, path, digest.hexdigest(), size)


def shown_name(name: str | None) -> str:
    """The last part of a file's name without signs that control, reverse or hide; never empty."""
    last = re.split(r"[/\\]", name or "")[-1]
    kept = "".join(sign for sign in last if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    kept = " ".join(kept.split()).strip(". ")
    if len(kept) > _MOST_NAME:
        stem, dot, ending = kept.rpartition(".")
        ending = f"{dot}{ending}" if dot and len(ending) <= 5 else ""
        kept = (stem if ending else kept)[: _MOST_NAME - len(ending) - 1] + "…" + ending
    return kept or "inventory"
