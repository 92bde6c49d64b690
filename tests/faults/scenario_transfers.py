"""Sellers paid at the provider, with the worker dying between call and commit."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils import timezone

from marketplace.accounts.models import Company
from orders.models import OrderGroup
from orders.payments import actions
from orders.payments.models import Earning, Freeze, Payout, PayoutRoute, Transfer
from tests.faults import points
from tests.faults.house import Buyer, House, together
from tests.faults.stock import goods


def transfers_asked_twice_and_a_crash_between_call_and_commit(house: House) -> None:
    """One transfer for each seller's order, with no manual step, whatever dies meanwhile (plan 14)."""
    goods("COFFEE", 60)
    seller = Company.objects.get(number="COM-MY1")
    PayoutRoute.objects.update_or_create(
        seller=seller.number,
        defaults={"country": "DE", "rail": "transfer", "active": False, "decided_at": timezone.now()},
    )
    actions.choose_route(seller.number, at=timezone.now())
    numbers = []
    for _ in range(6):
        group = Buyer(house).buy({"COFFEE": 4})
        house.wait(OrderGroup.objects.filter(number=group, state="PAID").exists, 40, "not paid")
        numbers.append(OrderGroup.objects.get(number=group).orders.get().number)
    points.arm("transfer:after")
    # One moment, one transaction: the payout job sees all or none, for one alone is below the least payout.
    at = timezone.now()
    with transaction.atomic():
        for number in numbers:
            actions.earn(number, at)
            actions.make_available(number, at)
    lines = Earning.objects.filter(order_number__in=numbers)
    house.wait(lambda: not points.armed(), 40, "the worker was not struck")
    open_payouts = partial(
        Payout.objects.filter(
            seller=seller.number, rail="transfer", state__in=["APPROVED", "SENT"]
        ).values_list,
        "number",
        flat=True,
    )
    together([partial(actions.send_transfers, number) for number in list(open_payouts()) * 4], 4)
    try:
        house.wait(
            lambda: set(lines.values_list("state", flat=True)) == {"PAID"}, 60, "the seller is not paid"
        )
    except AssertionError as problem:
        raise AssertionError(f"{problem}: {_standing(seller.number, numbers)}") from None

    sent = house.things("transfer")
    mine = [row for row in sent if row["transfer_group"].startswith("GRP-")]
    assert len(mine) == len(numbers), f"{len(mine)} transfers for {len(numbers)} orders"
    assert len({row["metadata"]["key"] for row in mine}) == len(numbers)


def _standing(seller: str, numbers: list[str]) -> str:
    """Say how far the earnings, payouts and transfers are."""
    earned = Earning.objects.filter(order_number__in=numbers).values_list("order_number", "state")
    payouts = Payout.objects.filter(seller=seller).values_list("number", "state", "amount", "problem")
    moved = Transfer.objects.exclude(state="SENT").values_list(
        "line__earning__order_number", "state", "problem"
    )
    held = Freeze.objects.filter(order_number__in=numbers).values_list("order_number", "reason", "lifted_at")
    return f"earnings {list(earned)}, payouts {list(payouts)}, transfers {list(moved)}, held {list(held)}"


HOUSE = (transfers_asked_twice_and_a_crash_between_call_and_commit,)
