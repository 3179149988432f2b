"""What is invented of the illustrated pilots' readiness, close-outs, lessons and uses of AI.

Days count from the load day; each list is in the order in which it happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from incubator.domain.ai import Affected, Autonomy, EscalationAnswer, Reversibility
from incubator.domain.ai_rules import AiAnswers
from incubator.domain.scaling import ApprovalArea, ApprovalState
from incubator.flows import scaling


@dataclass(frozen=True)
class Readiness:
    """`preparation` names no fiscal year: where it is `funded`, the one after the day's own is taken."""

    day: int
    preparation: scaling.Preparation
    funded: bool
    owner_accepts: int | None
    approvals: Mapping[ApprovalArea, tuple[ApprovalState, str]]


APPROVED, REFUSED = ApprovalState.APPROVED, ApprovalState.REFUSED

READINESS: dict[str, Readiness] = {
    "privacy-protected-engagement-with-online-government-services": Readiness(
        -362,
        scaling.Preparation(
            recurring_cents=96_000_00,
            funding_line="Web services, operating budget",
            procurement="Built by staff on open-source parts; hosting on the existing cloud contract.",
            support="The site review office answers on working days; each site names one person to ask.",
            typicality="All 118 public sites took part. Sites behind a sign-in were never scanned.",
        ),
        funded=True,
        owner_accepts=-358,
        approvals={
            ApprovalArea.SECURITY: (APPROVED, "Security office, after its test of the hosting."),
            ApprovalArea.PRIVACY: (APPROVED, "Privacy officer: the scan sees pages, never visitors."),
            ApprovalArea.ACCESSIBILITY: (APPROVED, "The weekly list was read with a screen reader."),
        },
    ),
    "increasing-public-participation-in-statistical-surveys": Readiness(
        -90,
        scaling.Preparation(
            recurring_cents=140_000_00,
            procurement="Existing survey contract, to be tendered anew when it ends.",
            support="The survey help desk; training for new field staff twice a year.",
            typicality="Farms with broadband are over-represented. It says little about the others.",
        ),
        funded=False,
        owner_accepts=None,
        approvals={
            ApprovalArea.PRIVACY: (APPROVED, "Privacy officer: answers are kept apart from names."),
            ApprovalArea.ACCESSIBILITY: (REFUSED, "The date picker cannot be used from a keyboard."),
        },
    ),
}


@dataclass(frozen=True)
class Ended:
    day: int
    tags: tuple[str, ...]
    parts: Mapping[str, str]


CLOSE_OUTS: dict[str, Ended] = {
    "privacy-protected-engagement-with-online-government-services": Ended(
        -150,
        ("privacy", "adoption", "trackers"),
        {
            "started_from": "One page in seven carried an advertising tracker, and nobody knew which.",
            "hypothesis": "Site managers remove trackers once they are told exactly where they are.",
            "how_tested": "A scan of 118 sites every week, twelve months before the start and ever since.",
            "evidence": "The share fell from 14% to 3%, below the target of 5%, and has stayed there.",
            "did_differently": "The warning by letter was dropped after six weeks: it was not read.",
            "user_needs": "Site managers wanted the line of code to delete, not the rule it breaks.",
            "next_and_risks": "Small offices come next. The risk is that nobody there reads the list.",
            "worked": "A list of what to remove, sent with the line of code.",
            "did_not_work": "Warnings. They were passed on and never acted on.",
            "would_reopen": "Trackers that the scan cannot see.",
        },
    ),
    "improving-access-to-translated-content-on-government-sites": Ended(
        -340,
        ("accessibility", "measurement", "wording", "translation"),
        {
            "started_from": "Few visitors found the pages in their own language.",
            "hypothesis": "The language switch stands in the wrong place.",
            "how_tested": "Three layouts in turn on six sites, beside the eleven months before.",
            "evidence": "No layout brought more visitors to a page in their language, and more of them left at once.",
            "user_needs": "People looked at the switch and did not recognize it as theirs.",
            "worked": "The months before: without them a good month would have passed for a success.",
            "did_not_work": "Moving the switch. Its words were the trouble, and nobody had tested them.",
            "would_reopen": "New words for the switch that people know at once in a test.",
        },
    ),
    "increasing-public-participation-in-statistical-surveys": Ended(
        -84,
        ("measurement", "adoption", "funding"),
        {
            "hypothesis": "Reminders and a short form bring more answers for no more money.",
            "how_tested": "Five states, a year before and a year after.",
            "evidence": "Response moved too little to tell it from chance, and each answer costs slightly more.",
            "worked": "Letting people stop and come back.",
            "did_not_work": "Asking who would pay only when the figures were in.",
            "next_and_risks": "The funding line is open, and the new date picker has to be fixed first.",
        },
    ),
}

USES: dict[str, tuple[int, str, str, str]] = {
    "equitable-form-design": (
        -30,
        "relationship-manager",
        "Improving Access to Translated Content on Government Sites",
        "We test the words of every button with people before we move anything.",
    ),
    "data-driven-service-to-tribal-nations": (
        -149,
        "coordinator",
        "Privacy-Protected Engagement with Online Government Services",
        "Each office gets the list of records to mend, not a warning that some are wrong.",
    ),
}
"""Idea → day, who notes it, the title of the record that taught it, what is taken from it."""


@dataclass(frozen=True)
class Screening:
    """Days on which the steps happened; None where they have not yet. `checks` are (day, found, response)."""

    day: int
    answers: AiAnswers
    endorsed: int | None = None
    escalated: int | None = None
    answered: tuple[int, EscalationAnswer, str] | None = None
    practices: Mapping[str, str] | None = None
    checks: tuple[tuple[int, str, str], ...] = ()
    next_after: int = 90


SCREENINGS: dict[str, Screening] = {
    "tailored-risk-assessment-tools-for-cancer-therapies": Screening(
        -334,
        AiAnswers(
            purpose="Estimates a patient's risk under a therapy, for the physician's decision.",
            principal=True,
            personal=True,
            autonomy=Autonomy.HUMAN_CHECKS,
            affected=Affected.SOME,
            reversibility=Reversibility.NEVER,
            vendor_model=True,
        ),
        endorsed=-330,
        escalated=-328,
        answered=(
            -310,
            EscalationAnswer.REFUSED,
            "Not while the vendor does not say which patients its model was trained on.",
        ),
    ),
    "secure-digital-storage-for-eligibility-documents": Screening(
        -240,
        AiAnswers(
            purpose="Reads an uploaded document and says which proof it is; a clerk sees it as the answer.",
            principal=True,
            personal=True,
            autonomy=Autonomy.HUMAN_CHECKS,
            affected=Affected.MANY,
            reversibility=Reversibility.WITH_EFFORT,
        ),
        endorsed=-236,
        escalated=-234,
        answered=(
            -222,
            EscalationAnswer.ALLOWED_WITH_LIMITS,
            "Allowed for accepting a document. Never for turning one down: that a person does.",
        ),
        practices={
            "risk_assessment": "Assessment of the four functions, kept with the security plan.",
            "testing": "1,200 documents of the last year; 31 misread, none of one group more than of others.",
            "training": "All clerks of both offices, two hours, with the misread documents.",
            "impact_assessment": "Who gains and who may be harmed: two pages, read by the privacy officer.",
            "oversight": "The supervisor of each office may overrule it and has an hour a day for that.",
            "appeal": "A line on every notice says how a person looks again.",
        },
        checks=(
            (-120, "Misread 2 of 100 documents looked at by hand, as in the test.", ""),
            (
                -95,
                "Passports of one kind were taken for another for three days.",
                "Switched off for that kind; those concerned got a letter and no decision was changed.",
            ),
        ),
        next_after=60,
    ),
    "data-driven-service-to-tribal-nations": Screening(
        -190,
        AiAnswers(
            purpose="Finds records of the same place in two registers; staff confirm each pair.",
            personal=True,
            autonomy=Autonomy.HUMAN_CHECKS,
        ),
        endorsed=-186,
        practices={
            "risk_assessment": "One page on the four functions, kept with the plan.",
            "testing": "400 pairs confirmed by hand: 388 right.",
            "training": "The four people who confirm pairs.",
        },
        checks=((-40, "51 of 52 pairs looked at again were right.", ""),),
        next_after=90,
    ),
    "modern-matchmaking-between-innovators-and-stem-funding-opportunities": Screening(
        -36,
        AiAnswers(
            purpose="Suggests funding to people and people to funders.",
            generative=True,
            autonomy=Autonomy.ACTS_ALONE,
            affected=Affected.MANY,
            reversibility=Reversibility.WITH_EFFORT,
            vendor_model=True,
        ),
        endorsed=-32,
        escalated=-30,
    ),
    "baked-in-accessibility-for-government-documents": Screening(
        -35,
        AiAnswers(
            purpose="Proposes descriptions of pictures while somebody writes a document.",
            generative=True,
        ),
        endorsed=-33,
        practices={"risk_assessment": "Half a page: nothing leaves the office, and the writer decides."},
    ),
}
