"""After a refund: take back what was already sent to the seller, as far as the seller's account covers it.

The buyer is paid first. What cannot be taken back stays what the seller owes, and shortens the next payout.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from marketplace.events.bus import publish
from marketplace.kit.money import Money
from orders.payments import books, gateways, ledger
from orders.payments.events import ReversalWanted
from orders.payments.gateways.base import ProviderRefused, ProviderSilent
from orders.payments.models import Earning, OrderShare, Refund, RefundState, Reversal, Transfer

OPEN = (Reversal.State.READY, Reversal.State.UNRESOLVED)


@transaction.atomic
def plan_reversals(order_number: str, *, at: datetime | None = None) -> list[Reversal]:
    """Write down what to take back of an order's transfers; asked again, nothing is left to plan."""
    share = OrderShare.objects.select_for_update().filter(order_number=order_number).first()
    if share is None or share.state != OrderShare.State.EARNED:
        return []
    currency = share.seller_currency
    back = Refund.objects.filter(order_number=order_number, state=RefundState.DONE).aggregate(
        goods=Sum("seller_amount"), commission=Sum("commission_amount")
    )
    refunded = Money((back["goods"] or Decimal(0)) - (back["commission"] or Decimal(0)), currency)
    planned = Reversal.objects.exclude(state=Reversal.State.REFUSED)
    seller = planned.filter(transfer__payout__seller=share.seller, transfer__seller_currency=currency)
    # What the seller owes us, less what is on its way back already.
    owed = books.balance(f"seller:{share.seller}:receivable", currency) - _sum(
        seller.filter(state__in=OPEN), currency
    )
    left = min(refunded - _sum(planned.filter(order_number=order_number), currency), owed)
    made = []
    sent = Transfer.objects.filter(state=Transfer.State.SENT, line__earning__order_number=order_number)
    for row in sent.filter(seller_currency=currency).order_by("-pk"):
        before = planned.filter(transfer=row)
        whole = Money(row.seller_amount, currency)
        mine = min(left, whole - _sum(before, currency))
        if mine.amount <= 0:
            continue
        gone = before.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
        moved = min(row.money * mine.amount / whole.amount, row.money - Money(gone, row.currency)).rounded()
        if moved.amount <= 0:
            continue
        left -= mine
        reversal = Reversal.objects.create(
            transfer=row,
            order_number=order_number,
            amount=moved.amount,
            seller_amount=mine.amount,
            wanted_at=at or timezone.now(),
        )
        publish(ReversalWanted(subject=reversal.key, order=order_number))
        made.append(reversal)
    return made


def _sum(rows: object, currency: str) -> Money:
    found = rows.aggregate(sum=Sum("seller_amount"))["sum"]  # type: ignore[attr-defined]
    return Money(found or Decimal(0), currency)


def send_reversal(key: str, *, at: datetime | None = None) -> Reversal:
    """Ask the provider to take a transfer back; safe to repeat, at once or after a crash."""
    now = at or timezone.now()
    row = Reversal.objects.select_related("transfer").get(uuid=key.removeprefix("reversal:"))
    if row.state not in OPEN:
        return row
    gateway, transfer = gateways.current(), row.transfer
    try:
        found = None
        if row.asked_at is not None:
            found = gateway.find_reversal(transfer=transfer.provider_transfer, key=row.key)
        elif not _cut_to(row, gateway.available_at(transfer.destination, transfer.currency), now):
            return _refused(row.pk, "the seller's account is empty", now)
        found = found or gateway.reverse(transfer=transfer.provider_transfer, amount=row.money, key=row.key)
    except ProviderSilent as silence:
        Reversal.objects.filter(pk=row.pk).update(problem=str(silence)[:200])
        raise
    except ProviderRefused as refusal:
        return _refused(row.pk, str(refusal), now)
    return _done(row.pk, found, now)


def _cut_to(row: Reversal, there: Money, now: datetime) -> bool:
    """Ask for no more than the account holds; stored before the call, so that a repeated call is the same."""
    whole, seller = row.money, row.seller_money
    if there.amount <= 0:
        return False
    if there < whole:
        seller = (seller * there.amount / whole.amount).rounded()
        row.amount, row.seller_amount = there.amount, seller.amount
    row.state, row.asked_at = Reversal.State.UNRESOLVED, now
    untouched = Reversal.objects.filter(pk=row.pk, state=Reversal.State.READY, asked_at=None)
    if not untouched.update(
        amount=row.amount, seller_amount=row.seller_amount, state=row.state, asked_at=row.asked_at
    ):
        raise ProviderSilent  # another process asks at this moment
    return True


@transaction.atomic
def _refused(pk: int, why: str, now: datetime) -> Reversal:
    """Note a refusal, unless another process has heard of the money meanwhile."""
    row = Reversal.objects.select_for_update(of=("self",)).get(pk=pk)
    if row.state in OPEN:
        row.state, row.problem, row.done_at = Reversal.State.REFUSED, why[:200], now
        row.save(update_fields=["state", "problem", "done_at"])
    return row


@transaction.atomic
def _done(pk: int, provider_reversal: str, now: datetime) -> Reversal:
    """Book what came back, once: the seller owes less, and the next payout is no longer shortened by it."""
    row = Reversal.objects.select_for_update(of=("self",)).get(pk=pk)
    if row.state == Reversal.State.DONE:
        return row
    transfer = row.transfer
    seller, money = transfer.payout.seller, row.seller_money
    owed = min(books.balance(f"seller:{seller}:receivable", money.currency), money)
    books.post("reversal", row.key, ledger.taken_back(seller, money, owed, row.money), at=now)
    Earning.objects.create(
        number=row.key,
        kind=Earning.Kind.BACK,
        seller=seller,
        order_number=row.order_number,
        state=Earning.State.AVAILABLE,
        goods_amount=money.amount,
        commission_amount=0,
        amount=money.amount,
        currency=money.currency,
        earned_at=now,
        available_at=now,
    )
    row.state, row.provider_reversal, row.done_at, row.problem = (
        Reversal.State.DONE, provider_reversal, now, "",
    )  # fmt: skip
    row.save(update_fields=["state", "provider_reversal", "done_at", "problem"])
    return row
