"""From capture to payout: every account explains itself after each step."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.db.models import F

from marketplace.events.models import Event
from marketplace.kit.money import Money, chargeable
from orders.payments import actions, books
from orders.payments.gateways.base import DisputeNews, RefundOutcome
from orders.payments.models import BankAccount, Earning, Journal, OrderShare, Payout, Refund
from tests.payments.world import NOON, balances, broken, finance, money, paid, prepared, share

pytestmark = pytest.mark.django_db


def bank(seller: str = "C-KE1", currency: str = "KES") -> BankAccount:
    return actions.set_bank_account(
        seller=seller,
        currency=currency,
        country="KE",
        holder="Kamba Weavers",
        account="0110 2233 4417",
        at=NOON,
    )


def test_a_capture_reported_twice_counts_once():
    payment = paid("GRP-1", {"ORD-1": share()}, fee="4.61")

    actions.record_capture("GRP-1", payment.charged, charge="ch_other", at=NOON)

    assert balances("psp:balance", "pspfees:stripe", "payment:GRP-1:received", "order:ORD-1:hold") == [
        "296.04",
        "4.61",
        "0.00",
        "300.65",
    ]
    assert [e.name for e in Event.objects.about("GRP-1")] == ["PaymentCaptured"]
    assert broken() == []


def test_another_amount_than_asked_for_is_refused_and_books_nothing():
    prepared("GRP-1", {"ORD-1": share()})

    with pytest.raises(actions.AmountDiffers):
        actions.record_capture("GRP-1", money("300.64"), charge="ch_1", at=NOON)

    assert not Journal.objects.exists()


def test_orders_that_do_not_sum_to_the_payment_are_refused():
    payment = prepared("GRP-1", {"ORD-1": share()})
    payment.shares.all().delete()

    with pytest.raises(actions.SharesDiffer):
        actions.allocate(payment, {"ORD-1": share(tax="50.00")})


def test_shipment_gives_everybody_what_is_theirs():
    paid("GRP-1", {"ORD-1": share()})

    earning = actions.earn("ORD-1", NOON)
    assert actions.earn("ORD-1", NOON) == earning
    assert earning is not None

    # 29,437.20 of goods, 6 % commission is 1,766.232, rounded half up.
    assert earning.money == money("27670.97", "KES")
    assert balances(
        "order:ORD-1:hold", "tax:DE:collected", "shipping:payable", "insurance:payable", "fx:spread"
    ) == [
        "0.00",
        "55.99",
        "45.00",
        "3.93",
        "0.73",
    ]
    assert balances("seller:C-KE1:payable", "fee:commission", currency="KES") == ["27670.97", "1766.23"]
    assert broken() == []


def test_an_order_that_is_not_paid_earns_nothing():
    prepared("GRP-1", {"ORD-1": share()})

    with pytest.raises(actions.NotPaid):
        actions.earn("ORD-1", NOON)

    assert not Earning.objects.exists()


def test_a_seller_is_paid_by_the_bank_rail():
    bank()
    paid("GRP-1", {"ORD-1": share()})
    actions.earn("ORD-1", NOON)
    assert actions.run_payouts(NOON) == []

    actions.make_available("ORD-1", NOON)
    [payout] = actions.run_payouts(NOON)
    assert actions.run_payouts(NOON) == []
    actions.confirm_payout(number=payout.number, bank_reference="FT26310XK", by=finance("ann"), at=NOON)

    assert payout.money == money("27670.97", "KES")
    assert balances("seller:C-KE1:payable", "payout:in_flight", "bank:main", currency="KES") == [
        "0.00",
        "0.00",
        "-27670.97",
    ]
    assert Earning.objects.get().state == Earning.State.PAID
    assert [e.name for e in Event.objects.about(payout.number)] == ["PayoutSent", "PayoutPaid"]
    assert broken() == []


def test_only_the_held_order_waits():
    bank()
    bank("C-AR1", "ARS")
    paid("GRP-1", {"ORD-1": share(), "ORD-2": share(seller="C-AR1", seller_goods=money("300000.00", "ARS"))})
    for number in ("ORD-1", "ORD-2"):
        actions.earn(number, NOON)
        actions.make_available(number, NOON)

    actions.freeze("ORD-1", at=NOON)
    assert [p.seller for p in actions.run_payouts(NOON)] == ["C-AR1"]

    actions.unfreeze("ORD-1", at=NOON)
    assert [p.seller for p in actions.run_payouts(NOON)] == ["C-KE1"]
    assert broken() == []


def test_one_sellers_broken_balance_stops_no_other_payout(monkeypatch):
    bank()
    bank("C-AR1", "ARS")
    paid("GRP-1", {"ORD-1": share(), "ORD-2": share(seller="C-AR1", seller_goods=money("300000.00", "ARS"))})
    for number in ("ORD-1", "ORD-2"):
        actions.earn(number, NOON)
        actions.make_available(number, NOON)
    Earning.objects.filter(seller="C-AR1").update(
        amount=F("amount") + 1, commission_amount=F("commission_amount") - 1
    )

    with pytest.raises(IntegrityError, match="account_overdrawn"):
        actions.run_payouts(NOON)

    assert [payout.seller for payout in Payout.objects.all()] == ["C-KE1"]


def test_a_hold_keeps_no_debt_back():
    bank()
    paid("GRP-1", {"ORD-1": share()})
    paid("GRP-2", {"ORD-2": share()})
    actions.earn("ORD-1", NOON)
    actions.make_available("ORD-1", NOON)
    [first] = actions.run_payouts(NOON)
    actions.refund("ORD-1", money("100.00"), key="R1", at=NOON)
    owed = books.balance("seller:C-KE1:receivable", "KES")
    actions.freeze("ORD-1", at=NOON)
    actions.earn("ORD-2", NOON)
    actions.make_available("ORD-2", NOON)

    [second] = actions.run_payouts(NOON)

    assert owed.amount > 0
    assert second.money == first.money - owed
    assert balances("seller:C-KE1:payable", "seller:C-KE1:receivable", currency="KES") == ["0.00", "0.00"]
    assert broken() == []


def test_money_is_released_after_days_without_a_receipt_unless_frozen():
    paid("GRP-1", {"ORD-1": share(), "ORD-2": share()})
    for number in ("ORD-1", "ORD-2"):
        actions.earn(number, NOON)
    actions.freeze("ORD-2", at=NOON)

    assert actions.release_due(NOON + timedelta(days=13)) == 0
    assert actions.release_due(NOON + timedelta(days=14)) == 1
    assert Earning.objects.get(state="AVAILABLE").order_number == "ORD-1"


def test_a_refund_before_shipment_comes_from_the_hold():
    paid("GRP-1", {"ORD-1": share(), "ORD-2": share()})

    row = actions.refund("ORD-1", reason="customs said no", key="R1", at=NOON)
    again = actions.refund("ORD-1", reason="customs said no", key="R1", at=NOON)

    assert (row.pk, row.money) == (again.pk, money("300.65"))
    assert balances("order:ORD-1:hold", "order:ORD-2:hold", "refund:in_flight") == [
        "0.00",
        "300.65",
        "300.65",
    ]
    assert OrderShare.objects.get(order_number="ORD-1").state == "REFUNDED"
    actions.hear_refund("R1", RefundOutcome("done", "re_1"), at=NOON)
    actions.hear_refund("R1", RefundOutcome("pending", "re_1"), at=NOON)
    assert balances("refund:in_flight", "psp:balance") == ["0.00", "300.65"]
    assert broken() == []


def test_money_that_came_to_our_bank_is_booked_and_refunded_there():
    for _ in range(2):
        actions.record_offline_capture(reference="GRP-1", amount=money("300.65"), at=NOON)
    actions.allocate("GRP-1", {"ORD-1": share()}, at=NOON)

    actions.refund("ORD-1", key="R1", at=NOON)
    actions.send_refund("R1", at=NOON)

    assert balances("bank:main", "order:ORD-1:hold", "refund:in_flight") == ["0.00", "0.00", "0.00"]
    assert broken() == []


def test_too_much_is_refused_and_nothing_moves():
    paid("GRP-1", {"ORD-1": share()})
    actions.refund("ORD-1", money("100.00"), key="R1", at=NOON)

    with pytest.raises(actions.TooMuch):
        actions.refund("ORD-1", money("200.66"), key="R2", at=NOON)
    with pytest.raises(actions.NothingToRefund):
        actions.refund("ORD-1", money("-1.00"), key="R3", at=NOON)

    assert Refund.objects.count() == 1
    assert broken() == []


def test_partial_refunds_after_payout_are_netted_from_the_next_one():
    bank()
    paid("GRP-1", {"ORD-1": share()})
    actions.earn("ORD-1", NOON)
    actions.make_available("ORD-1", NOON)
    [first] = actions.run_payouts(NOON)
    actions.confirm_payout(number=first.number, bank_reference="A", by=finance("ann"), at=NOON)

    for step, amount in enumerate(["100.00", "0.01", "50.55"]):
        actions.refund("ORD-1", money(amount), key=f"R{step}", at=NOON)
        assert broken() == []
    owed = books.balance("seller:C-KE1:receivable", "KES")
    assert owed.amount > 0
    paid("GRP-2", {"ORD-2": share()})
    actions.earn("ORD-2", NOON)
    actions.make_available("ORD-2", NOON)
    [second] = actions.run_payouts(NOON)

    assert second.money == money("27670.97", "KES") - owed
    assert balances("seller:C-KE1:receivable", "seller:C-KE1:payable", currency="KES") == ["0.00", "0.00"]
    assert broken() == []
    actions.refund("ORD-1", key="rest", at=NOON)
    assert sum(e.amount for e in Earning.objects.filter(order_number="ORD-1")) == 0
    assert balances("tax:DE:collected", "shipping:payable", "fx:spread") == ["55.99", "45.00", "0.73"]
    assert broken() == []


def test_a_payout_that_comes_back_makes_its_earnings_ready_again():
    bank()
    paid("GRP-1", {"ORD-1": share()})
    actions.earn("ORD-1", NOON)
    actions.make_available("ORD-1", NOON)
    [payout] = actions.run_payouts(NOON)

    actions.fail_payout(number=payout.number, problem="account closed", by=finance("ann"), at=NOON)

    assert Earning.objects.get().state == Earning.State.AVAILABLE
    assert broken() == []
    [again] = actions.run_payouts(NOON)
    assert again.money == payout.money
    assert broken() == []


def test_a_large_payout_needs_two_people(settings):
    settings.PAYOUT_TWO_PEOPLE_EUR = 100
    ann, bob = finance("ann"), finance("bob")
    bank()
    paid("GRP-1", {"ORD-1": share()})
    actions.earn("ORD-1", NOON)
    actions.make_available("ORD-1", NOON)
    [payout] = actions.run_payouts(NOON)

    with pytest.raises(actions.WrongStep):
        actions.confirm_payout(number=payout.number, bank_reference="A", by=ann, at=NOON)
    actions.approve_payout(number=payout.number, by=ann, at=NOON)
    with pytest.raises(actions.SecondPersonNeeded):
        actions.approve_payout(number=payout.number, by=ann, at=NOON)
    assert actions.ready_for_bank(NOON) == []
    with pytest.raises(actions.WrongStep):
        actions.mark_sent(numbers=[payout.number], by=ann, at=NOON)
    actions.approve_payout(number=payout.number, by=bob, at=NOON)
    assert [one.number for one in actions.ready_for_bank(NOON)] == [payout.number]
    with pytest.raises(actions.SecondPersonNeeded):
        actions.confirm_payout(number=payout.number, bank_reference="A", by=ann, at=NOON)
    actions.confirm_payout(number=payout.number, bank_reference="A", by=bob, at=NOON)

    assert Payout.objects.get().state == "PAID"
    assert broken() == []


def test_a_changed_bank_account_waits_and_a_wrong_iban_is_refused():
    bank()
    actions.set_bank_account(
        seller="C-KE1", currency="KES", country="KE", holder="Somebody", account="99999999", at=NOON
    )
    paid("GRP-1", {"ORD-1": share()})
    actions.earn("ORD-1", NOON)
    actions.make_available("ORD-1", NOON)

    assert actions.run_payouts(NOON + timedelta(hours=47)) == []
    assert len(actions.run_payouts(NOON + timedelta(hours=48))) == 1
    with pytest.raises(actions.BadBankAccount):
        actions.set_bank_account(
            seller="X",
            currency="EUR",
            country="DE",
            holder="X",
            account="DE89 3704 0044 0532 0130 01",
            at=NOON,
        )


@pytest.mark.parametrize(("state", "hold", "psp"), [("won", "300.65", "300.65"), ("lost", "0.00", "0.00")])
def test_a_dispute_freezes_and_is_closed_once(state, hold, psp):
    paid("GRP-1", {"ORD-1": share()})
    news = DisputeNews("dp_1", "open", "ch_GRP-1", money("300.65"), "fraudulent", None)

    for _ in range(2):
        actions.hear_dispute(news, at=NOON)
    assert balances("psp:balance", "dispute:reserve") == ["0.00", "300.65"]
    for _ in range(2):
        actions.hear_dispute(
            DisputeNews("dp_1", state, "ch_GRP-1", money("300.65"), "fraudulent", None), at=NOON
        )

    assert balances("order:ORD-1:hold", "psp:balance", "dispute:reserve") == [hold, psp, "0.00"]
    assert broken() == []


@pytest.mark.parametrize("currency", ["JPY", "KWD", "EUR", "CNY"])
def test_one_cart_in_any_currency_for_sellers_in_four(currency):
    exact = {"JPY": "31234", "KWD": "101.237", "EUR": "195.01", "CNY": "1449.37"}[currency]
    zero = "0"
    shares = {
        f"ORD-{n}": share(
            currency,
            seller=f"C-{seller.currency}",
            seller_goods=seller,
            goods=exact,
            exchange=zero,
            freight=exact,
            insurance=zero,
            duty=zero,
            tax=zero,
            fees=zero,
        )
        for n, seller in enumerate(
            [
                money("300000.55", "ARS"),
                money("880.10", "MYR"),
                money("29437.20", "KES"),
                money("5735000", "VND"),
            ]
        )
    }

    payment = paid("GRP-1", shares)

    assert payment.charged == chargeable(payment.money)
    assert abs((payment.charged - payment.money).minor) <= 5
    for number in shares:
        actions.earn(number, NOON)
        actions.refund(number, Money.from_minor(7, currency), key=f"{number}:a", at=NOON)
        actions.refund(number, key=f"{number}:b", at=NOON)
    for key in Refund.objects.values_list("key", flat=True):
        actions.hear_refund(key, RefundOutcome("done", ""), at=NOON)

    payment.refresh_from_db()
    assert payment.refunded_amount == payment.captured_amount
    assert (
        balances("psp:balance", "writeoff:rounding", "fx:position", "refund:in_flight", currency=currency)
        == [str(Money.from_minor(0, currency).amount)] * 4
    )
    for seller in ("ARS", "MYR", "KES", "VND"):
        assert books.balance(f"seller:C-{seller}:payable", seller).amount == 0
    assert broken() == []
