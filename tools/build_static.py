"""Join the style sheets of each area and the behaviours into one file each: `python tools/build_static.py`.

The joined files under `static/build/` are committed; a test fails when they are not current.
"""

from __future__ import annotations

import re
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "static"
SHARED = ["tokens", "base"]
PLAIN = [*SHARED, "layout", "components/planks", "components/fields", "components/common"]
SHOP = [*PLAIN, "components/card"]
DESK = [*SHARED, "components/planks", "components/common"]
AREAS = {
    "shop": [*SHOP, "pages/home", "pages/narrow", "pages/search", "pages/account"],
    "product": [*SHOP, "components/map", "pages/product", "pages/states"],
    "checkout": [*PLAIN, "pages/narrow", "pages/pay", "pages/checkout"],
    "track": [*PLAIN, "components/map", "pages/narrow", "pages/checkout", "pages/track"],
    "desk": [*DESK, "pages/desk", "pages/codes"],
    "ops": [*DESK, "pages/ops", "pages/console"],
    "hold": [*DESK, "pages/hold", "pages/console"],
    "styleguide": [
        *SHOP,
        "components/map",
        "pages/narrow",
        "pages/search",
        "pages/product",
        "pages/states",
        "pages/track",
        "pages/styleguide",
    ],
}
LAYERS = "tokens,base,layout,components,pages"
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|rgb\(")


def layer(name: str) -> str:
    folder, _, _ = name.partition("/")
    return folder


def squeezed(css: str) -> str:
    """CSS without comments and needless space."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    return re.sub(r"\s*([{};,>])\s*", r"\1", css).replace(";}", "}").strip()


def sheet(names: list[str]) -> str:
    """One area's style sheet, each part in its layer; colours may stand in the tokens only."""
    parts = [f"@layer {LAYERS};"]
    for name in names:
        css = (STATIC / "css" / f"{name}.css").read_text()
        if name != "tokens" and (found := COLOUR.search(css)):
            raise SystemExit(f"{name}.css: {found.group()} is a colour; give it a name in tokens.css")
        parts.append(f"@layer {layer(name)}{{{squeezed(css)}}}")
    return "\n".join(parts) + "\n"


def script() -> str:
    """All behaviours in one module, each in its own block."""
    files = sorted((STATIC / "js").glob("*.js"))
    return "\n".join(f"{{ // {f.name}\n{f.read_text().strip()}\n}}" for f in files) + "\n"


def built() -> dict[str, str]:
    """File name → contents of everything under `static/build/`."""
    return {f"{area}.css": sheet(names) for area, names in AREAS.items()} | {"site.js": script()}


def main() -> None:
    (STATIC / "build").mkdir(exist_ok=True)
    for name, text in built().items():
        (STATIC / "build" / name).write_text(text)


if __name__ == "__main__":
    main()
