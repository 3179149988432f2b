"""Forms of the panel's pages: the meeting, a note, a vote and the summary."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice
from wtforms.validators import ValidationError

from incubator.domain.panels import (
    NOTE_LIMIT,
    PLACE_LIMIT,
    REASON_LIMIT,
    RECOMMENDATIONS,
    SUMMARY_LIMIT,
    NoteAudience,
    Vote,
)
from incubator.domain.stages import Outcome
from incubator.domain.words import NOTE_AUDIENCES, OUTCOMES, VOTES
from incubator.forms.typed import DayField, LineField, Needed, PlainTextField, TimeField


class MeetingForm(FlaskForm):
    meets_on = DayField(_l("Day of the meeting"))
    meets_time = TimeField(_l("Time"), description=_l("For example, 9:00 a.m."))
    place = LineField(
        _l("Place"),
        limit=PLACE_LIMIT,
        description=_l("A room, or how to join from elsewhere."),
    )

    def validate_meets_time(self, field: Any) -> None:
        if not field.errors and field.data is None and self.meets_on.data is not None:
            raise ValidationError(_("Enter the time too."))
        if field.data is not None and self.meets_on.data is None and not self.meets_on.errors:
            raise ValidationError(_("Enter the day too."))


class NoteForm(FlaskForm):
    """A note. `offer` says which audiences the call allows; the narrowest is chosen beforehand."""

    text = PlainTextField(_l("Your note"), [Needed(_l("Write the note"))], limit=NOTE_LIMIT)
    audience = RadioField(
        _l("Who reads it?"),
        validators=[Needed(_l("Choose who reads it"))],
        default=NoteAudience.PANEL.value,
    )

    def offer(self, audiences: tuple[NoteAudience, ...]) -> None:
        self.audience.choices = [SelectChoice(one.value, _(NOTE_AUDIENCES[one].staff)) for one in audiences]


class StrikeForm(FlaskForm):
    reason = LineField(
        _l("Why is it struck?"), [Needed(_l("Say why the note is struck"))], limit=REASON_LIMIT
    )


class VoteForm(FlaskForm):
    vote = RadioField(
        _l("Should it be selected?"),
        validators=[Needed(_l("Choose yes, no or abstain"))],
        choices=[SelectChoice(one.value, _l(VOTES[one].staff)) for one in Vote],
    )


class SummaryForm(FlaskForm):
    """The panel's summary. `recommendation` may be left open."""

    summary = PlainTextField(
        _l("What the panel says of it"),
        limit=SUMMARY_LIMIT,
        description=_l(
            "Strengths, doubts, and what the recommendation rests on. It is the panel's, not one person's."
        ),
    )
    recommendation = RadioField(
        _l("What the panel recommends"),
        choices=[
            SelectChoice("", _l("Nothing yet")),
            *(SelectChoice(one.value, _l(OUTCOMES[one].staff)) for one in RECOMMENDATIONS),
        ],
        default="",
    )

    def chosen(self) -> Outcome | None:
        return Outcome(self.recommendation.data) if self.recommendation.data else None
