"""The files of a proposal as its reviewer gets them."""

from __future__ import annotations

from typing import Any

from incubator.domain.access import Action
from incubator.domain.errors import NotFound
from incubator.extensions import db
from incubator.queries import scoring
from incubator.queries.review_reading import file_for_reviewer
from incubator.web.downloads import handed_out
from incubator.web.guards import allowed
from incubator.web.reviews.blueprint import blueprint
from incubator.web.sessions import current_actor


@blueprint.get("/reviews/<int(max=2147483647):review_id>/files/<int(max=2147483647):file_id>")
@allowed(Action.REVIEW_ANY)
def download(review_id: int, file_id: int) -> Any:
    """One file, to the reviewer alone: an attachment or, where names are hidden, what stands for it."""
    session = db.session()
    review = scoring.find_own_review(session, current_actor(), review_id)
    if review is None:
        raise NotFound
    file = file_for_reviewer(session, review.proposal_id, file_id, names_hidden=review.names_hidden)
    if file is None:
        raise NotFound
    return handed_out(file.key, file.name, file.media_type, file.size)
