"""The shared boxes of a hub: open one, put shipments in before its cut-off, share the bill when it closes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from logistics.consolidation import largest_remainder
from logistics.events import ContainerClosed
from logistics.models import (
    Container,
    ContainerPart,
    Hub,
    Mode,
    Parcel,
    Shipment,
    ShipmentState,
    next_serial,
)
from logistics.rating.weight import CM3_PER_M3, Box, WeightRule, chargeable
from marketplace.accounts.models import User
from marketplace.events.bus import publish
from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal

DIVISORS: Final = {"air": Decimal(6000), "road": Decimal(4000), "parcel": Decimal(5000)}
SEA_DIVISOR: Final = Decimal(1000)  # a cubic metre counts as a tonne
WAITS: Final = frozenset({ShipmentState.OPENED, ShipmentState.BOOKED})


class BadContainer(Refusal):
    words = _("A container needs weight, room and a price above zero, and a cut-off before it departs.")
    status = 400


class ContainerClosedAlready(Refusal):
    words = _("{number} is closed. Choose another one.")


class TooLate(Refusal):
    words = _("{number} took its last goods at its cut-off. Choose the next one.")


class DoesNotFit(Refusal):
    words = _("{number} has {kg} kg and {cbm} m³ left. This shipment needs more.")


class MayNotTravelTogether(Refusal):
    words = _("This shipment may not travel with what is inside: {why}.")


class NotWaiting(Refusal):
    words = _("Only a shipment that waits can be put into a container.")


class NothingInside(Refusal):
    words = _("There is nothing inside yet.")


WHY: Final = {
    "destination": _("it goes to another country"),
    "terms": _("another person pays the duty"),
    "dangerous": _("only one of them has dangerous goods"),
    "bonded": _("bonded goods and free goods stay apart"),
    "temperature": _("another temperature"),
}


@dataclass(frozen=True, slots=True)
class Measures:
    """What a shipment weighs and fills."""

    kg: Decimal
    cbm: Decimal
    chargeable_kg: Decimal


def measures(shipment: Shipment, mode: str) -> Measures:
    """Weigh a shipment as a vehicle of this kind counts it."""
    boxes = [_box(parcel) for parcel in shipment.parcels.all()]
    rule = WeightRule(divisor=DIVISORS.get(mode, SEA_DIVISOR), basis="per_shipment")
    cbm = sum((box.volume for box in boxes), Decimal(0)) / CM3_PER_M3
    billed = chargeable(boxes, rule)
    return Measures(billed.actual, cbm.quantize(Decimal("0.0001")), billed.weight.quantize(Decimal("0.001")))


def _box(parcel: Parcel) -> Box:
    return Box(parcel.length_cm, parcel.width_cm, parcel.height_cm, parcel.gross_weight_kg)


def features(shipment: Shipment) -> dict[str, str]:
    """What decides with whom a shipment may travel."""
    goods = shipment.goods
    return {
        "destination": str(shipment.recipient.get("country", "")),
        "terms": shipment.terms,
        "dangerous": str(any(row.get("dangerous") or row.get("battery_un") for row in goods)),
        "bonded": str(any(row.get("customs_status") == "bonded" for row in goods)),
        "temperature": next((str(row["temperature"]) for row in goods if row.get("temperature")), ""),
    }


@transaction.atomic
def open_container(
    *,
    hub: Hub,
    to: Hub | None,
    mode: str,
    cut_off_at: datetime,
    departs_on: date,
    capacity_kg: Decimal,
    capacity_cbm: Decimal,
    price: Money,
    kind: str = Container.Kind.CONTAINER,
) -> Container:
    """Open a container at a hub; goods may be put in until its cut-off."""
    numbers = (capacity_kg, capacity_cbm, price.amount)
    if (
        mode not in Mode.values
        or not all(n.is_finite() and n > 0 for n in numbers)
        or cut_off_at.date() > departs_on
    ):
        raise BadContainer
    return Container.objects.create(
        number=f"CON-{next_serial():06d}", kind=kind, hub=hub, to=to, mode=mode, cut_off_at=cut_off_at,
        departs_on=departs_on, capacity_kg=capacity_kg, capacity_cbm=capacity_cbm,
        price_amount=price.amount, currency=price.currency,
    )  # fmt: skip


def _open(number: str) -> Container:
    container = Container.objects.select_for_update(of=("self",)).get(number=number)
    if container.state != Container.State.OPEN:
        raise ContainerClosedAlready(number=number)
    return container


@transaction.atomic
def put_in(*, container: str, shipment: str, alone: Money | None = None, at: datetime) -> ContainerPart:
    """Put a waiting shipment in, once; not after its cut-off, beyond its room, or beside bad neighbours."""
    box = _open(container)
    goods = Shipment.objects.select_for_update(of=("self",)).get(number=shipment)
    if known := ContainerPart.objects.filter(container=box, shipment=goods).first():
        return known
    if at > box.cut_off_at:
        raise TooLate(number=container)
    if goods.state not in WAITS or goods.held or ContainerPart.objects.filter(shipment=goods).exists():
        raise NotWaiting
    inside = list(box.parts.select_related("shipment"))
    mine = features(goods)
    for part in inside:
        for name, value in features(part.shipment).items():
            if value != mine[name]:
                raise MayNotTravelTogether(why=WHY[name])
    size = measures(goods, box.mode)
    left_kg = box.capacity_kg - sum((p.kg for p in inside), Decimal(0))
    left_cbm = box.capacity_cbm - sum((p.cbm for p in inside), Decimal(0))
    if size.kg > left_kg or size.cbm > left_cbm:
        raise DoesNotFit(number=container, kg=f"{left_kg:.1f}", cbm=f"{left_cbm:.2f}")
    return ContainerPart.objects.create(
        container=box, shipment=goods, kg=size.kg, cbm=size.cbm, chargeable_kg=size.chargeable_kg,
        alone_amount=alone.amount if alone and alone.currency == box.currency else Decimal(0), put_in_at=at,
    )  # fmt: skip


@transaction.atomic
def take_out(*, container: str, shipment: str) -> None:
    """Take a shipment out of an open container; again changes nothing."""
    box = _open(container)
    ContainerPart.objects.filter(container=box, shipment__number=shipment).delete()


@transaction.atomic
def close(*, container: str, by: User, at: datetime) -> Container:
    """Close a container and share its bill by chargeable weight, to the last cent; again changes nothing."""
    box = Container.objects.select_for_update(of=("self",)).get(number=container)
    if box.state == Container.State.CLOSED:
        return box
    if box.state != Container.State.OPEN:
        raise ContainerClosedAlready(number=container)
    inside = list(box.parts.select_related("shipment__seller"))
    if not inside:
        raise NothingInside
    bill = shares(box, inside)
    for part, share in zip(inside, bill, strict=True):
        part.share_amount = share.amount
        part.save(update_fields=["share_amount"])
    box.state, box.closed_at, box.closed_by = Container.State.CLOSED, at, by
    box.save(update_fields=["state", "closed_at", "closed_by"])
    publish(
        ContainerClosed(
            subject=box.number,
            shipments=tuple(part.shipment.number for part in inside),
            departs_on=str(box.departs_on),
            currency=box.currency,
            shares=tuple(
                (
                    part.shipment.order_number,
                    part.shipment.number,
                    part.shipment.seller.number,
                    f"{share.amount:f}",
                )
                for part, share in zip(inside, bill, strict=True)
            ),
        )
    )
    return box


def shares(box: Container, inside: list[ContainerPart]) -> tuple[Money, ...]:
    """Share the bill by chargeable weight: what each would pay if the container closed now."""
    bill = Money(box.price_amount, box.currency)
    return largest_remainder(bill, [part.chargeable_kg for part in inside]) if inside else ()
