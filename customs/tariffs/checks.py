"""What a person should look at before a file is put to work: gaps, unknown codes, jumps, missing rows."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from customs import expressions
from customs.expressions import NotExpressible
from customs.models import Commodity
from customs.tariffs.base import BadFile, Fault, TariffRow

SHOWN: Final = 20
Key = tuple[str, str, str, str, str]
# A percentage that moves by more than this many points is looked at by a person.
JUMP: Final = Decimal("0.10")
# A file of which so many codes are unknown belongs to another nomenclature; so many jumps to another column.
MOST_UNKNOWN: Final = Decimal("0.20")
MOST_JUMPS: Final = Decimal("0.50")
FEW: Final = 20
# Chapters 98 and 99 hold national lines that no international nomenclature knows.
NATIONAL: Final = ("98", "99")


def known_headings() -> frozenset[str]:
    """The six-digit codes of the HS that the house has; empty where none was loaded."""
    return frozenset(Commodity.objects.filter(system="HS2022", level=6).values_list("code", flat=True))


def gaps(rows: Iterable[TariffRow]) -> list[str]:
    """Codes whose dated rows leave days without a rate between them."""
    dated: dict[tuple[str, ...], list[TariffRow]] = defaultdict(list)
    for row in rows:
        if not row.season_from:
            dated[row.subject].append(row)
    found = []
    for same in dated.values():
        same.sort(key=lambda row: str(row.valid_from or ""))
        for one, two in itertools.pairwise(same):
            if one.valid_to and two.valid_from and two.valid_from - one.valid_to > timedelta(days=1):
                found.append(f"{one.code}: {one.valid_to} – {two.valid_from}")
    return found


def unknown(rows: Sequence[TariffRow], headings: frozenset[str]) -> list[str]:
    """Codes whose first six digits no nomenclature of ours knows."""
    if not headings:
        return []
    codes = dict.fromkeys(row.code for row in rows if len(row.code) >= 6)
    return [code for code in codes if code[:6] not in headings and not code.startswith(NATIONAL)]


def jumps(rows: Iterable[TariffRow], now: Mapping[Key, str]) -> list[str]:
    """Codes whose percentage moves by more than ten points."""
    found = []
    for row in rows:
        old, new = _fraction(now.get(row.subject, "")), _fraction(row.expression)
        if old is not None and new is not None and abs(new - old) > JUMP:
            found.append(f"{row.code}: {now[row.subject]} → {row.expression}")
    return found


def _fraction(text: str) -> Decimal | None:
    try:
        return expressions.read(text).fraction if text else None
    except NotExpressible:
        return None


def unreadable(rows: Iterable[TariffRow]) -> dict[str, list[str]]:
    """Codes whose rate cannot be computed, by reason; they are kept and lead to a refusal."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        try:
            expressions.read(row.expression)
        except NotExpressible as problem:
            found[problem.reason].append(row.code)
    return dict(found)


def examine(rows: Sequence[TariffRow], now: Mapping[Key, str]) -> dict[str, Any]:
    """Every doubt with its number and examples; a BadFile where the doubts are too many to be real."""
    strange, moved = unknown(rows, known_headings()), jumps(rows, now)
    if len(rows) >= FEW and len(strange) > MOST_UNKNOWN * len(rows):
        first = next(row for row in rows if row.code == strange[0])
        words = f"{len(strange)} codes are not in the HS 2022, the first is {strange[0]}"
        raise BadFile(Fault(first.row, "code", words))
    compared = sum(1 for row in rows if row.subject in now)
    if compared >= FEW and len(moved) > MOST_JUMPS * compared:
        words = f"{len(moved)} of {compared} rates move by more than 10 points, such as {moved[0]}"
        raise BadFile(Fault(0, "expression", words))
    cannot = unreadable(rows)
    return {
        "gaps": _shown(gaps(rows)),
        "unknown": _shown(strange),
        "jumps": _shown(moved),
        "not_expressible": {reason: len(codes) for reason, codes in cannot.items()},
        "fewer": len(rows) * 10 < len(now) * 8,
    }


def _shown(found: list[str]) -> dict[str, Any]:
    return {"count": len(found), "examples": found[:SHOWN]}
