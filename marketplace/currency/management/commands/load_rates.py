"""manage.py load_rates: put reference rates into the database."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from marketplace.currency import actions, files
from marketplace.currency.models import RateSet


class Command(BaseCommand):
    help = "Load exchange rates: the embedded file by default, or an ECB XML file, daily or historical."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", nargs="?", type=Path, help="an ECB XML file; default: the embedded history"
        )

    def handle(self, *_args: Any, file: Path | None = None, **_options: Any) -> None:
        """Load the file, then say which day is in force."""
        now = timezone.now()
        try:
            days = files.ecb_days(files.content_of(file), file.name) if file else [files.embedded()]
        except (files.BadRates, OSError) as problem:
            raise CommandError(str(problem)) from problem
        past = actions.load_history(days[1:], at=now)
        loaded = actions.load(days[0], source=RateSet.Source.ECB, at=now)
        if settings.DEMO:
            actions.load(files.illustrative(), source=RateSet.Source.ILLUSTRATIVE, at=now)
        self.stdout.write(f"Rates of {loaded.as_of} ({loaded.origin}): {loaded.get_state_display()}.")
        if past:
            self.stdout.write(f"{past} earlier days were kept.")
