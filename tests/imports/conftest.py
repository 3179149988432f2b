"""Files to import: the published inventories where they are at hand, and small ones made on the spot."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from incubator.imports.inventory import Inventory, read_inventory
from incubator.imports.profiles import propose
from incubator.imports.tables import Table, read_table

FILES = {
    "2025 csv": "omb_2025/2025_individually_reported_AI_use_cases.csv",
    "2025 xlsx": "omb_2025/2025_individually_reported_AI_use_cases.xlsx",
    "2024 csv": "omb_2024/2024_consolidated_ai_inventory_raw_v2.csv",
    "2024 xls": "omb_2024/2024_consolidated_ai_inventory_raw_v2.xls",
    "2024 first": "omb_2024/2024_consolidated_ai_inventory_raw.csv",
}


@pytest.fixture(scope="session")
def inventory_path() -> Callable[[str], Path]:
    root = Path(
        os.environ.get("INCUBATOR_SHARED_DATA") or Path(__file__).parents[2].parent / "shared" / "data"
    )

    def path(name: str) -> Path:
        found = root / FILES[name]
        if not found.exists():
            message = f"the published inventory {FILES[name]} is not under {root}"
            if os.environ.get("CI") == "true":
                pytest.fail(message)
            pytest.skip(message)
        return found

    return path


@pytest.fixture(scope="session")
def inventory_of(inventory_path: Callable[[str], Path]) -> Callable[[str], tuple[Table, Inventory]]:
    read: dict[str, tuple[Table, Inventory]] = {}

    def inventory(name: str) -> tuple[Table, Inventory]:
        if name not in read:
            table = read_table(inventory_path(name))
            read[name] = table, read_inventory(table, propose(table).mapping)
        return read[name]

    return inventory


@pytest.fixture
def made(tmp_path: Path) -> Callable[[bytes | str], Path]:
    """Write a file and give its path; text is written as UTF-8."""

    def write(content: bytes | str, name: str = "table.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write
