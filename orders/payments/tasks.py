"""What happens by itself: understand messages, send refunds, chase silence, pay out, seal days."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from marketplace.events.bus import subscriber
from marketplace.events.models import Event
from marketplace.kit.refusal import Refusal
from orders.payments import actions, books
from orders.payments.models import Payment, PaymentState, Refund, RefundState, WebhookMessage

log = logging.getLogger(__name__)


@subscriber
def understand_message(event: Event) -> None:
    """Act on a stored message of the provider."""
    actions.understand(event.subject)


@subscriber
def send_refund(event: Event) -> None:
    """Tell the provider of a refund; the key makes a repeated request harmless."""
    actions.send_refund(event.subject)


@shared_task
def look_up_silence() -> None:
    """Ask about payments, refunds and messages that nobody has finished for a while (two minutes)."""
    now = timezone.now()
    before = now - timedelta(seconds=settings.PAYMENT_SILENCE_SECONDS)
    for payment in Payment.objects.unheard_since(before).order_by("pk")[:100]:
        _try(lambda p=payment: _chase(p))
    stuck = Refund.objects.filter(
        state__in=[RefundState.REQUESTED, RefundState.SENT], requested_at__lt=before
    ).values_list("key", flat=True)
    for key in stuck[:100]:
        _try(lambda k=key: actions.send_refund(k))
    unread = WebhookMessage.objects.filter(understood_at=None, received_at__lt=before).values_list(
        "event", flat=True
    )
    for event in unread[:100]:
        _try(lambda e=event: actions.understand(e))


def _chase(payment: Payment) -> None:
    if payment.expires_at < timezone.now() or payment.state == PaymentState.CREATED:
        if payment.expires_at < timezone.now():
            actions.close_checkout(payment.reference)
    else:
        actions.look_up(payment.reference)


def _try(work: object) -> None:
    """Do one piece; a silent provider or one bad row must not stop the others."""
    try:
        work()  # type: ignore[operator]
    except Refusal as refusal:
        log.warning("Money: %s", refusal)


@shared_task
def pay_sellers() -> None:
    """Release what waited long enough, then prepare payouts."""
    now = timezone.now()
    actions.release_due(now)
    actions.run_payouts(now)


@shared_task
def seal_ledger() -> None:
    """Seal finished days and raise an alarm when a law of the books is broken."""
    now = timezone.now()
    books.seal_days(up_to=(now - timedelta(hours=1)).date() - timedelta(days=1), at=now)
    for proof in books.prove():
        if not proof.holds:
            log.error("The books are broken: %s: %s", proof.words, proof.broken[:3])
