"""Every page, as somebody who may open it: axe at two widths, light and dark, the policy, no sideways scroll."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from filelock import FileLock
from flask import Flask

from incubator.demonstration.cast import PASSWORD
from tests.browser import Browser
from tests.databases import RUN, make_app
from tests.journeys import staging
from tests.journeys.conftest import Site, served, served_app

pytestmark = [pytest.mark.journey, pytest.mark.slow]

NOBODY = ""
"""A visitor who is not signed in."""

VISITORS = (
    NOBODY,
    "sage.rivers",
    "alex.meadow",
    "jamie.harbor",
    "sam.canyon",
    "kit.lagoon",
    "quinn.valley",
    "charlie.grove",
    "morgan.field",
    "robin.marsh",
    "drew.summit",
    "emery.stone",
    "taylor.brook",
)

NOT_WALKED = {
    "pages.health": "asked by machines",
    "jobs.state": "asked by the script that follows a job",
    "ranking.state": "asked by the script that follows the work on scores",
    "panels.live": "asked by the script that keeps a panel's page in step",
    "proposals.similar": "asked by the script that looks for similar ideas",
    "reviews.export": "files of whole calls, for those who compute with them",
    "pilots.propose_lock": "linked while a complete plan waits for it; the journey of an evaluation locks one",
    "dossiers.of_decision_pdf": "linked once the worker has sealed it; the same journey downloads one",
    "static": "files of the pages themselves",
    "public_sans": "the typeface",
}
"""What no page links to, and who asks for it."""

RARE = (
    "/pilots/HHS-0001/gates",
    "/pilots/HHS-0002/gates",
    "/pilots/GSA-0041",
    "/pilots/GSA-0042",
    "/pilots/GSA-0038/benefit",
    staging.IMPORTED,
    *(f"/pilots/{staging.JUDGED}/{page}" for page in ("gates", "metrics", "benefit", "results")),
    "/pilots/DHS-0901/benefit",
    "/pilots/DOC-0909/benefit",
    "/pilots/GSA-0039/ai",
    "/pilots/GSA-0039/results",
    "/pilots/DOC-0002/plan",
    f"/pilots/{staging.LACKS_A_COPY}/reviews",
)
"""Records in states so rare that a short walk may pass them by; every one stands in the portfolio, and not every
visitor may open it."""

OFTEN = 4
"""Addresses of one kind of page opened for its links: what a page leads to depends on its record's state."""

LINK = re.compile(r'<(?:a|link)\b[^>]*\bhref="([^"]+)"')

LOOKS = ((1280, "light"), (390, "dark"))
"""Width and scheme. A scheme changes only colors and a width changes none, so two looks show what four would."""

NARROWEST = 320


def walk(app: Flask, visitor: str, known: set[str]) -> Iterator[tuple[str, str, bool]]:
    """Every kind of page or file this visitor reaches by links that was not known: endpoint, one address of it,
    and whether it is a page. `known` grows along. A link that leads nowhere fails."""
    browser = staging.signed_in(app, visitor) if visitor else Browser(app.test_client())
    adapter = app.url_map.bind("localhost")
    waiting = ["/", *RARE] if visitor else ["/sign-in", "/accessibility"]
    seen = {urlsplit(path).path for path in waiting}
    opened: Counter[str] = Counter()
    files: set[str] = set()
    while waiting:
        path = waiting.pop(0)
        endpoint, _values = adapter.match(urlsplit(path).path, method="GET")
        if opened[endpoint] >= OFTEN or endpoint in files:
            continue
        opened[endpoint] += 1
        response = browser.client.get(path, buffered=True)
        while response.status_code in (302, 303):
            response = browser.client.get(response.location, buffered=True)
            path = response.request.path
            endpoint, _values = adapter.match(path, method="GET")
        if response.status_code in (403, 404) and path in RARE:
            continue
        assert response.status_code == 200, f"a link leads {visitor} to {path}: {response.status_code}"
        is_page = response.mimetype == "text/html"
        if endpoint not in known:
            known.add(endpoint)
            yield endpoint, path, is_page
        if not is_page:
            files.add(endpoint)
            continue
        for link in map(html.unescape, LINK.findall(response.text)):
            parts = urlsplit(link)
            if not parts.netloc and parts.path.startswith("/") and parts.path not in seen:
                seen.add(parts.path)
                waiting.append(link.partition("#")[0])


Pages = dict[str, dict[str, str]]
"""Visitor → endpoint → address; every endpoint once, for the first visitor who may open it."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory) -> Iterator[tuple[Site, Pages]]:
    """A demonstration with a record for every kind of page, served, and the pages to look at.

    It is set up once for a run; each process serves a copy.
    """
    run = Path(os.environ[RUN])
    kept = run / "stage"
    with FileLock(run / "stage.lock"):
        if not kept.exists():
            begun = run / f"stage-{uuid.uuid4().hex}"
            begun.mkdir()
            with served("sqlite", begun) as site:
                pages = _pages_of(site.app, staging.set_the_stage(site.app))
            (begun / "pages.json").write_text(json.dumps(pages))
            begun.rename(kept)
    folder = tmp_path_factory.mktemp("pages") / "stage"
    shutil.copytree(kept, folder)
    url = f"sqlite:///{folder / 'demonstration.sqlite'}"
    application = make_app(url, folder / "instance", demonstration=True)
    with served_app(application, "sqlite") as site:
        yield site, json.loads((folder / "pages.json").read_text())


def _pages_of(app: Flask, mailed: dict[str, str]) -> Pages:
    known: set[str] = set()
    found = {
        visitor: {endpoint: path for endpoint, path, is_page in walk(app, visitor, known) if is_page}
        for visitor in VISITORS
    }
    found[NOBODY] |= mailed
    found["files"] = dict.fromkeys(known, "")
    return found


def test_the_walk_reaches_every_kind_of_page(stage):
    """What answers with a page but is linked from nowhere would be a page nobody finds."""
    site, pages = stage
    reached = {endpoint for own in pages.values() for endpoint in own}
    asked = {rule.endpoint for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert sorted(asked - reached - NOT_WALKED.keys()) == []
    assert sorted(NOT_WALKED.keys() - asked) == []


@pytest.mark.parametrize("visitor", VISITORS, ids=lambda visitor: visitor or "nobody")
def test_no_page_is_at_fault(stage, chromium, visitor):
    site, pages = stage
    faults: list[str] = []
    with chromium.new_context(base_url=site.address) as context:
        page = context.new_page()
        page.on("console", lambda message: faults.append(f"{page.url} says {message.text}"))
        page.on("pageerror", lambda error: faults.append(f"{page.url} fails: {error}"))
        if visitor:
            sign_in(page, visitor)
        for endpoint, path in pages[visitor].items():
            answer = page.goto(path, wait_until="domcontentloaded")
            assert answer.status == 200, path
            faults += [f"{endpoint} {path} {fault}" for fault in faults_of(page)]
    assert faults == []


def faults_of(page: Any) -> Iterator[str]:
    page.evaluate(AXE_SCRIPT)
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        options = {"resultTypes": ["violations"], "preload": False}
        found = page.evaluate("options => axe.run(document, options)", options)
        for violation in found["violations"]:
            places = "\n".join(node["html"] for node in violation["nodes"])
            yield f"at {width}, {scheme}: {violation['id']}, {violation['help']}\n{places}"
        yield from _too_wide(page, width)
    page.set_viewport_size({"width": NARROWEST, "height": 640})
    yield from _too_wide(page, NARROWEST)


def _too_wide(page: Any, width: int) -> Iterator[str]:
    needed = page.evaluate("document.documentElement.scrollWidth")
    if needed > width:
        yield f"scrolls sideways at {width}: it needs {needed}"


def sign_in(page: Any, visitor: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(f"{visitor}@example.gov")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
