import re
import shutil
import subprocess
import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from incubator.exports.documents import (
    Block,
    Chart,
    Document,
    Heading,
    Items,
    KeyValues,
    Notice,
    PageBreak,
    Paragraph,
    TableBlock,
    TagLine,
    to_pdf,
)

MADE = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 80" width="200" height="80">
<path d="M0 80 L100 20 L200 40" stroke="#1a4480" fill="none"/></svg>"""


def command(name: str, *arguments: str | Path) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return subprocess.run([path, *arguments], capture_output=True, check=True, timeout=60).stdout.decode()


class Made:
    def __init__(self, folder: Path, *blocks: Block, title: str = "A pilot report", **fields: object) -> None:
        self.path = folder / "document.pdf"
        document = Document(title, "Second progress report", blocks, **fields)  # type: ignore[arg-type]
        self.content = to_pdf(document, MADE)
        self.path.write_bytes(self.content)

    def text(self, *options: str) -> str:
        return command("pdftotext", "-layout", *options, self.path, "-")

    def words(self) -> str:
        return " ".join(command("pdftotext", "-raw", self.path, "-").replace("\u200b", "").split())

    def info(self) -> dict[str, str]:
        lines = command("pdfinfo", self.path).splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def structure(self) -> str:
        return command("pdfinfo", "-struct-text", self.path)


def everything() -> list[Block]:
    return [
        TagLine(["Pilot", "On time"]),
        Notice("Made for the demonstration.", "Illustration", "warning"),
        Heading("Summary"),
        Paragraph("First part.\n\nSecond part,\nwith a new line."),
        KeyValues([("Agency", "Motor vehicles"), ("Budget", "$250,000.00")]),
        Heading("Measures", 3),
        Items(["Wait fell", "Cost rose"]),
        Chart(SVG, "Line chart: wait fell from 41 to 28 minutes", "Median wait"),
        TableBlock(["Pilot", "Cost"], [["Kiosk", "$5.00"]], "Pilots", numeric=[1]),
        PageBreak(),
        Heading("After"),
        Paragraph("The end."),
    ]


def test_everything_is_on_the_page_in_order(tmp_path: Path) -> None:
    made = Made(tmp_path, *everything(), number="PLT-2026-014", day=date(2026, 3, 4))
    assert re.sub(r"\s+", " ", made.words()) == (
        "PLT-2026-014 A pilot report Second progress report Pilot On time Illustration Made for the "
        "demonstration. Summary First part. Second part, with a new line. Agency Motor vehicles Budget "
        "$250,000.00 Measures • Wait fell • Cost rose Median wait Pilots Pilot Cost Kiosk $5.00 "
        "March 4, 2026 Page 1 of 2 A pilot report PLT-2026-014 After The end. March 4, 2026 Page 2 of 2"
    )


def test_the_file_is_tagged_titled_and_names_its_language(tmp_path: Path) -> None:
    made = Made(tmp_path, *everything(), number="PLT-2026-014", language="es")
    info = made.info()
    assert (info["Tagged"], info["Title"], info["Pages"]) == ("yes", "A pilot report", "2")
    assert info["Page size"] == "612 x 792 pts (letter)"
    assert "Author" not in info
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made.content
    assert b"/Lang(es)" in made.content
    structure = made.structure()
    roles = re.findall(r"^ *(H1|H2|H3|P|L|LI|Table|TH|TD|Figure|Caption)\b", structure, re.MULTILINE)
    for role, count in {"H1": 2, "H2": 1, "Figure": 1, "Table": 1, "TH": 2, "TD": 2, "LI": 2}.items():
        assert roles.count(role) == count, role
    assert "/Alt(Line chart: wait fell from 41 to 28 minutes)" in made.content.decode("latin-1")


def test_fonts_are_embedded_and_none_is_the_machines(tmp_path: Path) -> None:
    made = Made(tmp_path, *everything())
    rows = [line.split() for line in command("pdffonts", made.path).splitlines()[2:]]
    assert rows
    assert {row[0].split("+")[1].split("-")[0] for row in rows} == {"PublicSans"}
    assert all(row[-5:-2] == ["yes", "yes", "yes"] for row in rows), "embedded, subset, with unicode"


def test_charts_stay_vectors(tmp_path: Path) -> None:
    made = Made(tmp_path, Chart(SVG, "A line"))
    assert command("pdfimages", "-list", made.path).splitlines()[2:] == []


def test_same_input_same_bytes(tmp_path: Path) -> None:
    first = Made(tmp_path, *everything())
    assert Made(tmp_path, *everything()).content == first.content
    later = to_pdf(
        Document("A pilot report", "Second progress report", everything()), datetime(2027, 1, 1, tzinfo=UTC)
    )
    assert later != first.content


@pytest.mark.parametrize(
    "hostile",
    [
        '#read("/etc/passwd")',
        '#eval("1+1")',
        "$x^2$ saves $5 vs $6",
        "*bold* _it_ `code` = no heading",
        r"\u{41} \ \\ \" \n C:\temp",
        '"; #panic("x") //',
        "]#pagebreak()[",
        "<label> @reference // comment /* x */",
        "{{7*7}} ${7*7} <script>alert(1)</script>",
        "- item + item / term: x",
        '{"kind": "break"}',
        "https://example.gov/#read(1)",
        "'single' \"double\" -- --- ...",
    ],
)
def test_what_was_typed_is_printed_as_typed_everywhere(tmp_path: Path, hostile: str) -> None:
    made = Made(
        tmp_path,
        TagLine([hostile]),
        Notice(hostile, hostile),
        Heading(hostile),
        Paragraph(hostile),
        KeyValues([(hostile, hostile)]),
        Items([hostile]),
        Chart(SVG, hostile, hostile),
        TableBlock([hostile], [[hostile]], hostile),
        title=hostile,
        number=hostile,
    )
    assert made.words().replace(" ", "").count(hostile.replace(" ", "")) == 14
    assert "root:" not in made.words()
    assert made.info()["Pages"] == "1"


def test_scripts_directions_and_signs_survive(tmp_path: Path) -> None:
    texts = ["שלום עולם", "Žluťoučký kůň", "Ελλάδα", "漢字仮名", "😀", "Việt Nam", "¼ ≤ 5 µm €"]
    made = Made(tmp_path, Items(texts), Paragraph("שלום, זה משפט 12."))
    printed = made.words()
    for text in texts[1:]:
        assert text in printed
    flat = {character for character in printed if "א" <= character <= "ת"}
    assert set("שלוםעה") <= flat


def test_a_right_to_left_paragraph_stands_to_the_right(tmp_path: Path) -> None:
    made = Made(tmp_path, Paragraph("שלום"), Paragraph("Left"))
    boxes = command("pdftotext", "-bbox", made.path, "-")
    left = {word: float(x) for x, word in re.findall(r'xMin="([\d.]+)"[^>]*>([^<]+)</word>', boxes)}
    rtl = next(x for word, x in left.items() if "\u0590" < word[0] < "\u05ff")
    assert left["Left"] < 80
    assert rtl > 450


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00\x01\x1b[31m",
        "\ud800",
        "a\u0301" * 5_000,
        "\u202eevil",
        "x" * 5_000,
        " \u200b\u2060 ",
        "\ufffe\uffff",
        "\U0010ffff \U000e0001 \ue000",
        "1\r\n2\u20283",
    ],
)
def test_odd_text_makes_a_document(tmp_path: Path, text: str) -> None:
    made = Made(
        tmp_path,
        Heading(text),
        Paragraph(text),
        Items([text]),
        KeyValues([(text, text)]),
        TableBlock([text, "b"], [[text, "after it"]], text),
        Notice(text, text),
        TagLine([text]),
        Chart(SVG, text + "alt", text),
        title=text,
        number=text,
    )
    assert {"after", "it"} <= set(made.words().split())
    assert int(made.info()["Pages"]) < 40
    assert "\x1b" not in made.words()


def test_no_word_runs_off_the_page(tmp_path: Path) -> None:
    long = "w" * 600
    made = Made(
        tmp_path,
        Paragraph(long),
        TableBlock(["a", "b", "c"], [[long, long, "short"]]),
        KeyValues([(long, long)]),
        TagLine([long[:100]] * 4),
        title=long[:200],
    )
    boxes = command("pdftotext", "-bbox", made.path, "-")
    right = [float(x) for x in re.findall(r'xMax="([\d.]+)"', boxes)]
    assert right
    assert max(right) <= 612 - 0.9 * 72 + 1


@pytest.mark.slow
def test_a_million_characters(tmp_path: Path) -> None:
    text = "\n\n".join(f"Paragraph {n}: " + "plain words go on " * 50 for n in range(1_100))
    assert len(text) > 1_000_000
    made = Made(tmp_path, Paragraph(text))
    words = made.words()
    assert words.split().count("plain") == words.split().count("go") == 55_000
    assert "Paragraph 1099:" in words


def test_a_long_table_repeats_its_header(tmp_path: Path) -> None:
    rows = [[f"Pilot {n}", f"${n:,}.00"] for n in range(150)]
    made = Made(tmp_path, TableBlock(["Name of the pilot", "Cost"], rows, numeric=[1]))
    pages = made.text().split("\f")[:-1]
    assert len(pages) >= 4
    assert all(page.count("Name of the pilot") == 1 for page in pages)
    assert all(f"of {len(pages)}" in page for page in pages)
    found = re.findall(r"Pilot (\d+)\s+\$(\d+)\.00", made.text())
    assert found == [(str(n), str(n)) for n in range(150)]


def test_numeric_columns_end_at_one_edge(tmp_path: Path) -> None:
    made = Made(tmp_path, TableBlock(["Name", "Cost"], [["a", "$1.00"], ["b", "$1,000,000.00"]], numeric=[1]))
    edges = re.findall(r'xMax="([\d.]+)"[^>]*>\$', command("pdftotext", "-bbox", made.path, "-"))
    assert len(edges) == 2
    assert abs(float(edges[0]) - float(edges[1])) < 0.5


def test_what_cannot_be_set_is_refused(tmp_path: Path) -> None:
    for block, reason in [
        (Chart(SVG, "  "), "description in words"),
        (TableBlock(["a", "b"], [["1"]]), "1 cells, the header 2"),
        (TableBlock(["a"], [["1"]], shares=[1, 2]), "2 widths for 1"),
        (Notice("x", tone="loud"), "no tone 'loud'"),  # type: ignore[arg-type]
    ]:
        with pytest.raises(ValueError, match=reason):
            Made(tmp_path, block)


def test_a_chart_cannot_reach_a_file_of_the_machine(tmp_path: Path) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_bytes(SVG.replace(b"#1a4480", b"#ff00ff"))
    link = (
        f'<image href="{secret.as_uri()}" width="9" height="9"/><image href="{secret}" width="9" height="9"/>'
    )
    linked = SVG.replace(b"</svg>", link.encode() + b"</svg>")
    try:
        content = to_pdf(Document("t", "s", [Chart(linked, "x")]), MADE)
    except RuntimeError:
        return
    assert content == to_pdf(Document("t", "s", [Chart(SVG, "x")]), MADE)


def test_documents_made_at_once_do_not_mix(tmp_path: Path) -> None:
    made: dict[int, bytes] = {}

    def make(number: int) -> None:
        made[number] = to_pdf(Document(f"Report {number}", "s", [Paragraph(f"Only {number}")] * 40), MADE)

    threads = [threading.Thread(target=make, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(8):
        assert made[number] == to_pdf(
            Document(f"Report {number}", "s", [Paragraph(f"Only {number}")] * 40), MADE
        )
    assert len(set(made.values())) == 8


def test_marks_beyond_number_over_one_letter_do_not_bring_it_down(tmp_path: Path) -> None:
    made = Made(tmp_path, Paragraph("before Z" + "\u0301" * 500 + " after"), Paragraph("\ufefffirst"))
    words = made.words()
    assert "\u0301" * 7 in words
    assert "\u0301" * 9 not in words
    assert " after first " in words
