"""Refunds: decided and booked first, then told to the provider; disputes take the same road."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from marketplace.events.bus import publish
from marketplace.kit.money import Money, chargeable, total
from marketplace.kit.refusal import Refusal
from orders.payments import books, gateways, ledger
from orders.payments.actions.checkout import OFFLINE, share_total
from orders.payments.actions.earning import left_of, refunded_parts
from orders.payments.events import PaymentRefunded, RefundRequested
from orders.payments.gateways.base import ProviderRefused, RefundOutcome
from orders.payments.models import (
    REFUND,
    Earning,
    Instalment,
    OrderShare,
    Payment,
    PaymentState,
    Refund,
    RefundState,
)
from orders.payments.shares import PARTS, refund_by_parts

IN_FLIGHT = "refund:in_flight"
HELD, EARNED = OrderShare.State.HELD, OrderShare.State.EARNED


class TooMuch(Refusal):
    """More than what is left of the order."""

    words = _("Only {left} of this order can still be given back.")


class NothingToRefund(Refusal):
    """A refund needs an amount above zero of a paid order."""

    words = _("There is nothing to give back.")


@transaction.atomic
def refund(
    order_number: str,
    amount: Money | None = None,
    reason: str = "",
    key: str = "",
    *,
    lines: Mapping[str, Money] | None = None,
    of_lines: Mapping[str, Mapping[str, str]] | None = None,
    at: datetime | None = None,
    to: str = IN_FLIGHT,
    out_of: Payment | None = None,
) -> Refund:
    """Give back an amount, named parts (`lines`: part → amount), or all that is left; once per key.

    An order paid in two steps gives back out of its newest payment first (`out_of` another), a row for each.
    `of_lines` is kept as it is: what the host knows of the order's lines in this refund.
    """
    now = at or timezone.now()
    key = key or f"{order_number}:full"
    share = OrderShare.objects.select_for_update().get(order_number=order_number)
    if found := Refund.objects.filter(key=key).first():
        return found
    payments = _paid_by(share, out_of)
    if not payments or share.state == OrderShare.State.REFUNDED:
        raise NothingToRefund
    left, seller_left = paid_of(share)
    parts = _parts(share, left, amount, lines)
    whole = total(parts.values(), share.currency)
    seller = _seller_part(share, parts, seller_left)
    if share.state == OrderShare.State.EARNED:
        payable = books.balance(f"seller:{share.seller}:payable", share.seller_currency)
        entries = ledger.refunded_after(parts, share.country, seller, payable=payable, to=to)
        _take_back(share, seller, key, now)
    else:
        lies = "deposit" if share.state == OrderShare.State.DEPOSIT else "hold"
        entries = ledger.refunded_before(order_number, whole, to, lies)
        if whole == total(left.values(), share.currency):
            share.state = OrderShare.State.REFUNDED
            share.save(update_fields=["state"])
    rows = _rows(share, payments, key, parts, seller, reason, now)
    if lines is not None:
        known = {line: dict(amounts) for line, amounts in (of_lines or {}).items()}
        Refund.objects.filter(pk__in=[row.pk for row in rows]).update(named=True, lines=known)
    books.post("refund", key, entries, at=now, memo=reason[:200])
    for row in rows:
        if to == IN_FLIGHT:
            publish(RefundRequested(subject=row.key, order=order_number))
        else:
            Refund.objects.filter(pk=row.pk).update(state=RefundState.DONE, done_at=now)
    return rows[0]


def given(key: str) -> Money:
    """Add up what one decision gave back, out of one payment or two."""
    rows = list(Refund.objects.filter(key__in=[key, f"{key}:2"]))
    return total((row.money for row in rows), rows[0].currency)


def _paid_by(share: OrderShare, out_of: Payment | None) -> list[tuple[Payment, Money]]:
    """List the paid payments of an order with what each may still give back, the newest first."""
    instalments = {one.reference: one.money for one in share.instalments.all()}
    own = instalments or {share.payment.reference: share_total(share)}
    found = Payment.objects.select_for_update(of=("self",)).filter(reference__in=own, state=PaymentState.PAID)
    gone = Refund.objects.filter(order_number=share.order_number).values_list("payment_id", "amount")
    rows = []
    for payment in found.order_by("-pk"):
        back = total((Money(a, share.currency) for pk, a in gone if pk == payment.pk), share.currency)
        rows.append((payment, own[payment.reference] - back))
    return sorted(rows, key=lambda row: row[0] != out_of) if out_of else rows


def left_in(share: OrderShare, payment: Payment) -> Money:
    """Say how much of an order may still be given back out of one payment."""
    if share.state == OrderShare.State.REFUNDED:
        return Money.zero(share.currency)
    return next(
        (there for one, there in _paid_by(share, payment) if one == payment), Money.zero(share.currency)
    )


def paid_of(share: OrderShare) -> tuple[dict[str, Money], ledger.SellerPart]:
    """Return what is left of what was paid: of a deposit its parts, else of the whole order."""
    left, seller = left_of(share)
    if share.state != OrderShare.State.DEPOSIT:
        return left, seller
    there = deposit_left(share.order_number, share.currency)
    return refund_by_parts({part: share.money(part) for part in PARTS}, refunded_parts(share), there), seller


def _rows(
    share: OrderShare,
    payments: list[tuple[Payment, Money]],
    key: str,
    parts: Mapping[str, Money],
    seller: ledger.SellerPart,
    reason: str,
    now: datetime,
) -> list[Refund]:
    """Write the rows of a refund: out of one payment, and what exceeds it out of the other."""
    whole, rows, names = total(parts.values(), share.currency), list[Refund](), list(parts)
    open_parts, open_seller = dict(parts), seller
    for payment, there in payments:
        mine = min(whole, there)
        if mine.amount <= 0:
            continue
        last = mine == whole
        weights = [mine.amount, (whole - mine).amount]
        cut = dict(zip(names, mine.split([open_parts[n].amount for n in names]), strict=True))
        here = open_parts if last else cut
        side = ledger.SellerPart(
            seller.seller, open_seller.goods.split(weights)[0], open_seller.commission.split(weights)[0]
        )
        row_key = key if not rows else f"{key}:2"
        rows.append(create_row(payment, share.order_number, row_key, mine, here, side, reason, now))
        whole -= mine
        open_parts = {name: open_parts[name] - here[name] for name in names}
        open_seller = ledger.SellerPart(
            seller.seller, open_seller.goods - side.goods, open_seller.commission - side.commission
        )
        if last:
            break
    if whole:
        raise TooMuch(left=total((there for _payment, there in payments), share.currency))
    return rows


def deposit_left(order_number: str, currency: str) -> Money:
    """Give what still lies in an order's deposit: neither given back, kept nor joined by its balance."""
    return books.balance(f"order:{order_number}:deposit", currency)


@transaction.atomic
def keep_deposit(order_number: str, kept: Money, *, at: datetime) -> Earning | None:
    """Give the seller what was agreed of a deposit whose balance was not paid, once; before the refund."""
    share = OrderShare.objects.select_for_update().get(order_number=order_number)
    number = f"{order_number}:kept"
    if found := Earning.objects.filter(number=number).first():
        return found
    kept = kept.rounded()
    there = deposit_left(order_number, share.currency)
    if share.state != OrderShare.State.DEPOSIT or not 0 < kept.amount <= there.amount:
        return None
    side = (share.seller_goods * (kept.amount / share.goods_amount)).rounded()
    books.post(
        "deposit_kept", order_number, ledger.deposit_kept(order_number, kept, share.seller, side), at=at
    )
    if kept == there:
        share.state = OrderShare.State.REFUNDED
        share.save(update_fields=["state"])
    if not side:
        return None
    return Earning.objects.create(
        number=number,
        kind=Earning.Kind.KEPT,
        seller=share.seller,
        order_number=order_number,
        state=Earning.State.AVAILABLE,
        goods_amount=side.amount,
        commission_amount=0,
        amount=side.amount,
        currency=share.seller_currency,
        earned_at=at,
        available_at=at,
    )


@transaction.atomic
def refund_payment(reference: str, reason: str, key: str = "", *, at: datetime | None = None) -> Refund:
    """Give a whole payment back that no order took (a late success after the goods were gone)."""
    now = at or timezone.now()
    key = key or f"{reference}:unallocated"
    payment = Payment.objects.select_for_update().get(reference=reference)
    if found := Refund.objects.filter(key=key).first():
        return found
    joined = Instalment.objects.filter(reference=reference, share__state__in=[HELD, EARNED]).exists()
    if payment.state != PaymentState.PAID or payment.shares.exists() or joined:
        raise NothingToRefund
    row = create_row(payment, "", key, payment.money, {}, None, reason, now)
    entries = [
        ledger.Entry(f"payment:{reference}:received", payment.money),
        ledger.Entry(IN_FLIGHT, -payment.money),
    ]
    books.post("refund", key, entries, at=now, memo=reason[:200])
    publish(RefundRequested(subject=key, order=""))
    return row


def _parts(
    share: OrderShare, left: Mapping[str, Money], amount: Money | None, lines: Mapping[str, Money] | None
) -> dict[str, Money]:
    """Say how much of each part is given back; refuse zero, negative and too much."""
    everything = total(left.values(), share.currency)
    if lines is not None:
        parts = {part: lines.get(part, Money.zero(share.currency)).rounded() for part in PARTS}
        for part, money in parts.items():
            if money.amount < 0 or money > left[part]:
                raise TooMuch(left=left[part])
    elif amount is None or amount.rounded() == everything:
        parts = dict(left)
    else:
        wanted = amount.rounded()
        if wanted.amount <= 0:
            raise NothingToRefund
        if wanted > everything:
            raise TooMuch(left=everything)
        # What named refunds took is out of the sharing; an amount alone is shared by what they left.
        named, plain = refunded_parts(share, named=True), refunded_parts(share, named=False)
        parts = refund_by_parts({part: share.money(part) - named[part] for part in PARTS}, plain, wanted)
    if total(parts.values(), share.currency).amount <= 0:
        raise NothingToRefund
    return parts


def _seller_part(share: OrderShare, parts: Mapping[str, Money], left: ledger.SellerPart) -> ledger.SellerPart:
    """Work out the seller's side of a refund: cumulative share of the goods, so that parts add up."""
    goods_before = refunded_parts(share)["goods"]
    originals = share.money("goods")
    gone = goods_before + parts["goods"]
    weights = [gone.amount, (originals - gone).amount]
    if not originals:
        return ledger.SellerPart(
            share.seller, Money.zero(share.seller_currency), Money.zero(share.seller_currency)
        )
    goods_now = share.seller_goods.split(weights)[0] - (share.seller_goods - left.goods)
    commission_now = share.commission.split(weights)[0] - (share.commission - left.commission)
    return ledger.SellerPart(share.seller, goods_now, commission_now)


def create_row(
    payment: Payment,
    order_number: str,
    key: str,
    whole: Money,
    parts: Mapping[str, Money],
    seller: ledger.SellerPart | None,
    reason: str,
    now: datetime,
) -> Refund:
    """Write a refund row with the charge it means in whole minor units of the card."""
    before = payment.refunds.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    sent = payment.refunds.aggregate(sum=Sum("charged_amount"))["sum"] or Decimal(0)
    cumulative = chargeable(Money(before, payment.currency) + whole)
    charged = min(cumulative.amount, payment.captured_amount) - sent
    payment.refunded_amount = sent + charged
    payment.save(update_fields=["refunded_amount"])
    return Refund.objects.create(
        key=key,
        payment=payment,
        order_number=order_number,
        amount=whole.amount,
        charged_amount=charged,
        currency=payment.currency,
        parts={part: str(money.amount) for part, money in parts.items() if money},
        seller_amount=seller.goods.amount if seller else 0,
        commission_amount=seller.commission.amount if seller else 0,
        reason=reason[:200],
        requested_at=now,
    )


def _take_back(share: OrderShare, seller: ledger.SellerPart, key: str, now: datetime) -> None:
    """Add the line that takes the seller's part back; it counts in the very next payout."""
    if not seller.goods and not seller.commission:
        return
    Earning.objects.create(
        number=f"{key}:refund"[:80],
        kind=Earning.Kind.REFUND,
        seller=share.seller,
        order_number=share.order_number,
        state=Earning.State.AVAILABLE,
        goods_amount=-seller.goods.amount,
        commission_amount=-seller.commission.amount,
        amount=-seller.net.amount,
        currency=share.seller_currency,
        earned_at=now,
        available_at=now,
    )


def refunded(order_number: str) -> Money:
    """Add up what was given back of an order, in the buyer's currency; refunds on their way count."""
    share = OrderShare.objects.get(order_number=order_number)
    return total(refunded_parts(share).values(), share.currency)


def left_parts(order_number: str) -> dict[str, Money]:
    """Say what is left of each part of an order's price after its refunds."""
    return paid_of(OrderShare.objects.get(order_number=order_number))[0]


def decisions(rows: Iterable[Refund]) -> list[tuple[Refund, dict[str, Decimal]]]:
    """Put the two rows of a refund out of two payments together: the first row, and the parts of both."""
    found = {row.key: row for row in rows}
    made: list[tuple[Refund, dict[str, Decimal]]] = []
    for key, row in found.items():
        if key.endswith(":2") and key.removesuffix(":2") in found:
            continue
        parts = {part: Decimal(amount) for part, amount in row.parts.items()}
        if second := found.get(f"{key}:2"):
            for part, amount in second.parts.items():
                parts[part] = parts.get(part, Decimal(0)) + Decimal(amount)
        made.append((row, parts))
    return made


def send_refund(key: str, *, at: datetime | None = None) -> Refund:
    """Tell the provider of a booked refund; after an unknown outcome look first, then repeat the same key."""
    now = at or timezone.now()
    row = Refund.objects.select_related("payment").get(key=key)
    if row.state == RefundState.DONE:
        return row
    if row.charged_amount == 0 or row.payment.charge.startswith(OFFLINE):
        return hear_refund(key, RefundOutcome("done", ""), at=now)
    gateway = gateways.current()
    call_key = f"refund:{row.payment.key}:{row.pk}"
    outcome = gateway.look_up_refund(row.provider_refund) if row.provider_refund else None
    outcome = outcome or gateway.find_refund(charge=row.payment.charge, key=call_key)
    if outcome is None:
        try:
            outcome = gateway.refund(
                charge=row.payment.charge,
                amount=Money(row.charged_amount, row.currency),
                key=call_key,
                reference=row.payment.reference,
            )
        except ProviderRefused as refusal:
            outcome = RefundOutcome("failed", "", str(refusal))
    return hear_refund(key, outcome, at=now)


@transaction.atomic
def hear_refund(key: str, outcome: RefundOutcome, *, at: datetime) -> Refund:
    """Book the provider's word on a refund once."""
    row = Refund.objects.select_for_update(of=("self",)).select_related("payment").get(key=key)
    row.provider_refund = outcome.refund or row.provider_refund
    state = {"done": RefundState.DONE, "pending": RefundState.SENT}.get(outcome.state, RefundState.FAILED)
    if row.state != state and state in REFUND.moves[row.state]:
        row.state = state
        if state == RefundState.DONE:
            row.done_at = at
            charged = Money(row.charged_amount, row.currency)
            # A foreign refund is taken at the rate of its day: both legs meet in the exchange positions.
            settled = outcome.settled or charged
            entries = [
                ledger.Entry(IN_FLIGHT, row.money),
                ledger.Entry(
                    "bank:main" if row.payment.charge.startswith(OFFLINE) else "psp:balance", -settled
                ),
                ledger.Entry("fx:position", settled),
                ledger.Entry("fx:position", -charged),
                ledger.Entry("writeoff:rounding", charged - row.money),
            ]
            books.post("refund_done", key, ledger.merged(entries), at=at)
            publish(
                PaymentRefunded(
                    subject=row.order_number or row.payment.reference,
                    amount=str(row.amount),
                    currency=row.currency,
                    reason=row.reason,
                )
            )
    row.save(update_fields=["state", "provider_refund", "done_at"])
    return row
