"""A refund after the seller was paid: the buyer first, then what lies at the seller, then the next payout."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone

from marketplace.sandbox.app import Sandbox
from orders.payments import actions, books, gateways, tasks
from orders.payments.models import Earning, Payout, Refund, Reversal, Transfer
from tests.payments.test_transfers import maker, sold
from tests.payments.world import balances, broken, money

pytestmark = pytest.mark.django_db


def back(sandbox: Sandbox) -> list[dict[str, Any]]:
    with sandbox.store.act() as box:
        return box.all("transfer_reversal")


def refunded(order: str, amount: str | None, key: str) -> Refund:
    """Give money back, by the provider's word."""
    actions.refund(order, money(amount) if amount else None, "test", key)
    return actions.send_refund(key)


def take_back(order: str) -> list[Reversal]:
    """Do what the subscribers do after the refund."""
    return [actions.send_reversal(row.key) for row in actions.plan_reversals(order)]


def spend(sandbox: Sandbox, left: int) -> None:
    """Let the seller's bank take all but so many cents of the account."""
    account = Transfer.objects.get().destination
    with sandbox.store.act() as box:
        there = sum(row["net"] for row in box.all("balance_transaction", account))
    answer = httpx.post(
        f"{sandbox.address}/v1/payouts",
        data={"amount": there - left, "currency": "eur"},
        headers={"Authorization": "Bearer sk_test_1", "Stripe-Account": account},
    )
    assert answer.status_code == 200, answer.text


def test_a_refund_after_the_transfer_takes_the_whole_back_from_the_seller(sandbox: Sandbox):
    sold("GRP-1", "ORD-1", maker())
    tasks.pay_sellers()
    assert Payout.objects.get().state == "PAID"

    refunded("ORD-1", None, "R1")
    assert balances("seller:COM-1:receivable") == ["183.30"]
    [row] = take_back("ORD-1")

    assert (row.state, str(row.money.amount)) == ("DONE", "183.3000")
    assert [one["amount"] for one in back(sandbox)] == [18_330]
    assert balances("seller:COM-1:receivable", "seller:COM-1:payable") == ["0.00", "0.00"]
    assert sum(line.amount for line in Earning.objects.payable()) == 0
    assert take_back("ORD-1") == []
    assert broken() == []


def test_what_the_sellers_account_lacks_comes_out_of_the_next_payout(sandbox: Sandbox):
    seller = maker()
    sold("GRP-1", "ORD-1", seller)
    tasks.pay_sellers()
    spend(sandbox, left=10_000)

    refunded("ORD-1", None, "R1")
    [row] = take_back("ORD-1")

    assert [one["amount"] for one in back(sandbox)] == [10_000]
    assert (row.state, str(row.seller_money.amount)) == ("DONE", "100.0000")
    assert balances("seller:COM-1:receivable") == ["83.30"]
    sold("GRP-2", "ORD-2", seller)
    tasks.pay_sellers()
    newest = Payout.objects.order_by("-pk")[0]
    assert str(newest.money.rounded().amount) == "100.00"
    assert balances("seller:COM-1:receivable", "seller:COM-1:payable") == ["0.00", "0.00"]
    assert broken() == []


def test_an_empty_account_gives_nothing_and_the_debt_stays(sandbox: Sandbox):
    sold("GRP-1", "ORD-1", maker())
    tasks.pay_sellers()
    spend(sandbox, left=0)

    refunded("ORD-1", None, "R1")
    [row] = take_back("ORD-1")

    assert row.state == "REFUSED"
    assert back(sandbox) == []
    assert balances("seller:COM-1:receivable") == ["183.30"]
    assert broken() == []


def test_pieces_take_back_what_the_whole_would(sandbox: Sandbox):
    sold("GRP-1", "ORD-1", maker())
    tasks.pay_sellers()

    for n, amount in enumerate(["100.01", "33.33", None]):
        refunded("ORD-1", amount, f"R{n}")
        take_back("ORD-1")

    assert sum(one["amount"] for one in back(sandbox)) == 18_330
    assert balances("seller:COM-1:receivable") == ["0.00"]
    assert broken() == []


def test_a_crash_after_the_call_takes_back_once(sandbox: Sandbox):
    sold("GRP-1", "ORD-1", maker())
    tasks.pay_sellers()
    refunded("ORD-1", None, "R1")
    [row] = actions.plan_reversals("ORD-1")
    Reversal.objects.filter(pk=row.pk).update(asked_at=row.wanted_at, state="UNRESOLVED")
    gateways.current().reverse(transfer=row.transfer.provider_transfer, amount=row.money, key=row.key)
    with sandbox.store.act() as box:
        box.cursor.execute("DELETE FROM sandbox.replay")  # a day later the key is forgotten

    for _ in range(3):
        actions.send_reversal(row.key)

    row.refresh_from_db()
    assert row.state == "DONE"
    assert [one["id"] for one in back(sandbox)] == [row.provider_reversal]
    assert balances("seller:COM-1:receivable") == ["0.00"]
    assert broken() == []


def test_a_seller_whose_other_sales_cover_the_refund_is_not_asked(sandbox: Sandbox):
    seller = maker()
    sold("GRP-1", "ORD-1", seller)
    tasks.pay_sellers()
    sold("GRP-2", "ORD-2", seller)

    refunded("ORD-1", None, "R1")

    assert actions.plan_reversals("ORD-1") == []
    assert balances("seller:COM-1:receivable", "seller:COM-1:payable") == ["0.00", "0.00"]
    assert broken() == []


def test_all_steps_of_it_are_found_at_the_provider(sandbox: Sandbox):
    sold("GRP-1", "ORD-1", maker())
    tasks.pay_sellers()
    refunded("ORD-1", None, "R1")
    take_back("ORD-1")

    now = timezone.now()
    day = timedelta(days=1)

    assert actions.reconcile_provider(since=now - day, until=now + day, at=now) == []
    assert books.balance("psp:balance", "EUR").minor == -(30_065 * 15 // 1000 + 25 + 1)
