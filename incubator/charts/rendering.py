"""From a chart's data to bytes. matplotlib is imported on the first call, not before."""

import io
import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from incubator.charts.chart import KINDS, Chart, Kind, digest

_PNG_DPI = 144
_PNG_MARGIN = 1 / 6
"""Inches of white around a picture that stands alone."""
_TITLE_LINE = 19.0
_scratch: tempfile.TemporaryDirectory[str] | None = None


def render(chart: Chart, kind: Kind = "svg", narrow: bool = False, *, fonts: Path | None = None) -> bytes:
    """Draw the chart.

    `svg` is for putting inside a page: its colors are CSS variables with the light color behind them.
    `svg-file` stands alone with plain colors (download, PDF). `png` is light, on white, two dots a pixel.
    `narrow` draws for 340 instead of 760 pixels. `fonts` is the folder of the cut fonts; without one they
    are cut for this process only. ValueError for another kind.
    """
    if kind not in KINDS:
        raise ValueError(f"a chart can be {', '.join(KINDS)}, not {kind!r}")
    theme = load(fonts)
    with theme.LOCK:
        figure = _figure(chart, narrow)
        return _png(figure, chart, theme) if kind == "png" else _svg(figure, chart, narrow, kind, theme)


def load(fonts: Path | None = None) -> Any:
    """Import matplotlib and set the theme, once; the theme module."""
    if fonts is not None and "matplotlib" not in sys.modules:
        # Kept beside our own cache, its font list survives a home folder that is missing or read-only.
        os.environ.setdefault("MPLCONFIGDIR", str(fonts.parent / "matplotlib"))
    theme = import_module("incubator.charts.theme")
    with theme.LOCK:
        theme.prepare(fonts or _own_folder())
    return theme


def _own_folder() -> Path:
    global _scratch
    if _scratch is None:
        _scratch = tempfile.TemporaryDirectory(prefix="incubator-fonts-")
    return Path(_scratch.name)


def _figure(chart: Chart, narrow: bool) -> Any:
    if chart.is_empty:
        return import_module("incubator.charts.sheet").calm(narrow, chart.EMPTY)
    name = type(chart).__module__.rpartition(".")[2]
    return import_module(f"incubator.charts.drawing.{name}").draw(chart, narrow)


def _svg(figure: Any, chart: Chart, narrow: bool, kind: Kind, theme: Any) -> bytes:
    canvas = import_module("matplotlib.backends.backend_svg").FigureCanvasSVG(figure)
    page = io.StringIO()
    canvas.print_svg(page, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    finish = import_module("incubator.charts.svg").finish
    prefix = f"c{digest(chart, narrow, kind)[:12]}"
    variables = theme.VARIABLES if kind == "svg" else None
    done: bytes = finish(page.getvalue(), prefix, chart.title, chart.description, variables)
    return done


def _png(figure: Any, chart: Chart, theme: Any) -> bytes:
    """The drawing below its title: a picture that travels alone says what it shows."""
    import_module("matplotlib.backends.backend_agg").FigureCanvasAgg(figure)
    wide, high = figure.get_size_inches()
    edge = _PNG_MARGIN
    unit = theme.UNITS_PER_INCH
    lines = theme.wrap(chart.title, wide * unit, 3, theme.SIZE, 700)
    for place, line in enumerate(lines):
        below = (len(lines) - place - 1) * _TITLE_LINE + 10
        figure.text(0, 1 + below / (high * unit), line, fontsize=theme.SIZE, fontweight=700, color=theme.INK)
    top = high + edge + (len(lines) * _TITLE_LINE + 8) / unit
    frame = import_module("matplotlib.transforms").Bbox.from_extents(-edge, -edge, wide + edge, top)
    page = io.BytesIO()
    figure.savefig(
        page, format="png", dpi=_PNG_DPI, facecolor="white", bbox_inches=frame, metadata={"Software": None}
    )
    return page.getvalue()
