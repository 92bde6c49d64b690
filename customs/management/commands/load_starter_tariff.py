"""Load the starter tariff into the tables."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from customs import starter, stored


class Command(BaseCommand):
    help = "Load the starter tariff; loading it again changes nothing."

    def handle(self, *_args: Any, **_options: Any) -> None:
        version, new = starter.load(at=timezone.now())
        stored.forget()
        words = "loaded" if new else "was already loaded"
        self.stdout.write(f"{version.label} {words}: {version.measures.count()} measures.")
