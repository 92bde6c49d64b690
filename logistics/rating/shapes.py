"""The seven shapes of a freight price. Each is data; `price` answers in the card's currency, unrounded."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final, Protocol

KG: Final = Decimal(1000)


class OverMaxWeight(ValueError):
    """The table ends below this weight."""


@dataclass(frozen=True, slots=True)
class Priced:
    """An amount, the weight it was charged for, and the rate as a reader would print it."""

    amount: Decimal
    as_weight: Decimal
    rate: str


class Shape(Protocol):
    def price(self, kg: Decimal, cbm: Decimal) -> Priced:
        """Price a billed weight and a volume."""


@dataclass(frozen=True, slots=True)
class Bands:
    """Shape 1: one price for each weight "up to and including"."""

    upto: tuple[Decimal, ...]
    prices: tuple[Decimal, ...]

    def price(self, kg: Decimal, cbm: Decimal) -> Priced:  # noqa: ARG002
        """Find the first band that holds the weight."""
        at = bisect_left(self.upto, kg)
        if at == len(self.upto):
            raise OverMaxWeight(f"above {self.upto[-1]}")
        return Priced(self.prices[at], self.upto[at], f"up to {self.upto[at]} kg")


@dataclass(frozen=True, slots=True)
class FirstPlusStep:
    """Shape 2: a price for the first weight, then one for each started step."""

    first_g: Decimal
    first: Decimal
    step_g: Decimal
    step: Decimal
    max_g: Decimal | None = None

    def price(self, kg: Decimal, cbm: Decimal) -> Priced:  # noqa: ARG002
        """Charge every started step above the first weight."""
        grams = kg * KG
        if self.max_g is not None and grams > self.max_g:
            raise OverMaxWeight(f"above {self.max_g} g")
        over = max(Decimal(0), grams - self.first_g)
        steps = (over / self.step_g).to_integral_value(ROUND_CEILING)
        as_g = self.first_g + steps * self.step_g
        return Priced(self.first + steps * self.step, as_g / KG, f"{self.first} + {steps} × {self.step}")


@dataclass(frozen=True, slots=True)
class BasePlusGram:
    """Shape 3: a registration fee and a rate per gram, with a smallest weight."""

    base: Decimal
    per_gram: Decimal
    min_g: Decimal = Decimal(0)
    max_g: Decimal | None = None

    def price(self, kg: Decimal, cbm: Decimal) -> Priced:  # noqa: ARG002
        """Charge whole started grams."""
        grams = max(self.min_g, (kg * KG).to_integral_value(ROUND_CEILING))
        if self.max_g is not None and grams > self.max_g:
            raise OverMaxWeight(f"above {self.max_g} g")
        return Priced(self.base + self.per_gram * grams, grams / KG, f"{self.base} + {self.per_gram}/g")


@dataclass(frozen=True, slots=True)
class PerKg:
    """Shape 4: a rate per kilogram, from a threshold on, with the band's own minimum."""

    rate: Decimal
    min_kg: Decimal = Decimal(0)
    minimum: Decimal = Decimal(0)
    above_kg: Decimal = Decimal(0)
    base: Decimal = Decimal(0)
    max_kg: Decimal | None = None

    def price(self, kg: Decimal, cbm: Decimal) -> Priced:  # noqa: ARG002
        """Charge the weight above the threshold (all of it when the threshold carries no base price)."""
        if self.max_kg is not None and kg > self.max_kg:
            raise OverMaxWeight(f"above {self.max_kg} kg")
        billed = max(kg, self.min_kg)
        counted = max(Decimal(0), billed - self.above_kg) if self.base else billed
        return Priced(max(self.base + self.rate * counted, self.minimum), billed, f"{self.rate}/kg")


@dataclass(frozen=True, slots=True)
class AirBreaks:
    """Shape 5: air cargo breaks; a heavier break is charged "as 45 kg" where that is cheaper."""

    breaks: tuple[tuple[Decimal, Decimal], ...]
    minimum: Decimal = Decimal(0)

    def price(self, kg: Decimal, cbm: Decimal) -> Priced:  # noqa: ARG002
        """Take the cheapest of the own break and every heavier one."""
        own = max((b for b in self.breaks if b[0] <= kg), default=self.breaks[0])
        offers = [
            (rate * max(kg, start), max(kg, start), rate) for start, rate in self.breaks if start >= own[0]
        ]
        amount, as_weight, rate = min(offers)
        if amount < self.minimum:
            return Priced(self.minimum, kg, f"minimum {self.minimum}")
        return Priced(amount, as_weight, f"{rate}/kg as {as_weight} kg")


@dataclass(frozen=True, slots=True)
class WeightOrMeasure:
    """Shape 6: LCL, per revenue ton = the greatest of cubic metres, tonnes and the minimum."""

    rate: Decimal
    min_rt: Decimal = Decimal(1)
    kg_per_rt: Decimal = KG

    def revenue_tons(self, kg: Decimal, cbm: Decimal) -> Decimal:
        """Cubic metres or tonnes, whichever is more, never below the minimum."""
        return max(cbm, kg / self.kg_per_rt, self.min_rt)

    def price(self, kg: Decimal, cbm: Decimal) -> Priced:
        """Charge revenue tons."""
        tons = self.revenue_tons(kg, cbm)
        return Priced(tons * self.rate, kg, f"{self.rate} × {tons} RT")


@dataclass(frozen=True, slots=True)
class Container:
    """Shape 7: a whole container, or a share of one by weight with a smallest share."""

    container: Decimal
    capacity_kg: Decimal
    share: bool = False
    min_kg: Decimal = Decimal(0)

    def price(self, kg: Decimal, cbm: Decimal) -> Priced:  # noqa: ARG002
        """Charge started containers, or the share of one that the weight takes."""
        if not self.share:
            count = (kg / self.capacity_kg).to_integral_value(ROUND_CEILING)
            return Priced(self.container * count, kg, f"{self.container} × {count}")
        billed = max(kg, self.min_kg)
        return Priced(
            self.container * billed / self.capacity_kg,
            billed,
            f"{self.container} × {billed}/{self.capacity_kg}",
        )


def read_shape(data: Mapping[str, Any]) -> Shape:  # noqa: C901, PLR0911  one branch per shape
    """Build a price shape from its JSON form."""

    def number(name: str, default: str | None = None) -> Decimal:
        value = data.get(name, default)
        if value is None:
            raise KeyError(name)
        return Decimal(str(value))

    def ceiling(name: str) -> Decimal | None:
        return Decimal(str(data[name])) if data.get(name) is not None else None

    match data.get("shape") or data.get("type"):
        case "bands":
            rows = sorted((Decimal(str(up)), Decimal(str(price))) for up, price in data["bands"])
            return Bands(tuple(r[0] for r in rows), tuple(r[1] for r in rows))
        case "first_plus_step":
            return FirstPlusStep(
                number("first_g"), number("first"), number("step_g"), number("step"), ceiling("max_g")
            )
        case "base_plus_per_gram" | "registration_plus_per_gram":
            base = number("base", data.get("registration", "0"))
            least = number("min_g", data.get("min_weight_g", "0"))
            return BasePlusGram(base, number("per_gram"), least, ceiling("max_g"))
        case "per_kg" | "per_kg_above" | "per_kg_above_threshold":
            return PerKg(
                number("rate", data.get("per_kg")),
                number("min_kg", "0"),
                number("minimum", "0"),
                number("above_kg", data.get("threshold_kg", "0")),
                number("base", "0"),
                ceiling("max_kg"),
            )
        case "air" | "air_breaks":
            rows = sorted((Decimal(str(b["from_kg"])), Decimal(str(b["rate"]))) for b in data["breaks"])
            return AirBreaks(tuple(rows), number("minimum", "0"))
        case "wm" | "lcl":
            return WeightOrMeasure(number("rate"), number("min_rt", "1"), number("kg_per_rt", "1000"))
        case "container" | "fcl":
            return Container(number("price"), number("capacity_kg"))
        case "container_share":
            return Container(number("price"), number("capacity_kg"), share=True, min_kg=number("min_kg", "0"))
        case other:
            raise ValueError(f"Unknown price shape {other!r}.")
