"""The cover that is sold: rows of a data file with source and dates, the closest one for a way."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol

from django.db import connection
from django.utils import timezone

from logistics.insurance.models import CoverRow
from logistics.insurance.premium import CoverTerms
from marketplace.kit.explain import RuleRef
from marketplace.kit.money import Money

DATA: Final = Path(__file__).parent.parent / "data" / "products.csv"
NARROW: Final = frozenset({"ICC B", "ICC C"})


def load_products(on: date = date(2026, 1, 1)) -> int:
    """Write the house's cover rows from the data file; a second run changes nothing."""
    count = 0
    with DATA.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            until = row["valid_until"]
            CoverRow.objects.get_or_create(
                code=row["code"],
                valid_from=max(on, date.fromisoformat(row["valid_from"])),
                defaults={
                    "label": row["label"],
                    "clause": row["clause"],
                    "mode": row["mode"],
                    "goods": row["goods"],
                    "region": row["region"],
                    "rate": Decimal(row["rate"]),
                    "minimum_amount": Decimal(row["minimum"]),
                    "currency": row["currency"],
                    "deductible_rate": Decimal(row["deductible_rate"]),
                    "exclusions": row["exclusions"].split("|"),
                    "claim_days": {
                        cause: int(days)
                        for cause, days in (part.split("=") for part in row["claim_days"].split(";"))
                    },
                    "insurer": row["insurer"],
                    "text_version": row["text_version"],
                    "source": row["source"],
                    "illustrative": row["illustrative"] == "yes",
                    "valid_until": date.fromisoformat(until) if until else None,
                },
            )
            count += 1
    forget()
    return count


@lru_cache(maxsize=8)
def _rows(database: str, on: date) -> tuple[CoverRow, ...]:  # noqa: ARG001  the key keeps test databases apart
    rows = CoverRow.objects.filter(valid_from__lte=on)
    return tuple(row for row in rows if row.valid_until is None or row.valid_until >= on)


def in_force(on: date) -> tuple[CoverRow, ...]:
    """Return the terms of a day; the same object as long as they are the same."""
    return _rows(str(connection.settings_dict["NAME"]), on)


def forget() -> None:
    """Drop the terms kept in this process; the next question reads the table."""
    _rows.cache_clear()


class Kept(Protocol):
    """Anything that says at which temperature it must be kept, such as a variant."""

    temperature: Any


def goods_class(goods: str | Sequence[Kept]) -> str:
    """Return the class that cover is rated by: frozen as soon as one thing is, else general."""
    if isinstance(goods, str):
        return goods
    return "frozen" if any("frozen" in str(thing.temperature).lower() for thing in goods) else "general"


def cover_for(
    mode: str,
    goods: str | Sequence[Kept] = "general",
    on: date | None = None,
    *,
    region: str = "*",
    clause: str = "",
) -> CoverTerms | None:
    """Return the closest terms for a mode (air, sea, reefer …), a class of goods and a region, or None.

    `region` is the destination's country. Without a `clause` asked for ("ICC C"), the widest is taken:
    the narrower cargo clauses are only sold when somebody asks for them.
    """
    day = on or timezone.now().date()
    goods = goods_class(goods)
    rows = in_force(day)
    if not rows:
        _rows.cache_clear()
        return None
    fits = [
        row
        for row in rows
        if row.mode in {mode, "*"} and row.goods in {goods, "*"} and row.region in {region, "*"}
    ]
    fits = [row for row in fits if (row.clause == clause if clause else row.clause not in NARROW)]
    if goods == "frozen":
        fits = [row for row in fits if row.goods == "frozen"]
    best = min(fits, key=lambda row: (row.goods == "*", row.mode == "*", row.region == "*"), default=None)
    return terms_of(best) if best else None


def terms_of(row: CoverRow) -> CoverTerms:
    """Freeze a row for the calculator."""
    return CoverTerms(
        code=row.code,
        label=row.label,
        clause=row.clause,
        rate=row.rate,
        minimum=Money(row.minimum_amount, row.currency),
        deductible_rate=row.deductible_rate,
        exclusions=tuple(row.exclusions),
        claim_days=tuple(row.claim_days.items()),
        insurer=row.insurer,
        rule=RuleRef(
            id=f"cover:{row.code}", source=row.source, valid_from=row.valid_from, valid_to=row.valid_until
        ),
        text_version=row.text_version,
    )
