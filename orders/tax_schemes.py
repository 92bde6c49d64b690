"""Under which scheme the tax of an order was taken at the sale: IOSS, OVR, LVG, VOEC, … or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from customs import regimes
from customs.datasets.parties import tax_kind
from orders.models import Order


@dataclass(frozen=True, slots=True)
class Scheme:
    """A scheme under which we collect tax, and our number in it (empty: not registered yet)."""

    code: str
    number: str
    regime: str


def scheme_of(order: Order) -> Scheme | None:
    """Name the scheme; None where the border takes the tax, or none is due."""
    quote = order.group.quote
    if quote is None or order.tax_amount <= 0:
        return None
    name = str((quote.snapshot.get(order.seller.number) or {}).get("regime", ""))
    place = regimes.destination(order.group.country)
    found = regimes.named(place.area, name) if place and name else None
    if found is None or found.effect.get("tax") != "at_sale":
        return None
    code = tax_kind(order.group.country) or found.code
    return Scheme(code, str(settings.PLATFORM_TAX_NUMBERS.get(code, "")), found.code)
