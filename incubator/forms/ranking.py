"""The form with which a draw is held."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from incubator.forms.typed import LineField, Needed, PlainTextField


class DrawForm(FlaskForm):
    seed = LineField(
        _l("Seed"),
        [Needed(_l("Enter the seed that was agreed on"))],
        limit=200,
        description=_l(
            "Something nobody here could choose with the result in mind, named before it was known: for example the "
            "winning numbers of a public lottery on a day agreed on."
        ),
    )
    reason = PlainTextField(
        _l("Why the panel draws, and where the seed comes from"),
        [Needed(_l("Write why the panel draws, and where the seed comes from"))],
        limit=2_000,
        description=_l("It is kept with the draw, and everybody who sees the ranking reads it."),
    )
