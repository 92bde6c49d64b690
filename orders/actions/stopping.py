"""An order that may not cross the border ends here: all its money goes back, wherever the parcel is."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from marketplace.events.bus import publish
from orders.actions.progress import BEFORE_SHIPPING, cancel
from orders.events import OrderRefunded
from orders.models import Order, OrderState
from orders.payments import actions as payments


@transaction.atomic
def stop(*, number: str, reason: str, at: datetime) -> Order:
    """End an order whose goods customs refused: cancelled before the carrier had it, else refunded; once."""
    order = Order.objects.select_for_update(of=("self",)).get(number=number)
    if order.state in {OrderState.PLACED, OrderState.CANCELLED, OrderState.REFUNDED}:
        return order
    if order.shipped_at is None and order.state in {OrderState.DEPOSIT, *BEFORE_SHIPPING}:
        order = cancel(number=number, reason=reason, at=at, whole=True)
    else:
        order.move_to(OrderState.REFUNDED)
        order.cancelled_at, order.cancel_reason = at, reason[:200]
        order.save(update_fields=["state", "cancelled_at", "cancel_reason"])
        payments.refund(number, None, reason[:200], f"stop-{number}", at=at)
        publish(OrderRefunded(subject=number))
    payments.unfreeze(number, at=at)
    return order
