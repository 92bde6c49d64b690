"""News of the moving room; the subject is the order's number."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.events.bus import Fact


@dataclass(frozen=True, kw_only=True)
class ShipmentFact(Fact):
    """Base: which shipment the news is about."""

    shipment: str


@dataclass(frozen=True, kw_only=True)
class ShipmentOpened(ShipmentFact):
    """Goods may be packed and booked."""


@dataclass(frozen=True, kw_only=True)
class ShipmentBooked(ShipmentFact):
    """A carrier has accepted the shipment; `fell_back` when our own numbers stand in for a silent carrier."""

    tracking_numbers: tuple[str, ...] = ()
    fell_back: bool = False


@dataclass(frozen=True, kw_only=True)
class ShipmentHeld(ShipmentFact):
    """The shipment waits, for customs or an operator."""


@dataclass(frozen=True, kw_only=True)
class ShipmentResumed(ShipmentFact):
    """The shipment may go on."""


@dataclass(frozen=True, kw_only=True)
class ShipmentCancelled(ShipmentFact):
    """The shipment will not happen."""


@dataclass(frozen=True, kw_only=True)
class ParcelFact(ShipmentFact):
    """Base: when and where the carrier saw it, in its local time."""

    parcel: str = ""
    place: str = ""
    local_time: str = ""


@dataclass(frozen=True, kw_only=True)
class ParcelPickedUp(ParcelFact):
    """The carrier scanned the first parcel: cover and the seller's earning begin."""


@dataclass(frozen=True, kw_only=True)
class ParcelArrivedAtCustoms(ParcelFact):
    """The parcel is at import customs, a normal step."""


@dataclass(frozen=True, kw_only=True)
class ParcelCleared(ParcelFact):
    """Import customs let the parcel go."""


@dataclass(frozen=True, kw_only=True)
class PartDelivered(ParcelFact):
    """One parcel of several was handed over; the others are on the way."""


@dataclass(frozen=True, kw_only=True)
class ParcelDelivered(ParcelFact):
    """Every parcel of the shipment was handed over, with the carrier's evidence."""


@dataclass(frozen=True, kw_only=True)
class ParcelTrouble(ParcelFact):
    """Something needs a person: failed delivery, damage, loss, customs asking."""

    status: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ContainerClosed(Fact):
    """A shared container took its last goods and its bill is shared; the subject is its number."""

    shipments: tuple[str, ...] = ()
    departs_on: str = ""
    currency: str = ""
    # Who owes what: order, shipment, maker and amount of each part; together they are the bill.
    shares: tuple[tuple[str, str, str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class CarrierSilentTooLong(ShipmentFact):
    """No carrier told anything about a moving shipment for days: somebody must ask."""

    days: int = 0
