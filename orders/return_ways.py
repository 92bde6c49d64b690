"""What can be done with goods a buyer does not keep: asks freight and customs, then compares."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

from customs import returned
from customs.assessment import GoodsLine, LandedCase, assess
from logistics.options import Consignment, GoodsTraits, options
from marketplace.currency import rates
from marketplace.kit.money import Money, total
from marketplace.kit.places import Place
from orders import handover
from orders.models import Order, Return, ReturnLine, ReturnReason
from orders.quoting import Crosses
from orders.returning import ReturnCase, Way, compare

NO_FAULT: Final = frozenset({ReturnReason.MIND})
FOOD_CHAPTERS: Final = tuple(f"{n:02d}" for n in range(2, 23))
NOT_DUTY: Final = frozenset({"vat", "sales_tax", "fee", "goods", "freight", "insurance", "exchange"})


def ways(request: Return, at: datetime) -> tuple[Way, ...]:
    """Compare what can be done with the goods, best sum for the seller first."""
    order, lines = request.order, list(request.lines.select_related("line"))
    goods = total((part_of(row.line.goods_amount, row, order.currency) for row in lines), order.currency)
    faulty = request.reason not in NO_FAULT
    sent_on = (order.shipped_at or order.placed_at).date()
    home_free, home = returned.home(order.seller.country, sent_on=sent_on, on=at.date(), faulty=faulty)
    comes, back = returned.duty_back(order.group.country, sent_on=sent_on, on=at.date(), faulty=faulty)
    share = goods.amount / order.goods_amount if order.goods_amount else Decimal(0)
    freight = _freight_back(order, lines, at)
    way_out = (Money(order.freight_amount, order.currency) * share).rounded()
    return compare(
        ReturnCase(
            goods=goods,
            freight_back=freight or way_out,
            freight_estimated=freight is None,
            home_duty=None if home_free else _home_duty(order, lines, at),
            duty_paid=(Money(order.duty_amount, order.currency) * share).rounded(),
            reason=request.reason,
            food=any(row.line.hs_code[:2] in FOOD_CHAPTERS for row in lines),
            home_free=home_free,
            home_source=f"{home.words} ({home.source})" if home else "",
            duty_comes_back=comes,
            back_source=f"{back.words} ({back.source})" if back else "",
        )
    )


def part_of(amount: Decimal, row: ReturnLine, currency: str) -> Money:
    return (Money(amount, currency) * (Decimal(row.quantity) / row.line.quantity)).rounded()


def _freight_back(order: Order, lines: list[ReturnLine], at: datetime) -> Money | None:
    """Price the way home with the network's own cards, or None when there is no way."""
    pieces = []
    for row in lines:
        piece = handover.piece(row.line)
        traits = GoodsTraits(temperature=str(row.line.traits.get("temperature", "ambient")))
        pieces.append(type(piece)(piece.sku, row.quantity, piece.gross_weight_kg, piece.size_cm, traits))
    value = Money(order.goods_amount, order.currency)
    home = handover.seller_place(order.seller)
    found = options(Consignment(order.group.place, home, tuple(pieces), value, "DAP"), at.date()).options
    if not found:
        return None
    table = rates.current()
    prices = [table.convert(way.price, order.currency) for way in found]
    return min(prices, key=lambda money: money.amount).rounded()


def _home_duty(order: Order, lines: list[ReturnLine], at: datetime) -> Money | None:
    """Ask customs what duty the goods would pay at home, or None when it does not know."""
    zero = Money.zero(order.currency)
    found = assess(
        LandedCase(
            on=at.date(),
            ship_from=order.group.place,
            ship_to=Place(order.seller.country, order.seller.postal_code, order.seller.town),
            buyer_kind="business",
            buyer_tax_id="",
            currency=order.currency,
            terms="DAP",
            mode="air",
            registrations=(),
            lines=tuple(_goods_line(row, order.currency) for row in lines),
            freight=zero,
            insurance=zero,
            onward_transport=zero,
            rates=Crosses(rates.current()),
        )
    )
    if found.reasons:
        return None
    return total((c.amount for c in found.charges if c.kind not in NOT_DUTY), order.currency).rounded()


def _goods_line(row: ReturnLine, currency: str) -> GoodsLine:
    share = Decimal(row.quantity) / row.line.quantity
    return GoodsLine(
        reference=row.line.reference,
        hs_code=row.line.hs_code,
        origin=row.line.origin,
        description=row.line.customs_description or row.line.title,
        quantity=Decimal(row.quantity),
        value=part_of(row.line.goods_amount, row, currency),
        net_weight_kg=row.line.net_weight_kg * share,
        gross_weight_kg=row.line.gross_weight_kg * share,
        measured={"item": Decimal(row.quantity)},
        evidence=(),
    )
