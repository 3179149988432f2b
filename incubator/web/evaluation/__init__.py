"""What came of a pilot: its verdicts, the analysis behind each, and the alerts of its guardrails."""

from incubator.web.evaluation import alerts, criterion, results
from incubator.web.evaluation.blueprint import blueprint

__all__ = ["alerts", "blueprint", "criterion", "results"]
