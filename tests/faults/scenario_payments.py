"""Faults of money. Each scenario returns None when it held and raises AssertionError with what broke.

They need Django and an empty database of their own; every one ends with the laws of the books.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from functools import partial

from django.db import connection

from marketplace.kit.money import Money, total
from marketplace.kit.refusal import Refusal
from orders.payments import actions
from orders.payments.gateways.base import DisputeNews, RefundOutcome
from orders.payments.models import Earning, Journal, OrderShare, Payment, Payout, Refund
from orders.payments.shares import PARTS
from tests.payments.world import NOON, broken, money, paid, prepared, share

SEED = 20261124


def _together(works: Sequence[Callable[[], object]], threads: int = 4) -> None:
    """Do the pieces from several threads at once; refusals are answers, everything else is a failure."""
    failed: list[BaseException] = []
    queue = list(works)
    guard = threading.Lock()

    def run() -> None:
        try:
            while True:
                with guard:
                    if not queue:
                        return
                    work = queue.pop()
                try:
                    work()
                except Refusal:
                    continue
        except BaseException as problem:
            failed.append(problem)
        finally:
            connection.close()

    crew = [threading.Thread(target=run) for _ in range(threads)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    assert not failed, f"a thread failed: {failed[0]!r}"


def _by_bank(reference: str, shares: dict[str, actions.Share]) -> Payment:
    """Pay through our bank, so that refunds need no provider."""
    payment = prepared(reference, shares)
    return actions.record_offline_capture(reference=reference, amount=payment.money, at=NOON)


def _laws() -> None:
    assert broken() == [], broken()


def _capture(payment: Payment) -> object:
    charge = f"ch_{payment.reference}"
    return actions.record_capture(payment.reference, payment.charged, charge=charge, at=NOON)


def every_capture_reported_up_to_five_times_and_shuffled_counts_once(payments: int = 40) -> None:
    """Deliver each capture 1 to 5 times, shuffled, from 4 connections (test 6 of the plan)."""
    dice = random.Random(SEED)  # noqa: S311 - a repeatable order, not a secret
    works: list[Callable[[], object]] = []
    for n in range(payments):
        payment = prepared(f"GRP-{n}", {f"ORD-{n}a": share(), f"ORD-{n}b": share()})
        works += [partial(_capture, payment)] * dice.randint(1, 5)
    dice.shuffle(works)

    _together(works)

    assert Payment.objects.filter(state="PAID").count() == payments
    assert Journal.objects.filter(kind="capture").count() == payments
    assert OrderShare.objects.filter(state="HELD").count() == 2 * payments
    _laws()


def payout_job_run_many_times_at_once_pays_once(orders: int = 12) -> None:
    """Run the payout job from 4 connections at once (test 14)."""
    actions.set_bank_account(
        seller="C-KE1", currency="KES", country="KE", holder="Kamba", account="011022334417", at=NOON
    )
    for n in range(orders):
        paid(f"GRP-{n}", {f"ORD-{n}": share()})
        actions.earn(f"ORD-{n}", NOON)
        actions.make_available(f"ORD-{n}", NOON)

    _together([lambda: actions.run_payouts(NOON)] * 12)

    settled = total((payout.money for payout in Payout.objects.all()), "KES")
    assert settled == money("27670.97", "KES") * orders, settled
    assert set(Earning.objects.values_list("state", flat=True)) == {"IN_PAYOUT"}
    _laws()


def partial_refunds_in_any_order_equal_one_full_refund(rounds: int = 6) -> None:
    """Refund 3 sellers' orders in random pieces, some before and some after shipment (test 15)."""
    dice = random.Random(SEED)  # noqa: S311 - a repeatable order, not a secret
    for n in range(rounds):
        numbers = [f"ORD-{n}-{seller}" for seller in "abc"]
        payment = _by_bank(f"GRP-{n}", {number: share(seller=f"C-{number[-1]}") for number in numbers})
        for number in dice.sample(numbers, dice.randint(0, 3)):
            actions.earn(number, NOON)
        for number in numbers:
            for step in range(dice.randint(1, 6)):
                piece = Money.from_minor(dice.randint(1, 6000), "EUR")
                try:
                    actions.refund(number, piece, "piece", f"{number}:{step}", at=NOON)
                except Refusal:
                    continue
            try:
                actions.refund(number, None, "rest", f"{number}:rest", at=NOON)
            except actions.NothingToRefund:
                pass
        for key in Refund.objects.filter(payment=payment).values_list("key", flat=True):
            actions.hear_refund(key, RefundOutcome("done", f"re_{key}"), at=NOON)
        payment.refresh_from_db()
        assert payment.refunded_amount == payment.captured_amount
        for row in OrderShare.objects.filter(payment=payment):
            given = Refund.objects.filter(order_number=row.order_number).values_list("parts", flat=True)
            for part in PARTS:
                back = total((money(parts.get(part, "0")) for parts in given), "EUR")
                assert back == row.money(part), (row.order_number, part, back)
    _laws()


def refunds_of_one_order_asked_at_once_never_exceed_it() -> None:
    """Ask for 30 refunds of a tenth of an order at once: ten fit."""
    _by_bank("GRP-1", {"ORD-1": share()})
    works = [partial(actions.refund, "ORD-1", money("30.00"), "race", f"R{n}", at=NOON) for n in range(30)]

    _together(works)

    assert Refund.objects.count() == 10, Refund.objects.count()
    _laws()


def dispute_before_and_after_release_won_and_lost() -> None:
    """Open and close disputes around shipment, each message twice (test 16)."""
    for n, (shipped, end) in enumerate([(False, "won"), (False, "lost"), (True, "won"), (True, "lost")]):
        reference, number = f"GRP-{n}", f"ORD-{n}"
        paid(reference, {number: share()})
        if shipped:
            actions.earn(number, NOON)
        for state in ("open", "open", end, end, "open"):
            news = DisputeNews(f"dp_{n}", state, f"ch_{reference}", money("300.65"), "fraudulent", None)
            actions.hear_dispute(news, at=NOON)
        refunded = Refund.objects.filter(order_number=number).exists()
        assert refunded == (end == "lost")
    _laws()


SCENARIOS = (
    every_capture_reported_up_to_five_times_and_shuffled_counts_once,
    payout_job_run_many_times_at_once_pays_once,
    partial_refunds_in_any_order_equal_one_full_refund,
    refunds_of_one_order_asked_at_once_never_exceed_it,
    dispute_before_and_after_release_won_and_lost,
)
