"""A rate card: one service version with zones, prices, surcharges and limits, rated in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from logistics.rating.extras import HUNDRED, Limits, Surcharge, in_ranges
from logistics.rating.shapes import OverMaxWeight, Priced, Shape
from logistics.rating.weight import CM3_PER_M3, Billed, Box, WeightRule, chargeable


@dataclass(frozen=True, slots=True)
class ZoneRange:
    """A zone of part of a country; the first range that holds the postcode wins."""

    zone: str
    postcode_from: str
    postcode_to: str


@dataclass(frozen=True, slots=True)
class Card:
    """One service version, frozen: everything that makes its prices."""

    code: str
    currency: str
    weight: WeightRule
    zones: Mapping[str, str]
    prices: Mapping[tuple[str, str], Shape]
    ranges: Mapping[str, tuple[ZoneRange, ...]] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    surcharges: tuple[Surcharge, ...] = ()
    fuel_percent: Mapping[str, Decimal] = field(default_factory=dict)
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""

    def zone_of(self, country: str, postcode: str = "") -> str | None:
        """Return the zone of an address, by postcode where the card splits a country."""
        for part in self.ranges.get(country, ()):
            if in_ranges(postcode, [(part.postcode_from, part.postcode_to)]):
                return part.zone
        return self.zones.get(country)

    def fuel_on(self, day: date) -> Decimal:
        """Return the fuel percentage of the month, else of the newest earlier month, else none."""
        month = day.isoformat()[:7]
        known = [m for m in self.fuel_percent if m <= month]
        return self.fuel_percent[max(known)] if known else Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a rated option, unrounded."""

    code: str
    label: str
    amount: Decimal
    rate: str = ""


@dataclass(frozen=True, slots=True)
class Rated:
    """A priced option; the total is the sum of its lines."""

    card: str
    currency: str
    zone: str
    billed: Billed
    priced: Priced
    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a service does not take this: never dropped in silence."""

    card: str
    reason: str


def rate(  # noqa: C901, PLR0911  one refusal after another, read top to bottom
    card: Card,
    boxes: Sequence[Box],
    *,
    country: str,
    postcode: str = "",
    on: date,
    content: str = "parcel",
    duty_paid: bool = False,
) -> Rated | Refused:
    """Price boxes to an address with one card, or say why it does not take them."""
    if (card.valid_from and on < card.valid_from) or (card.valid_to and on > card.valid_to):
        return Refused(card.code, "expired_version")
    if (zone := card.zone_of(country, postcode)) is None:
        return Refused(card.code, "unknown_destination")
    for box in boxes:
        if reason := card.limits.refuse(box.checked()):
            return Refused(card.code, reason)
    billed = chargeable(boxes, card.weight)
    most = card.limits.max_shipment_kg
    if most is not None and billed.actual > most:
        return Refused(card.code, "shipment_weight")
    shape = card.prices.get((zone, content)) or card.prices.get((zone, ""))
    if shape is None:
        return Refused(card.code, "no_price")
    cbm = sum((box.volume for box in boxes), Decimal(0)) / CM3_PER_M3
    try:
        priced = shape.price(billed.weight, cbm)
    except OverMaxWeight:
        return Refused(card.code, "over_max_weight")
    lines = [Line("freight", "Freight", priced.amount, priced.rate)]
    fuelable = priced.amount
    for extra in card.surcharges:
        due = extra.due(
            boxes=boxes,
            kg=billed.weight,
            freight=priced.amount,
            country=country,
            postcode=postcode,
            duty_paid=duty_paid,
        )
        if due:
            lines.append(Line(extra.code, extra.label, due))
            fuelable += due if extra.fuelable else Decimal(0)
    if fuel := card.fuel_on(on):
        lines.append(Line("fuel", "Fuel", fuelable * fuel / HUNDRED, f"{fuel}%"))
    return Rated(card.code, card.currency, zone, billed, priced, tuple(lines))
