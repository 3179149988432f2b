"""A browser an account has signed in from before has its own count of tries: strangers who use up the
account's tries do not keep its owner out."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from datetime import timedelta
from typing import Any

from flask import Response, current_app, request
from itsdangerous import BadData, URLSafeSerializer

from incubator.domain.passwords import email_key
from incubator.domain.throttling import Try

COOKIE = "incubator_known"
MOST_PEOPLE = 8
LASTS = timedelta(days=400)


def this_try(email: str) -> Try:
    """The present request as a try to get into that account."""
    key = email_key(email)[:320]
    known = _read()
    mark = _mark(key)
    browser = (
        hashlib.sha256(f"{known['id']}:{mark}".encode()).hexdigest() if mark in known["accounts"] else ""
    )
    return Try(key, network_address(request.remote_addr), browser)


def network_address(remote: str | None) -> str:
    """The address as it is counted: one household's IPv6 network counts as one."""
    try:
        address = ipaddress.ip_address(remote or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def know_this_browser(response: Response, email: str) -> Response:
    """Remember with a signed cookie that the account was opened here. It opens nothing by itself."""
    known = _read()
    mark = _mark(email_key(email))
    accounts = [mark, *(other for other in known["accounts"] if other != mark)][:MOST_PEOPLE]
    response.set_cookie(
        COOKIE,
        str(_signer().dumps({"id": known["id"], "accounts": accounts})),
        max_age=LASTS,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return response


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="known browser")


def _mark(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:24]


def _read() -> dict[str, Any]:
    try:
        known: dict[str, Any] = _signer().loads(request.cookies.get(COOKIE, ""))
    except BadData:
        return {"id": secrets.token_urlsafe(16), "accounts": []}
    return known
