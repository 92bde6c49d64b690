"""Messages of the provider: stored at once, understood later by asking for the object itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from marketplace.events.bus import publish
from orders.payments import gateways
from orders.payments.actions.checkout import look_up
from orders.payments.actions.disputes import look_up_dispute
from orders.payments.actions.reconciling import hear_bank_transfer
from orders.payments.actions.refunds import hear_refund, send_refund
from orders.payments.events import WebhookReceived
from orders.payments.models import Payment, Refund, WebhookMessage


@transaction.atomic
def store_message(*, event: str, kind: str, object_id: str, payload: dict[str, Any], at: datetime) -> bool:
    """Store a verified message; False when it was stored before."""
    message = WebhookMessage(event=event, kind=kind, object_id=object_id, payload=payload, received_at=at)
    WebhookMessage.objects.bulk_create([message], ignore_conflicts=True)
    fresh = WebhookMessage.objects.select_for_update().get(event=event)
    if fresh.received_at != at:
        return False
    publish(WebhookReceived(subject=event))
    return True


def understand(event: str, *, at: datetime | None = None) -> None:
    """Act on a stored message; repeating it, or any order of messages, gives the same end."""
    now = at or timezone.now()
    message = WebhookMessage.objects.get(event=event)
    thing = message.payload.get("data", {}).get("object", {})
    if message.kind.startswith(("checkout.session.", "payment_intent.")):
        _payment(message, thing, now)
    elif message.kind.startswith("charge.dispute."):
        look_up_dispute(message.object_id, at=now)
    elif message.kind.startswith("payout.") and not message.payload.get("account"):
        # Payouts of sellers' own accounts are theirs; ours goes from our balance to our bank.
        hear_bank_transfer(gateways.current().look_up_bank_transfer(message.object_id), at=now)
    elif message.kind.startswith(("refund.", "charge.refund")):
        _refunds(message, now)
    WebhookMessage.objects.filter(pk=message.pk).update(understood_at=now)


def _payment(message: WebhookMessage, thing: dict[str, Any], now: datetime) -> None:
    reference = (thing.get("metadata") or {}).get("reference") or thing.get("client_reference_id")
    found = Payment.objects.filter(reference=reference).first()
    if found is None:
        found = Payment.objects.filter(session=message.object_id).first()
    if found is None:
        return
    if not found.session and message.kind.startswith("checkout.session."):
        # The message overtook the answer to our own call: the session is ours, as the reference says.
        Payment.objects.filter(pk=found.pk, session="").update(session=message.object_id)
    look_up(found.reference, at=now)


def _refunds(message: WebhookMessage, now: datetime) -> None:
    if message.kind == "charge.refunded":
        for key in Refund.objects.filter(payment__charge=message.object_id, done_at=None).values_list(
            "key", flat=True
        ):
            send_refund(key, at=now)
        return
    found = Refund.objects.filter(provider_refund=message.object_id).first()
    if found is not None:
        hear_refund(found.key, gateways.current().look_up_refund(message.object_id), at=now)
