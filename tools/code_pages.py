"""Write the pages of docs/ that are drawn from the running code: `lifecycles.md` and `api.yaml`.

`python tools/code_pages.py` writes them; with `--check` it only tells which one is old.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
ROOMS: Final = ("catalog", "customs", "logistics", "marketplace", "orders")
HEAD: Final = """# Lifecycles

What each noun may become, drawn from the tables that the actions check. Made by `python tools/code_pages.py`.
"""


def lifecycles() -> str:
    """Draw every `Lifecycle` of the rooms, in the order of rooms and files."""
    from marketplace.kit.lifecycle import Lifecycle

    parts = [HEAD]
    for path in sorted(one for room in ROOMS for one in (ROOT / room).rglob("*.py")):
        if "= Lifecycle(" not in path.read_text(encoding="utf-8"):
            continue
        place = path.relative_to(ROOT).with_suffix("")
        module = importlib.import_module(".".join(place.parts))
        tables = [found for found in vars(module).values() if isinstance(found, Lifecycle)]
        parts += [drawn(one.name, one.moves, f"{place.as_posix()}.py") for one in tables]
    return "\n".join(parts)


def drawn(name: str, moves: Mapping[str, Collection[str]], where: str) -> str:
    """Draw one table as a state diagram: each line is a move, `[*]` is the start or an end."""
    table = {str(state): sorted(map(str, ends)) for state, ends in moves.items()}
    lines = [f"    [*] --> {next(iter(table))}"]
    for state, ends in table.items():
        lines += [f"    {state} --> {end}" for end in ends or ["[*]"]]
    drawing = "\n".join(lines)
    return f"## {name}\n\n`{where}`\n\n```mermaid\nstateDiagram-v2\n{drawing}\n```\n"


def schema() -> str:
    """Write the OpenAPI description of the public API."""
    from drf_spectacular.generators import SchemaGenerator
    from drf_spectacular.renderers import OpenApiYamlRenderer

    # The library says it is typed, but these three are not.
    made = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    page: bytes = OpenApiYamlRenderer().render(made, renderer_context={})  # type: ignore[no-untyped-call]
    return page.decode()


PAGES: Final[dict[str, Callable[[], str]]] = {"lifecycles.md": lifecycles, "api.yaml": schema}


def main() -> None:
    """Write both pages, or tell which one is old."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    import django

    django.setup()
    for name, page in PAGES.items():
        target, text = ROOT / "docs" / name, page()
        if "--check" not in sys.argv:
            target.write_text(text, encoding="utf-8")
        elif not target.exists() or target.read_text(encoding="utf-8") != text:
            sys.exit(f"docs/{name} is old: run python tools/code_pages.py")


if __name__ == "__main__":
    main()
