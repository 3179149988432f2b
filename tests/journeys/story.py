"""What the people of the journey write: one plausible idea, from its first sentence to its numbers."""

from __future__ import annotations

TITLE = "Text messages for disaster survivors who wait for an answer"
SUMMARY = (
    "I have observed survivors calling again and again to learn where their application stands; if we text "
    "them each time it moves, it will result in fewer calls and a shorter wait for 48,000 households a year."
)
MARKET = "Messaging products are on the market; none reads our case system, so a connector has to be tried."
QUESTION = "How many of the calls in your log ask only for the status of an application?"
ANSWER = "Of 1,200 calls logged in March, 744 asked for the status and for nothing else: 62 percent."

SECTIONS: dict[str, dict[str, str]] = {
    "The problem today": {
        "What is the problem?": "Survivors cannot see where their application stands, so they call.",
        "How large is it today?": "62 % of 1,200 calls in March asked only for the status.",
        "What has been tried, and what does the market offer?": MARKET,
    },
    "Users and evidence": {
        "Who would use it?": "Households that applied for individual assistance.",
        "What shows that they need it?": "The call log of March and 14 interviews in two shelters.",
    },
    "The pilot": {
        "Where would it run?": "The Gulf and the Plains field offices.",
        "How many people or cases would take part?": "2,400",
        "How many months would it run?": "6",
        "When could it start?": "March 2027",
        "How would it end if it does not work?": "Messages stop; the numbers are erased after 30 days.",
    },
    "Expected outcomes": {
        "The measure that matters most": "Calls that ask only for the status",
        "Its value today": "62 %",
        "The value that would count as a success": "40 %",
    },
    "Cost and funding": {
        "Money asked for": "86,500",
        "What it is for": "Messages 24,000; connector 48,500; evaluation 14,000.",
    },
    "Vendor and contract": {"Contract route": "The state price agreement for messaging."},
    "Data and systems": {
        "Which data would it use?": "Case number, status and a telephone number.",
        "Which, and about whom?": "Telephone numbers of applicants who opted in.",
        "Where would it be hosted?": "In the department's own cloud account.",
    },
    "Accessibility, equity and law": {
        "Can everybody use it, with assistive technology too?": "Plain text, in English and Spanish.",
        "Who might be worse off, and what would you do about it?": "People without a phone: letters go on.",
    },
    "Risks": {"The main risks": "Wrong number on file, 3, 2: a code is asked for before the first message."},
    "Readiness": {},
    "If it works": {
        "Who would own it?": "The contact center of the recovery directorate.",
        "Who would pay for it, from which budget?": "The contact center's budget, line 4410.",
    },
}
CHOICES = {
    "Technology readiness now": "6 – Pilot-scale prototype in a relevant environment",
    "Technology readiness after the pilot": "8 – Complete and qualified",
}

PRACTICES = {
    "Objectives": "Find out whether messages replace calls that ask only for the status.",
    "Assessment method": "Two field offices with messages against two without, twelve weeks, same call codes.",
    "Criteria for scaling": "At most 40 % status calls at both offices and no more complaints than before.",
    "Data analysis plan": "A process chart of the weekly share; the verdict uses the limits of the weeks before.",
    "Keeping stakeholders informed": "A note to field offices each month; survivors read it in the first text.",
    "Exit": "Messages stop with a last text; numbers are erased after 30 days; the contract ends by itself.",
}
QUESTION = "Do people call less about the status of their case when a message tells them?"
UNDERPOWERED = "The messages are cheap and can be stopped in a day, so we start and look."
METRIC = "Share of calls that ask only for the status"
GUARDRAIL = "Complaints about messages"
WEEKLY = (62.4, 61.8, 58.9, 55.2, 51.0, 47.3, 43.8, 41.2, 39.6, 38.9)
CONDITION = "Put the opt-out sentence into every text"
REASON_G1 = "Clear need, cheap to try, and three reviewers agree that the measure is honest."
REASON_G2 = "The five practices are written; the opt-out sentence must be in every text before it goes far."
REASON_G3 = "Readings arrive weekly and fall faster than planned; complaints stay below the limit."
REASON_G4 = "The share of status calls fell below forty percent at both offices, and the owner pays for it."
LESSON = (
    "Texts at every change of status beat a weekly digest; ask for the number again before the first text."
)
