"""Forms of the agencies' pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectChoice, SelectField

from incubator.domain.surveys import ANSWERS, DEFAULT_QUESTIONS
from incubator.forms.pilots import PersonField
from incubator.forms.typed import DayField, LineField, Needed, PlainTextField, WholeField

Pairs = Iterable[tuple[Any, Any]]


def _choices(pairs: Pairs, empty: Any = None) -> list[SelectChoice]:
    first = [SelectChoice("", empty)] if empty is not None else []
    return [*first, *(SelectChoice(str(value), label) for value, label in pairs)]


def _number(value: Any) -> int | None:
    text = "" if value is None else str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


class ThemeField(SelectField):
    """A theme's id, or None."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, coerce=_number, choices=[], **kwargs)

    def offer(self, themes: Pairs) -> None:
        self.choices = _choices(themes, _l("No theme"))


class NeedForm(FlaskForm):
    title = LineField(
        _l("The need in a few words"),
        [Needed(_l("Enter the need in a few words"))],
        limit=200,
        description=_l("Name the problem, not a product. For example: permits take too long."),
    )
    problem = PlainTextField(
        _l("What is the problem today?"),
        [Needed(_l("Say what the problem is"))],
        limit=4_000,
        description=_l("What happens now, what it costs people, and what was tried."),
    )
    affected = LineField(_l("Who is affected?"), limit=300)
    size = LineField(
        _l("How many, or how much?"),
        limit=200,
        description=_l("For example: 12,000 applicants a year, or two weeks for each case."),
    )
    theme_id = ThemeField(_l("Theme"), description=_l("The goal of the state that this need belongs to."))


class PlaceForm(FlaskForm):
    place = WholeField(_l("Place in the agency's order"), [Needed(_l("Enter a place, 1 or higher"))])


class DropNeedForm(FlaskForm):
    reason = PlainTextField(
        _l("Why is this no need any more?"),
        [Needed(_l("Say why the need is dropped"))],
        limit=1_000,
        description=_l("It stays on record, at the end of the list."),
    )


class LinkForm(FlaskForm):
    number = LineField(
        _l("Number of the proposal or pilot"), limit=40, description=_l("For example: CDOT-0042.")
    )

    def offer(self, records: Pairs) -> None:
        self.known = list(records)


class CommitmentForm(FlaskForm):
    party = RadioField(_l("Who promises?"))
    promise = PlainTextField(
        _l("What is promised?"),
        [Needed(_l("Say what is promised"))],
        limit=1_000,
        description=_l("Something that can be seen to be done."),
    )
    owner_name = LineField(_l("Who sees to it?"), limit=120)
    due_on = DayField(_l("By when?"))

    def offer(self, parties: Pairs) -> None:
        self.party.choices = _choices(parties)
        self.party.validators = [Needed(_l("Say who promises"))]
        self.party.flags.required = True


class DropCommitmentForm(FlaskForm):
    note = PlainTextField(
        _l("Why is it dropped?"), [Needed(_l("Say why the commitment is dropped"))], limit=1_000
    )


class MeetingForm(FlaskForm):
    title = LineField(
        _l("What was the meeting about?"), [Needed(_l("Enter what the meeting was about"))], limit=200
    )
    held_on = DayField(_l("Day"), [Needed(_l("Enter the day of the meeting"))])
    attendees = PlainTextField(_l("Who was there?"), limit=2_000, counted=False)
    notes = PlainTextField(
        _l("What was said and agreed?"),
        limit=20_000,
        description=_l("Everybody of the agency and of the office can read these notes."),
    )


class ContactForm(FlaskForm):
    name = LineField(_l("Name"), [Needed(_l("Enter the contact's name"))], limit=120)
    job_title = LineField(_l("Job title"), limit=120)
    email = LineField(_l("E-mail"), limit=200)
    phone = LineField(_l("Telephone"), limit=60)


class SurveyForm(FlaskForm):
    title = LineField(_l("Title"), [Needed(_l("Enter a title"))], limit=120)
    questions = PlainTextField(
        _l("Statements, one in each line"),
        [Needed(_l("Write at least one statement, one in each line"))],
        limit=2_000,
        default="\n".join(DEFAULT_QUESTIONS),
        description=_l("People say how far they agree with each."),
    )
    invited = WholeField(
        _l("How many people are asked?"),
        [Needed(_l("Enter how many people are asked"))],
        description=_l("Needed for the rate of responses."),
    )


class AnswerForm(FlaskForm):
    """Built for one survey by `answer_form`."""

    comment = PlainTextField(
        _l("Anything else?"),
        limit=1_000,
        description=_l(
            "Read by the agency's lead and the office, without your name. Do not write who you are."
        ),
    )

    @property
    def questions(self) -> list[Any]:
        return [field for name, field in self._fields.items() if name.startswith("q")]


def answer_form(questions: Iterable[dict[str, Any]]) -> Any:
    """The form with one question for each statement of a survey."""
    fields = {
        question["key"]: RadioField(
            question["text"],
            [Needed(_l("Choose an answer"))],
            choices=[SelectChoice(str(place), _l(words)) for place, words in enumerate(ANSWERS, start=1)],
            validate_choice=False,
        )
        for question in questions
    }
    return type("AnswerFormOfSurvey", (AnswerForm,), fields)()


class AgencyForm(FlaskForm):
    name = LineField(_l("Name"), [Needed(_l("Enter the agency's name"))], limit=200)
    purpose = PlainTextField(
        _l("What the agency is there for"), limit=1_000, description=_l("One or two sentences.")
    )
    website = LineField(_l("Web address"), limit=300, description=_l("For example: https://example.gov"))
    relationship_manager_id = PersonField(
        _l("Relationship manager"),
        nobody=_l("Nobody yet"),
        description=_l("Looks after the agency: a coordinator or an agency lead."),
    )
    it_director_id = PersonField(
        _l("IT director"), nobody=_l("Nobody yet"), description=_l("The agency's own, or an agency lead.")
    )
    distinct = BooleanField(_l("This is another agency than those with a similar name"))


class NewAgencyForm(AgencyForm):
    code = LineField(
        _l("Code"),
        [Needed(_l("Enter a code"))],
        limit=20,
        description=_l("2 to 8 capitals and digits. It begins the number of each record and stays."),
    )


class UnitForm(FlaskForm):
    name = LineField(_l("Name of the unit"), [Needed(_l("Enter the unit's name"))], limit=200)
