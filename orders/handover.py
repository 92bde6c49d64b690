"""What a paid order hands to the rooms below: shares of the money, shipment, cover, declaration."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from customs import actions as customs
from customs.clearance import SOLD_INSIDE
from customs.models import Declaration
from logistics import actions as logistics
from logistics.insurance import actions as insurance
from logistics.models import Parcel, Shipment
from logistics.options import Piece
from logistics.warehousing import actions as warehousing
from marketplace.accounts.models import Company
from marketplace.kit.money import Money
from marketplace.kit.places import Place
from orders.asked import same_territory
from orders.models import Order, OrderGroup, OrderLine
from orders.payments.shares import PARTS, Share

CENT, GRAM = Decimal("0.01"), Decimal("0.001")


def seller_place(seller: Company) -> Place:
    """Tell where a seller's goods start."""
    return Place(seller.country, seller.postal_code, seller.town, seller.region)


def start_of(order: Order) -> Place:
    """Tell where an order's parcel starts: the store that serves it, or the maker's place."""
    start = order.delivery.get("start")
    if start:
        return Place(str(start["country"]), "", str(start["town"]))
    return seller_place(order.seller)


def is_domestic(order: Order) -> bool:
    """Tell whether the goods were sold from free circulation inside the buyer's customs territory."""
    start = order.delivery.get("start")
    if not start or start.get("status") != "free":
        return False
    return same_territory(start_of(order), order.group.place)


def customs_lines(order: Order) -> list[customs.DeclarationInput]:
    """Give the frozen lines as customs wants them; the value is the line in the buyer's currency."""
    return [
        customs.DeclarationInput(
            description=line.title,
            quantity=line.quantity,
            value=Money(line.goods_amount, order.currency),
            sku=line.sku,
            customs_description=line.customs_description,
            hs_code=line.hs_code,
            origin=line.origin,
            net_weight_kg=line.net_weight_kg,
            gross_weight_kg=line.gross_weight_kg,
            measured={name: str(value) for name, value in (line.measured or {}).items()},
            battery_un=str(line.traits.get("battery_un", "")),
            evidence=tuple(line.traits.get("papers", ())),
        )
        for line in order.lines.all()
    ]


def draft_declaration(order: Order, group: OrderGroup) -> Declaration:
    """Write the goods down for customs."""
    return customs.draft_declaration(
        order_number=order.number,
        seller=order.seller,
        buyer=group.buyer,
        buyer_name=group.company_name or group.name,
        buyer_kind="business" if group.company_name else "consumer",
        buyer_tax_id=group.tax_id,
        ship_from=start_of(order) if is_domestic(order) else seller_place(order.seller),
        ship_to=group.place,
        procedure=SOLD_INSIDE if is_domestic(order) else "4000",
        terms=order.terms,
        mode=str(order.delivery.get("mode", "")),
        currency=order.currency,
        lines=customs_lines(order),
        contact=customs.Contact(street=group.street, phone=group.phone, email=group.email),
        freight=Money(order.freight_amount, order.currency),
        insurance=Money(order.insurance_amount, order.currency),
        charges=Money(order.duty_amount + order.tax_amount, order.currency) if order.terms == "DDP" else None,
    )


def bind_insurance(order: Order, group: OrderGroup, at: datetime) -> None:
    """Bind cover where the buyer paid for it."""
    if order.insurance_amount <= 0:
        return
    frozen = any("frozen" in str(line.traits.get("temperature", "")) for line in order.lines.all())
    insurance.bind(
        order.number,
        value=Money(order.goods_amount + order.freight_amount, order.currency),
        mode=str(order.delivery.get("mode", "")),
        goods="frozen" if frozen else "general",
        premium_paid=Money(order.insurance_amount, order.currency),
        holder=group.name,
        company=group.buyer,
        terms=order.terms,
        region=group.country,
        at=at,
    )


def open_shipment(order: Order, group: OrderGroup) -> Shipment:
    """Open the shipment of a paid order; its pieces are packed into boxes below."""
    promised = (order.earliest_on, order.latest_on) if order.earliest_on and order.latest_on else None
    lines = list(order.lines.all())
    statuses = warehousing.customs_statuses(order.number)
    return logistics.open_shipment(
        order_number=order.number,
        seller=order.seller,
        buyer_name=group.company_name or group.name,
        origin=start_of(order),
        destination=group.place,
        option_code=order.option_code,
        parcels=[piece(line) for line in lines],
        terms=order.terms,
        mode=str(order.delivery.get("mode", "")),
        recipient_lines=[group.street],
        phone=group.phone,
        goods=[
            goods_row(line, currency=order.currency, status=statuses.get(line.sku, "free")) for line in lines
        ],
        promised=promised,
    )


def piece(line: OrderLine) -> Piece:
    """Describe one line as the pieces that are packed."""
    size = [Decimal(side) for side in line.traits.get("size_cm") or ["10", "10", "10"]]
    return Piece(line.sku, line.quantity, line.gross_weight_kg / line.quantity, (size[0], size[1], size[2]))


def goods_row(line: OrderLine, *, currency: str, status: str) -> dict[str, str | int]:
    """Describe one line for the packing list, the carrier, and who may share a box with it."""
    return {
        "sku": line.sku,
        "title": line.title,
        "description": line.customs_description or line.title,
        "quantity": line.quantity,
        "hs_code": line.hs_code,
        "origin": line.origin,
        "net_weight_kg": str(line.net_weight_kg),
        "gross_weight_kg": str(line.gross_weight_kg),
        "temperature": str(line.traits.get("temperature", "")),
        "battery_un": str(line.traits.get("battery_un", "")),
        "value": str((line.goods_amount / line.quantity).quantize(CENT)),
        "currency": currency,
        "weight_kg": str((line.net_weight_kg / line.quantity).quantize(GRAM)),
        "customs_status": status,
    }


def parcels(order: Order) -> dict[str, Decimal]:
    """Value the parcels of an order by the goods in them: a part that arrived is released by its value."""
    pieces = {line.sku: line.goods_amount / line.quantity for line in order.lines.all()}
    found = Parcel.objects.filter(shipment__order_number=order.number).order_by("number")
    return {
        parcel.number: sum(
            (pieces.get(str(sku), Decimal(0)) * int(quantity) for sku, quantity in parcel.contents),
            Decimal(0),
        )
        for parcel in found
    }


def share(order: Order) -> Share:
    """Give the order's share of the payment, part by part."""
    parts = {name: Money(getattr(order, f"{name}_amount"), order.currency) for name in PARTS}
    first = order.lines.select_related("variant__product__category").first()
    product = first.variant.product if first and first.variant else None
    return Share(
        seller=order.seller.number,
        country=order.group.country,
        seller_goods=Money(order.seller_amount, order.seller_currency),
        category=product.category.slug if product and product.category else "",
        seller_country=order.seller.country,
        **parts,
    )
