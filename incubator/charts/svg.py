"""matplotlib's SVG turned into SVG for a page with a strict content security policy, or for a file.

The result has no style attribute and no style element, ids of its own, short numbers and an accessible name.
"""

import re
from xml.etree import ElementTree as ET

SVG = "http://www.w3.org/2000/svg"
_XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_NUMERIC = {"d", "x", "y", "width", "height", "transform", "points", "font-size", "stroke-width"}
_DROPPED = {"font-family", "stroke-linejoin"}
_STACK = "'Public Sans', system-ui, 'DejaVu Sans', sans-serif"


def finish(source: str, prefix: str, title: str, description: str, variables: dict[str, str] | None) -> bytes:
    """The SVG as UTF-8 text without XML declaration.

    `prefix` starts every id; `variables` maps known colors to CSS variables (None: colors stay as they
    are, for a file that stands alone).
    """
    # Only matplotlib's own output is parsed here; it holds no entities and no external parts.
    root = ET.fromstring(source)  # noqa: S314
    used = {match for element in root.iter() for match in _references(element)}
    _walk(root, used, prefix, variables)
    box = root.attrib["viewBox"]
    body = list(root)
    root.clear()
    root.tag = "svg"
    root.attrib.update(
        {
            "xmlns": SVG,
            "class": "chart",
            "viewBox": box,
            "role": "img",
            "aria-labelledby": f"{prefix}-t {prefix}-d",
            "font-family": _STACK,
            "stroke-linejoin": "round",
        }
    )
    if variables is None:
        root.attrib["width"], root.attrib["height"] = box.split()[2:]
    name = ET.SubElement(root, "title", {"id": f"{prefix}-t"})
    name.text = title
    longer = ET.SubElement(root, "desc", {"id": f"{prefix}-d"})
    longer.text = description
    for element in body:
        root.extend(_flat(element))
    done: bytes = ET.tostring(root, encoding="utf-8")
    return done


def _references(element: ET.Element) -> list[str]:
    found = [match for value in element.attrib.values() for match in _REFERENCE.findall(value)]
    href = element.attrib.get(_XLINK_HREF, "")
    return [*found, href[1:]] if href.startswith("#") else found


def _walk(element: ET.Element, used: set[str], prefix: str, variables: dict[str, str] | None) -> None:
    element.tag = element.tag.rpartition("}")[2]
    element.tail = None
    if element.tag != "text":
        element.text = None
    element.attrib = _attributes(element.attrib, used, prefix, variables)
    for child in list(element):
        if child.tag.rpartition("}")[2] in {"style", "metadata"}:
            element.remove(child)
        else:
            _walk(child, used, prefix, variables)


def _attributes(
    given: dict[str, str], used: set[str], prefix: str, variables: dict[str, str] | None
) -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in given.items():
        if name == "style":
            for part in value.split(";"):
                key, _, content = part.partition(":")
                flat[key.strip()] = content.strip()
        elif name == _XLINK_HREF:
            flat["href"] = f"#{prefix}-{value[1:]}"
        elif name == "id":
            if value in used:
                flat["id"] = f"{prefix}-{value}"
        else:
            flat[name] = value
    return {
        name: _value(name, value, prefix, variables) for name, value in flat.items() if _kept(name, value)
    }


def _kept(name: str, value: str) -> bool:
    return bool(name) and name not in _DROPPED and not value.startswith("rotate(-0 ")


def _value(name: str, value: str, prefix: str, variables: dict[str, str] | None) -> str:
    if name in {"fill", "stroke"} and variables and value.lower() in variables:
        return f"var({variables[value.lower()]}, {value.lower()})"
    if name == "font-size":
        value = value.removesuffix("px")
    if name in _NUMERIC:
        value = " ".join(_NUMBER.sub(_short, value).split())
    return _REFERENCE.sub(rf"url(#{prefix}-\1)", value)


def _short(match: re.Match[str]) -> str:
    text = f"{float(match[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _flat(element: ET.Element) -> list[ET.Element]:
    """The element without groups that carry nothing."""
    children = [inner for child in list(element) for inner in _flat(child)]
    for child in list(element):
        element.remove(child)
    if element.tag == "g" and not element.attrib:
        return children
    element.extend(children)
    return [] if element.tag in {"g", "defs"} and not children else [element]
