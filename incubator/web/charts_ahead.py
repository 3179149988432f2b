"""Drawing the charts of the first page and the statistics before somebody asks for them.

The worker does it: it has the time, and a chart costs some hundred milliseconds to draw and nothing to
fetch. Charts are kept by their content, so whoever sees the same figures gets the same drawing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Flask, g

from incubator.domain.roles import Actor, Grant, Role
from incubator.extensions import db
from incubator.queries.portfolio import Filters
from incubator.queries.statistics import gather
from incubator.web.charts import inline_svg
from incubator.web.portfolio_charts import CHARTS, chart

CHARTS_AHEAD = "incubator.charts_ahead"
"""Where the application keeps `draw_ahead`, so that the worker finds it without knowing of pages."""

DrawAhead = Callable[[Flask, datetime], int]


def draw_ahead(app: Flask, moment: datetime) -> int:
    """Draw what leadership sees of everything, for wide and narrow screens; how many drawings are there now."""
    leadership = Actor(person_id=None, name="", grants=(Grant(Role.LEADERSHIP),))
    with app.app_context():
        # Words outside a request have no reader; leadership reads the staff's.
        g.reads_as_staff = True
        figures = gather(db.session(), leadership, Filters(), moment)
        drawings = [
            inline_svg(chart(figures, name), narrow=narrow) for name in CHARTS for narrow in (False, True)
        ]
    return len(drawings)


def register_charts_ahead(app: Flask) -> None:
    app.extensions[CHARTS_AHEAD] = draw_ahead
