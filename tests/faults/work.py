"""The product's worker with the points of the harness, a quick clock, and a piece of work that is counted."""

from __future__ import annotations

import time
from dataclasses import dataclass

import django

django.setup()

from marketplace.celery import app
from marketplace.events.bus import Fact, subscribe, subscriber
from marketplace.events.models import Event
from tests.faults import points

__all__ = ["app"]
points.put_in_place()  # only in the processes of the house
QUICK = {"lost-deliveries": 5.0, "silent-payments": 5.0, "unpaid-purchases": 5.0, "pay-sellers": 4.0}
for name, seconds in QUICK.items():
    app.conf.beat_schedule[name] = {**app.conf.beat_schedule[name], "schedule": seconds}


@dataclass(frozen=True, kw_only=True)
class Struck(Fact):
    """A fact of the fault scenarios."""


@subscriber
def leave_a_mark(event: Event) -> None:
    """Leave one mark, slowly enough to be killed in the middle."""
    Event.objects.create(name="Mark", subject=event.subject, payload={})
    time.sleep(0.05)


subscribe({Struck: [leave_a_mark]})
