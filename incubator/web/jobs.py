"""Long work: what runs, how far it is, cancel and run again; large exports; the outbox."""

from __future__ import annotations

import re
from typing import Any

from flask import (
    Blueprint,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from incubator.domain.access import Action, can
from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError, NotFound
from incubator.domain.rounds import can_on_call
from incubator.domain.words import Words
from incubator.exports.tables import CSV_TYPE, XLSX_TYPE
from incubator.extensions import db
from incubator.flows import jobs as flow
from incubator.flows.assignment import WORK_OUT
from incubator.flows.dossiers import SEAL
from incubator.flows.links import mask
from incubator.jobs.ledger import BEATS, is_interrupted
from incubator.jobs.queue import dispatch
from incubator.models.jobs import JobState, MessageState
from incubator.queries import jobs as query
from incubator.queries.rounds import find_round
from incubator.web.guards import allowed, polls, signed_in
from incubator.web.listing import read_listing
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction
from incubator.web.words import TABLES, label

blueprint = Blueprint("jobs", __name__)

JOB = "/jobs/<int:job_id>"
EXPORT = "export_portfolio"
KIND_WORDS: dict[str, Any] = {
    "inventory_read": _l("Reading an inventory"),
    "inventory_apply": _l("Importing an inventory"),
    WORK_OUT: _l("Working out an assignment"),
    EXPORT: _l("Exporting all records"),
    "mail": _l("Sending mail"),
    "charts_warm": _l("Preparing charts"),
    query.ANALYSE: _l("Working out scores"),
    SEAL: _l("Sealing a dossier"),
    flow.EVALUATE: _l("Analyzing a pilot’s results"),
    flow.REVEAL: _l("Revealing reviews to their authors"),
}
_FILE = re.compile(r"[0-9a-f]{32}\.(csv|xlsx)")
TABLES[JobState] = {
    JobState.QUEUED: Words("Waiting", tone="wait"),
    JobState.RUNNING: Words("Running", tone="go"),
    JobState.CANCELLING: Words("Stopping", tone="wait"),
    JobState.CANCELLED: Words("Canceled", tone="neutral"),
    JobState.FINISHED: Words("Done", tone="done"),
    JobState.FAILED: Words("Failed", tone="stop"),
}
TABLES[MessageState] = {
    MessageState.WAITING: Words("Waiting", tone="wait"),
    MessageState.SENT: Words("Sent", tone="done"),
    MessageState.FAILED: Words("Given up", tone="stop"),
}


@blueprint.get("/jobs")
@signed_in
def index() -> Any:
    state, kind = request.args.get("state", ""), request.args.get("kind", "")
    state = state if state == "under_way" or state in set(JobState) else ""
    kind = kind if kind in KIND_WORDS else ""
    listing = read_listing((), default="", filters={"state": state, "kind": kind})
    jobs, listing.total = query.list_jobs(
        db.session(), current_actor(), state=state, kind=kind, limit=listing.size, offset=listing.offset
    )
    states = [("under_way", _("Under way")), *((one.value, label(one)) for one in JobState)]
    return render_template(
        "pages/jobs/index.html",
        jobs=jobs,
        listing=listing,
        state=state,
        kind=kind,
        states=states,
        kinds=list(KIND_WORDS.items()),
        kind_words=KIND_WORDS,
        states_of=JobState,
        now=now(),
        may_read_mail=bool(can(current_actor(), Action.KEEP_PEOPLE)),
    )


def find_job(job_id: int) -> query.JobRow:
    """The job, for the person who asked for it and for those who watch over the work."""
    job = query.find_job(db.session(), current_actor(), job_id)
    if job is None:
        raise NotFound
    return job


@blueprint.get(JOB)
@signed_in
def show(job_id: int) -> Any:
    job = find_job(job_id)
    return render_template(
        "pages/jobs/show.html",
        job=job,
        progress=progress_of(job),
        kind_words=KIND_WORDS,
        leads=where_it_leads(job),
        states=JobState,
        may_run_again=job.requested_by_id in (None, current_actor().person_id),
    )


@blueprint.get(f"{JOB}/state")
@signed_in
@polls
def state(job_id: int) -> Any:
    return jsonify(progress_of(find_job(job_id)))


def progress_of(job: query.JobRow) -> dict[str, Any]:
    """A job as the progress bar and its script read it."""
    name = str(KIND_WORDS.get(job.kind, job.kind))
    return {
        "label": f"{name}: {label(job.state)}",
        "percent": job.percent if job.state is not JobState.QUEUED else 0,
        "message": _message(job),
        "finished": job.ended,
        "url": "",
    }


def _message(job: query.JobRow) -> str:
    beats = current_app.config["SETTINGS"].instance / BEATS
    if job.state is JobState.RUNNING and is_interrupted(beats, job.id, job.heartbeat_at, now()):
        return _("The work was interrupted. It continues within 15 seconds while a worker is running.")
    return job.message or (_("It waits for its turn.") if job.state is JobState.QUEUED else "")


def _may_open(slug: str, action: Action) -> bool:
    """Whether the reader may open that page of a call: a job is seen by more people than its result."""
    actor = current_actor()
    head = find_round(db.session(), actor, slug)
    return head is not None and bool(can_on_call(actor, action, head.facts))


def where_it_leads(job: query.JobRow) -> tuple[str, str] | None:
    """The page of what a job is about, where the reader may open it: its words and its address."""
    if "batch_id" in job.payload:
        return _("The import"), url_for("inventory.show", batch_id=job.payload["batch_id"])
    if job.kind == WORK_OUT and _may_open(job.payload["slug"], Action.ASSIGN_IN_CALL):
        return _("The planned assignment"), url_for("assignment.plan", slug=job.payload["slug"])
    slug = query.call_slug(db.session(), job.payload.get("call_id")) if job.kind == query.ANALYSE else None
    if slug and _may_open(slug, Action.SEE_RANKING):
        return _("The scores and ranking"), url_for("ranking.show", slug=slug)
    own = job.requested_by_id == current_actor().person_id
    if own and job.kind == EXPORT and job.state is JobState.FINISHED and job.result.get("file"):
        return _("Download the file"), url_for("jobs.file", job_id=job.id)
    return None


@blueprint.post(f"{JOB}/cancel")
@signed_in
def cancel(job_id: int) -> Any:
    with transaction() as session:
        new = flow.cancel_job(session, current_actor(), job_id, now())
        target = leads_to(session, url_for("jobs.show", job_id=job_id))
    if new is JobState.CANCELLED:
        flash(_("The job is canceled."), "success")
    else:
        flash(_("The job stops at its next step."), "info")
    return redirect(target, 303)


@blueprint.post(f"{JOB}/again")
@signed_in
def again(job_id: int) -> Any:
    with transaction() as session:
        flow.run_again(session, current_actor(), job_id)
        target = leads_to(session, url_for("jobs.show", job_id=job_id))
    dispatch(current_app._get_current_object(), job_id)  # type: ignore[attr-defined]
    return redirect(target, 303)


@blueprint.post("/jobs/export")
@allowed(Action.SEE_PORTFOLIO)
def export() -> Any:
    form = request.form.get("format", "")
    if form not in ("csv", "xlsx"):
        raise DomainError("Choose CSV or Excel.")
    with transaction() as session:
        job = flow.request_own_job(session, current_actor(), EXPORT, {"format": form}, now())
        job_id = job.id
        target = leads_to(session, url_for("jobs.show", job_id=job_id))
    dispatch(current_app._get_current_object(), job_id)  # type: ignore[attr-defined]
    return redirect(target, 303)


@blueprint.get(f"{JOB}/file")
@signed_in
def file(job_id: int) -> Any:
    """A finished export, for the person who asked for it alone: it holds what that person may see."""
    job = find_job(job_id)
    name = str(job.result.get("file", ""))
    path = current_app.config["SETTINGS"].instance / "exports" / name
    if job.requested_by_id != current_actor().person_id or not _FILE.fullmatch(name) or not path.is_file():
        raise NotFound
    ending = name.rpartition(".")[2]
    response = send_file(
        path,
        mimetype=CSV_TYPE if ending == "csv" else XLSX_TYPE,
        as_attachment=True,
        download_name=f"records-{office_day(job.created_at)}.{ending}",
        etag=False,
        max_age=0,
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@blueprint.get("/jobs/mail")
@allowed(Action.KEEP_PEOPLE)
def mail() -> Any:
    """The outbox. Where mail is sent, its one-time links are masked: they are for the recipient alone."""
    has_server = bool(current_app.config["SETTINGS"].mail_server)
    state = request.args.get("state", "")
    state = state if state in set(MessageState) else ""
    listing = read_listing((), default="", filters={"state": state}, size=25)
    messages, listing.total = query.list_mail(
        db.session(), state=state, limit=listing.size, offset=listing.offset
    )
    return render_template(
        "pages/jobs/mail.html",
        messages=messages,
        listing=listing,
        state=state,
        states=[(one.value, label(one)) for one in MessageState],
        message_states=MessageState,
        now=now(),
        has_server=has_server,
        mask=mask if has_server else str,
    )
