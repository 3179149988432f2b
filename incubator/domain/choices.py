"""What somebody chooses at a gate, before it is held against any rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from incubator.domain.gates import GateKey, NewCondition
from incubator.domain.stages import EndReason, Outcome, Stage


@dataclass(frozen=True, slots=True)
class Choice:
    """An outcome with its reason, and what some outcomes ask for besides; the others leave that unread."""

    gate: GateKey
    outcome: Outcome
    reason: str
    end_reason: EndReason | None = None
    hold_until: date | None = None
    extend_days: int | None = None
    back_to: Stage | None = None
    transferred_to: str = ""
    merged_into_id: int | None = None
    conditions: Sequence[NewCondition] = ()
    what_would_change: str = ""
