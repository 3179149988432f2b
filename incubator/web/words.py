"""The domain's words for templates, in the reader's language."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

from flask import Flask, g
from flask_login import current_user

from incubator.domain import ai, benefits, evaluation, pilot_summary, pilots, scaling, words
from incubator.domain.access import OVERSIGHT
from incubator.domain.assignment import Barrier, BidKind, FitGrade
from incubator.domain.conflicts import ConflictKind, TieKind
from incubator.domain.events import EVENTS, EventKind
from incubator.domain.panels import NoteAudience, Vote
from incubator.domain.pilots import Cadence, CriterionKind, Direction, ReportState, Standing
from incubator.domain.proposal_form import TECHNOLOGIES
from incubator.domain.releases import AgencySees, Preparation
from incubator.domain.reviews import Recommendation, ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import EndReason, Origin, Outcome, Precision, Provenance, Stage, Step
from incubator.web.formats import day
from incubator.web.languages import gettext, translate
from incubator.web.stated import stated_facts

_TECHNOLOGY_NAMES = {str(value): str(words) for value, words in TECHNOLOGIES if value}

TABLES: dict[type, dict[Any, words.Words]] = {
    Stage: words.STAGES,
    Step: words.STEPS,
    Outcome: words.OUTCOMES,
    EndReason: words.END_REASONS,
    Role: words.ROLES,
    Origin: words.ORIGINS,
    Precision: words.PRECISIONS,
    Provenance: words.PROVENANCES,
    Cadence: pilots.CADENCES,
    CriterionKind: pilots.KINDS,
    Direction: pilots.DIRECTIONS,
    ReportState: pilots.REPORT_STATES,
    Standing: pilots.STANDINGS,
    pilot_summary.Result: pilot_summary.RESULTS,
    evaluation.Design: evaluation.DESIGNS,
    evaluation.Measure: evaluation.MEASURES,
    evaluation.Promise: evaluation.PROMISES,
    evaluation.Arm: evaluation.ARMS,
    evaluation.Verdict: evaluation.VERDICTS,
    evaluation.Advice: evaluation.ADVICE,
    evaluation.AlertKind: evaluation.ALERT_KINDS,
    scaling.ApprovalArea: scaling.APPROVAL_AREAS,
    scaling.ApprovalState: scaling.APPROVAL_STATES,
    benefits.BenefitKind: benefits.BENEFIT_KINDS,
    benefits.Certainty: benefits.CERTAINTIES,
    ai.AiLevel: ai.AI_LEVELS,
    ai.PracticeState: ai.PRACTICE_STATES,
    ai.EscalationAnswer: ai.ESCALATION_ANSWERS,
    ai.Autonomy: ai.AUTONOMIES,
    ai.Affected: ai.AFFECTED,
    ai.Reversibility: ai.REVERSIBILITIES,
    ReviewState: words.REVIEW_STATES,
    Recommendation: words.RECOMMENDATIONS,
    ConflictKind: words.CONFLICT_KINDS,
    TieKind: words.TIE_KINDS,
    BidKind: words.BIDS,
    FitGrade: words.FITS,
    Barrier: words.BARRIERS,
    NoteAudience: words.NOTE_AUDIENCES,
    Vote: words.VOTES,
    AgencySees: words.AGENCY_SEES,
    Preparation: words.PREPARATIONS,
}


def technology_name(key: str) -> str:
    """The words of a technology of the form; what an inventory named otherwise is shown as it is."""
    return gettext(_TECHNOLOGY_NAMES[key]) if key in _TECHNOLOGY_NAMES else key


def reads_as_staff() -> bool:
    if "reads_as_staff" not in g:
        g.reads_as_staff = current_user.is_authenticated and current_user.actor.holds(
            *OVERSIGHT, Role.REVIEWER
        )
    found: bool = g.reads_as_staff
    return found


def change_unit(unit: str) -> str:
    """The unit of a change: that of a share is points, for percent of a percentage misleads."""
    return gettext("points") if pilots.is_percent(unit) else unit


def change(value: float, unit: str) -> str:
    """A change as people write it: +3.1 points, −12 min. One that was computed has three digits, as in the
    sentence of its analysis."""
    computed = abs(value) < 100 and not math.isclose(value, float(f"{value:.6g}"), rel_tol=1e-9)
    return pilots.signed(float(f"{value:.3g}") if computed else value, change_unit(unit))


def label(member: Any) -> str:
    """The word for a state: staff read the staff's, agencies the plain one."""
    if member is None:
        return "–"
    return translate(TABLES[type(member)][member].label(staff=reads_as_staff()))


def plain(member: Any) -> str:
    """The word for what has become of something, whoever reads it: “Stopped” where the choice is “Stop”."""
    return translate(TABLES[type(member)][member].label(staff=False))


def tone(member: Any) -> str:
    return TABLES[type(member)][member].tone


class _Details(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def sentence(kind: EventKind, actor_name: str, details: dict[str, Any]) -> str:
    """An event as a sentence; a detail that was never written reads as an ellipsis."""
    words = EVENTS[kind]
    text = words.one if words.one and details.get("count") == 1 else words.sentence
    if isinstance(details.get("day"), str):
        details = {**details, "day": day(date.fromisoformat(details["day"]))}
    return translate(text) % _Details(details, actor=actor_name)


def register_words(app: Flask) -> None:
    app.jinja_env.filters["label"] = label
    app.jinja_env.filters["plain"] = plain
    app.jinja_env.filters["tone"] = tone
    app.jinja_env.filters["with_unit"] = pilots.with_unit
    app.jinja_env.filters["change"] = change
    app.jinja_env.filters["stated_facts"] = stated_facts
    app.jinja_env.globals["sentence"] = sentence
    app.jinja_env.globals["technology_name"] = technology_name
    app.jinja_env.globals["staff"] = reads_as_staff
