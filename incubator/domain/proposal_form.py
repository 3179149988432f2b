"""The proposal's form as data, by version: sections, fields, and what must be answered.

A call names the version it uses, and a submitted revision keeps its own, so a form can be improved
without touching what was handed in before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

CURRENT_VERSION = 1


class FieldKind(StrEnum):
    LINE = "line"
    TEXT = "text"
    MONEY = "money"
    NUMBER = "number"
    COUNT = "count"
    DATE = "date"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One question. `limit` is in characters; `only_if` names a yes/no field that must be yes."""

    key: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    hint: str = ""
    required: bool = False
    limit: int = 20_000
    choices: tuple[tuple[str, str], ...] = ()
    only_if: str = ""


@dataclass(frozen=True, slots=True)
class SectionSpec:
    key: str
    title: str
    lede: str
    fields: tuple[FieldSpec, ...]
    looks_for: tuple[str, ...] = ()
    """What reviewers look for, shown beside the section."""

    @property
    def required_keys(self) -> tuple[str, ...]:
        return tuple(field.key for field in self.fields if field.required)


TECHNOLOGIES = (
    ("", "Choose one"),
    ("artificial_intelligence", "Artificial intelligence"),
    ("automation", "Process automation"),
    ("data", "Data sharing and analysis"),
    ("digital_service", "Digital service or form"),
    ("identity", "Identity and sign-in"),
    ("infrastructure", "Infrastructure and cloud"),
    ("mapping", "Mapping and sensors"),
    ("security", "Security"),
    ("other", "Something else"),
)

TRL = tuple(
    (str(level), f"{level} – {words}")
    for level, words in enumerate(
        (
            "Basic principles observed",
            "Concept formulated",
            "Proof of concept",
            "Tried in a laboratory",
            "Tried in a relevant environment",
            "Pilot-scale prototype in a relevant environment",
            "Full-scale prototype demonstrated",
            "Complete and qualified",
            "In operation",
        ),
        start=1,
    )
)

IDEA = SectionSpec(
    "idea",
    "The idea",
    "In a few sentences: what is hard today, what you would try, and for whom it would get better.",
    (
        FieldSpec(
            "title",
            "Name of the idea",
            FieldKind.LINE,
            "Short and plain; you can change it later.",
            required=True,
            limit=200,
        ),
        FieldSpec(
            "summary",
            "The idea in one breath",
            FieldKind.TEXT,
            "“I have observed [a problem]; if we [do this] it will result in [a benefit] for [these people].” Up to 1,000 characters.",
            required=True,
            limit=1_000,
        ),
        FieldSpec(
            "affected",
            "Who is affected, and how many?",
            FieldKind.TEXT,
            "A rough number is fine: residents, staff, cases a year.",
            required=True,
            limit=2_000,
        ),
        FieldSpec(
            "sponsor",
            "Sponsor at your agency",
            FieldKind.LINE,
            "Name and job title of the person who wants this.",
            required=True,
            limit=200,
        ),
        FieldSpec(
            "technology", "Technology", FieldKind.CHOICE, "The one that comes closest.", choices=TECHNOLOGIES
        ),
        FieldSpec(
            "uses_ai",
            "Does it use artificial intelligence?",
            FieldKind.YES_NO,
            "If so, a section of the proposal asks about it.",
            required=True,
        ),
    ),
    (
        "A problem that staff or residents really have",
        "One sentence that says what would get better, and for whom",
        "Somebody at the agency who wants it",
    ),
)

_V1 = (
    SectionSpec(
        "problem",
        "The problem today",
        "What is hard today, and how you know. A number now lets everybody see later what changed.",
        (
            FieldSpec("problem", "What is the problem?", required=True),
            FieldSpec(
                "baseline",
                "How large is it today?",
                FieldKind.TEXT,
                "For example: 51 minutes average wait, measured on 1,200 calls in March.",
                required=True,
            ),
            FieldSpec(
                "tried",
                "What has been tried, and what does the market offer?",
                FieldKind.TEXT,
                "If a product on the market would do, say why it does not fit.",
                required=True,
            ),
        ),
        ("A measured starting point, not an impression", "An honest look at what the market offers"),
    ),
    SectionSpec(
        "users",
        "Users and evidence",
        "Who would use it and what tells you that they need it.",
        (
            FieldSpec("users", "Who would use it?", required=True),
            FieldSpec(
                "evidence",
                "What shows that they need it?",
                FieldKind.TEXT,
                "Interviews, complaints, call logs, a survey: whatever you have.",
                required=True,
            ),
        ),
        ("Words or counts from users themselves",),
    ),
    SectionSpec(
        "pilot",
        "The pilot",
        "Where, with whom, how long, and how it would end.",
        (
            FieldSpec("sites", "Where would it run?", required=True),
            FieldSpec("participants", "How many people or cases would take part?", FieldKind.COUNT),
            FieldSpec("months", "How many months would it run?", FieldKind.COUNT, required=True),
            FieldSpec(
                "start", "When could it start?", FieldKind.DATE, "For example 3/15/2027 or March 2027."
            ),
            FieldSpec(
                "exit",
                "How would it end if it does not work?",
                FieldKind.TEXT,
                "What is switched off, what happens to the data and the users.",
                required=True,
            ),
        ),
        ("Small enough to learn quickly, large enough to tell", "A clean way out"),
    ),
    SectionSpec(
        "outcomes",
        "Expected outcomes",
        "What you would measure, from where to where.",
        (
            FieldSpec(
                "metric",
                "The measure that matters most",
                FieldKind.LINE,
                "For example: average wait in minutes.",
                required=True,
                limit=200,
            ),
            FieldSpec("from_value", "Its value today", FieldKind.LINE, limit=100, required=True),
            FieldSpec(
                "to_value",
                "The value that would count as a success",
                FieldKind.LINE,
                limit=100,
                required=True,
            ),
            FieldSpec("other_outcomes", "Other measures, and what must not get worse", FieldKind.TEXT),
        ),
        ("One main measure with a target set in advance", "Something that guards against harm"),
    ),
    SectionSpec(
        "cost",
        "Cost and funding",
        "What it would take, in dollars and in staff hours.",
        (
            FieldSpec("requested", "Money asked for", FieldKind.MONEY, required=True),
            FieldSpec(
                "breakdown",
                "What it is for",
                FieldKind.TEXT,
                "Licenses, contractors, equipment, travel: one line each.",
                required=True,
            ),
            FieldSpec("staff_hours", "Staff hours needed in all", FieldKind.NUMBER),
            FieldSpec("funding_source", "Where else money could come from", FieldKind.TEXT),
        ),
        ("A budget that fits the size of the question",),
    ),
    SectionSpec(
        "vendor",
        "Vendor and contract",
        "Who would supply it and how it could be bought.",
        (
            FieldSpec("vendor", "Vendor, if you have one in mind", FieldKind.LINE, limit=200),
            FieldSpec(
                "contract",
                "Contract route",
                FieldKind.TEXT,
                "Price agreement, small purchase, existing contract, built by staff.",
                required=True,
            ),
        ),
        ("A way to buy it that can be repeated at scale",),
    ),
    SectionSpec(
        "data",
        "Data and systems",
        "What data it touches and where they would live.",
        (
            FieldSpec("data", "Which data would it use?", required=True),
            FieldSpec("personal", "Does it touch personal information?", FieldKind.YES_NO, required=True),
            FieldSpec("personal_detail", "Which, and about whom?", only_if="personal"),
            FieldSpec("hosting", "Where would it be hosted?", FieldKind.LINE, limit=300, required=True),
            FieldSpec("systems", "Which systems would it connect to?"),
        ),
        ("As little personal information as will do",),
    ),
    SectionSpec(
        "fairness",
        "Accessibility, equity and law",
        "Who might be left out or harmed, and which rules apply.",
        (
            FieldSpec("accessibility", "Can everybody use it, with assistive technology too?", required=True),
            FieldSpec("equity", "Who might be worse off, and what would you do about it?", required=True),
            FieldSpec("legal", "Laws, rules and records schedules that apply"),
        ),
        ("Somebody has thought about who is left out",),
    ),
    SectionSpec(
        "risks",
        "Risks",
        "What could go wrong, how likely it is and how bad it would be.",
        (
            FieldSpec(
                "risks",
                "The main risks",
                FieldKind.TEXT,
                "One line each: what, how likely (1–5), how bad (1–5), what you would do.",
                required=True,
            ),
        ),
        ("The risk you would least like to talk about",),
    ),
    SectionSpec(
        "readiness",
        "Readiness",
        "How far the technology is today and how far the pilot would bring it.",
        (
            FieldSpec(
                "trl_now",
                "Technology readiness now",
                FieldKind.CHOICE,
                choices=(("", "Choose one"), *TRL),
                required=True,
            ),
            FieldSpec(
                "trl_after",
                "Technology readiness after the pilot",
                FieldKind.CHOICE,
                choices=(("", "Choose one"), *TRL),
                required=True,
            ),
            FieldSpec("trl_evidence", "What shows it?"),
        ),
        ("Evidence for the level claimed",),
    ),
    SectionSpec(
        "after",
        "If it works",
        "A pilot that nobody would own or pay for afterwards is not worth starting.",
        (
            FieldSpec("owner", "Who would own it?", FieldKind.LINE, limit=300, required=True),
            FieldSpec("funding_line", "Who would pay for it, from which budget?", required=True),
            FieldSpec("reuse", "Which other agencies could use it?"),
        ),
        ("A named owner", "Other agencies with the same need"),
    ),
    SectionSpec(
        "ai",
        "Artificial intelligence",
        "Only if it uses AI. These questions follow the federal use case inventory.",
        (
            FieldSpec("ai_purpose", "What does the AI do, and what comes out of it?", required=True),
            FieldSpec(
                "ai_kind",
                "Kind of AI",
                FieldKind.CHOICE,
                choices=(
                    ("", "Choose one"),
                    ("classical", "Classical machine learning"),
                    ("generative", "Generative AI"),
                    ("language", "Language processing"),
                    ("vision", "Computer vision"),
                    ("agentic", "Agentic AI"),
                    ("reinforcement", "Reinforcement learning"),
                    ("other", "Something else"),
                ),
                required=True,
            ),
            FieldSpec(
                "ai_principal",
                "Is its output a principal basis for decisions about people's rights, services or safety?",
                FieldKind.YES_NO,
                required=True,
            ),
            FieldSpec("ai_training_data", "What was it trained on, and what would it be given?"),
            FieldSpec(
                "ai_testing", "How would it be tested before use?", required=True, only_if="ai_principal"
            ),
            FieldSpec(
                "ai_oversight",
                "Who watches over it, and how can somebody appeal?",
                required=True,
                only_if="ai_principal",
            ),
            FieldSpec("ai_monitoring", "How would it be monitored in use?"),
        ),
        ("People stay in charge of decisions about people",),
    ),
)

FORMS: dict[int, tuple[SectionSpec, ...]] = {1: _V1}


def sections(version: int, *, uses_ai: bool) -> tuple[SectionSpec, ...]:
    """The sections of a full proposal, the idea first. The AI section is there only when it applies."""
    return (IDEA, *(section for section in FORMS[version] if section.key != "ai" or uses_ai))


def find_section(version: int, key: str, *, uses_ai: bool) -> SectionSpec | None:
    return next((section for section in sections(version, uses_ai=uses_ai) if section.key == key), None)


def unanswered(section: SectionSpec, answers: Mapping[str, Any]) -> tuple[FieldSpec, ...]:
    """The required questions of a section that have no answer yet."""
    return tuple(
        field
        for field in section.fields
        if field.required
        and (not field.only_if or answers.get(field.only_if) is True)
        and answers.get(field.key) in (None, "", [])
    )


class SectionState(StrEnum):
    NOT_STARTED = "not_started"
    STARTED = "started"
    COMPLETE = "complete"


def section_state(section: SectionSpec, answers: Mapping[str, Any] | None, complete: bool) -> SectionState:
    """How far a section is. It is complete when its authors say so and nothing required is open."""
    if not answers:
        return SectionState.NOT_STARTED
    if complete and not unanswered(section, answers):
        return SectionState.COMPLETE
    return SectionState.STARTED
