"""Walking through everything one is shown: every link works, and reading changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
import sqlalchemy as sa

from incubator.database import Base
from incubator.domain.events import EventKind
from incubator.domain.roles import Role
from incubator.models.history import Event
from tests.browser import Page
from tests.databases import mostly_on_sqlite
from tests.house.town import NOBODY, OF_A_CALL, found_town

VARIATIONS = 2
"""How many different query strings of one path are tried: sorting and paging repeat themselves."""
MOST_PAGES = 400
OFTEN_RUN = (Role.COORDINATOR, Role.SUBMITTER, Role.REVIEWER)
"""The roles that see the most kinds of page; the others walk when all tests are run."""


def contents(session: sa.orm.Session) -> dict[str, str]:
    """A digest of every table; refusals and the moments at which sessions were last seen may change."""
    digests = {}
    for table in Base.metadata.sorted_tables:
        if table.name == "chain_head":
            continue
        columns = [c for c in table.c if (table.name, c.name) != ("sign_in", "seen_at")]
        asked = sa.select(*columns).order_by(*table.primary_key.columns)
        if table.name == "event":
            asked = asked.where(Event.kind != EventKind.ACCESS_REFUSED)
        rows = repr([tuple(row) for row in session.execute(asked)])
        digests[table.name] = hashlib.sha256(rows.encode("utf-8", "surrogatepass")).hexdigest()
    return digests


def linked(page: Page) -> Iterator[str]:
    if page.tree is None:
        return
    for element in page.tree.iter():
        for attribute in ("href", "src"):
            target = element.get(attribute) if isinstance(element.tag, str) else None
            if target and element.tag != "link":
                yield urljoin(page.url, target).split("#")[0]
        if element.tag == "form" and element.get("method", "get").lower() == "get":
            yield urljoin(page.url, element.get("action") or page.url)


def walk(visitor) -> tuple[int, list[str]]:
    """Follow every link from the start page: how many pages, and what went wrong on the way."""
    waiting, seen, paths, faults = ["/"], {"/"}, {}, []
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.pop(0)
        try:
            response = visitor.client.get(address)
        except Exception as error:
            faults.append(f"{address}: {type(error).__name__} {error}"[:300])
            continue
        if response.status_code not in (200, 303):
            faults.append(f"{address}: {response.status_code}")
            continue
        page = Page(address, response)
        targets = [urljoin(address, response.location)] if response.status_code == 303 else linked(page)
        for target in targets:
            parts = urlsplit(target)
            if (
                parts.scheme
                or parts.netloc
                or target in seen
                or parts.path.startswith(("/static/", "/assets/"))
            ):
                continue
            if paths.get(parts.path, 0) > VARIATIONS:
                continue
            paths[parts.path] = paths.get(parts.path, 0) + 1
            seen.add(target)
            waiting.append(target)
    return len(seen), faults


@pytest.mark.parametrize(
    ("app", "role"),
    [
        pytest.param(kind, role, marks=() if role in OFTEN_RUN else pytest.mark.slow)
        for kind, role in mostly_on_sqlite(
            [*(role.value for role in Role), *OF_A_CALL, NOBODY], [Role.COORDINATOR, Role.SUBMITTER]
        )
    ],
    indirect=["app"],
)
def test_every_link_shown_works_and_reading_changes_nothing(world, browser, session, role):
    town = found_town(world)
    visitor = browser(town.people[role])
    session.expire_all()
    before = contents(session)
    pages, faults = walk(visitor)
    session.expire_all()
    after = contents(session)
    assert faults == []
    assert [name for name in before if before[name] != after[name]] == []
    assert pages >= (5 if role == NOBODY else 8)


def test_a_visitor_reaches_only_the_door(world, browser):
    found_town(world)
    visitor = browser()
    _pages, faults = walk(visitor)
    assert faults == []
