"""Backwards: from a price that includes duty to the value before it, and which of two tariffs applies.

Plain Python like `customs/duty.py`, whose lines it takes apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from customs.duty import ONE, ZERO, Rate, Rules, Sums

STEPS: Final = 12
NEAR: Final = Decimal("1e-12")
# Goods from Great Britain pay the United Kingdom's duty in Northern Ireland while the Union's is not dearer
# by more than this share of the customs value (Windsor Framework; Decision 1/2023, art. 5 of the Protocol).
NORTHERN_GAP: Final = Decimal("0.03")


def value_inside(
    price: Decimal,
    rates: Sequence[Rate],
    rules: Rules,
    *,
    quantities: Mapping[str, Decimal],
    transport: Decimal = ZERO,
    per_currency: Mapping[str, Decimal] | None = None,
) -> Decimal:
    """The value before duty of a price that includes duty (delivered, duty paid).

    value = (price - specific duty - freight) / (1 + ad valorem rate), found by steps so that
    floors and ceilings hold too.
    """
    out = transport if rules.valuation != "CIF" else ZERO
    sums = Sums(quantities, per_currency or {rules.currency: ONE}, rules.alcohol_rounds_down)

    def burden(value: Decimal) -> Decimal:
        return sum((max(ZERO, rate.expression.amount(value, sums)) for rate in rates), ZERO)

    target = price - out
    value = target
    for _step in range(STEPS):
        here = burden(value)
        slope = burden(value + ONE) - here
        better = value - (value + here - target) / (ONE + slope)
        if abs(better - value) < NEAR:
            return better
        value = better
    return value


def values_inside(
    prices: Sequence[Decimal],
    rates: Sequence[Sequence[Rate]],
    fees: Sequence[Rate],
    rules: Rules,
    *,
    quantities: Sequence[Mapping[str, Decimal]],
    transport: Sequence[Decimal],
    per_currency: Mapping[str, Decimal] | None = None,
) -> list[Decimal]:
    """The values before duty of several lines that share the fees of one consignment."""
    shared = [ZERO] * len(prices)
    sums = Sums({"entry": ONE, "item": ONE}, per_currency or {rules.currency: ONE})
    values = list(prices)
    for _step in range(STEPS * 2):
        found = [
            value_inside(
                price - fee, mine, rules, quantities=counts, transport=carried, per_currency=per_currency
            )
            for price, fee, mine, counts, carried in zip(
                prices, shared, rates, quantities, transport, strict=True
            )
        ]
        near = all(abs(new - old) < NEAR for new, old in zip(found, values, strict=True))
        values, whole = found, sum(found, ZERO)
        if near or not fees or not whole:
            break
        due = sum((max(ZERO, fee.expression.amount(whole, sums)) for fee in fees), ZERO)
        shared = [due * value / whole for value in values]
    return values


def northern_ireland(uk_duty: Decimal, eu_duty: Decimal, *, customs_value: Decimal) -> str:
    """Which tariff goods to Northern Ireland pay: the UK's while the EU's is at most 3% of value dearer."""
    return "UK" if eu_duty - uk_duty <= customs_value * NORTHERN_GAP else "EU"
