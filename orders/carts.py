"""A cart as the buyer sees it: grouped by seller, each group with its delivered price. Writes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from catalog.models import Variant
from marketplace.accounts.models import Company
from marketplace.kit.money import Money, total
from marketplace.kit.places import Place
from orders.landed_cost import LandedCost, added
from orders.models import Cart, CartLine
from orders.quoting import QuoteRequest, estimate


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

    @property
    def pieces(self) -> int:
        return sum(group.pieces for group in self.groups)


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who asks: a private person or a business, with the tax number where there is one."""

    kind: str = "consumer"
    tax_id: str = ""


def lines_of(cart: Cart) -> list[CartLine]:
    """Read the cart's lines with everything a price needs, in two statements."""
    return list(
        cart.lines.select_related("variant__product__seller", "variant__product__cover")
        .prefetch_related("variant__tiers")
        .order_by("variant__product__seller_id", "pk")
    )


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
    lines: Sequence[CartLine] | None = None,
) -> PricedCart:
    """Price the cart: one parcel per seller, all in one currency with one set of rates."""
    buyer = buyer or Buyer()
    rows = lines_of(cart) if lines is None else list(lines)
    terms, insured = terms or cart.terms, cart.insured if insured is None else insured
    by_seller: dict[int, list[CartLine]] = {}
    for row in rows:
        by_seller.setdefault(row.variant.product.seller_id, []).append(row)
    groups = []
    for own in by_seller.values():
        seller = own[0].variant.product.seller
        cost = estimate(
            QuoteRequest(
                lines=tuple((row.variant, row.quantity) for row in own),
                ship_to=ship_to,
                currency=currency,
                on=on,
                buyer_kind=buyer.kind,
                buyer_tax_id=buyer.tax_id,
                terms=terms,
                option_code=str(cart.choices.get(seller.number, "")),
                insured=insured,
                every_option=every_option,
            )
        )
        groups.append(Group(seller, _views(own, cost, currency), cost))
    question = [
        [[row.variant.sku, row.quantity] for row in rows],
        [ship_to.country, ship_to.postal_code, ship_to.region],
        currency, buyer.kind, buyer.tax_id, terms, insured, sorted(cart.choices.items()),
    ]  # fmt: skip
    return PricedCart(
        cart, tuple(groups), added([group.cost for group in groups], currency), _fingerprint(question)
    )


def _views(rows: Sequence[CartLine], cost: LandedCost, currency: str) -> tuple[LineView, ...]:
    views = []
    for n, row in enumerate(rows, 1):
        own = [c.amount for c in cost.charges if c.line == str(n) and c.kind in {"goods", "exchange"}]
        views.append(LineView(row, row.variant, row.quantity, row.variant.price, total(own, currency)))
    return tuple(views)


def _fingerprint(question: Any) -> str:
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()
