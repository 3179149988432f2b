"""Results as plain JSON values and back, by the types of their dataclasses."""

import dataclasses
import math
import types
import typing
from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import Any


def to_plain(value: Any) -> Any:
    """Dataclasses as dicts, tuples as lists, enumerations as their values.

    ValueError for a number that is not finite, TypeError for a type that JSON does not know.
    """
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [to_plain(one) for one in value]
    if isinstance(value, dict):
        return {key: to_plain(one) for key, one in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a result holds a number that is not finite")
    if value is None or type(value) in (bool, int, float, str):
        return value
    raise TypeError(f"a result holds a {type(value).__name__}")


def from_plain(kind: Any, value: Any) -> Any:
    """The value of this type that `to_plain` made; ValueError where it does not fit the type."""
    return _reader(kind)(value)


Reader = Callable[[Any], Any]


@cache
def _reader(kind: Any) -> Reader:
    """How to read this type. Made once: asking a type what it is costs more than reading its values."""
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        (single,) = (one for one in inside if one is not type(None))
        return _optional(_reader(single)) if type(None) in inside else _reader(single)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _dataclass(kind)
    if origin is tuple:
        if inside[-1] is Ellipsis:
            return _numbers(kind) if inside[0] is float else _row(kind, _reader(inside[0]))
        return _fixed(kind, tuple(_reader(part) for part in inside))
    if origin is dict:
        return _mapping(kind, _reader(inside[1]))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    if kind is float:
        return _number
    return _exactly(kind)


def _refuse(kind: Any, value: Any) -> typing.NoReturn:
    raise ValueError(f"{value!r} is no {kind}")


def _optional(read: Reader) -> Reader:
    return lambda value: None if value is None else read(value)


def _dataclass(kind: type) -> Reader:
    # A dataclass may hold itself, so its fields' readers are found at the first reading.
    @cache
    def fields() -> dict[str, Reader]:
        hints = typing.get_type_hints(kind)
        return {field.name: _reader(hints[field.name]) for field in dataclasses.fields(kind)}

    # What was kept before a field was there is read with the field's default.
    needed = {
        field.name
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }

    def read(value: Any) -> Any:
        known = fields()
        if not isinstance(value, dict) or not needed <= value.keys() <= known.keys():
            raise ValueError(f"this is no {kind.__name__}")
        return kind(**{name: known[name](part) for name, part in value.items()})

    return read


def _row(kind: Any, part: Reader) -> Reader:
    return lambda value: tuple(map(part, value)) if isinstance(value, list) else _refuse(kind, value)


def _numbers(kind: Any) -> Reader:
    def read(value: Any) -> Any:
        if not isinstance(value, list) or not set(map(type, value)) <= {int, float}:
            _refuse(kind, value)
        return tuple(map(float, value))

    return read


def _fixed(kind: Any, parts: tuple[Reader, ...]) -> Reader:
    def read(value: Any) -> Any:
        if not isinstance(value, list) or len(value) != len(parts):
            _refuse(kind, value)
        return tuple(part(one) for part, one in zip(parts, value, strict=True))

    return read


def _mapping(kind: Any, part: Reader) -> Reader:
    return lambda value: (
        {key: part(one) for key, one in value.items()} if isinstance(value, dict) else _refuse(kind, value)
    )


def _number(value: Any) -> float:
    return float(value) if type(value) in (int, float) else _refuse(float, value)


def _exactly(kind: Any) -> Reader:
    return lambda value: value if isinstance(kind, type) and type(value) is kind else _refuse(kind, value)
