"""Measure the code search on a file of goods with known codes; nothing of the file is kept."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from customs.codes import search


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a test set with the code that an expert gave."""

    text: str
    category: str
    hs6: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares in percent, times in milliseconds."""

    items: int
    first: float
    top_five: float
    heading_five: float
    median: float
    slowest_twentieth: float
    expected_first: float
    processor: float


def read(path: Path, most: int | None = None) -> list[Item]:
    """Read marketplace items as JSON lines: product_name, cate_lv1_desc to cate_lv5_desc, hs_code."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines()[:most]:
        row: dict[str, Any] = json.loads(line)
        text = row.get("product_name") or row.get("description") or row.get("query") or row.get("text")
        kinds = [str(row.get(f"cate_lv{n}_desc") or "") for n in range(1, 6)]
        code = str(row.get("hs_code") or row.get("code"))
        code = code.zfill(10) if len(code) in {9, 10} else code
        found.append(Item(str(text), " ".join(dict.fromkeys(kinds)).strip(), code[:6]))
    return found


def measure(items: Sequence[Item]) -> Figures:
    """Ask each question through the public function."""
    search.suggest("warm up")
    first = five = heading = 0
    spent, expected = [], []
    begun = time.process_time()
    for item in items:
        start = time.perf_counter()
        found = search.suggest(item.text, category=item.category)
        spent.append((time.perf_counter() - start) * 1000)
        codes = [candidate.code for candidate in found.codes]
        first += codes[:1] == [item.hs6]
        five += item.hs6 in codes
        heading += item.hs6[:4] in [code for code, _text in found.headings]
        expected.append(found.codes[0].share if found.codes else 0.0)
    processor = (time.process_time() - begun) * 1000 / max(len(items), 1)
    spent.sort()
    share = 100 / max(len(items), 1)
    return Figures(
        len(items), first * share, five * share, heading * share, spent[len(spent) // 2],
        spent[int(len(spent) * 0.95)], sum(expected) * share, processor,
    )  # fmt: skip
