"""The carrier's callbacks: verify the signature, store the message, answer; understand it in a task."""

from __future__ import annotations

import functools
import hashlib
import hmac
import json
import time
from typing import Any, Final

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from logistics.models import CarrierMessage

READER: Final = "logistics.tasks.read_carrier_message"
TOLERANCE_SECONDS: Final = 300
LARGEST: Final = 256_000


def sign(body: bytes, secret: str, at: int) -> str:
    """Return the header value for a body: `t=…,v1=…`."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def is_signed(header: str, body: bytes, secret: str, *, now: float) -> bool:
    """Check a signature over the raw body; old and future stamps are refused."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    stamp = parts.get("t", "")
    if not stamp.isascii() or not stamp.isdigit() or abs(now - int(stamp)) > TOLERANCE_SECONDS:
        return False
    wanted = sign(body, secret, int(stamp)).partition("v1=")[2]
    return hmac.compare_digest(wanted, parts.get("v1", ""))


@csrf_exempt
@require_POST
def tracking(request: HttpRequest) -> JsonResponse:
    """Take a carrier's message; the same message again is answered and not read twice."""
    body = request.body
    header = request.headers.get("X-Sampan-Signature", "")
    if len(body) > LARGEST or not is_signed(header, body, settings.CARRIER_SECRET, now=time.time()):
        return JsonResponse({"title": "The signature does not fit."}, status=400)
    try:
        message: Any = json.loads(body)
    except ValueError:
        message = None
    if not isinstance(message, dict):
        return JsonResponse({"title": "The message is not a JSON object."}, status=400)
    if "events" not in message:
        message = {"id": message.get("id"), "events": [message.get("event") or message]}
    key = str(message.get("id") or hashlib.sha256(body).hexdigest())[:80]
    with transaction.atomic():
        stored, fresh = CarrierMessage.objects.get_or_create(key=key, defaults={"body": message})
        if fresh:
            reader = current_app.tasks[READER]
            transaction.on_commit(functools.partial(reader.delay, message_id=stored.pk))
    return JsonResponse({"received": True}, status=202 if fresh else 200)
