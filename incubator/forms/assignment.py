"""Forms around giving reviewers to proposals. Those with a question for each row are built from the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import BooleanField, SelectField

from incubator.domain.assignment import LEVELS, BidKind
from incubator.domain.words import BIDS, TIE_KINDS
from incubator.forms.reviews import OpenRadioField, PeopleField
from incubator.forms.typed import DayField, LineField, Needed, PlainTextField, WholeField

NO_ANSWER = ""
CONFLICT = "conflict"


def level_name(tag: str) -> str:
    """The name of a field's question; a theme's tag holds a colon."""
    return f"level_{tag.replace(':', '_')}"


class ExpertiseForm(FlaskForm):
    """How well somebody knows each field; `expertise_form` adds the questions."""

    def levels(self, tags: Sequence[str]) -> dict[str, int]:
        """The answers given, by field; what was not answered is left out."""
        return {tag: int(self[level_name(tag)].data) for tag in tags if self[level_name(tag)].data}


def expertise_form(fields: Mapping[str, str], known: Mapping[str, int], **kwargs: Any) -> ExpertiseForm:
    """The form for these fields (words by tag), filled with what is known."""
    answers = [("0", _("Not at all")), *((str(level), _(words)) for level, words in LEVELS)]
    questions = {level_name(tag): OpenRadioField(words, choices=answers) for tag, words in fields.items()}
    data = {level_name(tag): str(known.get(tag, 0)) for tag in fields}
    form: ExpertiseForm = type("FieldsForm", (ExpertiseForm,), questions)(data=data, **kwargs)
    return form


class TieForm(FlaskForm):
    vendor = LineField(
        _l("Vendor"),
        [Needed(_l("Enter the vendor's name"))],
        limit=200,
        description=_l("As it is written on contracts. Inc., LLC and the like do not matter."),
    )
    kind = SelectField(_l("What is the tie?"))
    ended_on = DayField(
        _l("Last day of the contract"),
        description=_l(
            "Leave it empty while the contract runs. A contract bars for two years after its last day."
        ),
    )
    note = PlainTextField(_l("In a few words"), limit=2_000, counted=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [(member.value, _(words.staff)) for member, words in TIE_KINDS.items()]


class EndTieForm(FlaskForm):
    """A contract ends on a day; any other tie just ends."""

    ended_on = DayField(_l("Last day of the contract"))
    mistake = BooleanField(
        _l("It was entered by mistake"), description=_l("There was no such contract. Nothing bars you then.")
    )


class BidRowLike(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def bid(self) -> BidKind | None: ...


class BidsForm(FlaskForm):
    """What a reviewer would like to review; `bids_form` adds a question for each proposal."""

    def answer(self, proposal_id: int) -> str:
        given: str = self[f"bid_{proposal_id}"].data or NO_ANSWER
        return given


def bids_form(rows: Sequence[BidRowLike], **kwargs: Any) -> BidsForm:
    """The form for these proposals, filled with the reviewer's own bids."""
    answers = [
        *((member.value, _(words.staff)) for member, words in BIDS.items()),
        (CONFLICT, _("I have a conflict")),
        (NO_ANSWER, _("No answer")),
    ]
    asked = _("Would you review this?")
    questions = {
        f"bid_{row.id}": OpenRadioField(
            Markup('<span class="hidden-text">{} </span>{}').format(asked, row.title), choices=answers
        )
        for row in rows
    }
    data = {f"bid_{row.id}": row.bid.value if row.bid else NO_ANSWER for row in rows}
    form: BidsForm = type("OwnBidsForm", (BidsForm,), questions)(data=data, **kwargs)
    return form


class WorkOutForm(FlaskForm):
    wanted = WholeField(_l("Reviews of each proposal"), [Needed(_l("Enter how many reviews"))])
    keeps_unbegun = BooleanField(
        _l("Keep everybody who has been asked"),
        description=_l(
            "Otherwise reviews that nobody has begun may move. Reviews that are begun always stay."
        ),
    )


class AddReviewersForm(FlaskForm):
    people = PeopleField(_l("Who else could review"), coerce=int)
    most = WholeField(_l("Most reviews for each of them"), [Needed(_l("Enter how many reviews"))])


class MemberLike(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def most(self) -> int | None: ...


class LimitsForm(FlaskForm):
    """The most reviews of each person on a call's list; `limits_form` adds a row for each."""

    def limits(self, people: Sequence[int]) -> dict[int, int]:
        return {key: self[f"most_{key}"].data for key in people if self[f"most_{key}"].data is not None}

    def taken_out(self, people: Sequence[int]) -> list[int]:
        return [key for key in people if self[f"out_{key}"].data]


def limits_form(people: Sequence[MemberLike], **kwargs: Any) -> LimitsForm:
    """The form for these people, filled with their limits."""
    questions: dict[str, Any] = {}
    for one in people:
        questions[f"most_{one.id}"] = WholeField(
            _("Most reviews of %(name)s", name=one.name), [Needed(_("Enter how many reviews"))]
        )
        questions[f"out_{one.id}"] = BooleanField(_("Take %(name)s off the list", name=one.name))
    data = {f"most_{one.id}": one.most for one in people}
    form: LimitsForm = type("CallLimitsForm", (LimitsForm,), questions)(data=data, **kwargs)
    return form


class FieldsField(PeopleField):
    """Checkboxes for fields, by tag."""


class FieldsForm(FlaskForm):
    fields = FieldsField(_l("Other fields it needs"))


class ChangePairForm(FlaskForm):
    out = OpenRadioField(_l("Take out"), choices=[])
    into = OpenRadioField(_l("Put in"), choices=[])

    def chosen(self, name: str) -> int | None:
        """The person chosen, or None for nobody."""
        given: str = self[name].data or ""
        return int(given) if given else None
