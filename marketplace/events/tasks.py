"""The sweeper: whatever the broker lost, and whatever is to be tried again, is rung for once more."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from celery import current_app, shared_task
from django.db import transaction
from django.utils import timezone

from marketplace.events.bus import ring
from marketplace.events.models import Delivery

AT_ONCE: Final = 500
AGAIN: Final = timedelta(seconds=30)


@shared_task(name="marketplace.events.tasks.sweep")
def sweep() -> int:
    """Ring for every lost delivery; return how many there were."""
    now = timezone.now()
    with transaction.atomic():
        # A row that a worker holds is not lost, so it is skipped.
        lost = Delivery.objects.lost(now=now).select_for_update(skip_locked=True).order_by("due_at")
        found = list(lost[:AT_ONCE])
        Delivery.objects.filter(pk__in=[one.pk for one in found]).update(due_at=now + AGAIN)
    for delivery in found:
        task = current_app.tasks.get(delivery.subscriber)
        if task is None:
            delivery.failed(f"Nobody answers to {delivery.subscriber}.", now=now)
        elif not ring(task, delivery.pk):
            break
    return len(found)
