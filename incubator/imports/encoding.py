"""From the bytes of a text file to clean text, saying what was assumed on the way."""

import codecs
import re
from dataclasses import dataclass

from incubator.imports.problems import ImportProblem

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ESCAPED = re.compile("[\udc80-\udcff]+")
_MULTIBYTE = re.compile("[\u0080-\ud7ff\ue000-\U0010ffff]")
# Line feed, carriage return and tab are layout; every other control character is refused by XML,
# by PostgreSQL (NUL) or by a terminal. Lone surrogates cannot be written as UTF-8 at all.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAKS = "\x0b\x0c\x85"
_WINDOWS = {
    chr(number): bytes([number]).decode("cp1252")
    for number in range(0x80, 0xA0)
    if number not in (0x81, 0x85, 0x8D, 0x8F, 0x90, 0x9D)
}
_BINARY = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "compressed (gzip)"),
    (b"BZh", "compressed (bzip2)"),
    (b"\xfd7zXZ\0", "compressed (xz)"),
    (b"\x28\xb5\x2f\xfd", "compressed (Zstandard)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"SQLite format 3\0", "a database"),
)
_MARKUP = re.compile(
    rb"<!doctype|<html|<table|<\?xml|<meta|<head|<body|<div|<style|<!--|mime-version:|content-type: text/html"
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the name of the encoding it was read in, and plain remarks by kind with their counts."""

    text: str
    encoding: str
    remarks: dict[str, int]


def decode(data: bytes) -> Decoded:
    """Read bytes as text; raises `ImportProblem` when they are no text at all.

    A byte-order mark decides. Without one: UTF-16 when every other byte is NUL, UTF-8 when valid,
    UTF-8 with stray Windows-1252 bytes when most of the foreign letters are valid UTF-8, else Windows-1252.
    """
    _refuse_binary(data)
    remarks: dict[str, int] = {}
    text, encoding = _decode(data, remarks)
    if encoding == "cp1252":
        _refuse_noise(text)
    replaced = text.count("\ufffd")
    if replaced:
        remarks["unreadable bytes"] = replaced
    return Decoded(strip_controls(text, remarks), encoding, remarks)


def strip_controls(text: str, remarks: dict[str, int]) -> str:
    """The text with nothing in it that cannot be kept; what was replaced is counted in `remarks`.

    Letters between U+0080 and U+009F are Windows-1252 read as Latin-1 ("company\x92s"), and are read as that. Old
    line breaks become spaces. Of other control characters and lone surrogates "\ufffd" shows the place.
    """
    if text.isprintable():
        return text
    found: dict[str, int] = {}

    def readable(match: re.Match[str]) -> str:
        sign = match.group()
        if sign in _BREAKS:
            return " "
        if sign in _WINDOWS:
            found["signs of Windows-1252 read as such"] = (
                found.get("signs of Windows-1252 read as such", 0) + 1
            )
            return _WINDOWS[sign]
        found["control characters shown as \ufffd"] = found.get("control characters shown as \ufffd", 0) + 1
        return "\ufffd"

    cleaned = CONTROL.sub(readable, text)
    for kind, count in found.items():
        remarks[kind] = remarks.get(kind, 0) + count
    return cleaned


def _refuse_binary(data: bytes) -> None:
    for magic, name in _BINARY:
        if data.startswith(magic):
            raise ImportProblem("This file is %(kind)s, not a table. Send a CSV or Excel file.", kind=name)
    start = data[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if _MARKUP.match(start):
        raise ImportProblem(
            "This file is a web page or XML, whatever its name says. Open it in Excel and save it as a new .xlsx or .csv file."
        )


def _refuse_noise(text: str) -> None:
    """Refuse bytes that only pass for text because every byte is some letter: text holds few control characters."""
    sample = text[:4096]
    controls = sum(not sign.isprintable() and sign not in "\r\n\t\x0b\x0c\xa0\xad" for sign in sample)
    if controls * 50 > len(sample):
        raise ImportProblem("This file is not a table: it holds binary data. Send a CSV or Excel file.")


def _decode(data: bytes, remarks: dict[str, int]) -> tuple[str, str]:
    for mark, name in _MARKS:
        if data.startswith(mark):
            if name == "utf-8-sig":
                text, encoding = _utf8_or_windows(data[len(mark) :], remarks)
                return text, f"{encoding} with byte-order mark"
            return data.decode(name, "replace"), name
    head = data[:4096]
    if len(head) >= 4 and head.count(0) > len(head) // 4:
        high = head[0::2].count(0) > head[1::2].count(0)
        name = "utf-16-be" if high else "utf-16-le"
        if min(head[0::2].count(0), head[1::2].count(0)) > len(head) // 8:
            raise ImportProblem("This file is not a table: it holds binary data. Send a CSV or Excel file.")
        return data.decode(name, "replace"), name
    return _utf8_or_windows(data, remarks)


def _utf8_or_windows(data: bytes, remarks: dict[str, int]) -> tuple[str, str]:
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    escaped = data.decode("utf-8", "surrogateescape")
    lone = sum(len(run) for run in _ESCAPED.findall(escaped))
    if len(_MULTIBYTE.findall(escaped)) < lone:
        return data.decode("cp1252", "replace"), "cp1252"
    remarks["stray bytes read as Windows-1252"] = lone
    return _ESCAPED.sub(_as_windows, escaped), "utf-8"


def _as_windows(match: re.Match[str]) -> str:
    return match.group().encode("utf-8", "surrogateescape").decode("cp1252", "replace")
