"""Every change of a shipment: open, book, hold, resume, cancel, pack, and what the carrier tells us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from logistics import codes, packing, tracking
from logistics.carriers import house
from logistics.carriers.base import Booking, BookingParcel, BookingRequest, CarrierSilent
from logistics.events import (
    ParcelArrivedAtCustoms,
    ParcelCleared,
    ParcelDelivered,
    ParcelFact,
    ParcelPickedUp,
    ParcelTrouble,
    PartDelivered,
    ShipmentBooked,
    ShipmentCancelled,
    ShipmentHeld,
    ShipmentOpened,
    ShipmentResumed,
)
from logistics.insurance import actions as insurance
from logistics.models import CodeMeaning, Parcel, Shipment, ShipmentState, Status, TrackingEvent, next_serial
from logistics.options import Consignment, Piece, plan
from logistics.warehousing import actions as warehousing
from marketplace.accounts.models import Company, User
from marketplace.events.bus import publish
from marketplace.kit.money import Money
from marketplace.kit.places import Place
from marketplace.kit.refusal import Refusal

OPERATOR: Final = "OPERATOR"
PATIENCE: Final = timedelta(minutes=10)
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


class ShipmentWaits(Refusal):
    words = _("This shipment is on hold. It can be booked when the hold is over.")


class AlreadyMoving(Refusal):
    words = _("The carrier already has the parcel. Ask for a return instead.")


class NotBooked(Refusal):
    words = _("The carrier has not booked this parcel yet. Its label is here in a minute.")


class NothingToSend(Refusal):
    words = _("A shipment needs at least one parcel with weight and size above zero.")
    status = 400


class NoSuchStatus(Refusal):
    words = _("Choose what the code means. A delivery needs the carrier's own proof.")
    status = 400


class UnknownParcel(Refusal):
    words = _("We know no parcel with the number {number}.")
    status = 404


@dataclass(frozen=True, slots=True)
class ParcelPlan:
    """One box: weight with packing, size, and what is inside as (sku, quantity)."""

    gross_weight_kg: Decimal
    size_cm: tuple[Decimal, Decimal, Decimal]
    contents: tuple[tuple[str, int], ...] = ()
    drawn: Mapping[str, Any] | None = None


@transaction.atomic
def open_shipment(
    *,
    order_number: str,
    seller: Company,
    buyer_name: str,
    origin: Place,
    destination: Place,
    option_code: str,
    parcels: Sequence[ParcelPlan | Piece | Mapping[str, Any]],
    terms: str = "DDP",
    mode: str = "",
    sender_lines: Sequence[str] = (),
    recipient_lines: Sequence[str] = (),
    phone: str = "",
    goods: Sequence[Mapping[str, Any]] = (),
    promised: tuple[date, date] | None = None,
    held: bool = False,
) -> Shipment:
    """Open the shipment of an order, once; pieces are packed into boxes, boxes get their codes."""
    known = Shipment.objects.for_order(order_number).exclude(state=ShipmentState.CANCELLED).first()
    if known:
        return known
    plans = _plans(parcels)
    if not plans or any(p.gross_weight_kg <= 0 or min(p.size_cm) <= 0 for p in plans):
        raise NothingToSend
    shipment = Shipment.objects.create(
        number=f"SHP-{next_serial():06d}",
        order_number=order_number,
        seller=seller,
        held=held,
        buyer_name=buyer_name,
        sender=_address(seller.name, origin, sender_lines or [seller.street]),
        recipient=_address(buyer_name, destination, recipient_lines) | {"phone": phone},
        option_code=option_code,
        mode=mode,
        terms=terms,
        goods=[dict(row) for row in goods] or _goods(parcels),
        plan=_plan(origin, destination, plans, option_code),
        promised_from=promised[0] if promised else None,
        promised_until=promised[1] if promised else None,
    )
    Parcel.objects.bulk_create(
        Parcel(
            shipment=shipment,
            number=f"{shipment.number}-{count}",
            sscc=codes.sscc(next_serial()),
            gross_weight_kg=plan.gross_weight_kg,
            length_cm=plan.size_cm[0],
            width_cm=plan.size_cm[1],
            height_cm=plan.size_cm[2],
            contents=[list(row) for row in plan.contents],
            pack_plan=dict(plan.drawn or {}),
        )
        for count, plan in enumerate(plans, 1)
    )
    publish(ShipmentOpened(subject=order_number, shipment=shipment.number))
    return shipment


def _plan(origin: Place, destination: Place, plans: Sequence[ParcelPlan], code: str) -> list[list[str]]:
    """Freeze the planned days of each milestone; another way than ours has none."""
    pieces = tuple(
        Piece(f"{count}", 1, one.gross_weight_kg, one.size_cm) for count, one in enumerate(plans, 1)
    )
    asked = Consignment(origin, destination, pieces, Money(Decimal(0), "USD"))
    rows = plan(asked, code, timezone.localdate())
    return [[row.code, row.first.isoformat(), row.last.isoformat()] for row in rows]


def _plans(parcels: Sequence[ParcelPlan | Piece | Mapping[str, Any]]) -> list[ParcelPlan]:
    plans = [part for part in parcels if isinstance(part, ParcelPlan)]
    pieces = [part for part in parcels if isinstance(part, Piece)]
    pieces += [_piece(part) for part in parcels if isinstance(part, Mapping)]
    if any(p.quantity < 1 or p.gross_weight_kg <= 0 or min(p.size_cm) <= 0 for p in pieces):
        raise NothingToSend
    boxes = packing.cartons([(p.sku, p.quantity, p.gross_weight_kg, p.size_cm) for p in pieces])
    return plans + [
        ParcelPlan(box.gross_weight_kg, box.size_cm, box.contents, _drawn(box.plan)) for box in boxes
    ]


def _drawn(packed: packing.Packed | None) -> dict[str, Any] | None:
    """Keep where each thing lies, for the packer's picture."""
    if packed is None:
        return None
    rows = [{"sku": p.item.sku, "at": list(p.at), "sides": list(p.sides)} for p in packed.placed]
    return {"name": packed.box.name, "box": list(packed.box.inner_mm), "placed": rows}


def _goods(parcels: Sequence[ParcelPlan | Piece | Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Keep what the lines say of the goods for the packing list."""
    lines = [part for part in parcels if isinstance(part, Mapping)]
    return [
        {
            "sku": str(line["sku"]),
            "description": str(line.get("title", "")),
            "hs_code": str(line.get("hs_code", "")),
            "quantity": int(line["quantity"]),
        }
        for line in lines
    ]


def _piece(line: Mapping[str, Any]) -> Piece:
    """Read an order line: its weight is of all pieces together, its size of one."""
    quantity = int(line["quantity"])
    if quantity < 1:
        raise NothingToSend
    length, width, height = (Decimal(side) for side in line["size_cm"])
    return Piece(
        str(line["sku"]), quantity, Decimal(line["gross_weight_kg"]) / quantity, (length, width, height)
    )


def _address(name: str, place: Place, lines: Sequence[str]) -> dict[str, Any]:
    return {
        "name": name,
        "lines": [line for line in lines if line],
        "town": place.town,
        "postal_code": place.postal_code,
        "region": place.region,
        "country": place.country,
    }


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
        booking = house.current().book(_request(shipment), key=f"booking-{shipment.number}")
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


def _request(shipment: Shipment) -> BookingRequest:
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
    shipment = _locked(pk=found.shipment_id)  # type: ignore[arg-type]
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
