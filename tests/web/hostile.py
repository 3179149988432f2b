"""What a hostile or unlucky person sends, and every form of the site to send it through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin

from flask import Flask
from werkzeug.exceptions import HTTPException

from incubator.domain.proposal_form import CURRENT_VERSION, sections
from incubator.domain.stages import Step
from tests.browser import Browser, Page, form_values
from tests.house.addresses import values as stand_ins
from tests.house.page import check_page
from tests.house.town import Town

SCRIPT = "<script>alert('canary')</script>\"'><img src=x onerror=alert(1)>"
TEMPLATE = "{{7*7}}{% for x in () %}${7*7}#{7*7}"

VALUES: dict[str, str] = {
    "script": SCRIPT,
    "NUL": "before\x00after",
    "twenty digits": "100000000000000000000",
    "lone surrogate": "half \ud83d of it",
    "template": TEMPLATE,
    "nan": "nan",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈 pilots",
    "negative": "-5",
    "right to left": "\u202eevil\u202c مرحبا بالعالم",
    "infinite": "-inf",
    "thirtieth of February": "2/30/2026",
    "thirty digits": "9" * 30,
    "CR LF": "one\r\nX-Evil: 1\r\n\r\ntwo",
    "signaling nan": "sNaN",
    "year 1": "0001-01-01",
    "formula": "=cmd|' /C calc'!A0",
    "Arabic digits": "١٢٣",
    "exponent": "1e400",
    "byte order mark": "\ufefftext",
    "minus zero": "-0",
    "year 9999": "12/31/9999",
    "underscore": "1_000",
    "combining marks": "Z" + "\u0301" * 100_000,
    "control characters": "bell\x07 escape\x1b[31m\x7f\x85\u2028",
    "path": "../../../../etc/passwd",
    "quote": "'; DROP TABLE person; --",
    "non-character": "\ufffe\uffff",
    "brackets": "]]>--!><![CDATA[",
    "tiny": "1e-400",
    "one megabyte": "m" * 1_000_000,
}

TYPED = frozenset({"text", "search", "email", "tel", "url", "number", "password", "textarea"})
UNTOUCHED = frozenset({"csrf_token"})


@dataclass(frozen=True, slots=True)
class Spot:
    """One form of a page as one role sees it."""

    endpoint: str
    role: str
    page: str
    action: str
    enctype: str
    pairs: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str], ...] = field(default=())
    offered: tuple[tuple[str, str], ...] = ()
    """For each field with choices the first one that is not empty."""

    def body(self, changes: dict[str, str | None]) -> bytes:
        """The form as a browser sends it, with some fields replaced (None leaves one out)."""
        sent = [(name, value) for name, value in self.pairs if name not in changes]
        sent += [(name, value) for name, value in changes.items() if value is not None]
        if "multipart" in self.enctype:
            return multipart(sent)
        return urlencode(sent, errors="surrogatepass").encode()

    @property
    def content_type(self) -> str:
        boundary = "; boundary=border" if "multipart" in self.enctype else ""
        return (self.enctype or "application/x-www-form-urlencoded") + boundary


def multipart(pairs: list[tuple[str, str]]) -> bytes:
    parts = [
        f'--border\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in pairs
    ]
    return ("".join(parts) + "--border--\r\n").encode("utf-8", "surrogatepass")


def spots(page: Page, role: str, app: Flask) -> Iterator[Spot]:
    """Every POST form of a page, but the button that signs out."""
    adapter = app.url_map.bind("localhost")
    for form in page.forms():
        if form.get("method", "get").lower() != "post" or form.get("data-sign-out") is not None:
            continue
        action = urljoin(page.url, form.get("action") or page.url)
        try:
            endpoint, _arguments = adapter.match(action.split("?")[0], method="POST")
        except HTTPException as lost:
            raise AssertionError(f"a form on {page.url} leads nowhere: {action}") from lost
        values = form_values(form)
        pairs = tuple((name, value) for name, several in values.items() for value in several)
        kinds = {}
        for element in form.iter():
            name = element.get("name") if isinstance(element.tag, str) else None
            if name and name not in UNTOUCHED:
                kinds[name] = _kind(element)
        offered = tuple(_offered(form).items())
        yield Spot(
            endpoint, role, page.url, action, form.get("enctype") or "", pairs, tuple(kinds.items()), offered
        )


def _offered(form: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in form.iter("select", "input"):
        name, kind = element.get("name"), element.get("type", "")
        if element.tag == "select":
            values = [option.get("value", "") for option in element.iter("option")]
        else:
            values = [element.get("value", "on")] if kind in ("radio", "checkbox") else []
        if name and any(values):
            found.setdefault(name, next(filter(None, values)))
    return found


def _kind(element: Any) -> str:
    tag = element.tag
    if element.get("hidden") is not None or element.get("readonly") is not None:
        return "hidden"
    return str(element.get("type", "text")) if tag == "input" else tag


STEP_ORDER = (Step.RUNNING, Step.DRAFT, Step.SCREENING, Step.REVIEW, Step.SIGN_OFF, Step.INFORMATION, Step.ON_HOLD, Step.CLOSED, Step.SCALING, Step.IN_SERVICE, Step.DESIGN)  # fmt: skip
GATES = ("g0", "g1", "g2", "g3", "g4", "g5")
ENOUGH = 3
"""After so many pages of one address in a row that held nothing new, the next address is looked at."""
ROLES = ("coordinator", "administrator", "submitter", "agency_lead", "reviewer", "gatekeeper")


def collect(app: Flask, town: Town, visitors: dict[str, Browser]) -> dict[tuple[str, str], Spot]:
    """For each (endpoint, field) one form that holds it, as the first role that is shown it."""
    found: dict[tuple[str, str], Spot] = {}
    for role in ROLES:
        for several in addresses(app, town):
            idle = 0
            for address in several:
                new = 0
                for spot in shown_at(visitors[role], address, role, app):
                    for name, _kind_of in spot.kinds:
                        new += found.setdefault((spot.endpoint, name), spot) is spot
                idle = 0 if new else idle + 1
                if idle == ENOUGH:
                    break
    return found


def shown_at(visitor: Browser, address: str, role: str, app: Flask) -> list[Spot]:
    with visitor.client.get(address) as response:
        assert response.status_code < 500, address
        if (response.status_code, response.mimetype) != (200, "text/html") or "<form" not in response.text:
            return []
        return list(spots(Page(address, response), role, app))


def addresses(app: Flask, town: Town) -> Iterator[list[str]]:
    """For each page its addresses: one, or one for each record, gate or section of the own agency."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.endpoint in ("static", "public_sans"):
            continue
        given = stand_ins(rule, town, "own")
        ways: list[dict[str, Any]] = [given]
        if "number" in given and not (rule.arguments & town.own.ids.keys()):
            ways = [{**given, "number": town.own.records[step].number} for step in STEP_ORDER]
        if rule.endpoint == "proposals.section":
            ways = [{**ways[1], "section": spec.key} for spec in sections(CURRENT_VERSION, uses_ai=True)]
        if "gate" in given:
            ways = [{**way, "gate": gate} for gate in GATES for way in ways]
        yield [adapter.build(rule.endpoint, way, method="GET") for way in ways]


def send(visitor: Browser, spot: Spot, changes: dict[str, str | None]) -> Page:
    """Send the form, follow where it leads, and check the page as a page."""
    response = visitor.client.post(spot.action, data=spot.body(changes), content_type=spot.content_type)
    if response.status_code == 303:
        return visitor.get(response.location)
    page = Page(spot.action, response)
    if page.html:
        check_page(page.html, spot.action)
    return page


def fault(spot: Spot, name: str, text: str, page: Page) -> str | None:
    """What is wrong with the answer to that text in that field, if anything.

    It was taken (the page it led to), or refused on the same page with the text still there.
    """
    kind = dict(spot.kinds)[name]
    if page.status == 200:
        return None
    if kind not in TYPED:
        return None if page.status in (400, 403, 404, 409, 413, 422) else f"answers {page.status}"
    if page.status != 422:
        return f"answers {page.status}"
    if kind == "password":
        return None
    shown = [_shown(element) for element in page.tree.iter() if element.get("name") == name]
    if not any(_same(text, value) for value in shown):
        return f"does not keep what was typed: {[value[:60] for value in shown]}"
    if not page.texts("p", "error-message") and "error-summary" not in page.html:
        return "refuses without saying why"
    return None


def _shown(element: Any) -> str:
    return "".join(element.itertext()) if element.tag == "textarea" else element.get("value", "")


def _same(sent: str, shown: str) -> bool:
    """Whether the text is still there, but for white space and what no page can hold."""
    return _plain(sent) == _plain(shown)


def _plain(text: str) -> str:
    # The framework leaves bytes that are no UTF-8 as they were written in the form's encoding.
    text = text.replace("\ud83d", "").replace("%ED%A0%BD", "").replace(" ", "").replace("\ufffd", "")
    return text if text.isprintable() else "".join(filter(str.isprintable, text))
