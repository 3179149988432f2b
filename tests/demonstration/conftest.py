"""The sources themselves, where they are at hand, to hold the demonstration against them."""

import csv
import os
from collections.abc import Callable
from pathlib import Path

import pytest

Rows = list[dict[str, str]]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    folder = Path(os.environ.get("INCUBATOR_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "gsa_10x").is_dir():
        message = f"the source data are not at {folder}; set INCUBATOR_SHARED_DATA"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture(scope="session")
def source(shared_data: Path) -> Callable[[str], Rows]:
    def rows(name: str) -> Rows:
        with (shared_data / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    return rows
