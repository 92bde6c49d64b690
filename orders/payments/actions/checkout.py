"""The buyer pays: open a page, hear the outcome, book the capture once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from marketplace.events.bus import publish
from marketplace.kit.money import Money, chargeable, total
from marketplace.kit.refusal import Refusal
from orders.payments import books, gateways, ledger
from orders.payments.events import PaymentCaptured, PaymentFailed
from orders.payments.fees import as_json, fee_on
from orders.payments.gateways.base import Outcome, PageWanted
from orders.payments.models import (
    PAYMENT,
    Instalment,
    OrderShare,
    Payment,
    PaymentState,
)
from orders.payments.shares import PARTS, Share

# Stripe keeps a page open for half an hour at least; a little more, as clocks differ.
SHORTEST_PAGE: Final = timedelta(minutes=31)
# The charge of money that came to our bank; refunds of it leave by the bank too.
OFFLINE: Final = "bank:"


class AlreadyPaid(Refusal):
    """The reference was paid."""

    words = _("This order is paid already.")


class AmountDiffers(Refusal):
    """The provider captured another amount than we asked for."""

    words = _("{expected} was asked for, but {captured} was paid. A person looks at it.")


class SharesDiffer(Refusal):
    """The orders of a payment do not sum to it."""

    words = _("The orders sum to {shares}, but the payment is {payment}.")


def open_checkout(
    reference: str,
    amount: Money,
    email: str,
    description: str,
    success_url: str,
    cancel_url: str,
    expires_at: datetime,
    *,
    at: datetime | None = None,
) -> Payment:
    """Give the page on which the buyer pays: our row first, then the call with a key from the row."""
    now = at or timezone.now()
    payment = _prepare(reference, amount, email, description, success_url, cancel_url, expires_at, now)
    if payment.page:
        return payment
    page = gateways.current().open_page(
        PageWanted(
            key=payment.call_key(),
            reference=reference,
            amount=payment.charged,
            email=payment.email,
            description=payment.description,
            success_url=payment.success_url,
            cancel_url=payment.cancel_url,
            expires_at=payment.page_expires_at,
        )
    )
    PAYMENT.check(PaymentState.CREATED, PaymentState.OPEN)
    opened = {
        "state": PaymentState.OPEN, "session": page.session, "intent": page.intent, "page": page.url,
    }  # fmt: skip
    # A message of the provider may have been faster: what it said stays.
    waiting = Payment.objects.filter(pk=payment.pk, state=PaymentState.CREATED, attempt=payment.attempt)
    if not waiting.update(**opened):
        return Payment.objects.get(pk=payment.pk)
    for name, value in opened.items():
        setattr(payment, name, value)
    return payment


@transaction.atomic
def _prepare(
    reference: str,
    amount: Money,
    email: str,
    description: str,
    success_url: str,
    cancel_url: str,
    expires_at: datetime,
    now: datetime,
) -> Payment:
    wanted = {
        "amount": amount.amount,
        "charged_amount": chargeable(amount).amount,
        "currency": amount.currency,
        "email": email,
        "description": description[:200],
        "success_url": success_url,
        "cancel_url": cancel_url,
        "expires_at": expires_at,
        "page_expires_at": max(expires_at, now + SHORTEST_PAGE).replace(microsecond=0),
    }
    Payment.objects.bulk_create(
        [Payment(reference=reference, created_at=now, **wanted)], ignore_conflicts=True
    )
    payment = _locked(reference)
    if payment.state == PaymentState.PAID:
        raise AlreadyPaid
    lapsed = payment.page_expires_at <= now or payment.state in {PaymentState.EXPIRED, PaymentState.FAILED}
    if lapsed or payment.money != amount:
        for name, value in wanted.items():
            setattr(payment, name, value)
        payment.attempt += 1
        payment.state, payment.page, payment.session = PaymentState.CREATED, "", ""
        payment.save()
    return payment


def look_up(reference: str, *, at: datetime | None = None) -> Payment:
    """Ask the provider how the payment stands and book what it says; safe to call at any time."""
    payment = Payment.objects.get(reference=reference)
    if payment.state == PaymentState.PAID or not payment.session:
        return payment
    now = at or timezone.now()
    outcome = gateways.current().look_up(payment.session)
    return hear(reference, outcome, at=now)


def hear(reference: str, outcome: Outcome, *, at: datetime) -> Payment:
    """Turn what the provider knows into our state."""
    if outcome.state == "paid" and outcome.captured is not None:
        return record_capture(
            reference,
            outcome.captured,
            charge=outcome.charge,
            intent=outcome.intent,
            settled=outcome.settled,
            fee=outcome.fee,
            at=at,
        )
    if outcome.state in {"failed", "expired"}:
        return give_up(reference, state=outcome.state.upper(), why=outcome.why or outcome.state, at=at)
    Payment.objects.filter(reference=reference).update(looked_up_at=at)
    return Payment.objects.get(reference=reference)


@transaction.atomic
def record_capture(
    reference: str,
    captured: Money,
    *,
    charge: str,
    at: datetime,
    intent: str = "",
    settled: Money | None = None,
    fee: Money | None = None,
) -> Payment:
    """Book the buyer's money once, however often and in whatever order it is reported."""
    payment = _locked(reference)
    if payment.state == PaymentState.PAID:
        return payment
    if captured != payment.charged:
        raise AmountDiffers(expected=payment.charged, captured=captured)
    PAYMENT.check(payment.state, PaymentState.PAID)
    payment.state, payment.paid_at, payment.looked_up_at = PaymentState.PAID, at, at
    payment.captured_amount, payment.charge, payment.intent = (
        captured.amount,
        charge,
        intent or payment.intent,
    )
    payment.save(update_fields=["state", "paid_at", "looked_up_at", "captured_amount", "charge", "intent"])
    got = settled or captured
    entries = ledger.captured(reference, captured, payment.money, got, fee or Money.zero(got.currency))
    books.post("capture", reference, entries, at=at)
    _hold(payment, at)
    publish(PaymentCaptured(subject=reference, amount=str(payment.amount), currency=payment.currency))
    return payment


@transaction.atomic
def record_offline_capture(*, reference: str, amount: Money, at: datetime) -> Payment:
    """Book money that came to our bank without the provider; a second report changes nothing."""
    payment, _created = Payment.objects.get_or_create(
        reference=reference,
        defaults={
            "amount": amount.amount,
            "charged_amount": amount.amount,
            "currency": amount.currency,
            "created_at": at,
            "expires_at": at,
            "page_expires_at": at,
        },
    )
    payment = _locked(reference)
    if payment.state == PaymentState.PAID:
        return payment
    if payment.money != amount:
        raise AmountDiffers(expected=payment.money, captured=amount)
    payment.state, payment.paid_at, payment.captured_amount = PaymentState.PAID, at, amount.amount
    payment.charged_amount, payment.charge = amount.amount, f"{OFFLINE}{reference}"
    payment.save(update_fields=["state", "paid_at", "captured_amount", "charged_amount", "charge"])
    entries = [ledger.Entry("bank:main", amount), ledger.Entry(f"payment:{reference}:received", -amount)]
    books.post("capture", reference, entries, at=at)
    _hold(payment, at)
    publish(PaymentCaptured(subject=reference, amount=str(payment.amount), currency=payment.currency))
    return payment


@transaction.atomic
def give_up(reference: str, *, state: str, why: str, at: datetime) -> Payment:
    """Note that the buyer did not pay; a success that is reported later still counts."""
    payment = _locked(reference)
    payment.looked_up_at = at
    if payment.state in {PaymentState.CREATED, PaymentState.OPEN}:
        PAYMENT.check(payment.state, state)
        payment.state = state
        publish(PaymentFailed(subject=reference, why=why))
    payment.save(update_fields=["state", "looked_up_at"])
    return payment


def close_checkout(reference: str, *, at: datetime | None = None) -> Payment:
    """Close the page when the goods or the price are no longer held, then hear the last word."""
    payment = Payment.objects.get(reference=reference)
    if payment.state in {PaymentState.CREATED, PaymentState.OPEN} and payment.session:
        gateways.current().close_page(payment.session, payment.call_key("close"))
        return look_up(reference, at=at)
    if payment.state == PaymentState.CREATED:
        return give_up(reference, state=PaymentState.EXPIRED, why="closed", at=at or timezone.now())
    return payment


@transaction.atomic
def allocate(
    payment: Payment | str,
    shares: Mapping[str, Share],
    *,
    deposits: Mapping[str, Money] | None = None,
    at: datetime | None = None,
) -> list[OrderShare]:
    """Say which orders a payment is for, with the commission of today; before or after the capture.

    Of an order in `deposits` the payment holds that much; the rest comes with a payment of its own.
    """
    now, deposits = at or timezone.now(), deposits or {}
    held = _locked(payment if isinstance(payment, str) else payment.reference)
    kept = list(held.shares.all())
    if kept:
        return kept
    asked = (deposits.get(number, share.total) for number, share in shares.items())
    together = total(asked, held.currency)
    if together != held.money:
        raise SharesDiffer(shares=together, payment=held.money)
    rows = [_row(held, number, share, now) for number, share in sorted(shares.items())]
    OrderShare.objects.bulk_create(rows)
    for row in rows:
        if deposit := deposits.get(row.order_number):
            _in_two(row, deposit)
    if held.state == PaymentState.PAID:
        _hold(held, now)
    return list(held.shares.all())


def balance_reference(order_number: str) -> str:
    """Name the payment of an order's balance."""
    return f"{order_number}-B"


def _in_two(share: OrderShare, deposit: Money) -> None:
    """Write down the two payments of an order; together they are its price."""
    balance = share_total(share) - deposit
    references = (share.payment.reference, balance_reference(share.order_number))
    Instalment.objects.bulk_create(
        Instalment(share=share, n=n, reference=reference, amount=money.amount, currency=share.currency)
        for n, reference, money in zip((1, 2), references, (deposit, balance), strict=True)
    )


def _row(payment: Payment, number: str, share: Share, now: datetime) -> OrderShare:
    fee = fee_on(share, at=now)
    return OrderShare(
        payment=payment,
        order_number=number,
        seller=share.seller,
        country=share.country,
        currency=payment.currency,
        **{f"{name}_amount": money.rounded().amount for name, money in share.parts.items()},
        seller_amount=share.seller_goods.rounded().amount,
        seller_currency=share.seller_goods.currency,
        commission_amount=fee.amount.amount,
        commission_words=fee.words,
        commission_lines=as_json(fee),
    )


def _hold(payment: Payment, at: datetime) -> None:
    """Move what was received into the holds of the orders; a deposit waits, a balance joins its deposit."""
    rows = list(payment.shares.select_for_update(of=("self",)).prefetch_related("instalments").order_by("pk"))
    whole: dict[str, Money] = {}
    deposits: dict[str, Money] = {}
    for row in rows:
        first = next((one for one in row.instalments.all() if one.n == Instalment.DEPOSIT), None)
        if first is None:
            whole[row.order_number] = share_total(row)
        else:
            deposits[row.order_number] = first.money
    if rows:
        entries = ledger.allocated(payment.reference, whole, deposits)
        books.post("allocate", payment.reference, entries, at=at)
        fresh = payment.shares.filter(state=OrderShare.State.EXPECTED)
        fresh.filter(order_number__in=deposits).update(state=OrderShare.State.DEPOSIT)
        fresh.filter(order_number__in=whole).update(state=OrderShare.State.HELD)
    _join(payment, at)


def _join(payment: Payment, at: datetime) -> None:
    """Put a paid balance to its deposit; of an order that has ended it waits for its refund."""
    share = (
        OrderShare.objects.select_for_update(of=("self",))
        .filter(
            instalments__reference=payment.reference,
            instalments__n=Instalment.BALANCE,
            state=OrderShare.State.DEPOSIT,
        )
        .first()
    )
    if share is None:
        return
    deposit = books.balance(f"order:{share.order_number}:deposit", share.currency)
    entries = ledger.balance_paid(share.order_number, payment.reference, payment.money, deposit)
    books.post("balance", share.order_number, entries, at=at)
    share.state = OrderShare.State.HELD
    share.save(update_fields=["state"])


def share_total(row: OrderShare) -> Money:
    """Add the parts of an order's share up."""
    return total((row.money(part) for part in PARTS), row.currency)


def _locked(reference: str) -> Payment:
    return Payment.objects.select_for_update(of=("self",)).get(reference=reference)
