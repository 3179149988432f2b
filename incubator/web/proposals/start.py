"""A new idea, and what resembles it."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action
from incubator.domain.clock import closing_day
from incubator.domain.errors import DomainError, Forbidden
from incubator.domain.lessons import first_lines
from incubator.domain.proposal_form import IDEA
from incubator.extensions import db
from incubator.flows import drafts as flow
from incubator.forms.proposals import PREFIX, StartForm, start_form
from incubator.queries import calls as call_query
from incubator.queries import proposals as query
from incubator.queries.lessons import LessonRow, similar_lessons
from incubator.queries.similar import SimilarRow, similar_proposals
from incubator.web.failures import show_on
from incubator.web.formats import day
from incubator.web.guards import allowed
from incubator.web.proposals.blueprint import blueprint
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction
from incubator.web.words import label

MOST_ASKED = 500


@blueprint.route("/proposals/new", methods=["GET", "POST"])
@allowed(Action.PROPOSE)
def start() -> Any:
    agencies = query.agencies_to_propose_for(db.session(), current_actor())
    if not agencies:
        raise Forbidden("There is no agency that you can propose for.")
    form, on_behalf = _form(agencies)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                proposal = flow.start_idea(session, current_actor(), now(), _place(form), form.answers())
                address = leads_to(session, url_for("proposals.tasks", number=proposal.number))
            flash(_("Your idea is saved as %(number)s.", number=proposal.number), "success")
            return redirect(address, 303)
        except DomainError as error:
            db.session.rollback()
            show_on(form, _beside_question(error))
    answer = render_template(
        "pages/proposals/start.html",
        form=form,
        spec=IDEA,
        only_agency=agencies[0] if len(agencies) == 1 else None,
        on_behalf=on_behalf,
        has_places=bool(len(form.unit_id.choices) > 1),
        has_needs=bool(len(form.need_id.choices) > 1),
        deleted=query.deleted_drafts(db.session(), current_actor().person_id),
    )
    return answer, 422 if form.errors else 200


@blueprint.get("/proposals/similar")
@allowed(Action.PROPOSE)
def similar() -> Any:
    """What resembles the text `q`, as JSON for the page's script. `but` leaves one number out."""
    text = request.args.get("q", "")[:MOST_ASKED]
    session, actor = db.session(), current_actor()
    but = request.args.get("but", "")
    found = [similar_item(row) for row in similar_proposals(session, actor, text) if row.number != but]
    taught = [row for row in similar_lessons(session, actor, text) if row.number != but]
    lessons = [lesson_item(row) for row in taught]
    return jsonify(
        items=[
            *lessons,
            *(item for item in found if item["url"] not in {lesson["record"] for lesson in lessons}),
        ]
    )


def similar_item(row: SimilarRow) -> dict[str, str]:
    """A look-alike as the page shows it; the address only where the reader may open the record."""
    detail = _(
        "%(number)s · %(agency)s · %(step)s", number=row.number, agency=row.agency_name, step=label(row.step)
    )
    if not row.known:
        detail = _("%(agency)s · from a published inventory", agency=row.agency_name)
    return {
        "title": row.title,
        "url": url_for("pilots.show", number=row.number) if row.known else "",
        "detail": detail,
    }


def lesson_item(row: LessonRow) -> dict[str, str]:
    """What a record taught, as an entry among the look-alikes; `record` is the record's own address."""
    return {
        "title": row.title,
        "url": url_for("lessons.close_out", number=row.number),
        "record": url_for("pilots.show", number=row.number),
        "detail": _(
            "%(agency)s · what it taught: %(text)s", agency=row.agency_name, text=first_lines(row.text)
        )
        if row.text
        else _("%(agency)s · has a close-out", agency=row.agency_name),
    }


def call_choices(also: int | None = None) -> list[tuple[int, str]]:
    return [
        (call_id, _("%(title)s, closes %(day)s", title=title, day=day(closing_day(closes_at))))
        for call_id, title, closes_at in call_query.calls_to_answer(db.session(), now(), also=also)
    ]


def _form(agencies: list[query.AgencyChoice]) -> tuple[StartForm, bool]:
    """The form with what can be chosen for the agency, once one is known."""
    chosen = _chosen(agencies)
    wanted = {
        "agency_id": chosen.id if chosen else None,
        "need_id": request.args.get("need", type=int),
        "call_id": request.args.get("call", type=int),
    }
    session = db.session()
    needs = query.needs_of(session, [chosen.id]) if chosen else []
    form = start_form()(data=wanted)
    form.agency_id.choices = [("", _("Choose one")), *((agency.id, agency.name) for agency in agencies)]
    form.need_id.choices = [("", _("None of them")), *((need.id, need.title) for need in needs)]
    form.offer(
        units=[(unit_id, name) for unit_id, name, _agency in query.units_of(session, [chosen.id])]
        if chosen
        else [],
        calls=call_choices(),
        themes=query.themes(session),
    )
    return form, any(agency.on_behalf for agency in agencies)


def _chosen(agencies: list[query.AgencyChoice]) -> query.AgencyChoice | None:
    wanted = request.form.get("agency_id", type=int) or request.args.get("agency", type=int)
    need = request.args.get("need", type=int)
    if wanted is None and need is not None:
        wanted = _agency_of_need(need, agencies)
    if wanted is None:
        own = [agency for agency in agencies if not agency.on_behalf]
        return own[0] if len(own) == 1 else agencies[0] if len(agencies) == 1 else None
    return next((agency for agency in agencies if agency.id == wanted), None)


def _agency_of_need(need_id: int, agencies: list[query.AgencyChoice]) -> int | None:
    needs = query.needs_of(db.session(), [agency.id for agency in agencies])
    return next((need.agency_id for need in needs if need.id == need_id), None)


def _place(form: StartForm) -> flow.Place:
    return flow.Place(
        agency_id=form.agency_id.data,
        unit_id=form.unit_id.data,
        call_id=form.call_id.data,
        theme_id=form.theme_id.data,
        need_ids=(form.need_id.data,) if form.need_id.data else (),
        on_behalf=form.on_behalf.data or "",
    )


def _beside_question(error: DomainError) -> DomainError:
    """Rules name questions by their key; the form keeps them under a prefix."""
    known = {field.key for field in IDEA.fields}
    return DomainError(
        error.template, PREFIX + str(error.field) if error.field in known else error.field, **error.params
    )
