"""The adapter against the outside world over real HTTP: page, capture, refund, dispute, silence."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from marketplace.sandbox.app import Sandbox
from orders.payments import actions
from orders.payments.gateways.base import ProviderRefused, ProviderSilent
from orders.payments.models import Payment, Refund
from tests.payments.world import balances, broken, money, share

pytestmark = pytest.mark.django_db


def opened(reference: str = "GRP-1", amount: str = "300.65", currency: str = "EUR") -> Payment:
    return actions.open_checkout(
        reference,
        money(amount, currency),
        "buyer@example.com",
        "Sisal basket",
        "http://127.0.0.1:1/done/",
        "http://127.0.0.1:1/back/",
        timezone.now() + timedelta(minutes=30),
    )


def pay(payment: Payment, card: str = "4242424242424242") -> int:
    return httpx.post(payment.page, data={"card": card, "email": "b@example.com"}).status_code


def test_a_page_is_opened_once_and_a_payment_is_heard_once(sandbox: Sandbox):
    payment = opened()
    assert opened().page == payment.page
    actions.allocate("GRP-1", {"ORD-1": share()})
    assert actions.look_up("GRP-1").state == "OPEN"

    assert pay(payment) == 303
    heard = actions.look_up("GRP-1")
    actions.look_up("GRP-1")

    assert (heard.state, heard.captured_amount, heard.charge[:3]) == ("PAID", money("300.65").amount, "ch_")
    assert balances("order:ORD-1:hold", "payment:GRP-1:received") == ["300.65", "0.00"]
    fee = money(balances("pspfees:stripe")[0])
    assert fee.amount > 0
    assert balances("psp:balance") == [str((money("300.65") - fee).amount)]
    assert broken() == []


@pytest.mark.parametrize(("amount", "currency"), [("31234", "JPY"), ("101.237", "KWD"), ("1449.37", "CNY")])
def test_other_currencies_are_charged_exactly_as_far_as_stripe_can(sandbox: Sandbox, amount, currency):
    payment = opened(amount=amount, currency=currency)

    pay(payment)

    assert actions.look_up("GRP-1").state == "PAID"
    assert broken() == []


def test_a_declined_card_leaves_the_page_open(sandbox: Sandbox):
    payment = opened()

    assert pay(payment, "4000000000000002") == 402

    assert actions.look_up("GRP-1").state == "OPEN"
    assert balances("psp:balance") == ["0.00"]


def test_a_closed_page_ends_the_payment_and_another_try_opens_a_new_one(sandbox: Sandbox):
    payment = opened()

    assert actions.close_checkout("GRP-1").state == "EXPIRED"

    again = opened()
    assert again.session != payment.session
    pay(again)
    assert actions.look_up("GRP-1").state == "PAID"
    with pytest.raises(actions.AlreadyPaid):
        opened()


def test_refunds_are_paid_once_even_when_asked_again(sandbox: Sandbox):
    payment = opened()
    actions.allocate("GRP-1", {"ORD-1": share()})
    pay(payment)
    actions.look_up("GRP-1")
    actions.refund("ORD-1", money("100.00"), key="R1")
    actions.refund("ORD-1", key="R2")

    for key in ("R1", "R2", "R1"):
        actions.send_refund(key)
    # We lost the answer: the row says it was never sent.
    Refund.objects.filter(key="R1").update(state="SENT", provider_refund="")
    actions.send_refund("R1")

    assert set(Refund.objects.values_list("state", flat=True)) == {"DONE"}
    assert balances("refund:in_flight", "order:ORD-1:hold") == ["0.00", "0.00"]
    with sandbox.store.act() as box:
        box.cursor.execute(
            "SELECT count(*), sum((body->>'amount')::int) FROM sandbox.thing WHERE kind = 'refund'"
        )
        assert box.cursor.fetchone() == (2, 30065)
    assert broken() == []


def test_a_message_leads_to_the_object_itself(sandbox: Sandbox):
    payment = opened()
    pay(payment)
    body = {"data": {"object": {"id": payment.session, "metadata": {"reference": "GRP-1"}}}}
    for event in ("evt_1", "evt_2"):
        actions.store_message(
            event=event,
            kind="checkout.session.completed",
            object_id=payment.session,
            payload=body,
            at=timezone.now(),
        )

    for event in ("evt_2", "evt_1", "evt_2"):
        actions.understand(event)

    assert Payment.objects.get().state == "PAID"


def test_a_silent_provider_loses_nothing(sandbox: Sandbox, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(ProviderSilent):
        opened()
    assert Payment.objects.get().state == "CREATED"

    settings.STRIPE_API_BASE = sandbox.address
    assert opened().state == "OPEN"


def test_a_refusing_provider_says_why(sandbox: Sandbox, settings):
    settings.STRIPE_API_KEY = ""
    with pytest.raises((ProviderRefused, ProviderSilent)):
        opened()
    assert balances("psp:balance") == ["0.00"]
