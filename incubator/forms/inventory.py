"""Forms of the imports: the file, and what its columns mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectChoice, SelectField

from incubator.forms.typed import LineField

DROP = "drop"


class UploadForm(FlaskForm):
    file = FileField(
        _l("File"),
        [FileRequired(_l("Choose a file."))],
        description=_l("CSV, XLSX or XLS, up to 50 MB."),
    )


class ColumnsForm(FlaskForm):
    """What the columns of one file mean; see `columns_form`."""

    agency_name = LineField(
        _l("Agency of the whole file"),
        limit=200,
        description=_l("Only when no column names the agency, or for cells that are blank."),
    )
    agency_code = LineField(_l("Its short name"), limit=12)


def columns_form(
    headers: Sequence[str],
    meanings: Sequence[tuple[str, Any]],
    stage_words: Mapping[str, int],
    stages: Sequence[tuple[str, Any]],
) -> type[ColumnsForm]:
    """A form with `column_0` … for the headers and `word_0` … for the stage words that are not known."""
    fields: dict[str, Any] = {}
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
