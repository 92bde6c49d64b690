"""The tables of the deal: cart, quote and order; disputes about an order and returns."""

from __future__ import annotations

from orders.models.deal import (
    GROUP,
    LINK_SALT,
    ORDER,
    Cart,
    CartLine,
    Order,
    OrderGroup,
    OrderLine,
    OrderQuerySet,
    OrderState,
    Quote,
    Review,
    new_token,
)
from orders.models.deposit import DepositRule
from orders.models.dispute import (
    DISPUTE,
    OPEN_DISPUTES,
    Dispute,
    DisputeMessage,
    DisputeState,
)
from orders.models.invoice import BuyerInvoice
from orders.models.returning import RETURN, Return, ReturnLine, ReturnReason, ReturnState

__all__ = [
    "DISPUTE",
    "GROUP",
    "LINK_SALT",
    "OPEN_DISPUTES",
    "ORDER",
    "RETURN",
    "BuyerInvoice",
    "Cart",
    "CartLine",
    "DepositRule",
    "Dispute",
    "DisputeMessage",
    "DisputeState",
    "Order",
    "OrderGroup",
    "OrderLine",
    "OrderQuerySet",
    "OrderState",
    "Quote",
    "Return",
    "ReturnLine",
    "ReturnReason",
    "ReturnState",
    "Review",
    "new_token",
]
