"""What insurance a cart would buy, with its exclusions: shown before anybody pays."""

from __future__ import annotations

from datetime import date

from logistics.insurance.actions import cover_for
from logistics.insurance.premium import CoverTerms
from orders.carts import PricedCart


def covers(view: PricedCart, country: str, on: date) -> list[CoverTerms]:
    """List the terms of each seller's parcel, each once."""
    found: dict[str, CoverTerms] = {}
    for group in view.groups:
        if group.cost.delivery is None:
            continue
        goods = [row.variant for row in group.lines]
        terms = cover_for(group.cost.delivery.mode, goods, on, region=country)
        if terms is not None:
            found.setdefault(terms.code, terms)
    return list(found.values())
