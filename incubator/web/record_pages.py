"""The frame of a record's pages: its head, its stages and the pages this person may open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template, request, url_for

from incubator.domain.access import Action, can_on_agency, can_on_record
from incubator.domain.clock import office_day
from incubator.domain.stages import MAIN_STAGES, PRIVATE_STEPS, Origin, Stage
from incubator.domain.words import STAGES
from incubator.extensions import db
from incubator.queries.records import RecordHead, goes_on_as
from incubator.queries.stays import stays_of
from incubator.web.formats import day
from incubator.web.languages import gettext as _
from incubator.web.languages import lazy_gettext as _l
from incubator.web.sessions import current_actor, now
from incubator.web.words import plain, reads_as_staff, tone


@dataclass(frozen=True, slots=True)
class RecordEntry:
    """`from_stage` hides a page until the record has come that far, `origin` where it came another way,
    `where_names_hidden` unless its call hides names from reviewers."""

    endpoint: str
    label: Any
    action: Action = Action.VIEW
    from_stage: Stage = Stage.IDEA
    origin: Origin | None = None
    where_names_hidden: bool = False


ENTRIES: tuple[RecordEntry, ...] = (
    RecordEntry("pilots.show", _l("Overview")),
    RecordEntry("proposals.read", _l("Proposal")),
    RecordEntry("screening.show", _l("Screening")),
    RecordEntry("redaction.show", _l("Copy without names"), Action.SCREEN, where_names_hidden=True),
    RecordEntry("reviews.on_record", _l("Reviews"), Action.SEE_REVIEWS),
    RecordEntry("gates.on_record", _l("Gates and decisions")),
    RecordEntry("pilots.plan", _l("Evaluation plan"), from_stage=Stage.DESIGN),
    RecordEntry("pilots.metrics", _l("Metrics"), from_stage=Stage.DESIGN),
    RecordEntry("evaluation.results", _l("Results"), from_stage=Stage.PILOT),
    RecordEntry("pilots.money", _l("Money"), from_stage=Stage.DESIGN),
    RecordEntry("pilots.milestones", _l("Milestones and risks"), from_stage=Stage.DESIGN),
    RecordEntry("pilots.reports", _l("Progress reports"), from_stage=Stage.DESIGN),
    RecordEntry("pilots.benefits", _l("Lesson and benefit"), from_stage=Stage.PILOT),
    RecordEntry("lessons.close_out", _l("Close-out and lessons")),
    RecordEntry("scaling.show", _l("Ready to scale"), from_stage=Stage.PILOT),
    RecordEntry("ai.show", _l("Use of AI")),
    RecordEntry("proposals.documents", _l("Documents")),
    RecordEntry("inventory.source", _l("Source"), origin=Origin.INVENTORY),
    RecordEntry("history.on_record", _l("History")),
)


def reached(record: RecordHead) -> Stage:
    """The main stage the record is in, or was in when it was paused or closed."""
    return record.resume_stage or record.stage


def side_items(record: RecordHead) -> list[dict[str, Any]]:
    actor = current_actor()
    stage = MAIN_STAGES.index(reached(record))
    private = record.step in PRIVATE_STEPS
    return [
        {
            "url": url_for(entry.endpoint, number=record.number),
            "label": entry.label,
            "current": request.endpoint == entry.endpoint,
        }
        for entry in ENTRIES
        if entry.endpoint in current_app.view_functions
        and entry.origin in (None, record.origin)
        and stage >= MAIN_STAGES.index(entry.from_stage)
        and not (entry.where_names_hidden and not (record.facts.names_hidden and record.revision_number))
        and not (private and entry.endpoint in ("screening.show", "gates.on_record"))
        and can_on_record(actor, entry.action, record.facts)
    ]


def stage_steps(record: RecordHead) -> list[dict[str, Any]]:
    """The five stages for the stage bar; stopped work ends where it was. None where nobody recorded how far it came."""
    here = MAIN_STAGES.index(reached(record))
    paused = record.stage in (Stage.ON_HOLD, Stage.CLOSED)
    # An inventory tells where a record stands and not the way it came.
    imported = record.origin is Origin.INVENTORY
    passed = {stay.stage for stay in stays_of(db.session(), record.id)} if imported else set(MAIN_STAGES)
    if record.stage is Stage.CLOSED and MAIN_STAGES[here] not in passed:
        return []
    steps = []
    for position, stage in enumerate(MAIN_STAGES):
        words = STAGES[stage]
        state = "upcoming"
        note: Any = ""
        mark = ""
        if position < here:
            state = "completed" if stage in passed else "unknown"
        elif position == here:
            state = "stopped" if paused else "current"
            if paused:
                ended = record.outcome or record.stage
                note, mark = plain(ended), tone(ended)
            elif record.due_on is not None:
                note = _("Decision due %(day)s", day=day(record.due_on))
        steps.append(
            {
                "label": _(words.label(staff=reads_as_staff())),
                "state": state,
                "note": note,
                "tone": mark,
                "date": record.due_on if state == "current" else None,
            }
        )
    return steps[: here + 1] if record.stage is Stage.CLOSED else steps


def _agency_url(record: RecordHead) -> str:
    """The agency's account, for those who may open it: a pilot's lead or a reviewer may know the pilot alone."""
    allowed = can_on_agency(current_actor(), Action.VIEW_AGENCY, record.facts.agency_id)
    return url_for("agencies.show", code=record.agency_code) if allowed else ""


def render_record(template: str, record: RecordHead, **context: Any) -> str:
    """Render a page of a record inside its frame (`pages/record/frame.html`)."""
    actor = current_actor()
    return render_template(
        template,
        record=record,
        side=side_items(record),
        steps=stage_steps(record),
        goes_on_as=goes_on_as(db.session(), actor, record),
        overdue=record.due_on is not None and record.due_on < office_day(now()),
        agency_url=_agency_url(record),
        may=lambda name: bool(can_on_record(actor, Action(name), record.facts)),
        **context,
    )
