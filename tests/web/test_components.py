"""The parts pages are built from: their markup, and the filters that write days, amounts and differences."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from incubator.web import assets, formats
from tests.house.page import check_page
from tests.web.gallery import IdeaForm, Listing, gallery


@pytest.fixture(scope="module")
def app() -> Flask:
    return gallery()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def inside(app: Flask) -> Iterator[None]:
    with app.test_request_context("/"):
        yield


def draw(source: str, **context: object) -> str:
    return " ".join(render_template_string(source, **context).split())


@pytest.mark.parametrize(
    "path", ["/", "/form", *(f"/error/{code}" for code in (400, 403, 404, 409, 413, 429, 500, 503))]
)
def test_every_component_makes_a_good_page(client: FlaskClient, path: str) -> None:
    check_page(client.get(path).text, path)


def test_a_refused_form_ties_each_error_to_its_field(client: FlaskClient) -> None:
    page = client.get("/form").text
    assert "<title>Error: The problem and the idea – Incubator</title>" in page
    assert "<li>The call closed on March 1, 2026.</li>" in page
    assert '<li><a href="#title">Enter a name for the idea</a></li>' in page
    assert '<li><a href="#kind-0">Choose the kind of technology</a></li>' in page
    assert '<li><a href="#agreed">Confirm that your lead agreed</a></li>' in page
    assert 'aria-describedby="title-hint title-error" aria-invalid="true"' in page
    assert 'value="a lot"' in page
    assert 'value="soon"' in page


def test_only_fields_that_may_stay_empty_say_so(client: FlaskClient) -> None:
    page = client.get("/form").text
    assert '<label for="start">Earliest start date <span class="optional">(optional)</span></label>' in page
    assert '<label for="title">Name of the idea</label>' in page


def test_the_browser_neither_answers_for_us_nor_cuts_text(client: FlaskClient) -> None:
    page = client.get("/").text
    assert " required" not in page
    assert "maxlength" not in page


def test_typed_markup_stays_text(inside: None) -> None:
    form = IdeaForm(formdata=MultiDict([("title", '"><script>x</script>')]))
    shown = draw('{% import "components/fields.html" as f %}{{ f.text(form.title) }}', form=form)
    assert "<script>" not in shown
    assert "&lt;script&gt;x&lt;/script&gt;" in shown


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (1, ["1", "2", "…", "9", "Next page"]),
        (2, ["Previous page", "1", "2", "3", "…", "9", "Next page"]),
        (4, ["Previous page", "1", "…", "3", "4", "5", "…", "9", "Next page"]),
        (9, ["Previous page", "1", "…", "8", "9"]),
    ],
)
def test_paging_shows_the_ends_and_the_neighbours(inside: None, page: int, words: list[str]) -> None:
    shown = draw(
        '{% import "components/tables.html" as t %}{{ t.pages(listing)|replace("</li>", "|")|striptags }}',
        listing=Listing(page=page),
    )
    assert [word.strip().removeprefix("Page ") for word in shown.split("|") if word.strip()] == words


def test_one_page_needs_no_paging(inside: None) -> None:
    assert (
        draw('{% import "components/tables.html" as t %}{{ t.pages(l) }}', l=Listing(page=1, pages=1)) == ""
    )


@pytest.mark.parametrize(
    ("listing", "words"),
    [
        (Listing(total=0), "No results"),
        (Listing(total=1), "Showing 1 pilot"),
        (Listing(total=1_203, first=1_001, last=1_050), "Showing 1,001–1,050 of 1,203 pilots"),
    ],
)
def test_the_count_reads_as_a_sentence(inside: None, listing: Listing, words: str) -> None:
    source = '{% import "components/tables.html" as t %}{{ t.result_count(l, "pilot", "pilots")|striptags }}'
    assert draw(source, l=listing) == words


def test_a_sorted_column_says_so_and_turns_round(inside: None) -> None:
    source = '{% import "components/tables.html" as t %}{{ t.sort_header("Gate", key, listing) }}'
    sorted_one = draw(source, key="gate", listing=Listing())
    assert 'aria-sort="descending"' in sorted_one
    assert 'href="?sort=gate&amp;descending=False"' in sorted_one
    assert "aria-sort" not in draw(source, key="name", listing=Listing())


def test_the_stage_bar_names_every_state(inside: None) -> None:
    steps = [
        {"label": "Idea", "state": "completed"},
        {"label": "Design", "state": "stopped", "note": "Merged with another", "tone": "neutral"},
    ]
    shown = draw('{% import "components/stages.html" as s %}{{ s.stage_bar(steps) }}', steps=steps)
    assert shown.count("<li") == 2
    assert "completed" in shown
    assert 'aria-current="step"' in shown
    assert '<span class="tag neutral">Merged with another</span>' in shown


def test_a_post_button_is_safe_to_press_twice(inside: None) -> None:
    shown = draw('{% import "components/buttons.html" as b %}{{ b.post_button("/x", "Go", {"version": 3}) }}')
    assert 'method="post" action="/x"' in shown
    assert 'name="csrf_token"' in shown
    assert 'name="_key" value="0b7c0d3c"' in shown
    assert 'name="version" value="3"' in shown


def test_undo_stands_in_the_notice(client: FlaskClient) -> None:
    page = client.get("/").text
    assert 'action="/undo"' in page
    assert 'name="milestone" value="4"' in page


def test_pages_without_the_database_show_no_person(client: FlaskClient) -> None:
    for code in (500, 503):
        page = client.get(f"/error/{code}").text
        assert "Dana Ruiz" not in page
        assert "main-nav" not in page
    assert "Dana Ruiz" in client.get("/error/404").text


class TestFormats:
    @pytest.mark.parametrize(
        ("cents", "words"),
        [(0, "$0"), (123_400, "$1,234"), (123_450, "$1,234.50"), (5, "$0.05"), (-123_450, "−$1,234.50"),
         (10**17, "$1,000,000,000,000,000"), (None, "–")],
    )  # fmt: skip
    def test_money(self, inside: None, cents: int | None, words: str) -> None:
        assert formats.money(cents) == words

    @pytest.mark.parametrize(
        ("value", "digits", "words"),
        [(1234.5, None, "1,234.5"), (3, 1, "3.0"), (2.675, 2, "2.68"), (Decimal("-0.5"), None, "−0.5"), (29, None, "29"),
         (float("nan"), None, "–"), (float("inf"), None, "–"), (None, None, "–"), (1234.5, 0, "1,235")],
    )  # fmt: skip
    def test_number(self, inside: None, value: float | None, digits: int | None, words: str) -> None:
        assert formats.number(value, digits) == words

    def test_percent(self, inside: None) -> None:
        assert formats.percent(0.714) == "71%"
        assert formats.percent(0.714, 1) == "71.4%"
        assert formats.percent(-0.05) == "−5%"
        assert formats.percent(None) == "–"

    def test_days_are_written_out(self, inside: None) -> None:
        assert formats.day(date(2026, 1, 5)) == "January 5, 2026"
        assert formats.day(date(1, 1, 1)) == "January 1, 1"
        assert formats.day(None) == "–"

    def test_a_moment_is_the_viewers(self, inside: None) -> None:
        late = datetime(2026, 7, 1, 3, 5, 9, tzinfo=UTC)
        assert (
            formats.moment(late)
            == '<time datetime="2026-07-01T03:05:09Z">June 30, 2026, 9:05 p.m. MDT</time>'
        )
        assert formats.day(late) == "June 30, 2026"
        assert formats.clock(datetime(2026, 1, 5, 7, 0, tzinfo=UTC)) == "12:00 a.m. MST"
        assert formats.clock(datetime(2026, 1, 5, 19, 0, tzinfo=UTC)) == "12:00 p.m. MST"

    def test_a_moment_without_a_zone_is_refused(self, inside: None) -> None:
        with pytest.raises(ValueError, match="time zone"):
            formats.moment(datetime(2026, 1, 5))  # noqa: DTZ001

    def test_ago(self, inside: None) -> None:
        now = datetime(2026, 1, 5, tzinfo=UTC)
        assert formats.ago(now - timedelta(days=3), now) == "3 days ago"
        assert formats.ago(now + timedelta(weeks=2), now) == "in 2 weeks"


class TestWordChanges:
    def test_the_same_text_is_not_marked(self) -> None:
        sides = formats.word_changes("A & B", "A & B")
        assert (sides.differs, sides.before, sides.after) == (False, "A &amp; B", "A &amp; B")

    def test_words_are_marked_on_their_side(self) -> None:
        sides = formats.word_changes("We wait long.", "We wait 50 minutes.")
        assert sides.before == "We wait <del>long</del>."
        assert sides.after == "We wait <ins>50 minutes</ins>."

    def test_markup_in_answers_stays_text(self) -> None:
        sides = formats.word_changes(None, "<b>")
        assert (sides.before, sides.after) == ("", "<ins>&lt;b&gt;</ins>")

    def test_long_texts_are_marked_whole(self) -> None:
        sides = formats.word_changes("a " * 500_000, "b")
        assert sides.before.startswith("<del>a a ")
        assert sides.after == "<ins>b</ins>"


class TestAssets:
    def test_stamped_files_are_kept_for_a_year(self, app: Flask, client: FlaskClient, inside: None) -> None:
        url = app.jinja_env.globals["asset"]("css/base.css")
        assert url.startswith("/static/css/base.css?v=")
        for address, kept in (
            (url, True),
            ("/static/css/base.css", False),
            ("/static/css/none.css?v=1", False),
        ):
            with client.get(address) as answer:
                found = answer.headers.get("Cache-Control") == "public, max-age=31536000, immutable"
            assert found is kept, address

    def test_the_stamp_follows_the_content(self, tmp_path: Path) -> None:
        (tmp_path / "a.css").write_text("a")
        first = assets._stamp(tmp_path)
        (tmp_path / "a.css").write_text("b")
        assert assets._stamp(tmp_path) != first

    def test_the_font_is_woff2_and_revalidates(self, client: FlaskClient) -> None:
        font = client.get("/assets/fonts/public-sans.woff2")
        assert font.mimetype == "font/woff2"
        assert font.data[:4] == b"wOF2"
        again = client.get("/assets/fonts/public-sans.woff2", headers={"If-None-Match": font.headers["ETag"]})
        assert again.status_code == 304

    def test_the_font_is_made_once_and_survives_a_torn_file(self, app: Flask, tmp_path: Path) -> None:
        with app.app_context():
            assets._woff2.cache_clear()
            made = assets._woff2(str(tmp_path))
            (kept,) = (tmp_path / "fonts").iterdir()
            kept.write_bytes(b"torn")
            assets._woff2.cache_clear()
            assert assets._woff2(str(tmp_path)) == made
            assert kept.read_bytes() == made
            assets._woff2.cache_clear()

    def test_pages_work_where_nothing_can_be_written(self, app: Flask, tmp_path: Path) -> None:
        (tmp_path / "fonts").write_text("a file where the folder should be")
        with app.app_context():
            assets._woff2.cache_clear()
            assert assets._woff2(str(tmp_path))[:4] == b"wOF2"
            assets._woff2.cache_clear()

    def test_without_the_package_pages_use_the_systems_typeface(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(assets, "FONT_PACKAGE", "no_such_package")
        assets._font_source.cache_clear()
        assets._woff2.cache_clear()
        try:
            page = client.get("/").text
            assert "public-sans" not in page
            assert client.get("/assets/fonts/public-sans.woff2").status_code == 404
        finally:
            assets._font_source.cache_clear()
