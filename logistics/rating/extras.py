"""Surcharges in their printed order, and the limits that refuse a piece with a reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from logistics.rating.weight import Box

HUNDRED: Final = Decimal(100)
ALIASES: Final = {
    "max_dims_cm": "max_sides_cm",
    "min_dims_cm": "min_sides_cm",
    "max_side_cm": "max_length_cm",
    "max_sum_of_sides_cm": "max_sum_cm",
}
KINDS: Final = frozenset(
    {
        "flat_per_shipment_once",
        "flat_per_shipment",
        "flat",
        "flat_per_piece",
        "per_piece",
        "per_kg_with_minimum",
        "per_kg",
        "percent",
        "percent_with_minimum",
    }
)
_TRIGGER: Final = re.compile(r"^(longest_side|second_side|piece|length_plus_girth)\s*>\s*([\d.]+)\s*(cm|kg)$")


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest and smallest piece that a service takes; None means no such limit."""

    max_weight_kg: Decimal | None = None
    max_length_cm: Decimal | None = None
    max_sum_cm: Decimal | None = None
    max_length_plus_girth_cm: Decimal | None = None
    max_girth_cm: Decimal | None = None
    max_sides_cm: tuple[Decimal, ...] = ()
    min_sides_cm: tuple[Decimal, ...] = ()
    max_shipment_kg: Decimal | None = None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Limits:
        """Build the limits from their JSON form."""
        known: dict[str, Any] = {}
        data = {ALIASES.get(name, name): value for name, value in data.items()}
        for name in cls.__slots__:
            if (value := data.get(name)) is None:
                continue
            listed = isinstance(value, (list, tuple))
            known[name] = tuple(Decimal(str(v)) for v in value) if listed else Decimal(str(value))
        return cls(**known)

    def refuse(self, box: Box) -> str | None:
        """Return why this piece is not taken (weight, length, sum, girth, size), or None."""
        longest, middle, shortest = box.sides
        girth = 2 * (middle + shortest)
        checks = (
            ("weight", box.weight, self.max_weight_kg),
            ("length", longest, self.max_length_cm),
            ("sum", longest + middle + shortest, self.max_sum_cm),
            ("length_plus_girth", longest + girth, self.max_length_plus_girth_cm),
            ("girth", girth, self.max_girth_cm),
        )
        for reason, value, most in checks:
            if most is not None and value > most:
                return reason
        sides = (longest, middle, shortest)
        if any(
            side > most for side, most in zip(sides, sorted(self.max_sides_cm, reverse=True), strict=False)
        ):
            return "size"
        if any(
            side < least for side, least in zip(sides, sorted(self.min_sides_cm, reverse=True), strict=False)
        ):
            return "too_small"
        return None


@dataclass(frozen=True, slots=True)
class Surcharge:
    """One extra line of a card.

    `kind`: flat_per_shipment_once, flat_per_piece, per_kg_with_minimum, percent. Triggers such as
    "longest_side>120cm" are alternatives: a per-shipment charge falls due once however many are hit.
    """

    code: str
    label: str
    kind: str
    amount: Decimal
    minimum: Decimal = Decimal(0)
    maximum: Decimal | None = None
    fuelable: bool = False
    triggers: tuple[str, ...] = ()
    countries: frozenset[str] = frozenset()
    postcodes: tuple[tuple[str, str], ...] = ()
    only_duty_paid: bool = False

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Surcharge:
        """Build a surcharge from its JSON form; a kind that we do not know is refused."""
        if data["kind"] not in KINDS:
            raise ValueError(f"Unknown kind of surcharge {data['kind']!r}.")
        return cls(
            code=data["code"],
            label=data.get("label", data["code"]),
            kind=data["kind"],
            amount=Decimal(str(data["amount"])),
            minimum=Decimal(str(data.get("minimum", 0))),
            maximum=Decimal(str(data["maximum"])) if data.get("maximum") is not None else None,
            fuelable=bool(data.get("fuelable", False)),
            triggers=tuple(data.get("triggers", ())),
            countries=frozenset(data.get("countries", ())),
            postcodes=tuple((str(a), str(b)) for a, b in data.get("postcodes", ())),
            only_duty_paid=bool(data.get("only_duty_paid", False)),
        )

    def due(
        self,
        *,
        boxes: Sequence[Box],
        kg: Decimal,
        freight: Decimal,
        country: str,
        postcode: str,
        duty_paid: bool,
    ) -> Decimal:
        """Return what falls due on this consignment, zero when nothing triggers it."""
        if self.only_duty_paid and not duty_paid:
            return Decimal(0)
        if self.countries and country not in self.countries:
            return Decimal(0)
        if self.postcodes and not in_ranges(postcode, self.postcodes):
            return Decimal(0)
        hit = [box for box in boxes if not self.triggers or any(triggered(t, box) for t in self.triggers)]
        if not hit:
            return Decimal(0)
        return self.charge(kg=kg, freight=freight, pieces=sum(box.quantity for box in hit))

    def charge(self, *, kg: Decimal, freight: Decimal = Decimal(0), pieces: int = 1) -> Decimal:
        """Price the surcharge once it is triggered."""
        match self.kind:
            case "flat_per_piece" | "per_piece":
                value = self.amount * pieces
            case "per_kg_with_minimum" | "per_kg":
                value = self.amount * kg
            case "percent" | "percent_with_minimum":
                value = freight * self.amount / HUNDRED
            case _:
                value = self.amount
        value = max(value, self.minimum)
        return value if self.maximum is None else min(value, self.maximum)


def with_fuel(amount: Decimal, percent: Decimal) -> Decimal:
    """Add fuel to a fuelable amount."""
    return amount + amount * percent / HUNDRED


def triggered(trigger: str, box: Box) -> bool:
    """Tell whether a printed trigger such as "piece>70kg" is hit by a box."""
    if not (match := _TRIGGER.match(trigger.replace(" ", ""))):
        raise ValueError(f"Unknown trigger {trigger!r}.")
    longest, middle, shortest = box.sides
    value = {
        "longest_side": longest,
        "second_side": middle,
        "piece": box.weight,
        "length_plus_girth": longest + 2 * (middle + shortest),
    }[match[1]]
    return value > Decimal(match[2])


def in_ranges(postcode: str, ranges: Iterable[tuple[str, str]]) -> bool:
    """Compare a postcode with ranges by its first characters, spaces left out, letters in any case."""
    code = postcode.replace(" ", "").upper()
    if not code:
        return False
    for low, high in ranges:
        first, last = low.replace(" ", "").upper(), (high or low).replace(" ", "").upper()
        if first <= code[: len(first)] and code[: len(last)] <= last:
            return True
    return False
