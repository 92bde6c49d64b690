"""What is served is what the sources say."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from tests.house.tools import tool

ROOT = Path(__file__).resolve().parents[2]


def test_the_joined_style_sheets_and_the_script_are_current():
    built = tool("build_static").built()

    assert {name: (ROOT / "static/build" / name).read_text() for name in built} == built


def test_every_vendored_file_has_the_hash_on_record():
    record = json.loads((ROOT / "static/vendor/VENDOR.json").read_text())

    for entry in record.values():
        for name, digest in entry["files"].items():
            assert hashlib.sha256((ROOT / name).read_bytes()).hexdigest() == digest, name


def test_templates_hold_no_inline_style_or_script():
    inline = re.compile(
        r'\sstyle="|\son(click|change|load|submit|input)=|<style|<script(?![^>]*(src=|type="application/json"))'
    )

    found = [p.name for p in (ROOT / "templates").rglob("*.html") if inline.search(p.read_text())]

    assert found == []


def test_every_icon_in_a_template_is_in_the_sprite():
    known = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/img/icons.svg").read_text()))
    used = {
        name
        for path in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r'{% icon "([\w-]+)"', path.read_text())
    }

    assert used - known == set()
