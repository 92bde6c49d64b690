"""Bring database, static files and demo world to where the servers can start."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from marketplace.accounts.models import Company

FIRST_DEALS: Final = 30


class Command(BaseCommand):
    help = "Migrate, collect static files, and load the demo world into an empty database."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Do what there is to do, the files beside the database: each has a core."""
        with ThreadPoolExecutor(max_workers=1) as beside:
            collected = beside.submit(self.collect)
            self.fill()
            collected.result()

    def fill(self) -> None:
        """Migrate, and load the demo world into an empty database."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.say("Preparing the database ...")
            call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
        if settings.DEMO and "demo" in get_commands() and not Company.objects.exists():
            self.say("Loading the demo world ...")
            # The rest of the nine months is played in the background once the shop is open.
            call_command("demo", orders=FIRST_DEALS, stdout=self.stdout)

    def collect(self) -> None:
        """Copy and compress the static files when one of them has changed."""
        (settings.BASE_DIR / "static").mkdir(exist_ok=True)
        stamp = Path(settings.STATIC_ROOT) / ".sources"
        found = hashlib.sha256()
        for finder in get_finders():
            for path, storage in finder.list([]):
                facts = Path(storage.path(path)).stat()
                found.update(f"{path} {facts.st_size} {facts.st_mtime_ns}\n".encode())
        if stamp.exists() and stamp.read_text() == found.hexdigest():
            return
        self.say("Collecting the static files ...")
        call_command("collectstatic", verbosity=0, interactive=False, skip_checks=True)
        stamp.write_text(found.hexdigest())

    def say(self, text: str) -> None:
        """Tell at once what takes a while."""
        self.stdout.write(text)
        self.stdout.flush()
