"""Bookings with live carriers: once, looked up before anything is repeated, given up in time."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import F

from logistics import actions, tracking
from logistics.carriers.base import Booking, BookingParcel
from logistics.carriers.live import (
    Account,
    Asked,
    BookingUnclear,
    CarrierRefuses,
    CarrierUnavailable,
    is_live,
)
from logistics.live import account_of
from logistics.models import LiveBooking, LiveService, Shipment, ShipmentState
from marketplace.kit.money import Money

PATIENCE: Final = timedelta(minutes=10)
LOOK_AFTER: Final = timedelta(minutes=2)  # a carrier may need so long to find its own booking
TRIES: Final = 2
TIDY_FOR: Final = timedelta(days=2)
OVER: Final = frozenset({LiveBooking.State.REFUSED, LiveBooking.State.GIVEN_UP})
log = logging.getLogger(__name__)


def wants_live(shipment: Shipment) -> bool:
    """Tell whether a live carrier still has to book this; after it was given up, the house carrier does."""
    if not is_live(shipment.option_code):
        return False
    booking = LiveBooking.objects.filter(shipment=shipment).first()
    return booking is None or booking.state not in OVER


def book(number: str, *, at: datetime) -> LiveBooking | None:
    """Take one step of a booking: look up what is unclear, try, or give up; may run any number of times."""
    from logistics.carriers.sdk import Live

    shipment = Shipment.objects.get(number=number)
    if shipment.state != ShipmentState.OPENED or shipment.held or not wants_live(shipment):
        return None
    booking, account = _begun(shipment)
    if account is None or shipment.parcels.count() != 1:
        return give_up(booking, "We have no account with this carrier for such a parcel.")
    return _step(Live(account), booking, at)


def _begun(shipment: Shipment) -> tuple[LiveBooking, Account | None]:
    """Find or write the booking's row, and our account with its carrier."""
    service = LiveService.objects.get(code=shipment.option_code)
    booking, _made = LiveBooking.objects.get_or_create(
        shipment=shipment,
        defaults={"carrier": service.carrier, "service": service.service, "name": service.name},
    )
    return booking, account_of(booking.carrier)


def _step(carrier: Any, booking: LiveBooking, at: datetime) -> LiveBooking:
    """Look up what is unclear; try where nothing is there; give up when the time is over."""
    shipment = booking.shipment
    if booking.tries and booking.state != LiveBooking.State.NOT_SENT:
        found, known = _look_up(carrier, booking)
        if found:
            return _booked(booking, found, at)
        too_soon = booking.tried_at is not None and at - booking.tried_at < LOOK_AFTER
        if (too_soon or not known) and at - shipment.opened_at < PATIENCE:
            return booking
        if not known or booking.tries >= TRIES:
            return give_up(booking, booking.trouble or "The carrier did not say whether it booked.")
    if booking.tries and at - shipment.opened_at >= PATIENCE:
        return give_up(booking, booking.trouble or "The carrier cannot be reached.")
    return _try(carrier, booking, at)


def _look_up(carrier: Any, booking: LiveBooking) -> tuple[str, bool]:
    """Ask whether a booking is there: its number, and whether the carrier could say."""
    assert booking.tried_at is not None  # noqa: S101  a try has its time
    try:
        return carrier.find(booking.shipment.number, on=booking.tried_at.date()) or "", True
    except CarrierUnavailable as trouble:
        log.warning("The booking of %s could not be looked up: %s", booking.shipment, trouble)
        return "", False


def _try(carrier: Any, booking: LiveBooking, at: datetime) -> LiveBooking:
    """Send the booking; the try is written down before, so that a lost process leaves a trace."""
    mine = LiveBooking.objects.filter(pk=booking.pk, tries=booking.tries)
    if not mine.update(tries=F("tries") + 1, tried_at=at, state=LiveBooking.State.ASKED):
        return booking
    booking.refresh_from_db()
    shipment = booking.shipment
    try:
        label = carrier.book(_asked(shipment, at), service=booking.service, reference=shipment.number)
    except CarrierRefuses as no:
        _note(booking, LiveBooking.State.REFUSED, str(no))
        return booking
    except BookingUnclear as unclear:
        booking.was_unclear = True
        _note(booking, LiveBooking.State.UNCLEAR, str(unclear))
        return booking
    except CarrierUnavailable as trouble:
        _note(booking, LiveBooking.State.NOT_SENT, str(trouble))
        return booking
    booking.label, booking.label_type = label.label, label.media_type
    return _booked(booking, label.tracking_number, at)


def _note(booking: LiveBooking, state: str, words: str) -> None:
    log.warning("%s did not book %s: %s", booking.carrier, booking.shipment, words)
    booking.state, booking.trouble = state, words[:200]
    booking.save(update_fields=["state", "trouble", "was_unclear"])


def _booked(booking: LiveBooking, tracking_number: str, at: datetime) -> LiveBooking:
    booking.state, booking.tracking_number, booking.trouble = LiveBooking.State.BOOKED, tracking_number, ""
    booking.save(update_fields=["state", "tracking_number", "trouble", "label", "label_type"])
    parcel = booking.shipment.parcels.get()
    made = Booking(tracking_number, {parcel.number: tracking_number})
    actions.attach_booking(shipment_number=booking.shipment.number, booking=made, at=at)
    return booking


def give_up(booking: LiveBooking, words: str) -> LiveBooking:
    """Let the house carrier take over; a booking that may exist after all is looked for and cancelled."""
    unclear = {LiveBooking.State.UNCLEAR, LiveBooking.State.ASKED}
    booking.was_unclear = booking.was_unclear or (booking.tries > 0 and booking.state in unclear)
    _note(booking, LiveBooking.State.GIVEN_UP, words)
    return booking


def give_up_late(shipment: Shipment, at: datetime) -> bool:
    """Give a shipment up that the carriers' worker left lying; True when the house carrier may book it."""
    if not wants_live(shipment):
        return True
    if at - shipment.opened_at < PATIENCE + LOOK_AFTER:
        return False
    service = LiveService.objects.filter(code=shipment.option_code).first()
    booking, _made = LiveBooking.objects.get_or_create(
        shipment=shipment,
        defaults={
            "carrier": service.carrier if service else "", "service": service.service if service else "",
            "name": service.name if service else "",
        },
    )  # fmt: skip
    give_up(booking, booking.trouble or "Nobody asked the carrier in time.")
    return True


def tidy(at: datetime) -> int:
    """Cancel bookings that turned up after they were given up: the parcel has another number by now."""
    from logistics.carriers.sdk import Live

    done = 0
    late = LiveBooking.objects.filter(
        state=LiveBooking.State.GIVEN_UP, was_unclear=True, tracking_number="", tried_at__gt=at - TIDY_FOR
    )
    for booking in late.select_related("shipment")[:50]:
        account = account_of(booking.carrier)
        if account is None:
            continue
        carrier = Live(account)
        found, _known = _look_up(carrier, booking)
        if found:
            try:
                carrier.cancel(found)
            except CarrierUnavailable as trouble:
                log.warning("%s could not be cancelled: %s", found, trouble)
                continue
            LiveBooking.objects.filter(pk=booking.pk).update(tracking_number=found)
            done += 1
    return done


def cancel(number: str) -> None:
    """Tell a live carrier that a booked parcel will not come."""
    from logistics.carriers.sdk import Live

    booking = LiveBooking.objects.get(shipment__number=number)
    account = account_of(booking.carrier)
    if account is not None and booking.tracking_number:
        try:
            Live(account).cancel(booking.tracking_number)
        except CarrierUnavailable as trouble:
            log.warning("The carrier did not hear that %s is cancelled: %s", number, trouble)


def track(number: str) -> int:
    """Ask a live carrier for news of a parcel and record what we did not have."""
    from logistics.carriers.sdk import Live

    booking = LiveBooking.objects.get(shipment__number=number, state=LiveBooking.State.BOOKED)
    account = account_of(booking.carrier)
    if account is None:
        return 0
    try:
        rows = Live(account).tracking(booking.tracking_number)
    except CarrierUnavailable as silence:
        log.warning("The carrier told nothing about %s: %s", number, silence)
        return 0
    for row in rows:
        status = str(row.pop("status"))
        means = tracking.understand(status, row["evidence"]) if status else None
        actions.record_tracking(
            tracking_number=row["tracking_number"], code=row["code"], local_time=row["time"],
            place=row["place"], evidence=row["evidence"], carrier=booking.carrier.upper(), means=means,
        )  # fmt: skip
    return len(rows)


def _asked(shipment: Shipment, at: datetime) -> Asked:
    parcel = shipment.parcels.get()
    goods = tuple(shipment.goods)
    currency = next((str(row["currency"]) for row in goods if row.get("currency")), "USD")
    value = sum(
        (Decimal(str(row.get("value", "0"))) * int(row.get("quantity", 1)) for row in goods), Decimal(0)
    )
    return Asked(
        sender=shipment.sender | {"company": shipment.sender.get("name", "")},
        recipient=shipment.recipient,
        parcel=BookingParcel(
            parcel.number, parcel.gross_weight_kg, (parcel.length_cm, parcel.width_cm, parcel.height_cm)
        ),
        value=Money(value, currency).rounded(), on=at.date(), duty_paid=shipment.terms == "DDP", goods=goods,
    )  # fmt: skip
