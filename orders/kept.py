"""Delivered prices kept in the process under everything they were worked out from.

A price is a plain answer to a question, the goods as they are, and four snapshots: exchange rates, tariff,
network, insurance terms. The key holds all of them and the reader's language, and the question holds the day.
A new rate set, tariff version, network version, list price or day is another key, never an old price.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import fields
from typing import Any, Final

from django.utils.translation import get_language

from customs import stored
from logistics import network
from logistics.insurance import actions as insurance
from marketplace.currency import rates
from marketplace.kit.kept import Kept
from orders import quoting
from orders.asked import QuoteRequest
from orders.landed_cost import LandedCost, added

MOST: Final = 4_000
# Everything that a question says, also what is added to it later; its lines are named by key and quantity.
ASKED: Final = tuple(field.name for field in fields(QuoteRequest) if field.name != "lines")
# The snapshots are kept beside the price, so that their identities are not given to others meanwhile.
_prices: Final = Kept[tuple[LandedCost, tuple[Any, ...]]](MOST)
_sums: Final = Kept[tuple[LandedCost, Sequence[LandedCost]]](MOST)


def estimate(request: QuoteRequest, *, goods: Hashable) -> LandedCost:
    """Give the delivered price, worked out once; `goods` names the versions of the variants' rows."""
    basis = (rates.current(), stored.tariff(), network.current(), insurance.in_force(request.on))
    key = (
        goods,
        tuple((variant.pk, quantity) for variant, quantity in request.lines),
        *(getattr(request, name) for name in ASKED),
        get_language(),
        tuple(id(snapshot) for snapshot in basis),
    )
    if known := _prices.get(key):
        return known[0]
    return _prices.keep(key, (quoting.estimate(request), basis))[0]


def together(costs: Sequence[LandedCost], currency: str) -> LandedCost:
    """Give several sellers' prices as one; the same prices have the same sum."""
    key = (currency, tuple(id(cost) for cost in costs))
    if known := _sums.get(key):
        return known[0]
    return _sums.keep(key, (added(costs, currency), tuple(costs)))[0]
