"""Sellers earn at shipment, may be paid after receipt, and wait while an order is frozen."""

from __future__ import annotations

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
from orders.payments.models import Earning, Freeze, OrderShare, Refund
from orders.payments.shares import PARTS


class NotPaid(Refusal):
    """The order's money has not arrived."""

    words = _("This order is not paid, so there is nothing to release.")


@transaction.atomic
def earn(order_number: str, at: datetime | None = None) -> Earning | None:
    """Book the seller's earning at shipment, once; an order that was refunded whole earns nothing."""
    now = at or timezone.now()
    share = OrderShare.objects.select_for_update().get(order_number=order_number)
    if share.state == OrderShare.State.EARNED:
        return Earning.objects.get(number=f"{order_number}:sale")
    if share.state == OrderShare.State.REFUNDED:
        return None
    if share.state != OrderShare.State.HELD:
        raise NotPaid
    parts, seller = left_of(share)
    books.post("earn", order_number, ledger.earned(order_number, parts, share.country, seller), at=now)
    share.state, share.earned_at = OrderShare.State.EARNED, now
    share.save(update_fields=["state", "earned_at"])
    earning = Earning.objects.create(
        number=f"{order_number}:sale",
        kind=Earning.Kind.SALE,
        seller=share.seller,
        order_number=order_number,
        goods_amount=seller.goods.amount,
        commission_amount=seller.commission.amount,
        amount=seller.net.amount,
        currency=share.seller_currency,
        earned_at=now,
        available_at=now + timedelta(days=settings.RELEASE_AFTER_DAYS),
    )
    publish(
        EarningBooked(
            subject=order_number, seller=share.seller, amount=str(earning.amount), currency=earning.currency
        )
    )
    return earning


def refunded_parts(share: OrderShare) -> dict[str, Money]:
    """Add up what earlier refunds took of each part."""
    found = Refund.objects.filter(order_number=share.order_number).values_list("parts", flat=True)
    sums = {part: Money.zero(share.currency) for part in PARTS}
    for parts in found:
        for part, amount in parts.items():
            sums[part] += Money(Decimal(amount), share.currency)
    return sums


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
def make_available(order_number: str, at: datetime | None = None) -> int:
    """Let the seller be paid: the buyer has received the goods. Repeating it changes nothing."""
    return Earning.objects.filter(order_number=order_number, state=Earning.State.PENDING).update(
        state=Earning.State.AVAILABLE, available_at=at or timezone.now()
    )


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
