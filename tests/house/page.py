"""Checks that hold for every page: call check_page(html, url) wherever a test gets one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, ClassVar

import html5lib
from lxml.etree import HTMLParser, _Element, fromstring

REFERENCES = ("aria-describedby", "aria-labelledby", "aria-controls", "aria-owns")
UNLABELLED = {"hidden", "submit", "reset", "button", "image"}


class BadPage(AssertionError):
    """A page breaks a rule of the house; the message lists every fault found."""


def check_page(html: str, url: str = "") -> None:
    """Raises BadPage with all faults of the page: structure, names, references, policy and tokens."""
    Document(html).check(url)


class Document:
    """A parsed page.

    libxml2 builds the tree. It forgives what the standard calls an error, and html5lib, which does not, is
    twenty times slower; so html5lib reads only those pages that nest elements in a way not yet seen.
    """

    _nestings: ClassVar[set[tuple[str, ...]]] = set()
    """Each path of tags that stood in a page without parse errors."""

    def __init__(self, html: str) -> None:
        self.html = html
        parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
        self.root: _Element = fromstring(html.encode("utf-8", "replace"), parser)
        self.log = parser.error_log
        # lxml makes a new object each time an element is reached, unless one is kept.
        self.elements = list(self.root.iter())

    def check(self, url: str = "") -> None:
        """As check_page does."""
        faults = [*self._parse_errors(), *_faults(self.root)]
        if faults:
            raise BadPage(
                f"{url or 'page'}: {len(faults)} fault(s)\n" + "\n".join(f"  - {fault}" for fault in faults)
            )

    def _parse_errors(self) -> list[str]:
        nestings = _nestings(self.root)
        mismatches = [entry for entry in self.log if entry.type_name != "HTML_UNKNOWN_TAG"]
        if not mismatches and nestings <= Document._nestings:
            return []
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        parser.parse(self.html)
        if not parser.errors:
            Document._nestings |= nestings
        return [
            f"does not parse: {code} at line {line}, column {column}"
            for (line, column), code, _ in parser.errors
        ]


def _nestings(root: _Element) -> set[tuple[str, ...]]:
    """The paths of tags from the root to each element; drawings count as one element."""
    found: set[tuple[str, ...]] = set()
    waiting: list[tuple[_Element, tuple[str, ...]]] = [(root, (root.tag,))]
    while waiting:
        element, path = waiting.pop()
        found.add(path)
        if element.tag != "svg":
            waiting.extend((child, (*path, child.tag)) for child in element)
    return found


def _faults(root: _Element) -> Iterator[str]:
    for rule in (
        _language, _title_and_heading, _headings, _identifiers, _references, _labels, _fieldsets, _tables, _policy,
        _images, _names, _lists, _forms,
    ):  # fmt: skip
        yield from rule(root)


def text(element: _Element) -> str:
    """What is read out, white space folded; pictures by their alt text."""
    parts: list[str] = []

    def walk(node: _Element) -> None:
        if node.tag == "img":
            parts.append(node.get("alt") or "")
        if isinstance(node.tag, str) and node.get("aria-hidden") != "true":
            parts.append(node.text or "")
            for child in node:
                walk(child)
                parts.append(child.tail or "")

    walk(element)
    return re.sub(r"\s+", " ", "".join(parts)).strip()


def _all(document: _Element, *tags: str) -> list[_Element]:
    return [element for element in document.iter() if _kind(element) in tags]


def _kind(element: _Element) -> str:
    """The element's name; pictures within the page carry a namespace before theirs, comments have none."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _described(element: _Element) -> str:
    marks = "".join(
        f' {name}="{element.get(name)}"' for name in ("id", "name", "href", "class") if element.get(name)
    )
    return f"<{_kind(element)}{marks}>"


def _language(document: _Element) -> Iterator[str]:
    if not document.get("lang"):
        yield "html has no lang"


def _title_and_heading(document: _Element) -> Iterator[str]:
    titles = [text(title) for title in document.findall("head/title")]
    headings = [text(heading) for heading in _all(document, "h1")]
    if len(headings) != 1:
        yield f"has {len(headings)} h1 elements: {headings}"
    if len(titles) != 1:
        yield f"has {len(titles)} title elements"
    if len(titles) != 1 or len(headings) != 1:
        return
    if not headings[0]:
        yield "the h1 is empty"
    if not titles[0].removeprefix("Error: ").startswith(headings[0]):
        yield f"the title “{titles[0]}” does not start with the h1 “{headings[0]}”"
    refused = any("error-summary" in (element.get("class") or "") for element in document.iter())
    if refused and not titles[0].startswith("Error: "):
        yield f"shows an error summary, but its title “{titles[0]}” does not start with “Error: ”"


def _headings(document: _Element) -> Iterator[str]:
    main = document.find(".//main")
    if main is None:
        yield "has no main"
        return
    before = 0
    for heading in _all(main, "h1", "h2", "h3", "h4", "h5", "h6"):
        level = int(str(heading.tag)[1])
        # The error summary comes before the h1 by design.
        if level > before + 1 and not (before == 0 and level == 2):
            yield f"jumps from h{before} to h{level} at “{text(heading)}”"
        before = level


def _identifiers(document: _Element) -> Iterator[str]:
    counts = Counter(element.get("id") for element in document.iter() if element.get("id") is not None)
    for identifier, count in counts.items():
        if count > 1:
            yield f"id “{identifier}” is used {count} times"
        if not identifier or re.search(r"\s", identifier):
            yield f"id “{identifier}” is empty or holds a space"


def _references(document: _Element) -> Iterator[str]:
    known = {element.get("id") for element in document.iter()}
    for element in document.iter():
        for attribute in REFERENCES:
            value = element.get(attribute)
            if value is not None and not value.strip():
                yield f"{_described(element)} has an empty {attribute}"
            for identifier in (value or "").split():
                if identifier not in known:
                    yield f"{_described(element)} names a missing {attribute} “{identifier}”"
        href = element.get("href") or ""
        if element.tag == "a" and href.startswith("#") and href[1:] not in known:
            yield f"the link {_described(element)} leads to nothing on this page"


def _labels(document: _Element) -> Iterator[str]:
    labels = {label.get("for"): text(label) for label in _all(document, "label") if label.get("for")}
    inside = {id(control) for label in _all(document, "label") if text(label) for control in label.iter()}
    controls = _all(document, "input", "select", "textarea")
    for control in controls:
        if (control.get("type") or "").lower() in UNLABELLED and control.tag == "input":
            continue
        named = labels.get(control.get("id")) or control.get("aria-label") or control.get("aria-labelledby")
        if not named and id(control) not in inside:
            yield f"{_described(control)} has no label"
        for forbidden in ("required", "maxlength"):
            if control.get(forbidden) is not None:
                yield f"{_described(control)} has the attribute {forbidden}"
    known = {
        element.get("id") for element in [*controls, *_all(document, "output", "button", "meter", "progress")]
    }
    for target in labels:
        if target not in known:
            yield f"a label is for “{target}”, which is no control"


def _fieldsets(document: _Element) -> Iterator[str]:
    for fieldset in _all(document, "fieldset"):
        first = next(iter(fieldset), None)
        if first is None or first.tag != "legend" or not text(first):
            yield f"{_described(fieldset)} does not start with a legend"
    grouped = {id(control) for fieldset in _all(document, "fieldset") for control in fieldset.iter()}
    for control in _all(document, "input"):
        if control.get("type") == "radio" and id(control) not in grouped:
            yield f"{_described(control)} is a radio outside a fieldset"


def _tables(document: _Element) -> Iterator[str]:
    for table in _all(document, "table"):
        captions = [text(caption) for caption in table.findall("caption")]
        if not any(captions) and not table.get("aria-label") and not table.get("aria-labelledby"):
            yield f"{_described(table)} has no caption"
        if not _all(table, "th"):
            yield f"{_described(table)} has no header cell"
        for header in _all(table, "th"):
            if header.get("scope") not in ("col", "row", "colgroup", "rowgroup"):
                yield f"the header “{text(header)}” of {_described(table)} has no scope"


def _policy(document: _Element) -> Iterator[str]:
    for element in document.iter():
        if not isinstance(element.tag, str):
            continue
        if element.get("style") is not None:
            yield f"{_described(element)} has a style attribute"
        if _kind(element) == "style":
            yield "holds a style element"
        if _kind(element) == "script" and (not element.get("src") or (element.text or "").strip()):
            yield "holds an inline script"
        for name in element.attrib:
            if name.startswith("on"):
                yield f"{_described(element)} has the attribute {name}"
        for name in ("href", "src", "action", "formaction"):
            if (element.get(name) or "").strip().lower().startswith("javascript:"):
                yield f"{_described(element)} runs script from its {name}"


def _images(document: _Element) -> Iterator[str]:
    for image in _all(document, "img"):
        if image.get("alt") is None:
            yield f"{_described(image)} has no alt"
    for picture in _all(document, "svg"):
        if picture.get("aria-hidden") == "true":
            continue
        if picture.get("role") != "img" or not (picture.get("aria-label") or picture.get("aria-labelledby")):
            yield f"{_described(picture)} is neither named nor hidden"


def _names(document: _Element) -> Iterator[str]:
    for element in _all(document, "a", "button", "summary"):
        if not (text(element) or element.get("aria-label") or element.get("aria-labelledby")):
            yield f"{_described(element)} has no text"
        if element.tag == "a" and not element.get("href"):
            yield f"the link “{text(element)}” has no address"
    for landmark in _all(document, "nav"):
        if not (landmark.get("aria-label") or landmark.get("aria-labelledby")):
            yield "a nav has no name"


def _lists(document: _Element) -> Iterator[str]:
    for collection in _all(document, "ul", "ol"):
        for child in collection:
            if isinstance(child.tag, str) and child.tag not in ("li", "script", "template"):
                yield f"{_described(collection)} holds a {child.tag} beside its li"


def _forms(document: _Element) -> Iterator[str]:
    for form in _all(document, "form"):
        fields: dict[str, Any] = {field.get("name"): field.get("value") for field in _all(form, "input")}
        method = (form.get("method") or "get").lower()
        if method == "post" and not fields.get("csrf_token"):
            yield f"the form to “{form.get('action') or ''}” posts without a csrf_token"
        if method == "get" and "csrf_token" in fields:
            yield f"the form to “{form.get('action') or ''}” puts its csrf_token in the address"
        if (
            any(field.get("type") == "file" for field in _all(form, "input"))
            and form.get("enctype") != "multipart/form-data"
        ):
            yield f"the form to “{form.get('action') or ''}” sends a file without multipart/form-data"
