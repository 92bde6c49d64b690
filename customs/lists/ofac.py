"""The lists of the US Treasury (OFAC) as CSV: main file, with alias and address files beside it."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Final

from customs.actions.parties import Entry
from customs.lists.base import ListBroken, country_code, measured, table

EMPTY: Final = "-0-"
KINDS: Final = {"individual": "person", "vessel": "ship", "aircraft": "ship"}
_ALSO: Final = re.compile(r"[afn]\.k\.a\. '([^']+)'")
_BORN: Final = re.compile(r"DOB ([^;.]+)")
_NUMBER: Final = re.compile(
    r"(?:Passport|NIT #|RUC #|Tax ID No\.|National ID No\.|R\.F\.C\.|C\.U\.I\.T\.)\s*([A-Z0-9-]{5,})"
)


def read(
    path: Path, *, aliases: Path | None = None, addresses: Path | None = None
) -> tuple[list[Entry], date | None]:
    """Read the main file with its companions; a row that is cut off refuses the whole file."""
    more, places = defaultdict(list), defaultdict(list)
    for row in _rows(aliases, 5) if aliases else ():
        more[row[0]].append(row[3])
    for row in _rows(addresses, 6) if addresses else ():
        places[row[0]].append(country_code(row[4]))
    entries = []
    for number, row in enumerate(_rows(path, 12), start=1):
        if not row[0].isdigit():
            if number == 1 or row[0].strip() in {"", "\x1a"}:
                continue
            raise ListBroken(file=path.name, what=f"row {number}, column 1: {row[0][:20]!r} is not a number")
        kind = KINDS.get(row[2].strip().lower(), "firm")
        remarks = row[11]
        also = [*more[row[0]], *_ALSO.findall(remarks)]
        entries.append(
            Entry(
                entry=row[0],
                kind=kind,
                name=_turned(row[1]) if kind == "person" else row[1],
                aliases=tuple(
                    dict.fromkeys(_turned(one) if kind == "person" else one for one in also if one != EMPTY)
                ),
                countries=tuple(dict.fromkeys(filter(None, places[row[0]]))),
                born=", ".join(_BORN.findall(remarks))[:40],
                identifiers=tuple(dict.fromkeys(_NUMBER.findall(remarks))),
                programme="" if row[3].strip() == EMPTY else row[3].strip(),
            )
        )
    if not entries:
        raise ListBroken(file=path.name, what="it has no entries")
    return entries, None


def _rows(path: Path, columns: int) -> list[list[str]]:
    try:
        text = measured(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        text = path.read_bytes().decode("latin-1")
    rows = []
    for number, row in table(path, text):
        if not row or row[0].strip() in {"", "\x1a"}:
            continue
        if len(row) < columns:
            raise ListBroken(file=path.name, what=f"row {number} has {len(row)} columns instead of {columns}")
        rows.append([cell.strip() for cell in row])
    return rows


def _turned(name: str) -> str:
    """Write "SURNAME, Given" as "Given SURNAME"."""
    last, comma, first = name.partition(",")
    return f"{first.strip()} {last.strip()}" if comma else name
