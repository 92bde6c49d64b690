"""Write docs/settings.md: every environment variable that the code reads, with its default and its place."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READERS = {"text", "flag", "number", "words", "pairs", "secret"}
HEAD = """# Settings

Every value that differs between machines comes from the environment. Made by `python tools/settings_page.py`.

| variable | kind | default | read in |
| --- | --- | --- | --- |
"""


def rows() -> list[tuple[str, str, str, str]]:
    """Find every call of a reader in the code."""
    found: dict[str, tuple[str, str, str, str]] = {}
    for path in sorted([*ROOT.glob("marketplace/*.py"), *ROOT.glob("marketplace/sandbox/*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            reader = node.func
            if reader.attr not in READERS or getattr(reader.value, "id", "") != "env":
                continue
            name, *defaults = [*node.args, *(word.value for word in node.keywords)]
            if isinstance(name, ast.Constant):
                default = ast.unparse(defaults[0]) if defaults else ""
                where = path.relative_to(ROOT).as_posix()
                kept = found.get(str(name.value))
                if kept is None or (not kept[2] and default):
                    found[str(name.value)] = (
                        str(name.value),
                        reader.attr,
                        default.replace("|", "\\|"),
                        where,
                    )
    return [found[name] for name in sorted(found)]


def page() -> str:
    """Return the page as it should be."""
    return HEAD + "".join(f"| `{n}` | {k} | {f'`{d}`' if d else ''} | {w} |\n" for n, k, d, w in rows())


if __name__ == "__main__":
    target = ROOT / "docs" / "settings.md"
    if "--check" in sys.argv and target.read_text(encoding="utf-8") != page():
        sys.exit("docs/settings.md is old: run python tools/settings_page.py")
    target.write_text(page(), encoding="utf-8")
