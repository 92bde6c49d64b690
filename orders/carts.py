"""A cart as the buyer sees it: grouped by seller, each group with its delivered price. Writes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from catalog import kept as shelf
from catalog.models import Variant
from logistics.live import Heard, Question
from logistics.warehousing.allocation import Spot
from logistics.warehousing.allocation import spots as find_spots
from marketplace.accounts.models import Company
from marketplace.kit.money import Money, total
from marketplace.kit.places import Place
from orders.allocating import cheapest
from orders.asked import QuoteRequest
from orders.kept import together
from orders.landed_cost import LandedCost
from orders.live_ways import heard
from orders.models import Cart, CartLine

NOTHING: Final = Heard()
# Read three times on the way to an order, so it costs no work of the ORM.
LINES: Final = """
SELECT line.id, line.variant_id, line.quantity, variant.product_id
FROM orders_cartline line JOIN catalog_variant variant ON variant.id = line.variant_id
WHERE line.cart_id = %s ORDER BY line.id
"""
LINE_FIELDS: Final = ("id", "cart_id", "variant_id", "quantity")


@dataclass(frozen=True, slots=True)
class Row:
    """One line with its goods as they are now, in one version."""

    line: CartLine
    variant: Variant
    version: str

    @property
    def quantity(self) -> int:
        return self.line.quantity


@dataclass(frozen=True, slots=True)
class LineView:
    """One line with its goods amount in the buyer's currency."""

    line: CartLine
    variant: Variant
    quantity: int
    unit: Money
    goods: Money


@dataclass(frozen=True, slots=True)
class Group:
    """One seller's parcel."""

    seller: Company
    lines: tuple[LineView, ...]
    cost: LandedCost
    spot: Spot | None = None
    question: Question | None = None
    told: Heard = NOTHING

    @property
    def pieces(self) -> int:
        return sum(line.quantity for line in self.lines)


@dataclass(frozen=True, slots=True)
class PricedCart:
    """The whole cart with its price and the fingerprint of the question."""

    cart: Cart
    groups: tuple[Group, ...]
    cost: LandedCost
    fingerprint: str
    rows: tuple[Row, ...] = ()
    spots: tuple[Spot, ...] = ()

    @property
    def pieces(self) -> int:
        return sum(group.pieces for group in self.groups)


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who asks: a private person or a business, with the tax number where there is one."""

    kind: str = "consumer"
    tax_id: str = ""


def rows_of(cart: Cart) -> list[Row]:
    """Read the cart's lines with everything a price needs, in two statements when the goods are kept."""
    with connection.cursor() as cursor:
        cursor.execute(LINES, [cart.pk])
        lines = cursor.fetchall()
    listings = shelf.listings(product for _pk, _variant, _quantity, product in lines)
    rows = []
    for pk, variant, quantity, product in lines:
        listing = listings[product]
        line = CartLine.from_db(connection.alias, LINE_FIELDS, (pk, cart.pk, variant, quantity))
        line.variant = listing.every[variant]
        rows.append(Row(line, line.variant, listing.version))
    return sorted(rows, key=lambda row: (row.variant.product.seller_id, row.line.pk))


def priced(
    cart: Cart,
    *,
    ship_to: Place,
    currency: str,
    on: date,
    buyer: Buyer | None = None,
    every_option: bool = False,
    terms: str = "",
    insured: bool | None = None,
    rows: Sequence[Row] | None = None,
    spots: tuple[Spot, ...] | None = None,
) -> PricedCart:
    """Price the cart: one parcel per seller, all in one currency with one set of rates.

    Each parcel comes from the warehouse with the lowest delivered price; `spots` are known shelves.
    """
    buyer = buyer or Buyer()
    rows = rows_of(cart) if rows is None else rows
    terms, insured = terms or cart.terms, cart.insured if insured is None else insured
    by_seller: dict[int, list[Row]] = {}
    for row in rows:
        by_seller.setdefault(row.variant.product.seller_id, []).append(row)
    if spots is None:
        skus = {row.variant.sku for row in rows}
        spots = find_spots(skus, destination=ship_to.country) if skus else ()
    groups = []
    asked = [
        QuoteRequest(
            lines=tuple((row.variant, row.quantity) for row in own),
            ship_to=ship_to,
            currency=currency,
            on=on,
            buyer_kind=buyer.kind,
            buyer_tax_id=buyer.tax_id,
            terms=terms,
            option_code=str(cart.choices.get(own[0].variant.product.seller.number, "")),
            insured=insured,
            every_option=every_option,
        )
        for own in by_seller.values()
    ]
    for own, (request, put, told) in zip(by_seller.values(), heard(asked, timezone.now()), strict=True):
        seller = own[0].variant.product.seller
        cost, spot = cheapest(request, spots, goods=tuple(row.version for row in own))
        groups.append(Group(seller, _views(own, cost, currency), cost, spot, put, told))
    question = [
        [[row.variant.sku, row.quantity] for row in rows],
        [ship_to.country, ship_to.postal_code, ship_to.region],
        currency, buyer.kind, buyer.tax_id, terms, insured, sorted(cart.choices.items()),
    ]  # fmt: skip
    return PricedCart(
        cart, tuple(groups), together([group.cost for group in groups], currency), _fingerprint(question),
        tuple(rows), spots,
    )  # fmt: skip


def _views(rows: Sequence[Row], cost: LandedCost, currency: str) -> tuple[LineView, ...]:
    views = []
    for n, row in enumerate(rows, 1):
        own = [c.amount for c in cost.charges if c.line == str(n) and c.kind in {"goods", "exchange"}]
        views.append(LineView(row.line, row.variant, row.quantity, row.variant.price, total(own, currency)))
    return tuple(views)


def _fingerprint(question: Any) -> str:
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()
