"""What an amount is worth in euro at the market, or nothing where no source quotes its currency."""

from __future__ import annotations

from marketplace.currency.table import RateTable
from marketplace.kit.money import Money


def in_euro(money: Money, table: RateTable) -> Money | None:
    """Value an amount at the market; None where the currency has no rate."""
    if money.currency == "EUR":
        return money.rounded()
    return table.convert(money, "EUR").rounded() if table.has(money.currency) else None
