"""What is usually worth measuring for each kind of technology: criteria to start from, and questions to think by.

The keys are the technologies of the proposal. A suggestion has no baseline and no target: those are the agency's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from incubator.domain.evaluation import Measure
from incubator.domain.pilots import Cadence, CriterionKind, Direction
from incubator.domain.proposal_form import TECHNOLOGIES

UP, DOWN = Direction.UP, Direction.DOWN
VALUE, SHARE, RATE = Measure.VALUE, Measure.SHARE, Measure.RATE
GOAL, GUARDRAIL, CONTEXT = CriterionKind.GOAL, CriterionKind.GUARDRAIL, CriterionKind.CONTEXT
WEEKLY, MONTHLY, QUARTERLY = Cadence.WEEKLY, Cadence.MONTHLY, Cadence.QUARTERLY


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A criterion to start from. `key` is unique within a template; `per` counts for rates."""

    key: str
    name: str
    unit: str
    direction: Direction
    kind: CriterionKind
    measure: Measure
    denominator: str
    exclusions: str
    source: str
    cadence: Cadence = MONTHLY
    per: float = 1.0


@dataclass(frozen=True, slots=True)
class Template:
    """`question` is an example to rewrite; `prompts` are what to settle while writing the plan."""

    question: str
    prompts: tuple[str, ...]
    criteria: tuple[Suggestion, ...]


_TOP_BOX = Suggestion(
    "staff",
    "Staff who say it helps their work",
    "%",
    UP,
    GOAL,
    SHARE,
    "Every member of staff who used it in the period and answered; only the best two of five answers count",
    "People who have used it for less than two weeks",
    "A survey of three questions at the end of the period",
    QUARTERLY,
)
_COMPLAINTS = Suggestion(
    "complaints",
    "Complaints",
    "complaints in 1,000 cases",
    DOWN,
    GUARDRAIL,
    RATE,
    "Every case handled in the period",
    "Complaints about the decision itself, not about how it was reached",
    "The agency's complaint register",
    per=1_000,
)
_USERS = Suggestion(
    "users",
    "People who used it",
    "people",
    UP,
    CONTEXT,
    VALUE,
    "Each person once in a period",
    "The project's own team and testers",
    "Sign-in records",
)
_COST = Suggestion(
    "cost",
    "Cost of a case",
    "$",
    DOWN,
    GOAL,
    VALUE,
    "All costs of the period, staff time included, divided by the cases completed in it",
    "What was spent once on building it",
    "The agency's cost accounts and the time records",
)
_DOWNTIME = Suggestion(
    "downtime",
    "Hours not available",
    "hours in a month",
    DOWN,
    GUARDRAIL,
    VALUE,
    "Office hours in which the people who need it could not use it",
    "Maintenance announced at least two days ahead",
    "The monitoring system",
)

TEMPLATES: Mapping[str, Template] = {
    "artificial_intelligence": Template(
        "Do staff finish more cases in the same time when the assistant drafts the answer, without more errors?",
        (
            "Who checks an answer before it reaches a resident, and how is a correction counted?",
            "Which cases does the tool never see, and who decides that?",
            "Draw a fixed sample of cases every month and have two people judge it without knowing which are which.",
        ),
        (
            Suggestion(
                "accepted",
                "Answers accepted without correction",
                "%",
                UP,
                GOAL,
                SHARE,
                "Every answer the tool drafted and a member of staff read",
                "Tests, and cases the tool is not meant for",
                "The log of drafts and what was sent",
            ),
            Suggestion(
                "minutes",
                "Minutes of staff time for a case",
                "min",
                DOWN,
                GOAL,
                VALUE,
                "Every case closed in the period; time spent checking the tool counts",
                "Cases reopened from an earlier period",
                "The case system, or a time study of one week a month",
            ),
            Suggestion(
                "errors",
                "Errors found in a fixed sample",
                "errors in 100 cases",
                DOWN,
                GUARDRAIL,
                RATE,
                "A sample of closed cases drawn by chance, the same number each month",
                "Spelling that changes nothing",
                "Two people who judge the sample and do not know how each case was made",
                per=100,
            ),
            Suggestion(
                "gap",
                "Gap in accepted answers between language groups",
                "percentage points",
                DOWN,
                GUARDRAIL,
                VALUE,
                "The share accepted in English less that in the language where it is lowest",
                "Languages with fewer than 20 cases in the period",
                "The log of drafts, by the language of the case",
                QUARTERLY,
            ),
            _TOP_BOX,
            _COMPLAINTS,
            _USERS,
        ),
    ),
    "automation": Template(
        "Are requests finished sooner when the routine steps run by themselves, with no more going wrong?",
        (
            "Which exceptions go to a person, and how many are expected?",
            "How is a silent failure noticed: what is counted at both ends?",
        ),
        (
            Suggestion(
                "days",
                "Days from request to result",
                "days",
                DOWN,
                GOAL,
                VALUE,
                "Every request finished in the period, from receipt to the day the person hears",
                "Days in which we waited for the person who asked",
                "The case system",
            ),
            Suggestion(
                "untouched",
                "Requests finished without a hand on them",
                "%",
                UP,
                GOAL,
                SHARE,
                "Every request the automation was meant for",
                "Kinds of requests it is not meant for",
                "The automation's log",
            ),
            Suggestion(
                "rework",
                "Requests done over",
                "%",
                DOWN,
                GUARDRAIL,
                SHARE,
                "Every request finished in the period",
                "Changes the person who asked wanted later",
                "The case system",
            ),
            _TOP_BOX,
            _COST,
            _COMPLAINTS,
        ),
    ),
    "data": Template(
        "Do the people who decide get an answer from shared data sooner, and do they act on it?",
        (
            "Name three decisions that the data are for, and who makes them.",
            "Who may see what, and under which agreement?",
        ),
        (
            Suggestion(
                "answer",
                "Days from question to answer",
                "days",
                DOWN,
                GOAL,
                VALUE,
                "Every question on the agreed list asked in the period",
                "Questions withdrawn",
                "The register of questions",
            ),
            Suggestion(
                "matched",
                "Records matched correctly",
                "%",
                UP,
                GOAL,
                SHARE,
                "A sample of records drawn by chance and matched by hand",
                "Records without any identifier",
                "The matching log and the sample",
            ),
            Suggestion(
                "used",
                "Answers that were used in a decision",
                "%",
                UP,
                GOAL,
                SHARE,
                "Every answer given in the period, asked of its owner a month later",
                "Answers younger than a month",
                "A question to the owner",
                QUARTERLY,
            ),
            Suggestion(
                "wrong_access",
                "Accesses that should not have been possible",
                "accesses in 10,000",
                DOWN,
                GUARDRAIL,
                RATE,
                "Every access to shared records",
                "Accesses by the auditors themselves",
                "The monthly review of the access log",
                per=10_000,
            ),
            _TOP_BOX,
        ),
    ),
    "digital_service": Template(
        "Do more residents finish the application by themselves, and sooner?",
        (
            "What happens to people who cannot or do not want to use it?",
            "Count those who gave up as carefully as those who finished.",
        ),
        (
            Suggestion(
                "completion",
                "Applications finished",
                "%",
                UP,
                GOAL,
                SHARE,
                "Every application begun in the period, online or on paper",
                "Begun by staff, and begun twice by the same person within a day",
                "The service's own records",
            ),
            Suggestion(
                "time",
                "Minutes to finish",
                "min",
                DOWN,
                GOAL,
                VALUE,
                "Every application finished, from the first page to the last",
                "Pauses of more than 30 minutes",
                "The service's own records",
            ),
            _COST,
            Suggestion(
                "satisfied",
                "People who found it easy",
                "%",
                UP,
                GOAL,
                SHARE,
                "Everybody who finished and answered the one question; only the best two of five answers count",
                "Nobody",
                "The question on the last page, and the same one on paper",
            ),
            Suggestion(
                "calls",
                "Calls for help",
                "calls in 100 applications",
                DOWN,
                GUARDRAIL,
                RATE,
                "Every application begun in the period",
                "Calls about the decision, not about the form",
                "The call center's reasons for calls",
                per=100,
            ),
            Suggestion(
                "assistive",
                "Applications finished with a screen reader",
                "%",
                UP,
                GUARDRAIL,
                SHARE,
                "Every session with assistive technology in a test with at least ten people",
                "Nobody",
                "A test with people who use assistive technology",
                QUARTERLY,
            ),
            _COMPLAINTS,
        ),
    ),
    "identity": Template(
        "Do more people prove who they are at the first try, without more false accounts?",
        (
            "Which way is left for people without a phone, an address or a card?",
            "Look at every group apart: a good average can hide a closed door.",
        ),
        (
            Suggestion(
                "first_try",
                "People verified at the first try",
                "%",
                UP,
                GOAL,
                SHARE,
                "Everybody who began in the period, each once",
                "Tries stopped by an outage",
                "The identity provider's report",
            ),
            Suggestion(
                "minutes",
                "Minutes until signed in",
                "min",
                DOWN,
                GOAL,
                VALUE,
                "Every first sign-in in the period",
                "Sign-ins finished on another day",
                "The identity provider's report",
            ),
            Suggestion(
                "resets",
                "Password resets",
                "resets in 1,000 sign-ins",
                DOWN,
                GOAL,
                RATE,
                "Every sign-in in the period",
                "Resets that we forced",
                "The help desk and the sign-in log",
                per=1_000,
            ),
            Suggestion(
                "false",
                "False accounts found",
                "accounts in 10,000",
                DOWN,
                GUARDRAIL,
                RATE,
                "Every account opened in the period and checked within three months",
                "Accounts still under review",
                "The fraud team's review",
                QUARTERLY,
                10_000,
            ),
            Suggestion(
                "turned_away",
                "People turned away who were genuine",
                "%",
                DOWN,
                GUARDRAIL,
                SHARE,
                "Everybody refused in the period and checked by a person",
                "Those who did not come back",
                "The appeals desk",
            ),
            _COMPLAINTS,
        ),
    ),
    "infrastructure": Template(
        "Do services stay available at a lower cost once they run on the new platform?",
        (
            "What is moved first, and can it be moved back within a day?",
            "Count the cost of running both at once.",
        ),
        (
            Suggestion(
                "incidents",
                "Incidents that people noticed",
                "incidents in a month",
                DOWN,
                GOAL,
                VALUE,
                "Every incident with at least one report from outside the team",
                "Incidents at a supplier that touched everybody",
                "The incident register",
            ),
            Suggestion(
                "restore",
                "Hours until service was back",
                "hours",
                DOWN,
                GOAL,
                VALUE,
                "Every incident closed in the period",
                "Incidents nobody noticed",
                "The incident register",
            ),
            Suggestion(
                "running",
                "Cost of running it",
                "$ in a month",
                DOWN,
                GOAL,
                VALUE,
                "All invoices and staff hours of the month",
                "The move itself",
                "Invoices and time records",
            ),
            _DOWNTIME,
            Suggestion(
                "failed",
                "Changes that had to be taken back",
                "%",
                DOWN,
                GUARDRAIL,
                SHARE,
                "Every change put into service",
                "Changes of text only",
                "The change log",
            ),
        ),
    ),
    "mapping": Template(
        "Are defects found and repaired sooner when sensors report them, with few false alarms?",
        (
            "How representative are the places where sensors stand?",
            "Compare with streets or sites that go on as before, read in the same way.",
        ),
        (
            Suggestion(
                "found",
                "Defects found that were there",
                "%",
                UP,
                GOAL,
                SHARE,
                "Every defect found by hand on a sample of sites in the same week",
                "Sites that could not be reached",
                "The sensors' reports and the inspection by hand",
            ),
            Suggestion(
                "days",
                "Days from defect to repair",
                "days",
                DOWN,
                GOAL,
                VALUE,
                "Every repair finished in the period",
                "Repairs that wait for a season",
                "Work orders",
            ),
            Suggestion(
                "false_alarms",
                "False alarms",
                "%",
                DOWN,
                GUARDRAIL,
                SHARE,
                "Every alarm that somebody went out for",
                "Alarms of a sensor already marked for repair",
                "Work orders",
            ),
            Suggestion(
                "silent",
                "Sensors that sent nothing",
                "%",
                DOWN,
                GUARDRAIL,
                SHARE,
                "Every sensor in place, each day of the period",
                "Days of announced maintenance",
                "The sensors' log",
                WEEKLY,
            ),
            _COST,
        ),
    ),
    "security": Template(
        "Are weaknesses closed sooner and fewer attacks successful, without slowing people down?",
        (
            "Rare events cannot be judged in a few months: measure what leads up to them.",
            "Who may see the findings before they are closed?",
        ),
        (
            Suggestion(
                "closed",
                "Days until a serious weakness is closed",
                "days",
                DOWN,
                GOAL,
                VALUE,
                "Every weakness rated high or critical and closed in the period",
                "Weaknesses without a remedy from the maker",
                "The scanner's report",
            ),
            Suggestion(
                "phished",
                "People who gave a password in the exercise",
                "%",
                DOWN,
                GOAL,
                SHARE,
                "Everybody who got the exercise's message",
                "People on leave",
                "The exercise's report",
                QUARTERLY,
            ),
            Suggestion(
                "covered",
                "Devices covered",
                "%",
                UP,
                GOAL,
                SHARE,
                "Every device in the inventory on the last day of the period",
                "Devices to be scrapped within the month",
                "The inventory and the console",
            ),
            Suggestion(
                "blocked",
                "Work stopped by mistake",
                "reports in 1,000 people",
                DOWN,
                GUARDRAIL,
                RATE,
                "Everybody whose device is covered",
                "Reports withdrawn",
                "The help desk",
                per=1_000,
            ),
            _DOWNTIME,
        ),
    ),
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
            _TOP_BOX,
            _COST,
            _COMPLAINTS,
            _USERS,
        ),
    ),
}

KINDS: tuple[tuple[str, str], ...] = tuple((key, name) for key, name in TECHNOLOGIES if key in TEMPLATES)
"""The kinds of technology there is a template for: key and name."""


def template_for(technology: str | None) -> Template:
    """The template of a technology; the general one for what is not known."""
    return TEMPLATES.get(technology or "", TEMPLATES["other"])
