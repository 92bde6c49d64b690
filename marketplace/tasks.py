"""The roof's own small jobs."""

from __future__ import annotations

from celery import shared_task
from celery.signals import worker_ready

from marketplace import health


@shared_task(name="marketplace.tasks.heartbeat", expires=30)
def heartbeat() -> None:
    """Show that beat rings and a worker answers."""
    health.beat_heart()


@worker_ready.connect
def first_beat(**_: object) -> None:
    """Ask for a first heartbeat at once, so that nobody waits for the clock."""
    heartbeat.delay()
