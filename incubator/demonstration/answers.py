"""The illustrated answers, put into the fields of the proposal's form."""

from __future__ import annotations

import re
from typing import Any

from incubator.demonstration import illustrated as ill
from incubator.demonstration import published as pub
from incubator.demonstration.cast import TECHNOLOGIES

WEEKS_A_MONTH = 52 / 12
FROM_TO = re.compile(
    r"^(?P<metric>.+) from (?P<start>[\w.,%$]+)(?P<middle>[^;.]*?) to (?P<goal>[\w.,%$]+)(?P<unit>[^;.]*)(?P<rest>.*)$"
)


def breath(source: ill.Proposal) -> str:
    """The idea as one sentence: observed, tried, for whose benefit."""
    return (
        f"I have observed that {source.observed}; if {source.action}, "
        f"it will result in {source.benefit} for {source.group}."
    )


def answers(source: ill.Proposal, idea: pub.Idea, sponsor: str) -> dict[str, dict[str, Any]]:
    """Answers by section and field, as far as the illustration has written them."""
    given = dict(source.answers or {})
    affected = (
        f"About {source.people_affected:,}: {source.group}." if source.people_affected else source.group
    )
    sections: dict[str, dict[str, Any]] = {
        "idea": {
            "title": idea.title,
            "summary": breath(source),
            "affected": affected[:1].upper() + affected[1:],
            "sponsor": sponsor,
            "technology": TECHNOLOGIES[idea.technology],
            "uses_ai": idea.technology == "ai",
        }
    }
    if "problem" in given:
        sections["problem"] = {
            "problem": idea.description,
            "baseline": given["problem"],
            "tried": given.get("tried", ""),
        }
    if "users" in given:
        sections["users"] = {"users": source.group[:1].upper() + source.group[1:], "evidence": given["users"]}
    if "pilot" in given:
        sections["pilot"] = {
            "sites": given["pilot"],
            "months": round((source.weeks or 26) / WEEKS_A_MONTH),
            "exit": given.get("exit", ""),
        }
    if "outcomes" in given:
        sections["outcomes"] = _outcomes(given["outcomes"])
    if "cost" in given:
        sections["cost"] = _cost(source, given["cost"])
    if "contract" in given:
        sections["vendor"] = {"vendor": "", "contract": given["contract"]}
    if "data" in given:
        personal = "no personal" not in given["data"].lower()
        sections["data"] = {
            "data": given["data"],
            "personal": personal,
            "personal_detail": given["data"] if personal else "",
            "hosting": "The agency’s own cloud account",
        }
    if "access" in given:
        sections["fairness"] = {
            "accessibility": given["access"],
            "equity": f"The pilot watches whether it reaches {source.group}.",
        }
    if "risks" in given:
        sections["risks"] = {"risks": given["risks"]}
    if source.readiness_now and source.readiness_expected and "owner" in given:
        sections["readiness"] = {
            "trl_now": str(source.readiness_now),
            "trl_after": str(source.readiness_expected),
        }
    if "owner" in given:
        sections["after"] = {
            "owner": given["owner"],
            "funding_line": given["owner"],
            "reuse": given.get("reuse", ""),
        }
    if idea.technology == "ai" and "data" in given:
        sections["ai"] = {
            "ai_purpose": idea.description,
            "ai_kind": "classical",
            "ai_principal": False,
            "ai_monitoring": given.get("risks", ""),
        }
    return sections


def _outcomes(text: str) -> dict[str, Any]:
    match = FROM_TO.match(text)
    if match is None:
        return {"metric": text[:200], "from_value": "See the problem", "to_value": "See the measure"}
    unit = match["unit"].strip(" .")
    return {
        "metric": match["metric"],
        "from_value": f"{match['start']} {match['middle'].strip() or unit}".strip(),
        "to_value": f"{match['goal'].strip('.')} {unit}".strip(),
        "other_outcomes": match["rest"].strip("; ."),
    }


def _cost(source: ill.Proposal, text: str) -> dict[str, Any]:
    costs = dict(source.cost_dollars or {})
    lines = [f"{category.capitalize()}: ${dollars:,}" for category, dollars in costs.items()]
    return {
        "requested": sum(costs.values()) * 100,
        "breakdown": "\n".join([*lines, text]),
        "staff_hours": source.staff_hours,
    }
