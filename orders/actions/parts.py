"""One parcel of several: the part that the buyer has is released, the rest waits."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from logistics.models import Parcel, Status
from marketplace.kit.refusal import Refusal
from orders.models import Order, OrderState
from orders.payments import actions as payments


class NotHereYet(Refusal):
    words = _("The carrier has not delivered this parcel yet. Confirm it when you have it.")


def parcels_here(order: Order) -> set[str]:
    """Name the parcels of an order that the carrier has handed over."""
    here = Parcel.objects.filter(shipment__order_number=order.number, status=Status.DELIVERED)
    return set(here.values_list("number", flat=True))


@transaction.atomic
def confirm_part(*, number: str, parcel: str, at: datetime) -> int:
    """Confirm one parcel: its share of the maker's money becomes available, once; the others wait."""
    order = Order.objects.select_for_update(of=("self",)).get(number=number)
    gone = {OrderState.SHIPPED, OrderState.DELIVERED, OrderState.HELD, OrderState.COMPLETED}
    if order.state not in gone or parcel not in parcels_here(order):
        raise NotHereYet
    return payments.make_available(number, at, part=parcel)
