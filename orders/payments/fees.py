"""The fee for a sale by the rules in force that day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings

from marketplace.kit.money import Money
from orders.payments import commission
from orders.payments.commission import Fee, Rule, Sale
from orders.payments.models import CommissionRule, OrderShare
from orders.payments.shares import Share


def tier(seller: str, at: datetime) -> str:
    """Name a seller's tier today: by the orders shipped in the last 365 days."""
    shipped = OrderShare.objects.filter(seller=seller, earned_at__gte=at - timedelta(days=365))
    return commission.tier_of(shipped.count())


def rules_on(day: date) -> list[Rule]:
    """Read the rules that two people agreed on and that are in force that day, the newest first."""
    rows = CommissionRule.objects.in_force(day).order_by("-valid_from", "-pk")
    return [row.rule for row in rows]


def fee_on(share: Share, *, at: datetime) -> Fee:
    """Work out our fee for an order as it is sold now."""
    goods = share.seller_goods.rounded()
    paid = goods
    if share.goods.amount > 0:
        paid = Money(goods.amount * share.total.amount / share.goods.amount, goods.currency).rounded()
    rules = rules_on(at.date())
    needs_tier = any(rule.tier for rule in rules)
    sale = Sale(
        goods=goods,
        paid=max(paid, goods),
        seller=share.seller,
        category=share.category,
        country=share.seller_country,
        destination=share.country,
        tier=tier(share.seller, at) if needs_tier else "",
    )
    return commission.fee(sale, rules, usual=usual_rate())


def usual_rate() -> Decimal:
    """Give the rate that counts where no base rule fits."""
    return Decimal(settings.COMMISSION_RATE)


def as_json(fee: Fee) -> list[dict[str, Any]]:
    """Write the lines of a fee as they are frozen with the sale."""
    return [
        {
            "component": line.component,
            "name": line.name,
            "basis": str(line.basis.rounded().amount),
            "rate": str(line.rate),
            "amount": str(line.amount.amount),
        }
        for line in fee.lines
    ]
