"""Forms of the ranked list."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from incubator.forms.typed import MoneyField, Needed, PlainTextField, WholeField


class LimitsForm(FlaskForm):
    budget = MoneyField(_l("Budget"), description=_l("Dollars for the whole list. Empty: no limit."))
    teams = WholeField(_l("Teams"), description=_l("One team for each proposal. Empty: no limit."))


class MoveForm(FlaskForm):
    position = WholeField(_l("New position"), [Needed(_l("Enter the new position"))])
    reason = PlainTextField(
        _l("Reason"),
        [Needed(_l("Say why you move it: the reason is shown beside the row."))],
        limit=1_000,
        description=_l("Everybody who sees the list reads this beside the row."),
    )
