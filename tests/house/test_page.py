"""The page checker finds what it says it finds."""

from __future__ import annotations

import pytest

from tests.house.page import BadPage, check_page

GOOD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Portfolio – Incubator</title></head><body>'
    '<nav aria-label="Main"><ul><li><a href="/">Home</a></li></ul></nav><main><h1>Portfolio</h1><h2>Pilots</h2>'
    '<form method="post" action="/save"><input type="hidden" name="csrf_token" value="t"><label for="q">Name</label>'
    '<p id="q-hint">As people say it</p><input id="q" name="q" aria-describedby="q-hint"><fieldset><legend>Kind</legend>'
    '<input type="radio" id="k-0" name="k"><label for="k-0">One</label></fieldset><button>Save</button></form>'
    '<table><caption>Pilots</caption><thead><tr><th scope="col">Name</th></tr></thead><tbody><tr><td>A</td></tr></tbody></table>'
    '<img src="/a.png" alt=""></main></body></html>'
)  # fmt: skip


def test_a_good_page_passes() -> None:
    check_page(GOOD, "/portfolio")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("<h2>Pilots</h2>", "<h1>Pilots</h1>", "has 2 h1 elements"),
        ("<h2>Pilots</h2>", "<h3>Pilots</h3>", "jumps from h1 to h3"),
        ("<title>Portfolio", "<title>Pilots", "does not start with the h1"),
        ("<h2>Pilots</h2>", '<div class="error-summary">No</div>', "does not start with “Error: ”"),
        ("<h2>Pilots</h2>", '<p id="q">No</p>', "id “q” is used 2 times"),
        ("<h2>Pilots</h2>", "<p><form></form></p>", "does not parse"),
        ("<h2>Pilots</h2>", '<p style="color:red">No</p>', "has a style attribute"),
        ("<h2>Pilots</h2>", "<script>no()</script>", "inline script"),
        ("<h2>Pilots</h2>", '<p onclick="no()">No</p>', "has the attribute onclick"),
        ("<h2>Pilots</h2>", '<a href="javascript:no()">No</a>', "runs script from its href"),
        ("<h2>Pilots</h2>", '<a href="#nowhere">No</a>', "leads to nothing"),
        ("<h2>Pilots</h2>", '<a href="/a"><span aria-hidden="true">×</span></a>', "has no text"),
        ("<h2>Pilots</h2>", '<svg viewBox="0 0 1 1"></svg>', "neither named nor hidden"),
        ('<label for="q">Name</label>', "", 'id="q" name="q"> has no label'),
        ('<label for="q">Name</label>', '<label for="q"></label>', 'id="q" name="q"> has no label'),
        ('name="q" aria', 'name="q" required aria', "has the attribute required"),
        ('id="q-hint"', 'id="hint"', "missing aria-describedby “q-hint”"),
        ("<legend>Kind</legend>", "", "does not start with a legend"),
        ("<caption>Pilots</caption>", "", "has no caption"),
        (' scope="col"', "", "has no scope"),
        (' alt=""', "", "has no alt"),
        ('<input type="hidden" name="csrf_token" value="t">', "", "posts without a csrf_token"),
        (' lang="en"', "", "has no lang"),
        (' aria-label="Main"', "", "a nav has no name"),
        ("<li><a", "<p>No</p><li><a", "holds a p beside its li"),
    ],
)
def test_each_fault_is_found(old: str, new: str, fault: str) -> None:
    assert old in GOOD
    with pytest.raises(BadPage) as found:
        check_page(GOOD.replace(old, new), "/portfolio")
    assert fault in str(found.value)
    assert "/portfolio" in str(found.value)
