"""Commercial invoice and packing list of an order, as customs and the buyer read them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from marketplace.documents import pdf
from marketplace.kit.money import Money
from orders.models import Order, OrderLine, Return

KINDS: Final = {"commercial-invoice": _("Commercial invoice"), "packing-list": _("Packing list")}
INCOTERMS: Final = {"DDP": "DDP (duty paid)", "DAP": "DAP (duty unpaid)"}


def render(kind: str, order: Order) -> bytes:
    """Lay out one paper of an order."""
    lines = list(order.lines.all())
    blocks = commercial_invoice(order, lines) if kind == "commercial-invoice" else packing_list(order, lines)
    return pdf.render(blocks, title=f"{KINDS[kind]} {order.number}", footer=order.number)


def _text(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _head(order: Order, title: str) -> list[pdf.Block]:
    group, seller = order.group, order.seller
    ids = ", ".join(f"{name} {value}" for name, value in (seller.tax_ids or {}).items())
    return [
        pdf.Title(title),
        pdf.Pairs(
            [
                ("Number", order.number),
                ("Date", date_format(order.paid_at or order.placed_at, "j F Y")),
                (
                    "Seller",
                    f"{seller.name}\n{seller.street}\n{seller.postal_code} {seller.town}\n{seller.country}",
                ),
                ("Seller's numbers", ids or seller.registration_note or "–"),
                (
                    "Buyer",
                    (
                        f"{group.company_name or group.name}\n{group.street}\n"
                        f"{group.postal_code} {group.town}\n{group.country}"
                    ),
                ),
                ("Buyer's tax number", group.tax_id or "–"),
                ("Terms", f"{INCOTERMS.get(order.terms, order.terms)} {group.town}"),
                ("Way", str(order.delivery.get("label", ""))),
            ]
        ),
        pdf.Line(),
    ]


def commercial_invoice(order: Order, lines: Sequence[OrderLine]) -> list[pdf.Block]:
    """Say what was sold at which price, with code, origin and weight of each line."""
    rows = [
        (
            line.customs_description or line.title, line.hs_code, line.origin, str(line.quantity),
            f"{line.net_weight_kg:.3f}", _text(line.unit_amount),
            _text(line.unit_amount * line.quantity),
        )
        for line in lines
    ]  # fmt: skip
    whole = Money(order.seller_amount, order.seller_currency)
    rows.append(("Total", "", "", "", "", whole.currency, _text(whole.amount)))
    return [
        *_head(order, "Commercial invoice"),
        pdf.Grid(
            ["Goods", "HS code", "Origin", "Pieces", "Net kg", "Each", f"Value {whole.currency}"],
            rows,
            numbers=(3, 4, 5, 6),
            totals=1,
        ),
        pdf.Text(
            f"Freight {order.currency} {_text(order.freight_amount)}, "
            f"insurance {order.currency} {_text(order.insurance_amount)}."
        ),
        pdf.Text("The seller declares that the goods and their values are as stated here."),
    ]


def packing_list(order: Order, lines: Sequence[OrderLine]) -> list[pdf.Block]:
    """Say what lies in the parcel and what it weighs."""
    rows = [
        (
            line.title, line.sku, str(line.quantity), f"{line.net_weight_kg:.3f}",
            f"{line.gross_weight_kg:.3f}",
        )
        for line in lines
    ]  # fmt: skip
    net = sum((line.net_weight_kg for line in lines), Decimal(0))
    gross = sum((line.gross_weight_kg for line in lines), Decimal(0))
    pieces = sum(line.quantity for line in lines)
    rows.append(("Total", "", str(pieces), f"{net:.3f}", f"{gross:.3f}"))
    return [
        *_head(order, "Packing list"),
        pdf.Grid(["Goods", "SKU", "Pieces", "Net kg", "Gross kg"], rows, numbers=(2, 3, 4), totals=1),
    ]


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
