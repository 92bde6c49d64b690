"""Pages in docs/ that are made from the code say what the code says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tools import tool

ROOT = Path(__file__).resolve().parents[2]
code_pages = tool("code_pages")


def test_the_settings_page_is_what_the_code_reads() -> None:
    before = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")

    done = subprocess.run([sys.executable, "tools/settings_page.py", "--check"], cwd=ROOT, check=False)

    assert done.returncode == 0
    assert "| `DATABASE_URL` |" in before


@pytest.mark.parametrize("name", sorted(code_pages.PAGES))
def test_diagrams_and_api_schema_are_what_the_code_says(name: str) -> None:
    kept = (ROOT / "docs" / name).read_text(encoding="utf-8")

    made = code_pages.PAGES[name]()

    assert kept == made, "run python tools/code_pages.py"
    assert {"lifecycles.md": "PAID --> SHIPPED", "api.yaml": "/api/v1/"}[name] in made


def test_every_lifecycle_of_the_code_is_drawn() -> None:
    page = (ROOT / "docs" / "lifecycles.md").read_text(encoding="utf-8")

    tables = [
        file for room in code_pages.ROOMS for file in (ROOT / room).rglob("*.py")
        for line in file.read_text(encoding="utf-8").splitlines() if "= Lifecycle(" in line
    ]  # fmt: skip

    assert page.count("stateDiagram-v2") == len(tables) > 10


def test_every_dependency_has_its_row_with_a_reason() -> None:
    table = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()

    for name in ("requirements.in", "requirements-carriers.in", "tests/requirements.in"):
        for line in (ROOT / name).read_text().splitlines():
            package = re.split(r"[\[=<>#\s]", line.strip())[0].lower()
            if package and not package.startswith("-"):
                assert f"| {package} |" in table, f"{package} has no row in docs/dependencies.md"
