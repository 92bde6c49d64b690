"""Asking carriers as a safety net: when to ask next, when silence is an alarm, when to stop."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Final
from zlib import crc32

from django.db import transaction
from django.db.models import Max, Q

from logistics import actions
from logistics.carriers import house
from logistics.carriers.base import CarrierSilent
from logistics.events import CarrierSilentTooLong
from logistics.models import TERMINAL, Parcel, Shipment, ShipmentState, Status
from marketplace.events.bus import publish

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
SILENT_AFTER: Final = 5 * DAY
STOP_AFTER: Final = {"air": 30 * DAY}
STOP_SLOW: Final = 60 * DAY
AT_CUSTOMS: Final = frozenset({"import_customs", "export_customs", "customs_hold"})
MOST: Final = 100  # shipments in one round
NEVER: Final = datetime(9000, 1, 1, tzinfo=UTC)
SPREAD: Final = 5  # a question waits up to a fifth longer, so that a day's parcels are not all asked at once
log = logging.getLogger(__name__)


def pause(status: str, quiet_for: timedelta) -> timedelta:
    """How long to wait before the next question: longer at customs, and longer the quieter it is."""
    if status in AT_CUSTOMS:
        return 12 * HOUR
    if quiet_for < 2 * DAY:
        return 4 * HOUR if status != "created" else 6 * HOUR
    return 12 * HOUR if quiet_for < SILENT_AFTER else DAY


def spread(number: str, wait: timedelta) -> timedelta:
    """Lengthen a wait by a part that is always the same for one parcel and differs between parcels."""
    return wait * (1 + crc32(number.encode()) % 1000 / 1000 / SPREAD)


def expire(parcel: Parcel, at: datetime) -> None:
    """Note that nothing was heard for too long and nobody asks any more; what is told later counts."""
    actions.record_tracking(
        tracking_number=str(parcel.tracking_number), code=Status.EXPIRED, carrier=actions.OPERATOR,
        local_time=at.isoformat(timespec="seconds"), reason="no_news",
    )  # fmt: skip


def due(at: datetime) -> list[Shipment]:
    """Shipments whose carrier should be asked now, those that waited longest first."""
    rows = Shipment.objects.filter(
        Q(parcels__ask_at=None) | Q(parcels__ask_at__lte=at),
        state__in=[ShipmentState.BOOKED, ShipmentState.MOVING],
        booked_at__lte=at - 4 * HOUR,
    ).annotate(news_at=Max("parcels__status_at"), asked=Max("parcels__ask_at"))
    return list(rows.order_by("asked", "pk")[:MOST])


def ask(shipment: Shipment, at: datetime) -> int:
    """Ask for a shipment's events and record those we did not have; return how many were read."""
    read = 0
    if shipment.carrier_reference and not shipment.fell_back:
        try:
            for row in house.current().tracking(shipment.carrier_reference):
                read += _record(row)
        except CarrierSilent as silence:
            log.warning("The carrier told nothing about %s: %s", shipment.number, silence)
    settle(shipment.number, at)
    return read


def _record(row: object) -> int:
    if not isinstance(row, dict):
        return 0
    try:
        actions.record_tracking(
            tracking_number=str(row["tracking_number"]), code=str(row["code"]), local_time=str(row["time"]),
            place=str(row.get("place", "")), reason=str(row.get("reason", "")),
            evidence=row.get("evidence") or {},
        )  # fmt: skip
    except (actions.UnknownParcel, KeyError, ValueError, TypeError) as unreadable:
        log.warning("An event of the carrier cannot be read: %s", unreadable)
        return 0
    return 1


@transaction.atomic
def settle(number: str, at: datetime) -> None:
    """Plan the next question; five silent days raise an alarm once, too many end the asking."""
    shipment = Shipment.objects.select_for_update(of=("self",)).get(number=number)
    parcels = list(shipment.parcels.all())
    news = max((p.status_at for p in parcels if p.status_at), default=None) or shipment.booked_at or at
    quiet = at - news
    expired = all(parcel.status == Status.EXPIRED for parcel in parcels)
    stop = expired or quiet > STOP_AFTER.get(shipment.mode, STOP_SLOW)
    for parcel in parcels:
        ask_at = NEVER if stop else at + spread(parcel.number, pause(parcel.status, quiet))
        Parcel.objects.filter(pk=parcel.pk).update(ask_at=ask_at)
        if stop and parcel.tracking_number and parcel.status not in {*TERMINAL, Status.EXPIRED}:
            expire(parcel, at)
    if shipment.state not in {ShipmentState.BOOKED, ShipmentState.MOVING}:
        return
    if quiet < SILENT_AFTER:
        if shipment.silence_told_at is not None:
            Shipment.objects.filter(pk=shipment.pk).update(silence_told_at=None)
    elif shipment.silence_told_at is None:
        Shipment.objects.filter(pk=shipment.pk).update(silence_told_at=at)
        publish(
            CarrierSilentTooLong(subject=shipment.order_number, shipment=shipment.number, days=quiet.days)
        )
