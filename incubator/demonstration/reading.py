"""TOML tables into frozen dataclasses, guided by the type of each field.

A table with a key the dataclass does not know, or without one it needs, is refused with its place in the
file: the data are written by hand, and a misspelt key must not vanish in silence.
"""

import dataclasses
import tomllib
import types
import typing
from collections.abc import Mapping
from enum import StrEnum
from importlib.resources import files
from typing import Any, TypeVar

T = TypeVar("T")


class DataError(ValueError):
    """The demonstration's data contradict themselves or their form; the message names the place."""


class Provenance(StrEnum):
    """Where a statement comes from. Pages show it beside what they show."""

    PUBLISHED = "published"
    ILLUSTRATION = "illustration"


@dataclasses.dataclass(frozen=True)
class Head:
    """What a data file says about itself. Empty text: does not apply."""

    provenance: Provenance
    source: str
    source_url: str
    commit: str
    commit_date: str
    rights: str
    precision: str = ""
    classified_by: str = ""


class DataFile:
    """One packaged TOML file, read once."""

    def __init__(self, name: str) -> None:
        self.name = name
        resource = files("incubator.demonstration").joinpath("data", *name.split("/"))
        self.tables: dict[str, Any] = tomllib.loads(resource.read_text(encoding="utf-8"))
        self.head = _table(Head, self.tables.get("head"), f"{name} [head]", None)

    def rows(self, key: str, kind: type[T]) -> tuple[T, ...]:
        """Every table of the array ``key``, in file order."""
        return tuple(
            _table(kind, row, f"{self.name} {key}[{number}]", self.head.provenance)
            for number, row in enumerate(self.tables.get(key, []), start=1)
        )

    def row(self, key: str, kind: type[T]) -> T:
        """The single table ``key``."""
        return _table(kind, self.tables.get(key), f"{self.name} [{key}]", self.head.provenance)


def _table(kind: type[T], row: object, place: str, provenance: Provenance | None) -> T:
    if not isinstance(row, Mapping):
        raise DataError(f"{place}: a table is needed")
    hints = typing.get_type_hints(kind)
    known = {field.name: field for field in dataclasses.fields(typing.cast(Any, kind))}
    given = dict(row)
    if "provenance" in known and provenance is not None:
        given["provenance"] = provenance.value
    if unknown := sorted(set(given) - set(known)):
        raise DataError(f"{place}: unknown {', '.join(unknown)}")
    values = {
        name: _value(hints[name], given[name], f"{place} {name}", provenance)
        for name in known
        if name in given
    }
    missing = [name for name, field in known.items() if name not in given and _is_required(field)]
    if missing:
        raise DataError(f"{place}: missing {', '.join(missing)}")
    return kind(**values)


def _is_required(field: "dataclasses.Field[Any]") -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _value(hint: Any, value: object, place: str, provenance: Provenance | None) -> Any:
    origin = typing.get_origin(hint)
    if origin is types.UnionType:
        (inner,) = [one for one in typing.get_args(hint) if one is not type(None)]
        return _value(inner, value, place, provenance)
    if origin is tuple:
        return _several(hint, value, place, provenance)
    if origin is Mapping:
        _, inner = typing.get_args(hint)
        entries = _of(dict, value, place)
        return {key: _value(inner, entry, f"{place}.{key}", provenance) for key, entry in entries.items()}
    if dataclasses.is_dataclass(hint):
        return _table(typing.cast(type, hint), value, place, provenance)
    if issubclass(hint, StrEnum):
        return _member(hint, value, place)
    return _of(hint, value, place)


def _several(hint: Any, value: object, place: str, provenance: Provenance | None) -> tuple[Any, ...]:
    kinds = typing.get_args(hint)
    items = _of(list, value, place)
    if kinds[-1] is not Ellipsis:
        if len(items) != len(kinds):
            raise DataError(f"{place}: {len(kinds)} values are needed")
        pairs = zip(kinds, items, strict=True)
        return tuple(_value(kind, item, place, provenance) for kind, item in pairs)
    return tuple(_value(kinds[0], item, f"{place}[{n}]", provenance) for n, item in enumerate(items, start=1))


def _member(kind: type[StrEnum], value: object, place: str) -> StrEnum:
    try:
        return kind(_of(str, value, place))
    except ValueError as error:
        raise DataError(f"{place}: {value!r} is none of {', '.join(kind)}") from error


def _of(kind: type[T], value: object, place: str) -> T:
    """The value itself if it is of the kind; a whole number also serves where a fraction may stand."""
    if kind is float and type(value) is int:
        return typing.cast(T, float(value))
    if type(value) is not kind:
        raise DataError(f"{place}: {value!r} is no {kind.__name__}")
    if kind is str and not typing.cast(str, value).strip() and not place.endswith(_MAY_BE_EMPTY):
        raise DataError(f"{place}: empty text")
    return value


_MAY_BE_EMPTY = (" source_url", " commit", " commit_date")
