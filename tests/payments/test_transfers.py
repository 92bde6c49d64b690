"""Sellers of some countries are paid by the payment service, out of the charges of their orders."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from django.utils import timezone

from marketplace.accounts.models import Company
from marketplace.sandbox import stripe as stripe_sandbox
from marketplace.sandbox.app import Sandbox
from orders.payments import actions, books, tasks
from orders.payments.gateways.base import ProviderRefused, ProviderSilent, TransferWanted
from orders.payments.gateways.stripe import StripeGateway
from orders.payments.models import Earning, Payout, PayoutRoute, Transfer
from tests.payments.test_stripe import opened, pay
from tests.payments.world import balances, broken, finance, money, share

pytestmark = pytest.mark.django_db


def maker(country: str = "DE") -> str:
    company = Company.objects.create(
        number="COM-1", slug="com-1", name="Korbmacher", is_seller=True, country=country,
        state=Company.State.APPROVED, currency="EUR",
    )  # fmt: skip
    return company.number


def sold(reference: str, order: str, seller: str, goods: str = "195.00") -> None:
    """Charge a buyer at the provider; the order is shipped and received."""
    payment = opened(reference)
    actions.allocate(reference, {order: share(seller=seller, seller_goods=money(goods))})
    pay(payment)
    actions.look_up(reference)
    actions.earn(order)
    actions.make_available(order)


def sent(sandbox: Sandbox) -> list[dict[str, Any]]:
    with sandbox.store.act() as box:
        return box.all("transfer")


@pytest.mark.parametrize(
    ("country", "rail"), [("DE", "transfer"), ("US", "transfer"), ("KE", "bank"), ("AR", "bank")]
)
def test_the_country_of_the_seller_decides_the_route(country, rail):
    assert actions.route_of(country) == rail


def test_a_seller_is_paid_with_no_manual_step(sandbox: Sandbox):
    seller = maker()
    sold("GRP-1", "ORD-1", seller)
    sold("GRP-2", "ORD-2", seller)

    tasks.pay_sellers()
    tasks.pay_sellers()

    # 195.00 less 6 % is 183.30.
    assert [(row["amount"], row["currency"], row["source_transaction"][:3]) for row in sent(sandbox)] == [
        (18_330, "eur", "ch_")
    ] * 2
    assert Payout.objects.get().state == "PAID"
    assert set(Earning.objects.values_list("state", flat=True)) == {"PAID"}
    assert balances("seller:COM-1:payable", "payout:in_flight") == ["0.00", "0.00"]
    assert broken() == []


def test_a_large_transfer_waits_for_two_people(sandbox: Sandbox, settings):
    settings.PAYOUT_TWO_PEOPLE_EUR = 100
    sold("GRP-1", "ORD-1", maker())
    tasks.pay_sellers()
    number = Payout.objects.get().number
    ann, bob = finance("ann"), finance("bob")

    found = []
    for person in (ann, bob):
        actions.approve_payout(number=number, by=person, at=timezone.now())
        tasks.pay_sellers()
        found.append((Payout.objects.get().state, len(sent(sandbox))))

    assert found == [("PREPARED", 0), ("PAID", 1)]
    assert broken() == []


def test_a_lost_answer_is_looked_up_before_it_is_asked_again(sandbox: Sandbox):
    seller = maker()
    sold("GRP-1", "ORD-1", seller)
    actions.choose_route(seller, at=timezone.now())
    [payout] = actions.run_payouts(timezone.now())
    httpx.post(f"{sandbox.address}/sandbox/knobs", json={"lose_answer_next": 1})
    with sandbox.store.act() as box:
        box.cursor.execute("DELETE FROM sandbox.replay")

    actions.send_transfers(payout.number)
    with sandbox.store.act() as box:
        box.cursor.execute("DELETE FROM sandbox.replay")  # a day later the key is forgotten
    for _ in range(3):
        actions.send_transfers(payout.number)

    assert len(sent(sandbox)) == 1
    assert Transfer.objects.get().state == "SENT"
    assert broken() == []


def test_a_key_that_another_process_uses_now_refuses_nothing(sandbox: Sandbox, monkeypatch):
    seller = maker()
    sold("GRP-1", "ORD-1", seller)
    actions.choose_route(seller, at=timezone.now())
    [payout] = actions.run_payouts(timezone.now())
    key = Transfer.objects.get().key
    with monkeypatch.context() as patch:
        patch.setattr(stripe_sandbox, "_in_flight", {f" {key}"})
        actions.send_transfers(payout.number)

    assert Transfer.objects.get().state == "UNRESOLVED"
    actions.send_transfers(payout.number)

    assert (Transfer.objects.get().state, len(sent(sandbox))) == ("SENT", 1)


@pytest.mark.parametrize("late", [ProviderRefused(why="no"), ProviderSilent()])
def test_what_another_process_sent_meanwhile_is_not_overwritten(sandbox: Sandbox, monkeypatch, late):
    seller = maker()
    sold("GRP-1", "ORD-1", seller)
    actions.choose_route(seller, at=timezone.now())
    [payout] = actions.run_payouts(timezone.now())
    transfer = StripeGateway.transfer

    def slower(self: StripeGateway, wanted: TransferWanted) -> str:
        monkeypatch.setattr(StripeGateway, "transfer", transfer)
        actions.send_transfers(payout.number)
        raise late

    monkeypatch.setattr(StripeGateway, "transfer", slower)

    actions.send_transfers(payout.number)

    assert (Transfer.objects.get().state, len(sent(sandbox))) == ("SENT", 1)
    assert Payout.objects.get().state == "PAID"
    assert broken() == []


def test_what_a_refund_took_back_shortens_the_next_transfer(sandbox: Sandbox):
    seller = maker()
    sold("GRP-1", "ORD-1", seller)
    tasks.pay_sellers()
    actions.refund("ORD-1", money("100.00"), key="R1")
    owed = books.balance("seller:COM-1:receivable", "EUR")
    sold("GRP-2", "ORD-2", seller)

    tasks.pay_sellers()

    assert owed.amount > 0
    newest = max(sent(sandbox), key=lambda row: str(row["transfer_group"]))
    assert newest["amount"] == money("183.30").minor - owed.minor
    assert balances("seller:COM-1:receivable", "seller:COM-1:payable") == ["0.00", "0.00"]
    assert broken() == []


def test_another_settlement_currency_goes_through_the_exchange_positions(sandbox: Sandbox):
    seller = maker()
    sold("GRP-1", "ORD-1", seller)
    Earning.objects.update(currency="EUR")
    payment = opened("GRP-2", "1449.37", "CNY")
    parts = {
        "goods": "1000.00",
        "exchange": "0.00",
        "freight": "449.37",
        "insurance": "0.00",
        "duty": "0.00",
        "tax": "0.00",
    }
    actions.allocate("GRP-2", {"ORD-2": share("CNY", seller, money("195.00", "USD"), **parts)})
    pay(payment)
    actions.look_up("GRP-2")
    actions.earn("ORD-2")
    actions.make_available("ORD-2")

    tasks.pay_sellers()

    moved = Transfer.objects.get(seller_currency="USD")
    assert (moved.currency, moved.seller_amount) == ("EUR", money("183.30", "USD").amount)
    assert balances("payout:in_flight", currency="USD") == ["0.00"]
    assert broken() == []


def test_a_refused_transfer_waits_for_a_person_and_moves_nothing(sandbox: Sandbox):
    seller = maker()
    sold("GRP-1", "ORD-1", seller)
    PayoutRoute.objects.create(
        seller=seller,
        country="DE",
        rail="transfer",
        account="acct_none",
        active=True,
        decided_at=timezone.now(),
    )

    tasks.pay_sellers()

    assert Transfer.objects.get().state == "REFUSED"
    assert "acct_none" in Payout.objects.get().problem
    assert sent(sandbox) == []
    with pytest.raises(actions.PaidAtTheProvider):
        actions.confirm_payout(
            number=Payout.objects.get().number, bank_reference="FT1", by=finance("ann"), at=timezone.now()
        )
