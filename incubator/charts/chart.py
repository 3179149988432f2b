"""What every chart is: a frozen piece of plain data that can say its finding and its table."""

import dataclasses
import hashlib
import json
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property, lru_cache
from importlib.metadata import version
from typing import Any, ClassVar, Literal, NamedTuple

from incubator.charts.words import clean

Kind = Literal["svg", "svg-file", "png"]
KINDS: tuple[Kind, ...] = ("svg", "svg-file", "png")

THEME_VERSION = 2
"""Raised whenever the look of all charts changes, so that no cache serves the old one."""

Cell = str | int | float | date | None


class Dollars(float):
    """An amount in a table of numbers."""


class Month(date):
    """A whole month in a table of numbers, as its first day."""

    @classmethod
    def of(cls, day: date) -> "Month":
        return cls(day.year, day.month, 1)


class Table(NamedTuple):
    """The numbers behind a chart: column names, and rows of as many cells (None: no value)."""

    header: tuple[str, ...]
    rows: list[tuple[Cell, ...]]


@dataclass(frozen=True, kw_only=True)
class Chart(ABC):
    """Plain data of one chart; subclasses say what it means, `charts.render` draws it.

    `caption` replaces the derived finding where the page knows better.
    """

    VERSION: ClassVar[int] = 1
    EMPTY: ClassVar[str] = "No data yet"

    caption: str = ""

    @property
    def title(self) -> str:
        """The finding, at most 200 characters."""
        if self.caption:
            return clean(self.caption)
        return clean(self.EMPTY if self.is_empty else self.finding())

    @property
    def description(self) -> str:
        """One or two numbers behind the finding, at most 200 characters."""
        return clean(self.EMPTY if self.is_empty else self.numbers())

    @property
    @abstractmethod
    def is_empty(self) -> bool:
        """True when nothing can be drawn; the chart is then a calm note."""

    @abstractmethod
    def finding(self) -> str:
        """The sentence the data support; only asked when there are data."""

    @abstractmethod
    def numbers(self) -> str:
        """One or two numbers behind the sentence; only asked when there are data."""

    @abstractmethod
    def table(self) -> Table:
        """Every value drawn, for the table under the chart and its CSV."""

    def data(self) -> dict[str, Any]:
        """The fields as JSON knows them: dates as text, tuples as lists, NaN and infinities as text."""
        plain: dict[str, Any] = _plain(self)
        return plain

    @cached_property
    def identity(self) -> str:
        """The digest of the data alone: a page asks for it for each form in which it shows the chart."""
        text = json.dumps(self.data(), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()


def digest(chart: Chart, narrow: bool = False, kind: Kind = "svg") -> str:
    """A name for the drawing: same data, builder, theme and drawing library, same name (64 hex digits)."""
    basis = {
        "chart": type(chart).__name__,
        "builder": chart.VERSION,
        "theme": THEME_VERSION,
        "matplotlib": _matplotlib_version(),
        "narrow": bool(narrow),
        "kind": kind,
        "data": chart.identity,
    }
    text = json.dumps(basis, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(1)
def _matplotlib_version() -> str:
    # Asked from the package's metadata, because importing it would cost every page half a second.
    return version("matplotlib")


@cache
def _fields(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def _plain(value: Any) -> Any:
    """Read field by field: `dataclasses.asdict` would copy every reading deeply for each page that shows it."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return str(value) if not math.isfinite(value) else value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value):
        return {name: _plain(getattr(value, name)) for name in _fields(value.__class__)}
    return value
