"""Every page, file and PDF of every record of the demonstration answers, and no page shows a value in raw form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from lxml.html import HtmlElement, fromstring

from incubator.demonstration.cast import PASSWORD
from incubator.extensions import db
from incubator.models.proposals import Proposal
from tests.browser import Browser

PARTS = 4
"""The records are walked in so many tests, which several processes share."""
LINK = re.compile(r'(?:href|src)="(/[^"#?]*)')
RAW = re.compile(
    r"(?<![\w/.“-])(?:19|20)\d\d-[01]\d(?:-[0-3]\d)?(?![\w-])"  # a day as it is stored, not as a source is quoted
    r"|(?<![\w$,.])\d{7,}(?![\w,])"  # an amount without separators
    r"|\d\.\d{7,}"  # a computed number with all its digits
    r"|%\([a-z_]+\)|\bnan\b|\bUndefined\b"
)

QUOTED = re.compile(r"In the source's own words[^.]*")
OTHERS = ("quinn.valley", "robin.marsh", "casey.orchard", "jamie.harbor", "morgan.field")
"""See the records that a conflict keeps from the first visitor, and the drafts of their own agencies."""


def moments() -> Iterator[object]:
    """Now; and, when long walks are asked for, evenings and nights on which the office's day is not that of UTC."""
    yield pytest.param(timedelta(0), "alex.meadow", id="now")
    for days, who in ((31, "quinn.valley"), (120, "sage.rivers"), (400, "alex.meadow")):
        yield pytest.param(timedelta(days=days), who, id=f"in-{days}-days", marks=pytest.mark.slow)


@pytest.mark.parametrize("demonstration", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "part", [pytest.param(part, marks=pytest.mark.slow if part != 2 else ()) for part in range(PARTS)]
)
@pytest.mark.parametrize(("later", "who"), list(moments()))
def test_every_page_of_every_record_answers(demonstration, part, later, who):
    moment = datetime.now(UTC) + later
    if later:
        moment = moment.replace(hour=1, minute=30)  # 18:30 in the office's zone
    demonstration.extensions["incubator.clock"] = lambda: moment
    with demonstration.app_context():
        numbers = db.session.scalars(sa.select(Proposal.number).order_by(Proposal.id)).all()
    clients = [signed_in(demonstration, name) for name in (who, *OTHERS)]
    faults = [
        fault for number in numbers[part::PARTS] for fault in walk(clients, number, drawings=bool(later))
    ]
    del demonstration.extensions["incubator.clock"]
    assert faults == []


def signed_in(app: Flask, name: str) -> FlaskClient:
    client = app.test_client()
    address = f"{name}@example.gov"
    Browser(client).submit("/sign-in", email=address, password=PASSWORD, follow=False, status=303)
    return client


def walk(clients: list[FlaskClient], number: str, *, drawings: bool) -> Iterator[str]:
    """Everything that is linked below the record's address, from its own page on, as the first who may see it."""
    base = f"/pilots/{number}"
    client = next((each for each in clients if each.get(base).status_code != 404), None)
    if client is None:
        yield f"{base}: seen by nobody"
        return
    waiting, seen = [base], {base}
    while waiting:
        address = waiting.pop()
        try:
            with client.get(address) as answer:
                status, html = answer.status_code, answer.text if answer.mimetype == "text/html" else ""
                html += f'href="{urlsplit(answer.location).path}"' if answer.location else ""
        except Exception as error:
            yield f"{address}: {type(error).__name__} {error}"[:300]
            continue
        if status >= 500 or (address == base and status >= 400):
            yield f"{address}: {status}"
        if not html:
            continue
        yield from (f"{address}: {raw}" for raw in raw_values(fromstring(html)))
        for link in LINK.findall(html):
            path = urlsplit(link).path
            if path.startswith(f"{base}/") and path not in seen and (drawings or not path.endswith(".png")):
                seen.add(path)
                waiting.append(path)


def raw_values(tree: HtmlElement) -> Iterator[str]:
    for element in tree.xpath("//script|//style|//code|//pre|//head"):
        element.drop_tree()
    text = QUOTED.sub("", " ".join(tree.itertext()))
    for found in RAW.finditer(text):
        around = text[max(0, found.start() - 50) : found.end() + 20]
        yield f"{found[0]!r} in {' '.join(around.split())!r}"
    for cell in tree.xpath("//th|//td"):
        if (cell.text or "").strip() in ("None", "nan", "True", "False"):
            yield f"a cell that says {cell.text.strip()!r}"
