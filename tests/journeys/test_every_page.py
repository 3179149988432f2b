"""Every page, as somebody who may open it, at two widths, light and dark: axe, policy, and no sideways scroll."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask

from incubator.demonstration.cast import PASSWORD
from tests.browser import Browser

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("pages"),
    pytest.mark.parametrize("site", ["sqlite"], indirect=True),
]

VISITORS = (
    "sage.rivers",
    "alex.meadow",
    "robin.marsh",
    "morgan.field",
    "taylor.brook",
    "quinn.valley",
    "charlie.grove",
    "emery.stone",
    "kit.lagoon",
)
SCREENS = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]
NOT_WALKED: set[str] = set()
"""Addresses that are no pages of the menu's world: files, answers to scripts, links from mail."""

LIMIT = 700
"""Pages opened for one visitor while looking for addresses: enough to reach every kind of page."""


def walk(app: Flask, visitor: str) -> Iterator[tuple[str, str]]:
    """Every kind of page this visitor reaches by links, with one address of each."""
    browser = Browser(app.test_client())
    browser.sign_in(f"{visitor}@example.gov", PASSWORD)
    adapter = app.url_map.bind("localhost")
    waiting, seen, kinds = ["/"], {"/"}, set()
    opened = 0
    while waiting and opened < LIMIT:
        path = waiting.pop(0)
        endpoint, _values = adapter.match(urlsplit(path).path, method="GET")
        if endpoint in kinds:
            continue
        response = browser.client.get(path)
        opened += 1
        if response.status_code != 200 or response.mimetype != "text/html":
            continue
        kinds.add(endpoint)
        yield endpoint, path
        for link in browser.get(path).links():
            parts = urlsplit(link)
            if parts.netloc or not parts.path.startswith("/") or parts.path in seen:
                continue
            seen.add(parts.path)
            waiting.append(link.partition("#")[0])


@pytest.fixture(scope="module")
def pages(site) -> dict[str, dict[str, str]]:
    """Visitor → endpoint → address; every endpoint once, for the first visitor who may open it."""
    found: dict[str, dict[str, str]] = {}
    known: set[str] = set()
    for visitor in VISITORS:
        own = {endpoint: path for endpoint, path in walk(site.app, visitor) if endpoint not in known}
        known |= own.keys()
        found[visitor] = own
    return found


def test_the_walk_reaches_every_kind_of_page(site, pages):
    """What answers with a page but is linked from nowhere would be a page nobody finds."""
    reached = {endpoint for own in pages.values() for endpoint in own}
    missing = {
        rule.endpoint
        for rule in site.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint not in reached | NOT_WALKED
    }
    assert missing == set()


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_axe_finds_nothing(site, chromium, pages, width, scheme):
    faults = []
    axe = Axe()
    for visitor, own in pages.items():
        with chromium.new_context(
            base_url=site.address, viewport={"width": width, "height": 900}, color_scheme=scheme
        ) as context:
            page = context.new_page()
            said: list[str] = []
            page.on("console", lambda message, said=said: said.append(message.text))
            page.on("pageerror", lambda error, said=said: said.append(str(error)))
            sign_in(page, visitor)
            for endpoint, path in own.items():
                page.goto(path)
                found = axe.run(page)
                if found.violations_count:
                    faults.append(f"{endpoint} {path}\n{found.generate_report()}")
                if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    faults.append(f"{endpoint} {path} scrolls sideways at {width}")
            faults += [f"{visitor}: {text}" for text in said]
    assert faults == []


def test_nothing_scrolls_sideways_on_a_small_phone(site, chromium, pages):
    wide = []
    for visitor, own in pages.items():
        with chromium.new_context(base_url=site.address, viewport={"width": 320, "height": 640}) as context:
            page = context.new_page()
            sign_in(page, visitor)
            for endpoint, path in own.items():
                page.goto(path)
                width = page.evaluate("document.documentElement.scrollWidth")
                if width > 320:
                    wide.append((endpoint, path, width))
    assert wide == []


def sign_in(page, visitor: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(f"{visitor}@example.gov")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
