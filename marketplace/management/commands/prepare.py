"""Bring database, static files and demo world to where the servers can start."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand

from marketplace.accounts.models import Company

FIRST_DEALS: Final = 30


class Command(BaseCommand):
    help = "Migrate, collect static files, and load the demo world into an empty database."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Do the three steps; each may be repeated."""
        call_command("migrate", verbosity=0, interactive=False)
        (settings.BASE_DIR / "static").mkdir(exist_ok=True)
        call_command("collectstatic", verbosity=0, interactive=False)
        if settings.DEMO and "demo" in get_commands() and not Company.objects.exists():
            self.stdout.write("Loading the demo world ...")
            self.stdout.flush()
            # The rest of the nine months is played in the background once the shop is open.
            call_command("demo", orders=FIRST_DEALS, stdout=self.stdout)
