"""What a reviewer whose review is not in can find out about the others': nothing at all.

Instead of looking for known words, the same pages, lists, orders, filters, files and feeds are fetched from
two states of the office that differ in nothing but the sealed reviews. Whoever is to learn nothing from them
must get the same bytes from both.
"""

from __future__ import annotations

import itertools
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import pytest

from incubator.domain.reviews import Recommendation, ReviewAnswers, ReviewState, ScoreAnswer
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.flows.reviews import give_back
from incubator.flows.scoring import hand_in, save_draft
from incubator.models.accounts import Person, RoleGrant
from incubator.queries import remembered
from incubator.queries.scoring import criteria_for
from tests.browser import Page
from tests.databases import mostly_on_sqlite
from tests.house.test_crawl import linked
from tests.web.test_hostile_readers import text_of

MOST_ADDRESSES = 160
VARIATIONS = 5
SORTS = ("score", "value", "reviews", "changed")
FRESH = re.compile(
    r'name="(?:csrf_token|_key|version)"[^>]*value="[^"]*"|value="[^"]*"[^>]*name="(?:csrf_token|_key|version)"'
    r"|nonce-[\w+/=-]+|<td data-label=\"Last used\">.*?</td>"
)
"""What is new each time: tokens, how often a record was saved, and when the visitor was last here."""


@dataclass
class Council:
    """A call in the middle of its reviews. `owed` are the others' reviews of what `rae` still owes, `unrevealed`
    those of what she has reviewed before all are in."""

    call: Any
    rae: Any
    keeper: Any
    proposals: list[Any]
    own: Any
    owed: list[Any] = field(default_factory=list)
    unrevealed: list[Any] = field(default_factory=list)


@pytest.fixture
def council(world, session, now):
    rubric = world.rubric(60, 40)
    call = world.call(
        "Autumn", rubric=rubric, reviews_due_on=(now + timedelta(days=20)).date(), places=2, slug="autumn"
    )
    agencies = [world.agency() for _ in range(3)]
    proposals = [
        world.proposal(f"Idea {n}", agency=agencies[n % 3], call=call, step=Step.REVIEW, due_on=now.date())
        for n in range(5)
    ]
    rae = world.person("Rae Bell", Role.REVIEWER)
    others = [world.person(f"Other {n}", Role.REVIEWER) for n in range(3)]
    keeper = world.person("Kay Keeper", Role.COORDINATOR)
    made = Council(call, rae, keeper, proposals, world.review(proposals[0], rae, due_on=now.date()))
    world.review(proposals[1], rae, state=ReviewState.SUBMITTED, total=3.0)
    for proposal, kept in zip(proposals, (made.owed, made.unrevealed), strict=False):
        kept += [world.review(proposal, other) for other in others[:2]]
        world.review(proposal, others[2], due_on=now.date())
    for proposal in proposals[2:]:
        for n, other in enumerate(others):
            world.review(proposal, other, state=ReviewState.SUBMITTED, total=2.0 + n)
        proposal.reviews_revealed_at = now
    return made


def be(session, world, council, reviews, now, *, value: int, words: str, count: int = 4) -> None:
    """Have these reviews written with these scores and words, as their reviewers do it; the first `count` are
    submitted, one minute after the other. What was submitted before is given back first."""
    keeper = world.actor(council.keeper)
    for place, review in enumerate(reviews):
        at = now + timedelta(minutes=place)
        if review.state is ReviewState.SUBMITTED:
            give_back(session, keeper, review_id=review.id, reason="Please look again.", now=at)
        answers = ReviewAnswers(
            scores={
                row.id: ScoreAnswer(value, True, words) for row in criteria_for(session, review.proposal_id)
            },
            confidence=1 + value % 3,
            recommendation=Recommendation.YES if value > 3 else Recommendation.NO,
            needs_mentoring=value > 3,
            comment=words,
        )
        reviewer = world.actor(session.get_one(Person, review.reviewer_id))
        act = hand_in if place < count else save_draft
        session.refresh(review)
        act(session, reviewer, review_id=review.id, answers=answers, seen_version=review.version, now=at)
    session.commit()
    remembered.forget()


def addresses(visitor, app, council) -> list[str]:
    """Everything the visitor is led to, every order and filter of every list, and every address of a call
    or a record that can be guessed."""
    found = dict.fromkeys(reached(visitor))
    adapter = app.url_map.bind("localhost")
    guesses = {
        "slug": council.call.slug,
        "number": council.proposals[0].number,
        "review_id": council.owed[0].id,
        "gate": "g1",
        "form": "csv",
        "shape": "long",
        "name": "flow",
    }
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.arguments and rule.arguments <= guesses.keys():
            found[adapter.build(rule.endpoint, {name: guesses[name] for name in rule.arguments})] = None
    lists = {urlsplit(address).path for address in found if "?" in address}
    for path, sort in itertools.product(sorted(lists), SORTS):
        found[f"{path}?{urlencode({'sort': sort, 'order': 'desc'})}"] = None
    for path in ("/reviews/long.csv", "/reviews/wide.csv", "/reviews/wide.xlsx"):
        found[f"{path}?call={council.call.slug}"] = None
    return list(found)


def reached(visitor) -> Iterator[str]:
    waiting, seen, paths = ["/"], {"/"}, {}
    while waiting:
        address = waiting.pop(0)
        yield address
        with visitor.client.get(address) as response:
            if response.status_code == 303:
                targets = [response.location]
            elif response.mimetype == "text/html" and response.status_code == 200:
                page = Page(address, response)
                targets = [*linked(page), *filtered(page)]
            else:
                targets = []
        for target in (urljoin(address, target) for target in targets):
            parts = urlsplit(target)
            if parts.scheme or parts.netloc or parts.path.startswith(("/static/", "/assets/")):
                continue
            paths[parts.path] = paths.get(parts.path, 0) + (target not in seen)
            if target not in seen and paths[parts.path] <= VARIATIONS and len(seen) < MOST_ADDRESSES:
                seen.add(target)
                waiting.append(target)


def filtered(page: Page) -> Iterator[str]:
    """Each choice of each select in the page's filter forms, alone."""
    for form in page.forms():
        if form.get("method", "get").lower() != "get":
            continue
        action = urljoin(page.url, form.get("action") or page.url).split("?")[0]
        for select in form.iter("select"):
            for option in select.iter("option"):
                if option.get("value"):
                    yield f"{action}?{urlencode({select.get('name'): option.get('value')})}"


def told(visitor, address: str) -> tuple[int, str]:
    """The answer without what is new each time; of a document its words."""
    with visitor.client.get(address) as response:
        if response.mimetype == "application/pdf":
            return response.status_code, read_pdf(response.get_data())
        if response.mimetype == "image/png":
            return response.status_code, response.get_data().hex()
        return response.status_code, FRESH.sub("", text_of(response))


def read_pdf(content: bytes) -> str:
    """The words of a document; its file carries the moment at which it was made."""
    asked = ["pdftotext", "-layout", "-", "-"]
    return subprocess.run(asked, input=content, capture_output=True, check=True).stdout.decode("utf-8")


ALSO = [(), (Role.COORDINATOR,), (Role.GATEKEEPER,), (Role.LEADERSHIP,)]
LOW, HIGH = "Not at all convincing.", "The best I have read in years, by far."


@pytest.mark.parametrize(
    ("app", "also"),
    [
        pytest.param(kind, also, marks=pytest.mark.slow if also else ())
        for kind, also in mostly_on_sqlite(ALSO, [(Role.COORDINATOR,)])
    ],
    ids=lambda part: part if isinstance(part, str) else part[0].value if part else "reviewer",
    indirect=["app"],
)
def test_sealed_reviews_make_no_difference_to_whoever_may_not_see_them(
    council, world, session, browser, app, now, also
):
    for role in also:
        world.add(RoleGrant(person_id=council.rae.id, role=role, granted_at=now))
    # Coordinators and the panel see scores once their own review is in; others wait for the reveal as well.
    runs_it = not {Role.COORDINATOR, Role.GATEKEEPER}.isdisjoint(also)
    sealed = council.owed if runs_it else [*council.owed, *council.unrevealed]
    be(session, world, council, sealed, now, value=1, words=LOW)
    visitor = browser(council.rae)
    tried = addresses(visitor, app, council)
    before = {address: told(visitor, address) for address in tried}
    be(session, world, council, sealed, now + timedelta(hours=1), value=5, words=HIGH)
    assert [address for address in tried if told(visitor, address) != before[address]] == []
    assert len(tried) > 60
    be(session, world, council, sealed, now + timedelta(hours=2), value=5, words=HIGH, count=1)
    counted = [address for address in tried if told(visitor, address) != before[address]]
    assert counted == [], "how many of them are in"


def test_the_same_search_tells_the_two_states_apart_for_a_coordinator(
    council, world, session, browser, app, now
):
    """The comparison would notice: a coordinator without a review of their own sees both states."""
    cora = world.person("Cora Dean", Role.COORDINATOR)
    be(session, world, council, council.owed, now, value=1, words=LOW)
    visitor = browser(cora)
    address = f"/pilots/{council.proposals[0].number}/reviews"
    before = told(visitor, address)
    be(session, world, council, council.owed, now + timedelta(hours=1), value=5, words=HIGH)
    assert told(visitor, address) != before
