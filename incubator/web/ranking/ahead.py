"""Drawing the charts of a call's scores before somebody asks for them, when they were just worked out."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, g

from incubator.database import reading
from incubator.extensions import db
from incubator.queries.ranking import standing_without
from incubator.queries.score_sheets import terms_of
from incubator.web.charts import inline_svg
from incubator.web.ranking.figures import page_charts
from incubator.web.ranking.rows import rows_of

RANKING_AHEAD = "incubator.ranking_ahead"
"""Where the application keeps `draw_ranking`, so that the worker finds it without knowing of pages."""

DrawRanking = Callable[[Flask, int], int]


def draw_ranking(app: Flask, call_id: int) -> int:
    """Draw what those see from whom nothing is kept back, for wide and narrow screens; how many drawings."""
    with app.app_context():
        g.reads_as_staff = True
        with reading():
            found = standing_without(db.session(), terms_of(db.session(), call_id), ()).found
            db.session.rollback()
        if found is None:
            return 0
        charts = page_charts(found, rows_of(found)).values()
        return len([inline_svg(chart, narrow=narrow) for chart in charts for narrow in (False, True)])


def register_ranking_ahead(app: Flask) -> None:
    app.extensions[RANKING_AHEAD] = draw_ranking
