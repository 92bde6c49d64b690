"""The bill of a shared container: each order's freight bears its part, makers what no buyer paid for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from marketplace.currency import rates
from marketplace.kit.money import Money
from orders.payments import books, ledger
from orders.payments.actions.sellers import charge_seller
from orders.payments.models import OrderShare


@dataclass(frozen=True, slots=True)
class FreightPart:
    """One shipment's part of a container's bill."""

    order_number: str
    shipment: str
    seller: str
    amount: Money


@transaction.atomic
def book_container(*, container: str, parts: Sequence[FreightPart], at: datetime) -> int:
    """Book each part once, and return how many were new; together they are the bill, to the last cent.

    The buyer of an order paid its freight, so its part comes out of that. Goods without a buyer, such as a
    maker's own stock on its way, are charged to the maker.
    """
    numbers = [part.order_number for part in parts]
    paid_in = dict(
        OrderShare.objects.filter(order_number__in=numbers).values_list("order_number", "currency")
    )
    table = rates.current()
    booked = 0
    for part in sorted(parts, key=lambda part: part.shipment):
        source = f"{container}:{part.shipment}"
        currency = paid_in.get(part.order_number)
        if currency is None:
            booked += charge_seller(
                seller=part.seller,
                reference=source,
                amount=part.amount,
                account=f"carrier:{container}",
                at=at,
            )
            continue
        local = table.convert(part.amount, currency).rounded()
        words = f"{part.order_number}, {table.cross(part.amount.currency, currency):.6g} of {table.as_of}"
        entries = ledger.freight_shared(container, part.amount, local)
        booked += books.post("freight", source, entries, at=at, memo=words) is not None
    return booked
