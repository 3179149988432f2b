"""Forms of the reviews' pages. The scoring form is built from its rubric."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from incubator.domain.reviews import (
    SCALE_MAX,
    SCALE_MIN,
    SCALE_WORDS,
    Recommendation,
    ReviewAnswers,
    ScoreAnswer,
)
from incubator.domain.words import CONFLICT_KINDS, RECOMMENDATIONS
from incubator.forms.typed import DayField, Needed, PlainTextField

JUSTIFICATION_LIMIT = 10_000
COMMENT_LIMIT = 20_000
REASON_LIMIT = 2_000
NOT_APPLICABLE = "na"


class CriterionLike(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def title(self) -> str: ...


class OpenRadioField(RadioField):
    """Radio buttons of which none need be chosen yet; an answer that is not offered is refused."""

    def __init__(self, *args: Any, choices: Sequence[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = list(choices)

    def pre_validate(self, form: Any) -> None:
        if not self.data:
            return
        super().pre_validate(form)


class ScoringForm(FlaskForm):
    """A review as a form; `scoring_form` adds the fields in the order in which they are asked."""

    def answers(self, criteria: Sequence[CriterionLike]) -> ReviewAnswers:
        """What was typed, complete or not; a choice that is not offered counts as none."""
        confidence, recommendation = self._chosen("confidence"), self._chosen("recommendation")
        return ReviewAnswers(
            scores={row.id: self._score(row.id) for row in criteria},
            confidence=int(confidence) if confidence else None,
            recommendation=Recommendation(recommendation) if recommendation else None,
            needs_mentoring=bool(self["needs_mentoring"].data),
            comment=self["comment"].data or "",
        )

    def _score(self, criterion_id: int) -> ScoreAnswer:
        chosen = self._chosen(f"score_{criterion_id}")
        return ScoreAnswer(
            value=int(chosen) if chosen not in ("", NOT_APPLICABLE) else None,
            applies=chosen != NOT_APPLICABLE,
            justification=self[f"why_{criterion_id}"].data or "",
        )

    def _chosen(self, name: str) -> str:
        field = self[name]
        return field.data if field.data in [value for value, _label in field.choices] else ""


def scoring_form(criteria: Sequence[CriterionLike], *, revising: bool = False, **kwargs: Any) -> ScoringForm:
    """The form for a rubric: 1 to 5 or "na" for each criterion with its justification, then the verdict, and
    where it is `revising` a review that is in, the reason why."""
    fields: dict[str, Any] = {}
    scale, why = _scale(), _("Why?")
    for row in criteria:
        fields[f"score_{row.id}"] = OpenRadioField(row.title, choices=scale)
        fields[f"why_{row.id}"] = PlainTextField(
            Markup('{}<span class="hidden-text"> {}</span>').format(why, row.title),
            limit=JUSTIFICATION_LIMIT,
            counted=False,
        )
    fields |= {
        "confidence": OpenRadioField(
            _("How sure are you of your scores?"),
            choices=[
                ("1", _("Not very: this is outside my field")),
                ("2", _("Fairly")),
                ("3", _("Very: I know this field well")),
            ],
        ),
        "recommendation": OpenRadioField(
            _("Would you select it?"),
            choices=[(member.value, _(words.staff)) for member, words in RECOMMENDATIONS.items()],
        ),
        "needs_mentoring": BooleanField(
            _("The team would need mentoring"),
            description=_("A good idea whose authors should not be left alone with it."),
        ),
        "comment": PlainTextField(
            _("Anything else the panel should know"), limit=COMMENT_LIMIT, counted=False
        ),
    }
    if revising:
        fields["revision_reason"] = PlainTextField(
            _("Why do you revise your review?"),
            limit=REASON_LIMIT,
            counted=False,
            description=_("The panel reads this beside both of your scores."),
        )
    form: ScoringForm = type("RubricForm", (ScoringForm,), fields)(**kwargs)
    return form


def _scale() -> list[tuple[str, str]]:
    scale = [(str(n), f"{n} – {_(SCALE_WORDS[n - SCALE_MIN])}") for n in range(SCALE_MIN, SCALE_MAX + 1)]
    return [*scale, (NOT_APPLICABLE, _("Not applicable"))]


class ReasonForm(FlaskForm):
    """A reason, for declining, abstaining, taking or giving back a review."""

    reason = PlainTextField(_l("Reason"), [Needed(_l("Give a reason"))], limit=REASON_LIMIT, counted=False)


class OptionalReasonForm(FlaskForm):
    reason = PlainTextField(_l("Reason"), limit=REASON_LIMIT, counted=False)


class ConflictForm(FlaskForm):
    kind = SelectField(_l("What is the tie?"))
    reason = PlainTextField(
        _l("In a few words"),
        limit=REASON_LIMIT,
        counted=False,
        description=_l("The coordinator reads this; nobody at the agency does."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [(member.value, _(words.staff)) for member, words in CONFLICT_KINDS.items()]


class SetAsideForm(FlaskForm):
    """The chair lets somebody judge in spite of a conflict."""

    reason = PlainTextField(
        _l("Why this person may judge all the same"),
        [Needed(_l("Write why this person may judge all the same"))],
        limit=REASON_LIMIT,
        counted=False,
        description=_l("It stands wherever this person's review is shown."),
    )


class PeopleField(SelectMultipleField):
    """Checkboxes for people, by id."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class AssignForm(FlaskForm):
    people = PeopleField(_l("Reviewers"), [Needed(_l("Choose at least one reviewer"))], coerce=int)
    due_on = DayField(_l("Due on"))


class ConflictOfForm(ConflictForm):
    """A coordinator records somebody else's conflict of interest."""

    person = SelectField(_l("Who"), coerce=int)
