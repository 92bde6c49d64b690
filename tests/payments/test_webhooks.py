"""Messages of the provider: verified, stored once, answered at once."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest
import stripe
from django.conf import settings
from django.utils import timezone

from marketplace.events.models import Event
from orders.payments import tasks
from orders.payments.gateways.stripe import API_VERSION
from orders.payments.models import WebhookMessage

pytestmark = pytest.mark.django_db


def message(**changes: object) -> str:
    body = {
        "id": "evt_1", "object": "event", "type": "checkout.session.completed", "api_version": API_VERSION,
        "data": {"object": {"id": "cs_1", "object": "checkout.session", "metadata": {"reference": "GRP-1"}}},
        **changes,
    }  # fmt: skip
    return json.dumps(body)


def post(client, body: str, *, secret: str | None = None, age: int = 0, header: str | None = None):
    signature = stripe.WebhookSignature.generate_signature_header(
        payload=body, secret=secret or settings.STRIPE_WEBHOOK_SECRET, timestamp=int(time.time()) - age
    )
    headers = {"Stripe-Signature": signature if header is None else header}
    return client.post("/payments/webhook/", body, content_type="application/json", headers=headers)


def test_a_message_sent_five_times_is_stored_once(client):
    answers = [post(client, message()).status_code for _ in range(5)]

    assert answers == [200] * 5
    assert WebhookMessage.objects.get().object_id == "cs_1"
    assert Event.objects.filter(name="WebhookReceived").count() == 1


def test_a_message_that_nobody_understood_is_taken_up_after_the_silence(client):
    for event in ("evt_old", "evt_new"):
        post(client, message(id=event))
    long_ago = timezone.now() - timedelta(seconds=settings.PAYMENT_SILENCE_SECONDS + 1)
    WebhookMessage.objects.filter(event="evt_old").update(received_at=long_ago)

    tasks.look_up_silence()

    assert WebhookMessage.objects.exclude(understood_at=None).get().event == "evt_old"


@pytest.mark.parametrize(
    ("body", "options", "status"),
    [
        (message(), {"secret": "whsec_other"}, 400),
        (message(), {"age": 301}, 400),
        (message(), {"header": ""}, 400),
        (message(), {"header": "t=1,v1=00"}, 400),
        (message(api_version="2020-08-27"), {}, 400),
        ("[]", {}, 400),
        ("not json", {}, 400),
        (message(pad="x" * 1_000_000), {}, 413),
    ],
)
def test_what_does_not_fit_is_refused_and_not_stored(client, body, options, status):
    assert post(client, body, **options).status_code == status

    assert not WebhookMessage.objects.exists()
    assert not Event.objects.exists()


def test_reading_the_address_changes_nothing(client):
    assert client.get("/payments/webhook/").status_code == 405
