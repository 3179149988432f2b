"""The words of `--map`: targets and columns on the command line, or a TOML or JSON file that names them."""

import json
import math
import re
import tomllib
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from incubator.imports.mapping import plain_header
from incubator.imports.problems import ImportProblem
from incubator.imports.review_mapping import (
    CRITERION,
    MOST_NUMBER,
    TARGETS,
    CriterionColumn,
    ReviewMapping,
    no_such_target,
    shown,
)

_OPTIONS = ("lower_is_better", "scale", "overall_scale", "not_discussed", "blank", "selected", "declined")
_MOST_FILE_BYTES = 1_000_000
_QUOTED = re.compile(r'"((?:[^"]|"")*)"(?::(.*))?', re.DOTALL)


class UnsettledMapping(ImportProblem):
    """What was said of the columns does not settle them; `problems` are sentences."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("The columns are not settled: %(problems)s", problems=" ".join(problems))
        self.problems = tuple(problems)


def read_mapping(options: Sequence[str], headers: Sequence[str]) -> ReviewMapping:
    """The mapping said by `--map`: each option is TARGET=COLUMN, criterion=COLUMN[:WEIGHT], or a mapping file.

    The target ends at the first “=”. A column's name may hold “=”; one with “:” or quotation marks can be put in
    quotation marks (doubled inside), and a header that is there as written needs none. Capitals and punctuation may
    differ where only one header fits. A file (TOML or JSON) has the targets as keys, `criterion` as a list of names
    or of {column, weight, title}, and may set lower_is_better, scale, overall_scale and lists of words for
    not_discussed, blank, selected, declined. Raises `UnsettledMapping` with everything that is wrong.
    """
    draft = _Draft(tuple(headers))
    for option in options:
        target, sign, text = option.partition("=")
        target = target.strip()
        if sign and (target in TARGETS or target == CRITERION):
            draft.add(target, text)
        elif (found := _existing(option)) is not None:
            draft.add_file(found)
        elif sign:
            draft.problems.append(no_such_target(target))
        else:
            draft.problems.append(f"“{shown(option)}” is neither TARGET=COLUMN nor a file that is there.")
    return draft.finish()


class _Draft:
    """A mapping while its parts are gathered; says all that is wrong at the end."""

    def __init__(self, headers: tuple[str, ...]) -> None:
        self.headers = headers
        self.problems: list[str] = []
        self.given: list[tuple[str, str]] = []
        self.criteria: list[tuple[str, float | None, str]] = []
        self.settings: dict[str, Any] = {}

    def add(self, target: str, text: str) -> None:
        """One pair of the command line."""
        if target == CRITERION:
            # Whether “:2” is a weight shows only when it is known whether the name is a column.
            self.criteria.append((text, None, ""))
            return
        quoted = _QUOTED.fullmatch(text.strip())
        self.given.append((target, self._unquoted(text) if quoted and quoted[2] is None else text))

    def add_file(self, path: Path) -> None:
        """A mapping file."""
        for key, value in _load(path).items():
            if key in TARGETS and isinstance(value, str):
                self.given.append((key, value))
            elif key == CRITERION and isinstance(value, list):
                self.criteria += [self._from_file(one) for one in value]
            elif key in _OPTIONS:
                self._set(key, value)
            elif key in TARGETS or key == CRITERION:
                kind = "a list of criteria" if key == CRITERION else "the name of a column"
                self.problems.append(f"“{key}” must be {kind}.")
            else:
                near = get_close_matches(key.casefold()[:200], (*TARGETS, CRITERION, *_OPTIONS), n=2)
                hint = f" Meant may be: {', '.join(near)}." if near else ""
                self.problems.append(f"“{shown(key)}” means nothing in a mapping file.{hint}")

    def finish(self) -> ReviewMapping:
        columns: dict[str, str] = {}
        for target, name in self.given:
            if target in columns:
                self.problems.append(f"“{target}” is given more than once; one column can be it.")
            columns.setdefault(target, self._column(name) or name)
        is_long = "criterion_name" in columns
        criteria = tuple(self._criterion(*one, is_long=is_long) for one in self.criteria)
        mapping = ReviewMapping(columns, criteria, **self.settings)
        problems = self.problems + mapping.problems(self.headers)
        if problems:
            raise UnsettledMapping(problems)
        return mapping

    def _column(self, name: str) -> str | None:
        """The header meant, None when there is none or more than one."""
        if name in self.headers:
            return name
        plain = plain_header(name)
        alike = [header for header in self.headers if plain and plain_header(header) == plain]
        return alike[0] if len(alike) == 1 else None

    def _criterion(self, text: str, weight: float | None, title: str, *, is_long: bool) -> CriterionColumn:
        if weight is not None:
            return CriterionColumn(text if is_long else self._column(text) or text, weight, title)
        quoted = _QUOTED.fullmatch(text.strip())
        if quoted:
            name, tail = self._unquoted(text), quoted[2]
            return CriterionColumn(
                name if is_long else self._column(name) or name, 1.0 if tail is None else _weight(tail)
            )
        head, sign, tail = text.rpartition(":")
        weighted = bool(sign) and math.isfinite(_weight(tail))
        if is_long:
            return CriterionColumn(head.strip(), _weight(tail)) if weighted else CriterionColumn(text.strip())
        # "Impact:2" may be a column called so, or one like "Impact 2"; between the two the weight comes first.
        if text in self.headers:
            return CriterionColumn(text)
        if weighted and (found := self._column(head)):
            return CriterionColumn(found, _weight(tail))
        if (whole := self._column(text)) is not None:
            return CriterionColumn(whole)
        found = self._column(head) if sign else None
        return CriterionColumn(found, _weight(tail)) if found else CriterionColumn(head if weighted else text)

    def _unquoted(self, text: str) -> str:
        """The name inside quotation marks, unless only the text with them is a column."""
        quoted = _QUOTED.fullmatch(text.strip())
        name = quoted[1].replace('""', '"') if quoted else text
        return text if text in self.headers and name not in self.headers else name

    def _from_file(self, value: object) -> tuple[str, float | None, str]:
        if isinstance(value, str):
            return value, 1.0, ""
        if isinstance(value, dict) and isinstance(value.get("column"), str):
            weight, title = value.get("weight", 1.0), value.get("title", "")
            if set(value) <= {"column", "weight", "title"} and _is_number(weight) and isinstance(title, str):
                return value["column"], float(weight), title
        self.problems.append("A criterion is the name of a column, or {column, weight, title}.")
        return "", 1.0, ""

    def _set(self, key: str, value: object) -> None:
        if key in self.settings:
            self.problems.append(f"“{key}” is given more than once.")
        elif key == "lower_is_better" and isinstance(value, bool):
            self.settings[key] = value
        elif key in ("scale", "overall_scale") and isinstance(value, list) and len(value) == 2:
            if all(_is_number(one) for one in value):
                self.settings[key] = (float(value[0]), float(value[1]))
            else:
                self.problems.append(f"“{key}” must be two numbers, such as [1, 5].")
        elif key not in ("lower_is_better", "scale", "overall_scale") and isinstance(value, list):
            self.settings[key] = tuple(str(one) for one in value)
        else:
            self.problems.append(f"The value of “{key}” is of the wrong kind.")


def _load(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MOST_FILE_BYTES:
            raise ImportProblem("The mapping file “%(name)s” is too large to be one.", name=path.name)
        text = path.read_text("utf-8-sig")
        data = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except OSError as error:
        raise ImportProblem("The mapping file “%(name)s” cannot be opened.", name=path.name) from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, ImportProblem):
            raise
        raise ImportProblem(
            "The mapping file “%(name)s” is neither TOML nor JSON: %(why)s", name=path.name, why=str(error)
        ) from error
    return dict(data)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MOST_NUMBER


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _existing(option: str) -> Path | None:
    try:
        path = Path(option)
        return path if path.is_file() else None
    except (OSError, ValueError):
        return None
