"""Lessons: the list, a record's close-out, and taking up what another taught."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action, can_on_record
from incubator.domain.errors import NotFound, StaleVersion
from incubator.domain.lessons import OFFERED_TAGS, first_lines, normalised, tags_from
from incubator.domain.scaling import CLOSE_OUT_PARTS
from incubator.domain.stages import Outcome, Stage
from incubator.exports.tables import clean
from incubator.extensions import db
from incubator.flows import lessons as flow
from incubator.forms.lessons import UseForm, close_out_form
from incubator.queries import lessons as query
from incubator.queries import pilots as plan_query
from incubator.queries.records import RecordHead, find_record
from incubator.web.guards import on_record, signed_in
from incubator.web.listing import Listing, read_listing
from incubator.web.pilots.blueprint import carry_out, status_of, undoable
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now
from incubator.web.words import label, plain, technology_name

blueprint = Blueprint("lessons", __name__)

LONGEST = 200
PAGE = 20


@blueprint.app_template_filter("first_lines")
def _first_lines(text: str) -> str:
    return first_lines(text)


@blueprint.get("/lessons")
@signed_in
def index() -> Any:
    """The lessons of the records one may know of, searched and filtered by the address."""
    filters = _filters()
    session, actor = db.session(), current_actor()
    listing = read_listing(("changed",), default="changed", filters=filters.given(), size=PAGE)
    listing.total = query.count_lessons(session, actor, filters)
    if listing.page > listing.pages:
        listing.page = listing.pages
    rows = query.list_lessons(session, actor, filters, limit=listing.size, offset=listing.offset)
    offered = query.choices(session, actor)
    return render_template(
        "pages/lessons/index.html",
        rows=rows,
        listing=listing,
        filters=filters,
        choices=offered,
        outcomes=[(one.value, plain(one)) for one in offered.outcomes],
        stages=[
            (one.value, label(one)) for one in (Stage.PILOT, Stage.SCALE, Stage.IN_SERVICE, Stage.CLOSED)
        ],
        chips=_chips(filters, listing, offered),
    )


def _filters() -> query.Filters:
    def text(name: str) -> str:
        return " ".join(clean(request.args.get(name, "")[:LONGEST]).split())

    outcome, stage = request.args.get("outcome", ""), request.args.get("stage", "")
    return query.Filters(
        q=text("q"),
        tag=normalised(text("tag")),
        technology=text("technology"),
        agency=text("agency"),
        outcome=Outcome(outcome) if outcome in set(Outcome) else None,
        stage=Stage(stage) if stage in set(Stage) else None,
    )


def _chips(filters: query.Filters, listing: Listing, offered: query.Choices) -> list[dict[str, str]]:
    names = {
        "q": (_("Search"), filters.q),
        "tag": (_("Tag"), filters.tag),
        "technology": (_("Technology"), technology_name(filters.technology)),
        "agency": (_("Agency"), dict(offered.agencies).get(filters.agency, filters.agency)),
        "outcome": (_("Outcome"), plain(filters.outcome) if filters.outcome else ""),
        "stage": (_("Stage"), label(filters.stage)),
    }
    return [
        {"label": names[name][0], "value": names[name][1], "url": listing.url(**{name: None, "sort": None})}
        for name in filters.given()
    ]


@blueprint.get("/pilots/<number>/close-out")
@on_record(Action.VIEW)
def close_out(record: RecordHead) -> Any:
    session, actor = db.session(), current_actor()
    return render_record(
        "pages/lessons/close_out.html",
        record,
        close_out=query.close_out_of(session, record.id),
        parts=CLOSE_OUT_PARTS,
        lesson=plan_query.plan_of(session, record.id).lesson,
        uses=query.uses_of(session, actor, record.id),
        used_by=query.used_by(session, actor, record.id),
        others=query.lessons_like(session, actor, record.id),
    )


@blueprint.route("/pilots/<number>/close-out/edit", methods=["GET", "POST"])
@on_record(Action.WRITE_LESSON)
def write(record: RecordHead) -> Any:
    row = query.close_out_of(db.session(), record.id)
    form = close_out_form(data=_shown(row.parts, row.tags, row.version))
    if form.validate_on_submit():
        parts = {name: form[name].data or "" for name in CLOSE_OUT_PARTS}
        tags = tags_from(form.offered_tags.data or (), form.own_tags.data or "")

        def again(error: StaleVersion) -> tuple[Any, object]:
            theirs = dict(error.theirs)
            shown = _shown(theirs, tuple(theirs.pop("tags", ())), error.version or 0)
            return close_out_form(formdata=None, obj=SimpleNamespace(**shown)), error.version

        answer = carry_out(
            lambda session: flow.write_close_out(
                session,
                current_actor(),
                record.id,
                parts,
                tags,
                seen_version=form.version.data,
                now=now(),
            ),
            to=url_for("lessons.close_out", number=record.number),
            said=_("The close-out is saved."),
            form=form,
            again=again,
        )
        if answer is not None:
            return answer
    return (
        render_record("pages/lessons/close_out_form.html", record, form=form, parts=CLOSE_OUT_PARTS),
        status_of(form),
    )


def _shown(parts: dict[str, str], tags: tuple[str, ...], version: int) -> dict[str, Any]:
    """The form's values: tags that are offered as boxes, the others as words."""
    return {
        **parts,
        "offered_tags": [tag for tag in tags if tag in OFFERED_TAGS],
        "own_tags": ", ".join(tag for tag in tags if tag not in OFFERED_TAGS),
        "version": version,
    }


@blueprint.route("/pilots/<number>/lessons/<source>", methods=["GET", "POST"])
@on_record(Action.USE_LESSON)
def use(record: RecordHead, source: str) -> Any:
    """Take up the lesson of the record with the number `source`."""
    session, actor = db.session(), current_actor()
    other = find_record(session, actor, source)
    if other is None or other.id == record.id or not query.has_lesson(session, actor, other.id):
        raise NotFound
    standing = next(
        (row for row in query.uses_of(session, actor, record.id) if row.source_id == other.id), None
    )
    form = UseForm(data={"note": standing.note if standing else ""})
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.use_lesson(
                session, current_actor(), record.id, other.id, form.note.data or "", now=now()
            ),
            to=url_for("lessons.close_out", number=record.number) + "#uses",
            said=_("The lesson of %(number)s is noted as used here.", number=other.number),
            form=form,
        )
        if answer is not None:
            return answer
    return (
        render_record(
            "pages/lessons/use.html",
            record,
            form=form,
            other=other,
            lesson=plan_query.plan_of(session, other.id).lesson,
            close_out=query.close_out_of(session, other.id),
        ),
        status_of(form),
    )


@blueprint.post("/pilots/<number>/lessons/<source>/remove")
@on_record(Action.USE_LESSON)
def remove(record: RecordHead, source: str) -> Any:
    other = find_record(db.session(), current_actor(), source)
    if other is None:
        raise NotFound
    return carry_out(
        lambda session: flow.remove_use(session, current_actor(), record.id, other.id, now=now()),
        to=url_for("lessons.close_out", number=record.number) + "#uses",
        said=undoable(
            _("The lesson of %(number)s is no longer noted as used here.", number=other.number),
            url_for("lessons.restore", number=record.number, source=other.number),
        ),
    )


@blueprint.post("/pilots/<number>/lessons/<source>/restore")
@on_record(Action.USE_LESSON)
def restore(record: RecordHead, source: str) -> Any:
    other = find_record(db.session(), current_actor(), source)
    if other is None:
        raise NotFound
    return carry_out(
        lambda session: flow.restore_use(session, current_actor(), record.id, other.id, now=now()),
        to=url_for("lessons.close_out", number=record.number) + "#uses",
        said=_("The lesson is noted as used again."),
    )


@blueprint.app_template_global("others_learnt")
def others_learnt(record: RecordHead) -> dict[str, Any]:
    """What the block “What others learned” needs on a page of a record."""
    session, actor = db.session(), current_actor()
    return {
        "others": query.lessons_like(session, actor, record.id),
        "may_use": bool(can_on_record(actor, Action.USE_LESSON, record.facts)),
    }
