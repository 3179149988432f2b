"""The look shared by all charts. Importing this module loads matplotlib, so only drawing code does."""

import logging
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.textpath import text_to_path

from incubator.charts.fonts import FAMILY, static_fonts

INK = "#1b1b1b"
MUTED = "#565c65"
GRID = "#dfe1e2"
AXIS = "#a9aeb1"
SURFACE = "#ffffff"
PALE = "#f0f0f0"
BLUE = "#005ea2"
ORANGE = "#c05600"
ROUTINE = "#71767a"
NAVY = "#162e51"
BAND = "#d9e8f6"
BAND2 = "#f4e3db"
CATEGORIES = (BLUE, "#e66f0e", "#00a871", "#967efb", "#822133")
CATEGORY_MARKERS = ("o", "s", "D", "^", "v")

# Text on a colored fill keeps its color in the dark, so these are in no variable.
ON_DARK = "#fffffe"
ON_LIGHT = "#1b1b1c"
LIKERT = ("#8c471c", "#fca85d", "#dfe1e3", "#73b3e7", "#005ea3")
LIKERT_TEXT = (ON_DARK, ON_LIGHT, ON_LIGHT, ON_LIGHT, ON_DARK)

# The weaker fills carry one ink, the stronger ones the other; both schemes run from near the surface away from it.
HEAT = ("#eaf3fb", "#cbe1f6", "#94c3ec", "#2a74b8", "#163f78")
HEAT_TEXT = ("#1b1b1d",) * 3 + ("#fffffd",) * 2

VARIABLES = {
    INK: "--c-ink",
    MUTED: "--c-muted",
    GRID: "--c-grid",
    AXIS: "--c-axis",
    SURFACE: "--c-surface",
    PALE: "--c-pale",
    BLUE: "--c-blue",
    ORANGE: "--c-orange",
    ROUTINE: "--c-routine",
    NAVY: "--c-navy",
    BAND: "--c-band",
    BAND2: "--c-band2",
    CATEGORIES[1]: "--c-cat2",
    CATEGORIES[2]: "--c-cat3",
    CATEGORIES[3]: "--c-cat4",
    CATEGORIES[4]: "--c-cat5",
    **{fill: f"--c-heat{step}" for step, fill in enumerate(HEAT, start=1)},
    HEAT_TEXT[0]: "--c-on-weak",
    HEAT_TEXT[-1]: "--c-on-strong",
}

# Drawn at 72 dots per inch, one unit is one CSS pixel at the width a chart is made for.
UNITS_PER_INCH = 72
WIDE, NARROW = 760, 340
SIZE, SMALL = 14.0, 13.0

LOCK = threading.RLock()
"""Held while anything is drawn: matplotlib's settings and font cache belong to the whole process."""

_LAST_RESORT = "Last Resort High-Efficiency"
_SETTINGS: dict[str, Any] = {
    "font.size": SIZE,
    "text.parse_math": False,
    "text.usetex": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "incubator",
    "svg.id": None,
    "path.simplify": False,
    "figure.dpi": UNITS_PER_INCH,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "lines.solid_capstyle": "butt",
    "lines.dash_capstyle": "butt",
}
_prepared = False


def prepare(font_folder: Path) -> None:
    """Set the process's matplotlib once: own settings, Public Sans from `font_folder`, a box for any other sign."""
    global _prepared
    with LOCK:
        if _prepared:
            return
        families = ["DejaVu Sans"]
        # Missing weights of the fallback family are expected and no news to an operator.
        logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
        paths = static_fonts(font_folder)
        for path in paths:
            font_manager.fontManager.addfont(str(path))
        if paths:
            families.insert(0, FAMILY)
        # Named as an ordinary family, the font that has a box for every sign replaces a warning per sign.
        boxes = Path(mpl.get_data_path()) / "fonts" / "ttf" / "LastResortHE-Regular.ttf"
        font_manager.fontManager.addfont(str(boxes))
        settings: Any = {**_SETTINGS, "font.family": [*families, _LAST_RESORT]}
        mpl.rcParams.update(settings)
        _prepared = True


@lru_cache(8192)
def text_width(text: str, size: float = SIZE, weight: int = 400) -> float:
    """Width of one line in units."""
    if not text:
        return 0.0
    font = font_manager.FontProperties(family=mpl.rcParams["font.family"], size=size, weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, False)
    return float(width)


def fit(text: str, width: float, size: float = SIZE, weight: int = 400) -> str:
    """The text, or as much of it as fits the width with an ellipsis. A room as wide as the text itself, less what
    sums of fractions lose, holds it."""
    if text_width(text, size, weight) <= width + 0.01:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if text_width(text[:middle].rstrip() + "…", size, weight) <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…"


def wrap(text: str, width: float, lines: int, size: float = SIZE, weight: int = 400) -> list[str]:
    """The text in at most so many lines; what does not fit is cut with an ellipsis."""
    done: list[str] = []
    words = text.split(" ")
    while words:
        if len(done) == lines - 1:
            return [*done, fit(" ".join(words), width, size, weight)]
        taken = 1
        while taken < len(words) and text_width(" ".join(words[: taken + 1]), size, weight) <= width:
            taken += 1
        done.append(fit(" ".join(words[:taken]), width, size, weight))
        words = words[taken:]
    return done
