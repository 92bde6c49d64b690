"""Orders paid in two steps, and orders of several parcels: each amount, and the laws after each step."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kit.money import Money
from orders.payments import actions, ledger
from orders.payments.actions.earning import _by_part
from orders.payments.gateways.base import DisputeNews, RefundOutcome
from orders.payments.models import (
    Earning,
    Freeze,
    Instalment,
    OrderShare,
    Payment,
    PayoutRoute,
    Refund,
    Transfer,
)
from orders.payments.standing import standing
from tests.payments.world import NOON, balances, broken, money, paid, share, waiting

DEPOSIT, BALANCE = "order:ORD-1:deposit", "payment:ORD-1-B:received"
HOLD = "order:ORD-1:hold"


def capture(reference: str) -> Payment:
    payment = Payment.objects.get(reference=reference)
    return actions.record_capture(reference, payment.charged, charge=f"ch_{reference}", at=NOON)


def with_deposit(other: dict[str, actions.Share] | None = None, deposit: str = "90.00") -> None:
    """ORD-1 of EUR 300.65 with a deposit that is paid; other orders of the purchase are paid whole."""
    orders = {"ORD-1": share(), **(other or {})}
    whole = sum((s.total for n, s in orders.items() if n != "ORD-1"), money(deposit))
    waiting("GRP-1", whole)
    actions.allocate("GRP-1", orders, deposits={"ORD-1": money(deposit)}, at=NOON)
    capture("GRP-1")


def pay_balance(amount: str = "210.65") -> None:
    waiting("ORD-1-B", money(amount))
    capture("ORD-1-B")


def said(money: Money) -> str:
    return str(money.rounded())


def state() -> str:
    return OrderShare.objects.get(order_number="ORD-1").state


@pytest.mark.django_db
def test_a_deposit_waits_apart_and_joins_its_balance_in_the_hold() -> None:
    with_deposit()

    assert (state(), balances(DEPOSIT, HOLD)) == ("DEPOSIT", ["90.00", "0.00"])
    assert broken() == []

    pay_balance()

    assert (state(), balances(DEPOSIT, BALANCE, HOLD)) == ("HELD", ["0.00", "0.00", "300.65"])
    assert [(i.n, i.reference, said(i.money)) for i in Instalment.objects.all()] == [
        (1, "GRP-1", "EUR 90.00"), (2, "ORD-1-B", "EUR 210.65"),
    ]  # fmt: skip
    assert broken() == []


@pytest.mark.django_db
def test_a_purchase_may_hold_one_deposit_and_one_order_paid_whole() -> None:
    with_deposit({"ORD-2": share(seller="C-AR1")})

    assert balances(DEPOSIT, "order:ORD-2:hold", "payment:GRP-1:received") == ["90.00", "300.65", "0.00"]
    assert broken() == []


@pytest.mark.django_db
def test_nothing_is_earned_before_the_balance() -> None:
    with_deposit()

    with pytest.raises(actions.NotPaid):
        actions.earn("ORD-1", NOON)

    assert balances(DEPOSIT, "seller:C-KE1:payable") == ["90.00", "0.00"]


@pytest.mark.django_db
def test_an_unpaid_balance_leaves_the_agreed_part_with_the_seller_and_the_rest_goes_back() -> None:
    with_deposit()

    for _again in range(2):
        actions.keep_deposit("ORD-1", money("9.00"), at=NOON)
        actions.refund("ORD-1", None, "not paid", "cancel-ORD-1", at=NOON)

    # KES 29437.20 for goods of EUR 195.00: EUR 9.00 are KES 1358.64; without our fee.
    assert [(said(e.money), e.kind, e.commission_amount) for e in Earning.objects.all()] == [
        ("KES 1358.64", "kept", Decimal(0))
    ]
    assert balances("seller:C-KE1:payable", currency="KES") == ["1358.64"]
    refund = Refund.objects.get()
    assert (said(refund.money), refund.payment.reference, state()) == ("EUR 81.00", "GRP-1", "REFUNDED")
    assert sum(Decimal(v) for v in refund.parts.values()) == Decimal("81.00")
    assert balances(DEPOSIT, "refund:in_flight") == ["0.00", "81.00"]
    assert broken() == []


@pytest.mark.django_db
def test_more_than_the_deposit_is_neither_kept_nor_given_back() -> None:
    with_deposit()

    assert actions.keep_deposit("ORD-1", money("90.01"), at=NOON) is None
    with pytest.raises(actions.TooMuch):
        actions.refund("ORD-1", money("90.01"), "x", "R1", at=NOON)

    assert balances(DEPOSIT) == ["90.00"]
    assert not Refund.objects.exists()


@pytest.mark.django_db
def test_a_balance_that_comes_after_the_end_goes_back_whole() -> None:
    with_deposit()
    actions.refund("ORD-1", None, "not paid", "cancel-ORD-1", at=NOON)
    pay_balance()

    assert balances(BALANCE, HOLD) == ["210.65", "0.00"]
    actions.refund_payment("ORD-1-B", "too late", at=NOON)

    assert balances(BALANCE, "refund:in_flight") == ["0.00", "300.65"]
    assert broken() == []


@pytest.mark.django_db
def test_a_joined_balance_is_refunded_by_its_order_only() -> None:
    with_deposit()
    pay_balance()

    with pytest.raises(actions.NothingToRefund):
        actions.refund_payment("ORD-1-B", "x", at=NOON)


@pytest.mark.django_db
def test_a_whole_refund_goes_back_to_both_cards_newest_first() -> None:
    with_deposit()
    pay_balance()

    actions.refund("ORD-1", None, "x", "R1", at=NOON)

    rows = list(Refund.objects.order_by("pk"))
    assert [(r.key, said(r.money), r.payment.reference) for r in rows] == [
        ("R1", "EUR 210.65", "ORD-1-B"), ("R1:2", "EUR 90.00", "GRP-1"),
    ]  # fmt: skip
    assert said(actions.given("R1")) == "EUR 300.65"
    for row in rows:
        actions.hear_refund(row.key, RefundOutcome("done", f"re_{row.pk}"), at=NOON)
    assert balances("refund:in_flight", HOLD) == ["0.00", "0.00"]
    assert broken() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "pieces", [["300.65"], ["210.65", "90.00"], ["0.01", "250.00", "50.64"], ["100.55"] * 2]
)
def test_partial_refunds_of_two_payments_equal_one_full_refund(pieces: list[str]) -> None:
    with_deposit()
    pay_balance()
    actions.earn("ORD-1", NOON)

    for n, piece in enumerate(pieces):
        actions.refund("ORD-1", money(piece), "x", f"R{n}", at=NOON)
    if sum(Decimal(p) for p in pieces) < Decimal("300.65"):
        actions.refund("ORD-1", None, "rest", "rest", at=NOON)

    parts: dict[str, Decimal] = {}
    for row in Refund.objects.all():
        for part, amount in row.parts.items():
            parts[part] = parts.get(part, Decimal(0)) + Decimal(amount)
    assert parts == {
        "goods": Decimal("195.00"), "exchange": Decimal("0.73"), "freight": Decimal("45.00"),
        "insurance": Decimal("3.93"), "duty": Decimal("6.00"), "tax": Decimal("49.99"),
    }  # fmt: skip
    by_payment = {p.reference: p.refunded_amount for p in Payment.objects.all()}
    assert by_payment == {"GRP-1": Decimal("90.00"), "ORD-1-B": Decimal("210.65")}
    assert broken() == []


@pytest.mark.django_db
def test_a_dispute_about_the_balance_freezes_the_order_and_costs_that_payment() -> None:
    with_deposit()
    pay_balance()
    news = DisputeNews("du_1", "open", "ch_ORD-1-B", money("210.65"), "fraudulent", None)
    actions.hear_dispute(news, at=NOON)

    assert frozen() == ["ORD-1"]
    actions.hear_dispute(
        DisputeNews("du_1", "lost", "ch_ORD-1-B", money("210.65"), "fraudulent", None), at=NOON
    )

    row = Refund.objects.get()
    assert (row.payment.reference, said(row.money)) == ("ORD-1-B", "EUR 210.65")
    assert balances(HOLD, "dispute:reserve") == ["90.00", "0.00"]
    assert broken() == []


def frozen() -> list[str]:
    return list(Freeze.objects.filter(lifted_at=None).values_list("order_number", flat=True))


@pytest.mark.django_db
def test_the_transfers_of_an_order_in_two_steps_stay_within_their_charges() -> None:
    with_deposit()
    pay_balance()
    PayoutRoute.objects.create(
        seller="C-KE1", country="DE", rail="transfer", account="acct_1", active=True, decided_at=NOON
    )
    actions.earn("ORD-1", NOON)
    actions.make_available("ORD-1", NOON)

    actions.run_payouts(NOON)

    # KES 27670.97 after the fee, by 90.00 and 210.65 of 300.65.
    lines = [said(e.money) for e in Earning.objects.order_by("number")]
    assert lines == ["KES 8283.35", "KES 19387.62"]
    sent = Transfer.objects.order_by("pk").values_list("charge", flat=True)
    assert sorted(sent) == ["ch_GRP-1", "ch_ORD-1-B"]
    assert broken() == []


@pytest.mark.django_db
def test_a_parcel_that_arrived_releases_its_share_and_the_others_wait() -> None:
    paid("GRP-1", {"ORD-1": share()})
    worth = {"P1": Decimal(65), "P2": Decimal(65), "P3": Decimal(65)}
    actions.earn("ORD-1", NOON, parts=worth)

    # KES 29437.20 less 6 % (1766.23) is 27670.97; goods 9812.40 each, the fee 588.75, 588.74, 588.74.
    rows = Earning.objects.order_by("part")
    assert [(r.part, said(r.money)) for r in rows] == [
        ("P1", "KES 9223.65"), ("P2", "KES 9223.66"), ("P3", "KES 9223.66"),
    ]  # fmt: skip
    assert actions.part_arrived("ORD-1", "P2", release_at=NOON + timedelta(days=14)) == 1
    assert actions.make_available("ORD-1", NOON, part="P1") == 1
    assert actions.make_available("ORD-1", NOON, part="P1") == 0

    def ready() -> list[str]:
        return list(Earning.objects.filter(state="AVAILABLE").order_by("part").values_list("part", flat=True))

    assert ready() == ["P1"]
    actions.release_due(NOON + timedelta(days=14))
    assert ready() == ["P1", "P2"]
    actions.make_available("ORD-1", NOON)
    assert ready() == ["P1", "P2", "P3"]
    assert broken() == []


@pytest.mark.django_db
def test_a_frozen_order_releases_no_parcel_to_a_payout() -> None:
    paid("GRP-1", {"ORD-1": share()})
    actions.earn("ORD-1", NOON, parts={"P1": Decimal(1), "P2": Decimal(2)})
    actions.freeze("ORD-1", "dispute", NOON)
    actions.make_available("ORD-1", NOON, part="P1")

    assert Earning.objects.payable().count() == 0


@given(st.dictionaries(st.text("ab", min_size=1), st.integers(0, 9999), max_size=6), st.integers(0, 10**7))
def test_parcels_share_a_sale_to_the_last_unit(worth: dict[str, int], minor: int) -> None:
    goods = Money.from_minor(minor, "KES")
    seller = ledger.SellerPart("S", goods, (goods * Decimal("0.06")).rounded())

    cut = _by_part(seller, {name: Decimal(value) for name, value in worth.items()})

    assert sum((side.goods.amount for _part, side in cut), Decimal(0)) == goods.amount
    assert sum((side.commission.amount for _part, side in cut), Decimal(0)) == seller.commission.amount


@pytest.mark.django_db
def test_the_standing_of_an_order_always_adds_up() -> None:
    assert standing("ORD-1") is None
    with_deposit()

    def seen() -> list[str]:
        now = standing("ORD-1")
        assert now is not None
        assert now.paid == now.held + now.passed_on + now.given_back
        return [str(m.rounded().amount) for m in (now.paid, now.held, now.passed_on, now.given_back)]

    assert seen() == ["90.00", "90.00", "0.00", "0.00"]
    pay_balance()
    assert seen() == ["300.65", "300.65", "0.00", "0.00"]
    actions.refund("ORD-1", money("0.65"), "x", "R1", at=NOON)
    assert seen() == ["300.65", "300.00", "0.00", "0.65"]
    actions.earn("ORD-1", NOON, parts={"P1": Decimal(3), "P2": Decimal(1)})
    # Held is the maker's part only: goods of EUR 194.58 after the refund.
    assert seen() == ["300.65", "194.58", "105.42", "0.65"]
    actions.make_available("ORD-1", NOON, part="P1")
    assert seen() == ["300.65", "48.64", "251.36", "0.65"]
    actions.make_available("ORD-1", NOON)
    assert seen() == ["300.65", "0.00", "300.00", "0.65"]
