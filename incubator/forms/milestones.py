"""Forms of milestones and risks."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField

from incubator.forms.pilots import VersionField
from incubator.forms.typed import DayField, LineField, Needed, PlainTextField

LIKELIHOODS = [
    SelectChoice("1", _l("1 – Very unlikely")),
    SelectChoice("2", _l("2 – Unlikely")),
    SelectChoice("3", _l("3 – Possible")),
    SelectChoice("4", _l("4 – Likely")),
    SelectChoice("5", _l("5 – Almost certain")),
]
IMPACTS = [
    SelectChoice("1", _l("1 – Hardly matters")),
    SelectChoice("2", _l("2 – Minor")),
    SelectChoice("3", _l("3 – Moderate")),
    SelectChoice("4", _l("4 – Serious")),
    SelectChoice("5", _l("5 – Ends the pilot")),
]


class MilestoneForm(FlaskForm):
    title = LineField(
        _l("Milestone"),
        [Needed(_l("Enter what is to be reached"))],
        limit=200,
        description=_l("Something one can see, for example: all three counties use it."),
    )
    due_on = DayField(_l("Due"), [Needed(_l("Enter by when"))])
    version = VersionField()


class ReachedForm(FlaskForm):
    reached_on = DayField(_l("Reached on"), [Needed(_l("Enter the day"))])


class NotReachedForm(FlaskForm):
    reason = PlainTextField(
        _l("Why is it not reached?"), [Needed(_l("Enter why it is not reached"))], limit=2_000
    )


class RiskForm(FlaskForm):
    title = LineField(_l("What could go wrong"), [Needed(_l("Enter what could go wrong"))], limit=200)
    likelihood = SelectField(_l("How likely is it?"), choices=LIKELIHOODS, default="3")
    impact = SelectField(_l("How bad would it be?"), choices=IMPACTS, default="3")
    response = PlainTextField(
        _l("What you do about it"), limit=2_000, description=_l("What makes it less likely, or less bad.")
    )
    owner_name = LineField(_l("Who watches it"), limit=120)
    version = VersionField()
