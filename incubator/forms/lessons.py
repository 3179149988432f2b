"""Forms of a close-out and of taking up a lesson."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from incubator.domain.lessons import OFFERED_TAGS
from incubator.domain.scaling import CLOSE_OUT_PARTS
from incubator.forms.pilots import VersionField
from incubator.forms.typed import LineField, Needed, PlainTextField

LIMIT = 6_000


class Boxes(SelectMultipleField):
    """Several of the answers offered, as boxes; what was not offered is left out."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = [tag for tag in OFFERED_TAGS if tag in valuelist]


class CloseOutBase(FlaskForm):
    """The parts are added by `close_out_form`, one field for each of CLOSE_OUT_PARTS."""

    offered_tags = Boxes(
        _l("Tags"),
        choices=[SelectChoice(tag, _l(tag)) for tag in OFFERED_TAGS],
        description=_l("Others find the lesson by them."),
    )
    own_tags = LineField(_l("Other tags"), limit=400, description=_l("Parted by commas."))
    version = VersionField(default=0)


def close_out_form(**kwargs: Any) -> CloseOutBase:
    fields = {name: PlainTextField(_l(words), limit=LIMIT) for name, words in CLOSE_OUT_PARTS.items()}
    kind: type[CloseOutBase] = type("CloseOutForm", (CloseOutBase,), fields)
    return kind(**kwargs)


class UseForm(FlaskForm):
    note = PlainTextField(
        _l("What do you take from it?"),
        [Needed(_l("Write what you take from it"))],
        limit=2_000,
        description=_l("What you do differently because of it. Both records show it."),
    )
