"""The demonstration's calls, all scored with the standard rubric."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from sqlalchemy.orm import Session

from incubator.demonstration.cast import Cast
from incubator.demonstration.facts import Demonstration, call_title
from incubator.demonstration.illustrated_rounds import Council
from incubator.demonstration.timeline import Timeline
from incubator.domain.events import EventKind
from incubator.domain.proposal_form import CURRENT_VERSION
from incubator.flows.calls import default_rubric, slug_of
from incubator.flows.record import record
from incubator.models.calls import Call
from incubator.models.priorities import PriorityList


def load_calls(
    session: Session, facts: Demonstration, cast: Cast, timeline: Timeline, beginning: datetime
) -> dict[str, Call]:
    """Every call by its key; the newest one is open on the load day."""
    coordinator = cast.actors["coordinator"]
    rubric = default_rubric(session, cast.actors["administrator"], beginning)
    calls = {}
    for source in facts.illustration.calls:
        title = call_title(timeline.day(source.opens_day))
        created = _at(timeline.day(source.opens_day - 20), 12)
        call = Call(
            slug=slug_of(title),
            title=title,
            summary=source.focus,
            opens_at=_at(timeline.day(source.opens_day), 15),
            closes_at=_at(timeline.day(source.closes_day), 23),
            reviews_due_on=timeline.day(
                source.council.reviews_due_day if source.council else source.decides_day - 10
            ),
            form_version=CURRENT_VERSION,
            rubric_id=rubric.id,
            reviews_required=3,
            shares_scores=True,
            budget_cents=source.budget_dollars * 100,
            teams=source.teams,
            created_at=created,
        )
        if source.council is not None:
            _convene(call, source.council, cast, timeline)
        session.add(call)
        session.flush()
        session.add(
            PriorityList(
                call_id=call.id, budget_cents=call.budget_cents, teams=call.teams, changed_at=created
            )
        )
        calls[source.key] = call

        def announce(now: datetime, title: str = title) -> None:
            record(session, coordinator, now, EventKind.CALL_CREATED, call=title)

        timeline.at(created, announce)
    return calls


def _convene(call: Call, council: Council, cast: Cast, timeline: Timeline) -> None:
    call.chair_id = cast.people[council.chair].id
    call.places = council.places
    call.revisions_due_on = timeline.day(council.revisions_due_day)
    call.agency_sees = council.agency_sees
    call.decides_together = council.decides_together
    call.allows_draw = council.allows_draw


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), UTC)
