"""One file that holds everything of an installation on SQLite: the database and the attachments.

A plain copy of a live database file can miss rows that were acknowledged, so SQLite's own backup makes the
copy: as of one moment, while people go on working. The attachments follow after it; their files are written
before their rows, so none that the copied rows name can be missing.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
import zipfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from incubator.config import Settings

DATABASE = "incubator.sqlite"
_ATTACHMENT = re.compile(r"attachments/[0-9a-f]{48}")


class BackupError(Exception):
    """Why there is no backup, or why it was not put back, in a sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Backup:
    file: Path
    attachments: int
    size: int
    """Bytes of the file."""


def back_up(settings: Settings, file: Path) -> Backup:
    """Write the backup to a file that does not exist yet; half a backup is never left under that name.

    Raises BackupError when the file exists, the database is no SQLite file or is damaged.
    """
    database = _sqlite_file(settings)
    if database is None:
        raise BackupError(_how_with_postgresql(settings, file))
    if not database.is_file():
        raise BackupError(f"There is no database at {database}.")
    if file.exists():
        raise BackupError(f"{file} exists already. Choose another name.")
    if not file.parent.is_dir():
        raise BackupError(f"There is no folder {file.parent}.")
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as folder:
        copy, part = Path(folder) / DATABASE, Path(folder) / "part.zip"
        _copy(database, copy)
        kept = 0
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(copy, DATABASE)
            for path in _attachments(settings.attachments):
                archive.write(path, f"attachments/{path.name}")
                kept += 1
        part.chmod(0o600)
        part.replace(file)
    return Backup(file, kept, file.stat().st_size)


def restore(settings: Settings, file: Path) -> Backup:
    """Put a backup into an installation that has no database yet.

    Raises BackupError when something is there already, or the file is no whole backup.
    """
    database = _sqlite_file(settings)
    if database is None:
        raise BackupError(
            "Backups of this command hold SQLite. Put a pg_dump back with pg_restore, see docs/operating.md."
        )
    if database.exists() or any(_attachments(settings.attachments)):
        raise BackupError(
            f"{settings.instance} holds an installation already. Move it away, or set INCUBATOR_INSTANCE to an "
            "empty folder."
        )
    database.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=database.parent, prefix=".restore-") as name:
        folder = Path(name)
        kept = _unpack(file, folder)
        _require_whole(folder / DATABASE)
        if kept:
            settings.attachments.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in _attachments(folder / "attachments"):
            shutil.move(path, settings.attachments / path.name)
        # Last, so that an interrupted run leaves nothing that looks like a whole installation.
        (folder / DATABASE).replace(database)
    return Backup(file, kept, file.stat().st_size)


def _unpack(file: Path, folder: Path) -> int:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            strange = [name for name in names if name != DATABASE and not _ATTACHMENT.fullmatch(name)]
            if strange or DATABASE not in names:
                raise BackupError(f"{file} is no backup of this application.")
            archive.extractall(folder)
    except (zipfile.BadZipFile, EOFError) as error:
        raise BackupError(f"{file} is no backup of this application, or it is damaged.") from error
    return len(names) - 1


def _copy(database: Path, copy: Path) -> None:
    address = f"{database.absolute().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(address, uri=True, timeout=30)) as source,
        closing(sqlite3.connect(copy)) as to,
    ):
        try:
            source.backup(to)
        except sqlite3.DatabaseError as error:
            raise BackupError(f"{database} could not be copied: {error}.") from error
    _require_whole(copy)


def _require_whole(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        try:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        except sqlite3.DatabaseError as error:
            found = [str(error)]
    if found != ["ok"]:
        raise BackupError(f"The copied database is damaged: {found[0]}.")


def _attachments(folder: Path) -> list[Path]:
    """The kept files, without uploads that are still being written."""
    return sorted(path for path in folder.glob("*") if re.fullmatch(r"[0-9a-f]{48}", path.name))


def _sqlite_file(settings: Settings) -> Path | None:
    url = sa.make_url(settings.database_url)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _how_with_postgresql(settings: Settings, file: Path) -> str:
    url = sa.make_url(settings.database_url)
    parts = (
        ("--host", url.host),
        ("--port", url.port),
        ("--username", url.username),
        ("--dbname", url.database),
    )
    where = " ".join(f"{name}={value}" for name, value in parts if value)
    return (
        "The database is PostgreSQL, which makes its own backups. Run:\n"
        f"  pg_dump --format=custom {where} --file={file}\n"
        f"and then copy the attachments: {settings.attachments}"
    )
