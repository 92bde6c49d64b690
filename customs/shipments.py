"""Tell the shipment to wait, to go on, or to stay; an order without a shipment yet is fine."""

from __future__ import annotations

from logistics import actions as logistics
from logistics.models import Carrier


def hold(order_number: str) -> None:
    """Stop the shipment of an order."""
    logistics.hold(order_number)


def resume(order_number: str) -> None:
    """Let the shipment of an order go on."""
    logistics.resume(order_number)


def cancel(order_number: str) -> None:
    """Call the shipment off; one that is already with the carrier is stopped and comes back."""
    try:
        logistics.cancel(order_number)
    except logistics.AlreadyMoving:
        logistics.hold(order_number)


def carrier_name() -> str:
    """Name the carrier that Sampan's shipments go with: the house carrier; empty where none is set up."""
    return Carrier.objects.order_by("pk").values_list("name", flat=True).first() or ""
