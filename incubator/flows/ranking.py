"""The analysis of a call's scores: asked for when something changes, kept when it was made; draws among equals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.analytics.lottery import draw_lots
from incubator.analytics.ranking import Band
from incubator.domain.errors import DomainError, Forbidden
from incubator.domain.events import EventKind
from incubator.domain.roles import SYSTEM, Actor, Role
from incubator.domain.rounds import Round
from incubator.flows.jobs import request_job
from incubator.flows.record import record
from incubator.flows.versions import locked
from incubator.models.calls import Call
from incubator.models.jobs import JobState
from incubator.models.ranking import AnalysisState, Draw, ScoreAnalysis
from incubator.queries.jobs import ANALYSE
from incubator.queries.ranking import (
    Analysed,
    LeftOut,
    Standing,
    as_text,
    draws_of,
    job_under_way,
    standing,
)


def ask(session: Session, call_id: int | None, now: datetime, actor: Actor = SYSTEM) -> int | None:
    """Have the call's analyses worked out anew, in the transaction of the change that asks for it.

    One job that waits is enough for any number of changes. The job's id; None outside of a call.
    """
    if call_id is None:
        return None
    session.flush()
    waiting = job_under_way(session, call_id, JobState.QUEUED)
    if waiting is not None:
        return waiting
    return request_job(session, actor, ANALYSE, {"call_id": call_id}, now).id


def ask_again(session: Session, call_ids: Iterable[int | None], now: datetime) -> None:
    """The same for calls whose scores were worked out before: where there are none there is nothing to do."""
    session.flush()
    analysed = sa.select(ScoreAnalysis.call_id).where(
        ScoreAnalysis.call_id.in_({call_id for call_id in call_ids if call_id is not None})
    )
    for call_id in session.scalars(analysed.distinct().order_by(ScoreAnalysis.call_id)).all():
        ask(session, call_id, now)


def ask_by_hand(session: Session, actor: Actor, call_id: int, now: datetime) -> int:
    """A coordinator has the analyses worked out now. The job's id."""
    if not actor.holds_for(Role.COORDINATOR, call_id=call_id):
        raise Forbidden("A coordinator of this call has its scores worked out.")
    locked(session, Call, call_id)  # a second press at the same moment finds the job of the first
    job_id = ask(session, call_id, now, actor)
    assert job_id is not None
    return job_id


@dataclass(frozen=True, slots=True)
class Made:
    """An analysis just made, or only found to be of the same data as the last one (`result` None)."""

    left_out: LeftOut
    fingerprint: str
    data_sha256: str
    method: str
    seed: int
    result: dict[str, Any] | None


def _locked(session: Session, call_id: int, left_out: LeftOut, now: datetime) -> ScoreAnalysis:
    """The stored analysis without those proposals, locked, or a new one."""
    row = session.scalars(
        sa.select(ScoreAnalysis)
        .where(ScoreAnalysis.call_id == call_id, ScoreAnalysis.left_out == as_text(left_out))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        row = ScoreAnalysis(call_id=call_id, left_out=as_text(left_out), asked_at=now)
        session.add(row)
    return row


def keep(session: Session, call_id: int, made: Made, now: datetime, job_id: int | None) -> None:
    """Store an analysis; of unchanged data only the mark of their state is renewed."""
    row = _locked(session, call_id, made.left_out, now)
    row.fingerprint, row.job_id, row.error = made.fingerprint, job_id, ""
    if made.result is not None:
        row.data_sha256, row.method, row.seed = made.data_sha256, made.method, made.seed
        row.result, row.asked_at, row.computed_at = made.result, now, now
    row.state = AnalysisState.READY
    session.flush()


def keep_failure(
    session: Session,
    call_id: int,
    left_out: LeftOut,
    mark: str,
    error: str,
    now: datetime,
    job_id: int | None,
) -> None:
    """Store that an analysis could not be made; the last result stays."""
    row = _locked(session, call_id, left_out, now)
    row.state, row.error, row.fingerprint, row.job_id = AnalysisState.FAILED, error, mark, job_id
    session.flush()


def forget_all_but(session: Session, call_id: int, wanted: Iterable[LeftOut]) -> None:
    """Drop the analyses that nobody needs any more."""
    session.execute(
        sa.delete(ScoreAnalysis).where(
            ScoreAnalysis.call_id == call_id, ScoreAnalysis.left_out.not_in([as_text(one) for one in wanted])
        )
    )


def pool_of(found: Analysed) -> tuple[tuple[str, ...], int]:
    """Who takes part in a draw, by key, and how many of them win: the places that are left over once
    whoever lies clearly above the line has theirs."""
    ranked = found.analysis.ranking.items
    pool = tuple(sorted(item.key for item in ranked if item.band is Band.TOO_CLOSE))
    places = found.analysis.places or 0
    return pool, max(0, places - sum(item.band is Band.ACCEPT for item in ranked))


def why_no_draw(session: Session, actor: Actor, call: Round, allows_draw: bool, stands: Standing) -> str:
    """Why the actor cannot hold a draw in the call now; empty when they can."""
    if not allows_draw:
        return "This call does not decide by a draw."
    chairs = actor.person_id is not None and actor.person_id == call.chair_id
    if not (chairs or actor.holds_for(Role.COORDINATOR, call_id=call.call_id)):
        return "The chair of the panel or a coordinator holds the draw."
    if not stands.whole:
        return "Only somebody without a conflict of interest in this call holds the draw."
    if stands.found is None or stands.stale:
        return "The scores are being worked out. The draw can be held once they are."
    pool, places = pool_of(stands.found)
    if not 0 < places < len(pool):
        return "There is nothing to draw: no proposals that are too close to call compete for fewer places."
    if any(draw.pool == pool for draw in draws_of(session, call.call_id)):
        return "A draw among these proposals was held already."
    return ""


def hold_draw(session: Session, actor: Actor, *, call_id: int, seed: str, reason: str, now: datetime) -> Draw:
    """Draw among the proposals that the scores cannot tell apart. Anybody can repeat it by hand
    (`analytics.lottery.draw_lots`)."""
    call = session.scalars(
        sa.select(Call).where(Call.id == call_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    stands = standing(session, actor, call_id)
    refusal = why_no_draw(session, actor, Round(call.id, call.chair_id), call.allows_draw, stands)
    if refusal:
        raise DomainError(refusal)
    seed, reason = " ".join(seed.split()), reason.strip()
    if not seed:
        raise DomainError("Enter the seed that was agreed on.", "seed")
    if not reason:
        raise DomainError("Write why the panel draws, and where the seed comes from.", "reason")
    assert stands.found is not None
    pool, places = pool_of(stands.found)
    tickets = draw_lots(pool, places=places, seed=seed)
    draw = Draw(
        call_id=call_id,
        seed=seed,
        reason=reason,
        places=places,
        pool=list(pool),
        chosen=[ticket.key for ticket in tickets if ticket.won],
        drawn_at=now,
        drawn_by_id=actor.person_id,
    )
    session.add(draw)
    session.flush()
    record(session, actor, now, EventKind.DRAW_HELD, call=call.title, seed=seed)
    return draw
