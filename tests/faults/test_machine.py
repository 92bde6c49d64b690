"""A machine that does anything at any time with orders, payments, refunds, disputes and payouts.

Every step is a real action on the real ledger; after each the laws of the books hold and the provider's
money is what was charged, less what was given back. FAULT_ROUNDS runs of 500 steps in `make faults`.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F, Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from marketplace.kit.money import Money, chargeable
from marketplace.kit.refusal import Refusal
from orders.payments import actions, books
from orders.payments.gateways.base import DisputeNews, RefundOutcome
from orders.payments.models import Balance, Dispute, Earning, OrderShare, Payment, Payout, Refund
from tests.payments.world import NOON, finance, money, prepared, share, waiting

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "4"))
STEPS = int(os.environ.get("FAULT_STEPS", "500" if ROUNDS >= 10 else "40"))
SELLERS = {"C-KE1": "KES", "C-AR1": "ARS", "C-VN1": "VND"}
# What the machine did in all runs, to show that it did something of everything.
done: Counter[str] = Counter()


class Deals(RuleBasedStateMachine):
    """Orders of one world, in any order of events."""

    deals = Bundle("deals")

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.now, self.serial = NOON, 0
        self.psp: Counter[str] = Counter()
        self.people = [finance("ann"), finance("bob")]
        for seller, currency in SELLERS.items():
            actions.set_bank_account(
                seller=seller,
                currency=currency,
                country="KE",
                holder="Maker",
                account="011022334417",
                at=NOON,
            )

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    def next(self, prefix: str) -> str:
        self.serial += 1
        return f"{prefix}-{self.serial}"

    def do(self, name: str, work: Any, *args: Any, **words: Any) -> Any:
        """Do one action; a refusal must leave everything as it was."""
        try:
            with transaction.atomic():
                found = work(*args, **words)
        except Refusal:
            done[f"{name} refused"] += 1
            return None
        done[name] += 1
        return found

    @rule(
        target=deals,
        currency=st.sampled_from(["EUR", "JPY", "KWD"]),
        sellers=st.lists(st.sampled_from(sorted(SELLERS)), min_size=1, max_size=3),
        tax=st.integers(0, 99_999),
        paid=st.sampled_from([True, True, True, False]),
        deposit=st.sampled_from([None, None, Decimal("0.3"), Decimal("0.7")]),
    )
    def place(
        self, currency: str, sellers: list[str], tax: int, deposit: Decimal | None, *, paid: bool
    ) -> str:
        whole = {"goods": "195", "exchange": "1", "freight": "45", "insurance": "4", "duty": "6", "fees": "0"}
        shares = {
            self.next("ORD"): share(
                currency,
                seller,
                money("29437", SELLERS[seller]),
                **whole,
                tax=str(Money.from_minor(tax, currency).amount),
            )
            for seller in sellers
        }
        reference = self.next("GRP")
        first = next(iter(shares))
        now = {first: chargeable(shares[first].total * deposit)} if deposit else {}
        prepared(reference, shares, now)
        done["place with a deposit" if deposit else "place"] += 1
        if paid:
            self.pay(reference)
        return reference

    @initialize(target=deals)
    def first(self) -> str:
        """Begin with a paid purchase of two sellers."""
        reference = self.next("GRP")
        prepared(reference, {self.next("ORD"): share(), self.next("ORD"): share(seller="C-AR1")})
        self.pay(reference)
        return reference

    @rule(reference=deals)
    def pay_again(self, reference: str) -> None:
        self.pay(reference)

    def pay(self, reference: str) -> None:
        payment = Payment.objects.get(reference=reference)
        fresh = payment.state != "PAID"
        paid = self.do(
            "pay", actions.record_capture, reference, payment.charged, charge=f"ch_{reference}", at=self.now
        )
        if paid and fresh:
            self.psp[payment.currency] += payment.charged.minor

    def _in_two_steps(self, reference: str) -> OrderShare | None:
        rows = OrderShare.objects.filter(payment__reference=reference, instalments__n=1)
        return rows.order_by("pk").first()

    @rule(reference=deals)
    def pay_the_balance(self, reference: str) -> None:
        """At any time: before the deposit, after the end of the order, or twice."""
        order = self._in_two_steps(reference)
        if order is None or order.state == "EXPECTED":
            return
        balance = actions.balance_reference(order.order_number)
        if not Payment.objects.filter(reference=balance).exists():
            waiting(balance, order.instalments.get(n=2).money)
        self.pay(balance)

    @rule(reference=deals)
    def the_balance_never_came(self, reference: str) -> None:
        order = self._in_two_steps(reference)
        if order is None or order.state != "DEPOSIT":
            return
        kept = (order.instalments.get(n=1).money * Decimal("0.1")).rounded()
        number = order.order_number
        self.do("keep of a deposit", actions.keep_deposit, number, kept, at=self.now)
        self.do("end a deposit", actions.refund, number, None, "x", f"end-{number}", at=self.now)

    @rule(reference=deals)
    def a_balance_after_the_end_goes_back(self, reference: str) -> None:
        if order := self._in_two_steps(reference):
            balance = actions.balance_reference(order.order_number)
            if Payment.objects.filter(reference=balance).exists():
                self.do("late balance back", actions.refund_payment, balance, "late", at=self.now)

    @rule(reference=deals)
    def pay_too_little(self, reference: str) -> None:
        payment = Payment.objects.get(reference=reference)
        less = Money.from_minor(payment.charged.minor - 10, payment.currency)
        self.do("pay too little", actions.record_capture, reference, less, charge="ch_other", at=self.now)

    def _order(self, reference: str, n: int) -> OrderShare:
        rows = list(OrderShare.objects.filter(payment__reference=reference).order_by("pk"))
        return rows[n % len(rows)]

    @rule(reference=deals, n=st.integers(0, 2), parcels=st.integers(1, 3))
    def ship(self, reference: str, n: int, parcels: int) -> None:
        worth = {f"P{one}": Decimal(one) for one in range(1, parcels + 1)}
        self.do("ship", actions.earn, self._order(reference, n).order_number, self.now, parts=worth)

    @rule(reference=deals, n=st.integers(0, 2), parcel=st.integers(1, 3))
    def receive_a_parcel(self, reference: str, n: int, parcel: int) -> None:
        order = self._order(reference, n).order_number
        self.do("receive a parcel", actions.make_available, order, self.now, part=f"P{parcel}")

    @rule(reference=deals, n=st.integers(0, 2))
    def receive(self, reference: str, n: int) -> None:
        self.do("receive", actions.make_available, self._order(reference, n).order_number, self.now)

    @rule(reference=deals, n=st.integers(0, 2), lift=st.booleans())
    def hold(self, reference: str, n: int, *, lift: bool) -> None:
        act = actions.unfreeze if lift else actions.freeze
        self.do("hold", act, self._order(reference, n).order_number, at=self.now)

    @rule(reference=deals, n=st.integers(0, 2), minor=st.integers(-5, 30_000), whole=st.booleans())
    def refund(self, reference: str, n: int, minor: int, *, whole: bool) -> None:
        order = self._order(reference, n)
        amount = None if whole else Money.from_minor(minor, order.currency)
        self.do("refund", actions.refund, order.order_number, amount, "test", self.next("R"), at=self.now)

    @rule(reference=deals, n=st.integers(0, 2), part=st.sampled_from(["duty", "tax", "freight", "goods"]))
    def refund_one_part(self, reference: str, n: int, part: str) -> None:
        order = self._order(reference, n)
        words = {"lines": {part: order.money(part)}, "at": self.now}
        self.do(
            "refund part",
            actions.refund,
            order.order_number,
            None,
            "test",
            self.next("R"),
            **words,
        )

    @rule(n=st.integers(0, 20), state=st.sampled_from(["done", "pending", "failed", "done"]))
    def the_provider_tells_of_a_refund(self, n: int, state: str) -> None:
        rows = list(Refund.objects.exclude(state="DONE").order_by("pk")[: n + 1])
        if not rows:
            return
        row = rows[-1]
        heard = self.do(
            "hear refund", actions.hear_refund, row.key, RefundOutcome(state, f"re_{row.pk}"), at=self.now
        )
        if heard is not None and heard.state == "DONE":
            self.psp[row.currency] -= Money(row.charged_amount, row.currency).minor

    @rule(reference=deals, state=st.sampled_from(["open", "won", "lost"]), half=st.booleans())
    def dispute(self, reference: str, state: str, *, half: bool) -> None:
        payment = Payment.objects.get(reference=reference)
        known = Dispute.objects.filter(payment=payment).first()
        amount = (
            payment.charged if not half else chargeable(Money(payment.amount / Decimal(2), payment.currency))
        )
        amount = Money(known.amount, known.currency) if known else amount
        was = known.state if known else ""
        news = DisputeNews(f"du_{reference}", state, f"ch_{reference}", amount, "fraudulent", None)
        if not amount:
            return
        row = self.do(f"dispute {state}", actions.hear_dispute, news, at=self.now)
        if row is not None and not was:
            self.psp[payment.currency] -= amount.minor
        if row is not None and row.state == "WON" and was != "WON":
            self.psp[payment.currency] += amount.minor

    @rule(days=st.integers(0, 20))
    def days_go_by(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.do("release", actions.release_due, self.now)
        self.do("payouts", actions.run_payouts, self.now)

    @rule(n=st.integers(0, 5), fails=st.booleans(), who=st.integers(0, 1))
    def the_bank_answers(self, n: int, who: int, *, fails: bool) -> None:
        row = Payout.objects.exclude(state__in=["PAID", "FAILED"]).order_by("pk")[n : n + 1].first()
        if row is None:
            return
        by = self.people[who]
        if fails:
            self.do("payout back", actions.fail_payout, number=row.number, problem="x", by=by, at=self.now)
            return
        other = self.people[1 - who]
        for person in (by, other):
            self.do("approve", actions.approve_payout, number=row.number, by=person, at=self.now)
        self.do(
            "payout paid", actions.confirm_payout,
            number=row.number, bank_reference=self.next("FT"), by=other, at=self.now,
        )  # fmt: skip

    @invariant()
    def the_books_hold(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        broken = [f"{proof.law}: {proof.broken}" for proof in books.prove() if not proof.holds]
        assert not broken, broken

    @invariant()
    def the_provider_holds_what_was_charged_less_what_went_back(self) -> None:
        held = Balance.objects.filter(account__code="psp:balance").values_list("account__currency")
        found = dict(held.annotate(sum=Sum("minor")).order_by("account__currency"))
        assert {c: n for c, n in found.items() if n} == {c: n for c, n in self.psp.items() if n}

    @invariant()
    def the_lines_of_a_seller_are_what_we_owe(self) -> None:
        owed: Counter[tuple[str, str]] = Counter()
        for code, currency, minor in Balance.objects.filter(account__code__startswith="seller:").values_list(
            "account__code", "account__currency", "minor"
        ):
            _, seller, family = code.split(":")
            owed[seller, currency] += minor if family == "payable" else -minor
        lines: Counter[tuple[str, str]] = Counter()
        for row in Earning.objects.filter(state__in=["PENDING", "AVAILABLE"]):
            lines[row.seller, row.currency] += row.money.minor
        assert {of: n for of, n in owed.items() if n} == {of: n for of, n in lines.items() if n}

    @invariant()
    def nobody_gets_more_back_than_was_paid(self) -> None:
        paid = Payment.objects.filter(state="PAID").annotate(back=Sum("refunds__charged_amount"))
        assert not paid.filter(back__gt=F("captured_amount")).exists()


@pytest.mark.django_db
def test_anything_at_any_time_over_order_payment_refund_dispute_and_payout() -> None:
    run_state_machine_as_test(
        Deals,
        settings=settings(
            max_examples=ROUNDS,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert done["pay"], done
    assert sum(done.values()) > ROUNDS, done
