"""A customs hold stops one order only; released it goes on, rejected or cancelled the money goes back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from customs import tasks as customs_tasks
from customs.models import Declaration, Hold
from logistics.warehousing import actions as warehousing
from orders import actions
from orders.models import OrderGroup, OrderState
from orders.payments import actions as payments
from orders.payments.models import Earning, Freeze, Refund
from tests.journeys import steps
from tests.journeys.deal import Deal, assert_books_balance

# The payment library's transport warns of a coming change in its own dependency.
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


def baskets_to_london(deal: Deal) -> OrderGroup:
    return deal.buy({"BASKET": 2}, steps.address("GB", "EC1A 1BB", "London"), "GB-EC1A 1BB", "GBP")


def test_a_hold_freezes_one_order_and_its_release_lets_it_go_on(deal: Deal) -> None:
    group = deal.buy(
        {"COFFEE": 3, "BATIK": 1}, steps.address("SG", "018956", "Singapore"), "SG-018956", "SGD"
    )
    coffee, batik = group.orders.order_by("seller__number")

    actions.hold(number=coffee.number)
    actions.hold(number=coffee.number)

    coffee.refresh_from_db()
    batik.refresh_from_db()
    assert coffee.state == OrderState.HELD
    assert batik.state == OrderState.PAID
    assert Freeze.objects.filter(lifted_at=None).values_list("order_number", flat=True).get() == coffee.number

    actions.resume(number=coffee.number)

    coffee.refresh_from_db()
    assert coffee.state == OrderState.PAID
    assert not Freeze.objects.filter(lifted_at=None).exists()


def test_money_of_an_order_that_is_never_shipped_goes_back_after_sixty_days(deal: Deal) -> None:
    [order] = baskets_to_london(deal).orders.all()
    day = timezone.now()

    with deal.callbacks(execute=True):
        payments.watch_held_money(day + timedelta(days=59))
    order.refresh_from_db()
    assert order.state == OrderState.PAID

    for days in (61, 62):
        with deal.callbacks(execute=True):
            payments.watch_held_money(day + timedelta(days=days))

    order.refresh_from_db()
    assert (order.state, order.cancel_reason) == ("CANCELLED", "Not shipped within 60 days of the payment")
    assert [(f"{r.amount:.2f}", r.state) for r in Refund.objects.all()] == [("78.17", "DONE")]
    assert warehousing.available(["BASKET"]) == {"BASKET": 50}
    assert_books_balance()


def test_a_cancelled_order_gives_goods_and_money_back(deal: Deal) -> None:
    [order] = baskets_to_london(deal).orders.all()

    with deal.callbacks(execute=True):
        actions.cancel(number=order.number, reason="Changed my mind", at=timezone.now())
    actions.cancel(number=order.number, reason="Changed my mind", at=timezone.now())

    order.refresh_from_db()
    assert order.state == OrderState.CANCELLED
    assert [f"{refund.amount:.2f}" for refund in Refund.objects.all()] == ["78.17"]
    assert warehousing.available(["BASKET"]) == {"BASKET": 50}
    assert_books_balance()


def test_what_customs_refuses_on_the_way_is_paid_back(deal: Deal) -> None:
    """GBP 78.17 were paid (see the deal to London); all of it goes back and nobody is paid out."""
    [order] = baskets_to_london(deal).orders.all()
    deal.pack(order)
    customs_tasks.file_declarations()
    declaration = Declaration.objects.get(order_number=order.number)
    assert declaration.state == "FILED"
    deal.carry(order, "picked_up", "import_customs")

    deal.authority(declaration.number, "rejected", "Sisal of a protected plant")

    order.refresh_from_db()
    hold = Hold.objects.open().get()
    assert order.state == OrderState.HELD
    assert hold.title == "The customs authority rejected the declaration: Sisal of a protected plant"

    deal.decide(hold, "reject", "prohibited", message="It may not be brought in.")

    order.refresh_from_db()
    assert order.state == OrderState.REFUNDED
    assert [(refund.state, f"{refund.money.rounded()}") for refund in Refund.objects.all()] == [
        ("DONE", "GBP 78.17")
    ]
    assert not Freeze.objects.filter(lifted_at=None).exists()
    assert sum(earning.amount for earning in Earning.objects.all()) == 0
    assert payments.run_payouts(timezone.now()) == []
    assert_books_balance()


def test_what_customs_rejects_is_corrected_and_filed_again(deal: Deal) -> None:
    [order] = baskets_to_london(deal).orders.all()
    customs_tasks.file_declarations()
    declaration = Declaration.objects.get(order_number=order.number)
    first = declaration.authority_reference
    deal.authority(declaration.number, "rejected", "The code is too short")

    deal.decide(Hold.objects.open().get(), "correct", "wrong-code", **{"line1.hs_code": "46021910"})
    customs_tasks.file_declarations()

    declaration.refresh_from_db()
    order.refresh_from_db()
    assert declaration.state == "FILED"
    assert declaration.authority_reference not in {"", first}
    assert order.state == OrderState.PAID
    assert not Refund.objects.exists()


def test_a_signed_link_opens_the_order_and_a_forged_one_does_not(deal: Deal) -> None:
    [order] = baskets_to_london(deal).orders.all()
    stranger = Client()

    assert stranger.get(f"/orders/{order.number}/").status_code == 404
    assert stranger.get(f"/orders/link/{order.number}:forged/").status_code == 404
    assert stranger.get(order.signed_link, follow=True).status_code == 200
