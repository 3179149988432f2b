"""The portfolio's charts: from figures to plain chart data, and onto a page with links to the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from incubator.charts import (
    Ageing,
    AgeingItem,
    AgeingStage,
    Bubble,
    Chart,
    EndReason,
    EndReasons,
    StageFlow,
    StageMoney,
    StageSum,
    ValueEffort,
)
from incubator.charts import Stage as FlowStage
from incubator.domain import stages
from incubator.domain.clock import office_day
from incubator.domain.stages import MAIN_STAGES, Stage
from incubator.exports.tables import clean
from incubator.extensions import db
from incubator.queries.portfolio import Filters
from incubator.queries.remembered import Memory, memory
from incubator.queries.statistics import StageSum as SumOfStage
from incubator.queries.statistics import Statistics, gather
from incubator.web.charts import chart_figure
from incubator.web.formats import number, percent, whole_dollars
from incubator.web.sessions import current_actor, now
from incubator.web.words import label, reads_as_staff

CHARTS = ("flow", "ageing", "value", "ends", "money")
WITH_LINKED_ROWS = frozenset({"flow", "ends", "money"})
"""Charts beside which the statistics page shows the same numbers as links."""

SUCCESSES = frozenset({stages.EndReason.GOALS_MET})


def my_memory() -> Memory:
    """What is remembered for the signed-in person, in their language."""
    return memory(db.session(), current_actor(), office_day(now()), str(get_locale()), reads_as_staff())


def statistics(known: Memory, filters: Filters) -> Statistics:
    session, actor, moment = db.session(), current_actor(), now()
    return known.of(("statistics", filters), lambda: gather(session, actor, filters, moment))


def figure(
    known: Memory, filters: Filters, name: str, *, prefix: str = "", print_table: bool = False
) -> dict[str, Any]:
    """The chart of that name as the `figure` macro takes it."""

    def draw() -> dict[str, Any]:
        drawn = chart_figure(
            chart(statistics(known, filters), name),
            f"{prefix}{name}",
            subtitle(statistics(known, filters), name),
            print_table=print_table,
            endpoint="portfolio.chart",
            name=name,
            **statistics_values(filters),
        )
        return {**drawn, "rows": []} if name in WITH_LINKED_ROWS and not prefix else drawn

    return known.of(("figure", name, filters, prefix, print_table), draw)


def statistics_values(filters: Filters) -> dict[str, Any]:
    return {
        key: value for key, value in filters.given().items() if key in ("agency", "call", "year", "origin")
    }


def chart(figures: Statistics, name: str) -> Chart:
    builders = {"flow": _flow, "ageing": _ageing, "value": _value, "ends": _ends, "money": _money}
    return builders[name](figures)


def subtitle(figures: Statistics, name: str) -> str:
    if name == "ageing":
        return _ageing_subtitle(figures)
    if name == "value" and figures.bubbles_in_all > len(figures.bubbles):
        return _(
            "Reviewers' medians from 1 to 5; area by money. The %(shown)s most expensive of %(all)s are drawn.",
            shown=len(figures.bubbles),
            all=number(figures.bubbles_in_all),
        )
    return {
        "flow": _(
            "Records known from their first stage on: how many came into each stage, are there now, and stopped there"
        ),
        "value": _("Reviewers' medians from 1 to 5; the area is the money planned or requested"),
        "ends": _("Closed proposals and pilots by reason"),
        "money": _("Dollars of the office's own records, by the stage each is in now"),
    }[name]


def _ageing_subtitle(figures: Statistics) -> str:
    if any(ages.timed > len(ages.oldest) for ages in figures.ages):
        return _(
            "Days in the stage so far against the usual stay. The oldest %(shown)s of each stage are drawn.",
            shown=max(len(ages.oldest) for ages in figures.ages),
        )
    return _("Days in the stage so far, one mark for each record, against the usual stay")


def _flow(figures: Statistics) -> Chart:
    return StageFlow(
        stages=tuple(
            FlowStage(
                label(Stage(count.stage)),
                count.entered,
                count.here_now,
                count.advanced,
                count.stopped,
                count.goal_met,
                count.unknown,
                count.returned,
            )
            for count in figures.flow
        ),
        noun="record",
    )


def _ageing(figures: Statistics) -> Chart:
    past, all_open = sum(a.past_limit for a in figures.ages), sum(a.timed for a in figures.ages)
    caption = ""
    if all_open > sum(len(ages.oldest) for ages in figures.ages):
        caption = _(
            "%(past)s of %(all)s records have been in the stage longer than usual",
            past=number(past),
            all=number(all_open),
        )
    return Ageing(
        stages=tuple(
            AgeingStage(
                label(ages.stage),
                tuple(AgeingItem(item.number, item.days) for item in ages.oldest),
                policy=ages.limits.policy,
                quantiles=ages.limits.quantiles,
            )
            for ages in figures.ages
        ),
        noun="record",
        caption=caption,
    )


def _value(figures: Statistics) -> Chart:
    return ValueEffort(
        bubbles=tuple(
            Bubble(clean(f"{one.number}"), one.effort, one.value, one.cents, label(one.stage))
            for one in figures.bubbles
        ),
        groups=tuple(label(stage) for stage in MAIN_STAGES),
        noun="record",
    )


def _ends(figures: Statistics) -> Chart:
    return EndReasons(
        reasons=tuple(
            EndReason(
                label(reason),
                count,
                success=reason in SUCCESSES,
                recorded=reason is not stages.EndReason.UNKNOWN,
            )
            for reason, count in figures.ends
        ),
        noun="record",
    )


def _money(figures: Statistics) -> Chart:
    return StageMoney(
        stages=tuple(
            StageSum(label(one.stage), one.planned_cents, one.spent_cents)
            for one in figures.money
            if one.stage in MAIN_STAGES or one.planned_cents or one.spent_cents
        ),
        unplanned=sum(one.unplanned_cents for one in figures.money),
        unplanned_records=sum(one.unplanned for one in figures.money),
    )


def unplanned_words(sums: Sequence[SumOfStage]) -> str:
    """How much was spent on records without a budget; empty where every record has one."""
    records = sum(one.unplanned for one in sums)
    if not records:
        return ""
    return ngettext(
        "%(money)s was spent on %(num)s record without a budget, so the two totals can’t be compared.",
        "%(money)s was spent on %(num)s records without a budget, so the two totals can’t be compared.",
        records,
        money=whole_dollars(sum(one.unplanned_cents for one in sums)),
    )


def conversion_words(count: Any) -> str:
    """The share that went on with its 95 % interval; under ten finished stays only the counts are said."""
    share = count.conversion
    if share is None:
        return "–"
    ended = count.advanced + count.stopped
    if ended < 10:
        return _("%(some)s of %(all)s", some=count.advanced, all=ended)
    return _(
        "%(share)s (%(low)s–%(high)s)",
        share=percent(share.estimate),
        low=percent(share.low),
        high=percent(share.high),
    )


def days_words(days: float | None) -> str:
    if days is None:
        return _("not yet reached")
    whole = round(days)
    return ngettext("%(num)s day", "%(num)s days", whole)
