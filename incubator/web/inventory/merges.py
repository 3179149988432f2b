"""Pairs of records that may be one, for people to decide about."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from incubator.domain.access import Action
from incubator.extensions import db
from incubator.flows import inventory as flow
from incubator.queries import inventory as query
from incubator.web.guards import allowed
from incubator.web.inventory.blueprint import blueprint
from incubator.web.listing import read_listing
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction

REASONS = {
    "same id": _l("Same id"),
    "same title": _l("Same title"),
    "similar title": _l("Similar title"),
}
PAIRS_ON_A_PAGE = 10


@blueprint.get("/imports/merges")
@allowed(Action.IMPORT)
def merges() -> Any:
    actor = current_actor()
    flow.check_importer(actor)
    batch = request.args.get("import", "")
    batch_id = int(batch) if batch.isascii() and batch.isdigit() and len(batch) < 10 else None
    reason = request.args.get("reason", "")
    reason = reason if reason in REASONS else ""
    filters = {"import": str(batch_id) if batch_id is not None else "", "reason": reason}
    listing = read_listing((), default="", filters=filters, size=PAIRS_ON_A_PAGE)
    pairs, listing.total = query.list_suggestions(
        db.session(), actor, batch_id=batch_id, reason=reason, limit=listing.size, offset=listing.offset
    )
    return render_template(
        "pages/inventory/merges.html",
        pairs=pairs,
        listing=listing,
        reason_words=REASONS,
        reason_choices=list(REASONS.items()),
        here=_here(),
        reason=reason,
        batch_id=batch_id,
    )


@blueprint.post("/imports/merges/<int:suggestion_id>")
@allowed(Action.IMPORT)
def decide_merge(suggestion_id: int) -> Any:
    keep = request.form.get("keep", "")
    with transaction() as session:
        if keep == "both":
            flow.dismiss_suggestion(session, current_actor(), now(), suggestion_id)
            message = _("Both records stay. This pair is not suggested again.")
        else:
            keep_id = int(keep) if keep.isascii() and keep.isdigit() and len(keep) < 10 else 0
            kept = flow.accept_suggestion(session, current_actor(), now(), suggestion_id, keep_id=keep_id)
            message = _("Merged into %(number)s.", number=kept.number)
        target = leads_to(session, url_for("inventory.merges", **_here()))
    flash(message, "success")
    return redirect(target, 303)


def _here() -> dict[str, Any]:
    """The list as it was filtered, to come back to it."""
    return {
        name: value for name in ("import", "reason", "page") if (value := request.args.get(name, "")[:20])
    }
