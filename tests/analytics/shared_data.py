"""The shared reference data: found when it is there, asked for plainly when it is not."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def shared(*parts: str) -> Path:
    folder = Path(os.environ.get("INCUBATOR_SHARED_DATA") or ROOT.parent / "shared" / "data")
    path = folder.joinpath(*parts)
    if not path.exists():
        reason = f"reference data not found at {path}; set INCUBATOR_SHARED_DATA to its folder"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path
