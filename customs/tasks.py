"""Work of the border that happens after the commit or by the clock."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from customs import actions
from marketplace.events.bus import subscriber
from marketplace.events.models import Event


@subscriber
def check_clearance(event: Event) -> None:
    """Check the declaration that an order drafted; a second run finds the first result."""
    actions.check_clearance(order_number=event.subject, at=timezone.now())


@shared_task
def remind_of_deadlines() -> int:
    """Announce holds whose time is running out."""
    return actions.remind(at=timezone.now())
