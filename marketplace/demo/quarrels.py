"""Disputes of the demo world, one row of the table each: waiting for a side or for us, ended, withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from marketplace.accounts.models import User
from marketplace.demo import clock
from marketplace.demo.people import rows
from marketplace.demo.stores import photo
from marketplace.documents.uploads import Upload
from marketplace.events.bus import told_to_nobody
from marketplace.kit.money import Money
from orders.actions import deciding, disputing
from orders.models import Dispute, DisputeMessage, Order, OrderState
from orders.payments import actions as payments
from orders.payments.gateways.base import RefundOutcome

FRESH: Final = timedelta(days=28)
PART: Final = Decimal("0.15")


def play(*, at: datetime, say: Callable[[str], None]) -> None:
    """Open what is missing of the table's cases, each about an order of its own."""
    cases = list(rows("disputes.csv"))
    missing = cases[Dispute.objects.filter(kind=Dispute.Kind.PROBLEM).count() :]
    if not missing:
        return
    earliest = max(int(row["hours_ago"]) for row in cases)
    orders = list(
        Order.objects.filter(
            state__in=[OrderState.DELIVERED, OrderState.COMPLETED],
            delivered_at__range=(at - FRESH, at - timedelta(hours=earliest)),
            returns=None, disputes=None,
        )
        .select_related("group__buyer", "seller")
        .prefetch_related("lines__variant__product")
        .order_by("placed_at", "pk")[: len(missing)]
    )  # fmt: skip
    for row, order in zip(missing, orders, strict=False):
        with told_to_nobody():
            _quarrel(row, order, at)
    say(f"{Dispute.objects.open().count()} disputes wait for a decision.")


def _quarrel(row: dict[str, str], order: Order, at: datetime) -> None:
    opened, answered = (at - timedelta(hours=int(row[name])) for name in ("hours_ago", "answered_hours_ago"))
    maker = order.seller
    with clock.set_to(opened):
        disputing.report_problem(
            number=order.number, reason=row["buyer"], at=opened, cause=row["cause"],
            upload=_evidence(row, order, "buyer"),
        )  # fmt: skip
    case = Dispute.objects.open().about(order)[0]
    if row["seller"]:
        with clock.set_to(answered):
            disputing.say(
                dispute_number=case.number, side=DisputeMessage.Side.SELLER, author=maker.name, company=maker,
                words=row["seller"], upload=_evidence(row, order, "seller"), at=answered,
            )  # fmt: skip
    if row["then"]:
        with clock.set_to(answered + timedelta(hours=2)):
            _end(case.number, row["then"], order, answered + timedelta(hours=2))


def _end(number: str, then: str, order: Order, at: datetime) -> None:
    """Let the buyer withdraw, or our desk decide; the provider has sent back what was given back."""
    if then == "withdrawn":
        disputing.withdraw(dispute_number=number, at=at)
        return
    verdict, _colon, reason = then.partition(":")
    operator = User.objects.get(email="trust@demo.sampan.example")
    part = Money(order.goods_amount * PART, order.currency).rounded()
    decided = deciding.decide(
        dispute_number=number, by=operator, version=Dispute.objects.get(number=number).version,
        verdict=verdict, reason=reason, at=at, amount=part if verdict == Dispute.Verdict.PARTIAL else None,
        message="We have read what both of you wrote and looked at the photos.",
    )  # fmt: skip
    if decided.refunded_amount:
        key = f"{number}:{verdict}"
        payments.hear_refund(key, RefundOutcome("done", f"re_demo_{number}"), at=at)


def _evidence(row: dict[str, str], order: Order, side: str) -> Upload | None:
    """Take the goods' own picture as the photo of this side, where the table says that there is one."""
    variant = order.lines.all()[0].variant
    if variant is None or row["photo"] not in {side, "both"}:
        return None
    return photo(variant.product, f"{side}-{row['cause']}.jpg", size=800 if side == "buyer" else 720)
