"""Which parts of a priced cart may be paid in two steps, by the rules of their sellers."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from marketplace.kit.money import Money
from marketplace.kit.places import Place
from orders.carts import PricedCart
from orders.deposits import Offer, Plan, Step, offer, plan
from orders.landed_cost import LandedCost
from orders.models import DepositRule

Rules = dict[tuple[int, str], DepositRule]


def rules_of(sellers: Iterable[int]) -> Rules:
    """Read the terms of these sellers in one statement."""
    return {(r.seller_id, r.country): r for r in DepositRule.objects.filter(seller__in=list(sellers))}


def plan_for(seller: int, cost: LandedCost, ship_to: Place, rules: Rules, *, business: bool) -> Plan | None:
    """Plan one seller's part: the rule for the country of delivery comes before the one for all others."""
    rule = rules.get((seller, ship_to.country)) or rules.get((seller, ""))
    goods = [charge.basis for charge in cost.charges if charge.kind == "goods" and charge.basis]
    if rule is None or not goods:
        return None
    worth = Money(sum((money.amount for money in goods), Decimal(0)), goods[0].currency)
    if not rule.terms.covers(worth):
        return None
    return plan(cost.total, rule.terms, business=business)


def offer_for(view: PricedCart, ship_to: Place, *, business: bool) -> Offer | None:
    """Offer to pay the large orders of a cart in two steps; None where no seller lets buyers do so."""
    rules = rules_of(part.seller.pk for part in view.groups)
    return offer(
        [
            Step(
                part.seller.name,
                part.cost.total,
                plan_for(part.seller.pk, part.cost, ship_to, rules, business=business),
            )
            for part in view.groups
        ]
    )
