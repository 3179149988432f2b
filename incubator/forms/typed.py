"""Fields that read what people type for text, amounts, numbers and days, and show it again as typed.

`data` is the value understood, or None when nothing was typed or it was not understood; then the
field has an error and shows what was typed.
"""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import ValidationError
from wtforms.widgets import TextArea

from incubator.domain.clock import MIDNIGHT, parse_time, typed_time
from incubator.domain.input import (
    InputError,
    Precision,
    parse_date,
    parse_money,
    parse_number,
    parse_partial_date,
)

BREAKS = str.maketrans(dict.fromkeys("\r\x0b\x0c\x85\u2028\u2029", "\n"))
"""What pages and spreadsheets do not know as the end of a line."""
NONCHARACTERS = "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
UNKEPT = re.compile(f"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{NONCHARACTERS}]")
"""What a database refuses, or no page, spreadsheet or drawing may hold."""


class PlainTextField(StringField):
    """Text of at most `limit` characters. A NUL or another character that cannot be kept is taken out
    with a message; line ends become plain line feeds."""

    widget = TextArea()

    def __init__(self, *args: Any, limit: int = 20_000, counted: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limit = limit
        self.held_unkept = False
        if counted and isinstance(self.widget, TextArea):
            self.render_kw = {**(kwargs.get("render_kw") or {}), "data-max": limit}

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0] if valuelist else ""
        text = text.replace("\r\n", "\n").translate(BREAKS)
        self.held_unkept = UNKEPT.search(text) is not None
        self.data = self.cleaned(UNKEPT.sub("", text))

    def cleaned(self, text: str) -> str:
        return text.strip("\n").rstrip()

    def pre_validate(self, form: Any) -> None:
        if self.held_unkept:
            raise ValidationError(
                _(
                    "The text held a character that cannot be kept. We took it out: check the text and save again."
                )
            )
        if len(self.data or "") > self.limit:
            raise ValidationError(
                _(
                    "This is %(over)s characters too long: at most %(limit)s. Your text is still here; shorten it, or attach it as a file.",
                    over=f"{len(self.data) - self.limit:,}",
                    limit=f"{self.limit:,}",
                )
            )


class LineField(PlainTextField):
    """One line of text; line breaks become spaces."""

    widget = StringField.widget

    def cleaned(self, text: str) -> str:
        return " ".join(text.split())


class TypedField(StringField):
    """A value with a notation. Subclasses say how it is read and shown."""

    def read(self, text: str) -> Any:
        raise NotImplementedError

    def show(self, value: Any) -> str:
        return str(value)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = UNKEPT.sub("", valuelist[0] if valuelist else "")
        self.typed = text
        self.data = None
        if not text.strip():
            return
        try:
            self.data = self.read(text)
        except InputError as error:
            message = _(error.template, **error.values) if error.values else _(error.template)
            raise ValueError(message) from error

    def _value(self) -> str:
        if self.raw_data is not None:
            return getattr(self, "typed", "")
        return "" if self.data is None else self.show(self.data)


class MoneyField(TypedField):
    """Dollars as typed; `data` in whole cents, never negative."""

    def read(self, text: str) -> int:
        return parse_money(text)

    def show(self, value: int) -> str:
        dollars, cents = divmod(value, 100)
        return f"{dollars:,}.{cents:02}" if cents else f"{dollars:,}"


class NumberField(TypedField):
    """A number that is not negative; `data` an int where it is whole, else a float."""

    def read(self, text: str) -> int | float:
        value = parse_number(text, allow_negative=False)
        return int(value) if value == value.to_integral_value() else float(value)

    def show(self, value: float) -> str:
        return f"{value:,.0f}" if value == int(value) else f"{Decimal(str(value)):,f}"


class WholeField(TypedField):
    """A whole number that is not negative."""

    def read(self, text: str) -> int:
        value = parse_number(text, allow_negative=False)
        if value != value.to_integral_value() or "%" in text or "$" in text:
            raise InputError("Enter a whole number.")
        return int(value)

    def show(self, value: int) -> str:
        return f"{value:,}"


class DayField(TypedField):
    """A calendar day."""

    def read(self, text: str) -> date:
        return parse_date(text)

    def show(self, value: date) -> str:
        return f"{value:%B} {value.day}, {value.year}"


class PartialDayField(TypedField):
    """A day or only a month; `data` is ISO text, 2027-03-15 or 2027-03."""

    def read(self, text: str) -> str:
        day, precision = parse_partial_date(text)
        return day.isoformat() if precision is Precision.DAY else day.isoformat()[:7]

    def show(self, value: str) -> str:
        return self.written(value)

    @staticmethod
    def written(value: str) -> str:
        """March 15, 2027 or March 2027; what is no ISO day reads as it is."""
        parts = value.split("-")
        try:
            day = date(int(parts[0]), int(parts[1]), int(parts[2]) if len(parts) > 2 else 1)
        except (ValueError, IndexError):
            return value
        return f"{day:%B} {day.day}, {day.year}" if len(parts) > 2 else f"{day:%B} {day.year}"


class TimeField(TypedField):
    """A time of day."""

    def read(self, text: str) -> time:
        return parse_time(text)

    def show(self, value: time) -> str:
        return typed_time(value)


class ClosingTimeField(TimeField):
    """A time of day at which something closes: midnight is the end of the day."""

    def show(self, value: time) -> str:
        return "midnight" if value == MIDNIGHT else typed_time(value)


class ChoiceField(SelectField):
    """One of several (value, label) pairs, given as `options`."""

    def __init__(self, *args: Any, options: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = list(options)


class YesNoField(RadioField):
    """Yes or no; `data` True, False, or None when neither was chosen."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, coerce=_yes_no, validate_choice=False, **kwargs)
        self.choices = [("yes", _l("Yes")), ("no", _l("No"))]


def _yes_no(value: Any) -> bool | None:
    return {"yes": True, "no": False, True: True, False: False}.get(value)


class Needed:
    """Marks a field as needed; a blank answer is refused when the form is handed in as complete.

    `only_if` names a yes/no field that must be yes for it to be needed.
    """

    def __init__(self, message: Any = None, *, only_if: str = "") -> None:
        self.message = message
        self.only_if = only_if
        self.field_flags = {} if only_if else {"required": True}

    def __call__(self, form: Any, field: Any) -> None:
        if not getattr(form, "completing", True):
            return
        if self.only_if and form._fields[self.only_if].data is not True:
            return
        if field.data in (None, "", []) and not field.errors:
            raise ValidationError(self.message or _("Answer this question"))
