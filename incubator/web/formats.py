"""How days, moments, amounts and differences read on a page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from difflib import SequenceMatcher
from functools import lru_cache
from math import isfinite
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal
from flask import Flask, current_app, has_request_context
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup, escape

from incubator.charts.chart import Dollars
from incubator.domain import numbers
from incubator.domain.clock import MIDNIGHT, closing_day, day_in, federal_fiscal_year, office_day
from incubator.domain.stages import Precision
from incubator.web import languages

NOTHING = "–"
WORDS_COMPARED = 4_000


def register_formats(app: Flask) -> None:
    """Adds the template filters day, moment, deadline, closing_day, office_day, money, number, measured, percent and ago, and the global word_changes."""
    for rule in (
        day,
        month,
        stated_day,
        moment,
        deadline,
        closing_day,
        office_day,
        money,
        whole_dollars,
        number,
        measured,
        percent,
        ago,
    ):
        app.add_template_filter(rule, rule.__name__)
    app.jinja_env.globals["word_changes"] = word_changes


def day(value: date | None) -> str:
    """January 5, 2026. A moment is first brought into the viewer's zone; None reads as a dash."""
    if value is None:
        return NOTHING
    if isinstance(value, datetime):
        value = day_in(value, viewer_zone())
    return _day_words(value, _locale())


def stated_day(value: date, precision: Precision) -> str:
    """A day as exactly as its source states it: January 5, 2026; January 2026; the quarter from January 2026;
    Fiscal year 2026; 2026."""
    if precision is Precision.DAY:
        return day(value)
    if precision is Precision.MONTH:
        return month(value)
    if precision is Precision.QUARTER:
        return _("the quarter from %(month)s", month=month(value))
    if precision is Precision.FISCAL_YEAR:
        return _("Fiscal year %(year)s", year=federal_fiscal_year(value))
    return str(value.year)


def month(value: date | None) -> str:
    """March 2027."""
    return NOTHING if value is None else format_date(value, format="LLLL y", locale=_locale())


def moment(value: datetime | None) -> str:
    """A time element: January 5, 2026, 10:42 a.m. MST, in the viewer's zone. The moment must be aware."""
    if value is None:
        return NOTHING
    if value.tzinfo is None:
        raise ValueError("A moment without a time zone cannot be shown.")
    here = value.astimezone(viewer_zone())
    words = f"{_day_words(day_in(value, viewer_zone()), _locale())}, {clock(here)}"
    return Markup('<time datetime="{}">{}</time>').format(_machine(value), words)


def deadline(value: datetime) -> str:
    """A moment at which something closes. At midnight it names the day that ends: December 26, 2026, at
    midnight MST (the end of the day)."""
    here = value.astimezone(viewer_zone())
    if here.time() != MIDNIGHT:
        return moment(value)
    words = _(
        "%(day)s, at midnight %(zone)s (the end of the day)",
        day=_day_words(day_in(value - timedelta(days=1), viewer_zone()), _locale()),
        zone=here.tzname(),
    )
    return Markup('<time datetime="{}">{}</time>').format(_machine(value), words)


def clock(value: datetime) -> str:
    """10:42 a.m. MST, in the viewer's zone; for the notice after saving."""
    here = value.astimezone(viewer_zone())
    locale = _locale()
    if locale.language == "en":
        hour = here.hour % 12 or 12
        return f"{hour}:{here.minute:02} {'a.m.' if here.hour < 12 else 'p.m.'} {here.tzname()}"
    return f"{format_datetime(here, format='H:mm', locale=locale)} {here.tzname()}"


def _machine(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def money(cents: int | None) -> str:
    """Whole cents as dollars: $1,234, or $1,234.50 when cents are left over; a minus sign before the dollar."""
    if cents is None:
        return NOTHING
    dollars, rest = divmod(abs(cents), 100)
    sign = "−" if cents < 0 else ""
    whole = _decimal(Decimal(dollars), "#,##0", _locale())
    return f"{sign}${whole}.{rest:02}" if rest else f"{sign}${whole}"


def whole_dollars(cents: int | None) -> str:
    """Cents as dollars without cents, for tiles: $1,235."""
    return (
        NOTHING
        if cents is None
        else money(int((Decimal(cents) / 100).quantize(1, rounding=ROUND_HALF_UP)) * 100)
    )


def number(value: float | Decimal | None, digits: int | None = None) -> str:
    """1,234.5: at most two decimals, or exactly `digits` of them."""
    if value is None:
        return NOTHING
    exact = Decimal(str(value))
    if not exact.is_finite():
        return NOTHING
    pattern = "#,##0.##" if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
    rounded = exact.quantize(Decimal(1).scaleb(-(2 if digits is None else digits)), rounding=ROUND_HALF_UP)
    return _decimal(rounded, pattern, _locale()).replace("-", "−")


def measured(value: float | None) -> str:
    """A reading, or what is computed from readings, in the digits it needs: 0.0042, 62.45, 1,235. An amount
    of a chart's table reads as money."""
    if isinstance(value, Dollars) and isfinite(100 * value):
        return money(round(100 * value))
    return NOTHING if value is None else numbers.number(value)


def percent(share: float | Decimal | None, digits: int = 0) -> str:
    """A share of one as 71%."""
    return NOTHING if share is None else f"{number(Decimal(str(share)) * 100, digits)}%"


def ago(value: datetime | None, now: datetime | None = None) -> str:
    """3 days ago, in 2 weeks."""
    if value is None:
        return NOTHING
    return format_timedelta(value - (now or datetime.now(UTC)), add_direction=True, locale=_locale())


def viewer_zone() -> tzinfo:
    """The zone the signed-in person chose, or the office's."""
    chosen = getattr(current_user, "time_zone", None) if has_request_context() else None
    for name in (chosen, current_app.config.get("TIME_ZONE")):
        try:
            if name:
                return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            continue
    return UTC


# A list shows the same days and amounts again and again, and writing them is slow beside everything else on it.
@lru_cache(4096)
def _day_words(value: date, locale: Locale) -> str:
    return format_date(value, format="long", locale=locale)


@lru_cache(4096)
def _decimal(value: Decimal, pattern: str, locale: Locale) -> str:
    return format_decimal(value, format=pattern, locale=locale)


def _locale() -> Locale:
    return languages.locale()


@dataclass(frozen=True)
class Sides:
    """Two texts as markup, what left the first in <del>, what came into the second in <ins>."""

    differs: bool
    before: Markup
    after: Markup


def word_changes(before: object, after: object) -> Sides:
    """Compares two answers word by word; very long ones are marked as a whole."""
    old, new = ("" if side is None else str(side) for side in (before, after))
    if old == new:
        return Sides(False, escape(old), escape(new))
    old_words, new_words = (re.findall(r"\s+|\w+|[^\w\s]", text) for text in (old, new))
    if len(old_words) + len(new_words) > WORDS_COMPARED:
        return Sides(True, _marked("del", old), _marked("ins", new))
    left, right = Markup(), Markup()
    matcher = SequenceMatcher(None, old_words, new_words, autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        removed, added = "".join(old_words[start:end]), "".join(new_words[new_start:new_end])
        if kind == "equal":
            left, right = left + escape(removed), right + escape(added)
        else:
            left, right = left + _marked("del", removed), right + _marked("ins", added)
    return Sides(True, left, right)


def _marked(element: str, text: str) -> Markup:
    return Markup("<{0}>{1}</{0}>").format(Markup(element), text) if text else Markup()  # noqa: S704
