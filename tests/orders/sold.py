"""Orders as they stand after the sale, with every amount given by hand; paid in the books as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from marketplace.accounts.models import Company
from marketplace.kit.money import Money
from orders.models import Cart, Order, OrderGroup, OrderLine, Quote
from orders.payments import actions as payments
from orders.payments.models import Payment
from tests.orders import world

D = Decimal
WAY = {"freight": "0", "insurance": "0", "duty": "0", "exchange": "0", "fees": "0"}


@dataclass(frozen=True)
class Goods:
    """A line: pieces, value, tax rate as printed, tax base and tax."""

    pieces: int
    value: str
    rate: str = ""
    base: str = ""
    tax: str = "0"
    kind: str = "vat"
    duty: str = ""


def buyer() -> Company:
    made, _ = Company.objects.get_or_create(
        number="COM-DE9", defaults={"slug": "jana", "name": "Jana Richter", "country": "DE", "is_buyer": True}
    )
    return made


def sold(
    number: str, regime: str, lines: Sequence[Goods], *, country: str, currency: str, at: datetime, **way: str
) -> Order:
    """Write an order of one maker that was paid at this moment, with its payment in the ledger."""
    parts = {**WAY, "goods": str(sum(D(x.value) for x in lines)), "tax": str(sum(D(x.tax) for x in lines))}
    parts |= way
    whole = sum((D(amount) for amount in parts.values()), D(0))
    maker = world.maker("MY1")
    cart = Cart.objects.create()
    quote = Quote.objects.create(
        number=f"QUO-{number}", cart=cart, fingerprint="x", snapshot={maker.number: {"regime": regime}},
        total_amount=whole, currency=currency, given_at=at, valid_until=at + timedelta(minutes=30),
    )  # fmt: skip
    group = OrderGroup.objects.create(
        number=f"GRP-{number}", key=number, quote=quote, buyer=buyer(), state="PAID",
        email="jana@mail.example", name="Jana Richter", street="Main street 14", postal_code="10115",
        town="Town", country=country,
        total_amount=whole, currency=currency, placed_at=at, pay_until=at + timedelta(minutes=30), paid_at=at,
    )  # fmt: skip
    order = Order.objects.create(
        number=f"ORD-{number}", group=group, seller=maker, state="PAID",
        **{f"{name}_amount": D(amount) for name, amount in parts.items()}, total_amount=whole,
        currency=currency, seller_amount=D(100), seller_currency="MYR", charges=_charges(lines, currency),
        placed_at=at, paid_at=at,
    )  # fmt: skip
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order, reference=str(n), sku=f"SKU-{n}", title=f"Thing {n}", quantity=line.pieces,
            unit_amount=D(10), unit_currency="MYR", goods_amount=D(line.value), origin="MY",
        )
        for n, line in enumerate(lines, 1)
    )  # fmt: skip
    _pay(order, at)
    return order


def _charges(lines: Sequence[Goods], currency: str) -> list[dict[str, Any]]:
    def money(amount: str) -> dict[str, str]:
        return {"amount": amount, "currency": currency}

    found = []
    for n, line in enumerate(lines, 1):
        if line.rate:
            found.append(
                {"kind": line.kind, "line": str(n), "rate": line.rate, "basis": money(line.base),
                 "amount": money(line.tax)}
            )  # fmt: skip
        if line.duty:
            found.append(
                {"kind": "third_country_duty", "line": str(n), "rate": "3 EUR", "basis": money("0"),
                 "amount": money(line.duty)}
            )  # fmt: skip
    return found


def _pay(order: Order, at: datetime) -> None:
    group = order.group
    payment = Payment.objects.create(
        reference=group.number, state="OPEN", amount=group.total_amount, charged_amount=group.total_amount,
        currency=group.currency, success_url="http://x.example/", cancel_url="http://x.example/",
        session=f"cs_{group.number}", page="http://x.example/", created_at=at,
        expires_at=group.pay_until, page_expires_at=group.pay_until,
    )  # fmt: skip

    def part(name: str) -> Money:
        return Money(getattr(order, f"{name}_amount"), order.currency)

    share = payments.Share(
        seller=order.seller.number, country=group.country, seller_goods=Money(D(100), "MYR"),
        goods=part("goods"), exchange=part("exchange"), freight=part("freight"), insurance=part("insurance"),
        duty=part("duty"), tax=part("tax"), fees=part("fees"),
    )  # fmt: skip
    payments.allocate(payment, {order.number: share}, at=at)
    payments.record_capture(
        group.number, payment.charged, charge=f"ch_{group.number}", intent=f"pi_{group.number}", at=at
    )
