"""Every chart, usual, extreme and empty, at both widths: safe to put in a page, and readable."""

import itertools
import re
import struct
from xml.etree import ElementTree as ET

import pytest

from incubator.charts import ScoreDots, render
from tests.charts.samples import EMPTY, EVERY, EXTREME, LONG, USUAL, process

WIDTHS = {False: 760, True: 340}
SVG = "{http://www.w3.org/2000/svg}"
both = pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])


def each(names):
    """The charts by name, all that is asked of one of them in one process: it is drawn there once."""
    return pytest.mark.parametrize(
        "name", [pytest.param(name, marks=pytest.mark.xdist_group(f"the chart {name}")) for name in names]
    )


_PAGES = {}


def page_of(chart, narrow, fonts, kind="svg"):
    """The drawing as text, drawn once for all who look at it. Keeping the chart keeps its identity its own."""
    key = (id(chart), narrow, kind)
    if key not in _PAGES:
        _PAGES[key] = (chart, render(chart, kind, narrow, fonts=fonts).decode("utf-8"))
    return _PAGES[key][1]


def drawn(chart, narrow, fonts, kind="svg"):
    return ET.fromstring(page_of(chart, narrow, fonts, kind))


def boxes(root):
    """Left, top, right, bottom and words of each text, upright or turned, measured with the chart's own font."""
    from incubator.charts import theme

    found = []
    for text in root.iter(f"{SVG}text"):
        size, weight = (
            float(text.get("font-size")),
            int(text.get("font-weight", "400").replace("bold", "700")),
        )
        wide = theme.text_width(text.text, size, weight)
        x, y = float(text.get("x")), float(text.get("y"))
        if text.get("transform"):
            assert text.get("transform") == f"rotate(-90 {text.get('x')} {text.get('y')})"
            found.append((x - size * 0.72, y - wide, x + size * 0.1, y, text.text))
            continue
        left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[text.get("text-anchor", "start")]
        found.append((left, y - size * 0.72, left + wide, y + size * 0.1, text.text))
    return found


@both
@each(EVERY)
def test_a_chart_obeys_a_strict_content_policy(name, narrow, fonts):
    root = drawn(EVERY[name], narrow, fonts)
    names = [element.tag.removeprefix(SVG) for element in root.iter()]
    assert not {"style", "script", "image", "foreignObject", "metadata"} & set(names)
    attributes = [(key, value) for element in root.iter() for key, value in element.attrib.items()]
    assert not [key for key, _ in attributes if key == "style" or key.startswith(("on", "{"))]
    ids = [value for key, value in attributes if key == "id"]
    assert len(ids) == len(set(ids))
    prefix = root.get("aria-labelledby").partition("-")[0]
    assert all(re.fullmatch(rf"{prefix}-[\w-]+", value) for value in ids)
    wanted = {value[1:] for key, value in attributes if key == "href"}
    wanted |= {match for _, value in attributes for match in re.findall(r"url\(#([^)]+)\)", value)}
    assert wanted <= set(ids)


@both
@each(EVERY)
def test_a_chart_has_a_name_and_a_size(name, narrow, fonts):
    chart = EVERY[name]
    root = drawn(chart, narrow, fonts)
    assert root.get("role") == "img"
    assert root.get("viewBox").split()[:3] == ["0", "0", str(WIDTHS[narrow])]
    assert [root.find(f"{SVG}title").text, root.find(f"{SVG}desc").text] == [chart.title, chart.description]
    assert 0 < len(chart.title) <= 200
    assert 0 < len(chart.description) <= 200
    assert "nan" not in f"{chart.title} {chart.description}".lower().split()


@both
@each(EVERY)
def test_no_label_leaves_the_sheet_and_none_is_tiny(name, narrow, fonts):
    root = drawn(EVERY[name], narrow, fonts)
    high = float(root.get("viewBox").split()[3])
    for left, top, right, bottom, text in boxes(root):
        assert left >= -1, text
        assert right <= WIDTHS[narrow] + 1, text
        assert 0 <= top < bottom <= high, text
    assert all(float(text.get("font-size")) >= 12 for text in root.iter(f"{SVG}text"))


@both
@each(USUAL)
def test_labels_do_not_cover_each_other(name, narrow, fonts):
    for one, other in itertools.combinations(boxes(drawn(USUAL[name], narrow, fonts)), 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart, f"{one[4]!r} covers {other[4]!r}"


@both
@each([*EXTREME, *USUAL])
def test_no_number_of_the_drawing_is_broken(name, narrow, fonts):
    page = page_of((EXTREME | USUAL)[name], narrow, fonts)
    numbers = " ".join(re.findall(r' (?:d|x|y|width|height|transform)="([^"]*)"', page))
    assert not re.search(r"nan|inf", numbers, re.IGNORECASE)
    assert not re.search(r"\.\d{3}", numbers)


@both
def test_an_empty_chart_says_so_calmly(narrow, fonts):
    for chart in EMPTY.values():
        texts = [text.text for text in drawn(chart, narrow, fonts).iter(f"{SVG}text")]
        assert texts == [chart.EMPTY] == [chart.title]


def test_text_is_literal(fonts):
    page = render(process([29, 31], metric=LONG, unit="$x^2$"), "svg", fonts=fonts).decode()
    assert ">$x^2$</text>" in page
    assert "about $5 and $6" in page
    odd = "".join(drawn(EXTREME["progress"], False, fonts).itertext())
    assert "漢字の提案 😀 مرحبا" in odd
    assert "\x00" not in odd
    assert "\u202e" not in odd


def test_colours_follow_the_page_inside_and_stand_alone_in_a_file(fonts):
    inside = render(USUAL["process"], "svg", fonts=fonts).decode()
    alone = render(USUAL["process"], "svg-file", fonts=fonts).decode()
    for name, value in (
        ("--c-blue", "#005ea2"),
        ("--c-orange", "#c05600"),
        ("--c-band", "#d9e8f6"),
        ("--c-ink", "#1b1b1b"),
    ):
        assert f"var({name}, {value})" in inside or name == "--c-ink"
    assert not re.search(r'(?:fill|stroke)="#(?:005ea2|c05600|d9e8f6|162e51|71767a)"', inside)
    assert "var(" not in alone
    assert 'stroke="#c05600"' in alone
    assert re.search(r'<svg [^>]*width="760" height="370"', alone)


def placed(root, word):
    """Where along the sheet a text starts."""
    return next(float(text.get("x")) for text in root.iter(f"{SVG}text") if text.text == word)


@both
def test_better_is_always_to_the_right(narrow, fonts):
    """Whichever end of the scale is the better one."""
    high, low = (
        drawn(ScoreDots(proposals=USUAL["dots"].proposals, lower_is_better=lower), narrow, fonts)
        for lower in (False, True)
    )
    assert placed(high, "1") < placed(high, "5")
    assert placed(low, "5") < placed(low, "1")
    assert placed(low, "better →") > placed(low, "3")


@both
@each(["ranks-many", "heat-many", "severity-many", "shifts-many", "dots-many"])
def test_many_rows_stay_close_together(name, narrow, fonts):
    high = float(drawn(USUAL[name], narrow, fonts).get("viewBox").split()[3])
    chart = USUAL[name]
    rows = len(
        chart.changed if name == "shifts-many" else chart.proposals if name == "dots-many" else chart.rows
    )
    assert rows >= 30
    assert 18 * rows < high < 24 * rows + 220


@both
def test_a_number_on_a_fill_carries_the_ink_made_for_it(narrow, fonts):
    """Both follow the page together, so that dark pages keep them readable."""
    root = drawn(USUAL["heat"], narrow, fonts)
    fills = {fill for path in root.iter(f"{SVG}path") if "--c-heat" in (fill := path.get("fill", ""))}
    inks = {text.get("fill") for text in root.iter(f"{SVG}text") if re.fullmatch(r"\d\.\d", text.text)}
    assert fills == {f"var(--c-heat{step}, {fill})" for step, fill in enumerate(theme_fills(), start=1)}
    assert inks == {"var(--c-on-weak, #1b1b1d)", "var(--c-on-strong, #fffffd)"}


def theme_fills():
    from incubator.charts import theme

    return theme.HEAT


def test_shape_tells_what_colour_tells(fonts):
    root = drawn(process([*[10, 12, 11, 9] * 3, 30, -20]), False, fonts)
    marks = {use.get("href"): use.get("fill") for use in root.iter(f"{SVG}use")}
    assert len(marks) >= 3
    assert {"var(--c-blue, #005ea2)", "var(--c-orange, #c05600)", "var(--c-routine, #71767a)"} <= set(
        marks.values()
    )


@both
def test_a_png_is_two_dots_a_pixel_below_its_title(narrow, fonts):
    image = render(USUAL["process"], "png", narrow, fonts=fonts)
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", image[16:24]) == ((WIDTHS[narrow] + 24) * 2, 900 if narrow else 842)
    assert all(mark not in image for mark in (b"tIME", b"Software", b"Creation"))


def test_another_kind_is_refused(fonts):
    with pytest.raises(ValueError, match="svg, svg-file, png"):
        render(USUAL["process"], "gif", fonts=fonts)


@each(EVERY)
def test_every_row_of_the_table_fits_its_header(name):
    header, rows = EVERY[name].table()
    assert len(header) == len(set(header)) > 1
    assert all(len(row) == len(header) for row in rows)
    assert bool(rows) or name.startswith("empty") or name.endswith("no-number")
