"""Conditions on how records moved through the stages, shared by the list and the figures that lead to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.domain.gates import ADVANCES
from incubator.domain.stages import MAIN_STAGES, EndReason, Origin, Outcome, Precision, Stage
from incubator.models.proposals import Proposal, StageSpell

SOON = timedelta(days=30)


class Ended(StrEnum):
    """How a record's latest stay in a stage ended: it lasts, it went on, it stopped, it reached its goal and needed
    no more, it ended and no source says how, or it paused or went back. FINISHED is either of went on and stopped,
    which together make the share that went on."""

    HERE = "here"
    ADVANCED = "advanced"
    STOPPED = "stopped"
    GOAL_MET = "goal_met"
    UNKNOWN = "unknown"
    RETURNED = "returned"
    FINISHED = "finished"


def due_within(today: date, *, soon: bool) -> sa.ColumnElement[bool]:
    """Work whose decision is overdue; with `soon` also what is due within thirty days."""
    limit = Proposal.due_on <= today + SOON if soon else Proposal.due_on < today
    return sa.and_(limit, Proposal.stage != Stage.CLOSED)


def worked_on_here() -> sa.ColumnElement[bool]:
    """Records that somebody here works on. One that an inventory brought in stands in the first step of its
    stage without waiting for anybody: it has no due day until it is taken up here. Nobody here works on what
    others published."""
    imported = sa.and_(Proposal.origin == Origin.INVENTORY, Proposal.due_on.is_not(None))
    return sa.or_(Proposal.origin == Origin.ENTERED, imported)


def where_known(moment: Any) -> sa.ColumnElement[Any]:
    """The moment that a record came into its stage; NULL where no source says when."""
    unknown = sa.exists().where(
        StageSpell.proposal_id == Proposal.id,
        StageSpell.left_at.is_(None),
        StageSpell.precision == Precision.NONE,
    )
    return sa.case((unknown, None), else_=moment)


def how_it_ended(spell: type[StageSpell]) -> sa.ColumnElement[str]:
    """A stay's end in the words of `Ended`, in a statement that has its `Proposal`.

    Work that leaves a main stage for another later one has advanced, whatever it was called.
    """
    position = {stage.value: place for place, stage in enumerate(MAIN_STAGES)}
    came_from = sa.case(position, value=sa.cast(spell.stage, sa.Text), else_=-1)
    went_to = sa.case(position, value=sa.cast(spell.next_stage, sa.Text), else_=-1)
    return sa.case(
        (spell.left_at.is_(None), Ended.HERE.value),
        (spell.exit == Outcome.GOAL_MET, Ended.GOAL_MET.value),
        (
            sa.and_(
                spell.next_stage == Stage.CLOSED,
                sa.or_(spell.exit == Outcome.ENDED, Proposal.end_reason == EndReason.UNKNOWN),
            ),
            Ended.UNKNOWN.value,
        ),
        (spell.next_stage == Stage.CLOSED, Ended.STOPPED.value),
        (sa.and_(came_from >= 0, went_to > came_from), Ended.ADVANCED.value),
        (sa.and_(spell.next_stage.is_(None), spell.exit.in_(sorted(ADVANCES))), Ended.ADVANCED.value),
        (sa.and_(spell.next_stage.is_(None), spell.exit == Outcome.STOP), Ended.STOPPED.value),
        else_=Ended.RETURNED.value,
    )


def in_flow() -> sa.ColumnElement[bool]:
    """Records whose way is known from the first stage on. Of one that an inventory brought in later on nobody
    recorded what it passed before, so it can neither have been lost there nor gone on. One that was merged goes on
    as the other and is counted there."""
    first = aliased(StageSpell)
    return sa.and_(
        sa.or_(
            Proposal.origin != Origin.INVENTORY,
            sa.exists().where(first.proposal_id == Proposal.id, first.stage == MAIN_STAGES[0]),
        ),
        Proposal.end_reason.is_distinct_from(EndReason.MERGED),
    )


def last_stay(stage: Stage, then: Ended | None) -> sa.ColumnElement[bool]:
    """Records whose way is known, that ever entered the stage and, with `then`, whose latest stay there ended so."""
    spell = aliased(StageSpell)
    found = [spell.proposal_id == Proposal.id, spell.stage == stage]
    if then is not None:
        later = aliased(StageSpell)
        found += [
            how_it_ended(spell).in_(
                (Ended.ADVANCED.value, Ended.STOPPED.value) if then is Ended.FINISHED else (then.value,)
            ),
            ~sa.exists().where(
                later.proposal_id == spell.proposal_id,
                later.stage == stage,
                sa.or_(
                    later.entered_at > spell.entered_at,
                    sa.and_(later.entered_at == spell.entered_at, later.id > spell.id),
                ),
            ),
        ]
    return sa.and_(in_flow(), sa.exists().where(*found))


def entered_in(stage: Stage, first: datetime, after: datetime) -> sa.ColumnElement[bool]:
    """Records that came into the stage between the two moments, the second left out. Where no source says when,
    a record came in no year."""
    spell = aliased(StageSpell)
    return sa.exists().where(
        spell.proposal_id == Proposal.id,
        spell.stage == stage,
        spell.entered_at >= first,
        spell.entered_at < after,
        spell.precision != Precision.NONE,
    )


@dataclass(frozen=True, slots=True)
class Stay:
    """A record's stay in a stage; `known` says whether a source tells since when."""

    stage: Stage
    known: bool
    here: bool


def stays_of(session: Session, proposal_id: int) -> list[Stay]:
    """Where the record has been, in order."""
    rows = session.execute(
        sa.select(StageSpell.stage, StageSpell.precision, StageSpell.left_at)
        .where(StageSpell.proposal_id == proposal_id)
        .order_by(StageSpell.entered_at, StageSpell.id)
    )
    return [Stay(row.stage, row.precision is not Precision.NONE, row.left_at is None) for row in rows]
