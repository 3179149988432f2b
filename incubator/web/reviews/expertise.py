"""What somebody who judges says of themselves: the fields they know, and their ties to vendors."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from incubator.domain.access import Action, can
from incubator.domain.assignment import FIELDS, theme_tag
from incubator.domain.clock import office_day
from incubator.domain.conflicts import CONTRACT_YEARS, TieKind, is_recent
from incubator.domain.errors import DomainError, NotFound
from incubator.extensions import db
from incubator.flows import expertise as flow
from incubator.forms.assignment import EndTieForm, ExpertiseForm, TieForm, expertise_form, level_name
from incubator.queries import expertise as query
from incubator.queries.assignment import theme_names
from incubator.web.failures import show_on
from incubator.web.guards import allowed
from incubator.web.reviews.blueprint import blueprint
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction


def _person_id() -> int:
    person_id = current_actor().person_id
    assert person_id is not None
    return person_id


def field_words() -> dict[str, str]:
    """What a proposal may need and a reviewer may know: the fields, then the state's themes."""
    themes = theme_names(db.session(), open_only=True)
    return {
        **{tag: _(words) for tag, words in FIELDS.items()},
        **{theme_tag(key): name for key, name in themes.items()},
    }


@blueprint.get("/reviews/expertise")
@allowed(Action.DECLARE_TIES)
def expertise() -> Any:
    return _page()


def _page(*, form: ExpertiseForm | None = None, tie: TieForm | None = None, status: int = 200) -> Any:
    session, fields = db.session(), field_words()
    if form is None:
        form = expertise_form(fields, query.levels_of(session, _person_id()), formdata=None)
    return (
        render_template(
            "pages/reviews/expertise.html",
            form=form,
            questions=[form[level_name(tag)] for tag in fields],
            themes_from=len(FIELDS),
            tie=tie or TieForm(formdata=None),
            ties=query.ties_of(session, _person_id()),
            bars=lambda ended_on: is_recent(ended_on, office_day(now())),
            years=CONTRACT_YEARS,
            reviews=bool(can(current_actor(), Action.REVIEW_ANY)),
        ),
        status,
    )


@blueprint.post("/reviews/expertise")
@allowed(Action.REVIEW_ANY)
def save_expertise() -> Any:
    fields = field_words()
    form = expertise_form(fields, {})
    if form.validate():
        try:
            with transaction() as session:
                flow.say_what_one_knows(session, current_actor(), levels=form.levels(list(fields)), now=now())
                location = leads_to(session, url_for("reviews.expertise"))
        except DomainError as error:
            db.session.rollback()
            show_on(form, error)
        else:
            flash(_("Saved. Proposals in the fields you know will come to you first."), "success")
            return redirect(location, 303)
    return _page(form=form, status=422)


@blueprint.post("/reviews/ties")
@allowed(Action.DECLARE_TIES)
def declare_tie() -> Any:
    form = TieForm()
    if form.validate():
        try:
            with transaction() as session:
                found = flow.declare_tie(
                    session,
                    current_actor(),
                    kind=TieKind(form.kind.data),
                    vendor=form.vendor.data or "",
                    ended_on=form.ended_on.data,
                    note=form.note.data or "",
                    now=now(),
                )
                location = leads_to(session, url_for("reviews.expertise", _anchor="ties"))
        except DomainError as error:
            db.session.rollback()
            show_on(form, error)
        else:
            flash(_declared(found), "success")
            return redirect(location, 303)
    return _page(tie=form, status=422)


def _declared(found: int) -> str:
    if not found:
        return _("Your tie is recorded. No proposal under way involves this vendor.")
    return ngettext(
        "Your tie is recorded. It keeps you from judging one proposal.",
        "Your tie is recorded. It keeps you from judging %(num)s proposals.",
        found,
    )


@blueprint.route("/reviews/ties/<int:tie_id>", methods=["GET", "POST"])
@allowed(Action.DECLARE_TIES)
def end_tie(tie_id: int) -> Any:
    """End a tie: a contract on a day, any other at once."""
    tie = next((row for row in query.ties_of(db.session(), _person_id()) if row.id == tie_id), None)
    if tie is None:
        raise NotFound
    form = EndTieForm(data={"ended_on": tie.ended_on})
    ends_on_a_day = tie.kind is TieKind.CONTRACT
    if form.validate_on_submit():
        if ends_on_a_day and form.ended_on.data is None and not form.mistake.data:
            form.ended_on.errors = [_("Enter the last day of the contract.")]
        else:
            on = form.ended_on.data if ends_on_a_day and not form.mistake.data else None
            with transaction() as session:
                flow.end_tie(session, current_actor(), tie_id=tie_id, ended_on=on, now=now())
                location = leads_to(session, url_for("reviews.expertise", _anchor="ties"))
            flash(_("Saved."), "success")
            return redirect(location, 303)
    return (
        render_template(
            "pages/reviews/tie.html", tie=tie, form=form, ends_on_a_day=ends_on_a_day, years=CONTRACT_YEARS
        ),
        422 if form.errors else 200,
    )
