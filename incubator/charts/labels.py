"""Labels that stand beside what they name and keep out of each other's way."""

from collections.abc import Sequence

from incubator.charts import theme
from incubator.charts.sheet import Sheet

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def touch(a: Box, b: Box) -> bool:
    return a[0] < b[2] and a[2] > b[0] and a[1] < b[3] and a[3] > b[1]


def beside(
    sheet: Sheet,
    text: str,
    own: Box,
    taken: list[Box],
    bounds: Box,
    *,
    lines: Sequence[Box] = (),
    color: str = theme.INK,
    weight: int = 400,
) -> bool:
    """Write the text right, left, above, below or at a corner of its own box, where it covers nothing taken.

    `lines` are places to avoid as well if possible. The text's place is added to `taken`. False when no place
    within the bounds is free: nothing is written then.
    """
    wide = theme.text_width(text, theme.SMALL, weight)
    for obstacles in ([*taken, *lines], taken) if lines else (taken,):
        for x, y, align in _spots(own):
            left = x - {"left": 0.0, "center": wide / 2, "right": wide}[align]
            box = (left, y - 8, left + wide, y + 8)
            if _inside(box, bounds) and not any(touch(box, other) for other in obstacles if other is not own):
                # Held by the side that faces its mark, so that a reader's wider font grows away from it.
                sheet.text(x, y, text, size=theme.SMALL, color=color, weight=weight, align=align)
                taken.append(box)
                return True
    return False


def name_beside(sheet: Sheet, name: str, most: float, own: Box, taken: list[Box], bounds: Box) -> None:
    """Write the whole name beside its own box, or no more than `most` of it where there is no room for all."""
    if not beside(sheet, name, own, taken, bounds):
        beside(sheet, theme.fit(name, most, theme.SMALL), own, taken, bounds)


def _spots(own: Box) -> list[tuple[float, float, str]]:
    left, top, right, bottom = own
    x, y = (left + right) / 2, (top + bottom) / 2
    return [
        (right + 4, y, "left"), (left - 4, y, "right"), (x, top - 10, "center"), (x, bottom + 10, "center"),
        (right + 2, top - 4, "left"), (right + 2, bottom + 4, "left"), (left - 2, top - 4, "right"), (left - 2, bottom + 4, "right"),
    ]  # fmt: skip


def _inside(box: Box, bounds: Box) -> bool:
    return box[0] >= bounds[0] and box[1] >= bounds[1] and box[2] <= bounds[2] and box[3] <= bounds[3]
