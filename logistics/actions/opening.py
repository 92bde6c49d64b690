"""A paid order becomes a shipment: what lies in which box, from whom to whom, planned for which days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from logistics import codes, packing
from logistics.events import ShipmentOpened
from logistics.models import Parcel, Shipment, ShipmentState, next_serial
from logistics.options import Consignment, Piece, plan
from marketplace.accounts.models import Company
from marketplace.events.bus import publish
from marketplace.kit.money import Money
from marketplace.kit.places import Place
from marketplace.kit.refusal import Refusal


class NothingToSend(Refusal):
    words = _("A shipment needs at least one parcel with weight and size above zero.")
    status = 400


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
