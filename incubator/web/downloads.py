"""Files that somebody uploaded: always handed out as downloads, whatever they hold."""

from __future__ import annotations

from flask import Response, current_app, send_file

from incubator.domain.attachments import clean_name
from incubator.flows.attachment_store import open_kept

DOWNLOAD_POLICY = "sandbox; default-src 'none'"


def handed_out(key: str, name: str, media_type: str, size: int) -> Response:
    """The bytes of a key: never shown by the browser within this site. NotFound when there are none."""
    response = send_file(
        open_kept(current_app.config["SETTINGS"].attachments, key),
        mimetype=media_type,
        as_attachment=True,
        download_name=clean_name(name),
        etag=False,
        max_age=0,
    )
    response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    response.content_length = size
    return response
