"""What the columns of a file mean, answered by a person and remembered."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from incubator.domain.access import Action
from incubator.domain.errors import DomainError
from incubator.domain.stages import MAIN_STAGES, Stage
from incubator.domain.words import STAGES
from incubator.flows import inventory as flow
from incubator.forms.inventory import DROP, columns_form
from incubator.imports.mapping import DATE_KINDS, FIELDS, JOINED_FIELDS, Mapping
from incubator.models.inventory import ImportState
from incubator.models.proposals import DateKind
from incubator.queries.inventory import Batch
from incubator.web.guards import allowed
from incubator.web.inventory.blueprint import BATCH, blueprint, find_batch, start_job
from incubator.web.inventory.words import FIELD_WORDS
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction
from incubator.web.words import label

DATE = "date:"
AGENCY_PLACES = {
    "title": _l("Proposed because of the rows above the table."),
    "sheet": _l("Proposed because of the sheet's name."),
    "file": _l("Proposed because of the file's name."),
}


@blueprint.route(f"{BATCH}/columns", methods=["GET", "POST"])
@allowed(Action.IMPORT)
def columns(batch_id: int) -> Any:
    batch = find_batch(batch_id)
    if batch.state not in (ImportState.MAPPING, ImportState.PREVIEWED):
        raise DomainError("The columns of this file can no longer be changed.")
    mapping = Mapping.from_json(json.dumps(batch.mapping))
    form = _form(batch)(data=_as_shown(batch, mapping))
    if form.validate_on_submit():
        answered = _answers(batch, mapping, form)
        form.form_errors.extend(answered.problems(batch.report["headers"]))
        if not form.form_errors:
            with transaction() as session:
                job = flow.settle_mapping(
                    session,
                    current_actor(),
                    now(),
                    batch_id,
                    json.loads(answered.to_json()),
                    remembered=json.loads(answered.for_other_files().to_json()),
                )
                job_id = job.id
                target = leads_to(session, url_for("inventory.show", batch_id=batch_id))
            return start_job(job_id, target)
    page = render_template(
        "pages/inventory/columns.html",
        batch=batch,
        form=form,
        report=batch.report,
        joined=_joined(),
        words=_words(batch),
        dates=batch.report.get("date_columns", []),
        places=AGENCY_PLACES,
        needs_agency=not mapping.headers_of("agency_name") and not mapping.headers_of("agency_code"),
    )
    return page, 422 if form.errors else 200


def _form(batch: Batch) -> Any:
    meanings = [(name, _(FIELD_WORDS[name])) for name in FIELDS]
    meanings += [(DATE + kind, _("Date: %(kind)s", kind=label(DateKind(kind)))) for kind in DATE_KINDS]
    stages = [(stage.value, _(STAGES[stage].staff)) for stage in (*MAIN_STAGES, Stage.CLOSED)]
    dates = [one["header"] for one in batch.report.get("date_columns", [])]
    return columns_form(batch.report["headers"], meanings, _words(batch), stages, dates)


def _words(batch: Batch) -> dict[str, dict[str, Any]]:
    """The words to ask about: those not known, and those answered before, each with the file's own wording."""
    answered = {word: {"wording": word, "rows": 0} for word in batch.mapping.get("stage_words", {})}
    unknown: dict[str, dict[str, Any]] = batch.report.get("stage_words", {})
    return {**answered, **unknown}


def _as_shown(batch: Batch, mapping: Mapping) -> dict[str, str]:
    chosen = {header: name for name, headers in mapping.fields.items() for header in headers}
    chosen |= {header: DATE + kind for kind, header in mapping.dates.items()}
    chosen |= dict.fromkeys(mapping.dropped, DROP)
    values = {
        f"column_{place}": chosen.get(header, "") for place, header in enumerate(batch.report["headers"])
    }
    values |= {f"word_{place}": mapping.stage_words.get(word, "") for place, word in enumerate(_words(batch))}
    for place, one in enumerate(batch.report.get("date_columns", [])):
        values[f"order_{place}"] = one["order"]
    return values | {"agency_name": mapping.agency_name or mapping.agency_code}


def _answers(batch: Batch, mapping: Mapping, form: Any) -> Mapping:
    fields: dict[str, tuple[str, ...]] = {}
    dates: dict[str, str] = {}
    dropped: list[str] = []
    for place, header in enumerate(batch.report["headers"]):
        meaning = form[f"column_{place}"].data
        if meaning == DROP:
            dropped.append(header)
        elif meaning.startswith(DATE):
            kind = meaning.removeprefix(DATE)
            if kind in dates:
                message = _("Only one column can be the date “%(kind)s”.", kind=label(DateKind(kind)))
                form.form_errors.append(message)
            dates[kind] = header
        elif meaning:
            fields[meaning] = (*fields.get(meaning, ()), header)
    orders = {}
    for place, one in enumerate(batch.report.get("date_columns", [])):
        order = form[f"order_{place}"].data
        if not order and one["header"] in dates.values():
            message = _("Choose whether the month or the day comes first.")
            form[f"order_{place}"].errors = [message]
            form.form_errors.append(message)
        # Only what differs from what the cells show is an answer of a person.
        if order and (order != one["order"] or one["by_person"]):
            orders[one["header"]] = order
    words = {word: form[f"word_{place}"].data for place, word in enumerate(_words(batch))}
    return replace(
        mapping,
        profile="answered" if mapping.profile == "proposed" else mapping.profile,
        fields=fields,
        dates=dates,
        dropped=tuple(dropped),
        agency_name=" ".join((form.agency_name.data or "").split()),
        agency_code="",
        date_orders=orders,
        stage_words={word: stage for word, stage in words.items() if stage},
        confirmed=True,
    )


def _joined() -> list[str]:
    return [_(FIELD_WORDS[name]) for name in FIELDS if name in JOINED_FIELDS]
