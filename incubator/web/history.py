"""What happened: the log of everything, and a record's timeline."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action
from incubator.domain.clock import moment_of, office_day
from incubator.domain.errors import DomainError, NotFound
from incubator.domain.event_groups import GROUPS, RECORD_GROUPS, WORDS, EventGroup
from incubator.domain.events import EventKind
from incubator.domain.input import InputError, parse_date
from incubator.domain.roles import Role
from incubator.exports import tables
from incubator.extensions import db
from incubator.queries import history as query
from incubator.queries import timeline as timeline_query
from incubator.web.formats import clock, day
from incubator.web.guards import allowed, on_record
from incubator.web.listing import read_cursor
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now
from incubator.web.words import sentence

blueprint = Blueprint("history", __name__)

PAGE_SIZE = 50
MOST_IN_WORKBOOK = 50_000
LONGEST_FILTER = 200
FILTERS = ("area", "who", "agency", "number", "from", "to", "q")


@blueprint.get("/history")
@allowed(Action.SEE_HISTORY)
def index() -> Any:
    wanted, asked, faults = _wanted()
    page = query.read_log(
        db.session(),
        current_actor(),
        wanted,
        before=read_cursor("before"),
        after=read_cursor("after"),
        size=PAGE_SIZE,
    )
    agencies = query.agency_choices(db.session(), current_actor())
    return render_template(
        "pages/history/index.html",
        page=page,
        known_agencies={code for code, _name in agencies},
        asked=asked,
        chips=_chips(asked),
        faults=faults,
        areas=_areas(asked),
        agencies=agencies,
        older_url=_address(asked, before=page.older) if page.older else "",
        newer_url=_address(asked, after=page.newer) if page.newer else "",
        newest_url=_address(asked) if read_cursor("before") or read_cursor("after") else "",
        csv_url=_export("csv", asked),
        xlsx_url=_export("xlsx", asked),
        by_day=_by_day(page.events),
        clock=clock,
    )


@blueprint.get("/history/export.<form>")
@allowed(Action.SEE_HISTORY)
def export(form: str) -> Any:
    """The log with the same filters, as a file."""
    wanted, asked, faults = _wanted()
    if form not in ("csv", "xlsx"):
        raise NotFound
    if faults:
        raise DomainError(faults[0])
    session, actor = db.session(), current_actor()
    if form == "xlsx" and query.count_log(session, actor, wanted, most=MOST_IN_WORKBOOK + 1) > (
        MOST_IN_WORKBOOK
    ):
        raise DomainError(
            "More than %(most)s events match, too many for one workbook. Narrow the filters, or download CSV.",
            most=f"{MOST_IN_WORKBOOK:,}",
        )
    table = tables.Table(
        "History",
        ("Number", "Moment (UTC)", "Who", "What happened", "Kind", "Record", "Title", "Agency"),
        _export_rows(query.stream_log(session, actor, wanted)),
        notes=[f"{chip['label']}: {chip['value']}" for chip in _chips(asked)] or [_("No filters")],
    )
    file_name = f"history-{office_day(now())}.{form}"
    if form == "csv":
        response = Response(b"".join(tables.to_csv(table)), content_type=tables.CSV_TYPE)
    else:
        response = Response(tables.to_xlsx(table), content_type=tables.XLSX_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename=file_name)
    return response


@blueprint.get("/pilots/<number>/history", endpoint="on_record")
@on_record(Action.VIEW)
def of_record(record: Any) -> Any:
    group = _group(request.args.get("area", ""))
    if group not in RECORD_GROUPS:
        group = None
    shown = timeline_query.read_timeline(
        db.session(),
        current_actor(),
        record,
        kinds=GROUPS[group] if group else (),
        before=read_cursor("before"),
        size=PAGE_SIZE,
    )
    readable = set(timeline_query.kinds_on_record(current_actor(), record))
    address = url_for("history.on_record", number=record.number)
    area = {"area": group.value} if group else {}
    return render_record(
        "pages/history/record.html",
        record,
        timeline=shown,
        lines=[_line(event) for event in shown.events],
        areas=[(key.value, _(WORDS[key])) for key in RECORD_GROUPS if readable.intersection(GROUPS[key])],
        area=group.value if group else "",
        older_url=f"{address}?{urlencode({**area, 'before': shown.older})}" if shown.older else "",
        newest_url=f"{address}?{urlencode(area)}" if read_cursor("before") else "",
        address=address,
    )


def _line(event: timeline_query.TimelineEvent) -> dict[str, Any]:
    name = _("Somebody at the agency") if event.from_agency else event.actor_name
    line = {"when": event.at, "sentence": sentence(event.kind, name, event.details), "detail": ""}
    if event.times > 1:
        line["detail"] = _(
            "%(count)s saves in a row since %(since)s", count=event.times, since=_plain_moment(event.since)
        )
    return line


def _plain_moment(value: datetime) -> str:
    return f"{day(value)}, {clock(value)}"


def _by_day(events: list[query.Happened]) -> list[tuple[str, list[query.Happened]]]:
    days: list[tuple[str, list[query.Happened]]] = []
    for event in events:
        words = day(event.at)
        if not days or days[-1][0] != words:
            days.append((words, []))
        days[-1][1].append(event)
    return days


def _wanted() -> tuple[query.Wanted, dict[str, str], list[str]]:
    """The filters of the address: as conditions, as they were written, and what was not understood."""
    asked = {name: _text(name) for name in FILTERS}
    faults: list[str] = []
    since = _start_of(asked["from"], faults)
    until = _start_of(asked["to"], faults, days=1)
    if since and until and since >= until:
        faults.append(_("The first day lies after the last one, so nothing can match."))
    wanted = query.Wanted(
        kinds=_kinds(asked["area"]),
        who=asked["who"],
        agency=asked["agency"],
        number=asked["number"].upper(),
        since=since,
        until=until,
        text=asked["q"],
    )
    return wanted, {name: text for name, text in asked.items() if text}, faults


def _text(name: str) -> str:
    return " ".join(request.args.get(name, "").replace("\x00", "").split())[:LONGEST_FILTER]


def _start_of(text: str, faults: list[str], days: int = 0) -> datetime | None:
    """The beginning of that day at the office, or of the day after."""
    if not text:
        return None
    try:
        return moment_of(parse_date(text) + timedelta(days=days), time(0), current_app.config["TIME_ZONE"])
    except InputError as error:
        told = _(error.template, **error.values) if error.values else _(error.template)
        faults.append(f"“{text[:40]}”: {told}")
        return None


def _group(text: str) -> EventGroup | None:
    return next((group for group in EventGroup if group.value == text), None)


def _kinds(text: str) -> tuple[EventKind, ...]:
    """A group's kinds, or the one kind of that name; nothing for anything else."""
    group = _group(text)
    return GROUPS[group] if group else tuple(kind for kind in EventKind if kind.value == text)


def _areas(asked: dict[str, str]) -> list[tuple[str, str]]:
    areas = [
        (group.value, _(WORDS[group]))
        for group in EventGroup
        if group is not EventGroup.ACCOUNTS or current_actor().holds(Role.ADMINISTRATOR)
    ]
    kind = asked.get("area", "")
    if kind and _group(kind) is None and _kinds(kind):
        areas.append((kind, _kind_words(kind)))
    return areas


def _kind_words(value: str) -> str:
    return value.replace("_", " ").capitalize()


def _chips(asked: dict[str, str]) -> list[dict[str, str]]:
    labels = {
        "area": _("Part of the work"),
        "who": _("Who"),
        "agency": _("Agency"),
        "number": _("Record"),
        "from": _("From"),
        "to": _("To"),
        "q": _("Words"),
    }
    group = _group(asked.get("area", ""))
    shown = {**asked, **({"area": _(WORDS[group])} if group else {})}
    return [
        {
            "label": labels[name],
            "value": shown[name],
            "url": _address({key: text for key, text in asked.items() if key != name}),
        }
        for name in asked
    ]


def _address(asked: dict[str, str], **more: int | None) -> str:
    parameters = {**asked, **{key: value for key, value in more.items() if value is not None}}
    base = url_for("history.index")
    return f"{base}?{urlencode(parameters)}" if parameters else base


def _export(form: str, asked: dict[str, str]) -> str:
    base = url_for("history.export", form=form)
    return f"{base}?{urlencode(asked)}" if asked else base


def _export_rows(events: Iterator[query.Happened]) -> Iterator[tuple[tables.Cell, ...]]:
    for event in events:
        yield (
            event.id,
            event.at,
            event.actor_name,
            sentence(event.kind, event.actor_name, event.details),
            event.kind.value,
            event.number,
            event.title,
            event.agency_name,
        )
