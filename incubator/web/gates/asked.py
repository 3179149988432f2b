"""What the gates' pages read from the address and the form, and how long a record stands where it is."""

from __future__ import annotations

from flask import request

from incubator.domain.gates import GateKey
from incubator.queries.records import RecordHead
from incubator.web.sessions import now

GATE_KEYS = "any(" + ",".join(GateKey) + ")"
"""The converter of an address that names a gate."""


def seen_version() -> int:
    """The version the form showed; -1, which none has, when it says nothing sensible."""
    version = request.form.get("version", "")
    return int(version) if version.isascii() and version.isdigit() and len(version) < 10 else -1


def days_of(record: RecordHead) -> dict[str, int | None]:
    """How long it has been in its stage, the day of the stage on which a decision is due, days over."""
    today, entered = now().date(), record.stage_entered_at.date()
    due = record.due_on
    return {
        "in_stage": (today - entered).days,
        "limit": (due - entered).days if due is not None and due > entered else None,
        "over": (today - due).days if due is not None and due < today else None,
    }
