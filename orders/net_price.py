"""Net to me: the seller names what must arrive, we work out the list price and each country's price."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_UP, Decimal
from typing import Final

from catalog.models import DeliveredPrice, Variant
from marketplace.kit.explain import Certainty
from marketplace.kit.money import Money, minor_units
from orders import delivered
from orders.asked import QuoteRequest
from orders.payments.fees import fee_on
from orders.payments.shares import Share
from orders.quoting import estimate

HIGHEST_RATE: Final = Decimal("0.95")
STEPS: Final = 64


@dataclass(frozen=True, slots=True)
class NetPrice:
    """The lowest list price that leaves the seller at least what was named, and how it falls apart."""

    price: Money
    commission: Money
    words: str

    @property
    def net(self) -> Money:
        return self.price - self.commission


@dataclass(frozen=True, slots=True)
class Market:
    """One country: the price at the door now and with the new list price, and what moved."""

    country: str
    now: Money | None
    then: Money | None
    goods: Money | None
    transport: Money | None
    tax: Money | None
    certain: bool

    @property
    def moved(self) -> Money | None:
        return self.then - self.now if self.now and self.then else None


def _commission(variant: Variant, price: Money, at: datetime) -> tuple[Money, str]:
    seller, zero = variant.product.seller, Money.zero(price.currency)
    share = Share(
        seller.number, "", zero, zero, zero, zero, zero, zero, zero, seller_goods=price,
        category=variant.product.category.slug if variant.product.category else "",
        seller_country=seller.country,
    )  # fmt: skip
    fee = fee_on(share, at=at)
    return fee.amount, fee.words


def price_for(variant: Variant, net: Money, *, at: datetime) -> NetPrice:
    """Find the lowest price of one piece whose commission leaves `net`; floor and cap of the rule count.

    Halves the way between `net` and twenty times as much, in whole minor units: what is left grows with the
    price, because a commission is a share of it.
    """
    unit = Decimal(1).scaleb(-minor_units(net.currency))
    low = int((net.amount / unit).to_integral_value(ROUND_UP))
    high = int(low / (1 - HIGHEST_RATE)) + 1
    for _step in range(STEPS):
        if low >= high:
            break
        middle = (low + high) // 2
        price = Money(middle * unit, net.currency)
        commission, _words = _commission(variant, price, at)
        if price - commission >= net:
            high = middle
        else:
            low = middle + 1
    price = Money.from_minor(high, net.currency)
    commission, words = _commission(variant, price, at)
    return NetPrice(price, commission, words)


def markets(variant: Variant, price: Money, *, at: datetime) -> Iterator[Market]:
    """Work out each country's price at the door with the new list price, beside the one on its card."""
    priced = copy(variant)
    priced.price_amount, priced.currency = price.amount, price.currency
    cards = {row.destination: row for row in DeliveredPrice.objects.filter(variant=variant)}
    for place, currency in delivered.DESTINATIONS:
        if place.country == variant.product.seller.country:
            continue
        quantity = variant.minimum_quantity
        cost = estimate(QuoteRequest(((priced, quantity),), place, currency, at.date()))
        row = delivered.row(variant, place, currency, quantity, cost, at)
        card = cards.get(place.country)
        known = card is not None and card.currency == currency
        now = Money(card.total_amount, currency) if card and card.total_amount and known else None
        parts = [row.total_amount, row.goods_amount, row.transport_amount, row.tax_amount]
        then, goods, transport, tax = (Money(x, currency) if x is not None else None for x in parts)
        yield Market(
            place.country, now.rounded() if now else None, then, goods, transport, tax,
            cost.state is Certainty.FIXED,
        )  # fmt: skip
