"""Disputes of the demo world: both sides have told their story, and a person of ours must decide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from marketplace.demo import clock
from marketplace.demo.people import rows
from marketplace.demo.stores import photo
from marketplace.documents.uploads import Upload
from marketplace.events.bus import told_to_nobody
from orders.actions import disputing
from orders.models import Dispute, DisputeMessage, Order, OrderState

FRESH: Final = timedelta(days=28)


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
    with clock.set_to(opened):
        disputing.report_problem(
            number=order.number, reason=row["buyer"], at=opened, cause=row["cause"],
            upload=_evidence(row, order, "buyer"),
        )  # fmt: skip
    case = Dispute.objects.open().about(order)[0]
    with clock.set_to(answered):
        disputing.say(
            dispute_number=case.number, side=DisputeMessage.Side.SELLER, author=order.seller.name,
            company=order.seller, words=row["seller"], upload=_evidence(row, order, "seller"), at=answered,
        )  # fmt: skip


def _evidence(row: dict[str, str], order: Order, side: str) -> Upload | None:
    """Take the goods' own picture as the photo of this side, where the table says that there is one."""
    variant = order.lines.all()[0].variant
    if variant is None or row["photo"] not in {side, "both"}:
        return None
    return photo(variant.product, f"{side}-{row['cause']}.jpg", size=800 if side == "buyer" else 720)
