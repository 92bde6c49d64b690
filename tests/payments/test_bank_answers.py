"""Payouts by our bank: silence is unresolved and never paid twice; interval, minimum and carry-forward."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from marketplace.accounts.models import Company, Membership, User
from marketplace.notifications.models import Notice
from orders.payments import actions
from orders.payments.models import Earning, Payout, PayoutPlan
from tests.payments.test_reconciling import camt
from tests.payments.world import NOON, balances, broken, finance, money, paid, share

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=6)


def earned(number: str, at: datetime = NOON, goods: str = "29437.20") -> None:
    """A shipped and received order of the seller in Kenya."""
    paid(f"GRP-{number}", {f"ORD-{number}": share(seller_goods=money(goods, "KES"))})
    actions.earn(f"ORD-{number}", at)
    actions.make_available(f"ORD-{number}", at)


def account() -> None:
    actions.set_bank_account(
        seller="C-KE1", currency="KES", country="KE", holder="M", account="011022334417",
        at=NOON - timedelta(days=9),
    )  # fmt: skip


def silent() -> Payout:
    """A payout of KES 27670.97 that the bank has not answered for six days."""
    account()
    earned("1")
    [payout] = actions.run_payouts(NOON)
    actions.mark_sent(numbers=[payout.number], by=finance("ann"), at=NOON)
    actions.find_silence(LATER)
    payout.refresh_from_db()
    return payout


def test_silence_of_five_days_is_unresolved_told_once_and_paid_to_nobody_again() -> None:
    payout = silent()

    assert actions.find_silence(LATER + timedelta(days=1)) == []
    assert (payout.state, payout.unresolved_at) == ("UNRESOLVED", LATER)
    assert Notice.objects.filter(kind="money", title__contains=payout.number).count() == 1
    assert actions.run_payouts(LATER) == []
    with pytest.raises(actions.WrongStep):
        actions.mark_sent(numbers=[payout.number], by=User.objects.get(), at=LATER)
    assert Earning.objects.get().state == "IN_PAYOUT"
    assert balances("payout:in_flight", currency="KES") == ["27670.97"]


def test_a_payout_that_the_bank_has_for_less_time_is_left_alone() -> None:
    account()
    earned("1")
    [payout] = actions.run_payouts(NOON)
    actions.mark_sent(numbers=[payout.number], by=finance("ann"), at=NOON)

    assert actions.find_silence(NOON + timedelta(days=5)) == []


def test_the_banks_statement_resolves_it_once() -> None:
    payout = silent()
    statement = camt((payout.number, "27670.97", "KES"))

    for _again in range(2):
        assert actions.reconcile_bank(statement, at=LATER) == []

    payout.refresh_from_db()
    assert (payout.state, payout.confirmed_by) == ("PAID", None)
    assert payout.bank_reference
    assert Earning.objects.get().state == "PAID"
    assert balances("payout:in_flight", "bank:main", currency="KES") == ["0.00", "-27670.97"]
    assert broken() == []


def test_another_amount_in_the_statement_is_a_difference_and_pays_nothing() -> None:
    payout = silent()

    [case] = actions.reconcile_bank(camt((payout.number, "27670.00", "KES")), at=LATER)

    payout.refresh_from_db()
    assert (case.kind, payout.state) == ("amount", "UNRESOLVED")


def test_a_person_resolves_it_with_evidence_only() -> None:
    payout = silent()
    ann = User.objects.get()

    with pytest.raises(actions.EvidenceNeeded):
        actions.fail_payout(number=payout.number, problem="no", by=ann, at=LATER)
    payout.refresh_from_db()
    assert payout.state == "UNRESOLVED"
    actions.fail_payout(
        number=payout.number, problem="Bank letter of 7 Nov: never executed", by=ann, at=LATER
    )

    [again] = actions.run_payouts(LATER)
    assert str(again.money.rounded()) == "KES 27670.97"
    # The bank's late word on the first one moves nothing: it is closed.
    [case] = actions.reconcile_bank(camt((payout.number, "27670.97", "KES")), at=LATER)
    assert case.kind == "missing_here"
    assert broken() == []


def test_interval_and_minimum_of_the_seller_and_the_clock_that_overrides_them() -> None:
    account()
    by = finance("ann")
    actions.choose_payout_plan(seller="C-KE1", interval_days=14, minimum_eur=Decimal(300), by=by, at=NOON)
    earned("1", NOON)  # KES 27670.97, about EUR 180

    assert actions.run_payouts(NOON) == []
    earned("2", NOON + timedelta(days=1))
    [first] = actions.run_payouts(NOON + timedelta(days=1))
    assert str(first.money.rounded()) == "KES 55341.94"  # carried forward
    earned("3", NOON + timedelta(days=2), "90000.00")
    assert actions.run_payouts(NOON + timedelta(days=14)) == []
    [second] = actions.run_payouts(NOON + timedelta(days=15))
    assert str(second.money.rounded()) == "KES 84600.00"

    earned("4", NOON + timedelta(days=16))
    assert actions.run_payouts(NOON + timedelta(days=60)) == []
    [old] = actions.run_payouts(NOON + timedelta(days=61))
    assert str(old.money.rounded()) == "KES 27670.97"


def test_what_a_refund_took_back_is_netted_and_never_paid_below_zero() -> None:
    account()
    earned("1")
    [payout] = actions.run_payouts(NOON)
    actions.mark_sent(numbers=[payout.number], by=finance("ann"), at=NOON)
    actions.confirm_payout(number=payout.number, bank_reference="FT1", by=User.objects.get(), at=NOON)
    actions.refund("ORD-1", None, "broken", "R1", at=NOON)

    assert actions.run_payouts(NOON) == []
    assert balances("seller:C-KE1:receivable", currency="KES") == ["27670.97"]
    earned("2", NOON, "90000.00")
    [shorter] = actions.run_payouts(NOON)

    assert str(shorter.money.rounded()) == "KES 56929.03"  # 84600.00 less 27670.97
    assert balances("seller:C-KE1:receivable", currency="KES") == ["0.00"]
    assert broken() == []


@pytest.mark.parametrize(
    ("days", "minimum"), [("2", "10"), ("7", "9"), ("7", "1001"), ("7", "NaN"), ("x", "10"), ("7", "")]
)
def test_a_plan_outside_our_limits_is_refused_on_the_page(client: Client, days: str, minimum: str) -> None:
    client.force_login(owner())

    answer = client.post("/sell/payouts/plan/", {"interval_days": days, "minimum_eur": minimum})

    assert answer.status_code == 422
    assert "1, 7, 14 or 30 days" in answer.content.decode()
    assert not PayoutPlan.objects.exists()


def owner() -> User:
    seller = Company.objects.create(
        number="C-KE1",
        slug="ke1",
        name="Mbali",
        country="KE",
        currency="KES",
        is_seller=True,
        state="APPROVED",
    )
    user = User.objects.create_user("mbali@maker.example", company=seller)
    Membership.objects.create(user=user, company=seller, role=Membership.Role.OWNER)
    return user


def test_a_seller_chooses_on_the_page_and_a_kept_deposit_has_its_line(client: Client) -> None:
    client.force_login(owner())
    assert client.post("/sell/payouts/plan/", {"interval_days": "14", "minimum_eur": "50"}).status_code == 302
    Earning.objects.create(
        number="ORD-9:kept", kind="kept", seller="C-KE1", order_number="ORD-9", state="AVAILABLE",
        goods_amount=100, commission_amount=0, amount=100, currency="KES", earned_at=NOON, available_at=NOON,
    )  # fmt: skip

    page = client.get("/sell/payouts/", {"in": "KES", "month": "2026-11"}).content.decode()

    assert '<option value="14" selected>' in page
    assert "Deposit kept: the balance was not paid" in page
