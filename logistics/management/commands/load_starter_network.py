from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from logistics import network, starter


class Command(BaseCommand):
    help = "Load the starter hubs, legs and illustrative rate cards; may run any number of times."

    def handle(self, *_args: Any, **_options: Any) -> None:
        done = starter.load()
        network.forget()
        self.stdout.write(f"{done['hubs']} hubs, {done['legs']} legs ({done['new_legs']} new).")
