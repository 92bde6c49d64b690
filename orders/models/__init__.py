"""The tables of the deal: cart, quote and order; disputes about an order."""

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
from orders.models.dispute import (
    DISPUTE,
    OPEN_DISPUTES,
    Dispute,
    DisputeMessage,
    DisputeState,
)

__all__ = [
    "DISPUTE",
    "GROUP",
    "LINK_SALT",
    "OPEN_DISPUTES",
    "ORDER",
    "Cart",
    "CartLine",
    "Dispute",
    "DisputeMessage",
    "DisputeState",
    "Order",
    "OrderGroup",
    "OrderLine",
    "OrderQuerySet",
    "OrderState",
    "Quote",
    "Review",
    "new_token",
]
