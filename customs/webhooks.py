"""The authority's callbacks: verify the signature, store the message, answer; understand it in a task."""

from __future__ import annotations

import functools
import hashlib
import json
import time
from typing import Any, Final

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from customs.models import AuthorityMessage
from logistics.webhooks import is_signed

READER: Final = "customs.tasks.read_authority_message"
LARGEST: Final = 256_000


@csrf_exempt
@require_POST
def authority(request: HttpRequest) -> JsonResponse:
    """Take the authority's message; the same message again is answered and not read twice."""
    body = request.body
    header = request.headers.get("X-Sampan-Signature", "")
    if len(body) > LARGEST or not is_signed(header, body, settings.CUSTOMS_SECRET, now=time.time()):
        return JsonResponse({"title": "The signature does not fit."}, status=400)
    try:
        message: Any = json.loads(body)
    except ValueError:
        message = None
    if not isinstance(message, dict) or not isinstance(message.get("reference"), str):
        return JsonResponse({"title": "The message names no declaration."}, status=400)
    key = str(message.get("id") or hashlib.sha256(body).hexdigest())[:80]
    with transaction.atomic():
        stored, fresh = AuthorityMessage.objects.get_or_create(key=key, defaults={"body": message})
        if fresh:
            reader = current_app.tasks[READER]
            transaction.on_commit(functools.partial(reader.delay, message_id=stored.pk))
    return JsonResponse({"received": True}, status=202 if fresh else 200)
