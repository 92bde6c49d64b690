"""Programs whose clocks disagree: no payment waits for the clocks to meet, and no message is turned away."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace.sandbox.app import Sandbox
from orders.payments import actions, tasks
from orders.payments.models import Payment, WebhookMessage
from tests.payments.test_stripe import opened, pay
from tests.payments.test_webhooks import message, post
from tests.payments.world import prepared, share

pytestmark = pytest.mark.django_db
AHEAD = timedelta(minutes=20)


def silent() -> list[str]:
    now = timezone.now()
    found = Payment.objects.unheard_since(now - timedelta(minutes=2), now=now)
    return list(found.values_list("reference", flat=True))


def test_a_payment_stamped_by_a_fast_clock_is_heard_at_the_next_round(sandbox: Sandbox) -> None:
    pay(opened())
    Payment.objects.update(created_at=timezone.now() + AHEAD)

    tasks.look_up_silence()

    assert Payment.objects.get().state == "PAID"


def test_a_payment_that_a_fast_clock_looked_up_is_asked_again() -> None:
    for reference, looked_up in (("GRP-1", timezone.now()), ("GRP-2", timezone.now() + AHEAD)):
        prepared(reference, {f"ORD-{reference}": share()})
        Payment.objects.filter(reference=reference).update(looked_up_at=looked_up)

    assert silent() == ["GRP-2"]


def test_the_longest_silence_is_broken_first() -> None:
    now = timezone.now()
    for number, minutes in ((1, 3), (2, 9), (3, None)):
        payment = prepared(f"GRP-{number}", {f"ORD-{number}": share()})
        payment.looked_up_at = now - timedelta(minutes=minutes) if minutes else None
        payment.save()

    assert silent() == ["GRP-3", "GRP-2", "GRP-1"]


def test_a_payment_without_a_page_is_let_alone_until_its_time_is_over() -> None:
    for number, ends in ((1, timedelta(minutes=5)), (2, -timedelta(minutes=5))):
        prepared(f"GRP-{number}", {f"ORD-{number}": share()})
        Payment.objects.filter(reference=f"GRP-{number}").update(
            state="CREATED", session="", page="", expires_at=timezone.now() + ends
        )

    assert silent() == ["GRP-2"]


def test_a_page_we_learnt_of_by_a_message_only_is_asked_before_it_is_given_up(sandbox: Sandbox) -> None:
    payment = opened()
    pay(payment)
    Payment.objects.update(state="CREATED")

    assert actions.close_checkout(payment.reference).state == "PAID"


def test_a_message_is_taken_though_the_clock_here_is_ten_minutes_fast(client, monkeypatch) -> None:
    right = time.time
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: right() + 600)
        status = post(client, message(), age=600).status_code

    assert status == 200
    assert WebhookMessage.objects.count() == 1
