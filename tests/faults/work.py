"""The small piece of work that the kill scenarios count: one effect for each fact, never more, never less."""

from __future__ import annotations

import time
from dataclasses import dataclass

import django

django.setup()

from marketplace.celery import app
from marketplace.events.bus import Fact, subscribe, subscriber
from marketplace.events.models import Event

__all__ = ["app"]


@dataclass(frozen=True, kw_only=True)
class Struck(Fact):
    """A fact of the fault scenarios."""


@subscriber
def leave_a_mark(event: Event) -> None:
    """Leave one mark, slowly enough to be killed in the middle."""
    Event.objects.create(name="Mark", subject=event.subject, payload={})
    time.sleep(0.05)


subscribe({Struck: [leave_a_mark]})
