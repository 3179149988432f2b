"""Forms of what is prepared for scaling: the preparation, the owner's acceptance, an approval."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice

from incubator.domain.scaling import APPROVAL_STATES
from incubator.forms.pilots import VersionField
from incubator.forms.typed import LineField, MoneyField, PlainTextField, WholeField


class PlainYearField(WholeField):
    """A year, which has no comma between its thousands."""

    def show(self, value: int) -> str:
        return str(value)


class PreparationForm(FlaskForm):
    recurring_cents = MoneyField(
        _l("Cost of a year in service"),
        description=_l("Licenses, hosting, support and staff time, every year it runs."),
    )
    funding_line = LineField(
        _l("Funding line"),
        limit=300,
        description=_l("The budget line that pays for it, not a grant that ends."),
    )
    fiscal_year = PlainYearField(
        _l("First fiscal year"),
        description=_l("The first whose budget carries the cost. Fiscal year 2028 begins on July 1, 2027."),
    )
    procurement = PlainTextField(
        _l("Procurement route"),
        limit=2_000,
        description=_l("How it is bought for everybody: price agreement, new solicitation, built by staff."),
    )
    support = PlainTextField(
        _l("Support after the pilot"),
        limit=2_000,
        description=_l("Who answers when it breaks, who trains new people, who keeps it up to date."),
    )
    typicality = PlainTextField(
        _l("How typical the sites were"),
        limit=2_000,
        description=_l("What set the pilot's places and people apart, and what that means elsewhere."),
    )
    version = VersionField(default=0)


class AcceptanceForm(FlaskForm):
    note = PlainTextField(
        _l("A word on it"), limit=2_000, description=_l("What you accept, and on what understanding.")
    )
    version = VersionField(default=0)


class ApprovalForm(FlaskForm):
    state = RadioField(
        _l("Answer"),
        choices=[SelectChoice(state.value, _l(words.staff)) for state, words in APPROVAL_STATES.items()],
    )
    note = PlainTextField(
        _l("Who said so, and on what ground"),
        limit=2_000,
        description=_l("Needed for every answer. A refusal says what would have to change."),
    )
    version = VersionField(default=0)
