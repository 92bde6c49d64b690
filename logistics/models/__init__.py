"""Tables of the moving room, by topic: ways and rate cards, shipments and their news, shared boxes."""

from __future__ import annotations

from logistics.models.live import LiveBooking, LiveQuestion, LiveService
from logistics.models.sharing import CodeMeaning, Container, ContainerPart
from logistics.models.shipping import (
    SHIPMENT,
    TERMINAL,
    CarrierMessage,
    Parcel,
    Shipment,
    ShipmentQuerySet,
    ShipmentState,
    Status,
    TrackingEvent,
    next_serial,
)
from logistics.models.ways import (
    Carrier,
    Hub,
    Leg,
    LegCalendar,
    Mode,
    PriceRow,
    Service,
    ServiceVersion,
    ZoneRow,
)

__all__ = [
    "SHIPMENT",
    "TERMINAL",
    "Carrier",
    "CarrierMessage",
    "CodeMeaning",
    "Container",
    "ContainerPart",
    "Hub",
    "Leg",
    "LegCalendar",
    "LiveBooking",
    "LiveQuestion",
    "LiveService",
    "Mode",
    "Parcel",
    "PriceRow",
    "Service",
    "ServiceVersion",
    "Shipment",
    "ShipmentQuerySet",
    "ShipmentState",
    "Status",
    "TrackingEvent",
    "ZoneRow",
    "next_serial",
]
