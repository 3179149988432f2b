"""Results as plain JSON values and back, by the types of their dataclasses."""

import dataclasses
import math
import types
import typing
from enum import Enum
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
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("a result holds a number that is not finite")
        return float(value)  # numpy's floats are floats that JSON readers need not know
    if value is None or type(value) in (bool, int, str):
        return value
    raise TypeError(f"a result holds a {type(value).__name__}")


def from_plain(kind: Any, value: Any) -> Any:
    """The value of this type that `to_plain` made; ValueError where it does not fit the type."""
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        if value is None and type(None) in inside:
            return None
        (kind,) = (one for one in inside if one is not type(None))
        return from_plain(kind, value)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        names = {field.name for field in dataclasses.fields(kind)}
        if not isinstance(value, dict) or set(value) != names:
            raise ValueError(f"this is no {kind.__name__}")
        hints = _hints(kind)
        return kind(**{name: from_plain(hints[name], value[name]) for name in names})
    if origin is tuple and isinstance(value, list):
        if inside[-1] is Ellipsis:
            return tuple(from_plain(inside[0], one) for one in value)
        return tuple(from_plain(one, part) for one, part in zip(inside, value, strict=True))
    if origin is dict and isinstance(value, dict):
        return {key: from_plain(inside[1], one) for key, one in value.items()}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if kind is float and type(value) in (int, float):
        return float(value)
    if isinstance(kind, type) and type(value) is kind:
        return value
    raise ValueError(f"{value!r} is no {kind}")


_KNOWN: dict[type, dict[str, Any]] = {}


def _hints(kind: type) -> dict[str, Any]:
    if kind not in _KNOWN:
        _KNOWN[kind] = typing.get_type_hints(kind)
    return _KNOWN[kind]
