"""What in a proposal's text names people or the agency, found for the person who prepares the copy without names.

Nothing is changed here by itself: `findings` says what was found and what could stand there instead, and
`replaced` puts it there for those findings that somebody chose.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from incubator.domain.attachments import MEDIA_TYPES, clean_name
from incubator.domain.errors import DomainError
from incubator.domain.proposal_form import FieldKind, FieldSpec

NAME_FIELDS: frozenset[str] = frozenset({"sponsor", "owner"})
"""Questions whose whole answer names people: the copy begins without it."""


def is_words(spec: FieldSpec, value: Any) -> bool:
    """Whether an answer may hold names, so that its copy is written by somebody. Amounts, days and choices
    are handed on as they are, but not a text that an import or an older form left in such a place."""
    if spec.kind in (FieldKind.LINE, FieldKind.TEXT) or spec.key in NAME_FIELDS:
        return True
    offered = dict(spec.choices)
    texts = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
    return any(text not in offered and not _DAY.fullmatch(text) for text in texts)


_DAY = re.compile(r"\d{4}-\d{2}(?:-\d{2})?")


class NameKind(StrEnum):
    PERSON = "person"
    AGENCY = "agency"
    UNIT = "unit"
    EMAIL = "email"
    PHONE = "phone"
    WEB = "web"


INSTEAD: Mapping[NameKind, str] = {
    NameKind.PERSON: "[name]",
    NameKind.AGENCY: "[agency]",
    NameKind.UNIT: "[unit]",
    NameKind.EMAIL: "[e-mail address]",
    NameKind.PHONE: "[phone number]",
    NameKind.WEB: "[web address]",
}
"""What stands in the copy where a finding was taken out."""


@dataclass(frozen=True, slots=True)
class Known:
    """The names a proposal's reviewers must not read. `sponsor` is the line as typed, name and job title."""

    people: tuple[str, ...] = ()
    sponsor: str = ""
    agency_name: str = ""
    agency_code: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A place in a text. `sure` is False for what may be an ordinary word as well, such as half a name."""

    start: int
    end: int
    text: str
    kind: NameKind
    sure: bool = True

    @property
    def instead(self) -> str:
        return INSTEAD[self.kind]


_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_PHONE = re.compile(
    r"(?<![\w.+-])(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}"
    r"(?:,? ?(?:x|ext\.?|extension) ?\d{1,6})?(?![\w-])",
    re.IGNORECASE,
)
_WEB = re.compile(
    r"(?:https?://|(?<![\w@.-])www\.)[^\s<>\"]{1,300}"
    r"|(?<![\w@.-])(?:[a-z0-9-]{1,63}\.){1,6}(?:gov|us|mil)(?![\w-])(?:/[^\s<>\"]{0,200})?",
    re.IGNORECASE,
)
_SPACE = r"\s{1,4}"
_INITIAL = r"(?:\s{1,4}\w\.?)?"
_TITLE = r"(?:(?:Mr|Mrs|Ms|Mx|Dr|Prof)\.?\s{1,4})?"
_SPONSOR_ENDS = re.compile(r"\s*(?:[,;(/–—|]|\s-\s)")
_SHORTEST_PART = 3


def findings(text: str, known: Known) -> tuple[Finding, ...]:
    """Everything in the text that names somebody, in order and without overlaps: of two that meet, the one
    that begins first and of these the longer one stands.

    Names are found whatever their case and accents and over a line's end; a first or last name alone only as
    it is spelled. Codes are found in capitals only, with the number that follows in a record's number.
    """
    plain = _without_accents(text)
    found = [
        Finding(match.start(), match.end(), text[match.start() : match.end()], kind, sure)
        for pattern, kind, sure in _patterns(known)
        for match in pattern.finditer(plain)
    ]
    found += [_trimmed(match, text) for match in _WEB.finditer(plain)]
    kept: list[Finding] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end, not one.sure)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return tuple(kept)


def replaced(text: str, known: Known, chosen: Collection[str]) -> str:
    """The text with every finding whose words are among `chosen` taken out."""
    parts, at = [], 0
    for one in findings(text, known):
        if one.text in chosen:
            parts += [text[at : one.start], one.instead]
            at = one.end
    return "".join([*parts, text[at:]])


def phrases(found: Iterable[Finding]) -> dict[str, tuple[Finding, int]]:
    """The findings by their words, in order, each with how often it occurs."""
    counted: dict[str, tuple[Finding, int]] = {}
    for one in found:
        first, times = counted.get(one.text, (one, 0))
        counted[one.text] = (first, times + 1)
    return counted


def sponsor_name(line: str) -> str:
    """The name in a line of name and job title: "Dana Ruiz, Deputy Director" gives "Dana Ruiz"."""
    return _SPONSOR_ENDS.split(line.strip(), maxsplit=1)[0].strip()


@lru_cache(64)
def _patterns(known: Known) -> tuple[tuple[re.Pattern[str], NameKind, bool], ...]:
    found: list[tuple[re.Pattern[str], NameKind, bool]] = [
        (_EMAIL, NameKind.EMAIL, True),
        (_PHONE, NameKind.PHONE, True),
    ]
    for name in dict.fromkeys([*known.people, sponsor_name(known.sponsor)]):
        found += [(pattern, NameKind.PERSON, sure) for pattern, sure in _of_a_person(name)]
    for words in _agency_spellings(known.agency_name):
        found.append((_whole(_spoken(words), re.IGNORECASE), NameKind.AGENCY, True))
    if known.agency_code:
        found.append((_whole(re.escape(known.agency_code) + r"(?:-\d{4,6})?"), NameKind.AGENCY, True))
    if known.unit.strip():
        words = _without_accents(known.unit).split()
        found.append((_whole(_spoken(words), re.IGNORECASE), NameKind.UNIT, True))
    return tuple(found)


def _of_a_person(name: str) -> Iterator[tuple[re.Pattern[str], bool]]:
    words = _without_accents(name).split()
    if not words:
        return
    yield _whole(_TITLE + _spoken(words, between=_INITIAL + _SPACE), re.IGNORECASE), True
    if len(words) == 1:
        return
    first, last = re.escape(words[0]), re.escape(words[-1])
    yield _whole(rf"{last},\s{{0,4}}{first}", re.IGNORECASE), True
    for part in (words[0], words[-1]):
        if len(part) >= _SHORTEST_PART:
            yield _whole(_TITLE + re.escape(part)), False


def _agency_spellings(name: str) -> Iterator[list[str]]:
    """The name, and without the state before it: "Colorado Department of Labor" is "Department of Labor"."""
    words = _without_accents(name).split()
    if not words:
        return
    yield words
    place = next((place for place, word in enumerate(words[:3]) if word.casefold() in _BODIES), 0)
    if place and len(words) - place > _SHORTEST_BODY:
        yield words[place:]


_BODIES = frozenset({"department", "division", "office", "bureau", "agency", "commission", "board"})
_SHORTEST_BODY = 2


def _spoken(words: list[str], *, between: str = _SPACE) -> str:
    return between.join(re.escape(word) for word in words)


def _whole(pattern: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", flags)


def _trimmed(match: re.Match[str], text: str) -> Finding:
    """A web address without the full stop or bracket that ends the sentence around it."""
    words = text[match.start() : match.end()].rstrip(".,;:!?)]}'”’")
    return Finding(match.start(), match.start() + len(words), words, NameKind.WEB, sure=False)


def _without_accents(text: str) -> str:
    """The text letter by letter without accents, so that places in it are places in the original."""
    return "".join(_base(letter) for letter in text)


def _base(letter: str) -> str:
    if letter.isascii():
        return letter
    bare = [part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part)]
    return bare[0] if len(bare) == 1 else letter


class FileChoice(StrEnum):
    """What reviewers get of an attachment."""

    AS_IT_IS = "as_it_is"
    INSTEAD = "instead"
    LEAVE_OUT = "leave_out"


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """The answer for one attachment: `name` as reviewers read it, `has_file` whether another file is there."""

    choice: FileChoice | None = None
    name: str = ""
    has_file: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A copy as it stands: `texts` by (section, question), `files` by the attachment's id."""

    title: str
    summary: str = ""
    texts: Mapping[tuple[str, str], str] = field(default_factory=dict)
    files: Mapping[int, FileAnswer] = field(default_factory=dict)


class IncompleteCopy(DomainError):
    """A copy that cannot be given to the reviewers yet; `problems` says everything that is missing."""

    def __init__(self, problems: tuple[DomainError, ...]) -> None:
        first = problems[0]
        super().__init__(first.template, first.field, **first.params)
        self.problems = problems


def unanswered_files(draft: Draft, attachments: Mapping[int, str]) -> tuple[DomainError, ...]:
    """What still stands between a draft and the reviewers: the title, and an answer for every attachment
    (id → name). Fields are named `title`, `file_<id>` and `upload_<id>`."""
    problems = []
    if not draft.title.strip():
        problems.append(DomainError("Give the proposal a name that reviewers may read.", "title"))
    for key, name in attachments.items():
        answer = draft.files.get(key, FileAnswer())
        if answer.choice is None:
            problems.append(DomainError("Say what reviewers get of “%(file)s”.", f"file_{key}", file=name))
        elif answer.choice is FileChoice.INSTEAD and not answer.has_file:
            problems.append(
                DomainError(
                    "Choose the file reviewers get instead of “%(file)s”.", f"upload_{key}", file=name
                )
            )
    return tuple(problems)


def left_in(draft: Draft, known: Known) -> dict[str, int]:
    """The sure findings that still stand in the copy, by their words, with how often."""
    texts = [draft.title, draft.summary, *draft.texts.values()]
    texts += [one.name for one in draft.files.values() if one.choice is not FileChoice.LEAVE_OUT]
    left: dict[str, int] = {}
    for text in texts:
        for words, (one, times) in phrases(findings(text, known)).items():
            if one.sure:
                left[words] = left.get(words, 0) + times
    return left


def first_text(key: str, original: str) -> str:
    """The text with which a question's copy begins: the original, but nothing where it asks for a name."""
    return "" if key in NAME_FIELDS else original


def reviewers_file_name(name: str, media_type: str, place: int) -> str:
    """The name under which reviewers get a file: what the office wrote, or "Attachment 2", with the ending
    that belongs to its kind."""
    ending = next((ending for ending, kind in MEDIA_TYPES.items() if kind == media_type), "")
    stem = " ".join(name.split())
    before, _dot, typed = stem.rpartition(".")
    if before and typed.casefold() in MEDIA_TYPES:
        stem = before
    return clean_name(f"{stem or f'Attachment {place}'}.{ending}".rstrip("."))
