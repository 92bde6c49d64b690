"""Tier prices: what one piece costs at a quantity, and what is wrong with a ladder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from marketplace.kit.money import Money


class PricedFrom(Protocol):
    """A step of a ladder, stored or not."""

    @property
    def from_quantity(self) -> int: ...
    @property
    def price_amount(self) -> Decimal: ...


@dataclass(frozen=True, slots=True)
class Tier:
    from_quantity: int
    price_amount: Decimal


def unit_price(list_price: Money, tiers: Iterable[PricedFrom], quantity: int) -> Money:
    """Price one piece by the step with the highest start that the quantity reaches."""
    reached = [tier for tier in tiers if tier.from_quantity <= quantity]
    if not reached:
        return list_price
    return Money(max(reached, key=lambda tier: tier.from_quantity).price_amount, list_price.currency)


def ladder_fault(list_price: Money, tiers: Iterable[PricedFrom], minimum_quantity: int = 1) -> str:
    """Say what is wrong with a ladder, or nothing: quantities rise, prices do not."""
    last_quantity, last_price = minimum_quantity, list_price.amount
    for tier in tiers:
        if tier.from_quantity <= last_quantity:
            return "quantity"
        if tier.price_amount > last_price:
            return "price"
        if tier.price_amount <= 0:
            return "zero"
        last_quantity, last_price = tier.from_quantity, tier.price_amount
    return ""
