"""Forms of progress reports."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from incubator.forms.pilots import VersionField
from incubator.forms.typed import DayField, LineField, Needed, PlainTextField


class ReportForm(FlaskForm):
    period = LineField(
        _l("Period"), [Needed(_l("Enter the period"))], limit=80, description=_l("For example: October 2026")
    )
    due_on = DayField(_l("Due"))
    done = PlainTextField(
        _l("What was done"), limit=6_000, description=_l("And what the readings say so far.")
    )
    next_steps = PlainTextField(_l("What comes next"), limit=4_000)
    concerns = PlainTextField(
        _l("Concerns"), limit=4_000, description=_l("What you need help with, or what could stop the pilot.")
    )
    version = VersionField()


class ReturnForm(FlaskForm):
    reason = PlainTextField(
        _l("What is missing?"),
        [Needed(_l("Say what is missing"))],
        limit=2_000,
        description=_l("The pilot's lead reads this."),
    )
