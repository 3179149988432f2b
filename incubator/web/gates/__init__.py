"""Readiness, decisions, conditions and the list of decisions to make."""

from __future__ import annotations

from incubator.web.gates import acts, contrary, deciding, queue, standing
from incubator.web.gates.blueprint import blueprint

__all__ = ["acts", "blueprint", "contrary", "deciding", "queue", "standing"]
