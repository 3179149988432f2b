"""Every pair of colors that meets on a page is far enough apart, in both schemes (WCAG 2.2, 1.4.3 and 1.4.11)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import tinycss2

CSS = Path(__file__).resolve().parents[2] / "static" / "css"

TEXT = 4.5
SHAPE = 3.0

# (what is read or seen, what lies behind it)
TEXT_PAIRS = [
    *[("ink", behind) for behind in ("surface", "raised", "sunk", "primary-pale", "error-pale", "success-pale")],
    *[("ink", behind) for behind in ("warning-pale", "info-pale", "changed")],
    *[("muted", behind) for behind in ("surface", "raised", "sunk")],
    *[("link", behind) for behind in ("surface", "raised", "sunk", "success-pale", "warning-pale", "error-pale", "info-pale")],
    *[("visited", behind) for behind in ("surface", "raised", "sunk", "success-pale", "warning-pale", "error-pale", "info-pale")],
    *[("primary", behind) for behind in ("surface", "sunk")],
    *[("primary-dark", behind) for behind in ("surface", "sunk", "primary-pale")],
    ("primary-darker", "surface"),
    ("surface", "primary-darker"),
    ("on-primary", "primary"),
    ("on-primary", "primary-dark"),
    ("on-header", "header"),
    ("error", "surface"),
    ("error", "error-pale"),
    ("surface", "error"),
    ("surface", "ink"),
    ("success", "success-pale"),
    *[(f"c-{ink}", "c-surface") for ink in ("ink", "muted", "blue", "orange", "navy", "cat5")],
    *[(f"c-{ink}", "c-pale") for ink in ("ink", "muted", "blue")],
    ("c-ink", "c-band"),
    ("c-ink", "c-band2"),
    *[("c-on-weak", f"c-heat{step}") for step in (1, 2, 3)],
    *[("c-on-strong", f"c-heat{step}") for step in (4, 5)],
]  # fmt: skip

SHAPE_PAIRS = [
    *[("line-strong", behind) for behind in ("surface", "raised")],
    *[("focus", behind) for behind in ("surface", "raised")],
    *[
        ("focus-on-tint", behind)
        for behind in ("sunk", "info-pale", "success-pale", "warning-pale", "error-pale")
    ],
    ("focus-on-header", "header"),
    ("success-mark", "surface"),
    ("info-mark", "surface"),
    ("error", "surface"),
    ("primary", "surface"),
    ("primary-darker", "surface"),
    *[(f"c-{mark}", "c-surface") for mark in ("routine", "cat1", "cat2", "cat3", "cat4", "cat5")],
    *[(f"c-{mark}", "c-band") for mark in ("routine", "blue", "orange", "navy")],
    *[(f"c-{mark}", "c-pale") for mark in ("routine", "blue", "orange", "navy")],
]


def tokens() -> dict[str, dict[str, str]]:
    """Color tokens of both schemes; the dark one is laid over the light one as the browser does."""
    light: dict[str, str] = {}
    dark: dict[str, str] = {}
    sheet = tinycss2.parse_stylesheet(
        (CSS / "tokens.css").read_text(), skip_comments=True, skip_whitespace=True
    )
    for rule in sheet:
        if rule.type == "qualified-rule":
            light |= _colours(rule.content)
        elif rule.type == "at-rule" and "dark" in tinycss2.serialize(rule.prelude):
            for inner in tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True):
                dark |= _colours(inner.content)
    return {"light": light, "dark": light | dark}


def _colours(content: list[object]) -> dict[str, str]:
    found: dict[str, str] = {}
    for declaration in tinycss2.parse_declaration_list(content, skip_comments=True, skip_whitespace=True):
        value = tinycss2.serialize(declaration.value).strip()
        if declaration.name.startswith("--") and value.startswith("#"):
            found[declaration.name[2:]] = value
    return found


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb as WCAG 2.2 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def cases() -> Iterator[tuple[str, str, str, float]]:
    for scheme in ("light", "dark"):
        for front, behind in TEXT_PAIRS:
            yield scheme, front, behind, TEXT
        for front, behind in SHAPE_PAIRS:
            yield scheme, front, behind, SHAPE


def test_known_contrasts() -> None:
    assert contrast("#000000", "#ffffff") == 21
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54


@pytest.mark.parametrize(("scheme", "front", "behind", "least"), list(cases()))
def test_pair(scheme: str, front: str, behind: str, least: float) -> None:
    colours = tokens()[scheme]
    found = contrast(colours[front], colours[behind])
    assert found >= least, f"{front} {colours[front]} on {behind} {colours[behind]}: {found:.2f}"


def test_both_schemes_name_the_same_colours() -> None:
    both = tokens()
    fixed = {name for name in both["light"] if both["light"][name] == both["dark"][name]}
    assert fixed == set(), f"not chosen for the dark scheme: {sorted(fixed)}"


def test_no_colour_outside_the_tokens() -> None:
    for sheet in sorted(CSS.glob("*.css")):
        if sheet.name == "tokens.css":
            continue
        for rule in tinycss2.parse_stylesheet(sheet.read_text(), skip_comments=True):
            stray = _hashes([rule])
            assert stray == [], f"{sheet.name} uses {stray}"


def _hashes(nodes: list[object]) -> list[str]:
    """Colors written out; an id in a selector is no color, unless it can be read as one."""
    found = []
    for node in nodes:
        if getattr(node, "type", "") == "hash" and re.fullmatch(r"[0-9a-fA-F]{3,8}", node.value):
            found.append(node.value)
        for part in ("prelude", "content", "arguments"):
            found += _hashes(getattr(node, part, None) or [])
    return found


def test_every_token_used_is_named() -> None:
    named = {
        declaration.name
        for rule in tinycss2.parse_stylesheet(
            (CSS / "tokens.css").read_text(), skip_comments=True, skip_whitespace=True
        )
        if rule.type == "qualified-rule"
        for declaration in tinycss2.parse_declaration_list(
            rule.content, skip_comments=True, skip_whitespace=True
        )
    }
    for sheet in sorted(CSS.glob("*.css")):
        used = set(_variables(tinycss2.parse_stylesheet(sheet.read_text(), skip_comments=True)))
        assert used <= named, f"{sheet.name} uses {sorted(used - named)}"


def _variables(nodes: list[object]) -> Iterator[str]:
    for node in nodes:
        if getattr(node, "type", "") == "function" and node.lower_name == "var":
            yield next(part.value for part in node.arguments if part.type == "ident")
        for part in ("content", "arguments"):
            yield from _variables(getattr(node, part, None) or [])
