"""Each criterion as its pages show it: with its analysis once the horizon is reached, and without before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sqlalchemy.orm import Session

from incubator.analytics.completeness import Completeness
from incubator.analytics.criterion import Answer, Sentence
from incubator.domain.evaluation import FEWEST_PERIODS, Judged, Promise, Verdict, baseline_is_off
from incubator.domain.pilots import CriterionKind, with_unit
from incubator.queries import evaluation as query
from incubator.queries.evaluation import Criterion
from incubator.web.languages import gettext as _
from incubator.web.words import change


@dataclass(frozen=True)
class Judgement:
    """A criterion today. `answer` is None before its horizon: who looks early sees data and no result."""

    criterion: Criterion
    today: date

    @property
    def due(self) -> bool:
        return self.criterion.question is not None and self.criterion.at_horizon(self.today)

    @cached_property
    def answer(self) -> Answer | None:
        """The kept analysis, or one made now where the kept one is behind."""
        if not self.due:
            return None
        return self.criterion.known_answer or analysed(self.criterion)

    @cached_property
    def judged(self) -> Judged:
        """The verdict as it was recorded or, until then, as the rule proposes it."""
        given = self.criterion.given
        return given.judged if given is not None else self.proposed

    @cached_property
    def proposed(self) -> Judged:
        return self.criterion.judged(self.answer, today=self.today)

    @cached_property
    def quality(self) -> Completeness | None:
        return self.criterion.quality(self.today)

    @property
    def too_short(self) -> str:
        """That the plan asks for fewer readings until its horizon than its analysis takes; empty where it does not."""
        one, quality = self.criterion, self.quality
        fewest = FEWEST_PERIODS.get(one.design, 0)
        if one.horizon_on is None or one.question is None or quality is None or quality.planned >= fewest:
            return ""
        return _(
            "The plan asks for %(planned)s readings between the launch and the day of the verdict. The analysis needs "
            "at least %(fewest)s, so this plan cannot give a verdict.",
            planned=quality.planned,
            fewest=fewest,
        )

    @property
    def shown(self) -> Answer | None:
        """The analysis behind the verdict that is shown."""
        return self.criterion.given.answer if self.criterion.given is not None else self.answer

    @property
    def promised(self) -> float | None:
        """The change the rule asks for: as recorded with the verdict, else as the analysis makes it."""
        given = self.criterion.given
        return given.promised if given is not None else self.criterion.promised_in(self.answer)

    @property
    def baseline_note(self) -> str:
        """What follows from a measured baseline that is off the planned one; empty where it is not."""
        one, shown = self.criterion, self.shown
        reference = shown.reference if shown is not None else None
        if not baseline_is_off(one.baseline, one.target, reference):
            return ""
        promised = self.promised
        assert one.baseline is not None
        assert one.target is not None
        assert reference is not None
        assert promised is not None
        values = {
            "planned": with_unit(one.baseline, one.unit),
            "reference": with_unit(reference, one.unit),
            "target": with_unit(one.target, one.unit),
            "change": change(promised, one.unit),
        }
        if one.promise is Promise.LEVEL:
            return _(
                "The plan took the baseline to be %(planned)s; the analysis expects %(reference)s without the pilot. "
                "A level was promised, so the change that was needed is %(change)s.",
                **values,
            )
        if one.kind is CriterionKind.GUARDRAIL:
            return _(
                "The plan took the baseline to be %(planned)s; the analysis expects %(reference)s without the pilot. "
                "A change of at most %(change)s was accepted, so whether the limit of %(target)s was passed does not decide.",
                **values,
            )
        return _(
            "The plan took the baseline to be %(planned)s; the analysis expects %(reference)s without the pilot. "
            "A change of %(change)s was promised, so whether the level of %(target)s was reached does not decide.",
            **values,
        )

    @property
    def changed_since(self) -> bool:
        """Whether readings or the criterion changed after the verdict was recorded."""
        given = self.criterion.given
        return given is not None and given.inputs_sha256 != self.criterion.inputs_sha256

    @property
    def to_record(self) -> bool:
        """Whether recording would change what stands."""
        if not self.due or self.proposed.verdict is Verdict.NOT_YET:
            return False
        return self.criterion.given is None or self.changed_since


def judgements(session: Session, proposal_id: int, today: date) -> list[Judgement]:
    return [Judgement(criterion, today) for criterion in query.criteria_of(session, proposal_id)]


def analysed(criterion: Criterion) -> Answer:
    # The analyses bring scipy along, which no other page needs.
    from incubator.analytics.criterion_answer import answer

    assert criterion.question is not None
    return answer(criterion.question, criterion.asked)


def said(sentence: Sentence) -> str:
    """A sentence of an analysis in the reader's language."""
    return _(sentence.text, **sentence.params) if sentence.params else _(sentence.text)


def judged_only(found: Sequence[Judgement]) -> list[Judgement]:
    """Those that carry or could carry a verdict."""
    return [each for each in found if each.criterion.kind is not CriterionKind.CONTEXT]
