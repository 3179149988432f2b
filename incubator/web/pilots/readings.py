"""Readings: typed one by one, pasted or uploaded with a preview, and verified."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.domain.evaluation import Arm, Measure, never_negative
from incubator.domain.pilots import is_dollars, is_percent
from incubator.extensions import db
from incubator.flows import readings as flow
from incubator.forms.metrics import ConfirmForm, ImportForm, ReadingForm
from incubator.imports import readings as reader
from incubator.imports.date_order import Order
from incubator.imports.problems import ImportProblem
from incubator.queries import metrics as query
from incubator.queries.records import RecordHead
from incubator.web.guards import on_record
from incubator.web.pilots.blueprint import blueprint, carry_out, status_of
from incubator.web.pilots.metrics import load_metric, metric_page
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now


@dataclass(frozen=True, slots=True)
class Checked:
    """What a table of readings comes to: rows to record, each day once, and all that was left out."""

    readings: tuple[flow.NewReading, ...]
    remarks: tuple[tuple[int, str], ...]
    repeated: int
    refused: tuple[reader.RefusedReading, ...]
    columns: dict[str, str]
    ignored: tuple[str, ...]
    blank: int
    empty: tuple[flow.NewReading, ...]
    units: dict[str, int]


@blueprint.post("/pilots/<number>/metrics/<int:metric_id>/readings")
@on_record(Action.RECORD_READINGS)
def record_reading(record: RecordHead, metric_id: int) -> Any:
    metric = load_metric(record, metric_id)
    form: Any = ReadingForm()
    if form.validate_on_submit() and not _asks_for_percent(form, metric):
        reading = flow.NewReading(
            form.taken_on.data,
            form.value.data,
            form.denominator.data,
            form.note.data or "",
            Arm(form.arm.data),
            form.unit.data or "",
            form.numerator.data,
        )
        answer = carry_out(
            lambda session: flow.record_reading(
                session,
                current_actor(),
                record.id,
                metric_id,
                reading,
                now=now(),
                reason=form.reason.data or "",
            ),
            to=_page(record, metric_id),
            said=_("The reading is recorded."),
            form=form,
        )
        if answer is not None:
            return answer
    return metric_page(record, metric_id, form), status_of(form)


@blueprint.route("/pilots/<number>/metrics/<int:metric_id>/readings/import", methods=["GET", "POST"])
@on_record(Action.RECORD_READINGS)
def import_readings(record: RecordHead, metric_id: int) -> Any:
    """Paste or upload; nothing is recorded before the preview is confirmed."""
    metric = load_metric(record, metric_id)
    form = ImportForm()
    if form.validate_on_submit():
        try:
            checked = check(_read(form, metric), metric, fractions=form.fractions.data or "")
        except ImportProblem as problem:
            return _import_page(record, metric, form, problem)
        return _preview_page(record, metric, checked, ConfirmForm(formdata=None))
    return _import_page(record, metric, form)


def _import_page(
    record: RecordHead, metric: query.MetricRow, form: ImportForm, problem: ImportProblem | None = None
) -> Any:
    """The form to paste or upload; with what was wrong beside where it came from."""
    answered = [name for name in ("order", "decimals", "fractions") if form[name].data]
    asks = answered if problem is None else [*answered, *_asked(form, problem)]
    page = render_record("pages/pilots/readings_import.html", record, metric=metric, form=form, asks=asks)
    return page, status_of(form)


def _asked(form: ImportForm, problem: ImportProblem) -> list[str]:
    """Put the problem beside its field; the field that is to be answered, if it is a question."""
    asked = problem.asks if isinstance(problem, reader.Undecided) else ""
    field = form[asked] if asked else form.file if form.file.data else form.pasted
    field.errors = [*field.errors, _(problem.template, **problem.values)]
    if isinstance(problem, reader.Undecided):
        # A file need not be chosen again: its rows stand in the form.
        form.pasted.data = problem.text or form.pasted.data
    return [asked] if asked else []


@blueprint.post("/pilots/<number>/metrics/<int:metric_id>/readings/confirm")
@on_record(Action.RECORD_READINGS)
def confirm_readings(record: RecordHead, metric_id: int) -> Any:
    metric = load_metric(record, metric_id)
    form = ConfirmForm()
    try:
        answers = reader.Answers(Order.MONTH_FIRST.value, "point")
        understood = reader.preview_text(form.rows.data or "", today=office_day(now()), answers=answers)
        checked = check(understood, metric, fractions="no")
    except ImportProblem as problem:
        return _import_page(record, metric, ImportForm(formdata=None), problem)
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.record_readings(
                session,
                current_actor(),
                record.id,
                metric_id,
                (*checked.readings, *checked.empty),
                now=now(),
                reason=form.reason.data or "",
            ),
            to=_page(record, metric_id),
            said=_("The readings are recorded."),
            form=form,
        )
        if answer is not None:
            return answer
    return _preview_page(record, metric, checked, form), status_of(form)


@blueprint.post("/pilots/<number>/metrics/<int:metric_id>/verify")
@on_record(Action.VERIFY_READINGS)
def verify_readings(record: RecordHead, metric_id: int) -> Any:
    up_to = request.form.get("up_to", "")
    up_to_id = int(up_to) if up_to.isascii() and up_to.isdigit() and len(up_to) < 18 else 0
    return carry_out(
        lambda session: flow.verify_readings(
            session, current_actor(), record.id, metric_id, up_to_id=up_to_id, now=now()
        ),
        to=_page(record, metric_id),
        said=_("The readings are verified."),
    )


def _page(record: RecordHead, metric_id: int) -> str:
    return url_for("pilots.metric", number=record.number, metric_id=metric_id)


def _read(form: ImportForm, metric: query.MetricRow) -> reader.ReadingsPreview:
    today, answers = office_day(now()), reader.Answers(form.order.data or "", form.decimals.data or "")
    upload = form.file.data
    if not upload or not upload.filename:
        return reader.preview_text(form.pasted.data or "", today=today, name=metric.name, answers=answers)
    with tempfile.TemporaryDirectory(prefix="readings-") as folder:
        path = Path(folder) / "upload"
        upload.save(path)
        return reader.preview_file(
            path, name=upload.filename[:200], today=today, metric=metric.name, answers=answers
        )


def check(preview: reader.ReadingsPreview, metric: query.MetricRow, *, fractions: str) -> Checked:
    """Each day, arm and unit once: the same value again is a repeat, another value is refused.

    Raises `Undecided` where shares look like fractions and `fractions` ("yes", "no") does not say so.
    """
    understood = preview.understood
    if fractions == "yes":
        understood = tuple(
            replace(row, value=row.value * 100) if row.value is not None and not row.percent else row
            for row in understood
        )
    elif not fractions and metric.measure is Measure.SHARE:
        odd = [row for row in understood if _looks_like_fraction(row)]
        if odd:
            raise reader.Undecided(
                "fractions",
                "",
                "Row %(row)s says %(value)s%% of %(cases)s cases, which no count can give. Say how shares are written.",
                row=odd[0].row,
                value=odd[0].value,
                cases=odd[0].denominator,
            )
        small = _all_under_one(understood, metric)
        if small:
            raise reader.Undecided(
                "fractions",
                "",
                "No share is over 1, such as %(value)s in row %(row)s: it may be %(value)s%% or %(hundred)s%%. "
                "Say how shares are written.",
                row=small.row,
                value=small.value,
                hundred=f"{small.value * 100:f}".rstrip("0").rstrip(".") if small.value else "0",
            )
    kept: dict[Any, flow.NewReading] = {}
    refused = list(preview.refused)
    remarks: list[tuple[int, str]] = []
    repeated = 0
    units: dict[str, list[int]] = {}
    for row in understood:
        reading = _handed_in(row, metric)
        impossible = _impossible(reading, metric)
        if impossible:
            refused.append(reader.RefusedReading(row.row, row.cells, (impossible,)))
            continue
        if reading.value is None:
            refused.append(
                reader.RefusedReading(row.row, row.cells, (_("a count without its number of cases"),))
            )
            continue
        before = kept.setdefault(reading.key, reading)
        if before is not reading:
            if before.numbers == reading.numbers:
                repeated += 1
            else:
                refused.append(
                    reader.RefusedReading(
                        row.row, row.cells, (_("another value for the same day stands above"),)
                    )
                )
            continue
        remarks += [(row.row, remark) for remark in row.remarks]
        if row.percent and not is_percent(metric.unit):
            units.setdefault(_("percent"), []).append(row.row)
        if row.dollars and not is_dollars(metric.unit):
            units.setdefault(_("dollars"), []).append(row.row)
    empty: dict[flow.Key, flow.NewReading] = {}
    for row in preview.empty:
        reading = flow.NewReading(row.on, None, 0.0, row.note, row.arm, row.unit, 0.0)
        if reading.key in kept:
            refused.append(
                reader.RefusedReading(
                    row.row, row.cells, (_("0 cases, and another row has a value for the same day"),)
                )
            )
        elif empty.setdefault(reading.key, reading) is not reading:
            repeated += 1
    return Checked(
        tuple(sorted(kept.values(), key=lambda reading: reading.key)),
        tuple(remarks),
        repeated,
        tuple(sorted(refused, key=lambda row: row.row)),
        preview.columns,
        preview.ignored,
        len(preview.blank),
        tuple(sorted(empty.values(), key=lambda reading: reading.key)),
        {words: len(rows) for words, rows in units.items()},
    )


def _asks_for_percent(form: Any, metric: query.MetricRow) -> bool:
    """Whether a share was typed that may be meant as a fraction; the field says so. Its sign settles it."""
    value, written = form.value.data, "".join(form.value.raw_data or [])
    if metric.measure is not Measure.SHARE or value is None or form.numerator.data is not None:
        return False
    if "%" in written or not 0 < value <= 1 or _is_usually_small(metric):
        return False
    form.value.errors = [
        _(
            "Is this %(value)s%% or %(hundred)s%%? Write it with the percent sign.",
            value=f"{value:g}",
            hundred=f"{100 * value:g}",
        )
    ]
    return True


def _is_usually_small(metric: query.MetricRow) -> bool:
    """Whether the metric is one of shares under 1 %."""
    usual = [abs(level) for level in (metric.baseline, metric.target) if level]
    return bool(usual) and min(usual) <= 1


def _all_under_one(understood: Sequence[reader.Reading], metric: query.MetricRow) -> reader.Reading | None:
    """A row to ask about where every share is at most 1 and may be meant as a fraction: nothing is written with a
    sign or follows from its count, and the metric is not one of shares under 1 %."""
    shares = [row for row in understood if row.value is not None]
    if any(row.percent or row.numerator is not None or not 0 <= (row.value or 0) <= 1 for row in shares):
        return None
    if _is_usually_small(metric):
        return None
    return next((row for row in shares if row.value), None)


def _looks_like_fraction(row: reader.Reading) -> bool:
    """A share that no count among the cases gives, and that would be one as a fraction: .45 of 100 cases."""
    if row.percent or row.value is None or row.denominator is None or row.numerator is not None:
        return False
    return not _is_share(row.value, row.denominator) and _is_share(row.value * 100, row.denominator)


def _is_share(percent: Decimal, cases: Decimal) -> bool:
    if not 0 <= percent <= 100:
        return False
    rounding = Decimal(5).scaleb(percent.as_tuple().exponent - 1) if percent % 1 else Decimal("0.5")  # type: ignore[operator]
    count = percent * cases / 100
    return abs(count - round(count)) <= rounding * cases / 100


def _impossible(reading: flow.NewReading, metric: query.MetricRow) -> str:
    """Why no such measurement can be, or ""."""
    count, cases = reading.numerator, reading.denominator
    if metric.measure is Measure.SHARE:
        if count is not None and cases is not None and count > cases:
            return _("more counted than there are cases")
        if reading.value is not None and not 0 <= reading.value <= 100:
            return _("a share lies between 0 and 100 percent")
    if not flow.follows_from_counts(reading, metric.measure, metric.per):
        return _("the value does not follow from the count and the cases")
    if reading.value is not None and reading.value < 0 and never_negative(metric.measure, metric.unit):
        return _("less than nothing")
    return ""


def _handed_in(row: reader.Reading, metric: query.MetricRow) -> flow.NewReading:
    """A row as it would be recorded; where values are read as they stand, a count is the value."""
    value, numerator = _float(row.value), _float(row.numerator)
    if metric.measure is Measure.VALUE:
        value, numerator = (numerator if value is None else value), None
    reading = flow.NewReading(row.on, value, _float(row.denominator), row.note, row.arm, row.unit, numerator)
    return flow.completed(reading, metric.measure, metric.per)


def _float(number: Decimal | None) -> float | None:
    return None if number is None else float(number)


def as_text(readings: Iterable[flow.NewReading]) -> str:
    """The rows as the preview's form carries them to the confirmation."""
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(("date", "value", "counted", "denominator", "arm", "unit", "note"))
    for reading in readings:
        numbers = ("" if number is None else repr(number) for number in reading.numbers)
        writer.writerow(
            (reading.taken_on.isoformat(), *numbers, reading.arm.value, reading.unit, reading.note)
        )
    return page.getvalue()


def _meanings() -> dict[str, str]:
    """What a column of the file was read as."""
    return {
        "date": _("the day"),
        "value": _("the value"),
        "numerator": _("the count"),
        "denominator": _("the number of cases"),
        "arm": _("whose reading it is"),
        "unit": _("the site, agency or case"),
        "note": _("the note"),
        "metric": _("the metric"),
    }


def _without_contradictions(checked: Checked, recorded: set[flow.Key]) -> Checked:
    """Periods said to be without cases that have a reading are refused: it would be lost."""
    wrong = [reading for reading in checked.empty if reading.key in recorded]
    why = _("0 cases, but a reading is recorded for this day. Correct that reading instead.")
    refused = (
        reader.RefusedReading(0, (reading.taken_on.isoformat(), "0", "0"), (why,)) for reading in wrong
    )
    kept = tuple(reading for reading in checked.empty if reading not in wrong)
    return replace(checked, empty=kept, refused=(*checked.refused, *refused))


def _preview_page(record: RecordHead, metric: query.MetricRow, checked: Checked, form: ConfirmForm) -> str:
    current = [flow.NewReading(**asdict(row)) for row in query.current_values(db.session(), metric.id)]
    checked = _without_contradictions(checked, {reading.key for reading in current})
    comparison = flow.compare(current, checked.readings)
    form.rows.data = as_text((*checked.readings, *checked.empty))
    reported = {(row.taken_on, row.arm, row.unit) for row in query.empty_periods(db.session(), metric.id)}
    empty = [reading for reading in checked.empty if reading.key not in reported]
    count = len(comparison.new) + len(empty)
    return render_record(
        "pages/pilots/readings_preview.html",
        record,
        metric=metric,
        form=form,
        checked=checked,
        comparison=comparison,
        meanings=_meanings(),
        empty=empty,
        button_words=ngettext("Record %(num)s reading", "Record %(num)s readings", count)
        if count
        else _("Correct the recorded values"),
    )
