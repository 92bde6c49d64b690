"""What happens by itself: understand messages, send refunds, chase silence, pay out, seal days."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial

from celery import shared_task
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from customs.models import ScreeningHit
from logistics.insurance import actions as insurance
from marketplace.accounts.models import Company
from marketplace.events.bus import subscriber
from marketplace.events.models import Event
from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal
from orders.payments import actions, books, jobs
from orders.payments.actions.claims import COVER
from orders.payments.models import (
    Earning,
    OrderShare,
    Payment,
    Payout,
    PayoutRoute,
    PayoutState,
    PayoutStop,
    Rail,
    Refund,
    RefundState,
    Reversal,
    WebhookMessage,
    waited,
)

log = logging.getLogger(__name__)


@subscriber
def understand_message(event: Event) -> None:
    """Act on a stored message of the provider."""
    actions.understand(event.subject)


@subscriber
def send_refund(event: Event) -> None:
    """Tell the provider of a refund; the key makes a repeated request harmless."""
    actions.send_refund(event.subject)


@subscriber
def plan_reversals(event: Event) -> None:
    """The buyer has the money back: see what of it was sent to the seller already."""
    actions.plan_reversals(event.subject)


@subscriber
def plan_reversals_of_dispute(event: Event) -> None:
    """A lost dispute is a refund too: see what of it was sent to the sellers already."""
    for order in OrderShare.objects.filter(payment__reference=event.subject).values_list(
        "order_number", flat=True
    ):
        actions.plan_reversals(order)


@subscriber(calls_out=True)
def send_reversal(event: Event) -> None:
    """Ask the provider for money back from a seller's account; the key makes a repeated request harmless."""
    actions.send_reversal(event.subject)


@subscriber
def charge_storage(event: Event) -> None:
    """Take a month's storage off the seller's balance."""
    _charge(event, "fee:storage")


@subscriber
def screen_account(event: Event) -> None:
    """Compare the holder of a new bank account with the lists of denied parties."""
    actions.screen_account(int(event.payload["account"]), at=timezone.now())


@subscriber
def pay_after_decision(event: Event) -> None:
    """Somebody decided about a name: prepare the payouts that waited for it, where it is clear now."""
    if event.payload["state"] == ScreeningHit.State.CLEARED:
        for stop in PayoutStop.objects.filter(lifted_at=None).order_by("pk"):
            actions.prepare_payout(stop.seller, stop.currency, timezone.now())


@subscriber
def book_container(event: Event) -> None:
    """Take each order's part of a closed container's bill out of the freight that its buyer paid."""
    told = event.payload
    currency = str(told["currency"])
    actions.book_container(
        container=event.subject,
        parts=[
            actions.FreightPart(str(order), str(shipment), str(seller), Money(Decimal(str(amount)), currency))
            for order, shipment, seller, amount in told["shares"]
        ],
        at=timezone.now(),
    )


@subscriber
def charge_premium(event: Event) -> None:
    """Take the premium of a seller's own goods off the balance, to where premiums lie."""
    _charge(event, "insurance:payable")


def _charge(event: Event, account: str) -> None:
    told = event.payload
    actions.charge_seller(
        seller=str(told["seller"]),
        reference=event.subject,
        amount=Money(Decimal(str(told["amount"])), str(told["currency"])),
        account=account,
        at=timezone.now(),
    )


@subscriber
def pay_claim(event: Event) -> None:
    """Pay an accepted claim: to a seller's balance for stock, else back to the buyer's card.

    What the card cannot take waits for the finance desk, which pays by bank.
    """
    told, now = event.payload, timezone.now()
    claim, amount = str(told["claim"]), Money(Decimal(str(told["amount"])), str(told["currency"]))
    if amount:
        if OrderShare.objects.filter(order_number=event.subject).exists():
            try:
                actions.pay_buyer(order_number=event.subject, claim=claim, amount=amount, at=now)
            except actions.PayByBank as refusal:
                log.warning("Claim %s waits for the finance desk: %s", claim, refusal)
                return
        else:
            actions.credit_seller(
                seller=str(told["claimant"]), reference=claim, amount=amount, account=COVER, at=now
            )
    insurance.mark_claim_paid(claim, at=now)


@subscriber
def book_recovery(event: Event) -> None:
    """Book what the carrier paid back for a claim."""
    told = event.payload
    actions.recovered(
        claim=str(told["claim"]),
        amount=Money(Decimal(str(told["amount"])), str(told["currency"])),
        reference=str(told["reference"]),
        at=timezone.now(),
    )


@shared_task
def look_up_silence() -> None:
    """Ask about payments, refunds and messages that nobody has finished for a while (two minutes)."""
    now = timezone.now()
    if actions.watch_payout_job(now):
        log.error("Nobody starts the payout job: sellers are not paid.")
    before = now - timedelta(seconds=settings.PAYMENT_SILENCE_SECONDS)
    for payment in Payment.objects.unheard_since(before, now=now)[:100]:
        _try(partial(_chase, payment))
    stuck = Refund.objects.filter(
        waited("requested_at", before, now), state__in=[RefundState.REQUESTED, RefundState.SENT]
    ).values_list("key", flat=True)
    for key in stuck[:100]:
        _try(partial(actions.send_refund, key))
    for reversal in Reversal.objects.filter(
        waited("wanted_at", before, now), state__in=["READY", "UNRESOLVED"]
    )[:100]:
        _try(partial(actions.send_reversal, reversal.key))
    unread = WebhookMessage.objects.filter(
        waited("received_at", before, now), understood_at=None
    ).values_list("event", flat=True)
    for event in unread[:100]:
        _try(partial(actions.understand, event))


def _chase(payment: Payment) -> None:
    if payment.expires_at < timezone.now():
        actions.close_checkout(payment.reference)
    else:
        actions.look_up(payment.reference)


def _try(work: Callable[[], object]) -> None:
    """Do one piece; a silent provider or one bad row must not stop the others."""
    try:
        work()
    except Refusal as refusal:
        log.warning("Money: %s", refusal)


@shared_task
def pay_sellers() -> None:
    """Release what waited long enough, decide routes, prepare payouts and send the transfers among them."""
    now = timezone.now()
    actions.release_due(now)
    actions.exchange_chosen(now)
    waiting = Earning.objects.payable().values("seller")
    active = PayoutRoute.objects.filter(Q(rail=Rail.BANK) | Q(active=True)).values("seller")
    for seller in (
        Company.objects.filter(number__in=waiting).exclude(number__in=active).values_list("number", flat=True)
    ):
        _try(partial(actions.choose_route, seller, at=now))
    try:
        actions.run_payouts(now)
    finally:
        _send_open_transfers()
        jobs.note_payout_job(now)


def _send_open_transfers() -> None:
    open_states = [PayoutState.APPROVED, PayoutState.SENT]
    for number in Payout.objects.filter(rail=Rail.TRANSFER, state__in=open_states).values_list(
        "number", flat=True
    ):
        _try(partial(actions.send_transfers, number))


@shared_task
def watch_the_bank() -> None:
    """Raise an alarm about payouts that the bank has not answered for days."""
    for payout in actions.find_silence(timezone.now()):
        log.error("The bank has not answered about payout %s (%s).", payout.number, payout.money)


@shared_task
def invoice_fees() -> None:
    """Invoice last month's fees; what cannot be invoiced is told and tried again tomorrow."""
    now = timezone.now()
    month = (now.date().replace(day=1) - timedelta(days=1)).replace(day=1)
    for seller, currency in actions.fees_to_invoice(month):
        _try(partial(actions.issue_fee_invoice, seller=seller, currency=currency, month=month, at=now))


@shared_task
def watch_held_money() -> None:
    """Alarm at 45 days of held money, end unshipped orders at 60."""
    for row in actions.watch_held_money(timezone.now()):
        log.error("Money of %s has waited %s days: %s", row.order_number, row.days, row.why)


@shared_task
def seal_ledger() -> None:
    """Seal finished days and raise an alarm when a law of the books is broken."""
    now = timezone.now()
    books.seal_days(up_to=(now - timedelta(hours=1)).date() - timedelta(days=1), at=now)
    for proof in books.prove():
        if not proof.holds:
            log.error("The books are broken: %s: %s", proof.words, proof.broken[:3])


@shared_task
def reconcile() -> None:
    """Compare yesterday and today so far with the provider's balance; open cases raise an alarm."""
    now = timezone.now()
    start = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    cases = actions.reconcile_provider(since=start, until=now - timedelta(minutes=15), at=now)
    for case in cases[:20]:
        log.error("Books and provider differ: %s, ours %s, theirs %s", case, case.ours, case.theirs)
