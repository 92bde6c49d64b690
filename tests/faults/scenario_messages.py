"""A storm of the provider's messages, and messages that are not the provider's."""

from __future__ import annotations

import json
import os
import random
import time
from datetime import timedelta
from functools import partial

import stripe
from django.conf import settings
from django.utils import timezone

from marketplace.events.models import Event
from marketplace.kit.money import Money
from orders.payments import actions
from orders.payments.gateways.stripe import API_VERSION
from orders.payments.models import Journal, Payment, WebhookMessage
from tests.faults.house import PHONE, House, pay, together

SEED = 20261126
ORDERS = int(os.environ.get("FAULT_ORDERS", "500"))
HEARD = ("checkout.session.completed", "payment_intent.succeeded")


def _post(house: House, body: str, *, secret: str = "", age: int = 0, header: str | None = None) -> int:
    signature = stripe.WebhookSignature.generate_signature_header(
        payload=body, secret=secret or settings.STRIPE_WEBHOOK_SECRET, timestamp=int(time.time()) - age
    )
    headers = {
        "Content-Type": "application/json",
        "Stripe-Signature": signature if header is None else header,
    }
    return PHONE.post(
        f"{house.address}/payments/webhook/", content=body.encode(), headers=headers, timeout=60
    ).status_code


def _opened(n: int) -> Payment:
    return actions.open_checkout(
        f"STORM-{n}", Money.from_minor(1000 + n, "EUR"), "b@mail.example", "Storm",
        "http://127.0.0.1:1/", "http://127.0.0.1:1/", timezone.now() + timedelta(minutes=30),
    )  # fmt: skip


def every_message_one_to_five_times_shuffled_from_four_connections(house: House) -> None:
    """Hundreds of payments, each effect once, the end as of an orderly run (plan 6)."""
    dice = random.Random(SEED)  # noqa: S311 - a repeatable order, not a secret
    house.knobs(drop_percent=100)
    payments = together([partial(_opened, n) for n in range(ORDERS)], 4)
    together([partial(pay, payment.page) for payment in payments], 4)
    references = {payment.reference for payment in payments}
    events = [
        json.dumps(event)
        for event in house.things("event")
        if event["type"] in HEARD
        and (event["data"]["object"].get("metadata") or {}).get("reference") in references
    ]
    assert len(events) == 2 * ORDERS, len(events)
    posts = [partial(_post, house, body) for body in events for _ in range(dice.randint(1, 5))]
    dice.shuffle(posts)

    answers = together(posts, 4)

    house.knobs(drop_percent=0)
    assert set(answers) == {200}, set(answers)
    paid = Payment.objects.filter(reference__in=references, state="PAID")
    house.wait(lambda: paid.count() == ORDERS, 120, f"only {paid.count()} of {ORDERS} are paid")
    house.settle(120)
    assert WebhookMessage.objects.filter(object_id__in=[p.session for p in payments]).count() == ORDERS
    assert Journal.objects.filter(kind="capture", source__in=references).count() == ORDERS
    assert Event.objects.filter(name="PaymentCaptured", subject__in=references).count() == ORDERS
    assert sum(p.captured_amount for p in paid) == sum(
        Money.from_minor(1000 + n, "EUR").amount for n in range(ORDERS)
    )


def messages_that_are_not_the_providers(house: House) -> None:
    """Wrong signature, old stamp, a megabyte, another version: 400 or 413 and nothing stored (plan 8)."""
    before = WebhookMessage.objects.count()

    def body(**more: object) -> str:
        return json.dumps(
            {
                "id": "evt_forged", "object": "event", "type": HEARD[0], "api_version": API_VERSION,
                "data": {"object": {"id": "cs_forged", "metadata": {"reference": "STORM-0"}}}, **more,
            }
        )  # fmt: skip

    answers = [
        _post(house, body(), secret="whsec_other"),
        _post(house, body(), age=301),
        _post(house, body(), header=""),
        _post(house, body(), header="t=1,v1=00"),
        _post(house, body(api_version="2020-08-27")),
        _post(house, "[]"),
        _post(house, "not json"),
        _post(house, body(pad="x" * 1_000_000)),
    ]

    assert answers == [400] * 7 + [413], answers
    assert WebhookMessage.objects.count() == before
    assert not WebhookMessage.objects.filter(event="evt_forged").exists()


HOUSE = (every_message_one_to_five_times_shuffled_from_four_connections, messages_that_are_not_the_providers)
