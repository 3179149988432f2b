"""Asking about a day that was saved but is unlikely to be meant."""

from __future__ import annotations

from datetime import date

from flask import flash
from flask_babel import gettext as _

from incubator.domain.clock import office_day
from incubator.domain.plausible import is_unlikely
from incubator.forms.typed import PartialDayField
from incubator.web.formats import day as worded
from incubator.web.sessions import now


def ask_about(day: date | None) -> None:
    """Say beside what was done that the day is more than two years away, in case its year was mistyped."""
    if is_unlikely(day, office_day(now())):
        flash(
            _(
                "%(day)s is more than two years away. Is that right? If not, edit it and change the year.",
                day=worded(day),
            ),
            "warning",
        )


def ask_about_start(start: str) -> None:
    """Say beside what was saved that the day or month ("2027-03-15", "2027-03") on which something could start
    is over."""
    today = office_day(now()).isoformat()
    if start and start < today[: len(start)]:
        flash(
            _(
                "%(day)s is over. Is that right? If not, edit when it could start.",
                day=PartialDayField.written(start),
            ),
            "warning",
        )
