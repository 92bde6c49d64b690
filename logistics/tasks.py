"""Work of the moving room that a worker does: booking, reading carriers' messages, watching for silence."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from logistics import actions, polling
from logistics.carriers import house
from logistics.carriers.base import CarrierSilent
from logistics.models import CarrierMessage, Shipment, ShipmentState
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
    try:
        actions.book(number)
    except CarrierSilent as silence:
        log.warning("The carrier did not book %s: %s", number, silence)
        return False
    return True


@subscriber
def cancel_booking(event: Event) -> None:
    """Tell the carrier that a booked shipment will not come; a silent carrier simply waits in vain."""
    shipment = Shipment.objects.get(number=event.payload["shipment"])
    if shipment.carrier_reference and not shipment.fell_back:
        try:
            house.current().cancel(shipment.carrier_reference, key=f"cancellation-{shipment.number}")
        except CarrierSilent as silence:
            log.warning("The carrier did not hear that %s is cancelled: %s", shipment.number, silence)


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
    return sum(polling.ask(shipment, at) for shipment in polling.due(at))
