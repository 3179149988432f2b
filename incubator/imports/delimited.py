"""Delimited text to records: which character separates the cells, and the cells."""

import csv
import io
from collections import Counter
from collections.abc import Iterator

from incubator.imports.problems import ImportProblem

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_CHARACTERS = 200_000
_SAMPLE_RECORDS = 100

# The csv module's own limit is 128 KiB a cell, for the whole process; inventories hold longer answers.
csv.field_size_limit(max(csv.field_size_limit(), 64 * 1024 * 1024))


def sniff(text: str) -> str:
    """The delimiter whose records agree best in width; a comma when there is only one column."""
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        score = _agreement(text[:_SAMPLE_CHARACTERS], delimiter)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def records(text: str, delimiter: str) -> Iterator[list[str]]:
    """The records of the text in order, blank ones as empty lists; cells are verbatim."""
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise ImportProblem("The file cannot be read as a table: %(why)s.", why=str(error)) from error


def ends_inside_quotes(text: str, delimiter: str) -> bool:
    """Whether a quotation mark opened in the last record is never closed, so that it swallowed what follows."""
    if text.count('"') % 2 == 0:
        return False
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for _ in reader:
            pass
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False


def _agreement(sample: str, delimiter: str) -> float:
    widths: Counter[int] = Counter()
    try:
        for number, record in enumerate(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)):
            if number >= _SAMPLE_RECORDS:
                break
            if any(cell.strip() for cell in record):
                widths[len(record)] += 1
    except csv.Error:
        return 0.0
    several = {width: count for width, count in widths.items() if width > 1}
    if not several:
        return 0.0
    width, count = max(several.items(), key=lambda item: (item[1] * item[0], item[0]))
    # Agreement counts before width: ten commas in one sentence are not ten columns.
    return (count / widths.total()) ** 2 * (1 + min(width, 50) / 50)
