"""The record's overview, and the pilot's plan, metrics, money, milestones, risks, reports and benefit."""

from incubator.web.pilots import (
    benefits,
    lock,
    metrics,
    milestones,
    money,
    overview,
    plan,
    plan_templates,
    power,
    process_changes,
    progress,
    promises,
    readings,
    report,
)
from incubator.web.pilots.blueprint import blueprint

__all__ = [
    "benefits",
    "blueprint",
    "lock",
    "metrics",
    "milestones",
    "money",
    "overview",
    "plan",
    "plan_templates",
    "power",
    "process_changes",
    "progress",
    "promises",
    "readings",
    "report",
]
