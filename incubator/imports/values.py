"""Single cells: what counts as missing, which stage a word means, where an e-mail address hides."""

import re

from incubator.domain.stages import Stage

# Found in the 2024 and 2025 inventories in many capitals and with stray white space and full stops;
# "None of the above" and "No" are answers and stay.
_MISSING = frozenset(
    {
        "",
        "-",
        "--",
        "—",
        "–",
        "?",
        "[]",
        "n/a",
        "na",
        "n.a",
        "n\\a",
        "#n/a",
        "#div/0!",
        "#name?",
        "#null!",
        "#num!",
        "#ref!",
        "#value!",
        "n / a",
        "none",
        "null",
        "nil",
        "nan",
        "not applicable",
        "not available",
        "not provided",
        "blank",
        "blank/not provided",
        "unknown",
        "tbd",
        "tba",
        "todo",
        "to be determined",
    }
)
_LETTERED = re.compile(
    r"^(?:[a-z]\)\s*|(?:stage|phase|step)\s*[0-9]{1,2}\s*[-–—:.)]\s*|[0-9]{1,2}\s*[.):]\s*)+"
)
_AROUND = re.compile(r"^(?:in |in the |the )?(.*?)(?: phase| stage)?$")
# After the word itself a definition may follow: behind a dash, a colon, or the letter a dash became
# when Mac and Windows encodings were mixed up.
_DEFINITION = re.compile(r"\s+[-–—ñ]\s+.*$|\s*[–—:(].*$", re.DOTALL)
_ID_AND_NAME = re.compile(
    r"\[?(?P<id>(?:[A-Za-z]{1,12}[-_. /]?){0,3}[0-9][\w.-]{0,20}?)\]?(?:\s+[-–—|]\s+|\s*[:|]\s+|\s*\]\s*)(?P<name>\S.*)"
)
# Bounded on both sides: a megabyte of letters before one "@" must not be searched from each of them.
_EMAIL = re.compile(r"[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}")

_STAGE_WORDS: dict[str, Stage] = {
    "pre-deployment": Stage.DESIGN,
    "predeployment": Stage.DESIGN,
    "initiated": Stage.IDEA,
    "planned": Stage.IDEA,
    "ideation": Stage.IDEA,
    "idea": Stage.IDEA,
    "proposed": Stage.IDEA,
    "proposal": Stage.IDEA,
    "acquisition and/or development": Stage.DESIGN,
    "design": Stage.DESIGN,
    "in design": Stage.DESIGN,
    "development": Stage.DESIGN,
    "in development": Stage.DESIGN,
    "implementation and assessment": Stage.PILOT,
    "pilot": Stage.PILOT,
    "piloting": Stage.PILOT,
    "operation and maintenance": Stage.IN_SERVICE,
    "in production": Stage.IN_SERVICE,
    "in mission": Stage.IN_SERVICE,
    "deployed": Stage.IN_SERVICE,
    "scale": Stage.SCALE,
    "scaling": Stage.SCALE,
    "initiation": Stage.IDEA,
    "concept": Stage.IDEA,
    "planning": Stage.IDEA,
    "development and acquisition": Stage.DESIGN,
    "acquisition and development": Stage.DESIGN,
    "acquisition or development": Stage.DESIGN,
    "under development": Stage.DESIGN,
    "implementation": Stage.PILOT,
    "pilot testing": Stage.PILOT,
    "operations and maintenance": Stage.IN_SERVICE,
    "operation": Stage.IN_SERVICE,
    "operations": Stage.IN_SERVICE,
    "operational": Stage.IN_SERVICE,
    "production": Stage.IN_SERVICE,
    "live": Stage.IN_SERVICE,
    "in use": Stage.IN_SERVICE,
    "completed": Stage.CLOSED,
    "complete": Stage.CLOSED,
    "cancelled": Stage.CLOSED,
    "canceled": Stage.CLOSED,
    "terminated": Stage.CLOSED,
    "discontinued": Stage.CLOSED,
    "decommissioned": Stage.CLOSED,
    "ended": Stage.CLOSED,
    "in service": Stage.IN_SERVICE,
    "in_service": Stage.IN_SERVICE,
    "retired": Stage.CLOSED,
    "research or administrative action complete": Stage.CLOSED,
    "closed": Stage.CLOSED,
    "stopped": Stage.CLOSED,
}


def tidy(text: str) -> str:
    """White space collapsed and trimmed; other signs untouched."""
    return " ".join(text.split())


def tidy_paragraphs(text: str) -> str:
    """Line ends made alike and trimmed, no line trailing off, at most one blank line in a row."""
    # "_x000D_" is how XLSX writes a carriage return; some exporters leave it in the text.
    plain = text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
    lines = [line.rstrip() for line in plain.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def is_missing(text: str) -> bool:
    """Whether a cell says no more than that there is no answer (or none yet): blank, N/A, TBD, "-" …"""
    return len(text) < 200 and tidy(text).casefold().rstrip(" .") in _MISSING


def present(text: str) -> str:
    """The tidied text on one line, or "" when it is missing."""
    return "" if is_missing(text) else tidy(text)


def split_id(text: str) -> tuple[str, str]:
    """The id and the name that share a cell, "HHS-12 - Bus lanes" or "A7: Bus lanes"; ("", text) where none leads."""
    match = _ID_AND_NAME.fullmatch(text)
    return (match["id"], match["name"]) if match else ("", text)


def stage_word(text: str) -> str:
    """A stage as written, without its letter, its definition, capitals and double spaces."""
    plain = _LETTERED.sub("", tidy(text).casefold())
    return tidy(_DEFINITION.sub("", plain)).rstrip(".")


def read_stage(text: str, extra: dict[str, str] | None = None) -> Stage | None:
    """The stage a cell means, None when it is blank or not a word known here.

    `extra` maps stage words, as `stage_word` gives them, to stage values and is asked first.
    """
    word = stage_word(text)
    chosen = (extra or {}).get(word)
    if chosen:
        return Stage(chosen)
    return _STAGE_WORDS.get(word) or _STAGE_WORDS.get(_AROUND.sub(r"\1", word))


def count_emails(text: str) -> int:
    """How many e-mail addresses stand in the text."""
    return len(_EMAIL.findall(text)) if "@" in text else 0
