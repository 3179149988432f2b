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
_BINARY = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
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
    replaced = text.count("\ufffd")
    if replaced:
        remarks["unreadable bytes"] = replaced
    return Decoded(strip_controls(text, remarks), encoding, remarks)


def strip_controls(text: str, remarks: dict[str, int]) -> str:
    """The text without control characters and lone surrogates; how many went is added to `remarks`."""
    if text.isprintable():
        return text
    cleaned, count = CONTROL.subn("", text)
    if count:
        remarks["control characters"] = remarks.get("control characters", 0) + count
    return cleaned


def _refuse_binary(data: bytes) -> None:
    for magic, name in _BINARY:
        if data.startswith(magic):
            raise ImportProblem("This file is %(kind)s, not a table. Send a CSV or Excel file.", kind=name)
    start = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<table", b"<?xml")):
        raise ImportProblem(
            "This file is a web page or XML, whatever its name says. Open it in a spreadsheet and save it as CSV."
        )


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
