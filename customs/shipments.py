"""Tell the shipment to wait, to go on, or to stay, and ask for its numbers; an order without one is fine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from logistics import actions as logistics
from logistics.models import Carrier, Shipment, ShipmentState

# Kinds of transport documents as declarations name them (UN/EDIFACT 1001 with the Union's N before it).
DOCUMENTS: Final = {"sea": "N714", "reefer": "N714", "rail": "N720", "road": "N730", "post": "N750"}
HOUSE_WAYBILL: Final = "N703"


@dataclass(frozen=True, slots=True)
class Numbers:
    """The waybill of an order's shipment, and the postal item number (S10) of each of its parcels."""

    waybill: str = ""
    items: tuple[str, ...] = ()


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


def numbers(order_number: str) -> Numbers:
    """Give the numbers by which carrier and post know the goods; nothing before there is a shipment."""
    rows = Shipment.objects.for_order(order_number).exclude(state=ShipmentState.CANCELLED)
    shipment = rows.prefetch_related("parcels").first()
    if shipment is None:
        return Numbers()
    items = (parcel.tracking_number for parcel in shipment.parcels.all())
    return Numbers(shipment.number, tuple(filter(None, items)))


def document_kind(mode: str) -> str:
    """Name the kind of the transport document of a way."""
    return DOCUMENTS.get(mode, HOUSE_WAYBILL)


def unbooked() -> QuerySet[Shipment, str]:
    """Give the orders whose shipment has no numbers of the carrier yet; they come within ten minutes."""
    return Shipment.objects.filter(state=ShipmentState.OPENED).values_list("order_number", flat=True)
