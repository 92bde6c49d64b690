"""Ordering: once for each key, never more than there is, never at another price than shown."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections

from logistics.warehousing import actions as warehousing
from marketplace.accounts.models import Company
from marketplace.kit.places import Place
from marketplace.kit.refusal import Refusal
from orders import actions
from orders.actions import Contact
from orders.actions.carts import BadQuantity, NotForSale
from orders.actions.placing import QuoteDiffers, QuoteEnded, QuoteUnknown
from orders.actions.progress import AmountDiffers, cancel_unpaid
from orders.models import Cart, Order, OrderGroup, OrderState, Quote
from orders.payments import actions as payments
from orders.payments.models import Payment, Refund
from tests.orders import world
from tests.orders.world import NOW

LONDON = Place("GB", "EC1A 1BB")
JANA = Contact("jana@mail.example", "Jana Richter", "Main street 14", "London", "GB", "EC1A 1BB")


def asked(quantity: int = 1) -> tuple[Cart, Quote]:
    """Fill a guest's cart with baskets and quote it."""
    cart = actions.open_cart(token="", user=None)
    actions.add(cart_id=cart.pk, sku="BASKET", quantity=quantity)
    quote, _view = actions.request_quote(cart=cart, ship_to=LONDON, currency="GBP", at=NOW)
    return cart, quote


def placed(quantity: int = 1, *, key: str = "k") -> OrderGroup:
    cart, quote = asked(quantity)
    return actions.place(cart_id=cart.pk, key=key, quote_number=quote.number, contact=JANA, user=None, at=NOW)


def paid(group: OrderGroup) -> None:
    """Let the bank say yes to the purchase."""
    Payment.objects.create(
        reference=group.number, state="OPEN", amount=group.total_amount, charged_amount=group.total_amount,
        currency=group.currency, success_url="http://x.example/", cancel_url="http://x.example/",
        expires_at=group.pay_until, page_expires_at=group.pay_until, created_at=NOW,
    )  # fmt: skip
    payments.record_capture(group.number, group.total, charge=f"ch_{group.number}", at=NOW)


@pytest.mark.django_db
def test_pressing_twice_places_once():
    world.load(skus=("BASKET",))
    cart, quote = asked(2)
    press: dict[str, Any] = {
        "cart_id": cart.pk,
        "key": "k",
        "quote_number": quote.number,
        "contact": JANA,
        "user": None,
    }

    first = actions.place(**press, at=NOW)
    again = actions.place(**press, at=NOW)

    assert first == again
    assert Order.objects.count() == 1
    assert warehousing.available(["BASKET"]) == {"BASKET": 48}
    assert first.orders.get().total_amount == quote.total_amount


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"quote_number": "QUO-FORGED"}, QuoteUnknown),
        ({"at": NOW + timedelta(minutes=31)}, QuoteEnded),
        ({"contact": replace(JANA, country="DE", postal_code="10115")}, QuoteDiffers),
    ],
)
def test_a_forged_stale_or_different_quote_changes_nothing(change, refusal):
    world.load(skus=("BASKET",))
    cart, quote = asked(2)
    press = {
        "cart_id": cart.pk, "key": "k", "quote_number": quote.number, "contact": JANA, "user": None,
        "at": NOW,
    }  # fmt: skip

    with pytest.raises(refusal):
        actions.place(**{**press, **change})

    assert OrderGroup.objects.count() == 0
    assert warehousing.available(["BASKET"]) == {"BASKET": 50}
    assert Quote.objects.get().used_at is None


@pytest.mark.django_db
def test_another_visitors_quote_is_unknown():
    world.load(skus=("BASKET",))
    cart, _own = asked()
    _other, foreign = asked()

    with pytest.raises(QuoteUnknown):
        actions.place(cart_id=cart.pk, key="k", quote_number=foreign.number, contact=JANA, user=None, at=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("quantity", ["-1", "0", "1.5", "abc", "", "1000000", "٣"])
def test_absurd_quantities_are_refused(quantity):
    world.load(skus=("BASKET",))
    cart = actions.open_cart(token="", user=None)

    with pytest.raises(BadQuantity):
        actions.add(cart_id=cart.pk, sku="BASKET", quantity=quantity)

    assert cart.lines.count() == 0


@pytest.mark.django_db
def test_what_is_not_for_sale_is_refused():
    cart = actions.open_cart(token="", user=None)

    with pytest.raises(NotForSale):
        actions.add(cart_id=cart.pk, sku="NOTHING", quantity=1)


@pytest.mark.django_db
def test_removing_can_be_undone():
    world.load(skus=("BASKET",))
    cart = actions.open_cart(token="", user=None)
    assert actions.add(cart_id=cart.pk, sku="BASKET", quantity=3) == 1
    line = cart.lines.get()

    actions.remove(cart_id=cart.pk, line_id=line.pk)
    assert cart.lines.count() == 0
    actions.undo(cart_id=cart.pk)

    assert [(found.variant.sku, found.quantity) for found in cart.lines.all()] == [("BASKET", 3)]


@pytest.mark.django_db
def test_a_guest_becomes_a_buyer():
    world.load(skus=("BASKET",))

    group = placed()

    assert group.buyer.kind == Company.Kind.CONSUMER
    assert group.email == "jana@mail.example"


@pytest.mark.django_db
def test_another_sum_than_the_total_is_refused():
    world.load(skus=("BASKET",))
    group = placed()

    with pytest.raises(AmountDiffers):
        actions.mark_paid(group_number=group.number, captured=group.total * 2, at=NOW)

    group.refresh_from_db()
    assert (group.state, group.paid_at) == ("PLACED", None)


@pytest.mark.django_db
def test_late_money_takes_what_is_left():
    world.load(skus=("BASKET",), stock=2)
    group = placed(2)
    paid(group)
    warehousing.release_expired(now=NOW + timedelta(minutes=31))

    actions.mark_paid(group_number=group.number, captured=group.total, at=NOW + timedelta(minutes=40))

    group.refresh_from_db()
    assert group.state == "PAID"
    assert warehousing.available(["BASKET"]) == {"BASKET": 0}


@pytest.mark.django_db
def test_late_money_for_goods_that_are_gone_goes_back():
    world.load(skus=("BASKET",), stock=2)
    group = placed(2)
    paid(group)
    warehousing.release_expired(now=NOW + timedelta(minutes=31))
    placed(2, key="faster")

    actions.mark_paid(group_number=group.number, captured=group.total, at=NOW + timedelta(minutes=40))

    group.refresh_from_db()
    assert group.state == "REFUNDED"
    assert group.orders.get().state == OrderState.CANCELLED
    assert [refund.amount for refund in Refund.objects.all()] == [group.total_amount]


@pytest.mark.django_db
def test_what_nobody_pays_is_called_off_and_free_again():
    world.load(skus=("BASKET",), stock=2)
    group = placed(2)

    assert not cancel_unpaid(group_number=group.number, at=NOW + timedelta(minutes=5))
    assert cancel_unpaid(group_number=group.number, at=NOW + timedelta(minutes=31))

    assert group.orders.get().state == OrderState.CANCELLED
    assert warehousing.available(["BASKET"]) == {"BASKET": 2}


@pytest.mark.django_db(transaction=True)
def test_fifty_buyers_for_the_last_ten_baskets():
    world.load(skus=("BASKET",), stock=10)
    asks = [asked() for _ in range(50)]

    def press(n: int) -> str:
        cart, quote = asks[n]
        contact = replace(JANA, email=f"b{n}@mail.example")
        try:
            actions.place(
                cart_id=cart.pk, key=f"k{n}", quote_number=quote.number, contact=contact, user=None, at=NOW
            )
        except Refusal as refusal:
            return type(refusal).__name__
        finally:
            connections.close_all()
        return "ordered"

    with ThreadPoolExecutor(10) as crowd:
        results = list(crowd.map(press, range(50)))

    assert results.count("ordered") == 10
    assert results.count("SoldOut") == 40
    assert Order.objects.count() == 10
    assert warehousing.available(["BASKET"]) == {"BASKET": 0}
    assert connection.is_usable()
