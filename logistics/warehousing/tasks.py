from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from logistics.warehousing import actions


@shared_task(name="logistics.warehousing.tasks.release_expired_reservations")
def release_expired_reservations() -> int:
    """Give back stock whose time ran out."""
    return actions.release_expired(now=timezone.now())
