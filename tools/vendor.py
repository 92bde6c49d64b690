"""Fetch the few files of other people that the pages use, check their licence, write them with their hash.

`python tools/vendor.py` needs npm (only to fetch); its result under `static/` is committed, so that running
and testing need neither npm nor Node. To use one more icon or flag, add its name to `tools/icons.txt` or
`tools/flags.txt` and run it again.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import TypedDict

import world_map

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
PACKAGES = {
    "htmx.org": ("4.0.1", "BSD-0-Clause"),
    "@fontsource-variable/archivo": ("5.3.0", "OFL-1.1"),
    "lucide-static": ("1.62.0", "ISC"),
    "circle-flags": ("2.8.3", "MIT"),
    "axe-core": ("4.14.1", "MPL-2.0"),
    "world-atlas": ("2.0.2", "ISC"),
}
COPIES = {
    "htmx.org": {
        "dist/htmx.min.js": "static/vendor/htmx/htmx.min.js",
        "LICENSE": "static/vendor/htmx/LICENSE",
    },
    "@fontsource-variable/archivo": {
        "files/archivo-latin-wght-normal.woff2": "static/font/archivo.woff2",
        "files/archivo-latin-ext-wght-normal.woff2": "static/font/archivo-ext.woff2",
        "files/archivo-vietnamese-wght-normal.woff2": "static/font/archivo-vi.woff2",
        "LICENSE": "static/font/LICENSE",
    },
    "lucide-static": {"LICENSE": "static/vendor/lucide/LICENSE"},
    "circle-flags": {"package.json": "static/vendor/circle-flags/package.json"},
    "world-atlas": {"LICENSE": "static/vendor/world-atlas/LICENSE"},
    "axe-core": {
        "axe.min.js": "tests/browser/vendor/axe.min.js",
        "LICENSE": "tests/browser/vendor/LICENSE-axe",
    },
}
ICONS = (ROOT / "tools/icons.txt").read_text().split()
FLAGS = (ROOT / "tools/flags.txt").read_text().split()


def fetch(name: str, version: str, into: Path) -> Path:
    """Fetch and unpack one npm package at its exact version."""
    command = ["npm", "pack", f"{name}@{version}", "--silent", "--pack-destination", str(into)]
    packed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]
    target = into / name.replace("/", "-")
    with tarfile.open(into / packed) as archive:
        archive.extractall(target, filter="data")
    return next(target.iterdir())


def inner(svg: str) -> str:
    found = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL)
    if found is None:
        raise ValueError("not an SVG file")
    return re.sub(r"\s+", " ", found.group(1)).strip()


def flag(svg: str, code: str) -> str:
    """One flag as a symbol; the round mask goes, since the page rounds every flag."""
    body = re.sub(r'<mask id="a">.*?</mask>', "", inner(svg)).replace(' mask="url(#a)"', "")
    body = body.replace('id="', f'id="{code}-').replace("url(#", f"url(#{code}-")
    return f'<symbol id="{code}" viewBox="0 0 512 512">{body}</symbol>'


def sprite(symbols: list[str]) -> str:
    return '<svg xmlns="http://www.w3.org/2000/svg">' + "\n".join(["", *symbols, "</svg>", ""])


class Entry(TypedDict):
    """One package on record: each of its files with the hash of what we serve."""

    version: str
    licence: str
    files: dict[str, str]


def main() -> None:
    record: dict[str, Entry] = {}
    with tempfile.TemporaryDirectory() as folder:
        roots = {name: fetch(name, version, Path(folder)) for name, (version, _) in PACKAGES.items()}
        for name, (version, licence) in PACKAGES.items():
            told = json.loads((roots[name] / "package.json").read_text())["license"]
            if told != licence:
                raise SystemExit(f"{name}: the licence is now {told}, not {licence}; look before you take it")
            files = {}
            for source, target in COPIES[name].items():
                (ROOT / target).parent.mkdir(parents=True, exist_ok=True)
                (ROOT / target).write_bytes((roots[name] / source).read_bytes())
                files[target] = ""
            record[name] = {"version": version, "licence": licence, "files": files}
        icons = [
            f'<symbol id="{n}" viewBox="0 0 24 24">'
            + inner((roots["lucide-static"] / f"icons/{n}.svg").read_text())
            + "</symbol>"
            for n in sorted(ICONS)
            if (roots["lucide-static"] / f"icons/{n}.svg").exists() or print("no icon", n)
        ]
        world_map.make(
            roots["world-atlas"], STATIC / "img/maps/world.svg", ROOT / "logistics/data/outlines.json"
        )
        flags = [flag((roots["circle-flags"] / f"flags/{c}.svg").read_text(), c) for c in sorted(FLAGS)]
    (STATIC / "img").mkdir(exist_ok=True)
    (STATIC / "img/icons.svg").write_text(sprite(icons))
    (STATIC / "img/flags.svg").write_text(sprite(flags))
    record["lucide-static"]["files"]["static/img/icons.svg"] = ""
    record["circle-flags"]["files"]["static/img/flags.svg"] = ""
    for target in ("static/img/maps/world.svg", "logistics/data/outlines.json"):
        record["world-atlas"]["files"][target] = ""
    for entry in record.values():
        for target in entry["files"]:
            entry["files"][target] = hashlib.sha256((ROOT / target).read_bytes()).hexdigest()
    (STATIC / "vendor/VENDOR.json").write_text(json.dumps(record, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
