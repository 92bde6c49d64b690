"""Regimes: which way of taxing a parcel applies, chosen before any rate is looked up.

The rows stand in `data/destinations.json` and `data/regimes.json`, with source and validity.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from customs.duty import Rounding, Rules
from marketplace.kit.explain import RuleRef

DATA: Final = Path(__file__).parent / "data"
# What Sampan itself is registered for; a case may state other registrations.
PLATFORM_REGISTRATIONS: Final = ("IOSS", "GB-VAT", "OVR", "LVG", "AU-GST", "NZ-GST", "VOEC")


@dataclass(frozen=True, slots=True)
class Destination:
    """How a customs territory values goods and builds its tax base."""

    country: str
    area: str
    rules: Rules
    tax_kind: str = "vat"
    consumption_inside: bool = False
    tax_inside: bool = False


@dataclass(frozen=True, slots=True)
class Regime:
    """One row: the conditions under which it applies, and what it changes."""

    code: str
    label: str
    destination: str
    when: Mapping[str, Any] = field(default_factory=dict)
    effect: Mapping[str, Any] = field(default_factory=dict)
    legal_ref: str = ""
    source: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    confidence: str = "read"

    @property
    def rule(self) -> RuleRef:
        """The row as a reference on an explained line."""
        return RuleRef(
            self.code, self.legal_ref, self.source, self.valid_from, self.valid_to, self.confidence
        )


@dataclass(frozen=True, slots=True)
class Parcel:
    """What the choice of a regime looks at; values are in the destination's currency."""

    on: date
    ship_from: str
    buyer_kind: str
    tax_id: bool
    mode: str | None
    registrations: frozenset[str]
    goods_value: Decimal
    freight: Decimal
    insurance: Decimal
    highest_item: Decimal
    codes: tuple[str, ...]
    weight_kg: Decimal = Decimal(0)
    year_spent: Decimal = Decimal(0)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@lru_cache(maxsize=1)
def _destinations() -> dict[str, Destination]:
    found: dict[str, Destination] = {}
    for row in json.loads((DATA / "destinations.json").read_text()):
        rounding = Rounding(**row.get("rounding", {}))
        excise = Rounding(**row["excise_rounding"]) if "excise_rounding" in row else None
        numbers: dict[str, Any] = {
            name: Decimal(row[name])
            for name in ("uplift", "value_step", "tax_step", "total_step")
            if name in row
        }
        ratio = row.get("local_tax_ratio", "0/1").split("/")
        rules = Rules(
            currency=row["currency"],
            valuation=row.get("valuation", "CIF"),
            tax_base=tuple(row.get("tax_base", Rules.__dataclass_fields__["tax_base"].default)),
            rounding=rounding,
            excise_rounding=excise,
            alcohol_rounds_down=row.get("alcohol_rounds_down", False),
            local_tax_ratio=Decimal(ratio[0]) / Decimal(ratio[1]),
            **numbers,
        )
        for country in row["countries"]:
            found[country] = Destination(
                country, row.get("area", country), rules, row.get("tax_kind", "vat"),
                row.get("consumption_inside", False), row.get("tax_inside", False),
            )  # fmt: skip
    return found


@lru_cache(maxsize=1)
def all_regimes() -> tuple[Regime, ...]:
    """Every row of the regime table, in the order in which they are tried."""
    return tuple(
        Regime(
            code=row["code"],
            label=row["label"],
            destination=row["destination"],
            when=row.get("when", {}),
            effect=row.get("effect", {}),
            legal_ref=row.get("legal_ref", ""),
            source=row.get("source", "Low-value regimes of the starter table, read 21 Nov 2026"),
            valid_from=_day(row.get("valid_from")),
            valid_to=_day(row.get("valid_to")),
            confidence=row.get("confidence", "read"),
        )
        for row in json.loads((DATA / "regimes.json").read_text())
    )


@lru_cache(maxsize=64)
def _for_area(area: str) -> tuple[Regime, ...]:
    return tuple(regime for regime in all_regimes() if regime.destination == area)


def destination(country: str) -> Destination | None:
    """The customs territory of a country, or None when it is not described."""
    return _destinations().get(country)


def plain(country: str) -> Destination:
    """A territory that nothing is known about: CIF, half up to cents, the usual tax base."""
    return destination(country) or Destination(country, country, Rules(currency="USD"))


NORMAL: Final = Regime("NORMAL", "Normal import: duty and tax at the border", "*")
# Who owes the tax of a sale from a shelf inside the territory, where we have read it: the marketplace,
# towards private persons, for a seller from abroad. Elsewhere such a price is an estimate.
DEEMED_SUPPLIER: Final[Mapping[str, str]] = {
    "EU": "Directive 2006/112/EC art. 14a(2)",
    "GB": "Value Added Tax Act 1994 s. 5A",
}


def domestic(area: str) -> Regime:
    """A sale of goods that are in free circulation already: no duty, no excise, the country's own tax."""
    return Regime(
        f"{area}-DOMESTIC", "Sold inside the country: duty was paid when the goods came in", area,
        effect={"duty": "none", "excise": "none", "fees": "none", "tax": "at_sale", "domestic": True},
        legal_ref=DEEMED_SUPPLIER.get(area, ""), source="Text of the article, read 26 Nov 2026",
        confidence="read" if area in DEEMED_SUPPLIER else "derived",
    )  # fmt: skip


def choose(place: Destination, parcel: Parcel, convert: Callable[[Decimal, str], Decimal]) -> Regime:
    """The first row whose conditions all hold; `convert` brings a limit into the destination's currency."""
    for regime in _for_area(place.area):
        if regime.valid_from and parcel.on < regime.valid_from:
            continue
        if regime.valid_to and parcel.on > regime.valid_to:
            continue
        if all(_CONDITIONS[name](parcel, wanted, convert) for name, wanted in regime.when.items()):
            return regime
    return replace(NORMAL, code=f"{place.area}-NORMAL", destination=place.area)


def named(area: str, code: str) -> Regime | None:
    """A regime asked for by its code, whatever its conditions."""
    wanted = code.upper()
    if wanted == f"{area}-NORMAL":
        return replace(NORMAL, code=wanted, destination=area)
    if wanted == f"{area}-DOMESTIC":
        return domestic(area)
    return next((regime for regime in _for_area(area) if regime.code == wanted), None)


def _limit(basis: str) -> Callable[[Parcel, Any, Callable[[Decimal, str], Decimal]], bool]:
    def holds(parcel: Parcel, wanted: Any, convert: Callable[[Decimal, str], Decimal]) -> bool:
        amount = {
            "goods": parcel.goods_value,
            "cif": parcel.goods_value + parcel.freight + parcel.insurance,
            "item": parcel.highest_item,
            "year": parcel.year_spent + parcel.goods_value,
        }[basis]
        return amount <= convert(Decimal(wanted["amount"]), wanted["currency"])

    return holds


def _mode(parcel: Parcel, wanted: Any, _convert: object) -> bool:
    return (parcel.mode or "courier") in wanted


_CONDITIONS: Final[Mapping[str, Callable[[Parcel, Any, Callable[[Decimal, str], Decimal]], bool]]] = {
    "goods_up_to": _limit("goods"),
    "cif_up_to": _limit("cif"),
    "item_up_to": _limit("item"),
    "year_up_to": _limit("year"),
    "buyer": lambda parcel, wanted, _convert: parcel.buyer_kind in wanted,
    "tax_id": lambda parcel, wanted, _convert: parcel.tax_id is wanted,
    "mode": _mode,
    "ship_from": lambda parcel, wanted, _convert: parcel.ship_from in wanted,
    "not_from": lambda parcel, wanted, _convert: parcel.ship_from not in wanted,
    "registered": lambda parcel, wanted, _convert: bool(parcel.registrations & set(wanted)),
    "not_registered": lambda parcel, wanted, _convert: not parcel.registrations & set(wanted),
    "without": lambda parcel, wanted, _convert: (
        not any(code.startswith(tuple(wanted)) for code in parcel.codes)
    ),
    "only": lambda parcel, wanted, _convert: all(code.startswith(tuple(wanted)) for code in parcel.codes),
}
