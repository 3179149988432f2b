"""One way down: the contracts of the import linter hold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_import_contracts_hold():
    run = subprocess.run(
        [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports_command as go; go()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-1000:]
    assert "0 broken" in run.stdout


def test_no_room_for_odds_and_ends():
    names = {"utils", "util", "helpers", "helper", "common", "misc", "services"}
    found = [file for file in (ROOT / "incubator").rglob("*") if file.stem in names]
    assert found == []
