"""Commercial invoice and packing list of an order, as customs and the buyer read them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from customs.datasets.parties import tax_id, tax_kind
from customs.models import Declaration
from logistics.models import Parcel, Shipment
from marketplace.documents import pdf
from orders.models import Order, OrderLine, Return

KINDS: Final = {"commercial-invoice": _("Commercial invoice"), "packing-list": _("Packing list")}
INCOTERMS: Final = {"DDP": "DDP (duty paid)", "DAP": "DAP (duty unpaid)"}
ATTRIBUTES: Final = {
    "alcohol_percent": "{} % vol",
    "litres": "{} l",
    "composition": "{}",
    "material": "{}",
    "square_metres": "{} m²",
}
DECLARED: Final = (
    "The seller declares that the goods, their origin and their values are as stated here, and that this is "
    "the only invoice for them."
)


def render(kind: str, order: Order) -> bytes:
    """Lay out one paper of an order."""
    lines = list(order.lines.all())
    blocks = commercial_invoice(order, lines) if kind == "commercial-invoice" else packing_list(order, lines)
    return pdf.render(blocks, title=f"{KINDS[kind]} {order.number}", footer=order.number)


def _text(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _day(order: Order) -> str:
    return str(date_format(order.paid_at or order.placed_at, "j F Y"))


def _shipment(order: Order) -> Shipment | None:
    return Shipment.objects.filter(order_number=order.number).order_by("-pk").first()


def _parcels(order: Order) -> list[Parcel]:
    shipment = _shipment(order)
    return list(shipment.parcels.order_by("pk")) if shipment else []


def _head(order: Order, title: str, more: Sequence[tuple[str, str]] = ()) -> list[pdf.Block]:
    group, seller = order.group, order.seller
    ids = ", ".join(f"{name} {value}" for name, value in (seller.tax_ids or {}).items())
    reach = ", ".join(filter(None, [group.phone, group.email])) or "–"
    return [
        pdf.Title(title),
        pdf.Pairs(
            [
                ("Number", order.number),
                ("Date and place", f"{_day(order)}, {seller.town or seller.country}"),
                (
                    "Seller",
                    f"{seller.name}\n{seller.street}\n{seller.postal_code} {seller.town}\n{seller.country}",
                ),
                ("Seller's numbers", ids or seller.registration_note or "–"),
                (
                    "Buyer, consignee and importer",
                    (
                        f"{group.company_name or group.name}\n{group.street}\n"
                        f"{group.postal_code} {group.town}\n{group.country}"
                    ),
                ),
                ("Buyer's contact", reach),
                ("Buyer's tax number", group.tax_id or "–"),
                ("Order at Sampan", group.number),
                ("Terms (Incoterms 2020)", f"{INCOTERMS.get(order.terms, order.terms)} {group.town}"),
                ("Way", " ".join(filter(None, [str(order.delivery.get("label", "")), _mode(order)])) or "–"),
                *more,
            ]
        ),
        pdf.Line(),
    ]


def _mode(order: Order) -> str:
    mode = str(order.delivery.get("mode", ""))
    return f"({mode})" if mode else ""


def _tracking(parcels: Sequence[Parcel]) -> str:
    return ", ".join(filter(None, (parcel.tracking_number for parcel in parcels))) or "not booked yet"


def _goods(line: OrderLine) -> str:
    """Describe a line: what it is, and what has an effect on duty."""
    words = line.customs_description or line.title
    measured = line.measured or {}
    more = [form.format(measured[name]) for name, form in ATTRIBUTES.items() if measured.get(name)]
    return f"{words} ({', '.join(more)})" if more else words


def commercial_invoice(order: Order, lines: Sequence[OrderLine]) -> list[pdf.Block]:
    """Say what was sold at which price, in one currency from line to total, with the customs value."""
    parcels = _parcels(order)
    gross = sum((line.gross_weight_kg for line in lines), Decimal(0))
    rows = [
        (
            _goods(line), line.hs_code or "–", line.origin or "–", f"{line.quantity} pcs",
            f"{line.net_weight_kg:.3f}", _text(line.goods_amount / line.quantity), _text(line.goods_amount),
        )
        for line in lines
    ]  # fmt: skip
    net = sum((line.net_weight_kg for line in lines), Decimal(0))
    goods = sum((line.goods_amount for line in lines), Decimal(0))
    customs_value = goods + order.freight_amount + order.insurance_amount
    rows += [
        ("Goods", "", "", "", f"{net:.3f}", "", _text(goods)),
        ("Freight", "", "", "", "", "", _text(order.freight_amount)),
        ("Insurance", "", "", "", "", "", _text(order.insurance_amount)),
        (
            "Total, value with freight and insurance",
            "",
            "",
            "",
            "",
            order.currency,
            _text(customs_value),
        ),
    ]
    more = [
        ("Reason for export", "Sale of goods"),
        ("Tracking", _tracking(parcels)),
        ("Packages", str(len(parcels) or 1)),
        ("Gross weight", f"{gross:.3f} kg"),
    ]
    blocks = [
        *_head(order, "Commercial invoice", more),
        pdf.Grid(
            ["Goods", "HS code", "Origin", "Quantity", "Net kg", "Each", f"Value {order.currency}"],
            rows,
            numbers=(3, 4, 5, 6),
            widths=(4, 1.2, 0.9, 1, 1, 1.1, 1.4),
            totals=4,
        ),
        pdf.Text(f"Sold at {order.seller_currency} {_text(order.seller_amount)}. Other deductions: none."),
    ]
    blocks += [pdf.Text(text) for text in filter(None, [_tax_collected(order), DECLARED])]
    blocks.append(pdf.Text(f"Signed for {order.seller.name}, {_day(order)}", bold=True))
    return blocks


def _tax_collected(order: Order) -> str:
    """Say under which number duty and tax were collected, so that nobody takes them twice."""
    declaration = Declaration.objects.filter(order_number=order.number).select_related("seller").first()
    kind = tax_kind(order.group.country)
    if declaration is None or not kind or order.tax_amount <= 0:
        return ""
    number = tax_id(declaration, kind)
    amount = f"{order.currency} {_text(order.tax_amount)}"
    return f"Tax of {amount} was collected at the sale under {kind} {number}." if number else ""


def packing_list(order: Order, lines: Sequence[OrderLine]) -> list[pdf.Block]:
    """Say what lies in which package, what it weighs and how large it is."""
    parcels = _parcels(order)
    rows = [
        (
            line.customs_description or line.title, line.sku, _care(line), str(line.quantity),
            f"{line.net_weight_kg:.3f}", f"{line.gross_weight_kg:.3f}",
        )
        for line in lines
    ]  # fmt: skip
    net = sum((line.net_weight_kg for line in lines), Decimal(0))
    gross = sum((line.gross_weight_kg for line in lines), Decimal(0))
    pieces = sum(line.quantity for line in lines)
    rows.append(("Total", "", "", str(pieces), f"{net:.3f}", f"{gross:.3f}"))
    blocks = [
        *_head(order, "Packing list", [("Invoice", order.number), ("Tracking", _tracking(parcels))]),
        pdf.Grid(["Goods", "SKU", "Care", "Pieces", "Net kg", "Gross kg"], rows, numbers=(3, 4, 5), totals=1),
    ]
    boxes = [_box(place, len(parcels), parcel) for place, parcel in enumerate(parcels, start=1)]
    if boxes:
        header = ["Package", "Number", "Contents", "Gross kg", "Size, cm", "Volume, m³"]
        blocks += [pdf.Title("Packages", 2), pdf.Grid(header, boxes, numbers=(3, 5))]
    return blocks


def _care(line: OrderLine) -> str:
    """Name temperature and dangerous goods of a line."""
    traits = line.traits or {}
    marks = [str(traits.get("temperature") or ""), str(traits.get("battery_un") or "")]
    return ", ".join(mark for mark in marks if mark and mark != "ambient") or "–"


def _contents(parcel: Parcel) -> str:
    """List what lies in a box: pairs of SKU and pieces, as packing wrote them."""
    pairs = [row for row in parcel.contents if len(row) >= 2]
    return ", ".join(f"{row[1]} × {row[0]}" for row in pairs) or "–"


def _box(place: int, of: int, parcel: Parcel) -> tuple[str, ...]:
    sides = [parcel.length_cm, parcel.width_cm, parcel.height_cm]
    volume = sides[0] * sides[1] * sides[2] / 1_000_000
    return (
        f"{place} of {of}", parcel.number, _contents(parcel), f"{parcel.gross_weight_kg:.3f}",
        " × ".join(f"{side:.0f}" for side in sides), f"{volume:.4f}",
    )  # fmt: skip


def return_label(request: Return) -> bytes:
    """Print the label of a return: where it goes, its number as a barcode, who imports it."""
    order, home = request.order, request.order.seller
    group = order.group
    blocks: list[pdf.Block] = [
        pdf.Title("RETURN"),
        pdf.Pairs([("Return", request.number), ("Order", order.number)]),
        pdf.Bars(request.label_number),
        pdf.Title("To", 2),
        pdf.Text(f"{home.name}\n{home.street}\n{home.postal_code} {home.town}\n{home.country}"),
        pdf.Title("From", 2),
        pdf.Text(f"{group.name}\n{group.street}\n{group.postal_code} {group.town}\n{group.country}"),
        pdf.Text(f"Importer: {home.name}" if request.importer else "Stays in the country: no import"),
        pdf.Text("Returned goods, not a sale."),
    ]
    return pdf.render(blocks, title=f"Return {request.number}", size="label")
