"""Typed text holds only what every database, page and spreadsheet can hold."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from incubator.forms.typed import DayField, LineField, MoneyField, PlainTextField


class Sample(Form):
    story = PlainTextField(limit=50)
    title = LineField(limit=50)
    cost = MoneyField()
    day = DayField()


@pytest.mark.parametrize("unkept", ["\x00", "\x07", "\x1b", "\x7f", "\x80", "\ud83d", "\ufffe", "\U0010ffff"])
def test_what_cannot_be_kept_is_taken_out_with_a_message(app, unkept):
    with app.test_request_context():
        form = Sample(
            MultiDict({"story": f"before{unkept}after", "title": f"a{unkept}b", "cost": f"1{unkept}x"})
        )
        assert not form.validate()
        assert (form.story.data, form.title.data) == ("beforeafter", "ab")
        assert "cannot be kept" in form.story.errors[0]
        assert unkept not in str(form.story()) + str(form.title()) + str(form.cost())


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_every_end_of_a_line_is_one(app, end):
    with app.test_request_context():
        form = Sample(MultiDict({"story": f"one{end}two", "title": f"one{end}two"}))
        assert form.validate(), form.errors
        assert (form.story.data, form.title.data) == ("one\ntwo", "one two")


def test_every_script_and_sign_is_kept(app):
    text = "👩‍👩‍👧‍👦 مرحبا\tﷺ \ufeff e\u0301 \U0001f3f4"
    with app.test_request_context():
        form = Sample(MultiDict({"story": text}))
        assert form.validate()
        assert form.story.data == text
