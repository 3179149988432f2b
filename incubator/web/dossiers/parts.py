"""What a dossier is made of: the blocks of a document, and charts that a page and a file draw each their own way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from incubator.charts import Chart
from incubator.domain.pilots import with_unit
from incubator.exports.documents import Block, Heading, KeyValues, Paragraph
from incubator.exports.documents import Chart as ChartBlock
from incubator.web.charts import standing_svg
from incubator.web.formats import day
from incubator.web.languages import gettext as _


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with what it measures. `note` names where the numbers come from."""

    chart: Chart
    subtitle: str
    source: str = ""
    note: str = ""


Part = Block | Figure
Evidence = Mapping[str, Any]


def on_paper(parts: Iterable[Part]) -> list[Block]:
    """The parts with their charts drawn for a file."""
    return [
        ChartBlock(
            standing_svg(part.chart),
            alt=f"{part.chart.title}. {part.chart.description}",
            caption=f"{part.chart.title}. {part.subtitle}",
        )
        if isinstance(part, Figure)
        else part
        for part in parts
    ]


def section(title: str, parts: Iterable[Part], level: int = 1) -> list[Part]:
    """A heading with what stands below it; nothing where nothing does."""
    below = list(parts)
    return [Heading(title, level), *below] if below else []


def written(title: str, text: str | None, level: int = 2) -> list[Part]:
    """A text under its heading, where there is one."""
    return [Heading(title, level), Paragraph(text)] if text and text.strip() else []


def facts(*pairs: tuple[str, str | None]) -> list[Part]:
    """Labels with their values, those without a value left out."""
    known = [(label, value) for label, value in pairs if value]
    return [KeyValues(known)] if known else []


def amount(value: float | None, unit: str = "") -> str:
    return "–" if value is None else with_unit(value, unit)


def as_day(value: str | None) -> str:
    """A day or moment of the evidence, which is ISO text, as people read it."""
    if not value:
        return "–"
    try:
        return day(date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value))
    except ValueError:
        return value


def yes_or_no(value: Any) -> str:
    return _("Yes") if value else _("No")
