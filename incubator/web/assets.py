"""Static files that browsers may keep for a year, and the typeface taken from its package."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from importlib import resources
from io import BytesIO
from pathlib import Path

from flask import Flask, Response, abort, current_app, request, send_file, url_for

FONT_PACKAGE = "fontpkg_public_sans"
FONT_FILE = "PublicSans[wght].ttf"
A_YEAR = 31_536_000


def register_assets(app: Flask) -> None:
    """Adds the templates' `asset(path)` and `font_url()`, the font's route, and long caching of stamped files."""
    app.jinja_env.globals["asset"] = _asset_url(app)
    app.jinja_env.globals["font_url"] = font_url
    app.add_url_rule("/assets/fonts/public-sans.woff2", endpoint="public_sans", view_func=public_sans)
    app.after_request(_keep_stamped_files)


def _asset_url(app: Flask) -> Callable[[str], str]:
    """One stamp for the whole folder: modules and style sheets name each other, so they change together."""
    folder = Path(app.static_folder or "")
    stamp = cache(lambda: _stamp(folder))
    addresses: dict[tuple[str, str], str] = {}

    def asset(path: str) -> str:
        if app.debug:
            return url_for("static", filename=path, v=_stamp(folder))
        key = (request.script_root, path)
        if key not in addresses:
            addresses[key] = url_for("static", filename=path, v=stamp())
        return addresses[key]

    return asset


def _stamp(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            digest.update(file.relative_to(folder).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _keep_stamped_files(response: Response) -> Response:
    if request.endpoint == "static" and "v" in request.args and response.status_code == 200:
        response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    return response


def font_url() -> str | None:
    """Where Public Sans is served, or None when its package is missing and pages use the system's typeface."""
    return url_for("public_sans") if _font_source() else None


def public_sans() -> Response:
    """The variable font as WOFF2, or 404 when it cannot be had; pages then use the system's typeface."""
    try:
        content = _woff2(str(current_app.instance_path))
    except (OSError, ImportError, ValueError) as fault:
        current_app.logger.warning("Public Sans cannot be served: %s", fault)
        abort(404)
    response = send_file(
        BytesIO(content), mimetype="font/woff2", etag=hashlib.sha256(content).hexdigest()[:16]
    )
    response.headers["Cache-Control"] = f"public, max-age={A_YEAR}"
    response.make_conditional(request)
    return response


@cache
def _font_source() -> Path | None:
    try:
        file = Path(str(resources.files(FONT_PACKAGE))) / "files" / FONT_FILE
    except ModuleNotFoundError:
        return None
    return file if file.is_file() else None


@cache
def _woff2(instance: str) -> bytes:
    source = _font_source()
    if source is None:
        raise FileNotFoundError(f"{FONT_PACKAGE} is not installed")
    original = source.read_bytes()
    kept = Path(instance) / "fonts" / f"public-sans-{hashlib.sha256(original).hexdigest()[:12]}.woff2"
    if kept.is_file() and (content := kept.read_bytes())[:4] == b"wOF2":
        return content
    content = _compress(original)
    _keep(content, kept)
    return content


def _compress(original: bytes) -> bytes:
    from fontTools.ttLib import TTFont

    # Without the timestamp every worker makes the same bytes, and so the same ETag.
    font = TTFont(BytesIO(original), recalcTimestamp=False)
    font.flavor = "woff2"
    packed = BytesIO()
    font.save(packed)
    return packed.getvalue()


def _keep(content: bytes, kept: Path) -> None:
    """Written beside and moved, so that two workers never read half a file; a full or read-only disk is no fault."""
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=kept.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(kept)
    except OSError as fault:
        current_app.logger.info("The font is kept in memory only: %s", fault)
