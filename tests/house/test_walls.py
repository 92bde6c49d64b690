"""The rules of the house: what every room keeps, whatever it does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("marketplace", "catalog", "logistics", "customs", "orders")


def files(*patterns: str) -> list[Path]:
    """Return the project's own files that match, without vendored ones."""
    found = [path for pattern in patterns for path in ROOT.glob(pattern)]
    return sorted(path for path in found if "vendor" not in path.parts and "var" not in path.parts)


def python_files() -> list[Path]:
    paths = files(*(f"{room}/**/*.py" for room in ROOMS))
    return [path for path in paths if "migrations" not in path.parts]


def test_calls_go_downstairs_and_calculators_stay_plain() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-3000:]


def test_ruff_finds_nothing() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ruff")), "check", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.slow
def test_mypy_finds_nothing() -> None:
    """Every part in strict mode, as `make lint` asks; some 40 s the first time, then a few from its cache."""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]


def test_no_file_is_longer_than_500_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in [*python_files(), *files("templates/**/*.html", "static/js/**/*.js")]
        if (count := len(path.read_text().splitlines())) > 500
    }

    assert long == {}


def test_templates_have_no_inline_style_or_script() -> None:
    inline = re.compile(
        r'\sstyle="|<style|<script(?![^>]*(\bsrc=|type="application/json"))[^>]*>|\son[a-z]+="|javascript:'
    )
    guilty = [
        str(path.relative_to(ROOT))
        for path in files("templates/**/*.html")
        if inline.search(path.read_text())
    ]

    assert guilty == []


def test_every_template_is_used() -> None:
    sources = "\n".join(path.read_text() for path in [*python_files(), *files("templates/**/*.html")])
    given_by_convention = (
        "account/",
        "mfa/",
        "usersessions/",
        "allauth/",
        "django/",
        "40",
        "429",
        "50",
        "admin/",
        "socialaccount/",
    )
    unused = []
    for path in files("templates/**/*.html"):
        name = str(path.relative_to(ROOT / "templates"))
        if (
            not name.startswith(given_by_convention)
            and name not in sources
            and name.replace(".html", "") not in sources
        ):
            unused.append(name)

    assert unused == []


def test_the_product_never_imports_the_sandbox() -> None:
    importing = re.compile(r"^\s*(from|import) marketplace\.sandbox", re.MULTILINE)
    guilty = [
        str(path.relative_to(ROOT))
        for path in python_files()
        if "sandbox" not in path.parts and importing.search(path.read_text())
    ]

    assert guilty == []


def test_the_word_escrow_is_not_used() -> None:
    guilty = [
        str(path.relative_to(ROOT))
        for path in [*python_files(), *files("templates/**/*.html")]
        if re.search(r"\bescrow\b", path.read_text(), re.IGNORECASE)
    ]

    assert guilty == []


def test_no_path_of_a_machine_stands_in_the_project() -> None:
    machine = re.compile(r"/(home|root|work)/[a-z]+/")
    guilty = [str(path.relative_to(ROOT)) for path in python_files() if machine.search(path.read_text())]

    assert guilty == []


@pytest.mark.parametrize(
    "name", ["README.md", "Makefile", "docker-compose.yml", "Dockerfile", "docs/dependencies.md"]
)
def test_the_papers_of_the_house_are_there(name: str) -> None:
    assert (ROOT / name).stat().st_size > 100


def test_every_direct_dependency_is_named_with_its_reason() -> None:
    table = (ROOT / "docs" / "dependencies.md").read_text().lower()
    wanted = re.findall(r"^([A-Za-z][\w.-]*)", (ROOT / "requirements.in").read_text(), re.MULTILINE)

    assert [name for name in wanted if name.lower() not in table] == []
