"""What carriers tell of parcels: kept once, understood, and passed on as news of the order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from logistics import tracking
from logistics.events import (
    ParcelArrivedAtCustoms,
    ParcelCleared,
    ParcelDelivered,
    ParcelFact,
    ParcelPickedUp,
    ParcelTrouble,
    PartDelivered,
)
from logistics.insurance import actions as insurance
from logistics.models import CodeMeaning, Parcel, Shipment, ShipmentState, Status, TrackingEvent
from logistics.warehousing import actions as warehousing
from marketplace.accounts.models import User
from marketplace.events.bus import publish
from marketplace.kit.refusal import Refusal

OPERATOR: Final = "OPERATOR"
MOVING_STATUSES: Final = frozenset(
    {
        "picked_up",
        "in_transit",
        "export_customs",
        "import_customs",
        "customs_cleared",
        "out_for_delivery",
        "delivered",
    }
)
TROUBLE: Final = frozenset({"delivery_failed", "damaged", "lost", "customs_hold", "returned", "expired"})
MILESTONES: Final[Mapping[str, type[ParcelFact]]] = {
    "picked_up": ParcelPickedUp,
    "import_customs": ParcelArrivedAtCustoms,
    "customs_cleared": ParcelCleared,
}


class NoSuchStatus(Refusal):
    words = _("Choose what the code means. A delivery needs the carrier's own proof.")
    status = 400


class UnknownParcel(Refusal):
    words = _("We know no parcel with the number {number}.")
    status = 404


@transaction.atomic
def record_tracking(
    *,
    tracking_number: str,
    code: str,
    local_time: str,
    place: str = "",
    carrier: str = "SAMPAN",
    reason: str = "",
    evidence: Mapping[str, Any] | None = None,
    means: tracking.Meaning | None = None,
) -> TrackingEvent:
    """Append what a carrier saw, once; late news never moves an ended parcel back, except a return."""
    found = Parcel.objects.filter(tracking_number=tracking_number).select_related("shipment").first()
    if found is None:
        raise UnknownParcel(number=tracking_number)
    shipment = Shipment.objects.select_for_update(of=("self",)).get(pk=found.shipment_id)
    parcel = Parcel.objects.get(pk=found.pk)
    meaning = means or tracking.understand(code, evidence)
    if meaning.status == Status.UNKNOWN and (
        decided := CodeMeaning.objects.filter(carrier=carrier, code=code).first()
    ):
        meaning = tracking.Meaning(decided.status, "read_by_operator", decided.status in tracking.ASKS)
    event, fresh = TrackingEvent.objects.get_or_create(
        parcel=parcel,
        carrier=carrier,
        code=code,
        local_time=local_time,
        place=place,
        defaults={
            "status": meaning.status,
            "reason": reason or meaning.reason,
            "action_required": meaning.action_required,
            "happened_at": tracking.moment(local_time),
            "evidence": dict(evidence or {}),
        },
    )
    if not fresh:
        return event
    before = parcel.status
    told = parcel.tracking.order_by("pk").values_list("status", "happened_at")
    if now := tracking.standing(tracking.Seen(status, moment) for status, moment in told):
        parcel.status, parcel.status_at = now.status, now.happened_at
        if before == Status.EXPIRED and now.status != Status.EXPIRED:
            parcel.ask_at = None  # it is heard of again, so we ask again
        parcel.save(update_fields=["status", "status_at", "ask_at"])
    _move_shipment(shipment, parcel, event, changed=parcel.status != before)
    return event


@transaction.atomic
def explain_code(*, carrier: str, code: str, status: str, by: User, at: datetime) -> CodeMeaning:
    """Say what a carrier's unknown code means: from now on, and for the parcels that wait with it.

    What the carrier told stays as it is; the reading is a second event beside it.
    """
    if status not in Status.values or status in {Status.UNKNOWN, Status.DELIVERED}:
        raise NoSuchStatus
    meaning, _made = CodeMeaning.objects.update_or_create(
        carrier=carrier, code=code, defaults={"status": status, "decided_by": by, "decided_at": at}
    )
    waiting = TrackingEvent.objects.filter(carrier=carrier, code=code, status=Status.UNKNOWN)
    for event in waiting.select_related("parcel")[:500]:
        record_tracking(
            tracking_number=str(event.parcel.tracking_number), code=code, local_time=event.local_time,
            place=event.place, carrier=OPERATOR, means=tracking.Meaning(status, "read_by_operator"),
        )  # fmt: skip
    return meaning


def _move_shipment(shipment: Shipment, parcel: Parcel, event: TrackingEvent, *, changed: bool) -> None:
    """Let the shipment follow its parcels, and tell each milestone once."""
    news = {
        "subject": shipment.order_number,
        "shipment": shipment.number,
        "parcel": parcel.number,
        "place": event.place,
        "local_time": event.local_time,
    }
    told = TrackingEvent.objects.filter(parcel__shipment=shipment).exclude(pk=event.pk)
    if shipment.state == ShipmentState.BOOKED and event.status in MOVING_STATUSES:
        shipment.move_to(ShipmentState.MOVING)
        shipment.save(update_fields=["state"])
        insurance.begin(shipment.order_number, at=event.happened_at)
        warehousing.ship_if_committed(shipment.order_number, at=event.happened_at)
        if event.status != Status.PICKED_UP:
            publish(ParcelPickedUp(**news))
    if (
        (milestone := MILESTONES.get(event.status))
        and not told.filter(status=event.status).exists()
        and (event.status != Status.PICKED_UP or not told.filter(status__in=MOVING_STATUSES).exists())
    ):
        publish(milestone(**news))
    if event.status in TROUBLE and changed:
        publish(ParcelTrouble(**news, status=event.status, reason=event.reason))
    ends = {Status.DELIVERED: ShipmentState.DELIVERED, Status.RETURNED: ShipmentState.RETURNED}
    target = ends.get(Status(parcel.status))
    same = not shipment.parcels.exclude(status=parcel.status).exists()
    ending = {ShipmentState.MOVING, ShipmentState.LOST, ShipmentState.DELIVERED}
    if changed and parcel.status == Status.DELIVERED and not same:
        publish(PartDelivered(**news))
    if target and same and shipment.state in ending:
        if shipment.state == target:
            return
        shipment.move_to(target)
        if target == ShipmentState.DELIVERED:
            shipment.delivered_at = parcel.status_at
            insurance.end(shipment.order_number, at=event.happened_at)
            publish(ParcelDelivered(**news))
        shipment.save(update_fields=["state", "delivered_at"])
