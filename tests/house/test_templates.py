"""Templates compile, are used, and lead to pages that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
LINK = re.compile(r"url_for\(\s*[\"']([a-z_]+(?:\.[a-z_]+)?)[\"']")
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
NAMED = re.compile(r"[\"']([a-z_]+(?:/[a-z_0-9]+)*\.html)[\"']")


def sources() -> list[tuple[str, str]]:
    files = [*TEMPLATES.rglob("*.html"), *(ROOT / "incubator").rglob("*.py")]
    return [(str(file.relative_to(ROOT)), COMMENT.sub("", file.read_text("utf-8"))) for file in sorted(files)]


def test_every_template_compiles(app):
    names = app.jinja_env.list_templates(filter_func=lambda name: name.endswith(".html"))
    assert len(names) > 30
    with app.app_context():
        for name in names:
            app.jinja_env.get_template(name)


def test_every_template_is_used():
    named = {name for _file, text in sources() for name in NAMED.findall(text)}
    errors = {f"errors/{status}.html" for status in (400, 403, 404, 409, 413, 415, 429, 500, 503, 507)}
    there = {str(file.relative_to(TEMPLATES)) for file in TEMPLATES.rglob("*.html")}
    assert sorted(there - named - errors) == []


def test_every_template_named_exists():
    missing = [
        (file, name)
        for file, text in sources()
        for name in NAMED.findall(text)
        if "/" in name and not (TEMPLATES / name).exists()
    ]
    assert missing == []


def test_every_link_leads_to_a_view(app):
    missing = [
        (file, endpoint)
        for file, text in sources()
        for endpoint in LINK.findall(text)
        if endpoint not in app.view_functions
    ]
    assert missing == []


def test_no_text_is_marked_safe_by_hand():
    """The figures' SVG comes from our own drawing; nothing else may leave the escaping."""
    allowed = {"templates/components/charts.html": 2}
    found = {
        file: count
        for file, text in sources()
        if file.startswith("templates") and (count := len(re.findall(r"\|\s*safe\b", text)))
    }
    assert found == allowed
