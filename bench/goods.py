"""How fast and how well customs codes are found: one figure per line.

Official texts are loaded from the folder in GOODS_TEXTS; the questions come from its goods with known codes.
"""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import django

if TYPE_CHECKING:
    from customs.codes.evaluation import Figures

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
SETS: Final = "hs_items*.jsonl"


def measure() -> list[str]:
    """Lines of figures; without the folder the quality is left out with the reason."""
    from django.core.management import call_command

    from customs.codes import evaluation

    call_command("load_goods_codes", stdout=StringIO())
    own = [
        evaluation.Item(text, "", "") for text in ("woven basket of sisal", "usb charger", "ceramic mug") * 40
    ]
    found = [f"hs search median: {evaluation.measure(own).median:.1f} ms"]
    folder = os.environ.get("GOODS_TEXTS", "")
    files = sorted(Path(folder).rglob(SETS)) if folder else []
    if not files:
        return [
            *found,
            "hs top five: skipped, because GOODS_TEXTS names no folder with goods and their codes",
        ]
    for name in files:
        found += _quality(f"{name.stem} with shipped words", evaluation.measure(evaluation.read(name)))
    call_command("load_goods_texts", folder, stdout=StringIO())
    for name in files:
        figures = evaluation.measure(evaluation.read(name))
        found += _quality(name.stem, figures)
        found.append(f"hs search median, official texts: {figures.median:.1f} ms")
        found.append(f"hs search 95th percentile: {figures.slowest_twentieth:.1f} ms")
        found.append(f"hs search cpu: {figures.processor:.1f} ms")
    return found


def _quality(name: str, figures: Figures) -> list[str]:
    return [
        f"hs top five {name}: {figures.top_five:.1f} %",
        f"hs heading top five {name}: {figures.heading_five:.1f} %",
    ]


if __name__ == "__main__":
    django.setup()
    for line in measure():
        print(line)
