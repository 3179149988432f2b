"""Writing a proposal: the list of its sections, each section, and saving in the background."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, request, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action, can_on_record
from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.proposal_form import (
    IDEA,
    SectionSpec,
    SectionState,
    find_section,
    section_state,
    sections,
)
from incubator.domain.stages import Step
from incubator.extensions import db
from incubator.flows import drafts as flow
from incubator.forms.proposals import PREFIX, SectionForm, initial, section_form
from incubator.queries import proposals as query
from incubator.queries.records import RecordHead
from incubator.queries.similar import similar_proposals
from incubator.web.autosaving import has_news, not_saved, put_back_wrong, saved_answer, signed_out_as_json
from incubator.web.conflicts import show_conflict
from incubator.web.failures import domain_message, show_on
from incubator.web.formats import clock, day
from incubator.web.guards import on_record
from incubator.web.proposals.blueprint import blueprint
from incubator.web.proposals.start import call_choices, similar_item
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction
from incubator.web.unlikely import ask_about_start

BEING_WRITTEN = (Step.DRAFT, Step.SIGN_OFF, Step.INFORMATION)


def state_words(state: SectionState) -> tuple[str, str]:
    """The word and tone of a section's state in the list."""
    return {
        SectionState.NOT_STARTED: (_("Not started"), "neutral"),
        SectionState.STARTED: (_("In progress"), "wait"),
        SectionState.COMPLETE: (_("Completed"), "done"),
    }[state]


@blueprint.get("/pilots/<number>/proposal/tasks")
@on_record(Action.VIEW)
def tasks(record: RecordHead) -> Any:
    if record.step not in BEING_WRITTEN:
        return redirect(url_for("proposals.read", number=record.number), 303)
    session = db.session()
    copy = query.working_copy(session, record.id)
    writes = bool(can_on_record(current_actor(), Action.WRITE, record.facts))
    if not writes and record.step is Step.INFORMATION:
        return redirect(url_for("proposals.read", number=record.number), 303)
    parts = sections(copy.form_version, uses_ai=copy.uses_ai)
    states = {part.key: _state(part, copy) for part in parts}
    items = [
        {
            "label": _(part.title),
            "hint": _saved(copy.section(part.key)),
            "url": url_for("proposals.section", number=record.number, section=part.key) if writes else "",
            "status": state_words(states[part.key])[0],
            "tone": state_words(states[part.key])[1],
        }
        for part in parts
    ]
    needs = [need for need in query.needs_of(session, [record.agency_id], record.id) if need.linked]
    return render_record(
        "pages/proposals/tasks.html",
        record,
        copy=copy,
        items=items,
        done=sum(state is SectionState.COMPLETE for state in states.values()),
        authors=query.authors_of(session, record.id),
        files=query.attachments_of(session, record.id),
        needs=needs,
        writes=writes,
        similar=[
            similar_item(row)
            for row in similar_proposals(
                session, current_actor(), record.title, record.summary, but=record.id
            )
        ]
        if writes
        else [],
    )


@blueprint.route("/pilots/<number>/proposal/<section>", methods=["GET", "POST"])
@on_record(Action.WRITE)
def section(record: RecordHead, section: str) -> Any:
    copy = query.working_copy(db.session(), record.id)
    spec = find_section(copy.form_version, section, uses_ai=copy.uses_ai)
    if spec is None:
        raise NotFound
    row = copy.section(spec.key)
    form = _form(spec, copy)
    if request.method == "POST":
        form.completing = request.form.get("go") != "draft"
        form.validate()
        if not form.errors:
            answer = _save(record, spec, form, copy)
            if answer is not None:
                return answer
        elif not form.completing:
            return _save_rest(record, spec, form, copy)
    version = _seen() if request.method == "POST" else row.version
    return _section_page(record, spec, form, copy, version), 422 if form.errors else 200


def _section_page(
    record: RecordHead, spec: SectionSpec, form: SectionForm, copy: query.WorkingCopy, version: int
) -> Any:
    row = copy.section(spec.key)
    return render_record(
        "pages/proposals/section.html",
        record,
        form=form,
        spec=spec,
        row=row,
        version=version,
        saved=_saved(row),
        parts=sections(copy.form_version, uses_ai=copy.uses_ai),
        late=_late(copy),
    )


@blueprint.post("/pilots/<number>/proposal/<section>/autosave")
@signed_out_as_json
@on_record(Action.VIEW)
def autosave(record: RecordHead, section: str) -> Any:
    """Save while somebody writes. 200 with the new version and what is wrong in which field, 409 with what
    stands."""
    answer = can_on_record(current_actor(), Action.WRITE, record.facts)
    if not answer:
        return jsonify(message=_(answer.reason)), 403
    copy = query.working_copy(db.session(), record.id)
    spec = find_section(copy.form_version, section, uses_ai=copy.uses_ai)
    if spec is None:
        raise NotFound
    form = _form(spec, copy)
    form.completing = False
    form.validate()
    saved = _form(spec, copy, posted=False)
    problems = put_back_wrong(form, saved)
    if problems and not has_news(form, saved):
        return not_saved(problems)
    try:
        with transaction() as session:
            row = flow.save_section(
                session,
                current_actor(),
                now(),
                record.id,
                spec.key,
                form.answers(),
                seen=_seen(),
                in_background=True,
                place=_place(form, record),
            )
            version = row.version
    except StaleVersion as stale:
        return jsonify(
            message=_("Someone else saved this first."),
            version=stale.version,
            theirs=stale.theirs,
            yours=form.answers(),
        ), 409
    except Forbidden as refused:
        return jsonify(message=_(refused.reason)), 403
    except DomainError as error:
        return jsonify(message=_("Not saved yet: %(problem)s", problem=domain_message(error))), 422
    return saved_answer(version, problems)


def _save(
    record: RecordHead, spec: SectionSpec, form: SectionForm, copy: query.WorkingCopy, *, said: bool = True
) -> Any:
    """Where saving leads, the page of both versions, or None when a rule refused it."""
    try:
        with transaction() as session:
            flow.save_section(
                session,
                current_actor(),
                now(),
                record.id,
                spec.key,
                form.answers(),
                seen=_seen(),
                complete=form.completing,
                place=_place(form, record),
            )
            address = leads_to(session, _next(record, spec, copy, form))
    except StaleVersion as stale:
        return _conflict(record, spec, form, stale)
    except DomainError as error:
        db.session.rollback()
        known = {field.key for field in spec.fields}
        place = PREFIX + str(error.field) if error.field in known else error.field
        show_on(form, DomainError(error.template, place, **error.params))
        return None
    if said:
        flash(_("“%(section)s” is saved.", section=_(spec.title)), "success")
    ask_about_start(str(form.answers().get("start") or ""))
    return redirect(address, 303)


def _save_rest(record: RecordHead, spec: SectionSpec, form: SectionForm, copy: query.WorkingCopy) -> Any:
    """Save a draft but for the fields that cannot be read, and show the page with these marked."""
    saved = _form(spec, copy, posted=False)
    put_back_wrong(form, saved)
    answer = _save(record, spec, form, copy, said=False) if has_news(form, saved) else None
    if answer is not None and answer.status_code != 303:
        return answer
    again = _form(spec, copy)
    for name, messages in form.errors.items():
        if name is not None:
            again[name].errors = list(messages)
    again.form_errors.extend(form.form_errors)
    if answer is not None:
        again.form_errors.append(_("Everything else is saved. What is marked below is not."))
    copy = query.working_copy(db.session(), record.id)
    return _section_page(record, spec, again, copy, copy.section(spec.key).version), 422


def _next(record: RecordHead, spec: SectionSpec, copy: query.WorkingCopy, form: SectionForm) -> str:
    """The section after this one, or the list."""
    if not form.completing:
        return url_for("proposals.tasks", number=record.number)
    uses_ai = form.answers().get("uses_ai") is True if spec.key == IDEA.key else copy.uses_ai
    parts = sections(copy.form_version, uses_ai=uses_ai)
    place = [part.key for part in parts].index(spec.key)
    if place + 1 == len(parts):
        return url_for("proposals.tasks", number=record.number)
    return url_for("proposals.section", number=record.number, section=parts[place + 1].key)


def _conflict(record: RecordHead, spec: SectionSpec, form: SectionForm, stale: StaleVersion) -> Any:
    db.session.rollback()
    copy = query.working_copy(db.session(), record.id)
    here = url_for("proposals.section", number=record.number, section=spec.key)
    saved = _form(spec, copy, posted=False)
    return show_conflict(
        form,
        saved,
        version=stale.version,
        reload_url=here,
        action=here,
        more={"go": request.form.get("go", "")},
    )


def _form(spec: SectionSpec, copy: query.WorkingCopy, *, posted: bool = True) -> SectionForm:
    data = {
        **initial(spec, copy.section(spec.key).answers),
        "unit_id": copy.unit_id,
        "call_id": copy.call_id,
        "theme_id": copy.theme_id,
    }
    form = section_form(spec)(data=data) if posted else section_form(spec)(formdata=None, data=data)
    if spec.key == IDEA.key:
        session = db.session()
        form.offer(
            units=[(unit_id, name) for unit_id, name, _agency in query.units_of(session, [copy.agency_id])],
            calls=call_choices(also=copy.call_id),
            themes=query.themes(session, also=copy.theme_id),
        )
    return form


def _place(form: SectionForm, record: RecordHead) -> flow.Place | None:
    if "unit_id" not in form._fields or "unit_id" not in request.form:
        return None
    return flow.Place(
        agency_id=record.agency_id,
        unit_id=form["unit_id"].data,
        call_id=form["call_id"].data,
        theme_id=form["theme_id"].data,
    )


def _seen() -> int:
    """The version the form showed; nonsense matches no version."""
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _state(spec: SectionSpec, copy: query.WorkingCopy) -> SectionState:
    row = copy.section(spec.key)
    return section_state(spec, row.answers, row.complete)


def _saved(row: query.SectionRow) -> str:
    if row.saved_at is None:
        return ""
    when = f"{day(row.saved_at)}, {clock(row.saved_at)}"
    return _("Saved %(when)s by %(person)s", when=when, person=row.saved_by or _("somebody"))


def _late(copy: query.WorkingCopy) -> bool:
    """The call has closed while this was being written; what is written is still kept."""
    return copy.call_closes_at is not None and copy.submitted_at is None and now() >= copy.call_closes_at
