"""Responses kept for reuse."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action
from incubator.domain.errors import DomainError, NotFound, StaleVersion
from incubator.domain.gates import GATES, GateKey
from incubator.extensions import db
from incubator.flows import snippets as flow
from incubator.forms.screening import SnippetForm
from incubator.queries import screening as query
from incubator.web.conflicts import show_conflict
from incubator.web.failures import show_on
from incubator.web.guards import allowed
from incubator.web.screening.blueprint import blueprint
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction

NEEDS = GATES[GateKey.G0].must_meets


@blueprint.route("/screening/snippets", methods=["GET", "POST"])
@allowed(Action.SCREEN_ANY)
def responses() -> Any:
    """The responses on offer, and one more."""
    form = SnippetForm(needs=NEEDS)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                flow.add(session, current_actor(), **_typed(form), now=now())
                location = leads_to(session, url_for("screening.responses"))
        except DomainError as error:
            db.session.rollback()
            show_on(form, error)
        else:
            flash(_("Kept."), "success")
            return redirect(location, 303)
    return (
        render_template(
            "pages/screening/snippets.html",
            rows=query.snippets(db.session()),
            form=form,
            needs={need.key: need.words for need in NEEDS},
        ),
        422 if form.errors else 200,
    )


@blueprint.route("/screening/snippets/<int(max=2147483647):snippet_id>", methods=["GET", "POST"])
@allowed(Action.SCREEN_ANY)
def response(snippet_id: int) -> Any:
    """One response, to change or to put away."""
    row = query.find_snippet(db.session(), snippet_id)
    if row is None:
        raise NotFound
    stored = {"title": row.title, "body": row.body, "need_key": row.need_key}
    form = SnippetForm(needs=NEEDS, data=stored)
    here = url_for("screening.response", snippet_id=snippet_id)
    if form.validate_on_submit():
        typed = request.form.get("version", "")
        seen = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None
        try:
            with transaction() as session:
                flow.change(
                    session,
                    current_actor(),
                    snippet_id=snippet_id,
                    seen_version=seen,
                    **_typed(form),
                    now=now(),
                )
                location = leads_to(session, url_for("screening.responses"))
        except StaleVersion as error:
            saved = SnippetForm(formdata=None, needs=NEEDS, data=error.theirs)
            return show_conflict(form, saved, version=error.version, reload_url=here, action=here)
        except DomainError as error:
            db.session.rollback()
            show_on(form, error)
        else:
            flash(_("Saved."), "success")
            return redirect(location, 303)
    return (
        render_template("pages/screening/snippet.html", row=row, form=form),
        422 if form.errors else 200,
    )


@blueprint.post("/screening/snippets/<int(max=2147483647):snippet_id>/archive")
@allowed(Action.SCREEN_ANY)
def put_away(snippet_id: int) -> Any:
    with transaction() as session:
        flow.archive(session, current_actor(), snippet_id=snippet_id, now=now())
        location = leads_to(session, url_for("screening.responses"))
    flash(_("Put away; it is no longer offered."), "success")
    return redirect(location, 303)


def _typed(form: SnippetForm) -> dict[str, str]:
    return {
        "title": form.title.data or "",
        "body": form.body.data or "",
        "need_key": form.need_key.data or "",
    }
