"""A document of plain blocks as a tagged PDF (PDF/UA-1).

The layout stands in layout/document.typ. Everything a person wrote reaches it as JSON and is set as text, so
that nothing typed into a form can become markup. No system fonts, no network, no file of the machine is read.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from incubator.exports.tables import clean

PDF_TYPE = "application/pdf"

_LAYOUT = Path(__file__).parent / "layout"
_UNBROKEN = 28  # characters a word may have before it gets places to break
_LONG_WORD = re.compile(rf"\S{{{_UNBROKEN + 1},}}")
_REPEATED = 90  # characters of a title that is repeated on every page
# Marks that turn the direction of everything after them, and the one that opens a file.
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\ufeff]")
# So many marks over one letter no language has, and more of them bring the typesetter down.
_MARKS = 8
_STACKED = re.compile(
    f"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{{{_MARKS}}})"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_BREAKS = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Heading:
    """`level` 1 to 3; a level is never skipped on the page, because readers step through them."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text; an empty line parts paragraphs, line breaks are kept."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list with bullets."""

    items: Sequence[str]


@dataclass(frozen=True, slots=True)
class KeyValues:
    """Labels with their values, one below the other."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table of text; its header is repeated on every page.

    `numeric` names the columns (from 0) that stand to the right. `shares` gives the columns' widths as parts
    of the page's; without it columns are as wide as they need.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    numeric: Sequence[int] = ()
    shares: Sequence[float] | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure in SVG. `alt` says in words what it shows and must not be empty."""

    svg: bytes
    alt: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A boxed remark."""

    text: str
    title: str = ""
    tone: Literal["info", "success", "warning", "danger"] = "info"


@dataclass(frozen=True, slots=True)
class TagLine:
    """Short labels in one line, such as a stage and a state."""

    tags: Sequence[str]


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows starts on a new page."""


Block = Heading | Paragraph | Items | KeyValues | TableBlock | Chart | Notice | TagLine | PageBreak


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file within the document: UTF-8 text under a name, with a description."""

    name: str
    media_type: str
    text: str
    description: str


@dataclass(frozen=True, slots=True)
class Document:
    """`number` and `day` stand on each page. `page_words` holds the words around "1" and "3" in "Page 1 of 3".
    `keywords` stand in the file's metadata, without commas; `enclosed` travels inside the file."""

    title: str
    subtitle: str
    blocks: Sequence[Block]
    number: str = ""
    day: date | None = None
    language: str = "en"
    page_words: tuple[str, str] = ("Page ", " of ")
    keywords: Sequence[str] = ()
    enclosed: Enclosed | None = None


def to_pdf(document: Document, created: datetime, *, fonts: Path | None = None) -> bytes:
    """The document on US Letter pages. The same document and `created` give the same bytes.

    `fonts` is a folder of Public Sans cut to single weights: text inside charts is set in the lightest weight
    of the variable font without it. Raises ValueError for a chart without a description, a ragged table,
    an unknown tone, or text that the typesetter cannot set.
    """
    typst = import_module("typst")
    data = json.dumps(_data(document), ensure_ascii=False)
    try:
        content: bytes = typst.compile(
            _LAYOUT / "document.typ",
            root=_LAYOUT,
            font_paths=_fonts(fonts if fonts is not None and any(fonts.glob("*.ttf")) else None),
            ignore_system_fonts=True,
            sys_inputs={"data": data},
            format="pdf",
            pdf_standards=["ua-1"],
            timestamp=int(created.timestamp()),
        )
    except BaseException as error:
        # The typesetter's own failures are no Exception, and would end a worker instead of one job.
        if type(error).__name__ != "PanicException":
            raise
        raise ValueError(f"the document could not be set: {error}") from error
    return content


@lru_cache(maxsize=2)
def _fonts(cut: Path | None) -> Any:
    """Public Sans, then DejaVu Sans for other scripts, then a font that has a sign for every character.

    PDF/UA forbids a character without a glyph, and dropping it would lose what a person wrote. The last two
    come with matplotlib, which need not be imported for its files to be read.
    """
    spec = find_spec("matplotlib")
    assert spec is not None
    assert spec.submodule_search_locations
    more = Path(spec.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf"
    return import_module("typst").Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[cut or import_module("fontpkg_public_sans").ROOT / "files", more],
    )


def _data(document: Document) -> dict[str, Any]:
    title = _plain(document.title) or "Untitled"
    return {
        "title": _breakable(title),
        "running-title": _breakable(_cut(title)),
        "subtitle": _breakable(_plain(document.subtitle)),
        "number": _breakable(_cut(_plain(document.number))),
        "date": f"{document.day:%B} {document.day.day}, {document.day.year}" if document.day else "",
        "language": document.language,
        "page-words": document.page_words,
        "blocks": _blocks(document.blocks),
        "keywords": [_plain(word) for word in document.keywords],
        "enclosed": _enclosed(document.enclosed) if document.enclosed else None,
    }


def _enclosed(file: Enclosed) -> dict[str, str]:
    return {
        "name": file.name,
        "type": file.media_type,
        "text": file.text,
        "description": _plain(file.description),
    }


def _blocks(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    level = 0
    for block in blocks:
        if isinstance(block, Heading):
            if not _plain(block.text):
                continue  # PDF/UA refuses a heading without words
            level = max(1, min(block.level, level + 1, 3))
            made.append({"kind": "heading", "level": level, "text": _lines(block.text)})
        else:
            made.append(_block(block))
    return made


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph(text):
            return {"kind": "paragraph", "paragraphs": _paragraphs(text)}
        case Items(items):
            return {"kind": "list", "items": [_lines(item) for item in items]}
        case KeyValues(pairs):
            return {"kind": "pairs", "pairs": [[_lines(label), _lines(value)] for label, value in pairs]}
        case TableBlock():
            return _table(block)
        case Chart(svg, alt, caption):
            if not alt.strip():
                raise ValueError("a chart needs a description in words")
            return {
                "kind": "chart",
                "svg": svg.decode("utf-8"),
                "alt": _plain(alt),
                "caption": _lines(caption) if caption else [],
            }
        case Notice(text, title, tone):
            if tone not in {"info", "success", "warning", "danger"}:
                raise ValueError(f"a notice has no tone {tone!r}")
            return {
                "kind": "notice",
                "tone": tone,
                "title": _lines(title) if title else [],
                "paragraphs": _paragraphs(text),
            }
        case TagLine(tags):
            return {"kind": "tags", "tags": [_lines(tag) for tag in tags]}
        case _:
            return {"kind": "break"}


def _table(block: TableBlock) -> dict[str, Any]:
    width = len(block.header)
    ragged = next((row for row in block.rows if len(row) != width), None)
    if ragged is not None:
        raise ValueError(f"a row has {len(ragged)} cells, the header {width}")
    if block.shares is not None and len(block.shares) != width:
        raise ValueError(f"{len(block.shares)} widths for {width} columns")
    columns = [
        {
            "title": _lines(_cut(_plain(title))),
            "right": index in block.numeric,
            "share": block.shares[index] if block.shares is not None else None,
        }
        for index, title in enumerate(block.header)
    ]
    return {
        "kind": "table",
        "columns": columns,
        "rows": [[_lines(cell) for cell in row] for row in block.rows],
        "caption": _lines(block.caption) if block.caption else [],
    }


def _paragraphs(text: str) -> list[list[dict[str, Any]]]:
    parts: list[list[dict[str, Any]]] = [[]]
    for line in _lines(text):
        if line["text"].strip():
            parts[-1].append(line)
        elif parts[-1]:
            parts.append([])
    return [part for part in parts if part]


def _lines(text: str) -> list[dict[str, Any]]:
    return [{"text": _breakable(_plain(line)), "rtl": _right_to_left(line)} for line in _BREAKS.split(text)]


def _plain(text: str) -> str:
    return " ".join(_STACKED.sub(r"\1", _DIRECTION.sub("", clean(text))).split())


def _breakable(text: str) -> str:
    """Places to break in words too long for a line, such as addresses."""
    return _LONG_WORD.sub(
        lambda word: "\u200b".join(re.findall(rf".{{1,{_UNBROKEN // 2}}}", word.group())), text
    )


def _cut(text: str) -> str:
    """Text short enough to stand on every page it is repeated on."""
    return text if len(text) <= _REPEATED else text[: _REPEATED - 1].rstrip() + "…"


def _right_to_left(line: str) -> bool:
    for character in line:
        direction = unicodedata.bidirectional(character)
        if direction in {"L", "R", "AL"}:
            return direction != "L"
    return False
