"""Forms of a pilot's results."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from incubator.forms.typed import Needed, PlainTextField


class AlertForm(FlaskForm):
    answer = PlainTextField(
        _l("What was found, and what is done about it"),
        [Needed(_l("Say what was found and what is done about it"))],
        limit=5_000,
        description=_l("One alert is a question. Say what you checked before you call it chance."),
    )
