"""Where the money of one order is: what was paid, what we hold, what was passed on, what went back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from marketplace.kit.money import Money, total
from orders.payments import books
from orders.payments.actions.checkout import share_total
from orders.payments.actions.earning import refunded_parts
from orders.payments.actions.refunds import refunded
from orders.payments.models import Earning, Freeze, OrderShare, Payment, PaymentState


@dataclass(frozen=True, slots=True)
class PaidStep:
    """One payment of an order."""

    n: int
    money: Money
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the seller's side: a parcel, or the whole sale."""

    part: str
    money: Money
    state: str
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """The buyer's side adds up: paid = held + passed on + given back."""

    steps: tuple[PaidStep, ...]
    paid: Money
    held: Money
    passed_on: Money
    given_back: Money
    lines: tuple[Line, ...]
    seller_side: Money
    frozen: bool
    fee: tuple[dict[str, Any], ...] = ()

    @property
    def waits(self) -> bool:
        """Tell whether a part of the seller's money waits for a receipt."""
        return any(line.state == Earning.State.PENDING for line in self.lines)

    @property
    def parts(self) -> tuple[Line, ...]:
        """Give the lines of parcels, where there are several."""
        return tuple(line for line in self.lines if line.part)


def standing(order_number: str) -> Standing | None:
    """Say where an order's money is; None before anything was paid."""
    share = OrderShare.objects.select_related("payment").filter(order_number=order_number).first()
    if share is None or share.state == OrderShare.State.EXPECTED:
        return None
    currency = share.currency
    steps = _steps(share)
    paid = total((step.money for step in steps if step.paid_at), currency)
    back = refunded(order_number)
    accounts = (f"order:{order_number}:{lies}" for lies in ("hold", "deposit"))
    held = total((books.balance(code, currency) for code in accounts), currency)
    sales = list(Earning.objects.filter(order_number=order_number, kind=Earning.Kind.SALE))
    waiting = sum((row.amount for row in sales if row.state == Earning.State.PENDING), Decimal(0))
    gone = sum((row.amount for row in sales), Decimal(0)) - waiting
    if waiting:
        # What the maker gets only after the receipt is still held, in the buyer's money by its share.
        left = share.money("goods") - refunded_parts(share)["goods"]
        held += left.split([waiting, gone])[0]
    frozen = Freeze.objects.filter(order_number=order_number, lifted_at=None).exists()
    return Standing(
        steps, paid, held, paid - back - held, back,
        _lines(sales),
        share.seller_goods - share.commission, frozen, tuple(share.commission_lines),
    )  # fmt: skip


def _lines(sales: list[Earning]) -> tuple[Line, ...]:
    """Give one line for each parcel, also where two payments paid for it."""
    parts: dict[str, list[Earning]] = {}
    for row in sorted(sales, key=lambda one: (len(one.part), one.part)):
        parts.setdefault(row.part, []).append(row)
    return tuple(
        Line(
            part, total((row.money for row in rows), rows[0].currency), rows[0].state,
            str(rows[0].get_state_display()), rows[0].available_at,
        )
        for part, rows in parts.items()
    )  # fmt: skip


def _steps(share: OrderShare) -> tuple[PaidStep, ...]:
    instalments = list(share.instalments.all())
    if not instalments:
        return (PaidStep(0, share_total(share), share.payment.paid_at),)
    found = Payment.objects.filter(
        reference__in=[one.reference for one in instalments], state=PaymentState.PAID
    ).values_list("reference", "paid_at")
    days = dict(found)
    return tuple(PaidStep(one.n, one.money, days.get(one.reference)) for one in instalments)
