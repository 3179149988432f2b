"""Forms of the calls' and rubrics' pages."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField

from incubator.domain.gates import GATES, GateKey
from incubator.domain.words import AGENCY_SEES
from incubator.forms.typed import (
    ClosingTimeField,
    DayField,
    LineField,
    MoneyField,
    Needed,
    PlainTextField,
    TimeField,
    WholeField,
)

GATE_FIELDS: dict[GateKey, str] = {
    key: f"days_{key.value}" for key in (GateKey.G0, GateKey.G1, GateKey.G2, GateKey.G4, GateKey.G5)
}


class CallForm(FlaskForm):
    title = LineField(
        _l("Title"), [Needed(_l("Enter a title"))], limit=200, description=_l("For example: Spring 2027")
    )
    summary = PlainTextField(
        _l("What the call is about"),
        limit=4_000,
        description=_l("What you hope to see, and what is out of scope. Agencies read this first."),
    )
    opens_on = DayField(_l("Opens on"), [Needed(_l("Enter the day on which it opens"))])
    opens_time = TimeField(_l("Opening time"), [Needed(_l("Enter the time at which it opens"))])
    closes_on = DayField(_l("Closes on"), [Needed(_l("Enter the day on which it closes"))])
    closes_time = ClosingTimeField(
        _l("Closing time"),
        [Needed(_l("Enter the time at which it closes"))],
        description=_l("For example, 5:00 p.m. Midnight is the end of the day on which it closes."),
    )
    reviews_due_on = DayField(_l("Reviews are due on"))
    rubric_id = SelectField(_l("Rubric"), coerce=int, description=_l("Only published versions can be used."))
    reviews_required = WholeField(_l("Reviews of each proposal"), [Needed(_l("Enter how many reviews"))])
    names_hidden = BooleanField(
        _l("Hide names from reviewers"), description=_l("Reviewers do not see the agency or the authors.")
    )
    shares_scores = BooleanField(
        _l("Show reviewers the other reviews when all are in"),
        description=_l(
            "Also when the day on which they are due has passed. Before that, and before their own is in, "
            "nobody sees anything of them, in either case."
        ),
    )
    reviews_most = WholeField(
        _l("Most reviews for one person"),
        description=_l("Where a reviewer has not said otherwise. Assignment never goes beyond it."),
    )
    revisions_due_on = DayField(
        _l("Reviews may be revised until"),
        description=_l(
            "Having seen the others', each reviewer may change a review once, with a reason. Both values are kept."
        ),
    )
    agency_sees = SelectField(
        _l("What agencies are shown with the decision"),
        description=_l("This is a promise: it stands on the call's page."),
    )
    chair_id = SelectField(
        _l("Chair of the panel"),
        coerce=lambda value: int(value) if value else None,
        description=_l("Releases the decisions, and alone may set a conflict of interest aside."),
    )
    decides_together = BooleanField(
        _l("Release all decisions of the call together"),
        description=_l("They are prepared and signed first; until the release nobody else learns of them."),
    )
    allows_draw = BooleanField(
        _l("Allow a draw among proposals that the scores cannot tell apart"),
        description=_l("With a seed that is written down, so that anybody can repeat it."),
    )
    places = WholeField(
        _l("Places"), description=_l("How many proposals can be selected. The ranking draws its line here.")
    )
    budget = MoneyField(_l("Budget"), description=_l("What can be given out in this round."))
    teams = WholeField(_l("Teams"), description=_l("How many pilots the office can accompany at once."))
    days_g0 = WholeField(_l("Screening"))
    days_g1 = WholeField(_l("Selection"))
    days_g2 = WholeField(_l("Launch"))
    days_g4 = WholeField(_l("Scale"))
    days_g5 = WholeField(_l("Benefit check"))

    def __init__(
        self, *args: Any, rubrics: list[tuple[int, str]], chairs: list[tuple[int, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.rubric_id.choices = rubrics
        self.chair_id.choices = [("", _("Nobody yet")), *chairs]
        self.agency_sees.choices = [(member.value, _(words.staff)) for member, words in AGENCY_SEES.items()]
        for key, name in GATE_FIELDS.items():
            self[name].description = _l("Usually %(days)s days", days=GATES[key].limit_days)

    @property
    def gate_fields(self) -> list[Any]:
        return [self[name] for name in GATE_FIELDS.values()]


class CriterionForm(FlaskForm):
    title = LineField(_l("Criterion"), [Needed(_l("Enter what is judged"))], limit=120)
    description = PlainTextField(
        _l("The question it asks"), limit=500, description=_l("One sentence that reviewers read first.")
    )
    weight = WholeField(
        _l("Weight"),
        [Needed(_l("Enter a weight from 1 to 100"))],
        description=_l("1 to 100. The page shows each weight as a share of the whole."),
    )
    anchor_1 = PlainTextField(_l("1 – Poor"), [Needed(_l("Say what a 1 looks like"))], limit=500)
    anchor_2 = PlainTextField(_l("2 – Partial"), [Needed(_l("Say what a 2 looks like"))], limit=500)
    anchor_3 = PlainTextField(_l("3 – Satisfactory"), [Needed(_l("Say what a 3 looks like"))], limit=500)
    anchor_4 = PlainTextField(_l("4 – Good"), [Needed(_l("Say what a 4 looks like"))], limit=500)
    anchor_5 = PlainTextField(_l("5 – Strong"), [Needed(_l("Say what a 5 looks like"))], limit=500)

    @property
    def anchor_fields(self) -> list[Any]:
        return [self[f"anchor_{score}"] for score in range(1, 6)]

    @property
    def anchors(self) -> tuple[str, str, str, str, str]:
        first, second, third, fourth, fifth = (str(field.data or "") for field in self.anchor_fields)
        return first, second, third, fourth, fifth


class RubricNameForm(FlaskForm):
    name = LineField(_l("Name of the new rubric"), [Needed(_l("Enter a name"))], limit=120)
