"""Load a list of denied parties: `un FILE`, `ofac FILE [--aliases F] [--addresses F]`, or `demo`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from customs import actions
from customs.lists import demo, ofac, un
from customs.lists.base import ListBroken


class Command(BaseCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("format", choices=["un", "ofac", "demo"])
        parser.add_argument("file", nargs="?", type=Path)
        parser.add_argument("--aliases", type=Path)
        parser.add_argument("--addresses", type=Path)
        parser.add_argument("--listed-on", type=date.fromisoformat)
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        kind, path = options["format"], options["file"]
        if kind != "demo" and path is None:
            raise CommandError("Name the file to load.")
        try:
            if kind == "demo":
                entries, day = list(demo.ENTRIES), None
            elif kind == "un":
                entries, day = un.read(path)
            else:
                entries, day = ofac.read(path, aliases=options["aliases"], addresses=options["addresses"])
        except ListBroken as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["dry_run"]:
            self.stdout.write(f"{len(entries)} entries read; nothing was loaded.")
            return
        titles = {"un": "UN Security Council list", "ofac": "OFAC list", "demo": "Demo list (invented)"}
        loaded = actions.load_parties(
            source=kind.upper(),
            title=titles[kind],
            entries=entries,
            listed_on=options["listed_on"] or day,
            at=timezone.now(),
            demo=kind == "demo",
        )
        self.stdout.write(f"{loaded.entries} entries in force.")
