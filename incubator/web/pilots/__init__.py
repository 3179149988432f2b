"""The record's overview, and the pilot's plan, metrics, money, milestones, risks, reports and benefit."""

from incubator.web.pilots import (
    benefits,
    metrics,
    milestones,
    money,
    overview,
    plan,
    progress,
    promises,
    readings,
    report,
)
from incubator.web.pilots.blueprint import blueprint

__all__ = [
    "benefits",
    "blueprint",
    "metrics",
    "milestones",
    "money",
    "overview",
    "plan",
    "progress",
    "promises",
    "readings",
    "report",
]
