"""Which table of a file is read, and which agencies its rows are from."""

from __future__ import annotations

import json
import re
import secrets
import shutil
from dataclasses import replace
from typing import Any

from flask import current_app, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from incubator.domain.access import Action
from incubator.domain.errors import DomainError
from incubator.extensions import db
from incubator.flows import inventory as flow
from incubator.forms.inventory import NEW_AGENCY, TableForm, agencies_form
from incubator.imports.mapping import Mapping
from incubator.models.inventory import ImportState
from incubator.queries.inventory import Batch, agency_names
from incubator.web.guards import allowed
from incubator.web.inventory.blueprint import BATCH, blueprint, find_batch, start_job
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction

CODE = re.compile(r"[A-Z][A-Z0-9-]{1,11}")
_MOST_SHOWN = 90


@blueprint.route(f"{BATCH}/table", methods=["GET", "POST"])
@allowed(Action.IMPORT)
def table(batch_id: int) -> Any:
    """Choose the sheet and the row with the column names; other sheets become imports of their own."""
    batch = _open_batch(batch_id)
    report = batch.report
    sheets = report.get("sheets", [])
    form = TableForm(data={"sheet": report.get("sheet", ""), "header_row": str(report.get("header_row", ""))})
    form.sheet.choices = [(one["name"], _sheet_words(one)) for one in sheets] or [("", _("The file"))]
    rows = [
        (str(place), _row_words(place, row)) for place, row in enumerate(report.get("top_rows", []), start=1)
    ]
    if report.get("header_row", 0) > len(rows):
        rows.append((str(report["header_row"]), _("Row %(row)s", row=report["header_row"])))
    form.header_row.choices = [("", _("The row that looks like it")), *rows]
    form.more.choices = [
        (one["name"], _sheet_words(one)) for one in sheets if one["name"] != report.get("sheet", "")
    ]
    if form.validate_on_submit():
        more = [name for name in form.more.data or [] if name != form.sheet.data]
        row = int(form.header_row.data) if form.header_row.data else None
        return _read_tables(batch, form.sheet.data, row, more)
    page = render_template("pages/inventory/table.html", batch=batch, form=form, sheets=sheets)
    return page, 422 if form.errors else 200


def _sheet_words(sheet: dict[str, Any]) -> str:
    words = ngettext("%(name)s (%(num)s row)", "%(name)s (%(num)s rows)", sheet["rows"], name=sheet["name"])
    return _("%(sheet)s, hidden in Excel", sheet=words) if sheet["hidden"] else words


def _row_words(place: int, cells: list[str]) -> str:
    text = " | ".join(cell.strip() for cell in cells if cell.strip()) or _("blank")
    text = " ".join(text.split())
    shown = text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN].rstrip() + "…"
    return _("Row %(row)s: %(text)s", row=place, text=shown)


def _read_tables(batch: Batch, sheet: str, header_row: int | None, more: list[str]) -> Any:
    uploads, copies = current_app.config["SETTINGS"].uploads, []
    try:
        for _sheet in more:
            copies.append(secrets.token_hex(16))
            shutil.copyfile(uploads / batch.storage_key, uploads / copies[-1])
            (uploads / copies[-1]).chmod(0o600)
        with transaction() as session:
            job = flow.settle_mapping(session, current_actor(), now(), batch.id, _chosen(sheet, header_row))
            jobs: list[int | None] = [job.id]
            for name, key in zip(more, copies, strict=True):
                other = flow.receive(
                    session,
                    current_actor(),
                    now(),
                    file_name=batch.file_name,
                    sha256=batch.sha256,
                    storage_key=key,
                    mapping=_chosen(name, None),
                )
                jobs.append(other.job_id)
            target = leads_to(session, url_for("inventory.show", batch_id=batch.id))
    except BaseException:
        for key in copies:
            (uploads / key).unlink(missing_ok=True)
        raise
    for job_id in jobs[1:]:
        start_job(job_id, target)
    return start_job(jobs[0], target)


def _chosen(sheet: str, header_row: int | None) -> dict[str, Any]:
    empty = Mapping("", "", {}, sheet=sheet, header_row=header_row)
    found: dict[str, Any] = json.loads(empty.to_json())
    return found


@blueprint.route(f"{BATCH}/agencies", methods=["GET", "POST"])
@allowed(Action.IMPORT)
def agencies(batch_id: int) -> Any:
    """Say which agency is meant by each name that is not known here."""
    batch = _open_batch(batch_id)
    known = agency_names(db.session())
    lines = batch.report.get("preview", {}).get("agency_lines", [])
    asked = [line for line in lines if not line["settled"] or line["found"] == "answer"]
    names = [_given(line) for line in asked]
    form = agencies_form(names, [(code, label[0]) for code, label in sorted(known.items())])(
        data=_proposed(asked)
    )
    if form.validate_on_submit():
        answers = _answers(asked, form, known)
        if not form.form_errors:
            mapping = Mapping.from_json(json.dumps(batch.mapping))
            mapping = replace(mapping, agencies={**mapping.agencies, **answers})
            with transaction() as session:
                job = flow.settle_mapping(
                    session, current_actor(), now(), batch_id, json.loads(mapping.to_json())
                )
                job_id = job.id
                target = leads_to(session, url_for("inventory.show", batch_id=batch_id))
            return start_job(job_id, target)
    page = render_template(
        "pages/inventory/agencies.html", batch=batch, form=form, asked=list(zip(asked, names, strict=True))
    )
    return page, 422 if form.errors else 200


def _given(line: dict[str, Any]) -> str:
    return " · ".join(text for text in (line["given_code"], line["given_name"]) if text)


def _proposed(asked: list[dict[str, Any]]) -> dict[str, str]:
    """A name that resembles none is proposed as a new agency; of a likeness a person decides."""
    values = {}
    for place, line in enumerate(asked):
        settled = line["found"] == "answer"
        values[f"agency_{place}"] = (
            (NEW_AGENCY if line["new"] else line["code"]) if settled else "" if line["alike"] else NEW_AGENCY
        )
        values[f"code_{place}"] = line["code"] if line["new"] else ""
    return values


def _answers(asked: list[dict[str, Any]], form: Any, known: dict[str, list[str]]) -> dict[str, str]:
    answers = {}
    names = {name[0].casefold() for name in known.values()}
    for place, line in enumerate(asked):
        chosen, typed = form[f"agency_{place}"], form[f"code_{place}"]
        code = (typed.data or "").strip().upper()
        if not chosen.data:
            _fault(form, chosen, _("Choose the agency that “%(name)s” means.", name=_given(line)))
        elif chosen.data != NEW_AGENCY:
            answers[line["key"]] = chosen.data
        elif not CODE.fullmatch(code):
            _fault(form, typed, _("Enter a code of 2 to 12 letters and digits, for example CDOT."))
        elif code in known:
            name = known[code][0]
            _fault(form, typed, _("%(code)s is the code of %(name)s. Enter another.", code=code, name=name))
        elif line["given_name"].casefold() in names:
            _fault(form, chosen, _("There is an agency of that name already. Choose it from the list."))
        else:
            answers[line["key"]] = NEW_AGENCY + code
    return answers


def _fault(form: Any, field: Any, message: str) -> None:
    field.errors = [*field.errors, message]
    form.form_errors.append(message)


def _open_batch(batch_id: int) -> Batch:
    batch = find_batch(batch_id)
    if batch.state not in (ImportState.MAPPING, ImportState.PREVIEWED):
        raise DomainError("This file can no longer be changed.")
    return batch
