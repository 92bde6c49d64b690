"""Reads published tariffs (the JSON form of `ratecards.json`) into rate cards. Plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from logistics.rating.card import Card
from logistics.rating.shapes import Bands, OverMaxWeight
from logistics.rating.weight import WeightRule, round_up

GRAMS: Final = Decimal(1000)
CONTENT_WORDS: Final = {"doc": "document", "document": "document", "parcel": "parcel"}


@dataclass(frozen=True, slots=True)
class Found:
    """A price read off a tariff: the zone, the weight band it was found in (kg), and the amount."""

    zone: str
    billed_kg: Decimal
    price: Decimal
    currency: str


class NotInTariff(ValueError):
    """The tariff has no price for this; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def card_of(code: str, data: Mapping[str, Any]) -> Card:
    """Build a card from a tariff by zones and bands, or by weights with one column for each zone."""
    scale = GRAMS if data.get("weight_unit") == "g" else Decimal(1)
    if "rates" in data:
        bands = {
            (str(zone), ""): [(Decimal(str(r["max"])) / scale, Decimal(str(r["price"]))) for r in rows]
            for zone, rows in data["rates"].items()
        }
    else:
        bands = _columns(data, scale)
    zones = {country: str(zone) for zone, members in data.get("zones", {}).items() for country in members}
    step = data.get("step")
    return Card(
        code=code,
        currency=data["currency"],
        weight=WeightRule(steps=((None, Decimal(str(step))),) if step else ()),
        zones=zones,
        prices={key: _bands(rows) for key, rows in bands.items()},
        source=data.get("source", ""),
    )


def look_up(card: Card, *, weight_kg: Decimal, zone: str = "", country: str = "", content: str = "") -> Found:
    """Read the price of a weight off a card, by zone or by country; raise NotInTariff with the reason."""
    if weight_kg <= 0:
        raise NotInTariff("bad_weight")
    found_zone = zone or card.zone_of(country)
    if found_zone is None:
        raise NotInTariff("unknown_destination")
    kind = CONTENT_WORDS.get(content, content)
    shape = card.prices.get((found_zone, kind)) or card.prices.get((found_zone, ""))
    if shape is None:
        raise NotInTariff("unknown_zone")
    try:
        priced = shape.price(weight_kg, Decimal(0))
    except OverMaxWeight as over:
        raise NotInTariff("over_max_weight") from over
    billed = priced.as_weight
    if card.weight.steps:
        billed = round_up(weight_kg, card.weight.steps[0][1])
    return Found(found_zone, billed, priced.amount, card.currency)


def _columns(data: Mapping[str, Any], scale: Decimal) -> dict[tuple[str, str], list[tuple[Decimal, Decimal]]]:
    """Read tables of weight → one price a zone; a shared table serves documents and parcels alike."""
    bands: dict[tuple[str, str], list[tuple[Decimal, Decimal]]] = {}
    for table in ("document", "parcel", "document_and_parcel"):
        contents = ("document", "parcel") if table == "document_and_parcel" else (table,)
        for weight, prices in data.get(table, {}).items():
            for at, price in enumerate(prices, 1):
                for content in contents:
                    row = (Decimal(str(weight)) / scale, Decimal(str(price)))
                    bands.setdefault((str(at), content), []).append(row)
    return bands


def _bands(rows: list[tuple[Decimal, Decimal]]) -> Bands:
    ordered = sorted(rows)
    return Bands(tuple(r[0] for r in ordered), tuple(r[1] for r in ordered))
