"""A shipment until the carrier has it: book, hold, resume, cancel, pack, label."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from logistics import codes
from logistics.actions.opening import NothingToSend
from logistics.carriers import house
from logistics.carriers.base import Booking, BookingParcel, BookingRequest, CarrierSilent
from logistics.events import ShipmentBooked, ShipmentCancelled, ShipmentHeld, ShipmentResumed
from logistics.insurance import actions as insurance
from logistics.models import Parcel, Shipment, ShipmentState, next_serial
from marketplace.events.bus import publish
from marketplace.kit.refusal import Refusal

PATIENCE: Final = timedelta(minutes=10)


class ShipmentWaits(Refusal):
    words = _("This shipment is on hold. It can be booked when the hold is over.")


class AlreadyMoving(Refusal):
    words = _("The carrier already has the parcel. Ask for a return instead.")


class NotBooked(Refusal):
    words = _("The carrier has not booked this parcel yet. Its label is here in a minute.")


def book(shipment_number: str, *, at: datetime | None = None, fell_back: bool = False) -> Shipment:
    """Book with the carrier: the call is made outside the transaction and keyed by the shipment's number.

    A carrier that stays silent for ten minutes is replaced by our own numbers, and the shipment says so, as
    it does when the house carrier stands in for another (`fell_back`).
    """
    at = at or timezone.now()
    shipment = Shipment.objects.get(number=shipment_number)
    if shipment.state != ShipmentState.OPENED:
        return shipment
    if shipment.held:
        raise ShipmentWaits
    try:
        booking = house.current().book(booking_request(shipment), key=f"booking-{shipment.number}")
    except CarrierSilent:
        if at - shipment.opened_at < PATIENCE:
            raise
        booking, fell_back = own_numbers(shipment), True
    return attach_booking(shipment_number=shipment.number, booking=booking, at=at, fell_back=fell_back)


def own_numbers(shipment: Shipment) -> Booking:
    """Return numbers for the parcels of our own, in the postal form."""
    country = shipment.sender["country"]
    numbers = {p.number: codes.s10("CS", next_serial(), country) for p in shipment.parcels.all()}
    return Booking(f"OWN-{shipment.number}", numbers)


def booking_request(shipment: Shipment) -> BookingRequest:
    """Say what the carrier must know; the same shipment asks the same."""
    return BookingRequest(
        reference=shipment.number,
        service=shipment.option_code,
        sender=shipment.sender,
        recipient=shipment.recipient,
        parcels=tuple(
            BookingParcel(p.number, p.gross_weight_kg, (p.length_cm, p.width_cm, p.height_cm))
            for p in shipment.parcels.all()
        ),
        callback=f"{settings.SITE_ADDRESS}/logistics/tracking/",
        terms=shipment.terms,
    )


@transaction.atomic
def attach_booking(
    *, shipment_number: str, booking: Booking, at: datetime, fell_back: bool = False
) -> Shipment:
    """Write the carrier's numbers down, once."""
    shipment = _locked(number=shipment_number)
    if shipment.state != ShipmentState.OPENED:
        return shipment
    for parcel in shipment.parcels.all():
        parcel.tracking_number = booking.tracking_numbers[parcel.number]
        parcel.save(update_fields=["tracking_number"])
    shipment.move_to(ShipmentState.BOOKED)
    shipment.carrier_reference, shipment.booked_at, shipment.fell_back = booking.reference, at, fell_back
    shipment.save(update_fields=["state", "carrier_reference", "booked_at", "fell_back"])
    publish(
        ShipmentBooked(
            subject=shipment.order_number,
            shipment=shipment.number,
            tracking_numbers=tuple(booking.tracking_numbers.values()),
            fell_back=fell_back,
        )
    )
    return shipment


def _locked(**where: str) -> Shipment:
    return Shipment.objects.select_for_update(of=("self",)).get(**where)


def _of_order(order_number: str) -> Shipment | None:
    rows = Shipment.objects.select_for_update(of=("self",)).for_order(order_number)
    return rows.exclude(state=ShipmentState.CANCELLED).first()


@transaction.atomic
def free_goods(order_number: str) -> Shipment | None:
    """Note that an order's goods are in free circulation now: they may share a box with free goods only."""
    shipment = _of_order(order_number)
    if shipment is not None:
        shipment.goods = [row | {"customs_status": "free"} for row in shipment.goods]
        shipment.save(update_fields=["goods"])
    return shipment


@transaction.atomic
def hold(order_number: str) -> Shipment | None:
    """Stop an order's shipment; again changes nothing, no shipment means nothing to stop."""
    shipment = _of_order(order_number)
    if shipment and not shipment.held:
        shipment.held = True
        shipment.save(update_fields=["held"])
        publish(ShipmentHeld(subject=order_number, shipment=shipment.number))
    return shipment


@transaction.atomic
def resume(order_number: str) -> Shipment | None:
    """Let an order's shipment go on; it is booked now if it was not before."""
    shipment = _of_order(order_number)
    if shipment and shipment.held:
        shipment.held = False
        shipment.save(update_fields=["held"])
        publish(ShipmentResumed(subject=order_number, shipment=shipment.number))
    return shipment


@transaction.atomic
def cancel(order_number: str) -> Shipment | None:
    """Cancel a shipment that the carrier does not have yet, and its cover with it."""
    shipment = _of_order(order_number)
    if shipment is None:
        return None
    if shipment.state not in {ShipmentState.OPENED, ShipmentState.BOOKED}:
        raise AlreadyMoving
    shipment.move_to(ShipmentState.CANCELLED)
    shipment.save(update_fields=["state"])
    insurance.cancel(order_number)
    publish(ShipmentCancelled(subject=order_number, shipment=shipment.number))
    return shipment


@transaction.atomic
def pack(shipment_number: str, *, weights: Mapping[str, Decimal], at: datetime) -> Shipment:
    """Record the real weight of each packed parcel; a shipment that moves keeps what it has."""
    shipment = _locked(number=shipment_number)
    if shipment.state not in {ShipmentState.OPENED, ShipmentState.BOOKED}:
        raise AlreadyMoving
    if any(weight <= 0 for weight in weights.values()):
        raise NothingToSend
    for parcel in shipment.parcels.all():
        parcel.gross_weight_kg = weights.get(parcel.number, parcel.gross_weight_kg)
        parcel.packed_at = parcel.packed_at or at
        parcel.save(update_fields=["gross_weight_kg", "packed_at"])
    return shipment


def print_label(parcel: Parcel, *, at: datetime) -> int:
    """Count a label's print and return which one it is; a second print is marked as a copy."""
    Parcel.objects.filter(pk=parcel.pk).update(label_prints=F("label_prints") + 1)
    Parcel.objects.filter(pk=parcel.pk, label_printed_at=None).update(label_printed_at=at)
    parcel.refresh_from_db(fields=["label_prints", "label_printed_at"])
    return parcel.label_prints
