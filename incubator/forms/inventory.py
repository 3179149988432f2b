"""Forms of the imports: the file, and what its columns mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectChoice, SelectField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from incubator.forms.typed import LineField

DROP = "drop"
NEW_AGENCY = "+"


class UploadForm(FlaskForm):
    file = FileField(_l("File"), [FileRequired(_l("Choose a file."))])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most = current_app.config["SETTINGS"].import_megabytes
        self.file.description = _("CSV, XLSX or XLS, up to %(most)s MB.", most=most)


class TableForm(FlaskForm):
    """Which sheet of a workbook holds the table, and which of its rows names the columns."""

    sheet = SelectField(_l("Sheet"))
    header_row = SelectField(_l("Row with the column names"))
    more = SelectMultipleField(
        _l("Other sheets to import"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


class ColumnsForm(FlaskForm):
    """What the columns of one file mean; see `columns_form`."""

    agency_name = LineField(
        _l("Agency of the whole file"),
        limit=200,
        description=_l(
            "For a file without a column for the agency, and for cells in that column that are blank."
        ),
    )


def columns_form(
    headers: Sequence[str],
    meanings: Sequence[tuple[str, Any]],
    stage_words: Iterable[str],
    stages: Sequence[tuple[str, Any]],
    date_headers: Sequence[str],
) -> type[ColumnsForm]:
    """A form with `column_0` … for the headers, `word_0` … for the stage words that are not known and `order_0` …
    for the columns of dates in figures."""
    fields: dict[str, Any] = {}
    for place, header in enumerate(date_headers):
        fields[f"order_{place}"] = SelectField(
            header,
            choices=[
                SelectChoice("", _l("Choose")),
                SelectChoice("mdy", _l("Month, day, year")),
                SelectChoice("dmy", _l("Day, month, year")),
            ],
        )
    for place, header in enumerate(headers):
        fields[f"column_{place}"] = SelectField(
            header,
            choices=[SelectChoice("", _l("Keep it, but use it for nothing"))]
            + [SelectChoice(value, label) for value, label in meanings]
            + [SelectChoice(DROP, _l("Do not keep it (contact address)"))],
        )
    for place, word in enumerate(stage_words):
        fields[f"word_{place}"] = SelectField(
            word,
            choices=[SelectChoice("", _l("No stage; it stands under Idea"))]
            + [SelectChoice(value, label) for value, label in stages],
        )
    return type("FileColumnsForm", (ColumnsForm,), fields)


class AgenciesForm(FlaskForm):
    """Which agency is meant by each name in a file; see `agencies_form`."""


def agencies_form(names: Sequence[str], known: Sequence[tuple[str, str]]) -> type[AgenciesForm]:
    """A form with `agency_0` … for the names (a code here, or NEW) and `code_0` … for the codes of new agencies."""
    fields: dict[str, Any] = {}
    for place, name in enumerate(names):
        fields[f"agency_{place}"] = SelectField(
            name,
            choices=[SelectChoice("", _l("Choose")), SelectChoice(NEW_AGENCY, _l("Create a new agency"))]
            + [SelectChoice(code, f"{code} · {label}") for code, label in known],
        )
        fields[f"code_{place}"] = LineField(_l("Code, if it is new"), limit=12)
    return type("FileAgenciesForm", (AgenciesForm,), fields)
