"""Which row is which: a key that survives a second import, and pairs that may be one thing."""

import hashlib
import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from incubator.imports.report import Duplicates
from incubator.imports.values import is_missing, tidy

SIMILAR = 0.8
_MOST_KEY = 400
_DASHES = re.compile(r"[‐-―−]")
_NOT_WORD = re.compile(r"[^\w]+")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Identity:
    """What a row is known by.

    `base` is agency and id or, when the id is missing, agency, title and unit; then it is `weak`: a new name makes
    it another thing; at most some 450 characters. `key` is unique within a file: `base` itself, or `base` with a
    number when rows share it. `others` are the keys it had if an earlier file named its agency differently.
    """

    key: str
    base: str
    weak: bool
    shared: bool
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """A row or a stored record to be compared. `reference` names it to people, such as "row 12"."""

    reference: str
    agency: str
    external_id: str
    title: str
    unit: str
    # Only for telling rows with one base apart in the same way however the file is sorted.
    content: str = ""


def identify(rows: Sequence[Known]) -> list[Identity]:
    """One identity for each row, in order.

    Rows that share a base are numbered by their content, so the same rows in another order get the same keys.
    """
    bases = [(_short(base), weak) for base, weak in map(_base, rows)]
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for place, (base, _) in enumerate(bases):
        holders[base].append(place)
    identities = [Identity(base, base, weak, shared=False) for base, weak in bases]
    for base, places in holders.items():
        if len(places) == 1:
            continue
        ordered = sorted(
            places, key=lambda place: (plain_title(rows[place].title), rows[place].content, place)
        )
        for number, place in enumerate(ordered, start=1):
            key = base if number == 1 else f"{base} ({number})"
            identities[place] = Identity(key, base, bases[place][1], shared=True)
    return identities


def identify_within(rows: Sequence[Known], names: Sequence[Sequence[str]]) -> list[Identity]:
    """`identify` for rows whose agency is a code here; `names` are the other names of each row's agency."""
    plain: dict[str, str] = {}

    def prefix(name: str) -> str:
        if name not in plain:
            plain[name] = plain_title(name)
        return plain[name]

    found = []
    for row, others, identity in zip(rows, names, identify(rows), strict=True):
        own = prefix(row.agency)
        rest = identity.key.removeprefix(own)
        keys = dict.fromkeys(f"{prefix(name)}{rest}" for name in others if prefix(name) not in ("", own))
        found.append(replace(identity, others=tuple(keys)))
    return found


def plain_title(title: str) -> str:
    """A title for comparing: no capitals, accents, punctuation or doubled spaces."""
    letters = unicodedata.normalize("NFKD", title.casefold())
    return " ".join(
        _NOT_WORD.sub(" ", "".join(sign for sign in letters if not unicodedata.combining(sign))).split()
    )


def suggest_merges(rows: Sequence[Known], stored: Sequence[Known] = ()) -> list[Duplicates]:
    """Pairs that may be the same thing, never merged here: the same id, the same title, or a similar one.

    Only within an agency. Rows are paired with rows and with `stored` records, stored ones not among themselves.
    Of several rows with one title each is paired with the first. Similarity is Dice's coefficient of the titles'
    three-letter sequences, `SIMILAR` or more; titles whose numbers differ ("Phase 1", "Phase 2") are not alike.
    """
    found: list[Duplicates] = []
    agencies: defaultdict[str, list[Known]] = defaultdict(list)
    known = set(map(id, stored))
    for record in (*stored, *rows):
        agencies[plain_title(record.agency)].append(record)
    for members in agencies.values():
        paired: set[tuple[str, str]] = set()
        for first, second, reason, similarity in (*_same(members), *_similar(members)):
            pair = (first.reference, second.reference)
            if pair not in paired and not (id(first) in known and id(second) in known):
                paired.add(pair)
                found.append(Duplicates(*pair, reason, round(similarity, 3)))
    return sorted(found, key=lambda one: (-one.similarity, one.reason))


def _base(row: Known) -> tuple[str, bool]:
    agency = plain_title(row.agency)
    if is_missing(row.external_id):
        parts = (agency, plain_title(row.title) or tidy(row.title), plain_title(row.unit))
        return " ~ ".join(part for part in parts if part), True
    return f"{agency} # {tidy(_DASHES.sub('-', row.external_id)).casefold()}", False


def _short(base: str) -> str:
    """A base an index can hold: what is too long keeps its beginning and a fingerprint of the whole."""
    if len(base) <= _MOST_KEY:
        return base
    return f"{base[:_MOST_KEY]}… {hashlib.sha256(base.encode('utf-8', 'replace')).hexdigest()[:32]}"


def _same(members: list[Known]) -> Iterator[tuple[Known, Known, str, float]]:
    by_id: dict[str, Known] = {}
    by_title: dict[str, Known] = {}
    for record in members:
        title = plain_title(record.title)
        base, weak = _base(record)
        earlier = None if weak else by_id.setdefault(base, record)
        if earlier is not None and earlier is not record:
            yield earlier, record, "same id", dice(trigrams(plain_title(earlier.title)), trigrams(title))
        if title:
            namesake = by_title.setdefault(title, record)
            if namesake is not record:
                yield namesake, record, "same title", 1.0


def _similar(members: list[Known]) -> Iterator[tuple[Known, Known, str, float]]:
    titles = {plain_title(record.title): record for record in reversed(members)}
    shapes = sorted(
        (
            (trigrams(title), Counter(_DIGITS.findall(title)), record)
            for title, record in titles.items()
            if title
        ),
        key=lambda shape: len(shape[0]),
    )
    common = Counter(gram for grams, _, _ in shapes for gram in grams)
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for place, (grams, numbers, record) in enumerate(shapes):
        # A set this alike, and no larger, has at least so many sequences and shares at least so many; less a hair,
        # for the bound is met exactly by sets of 2 and 3.
        least = math.ceil(len(grams) * SIMILAR / (2 - SIMILAR) - 1e-9)
        # Two sets this alike share at least one of each other's rarest sequences, so only those are looked up.
        rarest = sorted(grams, key=lambda gram: (common[gram], gram))
        rarest = rarest[: len(grams) - least + 1]
        for earlier in sorted({holder for gram in rarest for holder in holders[gram]}):
            other_grams, other_numbers, other = shapes[earlier]
            if numbers != other_numbers or len(other_grams) < least:
                continue
            likeness = dice(grams, other_grams)
            if likeness >= SIMILAR:
                yield other, record, "similar title", likeness
        for gram in rarest:
            holders[gram].append(place)


def trigrams(plain: str) -> frozenset[str]:
    """The three-letter sequences of a plain title, its ends marked by spaces."""
    padded = f"  {plain} "
    return frozenset(padded[place : place + 3] for place in range(len(padded) - 2))


def dice(first: frozenset[str], second: frozenset[str]) -> float:
    """Twice what two sets share over their sizes: 0 for nothing in common, 1 for equal."""
    total = len(first) + len(second)
    return 2 * len(first & second) / total if total else 1.0
