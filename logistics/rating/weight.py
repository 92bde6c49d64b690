"""Chargeable weight: what a carrier bills, from size and weight, by rules that are all data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any, Final

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
CM3_PER_M3: Final = Decimal(1_000_000)


class BadMeasure(ValueError):
    """A weight, size or count is zero, negative or not a number."""


@dataclass(frozen=True, slots=True)
class Box:
    """One packed piece, or `quantity` equal ones; the unit (kg and cm, lb and inch) is the card's."""

    length: Decimal
    width: Decimal
    height: Decimal
    weight: Decimal
    quantity: int = 1

    def checked(self) -> Box:
        """Return itself, or raise BadMeasure: nothing weighs nothing."""
        measures = (self.length, self.width, self.height, self.weight)
        if not all(one.is_finite() and one > 0 for one in measures) or self.quantity < 1:
            raise BadMeasure("Size, weight and quantity of a piece must be above zero.")
        return self

    @property
    def sides(self) -> tuple[Decimal, Decimal, Decimal]:
        """The sides, the longest first."""
        longest, middle, shortest = sorted((self.length, self.width, self.height), reverse=True)
        return longest, middle, shortest

    @property
    def volume(self) -> Decimal:
        """The volume of all pieces in cubic units of length."""
        return self.length * self.width * self.height * self.quantity


@dataclass(frozen=True, slots=True)
class WeightRule:
    """How a service version turns boxes into a billed weight.

    `steps` are (up to and including this weight, step); a last None means "and above". `factor` is full,
    half or none. `from_volume` and `from_side` are thresholds below which size does not count.
    """

    divisor: Decimal | None = None
    dim_round: str = "none"
    steps: tuple[tuple[Decimal | None, Decimal], ...] = ()
    basis: str = "per_piece"
    factor: str = "full"
    from_volume: Decimal = ZERO
    from_side: Decimal = ZERO
    minimum: Decimal = ZERO

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> WeightRule:
        """Build the rule from its JSON form; numbers come as strings."""
        listed = data.get("weight_steps") or [[None, data.get("weight_step") or 0]]
        pairs = [(s["up_to"], s["step"]) if isinstance(s, Mapping) else (s[0], s[1]) for s in listed]
        steps = [(up_to, step) for up_to, step in pairs if Decimal(str(step)) > 0]
        return cls(
            divisor=Decimal(str(data["divisor"])) if data.get("divisor") else None,
            dim_round=data.get("dim_round", "none"),
            steps=tuple((None if a is None else Decimal(str(a)), Decimal(str(b))) for a, b in steps),
            basis=data.get("basis", "per_piece"),
            factor=data.get("factor", "full"),
            from_volume=Decimal(str(data.get("from_volume", 0))),
            from_side=Decimal(str(data.get("from_side", 0))),
            minimum=Decimal(str(data.get("minimum", 0))),
        )


@dataclass(frozen=True, slots=True)
class Billed:
    """The billed weight beside what it came from."""

    weight: Decimal
    actual: Decimal
    volume: Decimal

    @property
    def by_volume(self) -> bool:
        return self.volume > self.actual


def round_up(value: Decimal, step: Decimal) -> Decimal:
    """Round up to a whole number of steps."""
    return (value / step).to_integral_value(ROUND_CEILING) * step


def round_side(value: Decimal, how: str) -> Decimal:
    """Round one dimension: none, half_up, or ceil (every fraction up)."""
    if how == "none":
        return value
    return value.quantize(ONE, ROUND_CEILING if how == "ceil" else ROUND_HALF_UP)


def stepped(value: Decimal, steps: Sequence[tuple[Decimal | None, Decimal]]) -> Decimal:
    """Round up by the step of the band the value lies in."""
    for up_to, step in steps:
        if up_to is None or value <= up_to:
            return round_up(value, step)
    return value


def chargeable(boxes: Iterable[Box], rule: WeightRule) -> Billed:
    """Bill the greater of actual and volumetric weight, per piece or over the shipment."""
    actual = volume = billed = ZERO
    for box in boxes:
        own, room = box.weight, _volume_weight(box, rule)
        actual += own * box.quantity
        volume += room * box.quantity
        if rule.basis == "per_piece":
            each = stepped(max(_combined(own, room, rule.factor), rule.minimum), rule.steps)
            billed += each * box.quantity
    if rule.basis != "per_piece":
        billed = stepped(max(_combined(actual, volume, rule.factor), rule.minimum), rule.steps)
    return Billed(billed, actual, volume)


def air_volume_weight(cbm: Decimal) -> Decimal:
    """IATA volume weight: 6,000 cubic centimetres count as one kilogram."""
    return cbm * CM3_PER_M3 / 6000


def _combined(actual: Decimal, volume: Decimal, factor: str) -> Decimal:
    if factor == "none" or volume <= actual:
        return actual
    return (actual + volume) / 2 if factor == "half" else volume


def _volume_weight(box: Box, rule: WeightRule) -> Decimal:
    if rule.divisor is None or rule.factor == "none":
        return ZERO
    sides = [round_side(side, rule.dim_round) for side in (box.length, box.width, box.height)]
    room = sides[0] * sides[1] * sides[2]
    if (rule.from_volume and room <= rule.from_volume) or (rule.from_side and max(sides) < rule.from_side):
        return ZERO
    return room / rule.divisor
