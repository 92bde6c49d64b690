"""What we answer a buyer's bank with: one file of order, way and customs papers, and its facts as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from customs.models import Declaration
from logistics.models import Parcel, Shipment, TrackingEvent
from marketplace.documents import pdf
from marketplace.documents.models import Document
from orders.models import Dispute, DisputeMessage, Order

# The longest text that the payment service takes in one field.
LONGEST: Final = 20_000


@dataclass(frozen=True, slots=True)
class Pack:
    """The file for our shelf and the facts for the payment service."""

    content: bytes
    text: str
    carrier: str
    tracking: str
    shipped_on: str


def pack(dispute: Dispute) -> Pack:
    """Put together what speaks for the sale: what was ordered, how it went, what customs said."""
    blocks: list[pdf.Block] = [
        pdf.Title(f"Evidence in dispute {dispute.number}"),
        pdf.Pairs(
            [
                ("Dispute of the bank", dispute.provider_dispute or "–"),
                ("Reason of the bank", dispute.provider_reason or "–"),
                ("Amount", f"{dispute.amount:.2f} {dispute.currency}"),
                ("Purchase", dispute.group.number),
            ]
        ),
    ]
    text = [f"Purchase {dispute.group.number} of {dispute.group.name}, {dispute.group.email}."]
    shipments: list[Shipment] = []
    for order in dispute.orders.select_related("group", "seller").order_by("pk"):
        blocks += _order(order, text)
        shipment = Shipment.objects.filter(order_number=order.number).order_by("-pk").first()
        if shipment is not None:
            shipments.append(shipment)
            blocks += _way(shipment, text)
        blocks += _border(order, text)
    said = DisputeMessage.objects.filter(dispute=dispute).order_by("pk")
    if rows := [(f"{one.said_at:%Y-%m-%d %H:%M}", one.get_side_display(), one.words) for one in said]:
        blocks += [pdf.Title("What was said", 2), pdf.Grid(("When (UTC)", "Who", "Words"), rows)]
        text += [f"{when} UTC, {who}: {words}" for when, who, words in rows]
    parcels = Parcel.objects.filter(shipment__in=shipments).exclude(tracking_number="").order_by("pk")
    first = TrackingEvent.objects.filter(parcel__in=parcels).order_by("happened_at").first()
    return Pack(
        content=pdf.render(blocks, title=f"Evidence {dispute.number}", footer=dispute.number),
        text="\n".join(text)[:LONGEST],
        carrier=first.carrier if first else "",
        tracking=", ".join(one.tracking_number for one in parcels if one.tracking_number)[:500],
        shipped_on=f"{first.happened_at:%Y-%m-%d}" if first else "",
    )


def _order(order: Order, text: list[str]) -> list[pdf.Block]:
    group = order.group
    where = ", ".join(filter(None, [group.street, group.postal_code, group.town, group.country]))
    facts = [
        ("Ordered at (UTC)", f"{order.placed_at:%Y-%m-%d %H:%M}"),
        ("Paid at (UTC)", f"{order.paid_at:%Y-%m-%d %H:%M}" if order.paid_at else "–"),
        ("Buyer", group.name),
        ("Delivery address", where),
        ("Seller", order.seller.name),
        ("Total", f"{order.total.amount:.2f} {order.currency}"),
    ]
    rows = [
        (line.title, line.sku, str(line.quantity), f"{line.goods_amount:.2f} {order.currency}")
        for line in order.lines.order_by("pk")
    ]
    text.append(f"Order {order.number}: " + "; ".join(f"{name}: {value}" for name, value in facts))
    text += [f"{pieces} x {title} ({sku}), {amount}" for title, sku, pieces, amount in rows]
    goods = pdf.Grid(("Goods", "Number", "Pieces", "Value"), rows, numbers=(2, 3))
    return [pdf.Title(f"Order {order.number}", 2), pdf.Pairs(facts), goods]


def _way(shipment: Shipment, text: list[str]) -> list[pdf.Block]:
    scans = TrackingEvent.objects.filter(parcel__shipment=shipment).select_related("parcel")
    rows = [
        (
            f"{scan.happened_at:%Y-%m-%d %H:%M}",
            scan.parcel.tracking_number or "–",
            " ".join(filter(None, [str(scan.get_status_display()), _signed(scan)])),
            scan.place,
        )
        for scan in scans
    ]
    text += [f"{when} UTC, parcel {number}: {state} {place}".rstrip() for when, number, state, place in rows]
    if not rows:
        return [pdf.Text("The carrier has told nothing yet.")]
    return [pdf.Title("The way", 2), pdf.Grid(("When (UTC)", "Parcel", "Scan", "Place"), rows)]


def _signed(scan: TrackingEvent) -> str:
    who = scan.evidence.get("signed_by")
    return f"(signed by {who})" if who else ""


def _border(order: Order, text: list[str]) -> list[pdf.Block]:
    facts = [
        (f"Declaration {one.number}", str(one.get_state_display()))
        for one in Declaration.objects.filter(order_number=order.number)
    ]
    papers = Document.objects.filter(subject=order.number).order_by("kind", "-version")
    facts += [
        (paper.kind, f"{paper.filename} ({paper.number}, sha256 {paper.sha256[:16]})") for paper in papers
    ]
    text += [f"Customs: {name}: {value}" for name, value in facts]
    return [pdf.Title("Customs and papers", 2), pdf.Pairs(facts, columns=1)] if facts else []
