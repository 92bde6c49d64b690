"""Work of the moving room that a worker does: booking, reading carriers' messages, watching for silence."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from logistics import actions, live, livebooking, polling
from logistics.carriers import house
from logistics.carriers.base import CarrierSilent
from logistics.carriers.live import is_live
from logistics.live import accounts
from logistics.models import CarrierMessage, LiveBooking, Shipment, ShipmentState
from marketplace.events.bus import subscriber
from marketplace.events.models import Event

log = logging.getLogger(__name__)


@subscriber(calls_out=True)
def book_carrier(event: Event) -> None:
    """Book the opened or resumed shipment; a silent carrier is asked again by `book_waiting`."""
    _book(event.payload["shipment"])


def _book(number: str) -> bool:
    shipment = Shipment.objects.get(number=number)
    if shipment.held or shipment.state != ShipmentState.OPENED:
        return False
    if not livebooking.give_up_late(shipment, timezone.now()):
        book_live.delay(number=number)
        return False
    try:
        actions.book(number, fell_back=is_live(shipment.option_code))
    except CarrierSilent as silence:
        log.warning("The carrier did not book %s: %s", number, silence)
        return False
    return True


@subscriber
def cancel_booking(event: Event) -> None:
    """Tell the carrier that a booked shipment will not come; a silent carrier simply waits in vain."""
    shipment = Shipment.objects.get(number=event.payload["shipment"])
    if LiveBooking.objects.filter(shipment=shipment, state=LiveBooking.State.BOOKED).exists():
        cancel_live.delay(number=shipment.number)
    elif shipment.carrier_reference and not shipment.fell_back:
        try:
            house.current().cancel(shipment.carrier_reference, key=f"cancellation-{shipment.number}")
        except CarrierSilent as silence:
            log.warning("The carrier did not hear that %s is cancelled: %s", shipment.number, silence)


@subscriber
def note_free_goods(event: Event) -> None:
    """Write on the shipment that its goods left bond."""
    actions.free_goods(event.subject)


@shared_task(name="logistics.tasks.book_waiting")
def book_waiting() -> int:
    """Ask again for shipments that no carrier has booked yet."""
    waiting = Shipment.objects.filter(state=ShipmentState.OPENED, held=False).order_by("pk")
    return sum(_book(number) for number in waiting.values_list("number", flat=True)[:200])


@shared_task(name="logistics.tasks.read_carrier_message")
def read_carrier_message(*, message_id: int) -> None:
    """Understand one stored message; an event about an unknown parcel is kept with its trouble."""
    message = CarrierMessage.objects.get(pk=message_id)
    if message.done_at:
        return
    trouble = ""
    for row in message.body.get("events", []):
        try:
            actions.record_tracking(
                tracking_number=str(row["tracking_number"]),
                code=str(row["code"]),
                local_time=str(row["time"]),
                place=str(row.get("place", "")),
                reason=str(row.get("reason", "")),
                evidence=row.get("evidence") or {},
            )
        except actions.UnknownParcel as unknown:
            trouble = str(unknown)
        except (KeyError, ValueError, TypeError) as unreadable:
            trouble = f"Unreadable event: {unreadable}"[:200]
    CarrierMessage.objects.filter(pk=message.pk).update(done_at=timezone.now(), trouble=trouble)


@shared_task(name="logistics.tasks.sweep_carrier_messages")
def sweep_carrier_messages() -> int:
    """Read what a lost wake-up left lying."""
    old = timezone.now() - timedelta(minutes=1)
    left = CarrierMessage.objects.filter(done_at=None, received_at__lt=old).values_list("pk", flat=True)
    for pk in list(left[:200]):
        read_carrier_message.delay(message_id=pk)
    return len(left)


@shared_task(name="logistics.tasks.ask_carriers")
def ask_carriers() -> int:
    """Ask for news that no callback brought; each shipment by its own pace."""
    at = timezone.now()
    due = polling.due(at)
    by_live = set(
        LiveBooking.objects.filter(shipment__in=due, state=LiveBooking.State.BOOKED).values_list(
            "shipment_id", flat=True
        )
    )
    for shipment in due:
        if shipment.pk in by_live:
            track_live.delay(number=shipment.number)
            polling.settle(shipment.number, at)
    if accounts():
        tidy_live.delay()
    return sum(polling.ask(shipment, at) for shipment in due if shipment.pk not in by_live)


# What follows runs in the worker of the queue "carriers" alone: it may load the carriers' SDK.


@shared_task(name="carriers.rates")
def ask_live_rates(*, key: str) -> int:
    """Ask every live carrier for its prices."""
    return live.answer(key, timezone.now())


@shared_task(name="carriers.book")
def book_live(*, number: str) -> str:
    """Take one step of a booking with a live carrier; when it ends without one, the house carrier books."""
    booking = livebooking.book(number, at=timezone.now())
    if booking is not None and booking.state in livebooking.OVER:
        book_house.delay(number=number)
    return booking.state if booking else ""


@shared_task(name="carriers.track")
def track_live(*, number: str) -> int:
    """Ask a live carrier for news of one parcel."""
    return livebooking.track(number)


@shared_task(name="carriers.cancel")
def cancel_live(*, number: str) -> None:
    """Tell a live carrier that a parcel will not come."""
    livebooking.cancel(number)


@shared_task(name="carriers.tidy")
def tidy_live() -> int:
    """Cancel bookings that turned up after another carrier had taken over."""
    return livebooking.tidy(timezone.now())


@shared_task(name="logistics.tasks.book_house")
def book_house(*, number: str) -> bool:
    """Let the house carrier book what a live one did not."""
    return _book(number)
