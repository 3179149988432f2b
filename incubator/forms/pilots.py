"""Forms of a pilot's plan, its sites, its lesson and its benefit."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Choice, IntegerField, RadioField, SelectChoice, SelectField
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import HiddenInput

from incubator.domain.evaluation import DESIGNS, Design
from incubator.forms.typed import (
    DayField,
    LineField,
    MoneyField,
    Needed,
    NumberField,
    PlainTextField,
    WholeField,
    YesNoField,
)

People = list[tuple[int, str]]


class VersionField(IntegerField):
    """The version a form was filled with, posted back unseen; anything that is no number counts as stale."""

    widget = HiddenInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0] if valuelist else ""
        self.data = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


class PersonField(SelectField):
    """One of the people handed in, or nobody (None)."""

    def __init__(self, label: Any, *, nobody: Any, **kwargs: Any) -> None:
        super().__init__(label, coerce=_person, **kwargs)
        self.nobody = nobody

    def offer(self, people: People) -> None:
        self.choices = [
            SelectChoice("", self.nobody),
            *(SelectChoice(str(key), name) for key, name in people),
        ]

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            self.data = _person(valuelist[0] if valuelist else "")
        except ValueError:
            self.data = None
            raise ValueError(self.gettext("Choose a person from the list.")) from None

    def iter_choices(self) -> Any:
        for option in self.choices or ():
            yield Choice(option.value, option.label, _person(option.value) == self.data, {})

    def pre_validate(self, form: Any) -> None:
        if not any(_person(option.value) == self.data for option in self.choices or ()):
            raise ValidationError(self.gettext("Choose a person from the list."))


def _person(value: Any) -> int | None:
    """The person's id, None for nobody; ValueError for what is neither, so that a mistake never empties the field."""
    text = "" if value is None else str(value)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ValueError(text)
    return int(text)


class AmendForm(FlaskForm):
    """What is asked of a change once the plan is locked; the two questions are not there while it is not."""

    amend_reason = PlainTextField(
        _l("Why is the locked plan changed?"),
        limit=2_000,
        description=_l("This is shown beside every result, with what stood before."),
    )
    data_seen = YesNoField(
        _l("Had anybody seen data from the pilot when this was decided?"),
        description=_l("Both answers are fine; a false one is not. How many readings were in is counted."),
    )

    def __init__(self, *args: Any, locked: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.locked = locked
        if not locked:
            del self.amend_reason
            del self.data_seen

    @property
    def amending(self) -> dict[str, Any]:
        """Reason and answer as the flow takes them, empty while the plan is not locked."""
        if not self.locked:
            return {}
        return {"reason": self.amend_reason.data or "", "data_seen": self.data_seen.data}


class PlanForm(AmendForm):
    question = PlainTextField(
        _l("Question"),
        limit=1_000,
        description=_l(
            "What the pilot is to answer, for example: do callers wait less when the assistant drafts the reply?"
        ),
    )
    design = RadioField(
        _l("Design"),
        [Optional()],
        choices=[SelectChoice(key.value, _l(words.staff)) for key, words in DESIGNS.items()],
        description=_l("How the pilot's effect is told from everything else."),
    )
    comparison = PlainTextField(
        _l("Who is it compared with?"),
        limit=1_000,
        description=_l(
            "The agency or offices that give the same readings without the pilot; or how chance decides."
        ),
    )
    starts_on = DayField(_l("Start"))
    ends_on = DayField(
        _l("End"), description=_l("Half way there the midpoint is due, after it the scale decision.")
    )
    lead_id = PersonField(
        _l("Pilot lead"),
        nobody=_l("Nobody yet"),
        description=_l("Runs the pilot, records its readings and reports progress."),
    )
    product_owner_id = PersonField(
        _l("Product owner"),
        nobody=_l("Nobody yet"),
        description=_l("In the agency: will own what comes of it, and says so before it is scaled."),
    )
    objectives = PlainTextField(
        _l("Objectives"),
        limit=4_000,
        description=_l("What the pilot is to find out, so that it can be answered."),
    )
    methodology = PlainTextField(
        _l("Assessment method"),
        limit=4_000,
        description=_l("What is compared with what, where and for how long, and how it is measured."),
    )
    scalability = PlainTextField(
        _l("Criteria for scaling"),
        limit=4_000,
        description=_l("What would have to be true for this to be used everywhere."),
    )
    analysis = PlainTextField(
        _l("Data analysis plan"),
        limit=4_000,
        description=_l("How the readings become a verdict. Decide this before you see them."),
    )
    communication = PlainTextField(
        _l("Keeping stakeholders informed"),
        limit=4_000,
        description=_l("Who hears what, when and from whom."),
    )
    exit_plan = PlainTextField(
        _l("Exit"),
        limit=4_000,
        description=_l("What happens to people, data and contracts when the pilot ends, however it ends."),
    )
    version = VersionField()

    def __init__(self, *args: Any, leads: People, owners: People, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lead_id.offer(leads)
        self.product_owner_id.offer(owners)

    @property
    def chosen_design(self) -> Design | None:
        return Design(self.design.data) if self.design.data else None


class SiteForm(FlaskForm):
    name = LineField(_l("Site"), [Needed(_l("Enter the name of the site"))], limit=200)
    participants = WholeField(_l("Participants"), description=_l("How many people take part there."))
    starts_on = DayField(_l("Starts there on"))
    note = PlainTextField(
        _l("How typical is this site?"),
        limit=1_000,
        description=_l("What sets it apart from the places this would go to next."),
    )


class LessonForm(FlaskForm):
    lesson = PlainTextField(
        _l("What did you learn?"),
        [Needed(_l("Write down what others can learn from this"))],
        limit=6_000,
        description=_l(
            "What worked, what did not, what you would do differently, and what would justify another try."
        ),
    )
    version = VersionField()


class BenefitForm(FlaskForm):
    forecast = PlainTextField(
        _l("What was expected"),
        limit=2_000,
        description=_l("As the scale decision had it, so that both can be compared."),
    )
    realised = PlainTextField(
        _l("What came of it"), limit=4_000, description=_l("Leave this empty when it is unknown.")
    )
    unknown_reason = PlainTextField(
        _l("If it is unknown: why?"),
        limit=2_000,
        description=_l("“Unknown” with its reason is an honest answer."),
    )
    cents_per_year = MoneyField(
        _l("Dollars saved a year"),
        description=_l("Money that left a budget. Hours are counted apart, below."),
    )
    hours_per_year = NumberField(_l("Hours saved a year"))
    version = VersionField(default=0)
