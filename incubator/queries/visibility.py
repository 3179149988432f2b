"""Which records somebody may know of, as a condition of a SELECT.

This says the same as `domain.access.may_view`; a test holds the two together. Each condition is
correlated to Proposal alone, so that it means the same in a SELECT that joins reviews or pilots.
"""

from __future__ import annotations

import sqlalchemy as sa

from incubator.domain.access import OVERSIGHT
from incubator.domain.reviews import OPEN_STATES, ReviewState
from incubator.domain.roles import Actor, Grant, Role
from incubator.domain.stages import PRIVATE_STEPS, Step
from incubator.models.calls import Call
from incubator.models.conflicts import Conflict
from incubator.models.pilots import Pilot
from incubator.models.proposals import Author, Proposal
from incubator.models.reviews import Review

PersonId = int | None | sa.BindParameter[int | None]

ASSIGNED_STATES = (*OPEN_STATES, ReviewState.SUBMITTED, ReviewState.ABSTAINED)
"""States in which a reviewer still has to do with the proposal; a declined review ends that."""


BEFORE_THE_DECISION = (Step.SCREENING, Step.INFORMATION, Step.REVIEW)


def is_author(person_id: PersonId) -> sa.ColumnElement[bool]:
    return (
        sa.exists()
        .where(Author.proposal_id == Proposal.id, Author.person_id == person_id)
        .correlate(Proposal)
    )


def is_assigned(person_id: PersonId) -> sa.ColumnElement[bool]:
    return (
        sa.exists()
        .where(
            Review.proposal_id == Proposal.id,
            Review.reviewer_id == person_id,
            Review.state.in_(ASSIGNED_STATES),
        )
        .correlate(Proposal)
    )


def has_scored(person_id: PersonId) -> sa.ColumnElement[bool]:
    return (
        sa.exists()
        .where(
            Review.proposal_id == Proposal.id,
            Review.reviewer_id == person_id,
            Review.state.in_((ReviewState.SUBMITTED, ReviewState.ABSTAINED)),
        )
        .correlate(Proposal)
    )


def stands() -> sa.ColumnElement[bool]:
    """Whether a conflict bars: neither lapsed nor set aside by the chair. For a SELECT over Conflict."""
    return sa.and_(Conflict.lapsed_at.is_(None), Conflict.overridden_at.is_(None))


def is_conflicted(person_id: PersonId) -> sa.ColumnElement[bool]:
    return (
        sa.exists()
        .where(Conflict.proposal_id == Proposal.id, Conflict.person_id == person_id, stands())
        .correlate(Proposal)
    )


def of_newest_revision() -> sa.ColumnElement[bool]:
    """Whether a review is of the proposal as it was last submitted, or was confirmed for it: for a SELECT over
    both. Other reviews count nowhere."""
    return Review.revision_number == Proposal.revision_number


def is_revealed() -> sa.ColumnElement[bool]:
    """Whether reviewers whose own review is in may see the others': once revealed, and after the decision."""
    return sa.or_(Proposal.reviews_revealed_at.is_not(None), Proposal.step.not_in(BEFORE_THE_DECISION))


def leads_pilot(person_id: PersonId) -> sa.ColumnElement[bool]:
    return sa.exists().where(Pilot.proposal_id == Proposal.id, Pilot.lead_id == person_id).correlate(Proposal)


def owns_product(person_id: PersonId) -> sa.ColumnElement[bool]:
    return (
        sa.exists()
        .where(Pilot.proposal_id == Proposal.id, Pilot.product_owner_id == person_id)
        .correlate(Proposal)
    )


def names_hidden() -> sa.ColumnElement[bool]:
    """Whether the record's call hides agencies and people from its reviewers."""
    return sa.exists().where(Call.id == Proposal.call_id, Call.names_hidden).correlate(Proposal)


def _within(grant: Grant) -> sa.ColumnElement[bool]:
    limits = []
    if grant.agency_id is not None:
        limits.append(Proposal.agency_id == grant.agency_id)
    if grant.call_id is not None:
        limits.append(Proposal.call_id == grant.call_id)
    return sa.and_(sa.true(), *limits)


def covered(actor: Actor, *roles: Role) -> sa.ColumnElement[bool]:
    grants = [grant for grant in actor.grants if grant.role in roles]
    if any(grant.agency_id is None and grant.call_id is None for grant in grants):
        return sa.true()
    return sa.or_(sa.false(), *(_within(grant) for grant in grants))


def visible(actor: Actor) -> sa.ColumnElement[bool]:
    """The records the actor may know of. A deleted draft is left out: its authors reach it at its address."""
    me = actor.person_id
    led = actor.agencies(Role.AGENCY_LEAD)
    submits = actor.agencies(Role.SUBMITTER)
    handed_in = Proposal.step.not_in(PRIVATE_STEPS)
    watches = [role for role in OVERSIGHT if role is not Role.GATEKEEPER]
    if actor.holds(*watches) and any(actor.everywhere(role) for role in watches):
        others: sa.ColumnElement[bool] = sa.true()
    else:
        unconflicted = sa.and_(
            sa.not_(is_conflicted(me)),
            sa.or_(sa.and_(is_assigned(me), sa.not_(names_hidden())), covered(actor, Role.GATEKEEPER)),
        )
        others = sa.or_(leads_pilot(me), owns_product(me), covered(actor, *watches), unconflicted)
    own = [is_author(me)]
    if led:
        own.append(Proposal.agency_id.in_(sorted(led)))
    if submits:
        own.append(sa.and_(Proposal.agency_id.in_(sorted(submits)), Proposal.step != Step.DRAFT))
    return sa.and_(Proposal.deleted_at.is_(None), sa.or_(*own, sa.and_(handed_in, others)))
