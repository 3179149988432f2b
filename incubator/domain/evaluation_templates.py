"""What is usually worth measuring for each kind of technology: criteria to start from, and questions to think by.

The keys are the technologies of the proposal. A suggestion has no baseline and no target: those are the agency's.
"""

from __future__ import annotations

from collections.abc import Mapping

from incubator.domain.plan_suggestions import (
    COMPLAINTS,
    COST,
    DOWN,
    GOAL,
    TOP_BOX,
    USERS,
    VALUE,
    Suggestion,
    Template,
)
from incubator.domain.proposal_form import TECHNOLOGIES
from incubator.domain.templates_of_knowledge import OF_KNOWLEDGE
from incubator.domain.templates_of_service import OF_SERVICE

TEMPLATES: Mapping[str, Template] = {
    **OF_KNOWLEDGE,
    **OF_SERVICE,
    "other": Template(
        "What gets better, for whom, by how much, and how would you notice that it did not?",
        (
            "Choose one goal that would decide, and one thing that must not get worse.",
            "Prefer what is counted anyway to what needs a new survey.",
        ),
        (
            Suggestion(
                "days",
                "Days from request to result",
                "days",
                DOWN,
                GOAL,
                VALUE,
                "Every request finished in the period",
                "Days in which we waited for the person who asked",
                "The case system",
            ),
            TOP_BOX,
            COST,
            COMPLAINTS,
            USERS,
        ),
    ),
}

KINDS: tuple[tuple[str, str], ...] = tuple((key, name) for key, name in TECHNOLOGIES if key in TEMPLATES)
"""The kinds of technology there is a template for: key and name."""


def template_for(technology: str | None) -> Template:
    """The template of a technology; the general one for what is not known."""
    return TEMPLATES.get(technology or "", TEMPLATES["other"])
