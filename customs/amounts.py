"""Declared values in euro, so that cases in different currencies can be compared."""

from __future__ import annotations

from decimal import Decimal

from marketplace.currency import rates
from marketplace.kit.money import Money


def in_euro(money: Money) -> Decimal | None:
    """Convert at the market rate of the day; None where we have no rate."""
    if money.currency == "EUR":
        return money.amount
    try:
        return rates.current().convert(money, "EUR").amount
    except rates.NoRate:
        return None
