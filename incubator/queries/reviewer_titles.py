"""Proposals as their reviewers read them: the redacted title where names are hidden and the copy is ready."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.models.calls import Call
from incubator.models.proposals import Proposal
from incubator.models.redaction import RedactedCopy


def shown_title() -> sa.ColumnElement[str]:
    """The title a reviewer reads, for a SELECT over Proposal."""
    return sa.func.coalesce(_copied(RedactedCopy.title), Proposal.title)


def shown_summary() -> sa.ColumnElement[str]:
    """The summary a reviewer reads; empty where names are hidden and nobody has redacted it."""
    hidden = sa.exists().where(Call.id == Proposal.call_id, Call.names_hidden).correlate(Proposal)
    own = sa.case((hidden, ""), else_=Proposal.summary)
    return sa.func.coalesce(_copied(RedactedCopy.summary), own)


def _copied(column: sa.orm.InstrumentedAttribute[str]) -> sa.ScalarSelect[str]:
    return (
        sa.select(column)
        .join(Call, Call.id == Proposal.call_id)
        .where(
            Call.names_hidden,
            RedactedCopy.proposal_id == Proposal.id,
            RedactedCopy.revision_number == Proposal.revision_number,
            RedactedCopy.ready_at.is_not(None),
        )
        .correlate(Proposal)
        .scalar_subquery()
    )


def titles_for_reviewers(session: Session, proposal_ids: Collection[int]) -> dict[int, str]:
    """The titles for a reviewer's mail, by proposal."""
    rows = session.execute(
        sa.select(Proposal.id, shown_title().label("title"))
        .where(Proposal.id.in_(proposal_ids))
        .order_by(Proposal.id)
    )
    return {row.id: row.title for row in rows}
