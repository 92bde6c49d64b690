"""Make the PDF fonts from the web fonts: one weight each, all scripts merged (needs fonttools and brotli)."""

from __future__ import annotations

from pathlib import Path

from fontTools.merge import Merger  # type: ignore[import-not-found]
from fontTools.ttLib import TTFont  # type: ignore[import-not-found]
from fontTools.varLib import instancer  # type: ignore[import-not-found]

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("archivo", "archivo-ext", "archivo-vi")


def main() -> None:
    """Write regular and bold as TrueType files into the documents app."""
    work = ROOT / "var" / "fonts"
    work.mkdir(parents=True, exist_ok=True)
    for weight, name in ((400, "regular"), (700, "bold")):
        files = []
        for part in PARTS:
            font = TTFont(ROOT / "static" / "font" / f"{part}.woff2")
            font = instancer.instantiateVariableFont(font, {"wght": weight})
            font.flavor = None
            for table in ("GSUB", "GPOS", "GDEF", "STAT"):
                if table in font:
                    del font[table]
            files.append(str(work / f"{part}-{name}.ttf"))
            font.save(files[-1])
        Merger().merge(files).save(ROOT / "marketplace" / "documents" / "fonts" / f"archivo-{name}.ttf")


if __name__ == "__main__":
    main()
