"""What the gates' pages read from the address and the form, and how long a record stands where it is."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.domain.gates import Gate, GateKey
from incubator.domain.releases import RELEASED_AT
from incubator.domain.rounds import can_on_call
from incubator.domain.stages import Origin
from incubator.extensions import db
from incubator.queries.records import RecordHead
from incubator.queries.rounds import round_of
from incubator.queries.stays import stays_of
from incubator.web.sessions import current_actor, now

GATE_KEYS = "any(" + ",".join(GateKey) + ")"
"""The converter of an address that names a gate."""


def seen_version() -> int:
    """The version the form showed; -1, which none has, when it says nothing sensible."""
    version = request.form.get("version", "")
    return int(version) if version.isascii() and version.isdigit() and len(version) < 10 else -1


@dataclass(frozen=True, slots=True)
class Together:
    """The call that releases this decision with its others, and whether the reader prepares them there."""

    slug: str
    prepares: bool


def decided_together(record: RecordHead, gate: Gate | None) -> Together | None:
    """How the gate is decided where its call releases its decisions together; None where it is decided alone."""
    if gate is None or gate.key is not RELEASED_AT or record.call_id is None:
        return None
    actor = current_actor()
    call = round_of(db.session(), actor, record.call_id)
    if call is None or not call.decides_together:
        return None
    return Together(call.slug, bool(can_on_call(actor, Action.PREPARE_DECISIONS, call.facts)))


def days_of(record: RecordHead) -> dict[str, int | None]:
    """How long it has been in its stage (None where no source says since when), the day of the stage on which a
    decision is due, days over."""
    today, entered = office_day(now()), office_day(record.stage_entered_at)
    known = record.origin is Origin.ENTERED or any(
        stay.here and stay.known for stay in stays_of(db.session(), record.id)
    )
    due = record.due_on
    return {
        "in_stage": (today - entered).days if known else None,
        "limit": (due - entered).days if due is not None and due > entered else None,
        "over": (today - due).days if due is not None and due < today else None,
    }
