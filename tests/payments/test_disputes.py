"""Disputes in the provider's own figures: what was taken, its fee, another currency, and what came back."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from marketplace.sandbox.app import Sandbox
from orders.payments import actions, books
from orders.payments.models import Dispute, Mismatch
from tests.payments.test_stripe import opened, pay
from tests.payments.world import balances, broken, finance, share

pytestmark = pytest.mark.django_db
DISPUTED = "4000000000000259"


def clock(sandbox: Sandbox, seconds: int) -> None:
    httpx.post(f"{sandbox.address}/sandbox/clock", json={"seconds": seconds})
    with sandbox.store.act() as box:
        from marketplace.sandbox import money

        for name, subject in box.due_jobs():
            money.work(box, name, subject)


def disputed(sandbox: Sandbox, amount: str = "300.65", currency: str = "EUR") -> str:
    """Pay with the card whose bank takes the money back; give the dispute's number."""
    payment = opened("GRP-1", amount, currency)
    if currency == "EUR":
        actions.allocate("GRP-1", {"ORD-1": share()})
    pay(payment, DISPUTED)
    actions.look_up("GRP-1")
    clock(sandbox, 60)
    with sandbox.store.act() as box:
        [row] = box.all("dispute")
    actions.look_up_dispute(row["id"])
    return str(row["id"])


def differences() -> list[tuple[str, str]]:
    now = timezone.now()
    found = actions.reconcile_provider(since=now - timedelta(days=1), until=now + timedelta(days=30), at=now)
    return [(case.kind, case.reference) for case in found]


def test_a_dispute_books_what_was_taken_and_the_fee(sandbox: Sandbox):
    number = disputed(sandbox)

    assert balances("dispute:reserve", "pspfees:disputes") == ["300.65", "20.00"]
    assert Dispute.objects.get().provider_dispute == number
    assert differences() == []
    assert broken() == []


def test_a_dispute_in_another_currency_has_two_legs(sandbox: Sandbox):
    disputed(sandbox, "1449.37", "CNY")

    assert balances("dispute:reserve", currency="CNY") == ["1449.37"]
    assert balances("pspfees:disputes") == ["20.00"]
    assert balances("fx:position", currency="CNY") == ["0.00"]
    assert differences() == []
    assert broken() == []


@pytest.mark.parametrize(("words", "won"), [("winning_evidence", True), ("losing_evidence", False)])
def test_the_banks_decision_is_booked_with_its_own_figures(sandbox: Sandbox, words, won):
    number = disputed(sandbox)
    httpx.post(
        f"{sandbox.address}/v1/disputes/{number}",
        data={"evidence[uncategorized_text]": words},
        headers={"Authorization": "Bearer sk_test_1"},
    )
    clock(sandbox, 120)

    actions.look_up_dispute(number)

    assert Dispute.objects.get().state == ("WON" if won else "LOST")
    assert balances("dispute:reserve", "pspfees:disputes") == ["0.00", "20.00"]
    assert differences() == []
    assert broken() == []


def test_our_payout_and_the_providers_own_fee_are_booked_and_fit(sandbox: Sandbox):
    pay(opened("GRP-1", "300.65", "EUR"))
    actions.look_up("GRP-1")
    clock(sandbox, 3 * 86_400)
    made = httpx.post(
        f"{sandbox.address}/v1/payouts",
        data={"amount": "10000", "currency": "eur"},
        headers={"Authorization": "Bearer sk_test_1"},
    ).json()
    with sandbox.store.act() as box:
        from marketplace.sandbox import money

        money.book(box, "stripe_fee", -250, "eur", "")
    message = {"data": {"object": {"id": made["id"]}}}
    for n, kind in enumerate(["payout.created", "payout.updated"]):
        actions.store_message(
            event=f"evt_{n}", kind=kind, object_id=made["id"], payload=message, at=timezone.now()
        )
        actions.understand(f"evt_{n}")
    assert balances("arriving:bank", "bank:main") == ["100.00", "0.00"]
    clock(sandbox, 2 * 86_400)
    actions.store_message(
        event="evt_9", kind="payout.paid", object_id=made["id"], payload=message, at=timezone.now()
    )
    actions.understand("evt_9")

    assert differences() == []
    assert balances("arriving:bank", "bank:main") == ["0.00", "100.00"]
    assert books.balance("pspfees:stripe", "EUR").minor == 476 + 250
    assert differences() == []
    assert broken() == []


def test_a_fee_that_differs_is_a_case_and_only_finance_explains_it(sandbox: Sandbox):
    pay(opened("GRP-1", "300.65", "EUR"))
    actions.look_up("GRP-1")
    with sandbox.store.act() as box:
        [row] = box.all("balance_transaction")
        box.save({**row, "fee": row["fee"] + 7, "net": row["net"] - 7})
    [(kind, reference)] = differences()
    assert (kind, reference[-4:]) == ("fee", " fee")
    case = Mismatch.objects.get()
    stranger = finance("x")
    stranger.desk = "trust"

    with pytest.raises(Exception, match="Only the finance desk"):
        actions.explain_mismatch(case_id=case.pk, words="why", by=stranger, at=timezone.now())
    with pytest.raises(actions.WordsNeeded):
        actions.explain_mismatch(case_id=case.pk, words="  ", by=finance("ann"), at=timezone.now())
    case.refresh_from_db()
    assert (case.state, case.words) == ("OPEN", "")

    actions.explain_mismatch(
        case_id=case.pk, words="their price went up", by=finance("bo"), at=timezone.now()
    )
    with pytest.raises(actions.NotOpen):
        actions.explain_mismatch(case_id=case.pk, words="again", by=finance("cy"), at=timezone.now())
    assert differences() == []
