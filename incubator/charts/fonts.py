"""Public Sans for charts: static weights cut once from the variable font, kept in a folder."""

import logging
import os
import tempfile
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

WEIGHTS = (400, 600, 700)
FAMILY = "Public Sans"

log = logging.getLogger(__name__)


def static_fonts(folder: Path) -> list[Path]:
    """Paths of the cut weights in `folder`, made where missing or damaged.

    An empty list, with a line in the log, when the font package or a place to write is missing: charts
    then use DejaVu Sans.
    """
    paths = []
    for weight in WEIGHTS:
        try:
            path = folder / f"{_stem()}-{weight}.ttf"
            if not _whole(path):
                _cut(weight, path)
            paths.append(path)
        # Whatever is wrong with a font must never cost a page its chart.
        except Exception:
            log.warning("Public Sans %s could not be prepared; charts use DejaVu Sans", weight, exc_info=True)
            return []
    return paths


def _stem() -> str:
    return f"PublicSans-{version('fontpkg-public-sans')}"


def _whole(path: Path) -> bool:
    """True for a font whose every table has the check sum its directory states."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(path, lazy=True, checkChecksums=2) as font:
            for tag in font.keys():  # noqa: SIM118 - the reader is not a dict
                if tag != "GlyphOrder":
                    font.reader[tag]
    except (OSError, TTLibError, AssertionError, KeyError, ValueError):
        return False
    return True


def _cut(weight: int, path: Path) -> None:
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    root: Path = import_module("fontpkg_public_sans").ROOT
    with TTFont(root / "files" / "PublicSans[wght].ttf", recalcTimestamp=False) as font:
        instantiateVariableFont(font, {"wght": weight}, inplace=True, updateFontNames=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        os.close(handle)
        try:
            font.save(name)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
