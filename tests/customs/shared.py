"""Where the files lie that the project does not contain."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def shared(name: str) -> Path:
    """A file of the shared folder, or a skipped test with the reason."""
    for base in (os.environ.get("SHARED_DIR"), ROOT / ".." / "shared", ROOT / ".." / ".." / "shared"):
        if base and (Path(base) / name).exists():
            return Path(base) / name
    pytest.skip(f"shared/{name} is not here: set SHARED_DIR", allow_module_level=True)
    raise AssertionError
