"""Everything a person can reach, page by page and file by file, searched for what is none of their business."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
import sqlalchemy as sa

from incubator.domain.reviews import ReviewState
from incubator.domain.stages import Step
from incubator.models.agencies import Need
from incubator.models.pilots import Expense, Metric, ProgressReport, Risk
from incubator.models.reviews import Score
from tests.browser import Page
from tests.house.test_crawl import linked
from tests.house.town import found_town

CANARY = "kestrel"
MOST = 220
SAME = 2
"""How many addresses of one path are opened: sorting and paging repeat themselves."""


def reached(visitor) -> Iterator[tuple[str, str]]:
    """(address, all its text) of every page and file that can be reached by links from the start."""
    waiting, seen, paths = ["/"], {"/"}, {}
    while waiting:
        address = waiting.pop(0)
        with visitor.client.get(address) as response:
            yield address, text_of(response)
            page = Page(address, response) if response.mimetype == "text/html" else None
            targets = (
                [response.location] if response.status_code == 303 else list(linked(page)) if page else []
            )
        for target in (urljoin(address, target) for target in targets):
            parts = urlsplit(target)
            if (
                parts.scheme
                or parts.netloc
                or target in seen
                or parts.path.startswith(("/static/", "/assets/"))
            ):
                continue
            paths[parts.path] = paths.get(parts.path, 0) + 1
            if paths[parts.path] <= SAME and len(seen) < MOST:
                seen.add(target)
                waiting.append(target)


def text_of(response) -> str:
    """Text of a page, CSV, JSON or SVG, and of every part of a workbook. PDFs and PNGs are drawn from the same rows."""
    content = response.get_data()
    if response.mimetype.endswith("sheet"):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            content = b"\n".join(parts.read(name) for name in parts.namelist())
    return content.decode("utf-8", "replace")


def mark(session, side, *, needs: bool) -> None:
    """Put the canary into every text of that side which another agency must not read; needs on request."""
    ids = [record.id for record in side.records.values()]
    for record in side.records.values():
        record.title, record.title_key = f"{CANARY} {record.number}", f"{CANARY} {record.number}"
        record.summary = f"{CANARY} summary"
    for model, column in (
        (Risk, "title"),
        (Expense, "what"),
        (ProgressReport, "done"),
    ):
        session.execute(sa.update(model).where(model.proposal_id.in_(ids)).values({column: f"{CANARY} row"}))
    session.execute(
        sa.update(Metric).where(Metric.id == side.ids["metric_id"]).values(name=f"{CANARY} metric")
    )
    if needs:
        session.execute(
            sa.update(Need).where(Need.agency_id == side.agency.id).values(title=f"{CANARY} need")
        )


@pytest.mark.parametrize(
    "role",
    [
        "submitter",
        *(
            pytest.param(role, marks=pytest.mark.slow)
            for role in ("coordinator", "agency_lead", "gatekeeper")
        ),
    ],
)
def test_nothing_of_another_agency_is_reached(world, browser, session, role):
    town = found_town(world)
    # A gatekeeper weighs proposals against what every agency needs.
    mark(session, town.other, needs=role != "gatekeeper")
    visitor = browser(town.people[role])
    found, pages, own = [], 0, 0
    for address, text in reached(visitor):
        pages += 1
        own += "OWN-0" in text
        if CANARY in text.casefold() or "OTH-0" in text:
            found.append(address)
    assert found == []
    assert pages > 30
    assert own > 10, "the search would find a number where one is shown"


def test_sealed_reviews_and_conflicted_records_are_reached_by_no_link(world, browser, session):
    """A reviewer whose own review is open, on every page and file: nothing of the others', nor of a conflict."""
    from incubator.domain.conflicts import ConflictKind
    from incubator.models.conflicts import Conflict

    town = found_town(world)
    record = town.own.records[Step.REVIEW]
    other = world.person("Wren Fellow")
    review = world.review(
        record, other, state=ReviewState.SUBMITTED, total=61.803, comment=f"{CANARY} comment"
    )
    criterion = session.scalars(
        sa.text("SELECT id FROM criterion WHERE rubric_id = :rubric").bindparams(
            rubric=town.own.call.rubric_id
        )
    ).first()
    world.add(
        Score(review_id=review.id, criterion_id=criterion, value=2, justification=f"{CANARY} justification")
    )
    closed_off = town.own.records[Step.SCREENING]
    closed_off.title = f"{CANARY} conflicted"
    world.add(
        Conflict(
            person_id=town.people["reviewer"].id,
            proposal_id=closed_off.id,
            kind=next(iter(ConflictKind)),
            declared_at=world.now,
        )
    )
    shown = [
        address
        for address, text in reached(browser(town.people["reviewer"]))
        if CANARY in text.casefold() or "61.8" in text
    ]
    assert shown == []
    panel = [
        a for a, text in reached(browser(town.people["coordinator"])) if f"{CANARY} justification" in text
    ]
    assert panel, "the same search finds it where it may be read"
