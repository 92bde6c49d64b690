"""Sellers earn at shipment, may be paid after receipt, and wait while an order is frozen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from marketplace.events.bus import publish
from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal
from orders.payments import books, ledger
from orders.payments.events import EarningBooked
from orders.payments.models import Earning, Freeze, OrderShare, Payment, Refund
from orders.payments.shares import PARTS


class NotPaid(Refusal):
    """The order's money has not arrived."""

    words = _("This order is not paid, so there is nothing to release.")


@transaction.atomic
def earn(
    order_number: str, at: datetime | None = None, *, parts: Mapping[str, Decimal] | None = None
) -> Earning | None:
    """Book the seller's earning at shipment, once; an order that was refunded whole earns nothing.

    Of several parcels (`parts`: parcel → value of what is in it) each gets a line of its own, so that one
    that arrived is released while the others wait. So does each payment of an order paid in two steps.
    """
    now = at or timezone.now()
    share = OrderShare.objects.select_for_update().get(order_number=order_number)
    if share.state == OrderShare.State.EARNED:
        return Earning.objects.get(number=f"{order_number}:sale")
    if share.state == OrderShare.State.REFUNDED:
        return None
    if share.state != OrderShare.State.HELD:
        raise NotPaid
    left, seller = left_of(share)
    books.post("earn", order_number, ledger.earned(order_number, left, share.country, seller), at=now)
    share.state, share.earned_at = OrderShare.State.EARNED, now
    share.save(update_fields=["state", "earned_at"])
    lines: list[Earning] = []
    for part, mine in _by_part(seller, parts or {}):
        for payment, side in _by_payment(share, mine):
            lines.append(
                Earning(
                    number=f"{order_number}:sale" + (f":{len(lines) + 1}" if lines else ""),
                    kind=Earning.Kind.SALE,
                    seller=share.seller,
                    order_number=order_number,
                    goods_amount=side.goods.amount,
                    commission_amount=side.commission.amount,
                    amount=side.net.amount,
                    currency=share.seller_currency,
                    earned_at=now,
                    available_at=now + timedelta(days=_patience(part)),
                    part=part,
                    payment=payment,
                )
            )
    Earning.objects.bulk_create(lines)
    publish(
        EarningBooked(
            subject=order_number,
            seller=share.seller,
            amount=str(seller.net.amount),
            currency=share.seller_currency,
        )
    )
    return lines[0]


def _patience(part: str) -> int:
    """Say how many days a line waits without a receipt; a parcel of several waits for its own arrival."""
    days: int = settings.HELD_ALARM_DAYS if part else settings.RELEASE_AFTER_DAYS
    return days


def _cut(seller: ledger.SellerPart, weights: Sequence[Decimal]) -> list[ledger.SellerPart]:
    """Share a seller's side out by largest remainder: goods and fee each add up."""
    return [
        ledger.SellerPart(seller.seller, goods, commission)
        for goods, commission in zip(
            seller.goods.split(weights), seller.commission.split(weights), strict=True
        )
    ]


def _by_part(seller: ledger.SellerPart, parts: Mapping[str, Decimal]) -> list[tuple[str, ledger.SellerPart]]:
    """Share a sale over its parcels by the value of what is in them."""
    worth = {name: value for name, value in sorted(parts.items()) if value > 0}
    if len(worth) < 2:
        return [("", seller)]
    return list(zip(worth, _cut(seller, list(worth.values())), strict=True))


def _by_payment(
    share: OrderShare, seller: ledger.SellerPart
) -> list[tuple[Payment | None, ledger.SellerPart]]:
    """Share a sale over the two payments that paid for it, so that each transfer stays within its charge."""
    instalments = list(share.instalments.all())
    if not instalments:
        return [(None, seller)]
    payments = {
        p.reference: p for p in Payment.objects.filter(reference__in=[i.reference for i in instalments])
    }
    cut = _cut(seller, [one.amount for one in instalments])
    return [(payments[one.reference], side) for one, side in zip(instalments, cut, strict=True)]


def refunded_parts(share: OrderShare, *, named: bool | None = None) -> dict[str, Money]:
    """Add up what earlier refunds took of each part; `named` keeps those of named parts, or the others."""
    found = Refund.objects.filter(order_number=share.order_number)
    if named is not None:
        found = found.filter(named=named)
    sums = {part: Money.zero(share.currency) for part in PARTS}
    for parts in found.values_list("parts", flat=True):
        for part, amount in parts.items():
            sums[part] += Money(Decimal(amount), share.currency)
    return sums


def left_of_many(shares: Sequence[OrderShare]) -> Iterator[tuple[dict[str, Money], ledger.SellerPart]]:
    """Give the same as `left_of` for many orders with one question."""
    refunds: dict[str, list[Refund]] = {}
    for refund in Refund.objects.filter(order_number__in=[share.order_number for share in shares]):
        refunds.setdefault(refund.order_number, []).append(refund)
    for share in shares:
        parts = {part: share.money(part) for part in PARTS}
        goods, commission = share.seller_goods, share.commission
        for refund in refunds.get(share.order_number, ()):
            for part, amount in refund.parts.items():
                parts[part] -= Money(Decimal(amount), share.currency)
            goods -= Money(refund.seller_amount, share.seller_currency)
            commission -= Money(refund.commission_amount, share.seller_currency)
        yield parts, ledger.SellerPart(share.seller, goods, commission)


def left_of(share: OrderShare) -> tuple[dict[str, Money], ledger.SellerPart]:
    """Return what is left of an order's parts and of the seller's side after its refunds."""
    refunded = refunded_parts(share)
    parts = {part: share.money(part) - refunded[part] for part in PARTS}
    taken = Refund.objects.filter(order_number=share.order_number).aggregate(
        goods=Sum("seller_amount"), commission=Sum("commission_amount")
    )
    currency = share.seller_currency
    goods = share.seller_goods - Money(taken["goods"] or Decimal(0), currency)
    commission = share.commission - Money(taken["commission"] or Decimal(0), currency)
    return parts, ledger.SellerPart(share.seller, goods, commission)


@transaction.atomic
def make_available(order_number: str, at: datetime | None = None, *, part: str = "") -> int:
    """Let the seller be paid: the buyer has received the goods, or one parcel of them. Once."""
    rows = Earning.objects.filter(order_number=order_number, state=Earning.State.PENDING)
    if part:
        rows = rows.filter(part=part)
    return rows.update(state=Earning.State.AVAILABLE, available_at=at or timezone.now())


@transaction.atomic
def part_arrived(order_number: str, part: str, *, release_at: datetime) -> int:
    """Note that one parcel of several is at the door: its line is released by then, the others wait."""
    rows = Earning.objects.filter(order_number=order_number, state=Earning.State.PENDING)
    return rows.filter(part=part, available_at__gt=release_at).update(available_at=release_at)


@transaction.atomic
def release_due(at: datetime) -> int:
    """Make available what waited long enough without a receipt; frozen orders keep waiting."""
    frozen = Freeze.objects.filter(lifted_at=None).values("order_number")
    return Earning.objects.due(at).exclude(order_number__in=frozen).update(state=Earning.State.AVAILABLE)


@transaction.atomic
def freeze(order_number: str, reason: str = "customs hold", at: datetime | None = None) -> Freeze:
    """Hold one order's money for a reason; other orders of the same payment are paid on time."""
    frozen, _created = Freeze.objects.get_or_create(
        order_number=order_number, reason=reason, lifted_at=None, defaults={"since": at or timezone.now()}
    )
    return frozen


@transaction.atomic
def unfreeze(order_number: str, reason: str = "customs hold", at: datetime | None = None) -> int:
    """Lift one reason; the money moves when no other reason is left."""
    return Freeze.objects.filter(order_number=order_number, reason=reason, lifted_at=None).update(
        lifted_at=at or timezone.now()
    )
