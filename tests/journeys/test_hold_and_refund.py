"""A customs hold stops one order only; released it goes on, rejected or cancelled the money goes back."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from logistics.warehousing import actions as warehousing
from marketplace.sandbox.app import Sandbox
from orders import actions
from orders.models import OrderState
from orders.payments.models import Freeze, Refund
from tests.journeys import steps
from tests.journeys.test_three_deals import assert_books_balance, bought

# The payment library's transport warns of a coming change in its own dependency.
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


def test_a_hold_freezes_one_order_and_its_release_lets_it_go_on(
    client: Client, sandbox: Sandbox, django_capture_on_commit_callbacks
):
    group = bought(
        client, sandbox, django_capture_on_commit_callbacks, {"SHRIMP": 3, "MALBEC": 6},
        steps.address("CN", "200000", "Shanghai"), "CN-200000", "CNY",
    )  # fmt: skip
    shrimp, malbec = group.orders.order_by("seller__number")
    before = malbec.state
    if shrimp.state == OrderState.HELD:
        actions.resume(number=shrimp.number)

    actions.hold(number=shrimp.number)
    actions.hold(number=shrimp.number)

    shrimp.refresh_from_db()
    malbec.refresh_from_db()
    assert shrimp.state == OrderState.HELD
    assert malbec.state == before
    assert Freeze.objects.filter(order_number=shrimp.number, lifted_at=None).count() == 1

    actions.resume(number=shrimp.number)

    shrimp.refresh_from_db()
    assert shrimp.state == OrderState.PAID
    assert not Freeze.objects.filter(order_number=shrimp.number, lifted_at=None).exists()


def test_a_cancelled_order_gives_goods_and_money_back(
    client: Client, sandbox: Sandbox, django_capture_on_commit_callbacks
):
    group = bought(
        client, sandbox, django_capture_on_commit_callbacks, {"BASKET": 2},
        steps.address("GB", "EC1A 1BB", "London"), "GB-EC1A 1BB", "GBP",
    )  # fmt: skip
    [order] = group.orders.all()

    with django_capture_on_commit_callbacks(execute=True):
        actions.cancel(number=order.number, reason="Changed my mind", at=timezone.now())
    actions.cancel(number=order.number, reason="Changed my mind", at=timezone.now())

    order.refresh_from_db()
    assert order.state == OrderState.CANCELLED
    assert [f"{refund.amount:.2f}" for refund in Refund.objects.all()] == ["78.17"]
    assert warehousing.available(["BASKET"]) == {"BASKET": 50}
    assert_books_balance()


def test_a_signed_link_opens_the_order_and_a_forged_one_does_not(
    client: Client, sandbox: Sandbox, django_capture_on_commit_callbacks
):
    group = bought(
        client, sandbox, django_capture_on_commit_callbacks, {"BASKET": 2},
        steps.address("GB", "EC1A 1BB", "London"), "GB-EC1A 1BB", "GBP",
    )  # fmt: skip
    [order] = group.orders.all()
    stranger = Client()

    assert stranger.get(f"/orders/{order.number}/").status_code == 404
    assert stranger.get(f"/orders/link/{order.number}:forged/").status_code == 404
    assert stranger.get(order.signed_link, follow=True).status_code == 200
