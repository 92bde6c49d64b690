"""Pages in docs/ that are made from the code say what the code says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_settings_page_is_what_the_code_reads() -> None:
    before = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")

    done = subprocess.run([sys.executable, "tools/settings_page.py", "--check"], cwd=ROOT, check=False)

    assert done.returncode == 0
    assert "| `DATABASE_URL` |" in before


def test_every_dependency_has_its_row_with_a_reason() -> None:
    table = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()

    for name in ("requirements.in", "tests/requirements.in"):
        for line in (ROOT / name).read_text().splitlines():
            package = re.split(r"[\[=<>#\s]", line.strip())[0].lower()
            if package and not package.startswith("-"):
                assert f"| {package} |" in table, f"{package} has no row in docs/dependencies.md"
