"""Papers of the moving room: label, packing list, waybill, cover certificate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from logistics.carriers.live import KNOWN
from logistics.insurance.models import Policy
from logistics.models import LiveBooking, Parcel, Shipment
from marketplace.accounts.models import Company
from marketplace.documents.pdf import Bars, Grid, Line, Pairs, Text, Title, render


def address(party: Mapping[str, Any]) -> str:
    """Print an address as lines, ours rather than a library's."""
    parts = (party.get("postal_code"), party.get("town"), party.get("region"))
    town = " ".join(part for part in parts if part)
    lines = [party.get("name"), *party.get("lines", []), town, party.get("country")]
    return "\n".join(str(line) for line in lines if line)


def label(parcel: Parcel) -> bytes:
    """Draw the shipping label, 100 × 150 mm, with the carrier's number and the box's SSCC as barcodes."""
    shipment = parcel.shipment
    count = shipment.parcels.count()
    place = parcel.number.rpartition("-")[2]
    tracking = parcel.tracking_number or ""
    blocks: list[Any] = [
        Title(f"Sampan {shipment.option_code.upper()}"),
        Pairs(
            [
                (_("Order"), shipment.order_number),
                (_("Terms"), shipment.terms),
                (_("Parcel"), f"{place} / {count}"),
                (_("Weight"), f"{parcel.gross_weight_kg} kg"),
            ],
            columns=4,
        ),
        Line(),
        Text(_("To"), size=7, soft=True),
        Text(address(shipment.recipient), size=11, bold=True),
        Text(_("From"), size=7, soft=True),
        Text(address(shipment.sender), size=7.5),
        Line(),
    ]
    if tracking:
        blocks.append(Bars(tracking, height_mm=15))
    blocks.append(Bars(f"\xf100{parcel.sscc}", caption=f"(00) {parcel.sscc}", height_mm=15))
    if parcel.label_prints > 1:
        words = _("Copy %(count)s of this label. Use one only.") % {"count": parcel.label_prints}
        blocks.append(Text(words, size=7))
    return render(blocks, title=f"{parcel.number}", size="label")


def packing_list(shipment: Shipment) -> bytes:
    """List what is in which box, with weights and volume."""
    parcels = list(shipment.parcels.all())
    rows = []
    for parcel in parcels:
        inside = "\n".join(f"{quantity} × {sku}" for sku, quantity in parcel.contents)
        size = f"{parcel.length_cm} × {parcel.width_cm} × {parcel.height_cm}"
        rows.append([parcel.number, inside, size, f"{parcel.gross_weight_kg}"])
    cbm = sum((p.length_cm * p.width_cm * p.height_cm for p in parcels), Decimal(0)) / 1_000_000
    total = sum((p.gross_weight_kg for p in parcels), Decimal(0))
    rows.append([_("Total"), "", f"{cbm:.3f} m³", f"{total}"])
    goods = [
        [str(g.get(key, "")) for key in ("sku", "description", "hs_code", "quantity")] for g in shipment.goods
    ]
    blocks: list[Any] = [
        Title(_("Packing list")),
        _parties(shipment),
        Grid(
            [_("Parcel"), _("Contents"), _("Size in cm"), _("Gross kg")],
            rows,
            numbers=(3,),
            widths=(3, 5, 3, 2),
            totals=1,
        ),
    ]
    if goods:
        blocks += [
            Title(_("Goods"), 2),
            Grid(
                [_("Item"), _("Description"), _("HS code"), _("Quantity")],
                goods,
                numbers=(3,),
                widths=(2, 6, 2, 1),
            ),
        ]
    return render(blocks, title=f"Packing list {shipment.number}", footer=shipment.number)


def _live(shipment: Shipment) -> LiveBooking | None:
    return LiveBooking.objects.filter(shipment=shipment, state=LiveBooking.State.BOOKED).first()


def carrier_name(shipment: Shipment) -> str:
    """Name who carries it."""
    booking = _live(shipment)
    return KNOWN.get(booking.carrier, booking.carrier) if booking else "Sampan"


def _service(shipment: Shipment) -> str:
    booking = _live(shipment)
    return booking.name if booking else shipment.option_code


def waybill(shipment: Shipment) -> bytes:
    """Draw the house waybill: who sends what to whom under which number."""
    blocks: list[Any] = [
        Title(_("House waybill")),
        Bars(shipment.number, height_mm=14),
        _parties(shipment),
        Pairs(
            [
                (_("Carrier"), carrier_name(shipment)),
                (_("Carrier's reference"), shipment.carrier_reference),
                (_("Service"), _service(shipment)),
                (_("Terms"), f"{shipment.terms} (Incoterms 2020)"),
            ]
        ),
        Grid(
            [_("Parcel"), _("Tracking number"), "SSCC", _("Gross kg")],
            [
                [p.number, p.tracking_number or "–", p.sscc, f"{p.gross_weight_kg}"]
                for p in shipment.parcels.all()
            ],
            numbers=(3,),
        ),
    ]
    if shipment.fell_back:
        blocks.append(Text(_("The carrier did not answer in time; these numbers are our own."), soft=True))
    return render(blocks, title=f"Waybill {shipment.number}", footer=shipment.number)


def manifest(seller: Company, parcels: Sequence[Parcel], on: date) -> bytes:
    """List what a driver takes over: every packed and numbered parcel that has not moved yet."""
    blocks: list[Any] = [
        Title(_("Manifest")),
        Pairs([(_("From"), seller.name), (_("Day"), on.isoformat()), (_("Parcels"), str(len(parcels)))]),
    ]
    if not parcels:
        blocks.append(Text(_("Nothing is packed and booked yet.")))
        return render(blocks, title=f"Manifest {on}", footer=seller.name)
    rows = [
        [
            p.number, p.tracking_number or "", str(p.shipment.recipient.get("country", "")),
            f"{p.length_cm} × {p.width_cm} × {p.height_cm}", f"{p.gross_weight_kg}",
        ]
        for p in parcels
    ]  # fmt: skip
    rows.append([_("Total"), "", "", "", f"{sum((p.gross_weight_kg for p in parcels), Decimal(0))}"])
    heads = [_("Parcel"), _("Tracking number"), _("To"), _("Size in cm"), _("Gross kg")]
    blocks += [
        Grid(heads, rows, numbers=(4,), widths=(3, 4, 1, 3, 2), totals=1),
        Line(),
        Pairs([(_("Handed over by"), "________________"), (_("Driver"), "________________"),
               (_("Time"), "________")]),
    ]  # fmt: skip
    return render(blocks, title=f"Manifest {on}", footer=seller.name)


def cover_certificate(policy: Policy) -> bytes:
    """Draw the certificate of cover from the policy's frozen terms."""
    terms = policy.terms
    blocks: list[Any] = [
        Title(_("Certificate of cover")),
        Pairs(
            [
                (_("Number"), policy.number),
                (_("Order"), policy.order_number),
                (_("Holder"), policy.holder),
                (_("Covered by"), terms.get("insurer", "")),
                (_("Clause"), f"{terms.get('clause', '')}, {_('text')} {terms.get('text_version', '')}"),
                (_("Insured for"), f"{policy.insured_amount:.2f} {policy.currency}"),
                (_("Premium"), f"{policy.premium_amount:.2f} {policy.currency}"),
                (_("You bear yourself"), f"{policy.deductible_amount:.2f} {policy.currency}"),
            ]
        ),
        Text(_("Cover begins with the carrier's first scan.")),
        Title(_("Not covered"), 2),
        *[Text(f"– {line}") for line in terms.get("exclusions", [])],
        Title(_("How long you can claim"), 2),
        Grid(
            [_("What happened"), _("Days")],
            [[k, str(v)] for k, v in terms.get("claim_days", {}).items()],
            (1,),
        ),
    ]
    return render(blocks, title=f"Certificate {policy.number}", footer=policy.number)


def _parties(shipment: Shipment) -> Pairs:
    return Pairs(
        [
            (_("From"), address(shipment.sender)),
            (_("To"), address(shipment.recipient)),
            (_("Order"), shipment.order_number),
            (_("Shipment"), shipment.number),
        ]
    )
