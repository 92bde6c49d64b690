"""Work of the stores by the clock, and when customs has spoken."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from logistics.warehousing import actions, bonded
from logistics.warehousing.actions import levels, lots, storing
from logistics.warehousing.models import Withdrawal
from marketplace.events.bus import subscriber
from marketplace.events.models import Event

log = logging.getLogger(__name__)


@shared_task(name="logistics.warehousing.tasks.release_expired_reservations")
def release_expired_reservations() -> int:
    """Give back stock whose time ran out."""
    return actions.release_expired(now=timezone.now())


@subscriber
def show_stock(event: Event) -> None:
    """Let the pages of an option say what can be had of it now."""
    levels.show([str(event.payload.get("sku") or event.subject)])


@shared_task(name="logistics.warehousing.tasks.show_all_stock")
def show_all_stock() -> int:
    """Set right what a page says about stock where news was lost, or nobody counted yet."""
    return levels.show_all()


@shared_task(name="logistics.warehousing.tasks.end_the_day")
def end_the_day() -> dict[str, int]:
    """Block what is past its date, write the day's volumes, prove the shelves, bill a finished month."""
    now = timezone.now()
    blocked = lots.block_expired(on=now.date())
    shots = storing.take_snapshot(day=now.date())
    wrong = bonded.unbalanced()
    for balance in wrong:
        log.error("The shelf is not the sum of its moves: %s", balance)
    last_month = now.date().replace(day=1) - timedelta(days=1)
    billed = storing.bill_month(month=last_month, at=now)
    return {"blocked": blocked, "snapshots": shots, "unbalanced": len(wrong), "billed": billed}


@subscriber
def leave_bond(event: Event) -> None:
    """Take goods out of bond when customs passed: those of an order, or those a seller asked for."""
    declaration, now = str(event.payload.get("declaration", "")), timezone.now()
    if Withdrawal.objects.filter(number=event.subject).exists():
        bonded.complete(number=event.subject, declaration=declaration, at=now)
    else:
        bonded.withdraw_for_order(event.subject, declaration=declaration, at=now)


@subscriber
def stay_in_bond(event: Event) -> None:
    """Note that customs does not let the goods out."""
    if Withdrawal.objects.filter(number=event.subject).exists():
        bonded.refuse(number=event.subject, at=timezone.now())
