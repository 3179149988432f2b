"""Signing in, starting an idea and scoring a review without ever touching the mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from incubator.demonstration.cast import PASSWORD

pytestmark = [
    pytest.mark.journey,
    pytest.mark.slow,
    pytest.mark.xdist_group("keyboard"),
    pytest.mark.parametrize("site", ["sqlite"], indirect=True),
]

MOST_TABS = 120
FOCUSED = """() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const label = element.labels?.[0] ?? (element.id && document.querySelector(`label[for="${element.id}"]`));
  const shown = element.matches(":focus-visible") ? style : getComputedStyle(label ?? element);
  return {
    name: (element.getAttribute("aria-label") || label?.innerText || element.innerText || "").trim(),
    tag: element.tagName.toLowerCase(),
    kind: element.type || "",
    field: element.name || "",
    outlined: shown.outlineStyle !== "none" && parseFloat(shown.outlineWidth) >= 2,
    seen: element.getBoundingClientRect().height > 0,
  };
}"""


def tab_to(page: Page, name: str = "", *, tag: str = "", kind: str = "", field: str = "") -> dict[str, str]:
    """Press Tab until that control has the focus; everything passed on the way shows that it has it."""
    for _press in range(MOST_TABS):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at["tag"] == "body":
            continue
        assert at["outlined"], f"the focus cannot be seen on {at} of {page.url}"
        assert at["seen"], f"the focus is on something hidden: {at} of {page.url}"
        if (
            at["name"].startswith(name)
            and at["tag"].startswith(tag)
            and at["kind"].startswith(kind)
            and at["field"].startswith(field)
        ):
            return at
    raise AssertionError(f"Tab never reached {name or tag or kind or field} on {page.url}")


def sign_in(page: Page, name: str) -> None:
    page.goto("/sign-in")
    tab_to(page, field="email")
    page.keyboard.type(f"{name}@example.gov")
    tab_to(page, field="password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("My work")


def test_the_skip_link_leads_past_the_menu(people):
    page = people("robin.marsh").page
    page.goto("/")
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Skip to main content")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    assert tab_to(page, tag="a")["name"] == "Propose a pilot"


def test_an_idea_is_started(people):
    robin = people("robin.marsh", signed_in=False)
    page = robin.page
    sign_in(page, "robin.marsh")
    tab_to(page, "Propose a pilot")
    page.keyboard.press("Enter")
    robin.reads("Propose a pilot")
    tab_to(page, field="title")
    page.keyboard.type("Signs that read themselves aloud")
    tab_to(page, field="summary")
    page.keyboard.type("Visitors cannot read the signs; if we add sound they find their way.")
    tab_to(page, field="technology")
    page.keyboard.type("Digital")
    tab_to(page, field="uses_ai", kind="radio")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="No")).to_be_checked()
    robin.shoot("An idea typed without a mouse")
    tab_to(page, "Save the idea")
    page.keyboard.press("Enter")
    robin.reads("Write the proposal")
    robin.sees("Signs that read themselves aloud")
    tab_to(page, "The idea", tag="a")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Technology")).to_have_value("digital_service")
    expect(page.get_by_role("radio", name="No")).to_be_checked()


def test_a_review_is_scored(people):
    sam = people("sam.canyon", signed_in=False)
    page = sam.page
    sign_in(page, "sam.canyon")
    tab_to(page, "My reviews")
    page.keyboard.press("Enter")
    sam.reads("My reviews")
    tab_to(page, "Hearing Resident Perspectives", tag="a")
    page.keyboard.press("Enter")
    expect(page.locator("[data-total]")).to_have_text("no scores yet")
    criteria = page.locator(".criterion:not(.verdict)").count()
    for _criterion in range(criteria):
        tab_to(page, kind="radio", field="score_")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        tab_to(page, tag="textarea", field="why_")
        page.keyboard.type("The proposal says so.")
    expect(page.locator("[data-total]")).to_have_text("4.00")
    tab_to(page, kind="radio", field="recommendation")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    tab_to(page, kind="radio", field="confidence")
    page.keyboard.press("Space")
    sam.shoot("A review scored without a mouse")
    tab_to(page, "Hand in", tag="button")
    page.keyboard.press("Enter")
    sam.sees("4.00", "Maybe")
    expect(page.get_by_role("button", name="Hand in")).to_have_count(0)
