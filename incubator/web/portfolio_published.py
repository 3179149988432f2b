"""The published figures of the real program that the demonstration is taken from."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from incubator.charts import Chart, StageMoney, StageSum, YearCount, YearlyCounts
from incubator.demonstration import facts
from incubator.demonstration.published import PhaseBudget, Programme
from incubator.domain.errors import NotFound
from incubator.domain.stages import Provenance
from incubator.web.charts import chart_figure
from incubator.web.formats import money, number

MONEY_YEAR = 2018
"""The one year for which the plan and the result of every phase are published."""


def context() -> dict[str, Any]:
    """What the program's page shows."""
    demonstration = facts.load()
    programme, head = demonstration.programme, demonstration.heads["programme.toml"]
    return {
        "programme": programme,
        "head": head,
        "drawn": {name: _figure(name, head.source) for name in ("ideas", "closed", "money")},
        "budgets": [_budget(row) for row in programme.budgets],
    }


def chart(name: str) -> Chart:
    programme = facts.load().programme
    if name == "ideas":
        return _ideas(programme)
    if name == "closed":
        return _closed(programme)
    if name == "money":
        return _money(programme)
    raise NotFound


def _figure(name: str, source: str) -> dict[str, Any]:
    subtitles = {
        "ideas": _("Ideas received in each fiscal year"),
        "closed": _("Projects closed out in each fiscal year, whatever came of them"),
        "money": _("Dollars planned and spent by phase, fiscal year %(year)s", year=MONEY_YEAR),
    }
    return chart_figure(
        chart(name),
        f"programme-{name}",
        subtitles[name],
        source=Provenance.PUBLISHED,
        note=source,
        endpoint="portfolio.programme_chart",
        name=name,
    )


def _ideas(programme: Programme) -> Chart:
    return YearlyCounts(
        years=tuple(
            YearCount(year.fiscal_year, year.ideas_received, (year.note or "") if year.suspect else "")
            for year in programme.years
        ),
        noun="idea",
    )


def _closed(programme: Programme) -> Chart:
    return YearlyCounts(
        years=tuple(YearCount(year.fiscal_year, year.closed_out) for year in programme.years), noun="project"
    )


def _money(programme: Programme) -> Chart:
    return StageMoney(
        stages=tuple(
            StageSum(
                _("Phase %(phase)s", phase=row.phase),
                (row.planned_dollars or 0) * 100,
                (row.actual_dollars or 0) * 100,
            )
            for row in programme.budgets
            if row.fiscal_year == MONEY_YEAR
        ),
        current=False,
    )


def _budget(row: PhaseBudget) -> dict[str, Any]:
    def dollars(value: int | None) -> str:
        return "–" if value is None else money(value * 100)

    return {
        "year": row.fiscal_year,
        "phase": row.phase,
        "planned_projects": number(row.planned_projects),
        "planned": dollars(row.planned_dollars),
        "actual_projects": number(row.actual_projects),
        "actual": dollars(row.actual_dollars),
        "hours": number(row.hours_worked),
        "note": row.note or "",
        "told_by": row.told_by,
    }
