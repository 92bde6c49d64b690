"""Merging parcels: when it is allowed, when it is cheaper, and who bears which part. Plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from marketplace.kit.money import Money, total


@dataclass(frozen=True, slots=True)
class Part:
    """One seller's goods on the way to one buyer, as far as merging matters."""

    reference: str
    destination: str
    terms: str
    dangerous: bool
    bonded: bool
    cold: str
    value: Money
    chargeable_kg: Decimal
    alone: Money


@dataclass(frozen=True, slots=True)
class Merged:
    """The verdict: why not, or what each part pays and what is saved."""

    refusal: str
    shares: tuple[Money, ...] = ()
    saved: Money | None = None


def merge(parts: Sequence[Part], together: Money, *, threshold: Money | None = None) -> Merged:
    """Decide on one parcel for all: refuse what may not share a box, else share the bill by weight.

    `threshold` is the destination's low-value limit: a limit counts per consignment, so merging parts that
    are each below it must not cross it.
    """
    for refusal, features in (
        ("destination", {p.destination for p in parts}),
        ("terms", {p.terms for p in parts}),
        ("dangerous_goods", {p.dangerous for p in parts}),
        ("bonded_with_free", {p.bonded for p in parts}),
        ("temperature", {p.cold for p in parts}),
    ):
        if len(features) > 1:
            return Merged(refusal)
    if len(parts) < 2:
        return Merged("one_part")
    if threshold is not None:
        whole = total((p.value for p in parts), threshold.currency)
        if threshold < whole and all(not threshold < p.value for p in parts):
            return Merged("low_value_limit")
    apart = total((p.alone for p in parts), together.currency)
    if not together < apart:
        return Merged("not_cheaper")
    return Merged("", largest_remainder(together, [p.chargeable_kg for p in parts]), apart - together)


def largest_remainder(bill: Money, weights: Sequence[Decimal]) -> tuple[Money, ...]:
    """Share a bill by weight: whole minor units down first, the rest to the largest remainders."""
    whole = bill.rounded()
    exponent = whole.amount.as_tuple().exponent
    unit = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
    units = int(whole.amount / unit)
    weight = sum(weights, Decimal(0))
    exact = [units * w / weight for w in weights]
    given = [int(e) for e in exact]
    order = sorted(range(len(weights)), key=lambda i: (given[i] - exact[i], i))
    for index in order[: units - sum(given)]:
        given[index] += 1
    return tuple(Money(count * unit, bill.currency) for count in given)
