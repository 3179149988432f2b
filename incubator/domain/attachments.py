"""Which files may be handed in: their kinds, their names, and whether the content is what the name says."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from dataclasses import dataclass
from typing import BinaryIO

from incubator.domain.errors import DomainError

MOST_NAME = 120
MOST_MEMBERS = 5_000
MOST_FILES = 30
"""Files of one proposal at a time."""

_OPEN = "application/vnd.openxmlformats-officedocument"

MEDIA_TYPES: dict[str, str] = {
    "pdf": "application/pdf",
    "docx": f"{_OPEN}.wordprocessingml.document",
    "xlsx": f"{_OPEN}.spreadsheetml.sheet",
    "pptx": f"{_OPEN}.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "png": "image/png",
    "jpg": "image/jpeg",
    "csv": "text/csv",
    "txt": "text/plain",
}
_ALIASES = {"jpeg": "jpg"}

_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_SEPARATORS = re.compile(r"[/\\]")
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
_MARKUP = re.compile(rb"\s*<(?:!doctype|html|svg|script|\?xml|iframe|body|head|object|embed)", re.IGNORECASE)
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_OFFICE_FOLDERS = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/"}


@dataclass(frozen=True, slots=True)
class Kind:
    extension: str
    media_type: str


def clean_name(raw: str) -> str:
    """A name that is safe to show and to save: no folders, no marks that turn the direction of text, no
    reserved or empty name, at most 120 characters with its ending kept."""
    name = _SEPARATORS.split(unicodedata.normalize("NFC", raw))[-1]
    name = "".join(
        character for character in name if unicodedata.category(character) not in ("Cf", "Cs", "Co")
    )
    name = " ".join(_FORBIDDEN.sub("", name).split()).rstrip(". ")
    stem, dot, extension = name.rpartition(".")
    if not dot:
        stem, extension = name, ""
    stem = stem.strip(". ")
    if not stem:
        stem = "file"
    if _RESERVED.fullmatch(stem):
        stem = f"_{stem}"
    ending = f".{extension}" if extension else ""
    return stem[: MOST_NAME - len(ending)].rstrip(". ") + ending[:MOST_NAME]


def kind_of(name: str, content: BinaryIO) -> Kind:
    """The kind of a file whose content fits its name.

    `content` is read and left anywhere. Raises DomainError for a kind that is not taken and for
    content that is something else.
    """
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    extension = _ALIASES.get(extension, extension)
    if extension not in MEDIA_TYPES:
        raise DomainError(
            "Files of this kind are not taken. Attach %(kinds)s.",
            "file",
            kinds=", ".join(sorted(MEDIA_TYPES)),
        )
    if not _fits(extension, content):
        raise DomainError(
            "The content of this file is not what “.%(extension)s” says. Save it anew and try again.",
            "file",
            extension=extension,
        )
    return Kind(extension, MEDIA_TYPES[extension])


def _fits(extension: str, content: BinaryIO) -> bool:
    content.seek(0)
    head = content.read(65_536)
    if not head:
        return False
    if extension in _OFFICE_FOLDERS or extension == "odt":
        return _is_office(extension, head, content)
    if extension in ("csv", "txt"):
        return _is_text(head, content)
    signatures = {"pdf": b"%PDF-", "png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff"}
    # A picture with an archive behind it is two files in one: readers disagree about which.
    return head.startswith(signatures[extension]) and not _is_archive(content)


def _is_archive(content: BinaryIO) -> bool:
    content.seek(0)
    return zipfile.is_zipfile(content)


def _is_office(extension: str, head: bytes, content: BinaryIO) -> bool:
    """Only the archive's list of names is read; nothing is unpacked but a short type mark."""
    if not head.startswith(b"PK\x03\x04") or not _is_archive(content):
        return False
    content.seek(0)
    try:
        with zipfile.ZipFile(content) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            if len(members) > MOST_MEMBERS or any("vbaproject" in name.lower() for name in names):
                return False
            if extension == "odt":
                mark = next((member for member in members if member.filename == "mimetype"), None)
                return (
                    mark is not None
                    and mark.file_size < 200
                    and archive.read(mark).strip() == MEDIA_TYPES["odt"].encode()
                )
            folder = _OFFICE_FOLDERS[extension]
            return "[Content_Types].xml" in names and any(name.startswith(folder) for name in names)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError):
        return False


def _is_text(head: bytes, content: BinaryIO) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            head[: len(head) // 2 * 2].decode("utf-16")
        except UnicodeDecodeError:
            return False
        return True
    plain = head.removeprefix(b"\xef\xbb\xbf")
    if _MARKUP.match(plain) or plain.startswith((b"%PDF", b"PK\x03\x04", b"MZ", b"\x7fELF")):
        return False
    content.seek(0)
    return not any(_CONTROLS.search(part) for part in iter(lambda: content.read(1 << 20), b""))
