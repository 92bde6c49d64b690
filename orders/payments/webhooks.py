"""POST /payments/webhook/: verify, store, answer; understanding comes later."""

from __future__ import annotations

import json
import logging
from typing import Final

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from orders.payments import actions

LARGEST: Final = 262_144
OLDEST_SECONDS: Final = 300
log = logging.getLogger("security")


def _refuse(status: int, why: str) -> HttpResponse:
    log.warning("A payment message was refused: %s", why)
    return HttpResponse(f"{why}\n", status=status, content_type="text/plain")


def _age(signature: str) -> float:
    """Return the seconds since a message was signed; with a wrong clock here none would be taken in time.

    So the one clock that all web programs share decides: the database's.
    """
    signed = next(int(part.split("=", 2)[1]) for part in signature.split(",") if part.startswith("t="))
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        return float(cursor.fetchone()[0]) - signed


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Take one signed message; a repeated one is answered alike and changes nothing."""
    import stripe  # 29 MB that a process without payments does not need

    from orders.payments.gateways.stripe import API_VERSION

    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        return _refuse(413, "the message is too large")
    body = request.body.decode("utf-8", "replace")
    signature = request.headers.get("Stripe-Signature", "")
    try:
        stripe.WebhookSignature.verify_header(body, signature, settings.STRIPE_WEBHOOK_SECRET)
    except stripe.SignatureVerificationError:
        return _refuse(400, "the signature does not fit")
    if _age(signature) > OLDEST_SECONDS:
        return _refuse(400, "the message is too old")
    try:
        message = json.loads(body)
        event, kind = str(message["id"])[:120], str(message["type"])[:80]
        object_id = str(message["data"]["object"]["id"])[:120]
    except (ValueError, KeyError, TypeError):
        return _refuse(400, "the message is not an event")
    if message.get("api_version") not in {API_VERSION, None}:
        return _refuse(400, f"the message has another API version: {message.get('api_version')}")
    actions.store_message(event=event, kind=kind, object_id=object_id, payload=message, at=timezone.now())
    return HttpResponse(status=200)
